"""Storyboard to video: scene by scene a drawn clip, with its words where it has some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videogen_sandbox.engines import Task
from videogen_sandbox.engines.videos import script
from videogen_sandbox.engines.videos.ambience import with_ambience
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Line, Section, Visual
from videogen_sandbox.engines.videos.settings import common, plain
from videogen_sandbox.engines.videos.visuals import with_subjects

STYLE = "visualStyleEntityId"

MOST_REFERENCES = 3
"""Actors and products in one picture; more would only crowd it."""


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a storyboard.

    inputs: the pictures of "actorEntityIds" and "productEntityIds" of the whole storyboard, and those of scene n
    (from 0) as "scenes.n.actorEntityIds", "scenes.n.productEntityIds" and "scenes.n.visualStyleEntityId".
    """
    body = task.body
    scenes = body["scenes"]
    shown = with_subjects([plain(str(scene["prompt"])) for scene in scenes])
    sections = [_section(task, number, scene, shown[number], assets) for number, scene in enumerate(scenes)]
    first = scenes[0]
    name = script.title(str(first.get("title") or "") or plain(str(first["prompt"])), "Storyboard")
    project = common(task, assets, title=name).model_copy(update={"sections": tuple(sections)})
    return with_ambience(project, assets)


def _section(task: Task, number: int, scene: Mapping[str, Any], prompt: str, assets: Assets) -> Section:
    lines: list[Line] = [line for part in script.sections(str(scene.get("voiceoverScript") or "")) for line in part]
    seconds = scene.get("durationSeconds") or task.body.get("defaultDurationSeconds")
    look = scene.get("generation") or task.body.get("defaultGeneration") or {}
    names = ("actorEntityIds", "productEntityIds")
    own = [path for name in names for path in task.inputs.get(f"scenes.{number}.{name}", ())]
    pictures = own or [path for name in names for path in task.inputs.get(name, ())]
    return Section(
        title=str(scene.get("title") or script.title(prompt, "")),
        lines=tuple(lines),
        seconds=None if seconds is None else float(seconds),
        visuals=(
            Visual(
                prompt=prompt,
                style=str(look.get("aiStyle") or ""),
                seed=task.seed + number,
                footage=True,
                references=tuple(assets.keep(path, "given") for path in pictures[:MOST_REFERENCES]),
                palette=tuple(assets.keep(path, "given") for path in task.inputs.get(f"scenes.{number}.{STYLE}", ())),
            ),
        ),
    )
