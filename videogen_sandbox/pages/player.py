"""The page at /media/{file_id}: one file with a player, what can be done with it, and what it has to do with others."""

from __future__ import annotations

from collections.abc import Sequence

from videogen_sandbox.pages.formats import clock_time, hour, kind, made_as, shorten, size
from videogen_sandbox.pages.html import Html, join, page, tag
from videogen_sandbox.pages.tiles import moment, small_tiles
from videogen_sandbox.pages.versions import versions
from videogen_sandbox.pages.views import FileView, Link, ProjectView, Relatives, Tile
from videogen_sandbox.pages.welcome import copy_button
from videogen_sandbox.storage.files import File

TITLE_LENGTH = 120

TIMES = "\N{MULTIPLICATION SIGN}"

DOCUMENTS = ("PDF", "SLIDESHOW", "TEXT", "LOTTIE")

PLACEHOLDER = (
    "This is a placeholder: a small program on this machine made it and stands in for a big model. "
    "It shows what was asked for and behaves like the real result, but is not as good."
)


def player(shown: FileView, relatives: Relatives, project: ProjectView | None, origin: str, now: float) -> Html:
    """Return the whole page. `project` is the one that the file is an export of, `origin` that of the page."""
    file = shown.file
    side = join(
        tag("p", _summary(shown, now), class_="summary small"),
        _buttons(shown, origin),
        tag("p", PLACEHOLDER, class_="notice") if file.made.get("placeholder") else None,
        tag("dl", [_fact(name, value) for name, value in _facts(shown)], class_="facts"),
    )
    below = join(
        versions(project, now, current=file.id) if project else None,
        _family("Made from", [relatives.source] if relatives.source and not project else []),
        _family("Made from it", relatives.made),
    )
    body = join(
        way_back(file.id, relatives),
        tag("h1", shorten(file.display_name, TITLE_LENGTH)),
        tag(
            "section",
            tag("div", stage(shown), class_="stage"),
            tag("div", side, class_="side"),
            class_="player",
            id="player",
            data_live=True,
        ),
        tag("section", below, id="family", data_live=True),
    )
    title = f"{shorten(file.display_name, 60)} - VideoGen sandbox"
    return page(title, body, busy=file.state == "processing")


def way_back(entry_id: str, relatives: Relatives) -> Html:
    """Return the links to the gallery and to the neighbours in it."""
    back = tag("a", "← Gallery", href=f"/#{entry_id}", class_="back")
    return tag(
        "nav",
        back,
        _neighbour(relatives.newer, "Newer", "prev"),
        _neighbour(relatives.older, "Older", "next"),
        class_="ways",
        aria_label="Gallery",
    )


def stage(shown: FileView) -> Html:
    """Return the player or picture of a file."""
    file = shown.file
    if file.state == "processing":
        return tag("p", "This file is being processed.")
    if file.state == "failed":
        return tag("p", (file.error or {}).get("message") or "This file cannot be used.", class_="error")
    source = shown.preview or shown.download
    if source is None:
        return tag("p", "There is nothing to show of this file.")
    if file.type in DOCUMENTS:
        return tag("p", f"{kind(file.type)}: nothing to play. The download has it.")
    if file.type == "VIDEO":
        return _film(shown, source)
    if file.type == "AUDIO":
        wave = tag("img", src=shown.thumbnail.url, alt="Waveform", class_="wave") if shown.thumbnail else None
        return join(wave, tag("audio", controls=True, preload="metadata", src=source.url))
    board = "board" if shown.has_alpha else None
    return tag("img", src=source.url, alt=file.description or file.display_name, class_=board, **_size(source))


def _film(shown: FileView, source: Link) -> Html:
    """A film. One with alpha plays as it is where the browser can, and else over a colour."""
    forms = [source]
    if shown.has_alpha and shown.download:
        forms.insert(0, shown.download)
    is_export = shown.file.scope == "EXPORT"  # Its captions are in the picture, if somebody wanted them.
    captions = tag(
        "track",
        kind="captions",
        src=f"/captions/{shown.file.id}.vtt",
        srclang=shown.file.language or "en",
        label="Captions",
        default=not is_export,
    )
    return tag(
        "video",
        [tag("source", src=form.url, type=form.mime) for form in forms],
        captions if shown.file.words else None,
        controls=True,
        playsinline=True,
        preload="metadata",
        poster=shown.thumbnail.url if shown.thumbnail and not shown.has_alpha else None,
        class_="board" if shown.has_alpha else None,
        **_size(source),
    )


