"""What the gallery shows of all there is: what was asked for, and what was made from a file below that file. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from urllib.parse import urlencode

from videogen_sandbox.storage.overview import Entry

PAGE_TILES = 60
"""Tiles on a page of the gallery: some five screens of a laptop, and quick to draw."""

SHOWN_BELOW = 4
"""Small pictures below a tile: as many as narrow ones have room for. Of more the last place is their number."""

LONGEST_SEARCH = 200
"""Characters of a search that are looked at."""

CATEGORIES: Mapping[str, tuple[str | None, ...]] = {
    "videos": ("PROJECT",),
    "clips": ("VIDEO",),
    "pictures": ("IMAGE",),
    "sounds": ("AUDIO",),
    "documents": ("PDF", "SLIDESHOW", "TEXT", "LOTTIE", None),
}
"""What can be chosen, and the types of entries that belong to it."""


@dataclass(frozen=True)
class Query:
    """What somebody wants to see of the gallery: files of a category with these words, and which page of them."""

    search: str = ""
    category: str = ""
    page: int = 1

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Query:
        """Return the query of a URL; what makes no sense in it is left out."""
        page = parameters.get("page", "")
        category = parameters.get("kind", "")
        return cls(
            search=parameters.get("q", "").strip()[:LONGEST_SEARCH],
            category=category if category in CATEGORIES else "",
            page=max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        )

    def url(self, **changes: str | int) -> str:
        """Return the URL of this query with changes to its fields, of the first page if they name none."""
        asked = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]  # the names of its fields
        values = {"q": asked.search, "kind": asked.category, "page": asked.page if asked.page > 1 else ""}
        written = urlencode({name: value for name, value in values.items() if value})
        return f"/?{written}" if written else "/"

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves something out."""
        return bool(self.search or self.category)

    def fits(self, entry: Entry) -> bool:
        """Return whether an entry has all words of the search."""
        words = entry.words.casefold()
        return all(word in words for word in self.search.casefold().split())


@dataclass(frozen=True)
class Group:
    """An entry, and what is shown below it of what was made from it, oldest first; there are `more` besides.

    `newest` is when the last of all was made, in Unix seconds. `source` is the entry that this one was made from, where
    it does not stand below that.
    """

    entry: Entry
    newest: float
    derived: tuple[Entry, ...] = ()
    more: int = 0
    source: Entry | None = None


@dataclass(frozen=True)
class Selection:
    """The groups of one page, how many entries there are of each category, and how many pages of groups: 1 or more."""

    groups: tuple[Group, ...]
    counts: Mapping[str, int]
    pages: int


class Family:
    """Which entry was made from which."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._children: dict[str, list[Entry]] = {}
        for entry in sorted(entries, key=lambda entry: entry.created_at):
            if parent := self.source(entry):
                self._children.setdefault(parent.id, []).append(entry)

    def source(self, entry: Entry) -> Entry | None:
        """Return the entry that an entry was made from: the project of what was made in one, else the first file."""
        found = (self._entries.get(source) for source in entry.sources)
        return next((one for one in found if one and one.id != entry.id), None)

    def get(self, entry_id: str) -> Entry | None:
        """Return an entry; None when it is not listed."""
        return self._entries.get(entry_id)

    def made_from(self, entry: Entry) -> list[Entry]:
        """Return what was made directly from an entry, oldest first."""
        return self._children.get(entry.id, [])

    def descendants(self, entry: Entry) -> list[Entry]:
        """Return what was made from an entry, directly or not, oldest first."""
        found: dict[str, Entry] = {}
        waiting = [entry]
        while waiting:
            for child in self.made_from(waiting.pop()):
                if child.id not in found:
                    found[child.id] = child
                    waiting.append(child)
        found.pop(entry.id, None)
        return sorted(found.values(), key=lambda one: one.created_at)


def select(entries: Sequence[Entry], query: Query) -> Selection:
    """Return what a query finds among entries, newest first.

    Without a search or a category, what was made from an entry is below it. With one, everything that fits stands by
    itself; exports are found by their project.
    """
    family = Family(entries)
    tiles = [entry for entry in entries if not (entry.is_version and family.source(entry))]
    matching = [entry for entry in tiles if query.fits(entry)]
    counted = Counter(category_of(entry) for entry in matching)
    if query.is_narrow:
        kept = [entry for entry in matching if query.category in ("", category_of(entry))]
        groups = [Group(entry, entry.created_at, source=family.source(entry)) for entry in kept]
    else:
        roots = [entry for entry in tiles if family.source(entry) is None]
        groups = [_group(entry, family) for entry in roots]
        groups.sort(key=lambda group: group.newest, reverse=True)
    begin = (query.page - 1) * PAGE_TILES
    shown = tuple(groups[begin : begin + PAGE_TILES])
    return Selection(shown, counted, max(ceil(len(groups) / PAGE_TILES), 1))


def _group(entry: Entry, family: Family) -> Group:
    """Return an entry with the newest of what was made from it. A project's only export is its picture already."""
    made = family.descendants(entry)
    versions = [one for one in made if one.is_version]
    below = [one for one in made if not (one.is_version and len(versions) == 1)]
    room = SHOWN_BELOW if len(below) <= SHOWN_BELOW else SHOWN_BELOW - 1
    newest = max(one.created_at for one in (entry, *made))
    return Group(entry, newest, tuple(below[-room:]), max(len(below) - room, 0))


def category_of(entry: Entry) -> str:
    """Return the category of an entry."""
    return next((name for name, types in CATEGORIES.items() if entry.type in types), "documents")
