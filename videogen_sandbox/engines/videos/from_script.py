"""Script to video: the words as they stand, a picture to each sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.videos import directions, script
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.checks import check_words
from videogen_sandbox.engines.videos.document import Document, Section, Visual
from videogen_sandbox.engines.videos.settings import common, look_of, pacing_of
from videogen_sandbox.engines.videos.visuals import illustrated, to_words


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a script. Raise EngineError: see `checks`, or files that are no pictures or films."""
    body = task.body
    text = str(body.get("script") or "")
    check_words(text, body.get("language"))
    look = look_of(body, task.inputs, assets)
    sections = [
        Section(
            lines=tuple(lines),
            visuals=tuple(to_words([line.text for line in lines], pacing_of(body), look, task.seed + 100 * number)),
        )
        for number, lines in enumerate(script.sections(text))
    ]
    sections = illustrated(sections)
    featured = [given(path, assets) for path in task.inputs.get("featuredBRollFileIds", ())]
    if (body.get("visualStyle") or {}).get("restyleFeaturedBRollWithAiStyle", True) and not look.stock:
        featured = [
            visual.model_copy(update={"style": look.style}) if visual.kind == "picture" else visual
            for visual in featured
        ]
    sections, left_out = with_featured(sections, featured)
    notes = (f"{left_out} of the given pictures found no place; a faster pacing has more.",) if left_out else ()
    project = common(task, assets, title=script.title(text, "Video")).model_copy(
        update={"sections": tuple(sections), "notes": notes}
    )
    return directions.directed(project, directions.read(body.get("scenes") or ()), look, assets)


def given(path: Path, assets: Assets) -> Visual:
    """Return the visual of a given picture or film. Raise EngineError if it is neither."""
    kind = probe(path).kind
    if kind == "AUDIO":
        raise EngineError("invalid_input", "Featured b-roll is pictures and films; one of the files is sound.")
    name = assets.keep(path, "given")
    return Visual(kind="picture" if kind == "IMAGE" else "clip", asset=name)


def with_featured(sections: Sequence[Section], featured: Sequence[Visual]) -> tuple[list[Section], int]:
    """Return the sections with the given visuals spread evenly over them, and how many found no place."""
    count = sum(len(section.visuals) for section in sections)
    used = featured[:count]
    places: Mapping[int, Visual] = {number * count // len(used): visual for number, visual in enumerate(used)}
    changed = []
    at = 0
    for section in sections:
        visuals = []
        for visual in section.visuals:
            own = places.get(at)
            visuals.append(
                own.model_copy(update={"line": visual.line, "word": visual.word, "seed": visual.seed})
                if own
                else visual
            )
            at += 1
        changed.append(section.model_copy(update={"visuals": tuple(visuals)}))
    return changed, len(featured) - len(used)
