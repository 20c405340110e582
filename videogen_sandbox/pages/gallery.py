"""The page at /: what is being made, and tiles of what was made."""

from __future__ import annotations

from itertools import groupby

from videogen_sandbox.pages.activity import active, history
from videogen_sandbox.pages.formats import day
from videogen_sandbox.pages.grouping import CATEGORIES
from videogen_sandbox.pages.html import Html, join, page, tag
from videogen_sandbox.pages.tiles import tile
from videogen_sandbox.pages.views import GalleryView
from videogen_sandbox.pages.welcome import folded, welcome

WHERE = (
    "The API of VideoGen on this machine. What your agent or program makes shows up here by itself: placeholders from "
    "small engines. Nothing is sent anywhere or billed."
)


def gallery(shown: GalleryView) -> Html:
    """Return the whole page. Sections with `data-live` are brought up to date by the page's script."""
    return page(
        "VideoGen sandbox",
        join(
            tag("h1", "Gallery", class_="unseen"),
            tag("p", WHERE, class_="where small"),
            tag("section", active(shown), id="active", data_live=True),
            tag("section", None if shown.is_new else _search(shown), id="search", data_live=True),
            tag("section", _made(shown), id="made", data_live=True),
            tag("section", history(shown.ended), id="history", data_live=True),
            tag("section", None if shown.is_new else folded(shown.place), id="how", data_live=True),
        ),
        path="/",
        busy=shown.others > 0,
    )


def _search(shown: GalleryView) -> Html:
    query = shown.query
    field = tag(
        "input",
        type="search",
        name="q",
        value=query.search,
        placeholder="Search names and prompts",
        aria_label="Search names and prompts",
        autocomplete="off",
        spellcheck="false",
    )
    kept = tag("input", type="hidden", name="kind", value=query.category, data_key="kind") if query.category else None
    button = tag("button", "Search", data_key="search")
    form = tag("form", field, kept, button, role="search", action="/", class_="search")
    return tag("div", form, tag("nav", _categories(shown), id="kinds", aria_label="Kinds"), class_="bar")


def _categories(shown: GalleryView) -> Html:
    query = shown.query
    shown_ones = [name for name in CATEGORIES if shown.counts.get(name) or name == query.category]
    return join(
        _category("All", "", sum(shown.counts.values()), shown),
        [_category(name.capitalize(), name, shown.counts.get(name, 0), shown) for name in shown_ones],
    )


def _category(words: str, category: str, count: int, shown: GalleryView) -> Html:
    current = "page" if shown.query.category == category else None
    number = tag("span", str(count), class_="count")
    return tag("a", words, " ", number, href=shown.query.url(category=category), aria_current=current, class_="chip")


def _made(shown: GalleryView) -> Html:
    if shown.is_new:
        return welcome(shown.place)
    if not shown.groups:
        return _nothing(shown)
    days = groupby(shown.groups, key=lambda group: day(group.newest, shown.now))
    parts = [
        join(tag("h2", name, class_="day"), tag("ul", [tile(group) for group in groups], class_="tiles"))
        for name, groups in days
    ]
    return join(*parts, _paging(shown))


def _nothing(shown: GalleryView) -> Html:
    if not shown.query.is_narrow and shown.query.page == 1:
        return tag("p", "Nothing is finished yet.", class_="empty")
    return tag("p", "Nothing here fits. ", tag("a", "Show everything", href="/"), class_="empty")


def _paging(shown: GalleryView) -> Html | None:
    query = shown.query
    if shown.pages == 1:
        return None
    newer = tag("a", "← Newer", href=query.url(page=query.page - 1), rel="prev") if query.page > 1 else None
    older = tag("a", "Older →", href=query.url(page=query.page + 1), rel="next") if query.page < shown.pages else None
    place = tag("span", f"Page {query.page} of {shown.pages}", class_="small")
    return tag("nav", tag("span", newer), place, tag("span", older), class_="paging", aria_label="Pages")
