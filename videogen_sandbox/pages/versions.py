"""The versions of a project: its exports with their videos."""

from __future__ import annotations

from videogen_sandbox.pages.activity import state
from videogen_sandbox.pages.formats import clock_time, size
from videogen_sandbox.pages.html import Html, join, tag
from videogen_sandbox.pages.tiles import moment
from videogen_sandbox.pages.views import FileView, ProjectView, VersionView


def versions(project: ProjectView, now: float, *, current: str | None = None) -> Html | None:
    """Return the versions of a project, newest first, with a link to it; None without any.

    `now` is in Unix seconds, `current` the id of the file that the page is about, if it is about one of them.
    """
    if not project.versions:
        return None
    count = len(project.versions)
    rows = [_version(version, count - place, now, current) for place, version in enumerate(project.versions)]
    whole = tag("p", tag("a", "Open the project", href=f"/projects/{project.project.id}")) if current else None
    return join(tag("h2", "Versions"), tag("ul", rows, class_="versions"), whole)


def _version(version: VersionView, number: int, now: float, current: str | None) -> Html:
    export, name = version.export, f"Version {number}"
    is_current = version.video is not None and version.video.file.id == current
    outcome = None if version.video else f"{state(export)} · "
    return tag(
        "li",
        tag("span", _still(version.video), class_="still"),
        tag("p", tag("strong", _link(version.video, name, is_current)), " ", _facts(export.prompt, version.video)),
        tag("p", export.error, class_="error") if export.error else None,
        tag("p", outcome, moment(export.created_at, now), class_="small"),
        _download(version.video, name),
        data_key=export.execution_id,
        class_="current" if is_current else None,
    )


def _still(video: FileView | None) -> Html | None:
    return tag("img", src=video.picture.url, alt="", loading="lazy") if video and video.picture else None


def _link(video: FileView | None, name: str, is_current: bool) -> str | Html:
    if video is None:
        return name
    return tag("a", name, href=f"/media/{video.file.id}", aria_current="page" if is_current else None)


def _download(video: FileView | None, name: str) -> Html | None:
    if video is None or video.download is None:
        return None
    words = f"Download {name.lower()}"
    return tag("a", "Download", href=video.download.url, download=True, class_="small", aria_label=words)


def _facts(quality: str, video: FileView | None) -> Html:
    link = video.download if video else None
    facts = [
        quality,
        clock_time(video.file.duration) if video and video.file.duration else "",
        size(link.bytes) if link and link.bytes else "",
    ]
    return tag("span", " · ".join(filter(None, facts)), class_="small")
