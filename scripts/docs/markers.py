"""Tables, and the places in written pages where generated text goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

Row = Sequence[str]

PLACE = r"<!-- (?:table|program): ([\w.]+) -->"


def places(text: str) -> set[str]:
    """Return the names of all places in a page."""
    return set(re.findall(rf"^{PLACE}$", text, re.MULTILINE))


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Return `text` with the parts at their places, each up to its `<!-- end -->`; raise ValueError where one is
    missing."""
    if unknown := places(text) - set(parts):
        raise ValueError(f"there are places for {sorted(unknown)}, and only {list(parts)} to fill them")

    def whole(place: re.Match[str]) -> str:
        return f"{place[1]}\n{parts[place[2]]}\n<!-- end -->"

    return re.sub(rf"^({PLACE})\n.*?^<!-- end -->", whole, text, flags=re.MULTILINE | re.DOTALL)


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))
