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
    video, export = version.video, version.export
    is_current = video is not None and video.file.id == current
    words = f"Version {number}"
    name = (
        tag("a", words, href=f"/media/{video.file.id}", aria_current="page" if is_current else None) if video else words
    )
    image = tag("img", src=video.picture.url, alt="", loading="lazy") if video and video.picture else None
    return tag(
        "li",
        tag("span", image, class_="still"),
        tag("p", tag("strong", name), " ", tag("span", _facts(export.prompt, video), class_="small")),
        tag("p", export.error, class_="error") if export.error else None,
        tag(
            "p",
            "" if video else f"{state(export)} · ",
            moment(export.created_at, now),
            class_="small",
        ),
        tag("a", "Download", href=video.download.url, download=True, class_="small")
        if video and video.download
        else None,
        data_key=export.execution_id,
        class_="current" if is_current else None,
    )


def _facts(quality: str, video: FileView | None) -> str:
    link = video.download if video else None
    facts = [
        quality,
        clock_time(video.file.duration) if video and video.file.duration else "",
        size(link.bytes) if link and link.bytes else "",
    ]
    return " · ".join(filter(None, facts))
