"""The page at /projects/{project_id}: its newest video, what it is made of, and what was done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from videogen_sandbox.pages.formats import operation_label, shorten, took
from videogen_sandbox.pages.gallery import waiting
from videogen_sandbox.pages.html import Html, join, page, tag
from videogen_sandbox.pages.library import ExecutionView, ProjectView
from videogen_sandbox.pages.player import stage
from videogen_sandbox.storage.projects import Project

TITLE_LENGTH = 120

LINE_LENGTH = 160
"""Characters of what a scene says; the video says all of it."""


def project_page(shown: ProjectView) -> Html:
    """Return the whole page."""
    project = shown.project
    body = join(
        tag("nav", tag("a", "← Gallery", href="/")),
        tag("h1", shorten(project.title, TITLE_LENGTH)),
        tag("div", _stage(shown), class_="stage"),
        tag("dl", [_fact(name, value) for name, value in _facts(project)], class_="facts"),
        _sections(project.document or {}),
        _list("Edits", shown.edits),
        _list("Exports", shown.exports),
        _list("Runs", shown.runs),
    )
    return page(f"{shorten(project.title, 60)} - VideoGen sandbox", body)


def _stage(shown: ProjectView) -> Html:
    if shown.is_busy:
        at_work = next(one for one in (*shown.exports, *shown.edits, *shown.runs) if not one.has_ended)
        doing = next((one for one in shown.runs if not one.has_ended), at_work)
        label = tag("p", operation_label(doing.operation), ": ", waiting(doing) or f"{doing.percent:.0f} %", id="doing")
        bar = tag("progress", value=round(doing.percent), max=100, aria_labelledby="doing")
        return tag("div", label, bar, class_="doing", data_reload=True)
    if shown.video:
        return stage(shown.video)
    failed = next((one.error for one in (*shown.runs, *shown.exports) if one.error), None)
    if failed:
        return tag("p", failed, class_="error")
    return tag("p", "It was not exported yet." if shown.project.document else "Nothing was made of it yet.")


def _facts(project: Project) -> list[tuple[str, str | None]]:
    document = project.document or {}
    voice = document.get("voice") or {}
    music = document.get("music") or {}
    return [
        ("Made from", operation_label(document["operation"]) if "operation" in document else None),
        ("Format", f"{project.aspect_ratio['width']}:{project.aspect_ratio['height']}"),
        ("Voice", str(voice["slug"]).title() if "slug" in voice else None),
        ("Captions", None if "captions" not in document else "off" if document["captions"] is None else "on"),
        ("Music", music.get("prompt") or ("a file" if music else None)),
        ("Logo", "yes" if document.get("logo") else None),
        ("Changed", _time(project.updated_at)),
        ("Made", _time(project.created_at)),
        ("Project id", project.id),
    ]


def _sections(document: Mapping[str, Any]) -> Html | None:
    """What the video is made of: the words and pictures of each scene."""
    sections = document.get("sections") or ()
    if not sections:
        return None
    listed = [_section(number, section) for number, section in enumerate(sections, 1)]
    return join(tag("h2", "What it is made of"), tag("ol", listed, class_="log"))


def _section(number: int, section: Mapping[str, Any]) -> Html:
    said = " ".join(str(line.get("text", "")) for line in section.get("lines") or ())
    pictures = [_picture(visual) for visual in section.get("visuals") or ()]
    return tag(
        "li",
        tag("p", tag("strong", section.get("title") or f"Scene {number}"), " ", shorten(said, LINE_LENGTH)),
        tag("p", shorten("; ".join(filter(None, pictures)), LINE_LENGTH), class_="small"),
    )


def _picture(visual: Mapping[str, Any]) -> str:
    words = str(visual.get("prompt") or "")
    return f"{visual.get('kind', 'picture')}: {words}" if words else str(visual.get("kind", ""))


def _list(title: str, executions: Sequence[ExecutionView]) -> Html | None:
    if not executions:
        return None
    return join(tag("h2", title), tag("ul", [_entry(execution) for execution in executions], class_="log"))


def _entry(execution: ExecutionView) -> Html:
    links = [join(" · ", tag("a", "video", href=f"/media/{file_id}")) for file_id in execution.results]
    return tag(
        "li",
        tag("span", execution.status, class_=f"status {execution.status}"),
        tag("p", tag("strong", operation_label(execution.operation)), " ", shorten(execution.prompt, LINE_LENGTH)),
        tag("p", execution.error, class_="error") if execution.error else None,
        tag("p", waiting(execution) or took(execution.seconds), links, class_="small"),
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _fact(name: str, value: str | None) -> Html | None:
    return join(tag("dt", name), tag("dd", value)) if value else None
