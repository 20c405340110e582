"""What every engine takes and gives.

An engine is a function `(task, report) -> Made` that runs in a worker process, writes only into `task.folder`
and is deterministic: the same body, inputs and seed give the same bytes. Engines know nothing of HTTP or of the store.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from videogen_sandbox.engine_errors import EngineError as EngineError

# Nothing leaves this machine. onnxruntime reads this when it is loaded (hibari loads it too); without it, it keeps a
# device id and a database of events in the user's cache folder and reports them to Microsoft. No engine is reached but
# through this package, in any process.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

Kind = Literal["IMAGE", "VIDEO", "AUDIO"]

EXTREME_RATIO = 4.0
"""Longer sides than four times the shorter one make no film that could be looked at."""

Report = Callable[[float], None]
"""Takes the fraction that is done, 0 to 1. May be called as often as an engine likes."""


@dataclass(frozen=True)
class Task:
    """One result to make.

    `body` is the request in today's wire names, defaults filled in; `actorEntityId` and `voiceId` are replaced by
    `presenter` and `voice` slugs of `contract.catalogue`. `inputs` maps the wire name of each file argument
    ("imageFileIds", "videoFileId" …) to the original files, one or several.
    """

    operation: str
    body: Mapping[str, Any]
    inputs: Mapping[str, Sequence[Path]]
    seed: int
    folder: Path
    assets: Path | None = None
    """Folder of what the project is made of, see `videos.assets`; None for tasks without a project."""


@dataclass(frozen=True)
class Made:
    """One result: the original in best quality, how it was made and what it shows (for search and pages)."""

    path: Path
    kind: Kind
    engine: str
    engine_version: str
    placeholder: bool
    description: str
    extras: Mapping[str, Path] = field(default_factory=dict)
    """Other forms of the same result, by name: "flat" is an MP4 over a flat colour where `path` has alpha."""
    words: Sequence[tuple[str, float, float]] = ()
    """What is said in it, where the engine knows: each word, when it starts and when it ends, in seconds."""


Engine = Callable[[Task, Report], Made]

ENGINES: Mapping[str, str] = {
    "generate-image": "drawing.image:draw",
    "generate-video-clip": "film.video:film",
    "text-to-speech": "speech.speech:speak",
    "generate-sound-effect": "sound.sound:synthesise",
    "generate-music": "music.music:compose",
    "generate-motion-graphic": "graphics.graphics:animate",
    "generate-avatar": "presenters.avatar:present",
    "image-3d-effect": "film.parallax:deepen",
    "vectorize-image": "vectorize:trace",
    "remove-image-background": "matting.matting:cut_out_image",
    "remove-video-background": "matting.matting:cut_out_video",
    "upscale-image": "upscale.upscale:enlarge_image",
    "upscale-video": "upscale.upscale:enlarge_video",
}
"""Operation → "module:function" in this package; imported only in the worker, because the libraries are heavy."""
