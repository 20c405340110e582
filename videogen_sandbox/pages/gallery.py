"""The page at /: executions that run, videos, files, executions that ended."""

from __future__ import annotations

from collections.abc import Sequence

from videogen_sandbox.pages.formats import clock_time, kind, operation_label, shorten, took
from videogen_sandbox.pages.html import Html, join, page, tag
from videogen_sandbox.pages.library import ExecutionView, FileView, ProjectView

TITLE_LENGTH = 90
"""Characters of a prompt or name on a card; the page of the file shows all of it."""


def gallery(executions: Sequence[ExecutionView], projects: Sequence[ProjectView], files: Sequence[FileView]) -> Html:
    """Return the whole page. The sections that /live replaces have `data-live`."""
    parts = live(executions, projects, files)
    sections = [tag("section", html, id=name, data_live=True) for name, html in parts.items()]
    return page(
        "VideoGen sandbox", join(tag("h1", "Gallery"), tag("p", id="connection", role="status"), sections), path="/"
    )


def live(
    executions: Sequence[ExecutionView], projects: Sequence[ProjectView], files: Sequence[FileView]
) -> dict[str, Html]:
    """Return section id → content."""
    running = [execution for execution in executions if not execution.has_ended]
    ended = [execution for execution in executions if execution.has_ended]
    return {
        "running": _running(running),
        "videos": _videos(projects),
        "made": _made(files, bool(executions)),
        "asked": _ended(ended),
    }


def _running(executions: Sequence[ExecutionView]) -> Html:
    if not executions:
        return Html()
    return join(tag("h2", "Being made"), tag("ul", [_progress(execution) for execution in executions], class_="jobs"))


def _progress(execution: ExecutionView) -> Html:
    label = f"progress-{execution.execution_id}"
    percent = round(execution.percent)
    return tag(
        "li",
        tag("p", _what(execution), id=label),
        tag("progress", value=percent, max=100, aria_labelledby=label),
        tag("p", waiting(execution) or f"{percent} %", " · ", took(execution.seconds), class_="small"),
        data_key=execution.execution_id,
    )


def waiting(execution: ExecutionView) -> str | None:
    """Return what an execution waits for; None when it does not wait."""
    if execution.status == "awaiting_approval":
        return "waiting for an approval"
    if execution.status != "pending":
        return None
    return f"waiting, {execution.ahead} before it" if execution.ahead else "waiting for its turn"


def _videos(projects: Sequence[ProjectView]) -> Html:
    if not projects:
        return Html()
    return join(tag("h2", "Videos"), tag("ul", [_project_card(shown) for shown in projects], class_="cards"))


def _project_card(shown: ProjectView) -> Html:
    project, video = shown.project, shown.video
    picture = tag("span", "Video", class_="none")
    if video and video.thumbnail:
        picture = tag("img", src=video.thumbnail.url, alt="", loading="lazy", decoding="async")
    state = "being made" if shown.is_busy else None if video else "not exported" if project.document else "not made"
    length = clock_time(video.file.duration) if video and video.file.duration else None
    ratio = f"{project.aspect_ratio['width']}:{project.aspect_ratio['height']}"
    return tag(
        "li",
        tag(
            "a",
            tag("span", picture, class_="thumb"),
            tag("span", shorten(project.title, TITLE_LENGTH), class_="name"),
            tag("span", " · ".join(filter(None, [ratio, length, state])), class_="small"),
            href=f"/projects/{project.id}",
        ),
        data_key=project.id,
    )


def _what(execution: ExecutionView) -> Html:
    """What is made, of which words, in which project."""
    link = tag("a", "project", href=f"/projects/{execution.project_id}") if execution.project_id else None
    return join(
        tag("strong", operation_label(execution.operation)), " ", shorten(execution.prompt, TITLE_LENGTH), " ", link
    )


def _made(files: Sequence[FileView], any_executions: bool) -> Html:
    if files:
        return join(tag("h2", "Finished"), tag("ul", [_card(shown) for shown in files], class_="cards"))
    if any_executions:
        return tag("p", "Nothing is finished yet.", class_="empty")
    hint = tag("p", "Ask your agent for a picture of a lighthouse at dusk.")
    return tag("div", tag("p", "Nothing was made yet."), hint, class_="empty")


def _card(shown: FileView) -> Html:
    file = shown.file
    picture = tag("span", kind(file.type), class_="none")
    if shown.thumbnail:
        picture = tag("img", src=shown.thumbnail.url, alt="", loading="lazy", decoding="async")
    state = {"processing": "being processed", "failed": "not usable"}.get(file.state)
    facts = " · ".join(filter(None, [kind(file.type), clock_time(file.duration) if file.duration else None, state]))
    return tag(
        "li",
        tag(
            "a",
            tag("span", picture, class_="thumb"),
            tag("span", shorten(file.display_name, TITLE_LENGTH), class_="name"),
            tag("span", facts, class_="small"),
            href=f"/media/{file.id}",
        ),
        data_key=file.id,
    )


def _ended(executions: Sequence[ExecutionView]) -> Html:
    if not executions:
        return Html()
    return join(tag("h2", "Executions"), tag("ul", [_outcome(execution) for execution in executions], class_="log"))


def _outcome(execution: ExecutionView) -> Html:
    links = [
        tag("a", "result" if len(execution.results) == 1 else f"result {number}", href=f"/media/{file_id}")
        for number, file_id in enumerate(execution.results, 1)
    ]
    error = tag("p", execution.error, class_="error") if execution.error else None
    return tag(
        "li",
        tag("span", execution.status, class_=f"status {execution.status}"),
        tag("p", _what(execution)),
        error,
        tag("p", took(execution.seconds), [join(" · ", link) for link in links], class_="small"),
        data_key=execution.execution_id,
    )
