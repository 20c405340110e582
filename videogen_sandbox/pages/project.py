"""The page at /projects/{project_id}: its versions, what it is made of, and what was done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from videogen_sandbox.pages.activity import row
from videogen_sandbox.pages.formats import operation_label, shorten
from videogen_sandbox.pages.html import Html, join, page, tag
from videogen_sandbox.pages.player import stage, way_back
from videogen_sandbox.pages.tiles import moment, small_tiles
from videogen_sandbox.pages.versions import versions
from videogen_sandbox.pages.views import ExecutionView, ProjectView, Relatives
from videogen_sandbox.pages.welcome import copy_button
from videogen_sandbox.storage.projects import Project

TITLE_LENGTH = 120

LINE_LENGTH = 160
"""Characters of what a scene says; the video says all of it."""


def project_page(shown: ProjectView, relatives: Relatives, now: float) -> Html:
    """Return the whole page as it is at `now` (Unix seconds)."""
    project, newest = shown.project, shown.video.download if shown.video else None
    download = tag("a", "Download", href=newest.url, download=True, class_="button") if newest else None
    side = join(
        tag("div", download, copy_button(project.id, "Copy project id"), class_="buttons"),
        tag("dl", [_fact(name, value) for name, value in _facts(project, now)], class_="facts"),
    )
    parts = join(
        versions(shown, now),
        join(tag("h2", "Made from"), small_tiles([relatives.source])) if relatives.source else None,
        join(tag("h2", "Made from it"), small_tiles(relatives.made)) if relatives.made else None,
        _sections(project.document or {}),
        _list("Edits", shown.edits),
        _list("Runs", shown.runs),
    )
    body = join(
        way_back(project.id, relatives),
        tag("h1", shorten(project.title, TITLE_LENGTH)),
        tag("section", _at_work(shown), id="at-work", data_live=True),
        tag(
            "section",
            tag("div", tag("div", _stage(shown), class_="stage"), tag("div", side, class_="side"), class_="player"),
            id="video",
            data_live=True,
        ),
        tag("section", parts, id="parts", data_live=True),
    )
    return page(f"{shorten(project.title, 60)} - VideoGen sandbox", body, busy=bool(shown.at_work))


def _at_work(shown: ProjectView) -> Html | None:
    """What is being done with the project; the steps of a run are not counted beside it."""
    runs = [one for one in shown.runs if not one.has_ended]
    doing = runs or shown.at_work
    return tag("ul", [row(one) for one in doing], class_="rows") if doing else None


def _stage(shown: ProjectView) -> Html:
    if shown.video:
        return stage(shown.video)
    if shown.at_work:
        return tag("p", "The video is being made.")
    failed = next((one.error for one in (*shown.runs, *(one.export for one in shown.versions)) if one.error), None)
    if failed:
        return tag("p", failed, class_="error")
    return tag("p", "It was not exported yet." if shown.project.document else "Nothing was made of it yet.")


def _facts(project: Project, now: float) -> list[tuple[str, str | Html | None]]:
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
        ("Changed", moment(project.updated_at, now)),
        ("Made", moment(project.created_at, now)),
        ("Project id", tag("code", project.id)),
    ]


def _sections(document: Mapping[str, Any]) -> Html | None:
    """What the video is made of: the words and pictures of each scene."""
    sections = document.get("sections") or ()
    if not sections:
        return None
    listed = [_section(number, section) for number, section in enumerate(sections, 1)]
    return join(tag("h2", "What it is made of"), tag("ol", listed, class_="parts"))


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
    """What was done with the project and has ended."""
    ended = [one for one in executions if one.has_ended]
    return (
        join(tag("h2", title), tag("ul", [row(one, on_project=True) for one in ended], class_="rows"))
        if ended
        else None
    )


def _fact(name: str, value: str | Html | None) -> Html | None:
    return join(tag("dt", name), tag("dd", value)) if value else None
