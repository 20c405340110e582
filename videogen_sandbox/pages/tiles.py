"""Tiles: files and projects as pictures that lead to their pages."""

from __future__ import annotations

from collections.abc import Sequence

from videogen_sandbox.pages.formats import clock_time, day, hour, kind, machine_time, made_as, shorten, size
from videogen_sandbox.pages.html import Html, join, tag
from videogen_sandbox.pages.views import FileView, Link, ProjectView, Tile, TileGroup

NAME_LENGTH = 90
"""Characters of a prompt or name on a tile; the page of the file shows all of it."""

SOURCE_LENGTH = 40
"""Characters of the name of what a file was made from."""

PLAYED = ("VIDEO", "AUDIO")
"""Types of files that can be played."""

STATES = {"processing": "being processed", "failed": "not usable"}
"""States of a file that a tile tells."""

NEAREST, WIDEST = 1.25, 2.0
"""Width by height of pictures that fill their tile, which is 16:9 or, on phones, 4:3; of others all is seen."""


def tile(group: TileGroup) -> Html:
    """Return a list item: the tile, and below it small ones of what was made from it."""
    return tag("li", face(group.tile), _derived(group), class_="tile", data_key=group.tile.entry.id)


def face(shown: Tile) -> Html:
    """Return the link of a tile: picture with badges, name, facts."""
    return tag(
        "a",
        picture(shown),
        tag("span", shorten(shown.entry.name, NAME_LENGTH), class_="name"),
        tag("span", _facts(shown), class_="small"),
        href=shown.path,
        id=shown.entry.id,
        class_="face",
    )


def small_tiles(tiles: Sequence[Tile]) -> Html:
    """Return a list of tiles without anything below them."""
    return tag("ul", [tag("li", face(one), class_="tile", data_key=one.entry.id) for one in tiles], class_="tiles few")


def picture(shown: Tile) -> Html:
    """Return the picture of a tile with its badges, and a mark where it can be played."""
    video = shown.shown
    plays = video is not None and video.file.type in PLAYED and video.preview is not None
    link = video.picture if video else None
    badges = [
        tag("span", label(shown), class_="badge kind"),
        tag("span", class_="play") if plays else None,
        tag("span", length, class_="badge length") if (length := _length(video)) else None,
    ]
    return tag(
        "span",
        tag("img", src=link.url, alt="", loading="lazy", decoding="async") if link else document(shown),
        badges,
        class_=f"thumb {board(video) or fitting(link)}".rstrip(),
        data_play=video.preview.url if plays and video and video.preview else None,
        data_type=video.file.type if plays and video else None,
    )


def moment(seconds: float, now: float) -> Html:
    """Return a timestamp (Unix seconds) as people say it at `now`: "Today, 14:05"."""
    return tag("time", f"{day(seconds, now)}, {hour(seconds)}", datetime=machine_time(seconds))


def document(shown: Tile) -> Html:
    """Return a sheet of paper with what it is, for what has no picture."""
    word = "…" if shown.project and shown.project.at_work else kind(shown.file.file.type) if shown.file else "Video"
    return tag("span", word, class_="sheet", aria_hidden="true")


def board(shown: FileView | None) -> str:
    """Return the class of what is seen behind a file: a board where its picture is transparent, or has one in it."""
    if shown is None or not shown.has_alpha:
        return ""
    return "board" if shown.picture and shown.picture.mime == "image/png" else "boarded"


def fitting(link: Link | None) -> str:
    """Return the class of a picture that may fill its tile: one that loses little by it."""
    is_near = link is not None and link.width and link.height and NEAREST < link.width / link.height < WIDEST
    return "fills" if is_near else ""


def label(shown: Tile) -> str:
    """Return what a tile is: "Video" for a project, else as `made_as` says."""
    return "Video" if shown.project or shown.file is None else made_as(shown.file.file)


def _length(shown: FileView | None) -> str | None:
    return clock_time(shown.file.duration) if shown and shown.file.duration else None


def _facts(shown: Tile) -> Html:
    made_at, link = shown.entry.created_at, shown.file.download if shown.file else None
    state = STATES.get(shown.file.file.state) if shown.file else None
    return join(
        [tag("span", fact, class_="fact") for fact in (_project_facts(shown.project) if shown.project else ())],
        tag("span", state, class_="fact warn") if state else None,
        tag("time", hour(made_at), datetime=machine_time(made_at), class_="fact"),
        tag("span", size(link.bytes), class_="fact weight") if link and link.bytes else None,
        tag("span", f"from {shorten(shown.source, SOURCE_LENGTH)}", class_="fact") if shown.source else None,
    )


def _project_facts(project: ProjectView) -> list[str]:
    ratio = f"{project.project.aspect_ratio['width']}:{project.project.aspect_ratio['height']}"
    if project.at_work:
        return [ratio, "being made"]
    if not project.videos:
        return [ratio, "not exported" if project.project.document else "not made"]
    return [ratio, f"{project.videos} versions"] if project.videos > 1 else [ratio]


def _derived(group: TileGroup) -> Html | None:
    if not group.derived:
        return None
    items = [tag("li", _small(one), data_key=one.entry.id) for one in group.derived]
    if group.more:
        more = tag("a", f"+{group.more}", href=group.tile.path, aria_label=f"{group.more} more", class_="more")
        items.append(tag("li", more, data_key="more"))
    return tag("ul", items, class_="derived", aria_label=f"Made from {shorten(group.tile.entry.name, 60)}")


def _small(shown: Tile) -> Html:
    video = shown.shown
    words = f"{'Version' if shown.entry.is_version else label(shown)}: {shorten(shown.entry.name, 60)}"
    link = video.picture if video else None
    inside = tag("img", src=link.url, alt="", loading="lazy", decoding="async") if link else label(shown)[:3]
    return tag("a", inside, href=shown.path, title=words, aria_label=words, class_=board(video) or None)
