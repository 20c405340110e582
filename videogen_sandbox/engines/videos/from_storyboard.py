"""Storyboard to video: scene by scene a drawn clip, with its words where it has some."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_sandbox.engines import Task
from videogen_sandbox.engines.videos import script
from videogen_sandbox.engines.videos.ambience import with_ambience
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Line, Section, Visual
from videogen_sandbox.engines.videos.settings import common, plain
from videogen_sandbox.engines.videos.visuals import with_subjects

STYLE = "visualStyleEntityId"

CAST: Mapping[str, str] = {"ACTOR": "actorEntityIds", "PRODUCT": "productEntityIds"}
"""Who belongs to a scene: its own of a type, else those of the whole storyboard."""

MOST_REFERENCES = 3
"""Actors and products in one picture; more would only crowd it."""


@dataclass(frozen=True)
class _Shown:
    """What is drawn in a scene: a prompt, and the pictures of its cast."""

    prompt: str
    pictures: Sequence[Path]


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a storyboard.

    inputs: the pictures of "actorEntityIds" and "productEntityIds" of the whole storyboard, one of each, and those of
    scene n (from 0) as "scenes.n.actorEntityIds", "scenes.n.productEntityIds" and "scenes.n.visualStyleEntityId".
    `cast` of the body and of a scene has the type, name and description of each, and whether it is `pictured`.
    """
    body = task.body
    scenes = body["scenes"]
    shown = [_shown(task, number, scene) for number, scene in enumerate(scenes)]
    drawable = iter(with_subjects([one.prompt for one in shown if not one.pictures]))
    shown = [one if one.pictures else _Shown(next(drawable), ()) for one in shown]
    sections = [_section(task, number, scene, shown[number], assets) for number, scene in enumerate(scenes)]
    first = scenes[0]
    name = script.title(str(first.get("title") or "") or plain(str(first["prompt"])), "Storyboard")
    project = common(task, assets, title=name).model_copy(update={"sections": tuple(sections)})
    return with_ambience(project, assets)


def _shown(task: Task, number: int, scene: Mapping[str, Any]) -> _Shown:
    """What a scene shows. Whoever has a picture is not drawn from its name as well, the others are from their words."""
    prompt = plain(str(scene["prompt"]))
    pictures: list[Path] = []
    for kind, name in CAST.items():
        cast, field = _of_kind(scene, kind), f"scenes.{number}.{name}"
        if not cast and field not in task.inputs:
            cast, field = _of_kind(task.body, kind), name
        pictures += task.inputs.get(field, ())
        for one in cast:
            if one.get("pictured"):
                prompt = re.sub(rf"(?<!\w){re.escape(str(one['name']))}(?!\w)", "", prompt, flags=re.IGNORECASE)
            else:
                prompt += f", {one.get('description') or one['name']}"
    return _Shown(" ".join(prompt.split()), pictures[:MOST_REFERENCES])


def _of_kind(owner: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [one for one in owner.get("cast", ()) if one["type"] == kind]


def _section(task: Task, number: int, scene: Mapping[str, Any], shown: _Shown, assets: Assets) -> Section:
    lines: list[Line] = [line for part in script.sections(str(scene.get("voiceoverScript") or "")) for line in part]
    seconds = scene.get("durationSeconds") or task.body.get("defaultDurationSeconds")
    look = scene.get("generation") or task.body.get("defaultGeneration") or {}
    return Section(
        title=str(scene.get("title") or script.title(plain(str(scene["prompt"])), "")),
        lines=tuple(lines),
        seconds=None if seconds is None else float(seconds),
        visuals=(
            Visual(
                prompt=shown.prompt,
                style=str(look.get("aiStyle") or ""),
                seed=task.seed + number,
                footage=True,
                references=tuple(assets.keep(path, "given") for path in shown.pictures),
                palette=tuple(assets.keep(path, "given") for path in task.inputs.get(f"scenes.{number}.{STYLE}", ())),
            ),
        ),
    )
