"""The page at /media/{file_id}: one file with a player, a download and its details."""

from __future__ import annotations

from datetime import datetime, timezone

from videogen_sandbox.pages.formats import clock_time, kind, shorten, size
from videogen_sandbox.pages.html import Html, join, page, tag
from videogen_sandbox.pages.library import FileView, Link
from videogen_sandbox.storage.files import File

TITLE_LENGTH = 120

DOCUMENTS = ("PDF", "SLIDESHOW", "TEXT", "LOTTIE")

PLACEHOLDER = (
    "This is a placeholder: a small program on this machine made it and stands in for a big model. "
    "It shows what was asked for and behaves like the real result, but is not as good."
)


def player(shown: FileView) -> Html:
    """Return the whole page."""
    file = shown.file
    body = join(
        tag("nav", tag("a", "← Gallery", href="/")),
        tag("h1", shorten(file.display_name, TITLE_LENGTH)),
        tag("div", stage(shown), class_="stage"),
        tag("p", PLACEHOLDER, class_="notice") if file.made.get("placeholder") else None,
        _download(shown),
        tag("dl", [_fact(name, value) for name, value in _facts(shown)], class_="facts"),
    )
    return page(f"{shorten(file.display_name, 60)} - VideoGen sandbox", body)


def missing(what: str = "file") -> Html:
    """Return the page for an id without a file, or without a project."""
    body = join(
        tag("h1", f"No such {what}"),
        tag("p", "It was archived or removed, or it never was in this sandbox."),
        tag("p", tag("a", "← Gallery", href="/")),
    )
    return page(f"No such {what} - VideoGen sandbox", body)


def stage(shown: FileView) -> Html:
    """Return the player or picture of a file."""
    file = shown.file
    if file.state == "processing":
        return tag("p", "This file is being processed.", data_reload=True)
    if file.state == "failed":
        return tag("p", (file.error or {}).get("message") or "This file cannot be used.", class_="error")
    source = shown.preview or shown.download
    if source is None:
        return tag("p", "There is nothing to show of this file.")
    if file.type in DOCUMENTS:
        return tag("p", f"{kind(file.type)}: nothing to play. The download has it.")
    if file.type == "VIDEO":
        poster = shown.thumbnail.url if shown.thumbnail else None
        return tag(
            "video", controls=True, playsinline=True, preload="metadata", src=source.url, poster=poster, **_size(source)
        )
    if file.type == "AUDIO":
        wave = tag("img", src=shown.thumbnail.url, alt="Waveform", class_="wave") if shown.thumbnail else None
        return join(wave, tag("audio", controls=True, preload="metadata", src=source.url))
    return tag("img", src=source.url, alt=file.description or file.display_name, **_size(source))


def _size(link: Link) -> dict[str, int | None]:
    """Return the attributes by which the browser lays out the page before it has loaded the media."""
    return {"width": link.width, "height": link.height}


def _download(shown: FileView) -> Html | None:
    if shown.download is None or shown.file.state == "failed":
        return None
    weight = f" ({size(shown.download.bytes)})" if shown.download.bytes else ""
    alpha = tag("span", " The download has a transparent background.", class_="small") if shown.has_alpha else None
    return tag("p", tag("a", f"Download{weight}", href=shown.download.url, download=True, class_="button"), alpha)


def _facts(shown: FileView) -> list[tuple[str, str | None]]:
    file, link = shown.file, shown.download
    return [
        ("Kind", kind(file.type)),
        ("Asked for", file.prompt),
        ("Description", file.description if file.description != file.prompt else None),
        ("Spoken text", file.transcript),
        ("Size", f"{link.width} by {link.height} pixels" if link and link.width and link.height else None),
        ("Duration", clock_time(file.duration) if file.duration else None),
        ("Made by", _engine(file)),
        ("Seed", str(file.made["seed"]) if "seed" in file.made else None),
        ("Since", datetime.fromtimestamp(file.created_at, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("Kept", "for a day (temporary)" if file.scope == "TEMPORARY" else None),
        ("File id", file.id),
        ("Execution", file.execution_id),
    ]


def _engine(file: File) -> str:
    engine = file.made.get("engine")
    if not engine:
        return "upload"
    return f"{engine} {file.made.get('engineVersion') or ''}".rstrip()


def _fact(name: str, value: str | None) -> Html | None:
    return join(tag("dt", name), tag("dd", value)) if value else None
