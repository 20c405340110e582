"""Prompt to video clip: one short film as a project of its own."""

from __future__ import annotations

from videogen_sandbox.engines import Task
from videogen_sandbox.engines.film.video import LONGEST, SHORTEST
from videogen_sandbox.engines.videos import script
from videogen_sandbox.engines.videos.ambience import with_ambience
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Section, Visual
from videogen_sandbox.engines.videos.settings import check_kind, common, plain

USUAL_SECONDS = 10.0
"""Seconds of a clip when nobody says (VideoGen's REST reference)."""


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a clip, drawn from its prompt or moving over the pictures of "imageFileIds".

    A length outside 1 to 30 s is brought inside, as the contract says. Raise EngineError for files that are no
    pictures.
    """
    prompt = plain(str(task.body["prompt"]))
    wanted = float(task.body.get("durationSeconds") or USUAL_SECONDS)
    visuals = [Visual(prompt=prompt, style=prompt, seed=task.seed, footage=True)]
    pictures = task.inputs.get("imageFileIds", ())
    if pictures:
        for path in pictures:
            check_kind(path, "IMAGE", "A picture to begin with")
        visuals = [
            Visual(
                kind="picture",
                asset=assets.keep(path, "given"),
                prompt=prompt,
                motion=prompt,
                seed=number,
                footage=True,
            )
            for number, path in enumerate(pictures, start=task.seed)
        ]
    section = Section(seconds=min(max(wanted, SHORTEST), LONGEST), visuals=tuple(visuals))
    project = common(task, assets, title=script.title(prompt, "Clip")).model_copy(update={"sections": (section,)})
    return with_ambience(project, assets)