def _size(link: Link) -> dict[str, int | None]:
    """Return the attributes by which the browser lays out the page before it has loaded the media."""
    return {"width": link.width, "height": link.height}


def _neighbour(tile: Tile | None, words: str, relation: str) -> Html | None:
    if tile is None:
        return None
    text = f"← {words}" if relation == "prev" else f"{words} →"
    return tag("a", text, href=tile.path, rel=relation, title=shorten(tile.entry.name, 80))


def _summary(shown: FileView, now: float) -> Html:
    file, link = shown.file, shown.download
    facts: list[str | None] = [
        made_as(file),
        f"{link.width} {TIMES} {link.height}" if link and link.width and link.height else None,
        clock_time(file.duration) if file.duration else None,
        size(link.bytes) if link and link.bytes else None,
    ]
    return join(" · ".join(filter(None, facts)), " · ", moment(file.created_at, now))


def _buttons(shown: FileView, origin: str) -> Html:
    file, link = shown.file, shown.download
    # Previews of vector graphics have an alpha channel, whatever is drawn.
    is_transparent = shown.has_alpha and link is not None and link.mime != "image/svg+xml"
    usable = link is not None and file.state == "ready"
    download = tag("a", "Download", href=link.url, download=True, class_="button") if link and usable else None
    embed = _embed(shown, origin) if usable else None
    alpha = tag("p", "The download has a transparent background.", class_="small") if is_transparent else None
    copies = [
        copy_button(file.id, "Copy file id"),
        copy_button(f"{origin}/media/{file.id}", "Copy link"),
        copy_button(embed, "Copy embed") if embed else None,
    ]
    return join(tag("div", download, *copies, class_="buttons"), alpha)


def _embed(shown: FileView, origin: str) -> str | None:
    """Return the HTML that shows a file in another page, by a link that is signed; None for what no page shows."""
    link = shown.preview
    if link is None or shown.file.type not in ("IMAGE", "VIDEO", "AUDIO"):
        return None
    url = origin + link.url
    if shown.file.type == "AUDIO":
        return tag("audio", src=url, controls=True)
    if shown.file.type == "VIDEO":
        return tag("video", src=url, controls=True, playsinline=True, **_size(link))
    return tag("img", src=url, alt=shown.file.display_name, **_size(link))


def _family(title: str, tiles: Sequence[Tile]) -> Html | None:
    return join(tag("h2", title), small_tiles(tiles)) if tiles else None


def _facts(shown: FileView) -> list[tuple[str, str | Html | None]]:
    file = shown.file
    return [
        ("Asked for", file.prompt),
        ("Description", file.description if file.description != file.prompt else None),
        ("Spoken text", file.transcript),
        ("Made by", _engine(file)),
        ("Seed", str(file.made["seed"]) if "seed" in file.made else None),
        ("Kept", "for a day (temporary)" if file.scope == "TEMPORARY" else None),
        ("Embed", _until(shown)),
        ("File id", tag("code", file.id)),
        ("Execution", tag("code", file.execution_id) if file.execution_id else None),
    ]


def _until(shown: FileView) -> str | None:
    """Return until when what is copied to embed a file works."""
    if shown.preview is None or shown.file.type not in ("IMAGE", "VIDEO", "AUDIO"):
        return None
    return f"what is copied works until {hour(shown.preview.expires)}, and while the sandbox runs"


def _engine(file: File) -> str:
    engine = file.made.get("engine")
    if not engine:
        return "upload"
    return f"{engine} {file.made.get('engineVersion') or ''}".rstrip()


def _fact(name: str, value: str | Html | None) -> Html | None:
    return join(tag("dt", name), tag("dd", value)) if value else None
