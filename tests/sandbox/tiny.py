"""Engines that take no time and no libraries: what the worker process runs in the tests of everything around it.

The prompt says how an engine behaves: "crash", "raise", "refuse", "hog", "hang" (after 40 %) and so on; else it
writes down what it was asked for.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_sandbox.config import Toolbox
from videogen_sandbox.engines import ENGINES, EngineError, Kind, Made, Report, Task

HERE = "tests.sandbox.tiny"

TOOLS = (*ENGINES, "generate-music", "generate-motion-graphic", "image-3d-effect")

TOOLBOX = Toolbox(
    engines=dict.fromkeys(TOOLS, f"{HERE}:engine"),
    build=f"{HERE}:build",
    edit=f"{HERE}:edit",
    export=f"{HERE}:export",
    interchange=f"{HERE}:interchange",
    probe=f"{HERE}:probe",
    render=f"{HERE}:render",
    portrait=f"{HERE}:portrait",
    preview_clip=f"{HERE}:preview_clip",
)


@dataclass(frozen=True)
class Media:
    kind: str
    mime: str
    width: int | None
    height: int | None
    duration: float | None


@dataclass(frozen=True)
class Renditions:
    thumbnail: Path | None
    preview: Path | None
    hls: Path | None


def kind_of(operation: str) -> Kind:
    if operation in ("text-to-speech", "generate-sound-effect", "generate-music"):
        return "AUDIO"
    films = ("video", "avatar", "motion", "3d", "export")
    return "VIDEO" if any(word in operation for word in films) else "IMAGE"


def content(kind: str, **more: Any) -> bytes:
    """Bytes that `probe` understands."""
    return json.dumps({"kind": kind, **more}, sort_keys=True).encode()


def engine(task: Task, report: Report) -> Made:
    misbehave(str(task.body.get("prompt", "")), report)
    kind = kind_of(task.operation)
    heard = {name: [path.read_bytes().decode() for path in paths] for name, paths in task.inputs.items()}
    path = task.folder / "made.json"
    path.write_bytes(content(kind, body=dict(task.body), seed=task.seed, inputs=heard))
    words = [
        (word, float(number), number + 0.5) for number, word in enumerate(str(task.body.get("ttsText", "")).split())
    ]
    return Made(path, kind, "tiny", "1.0", True, f"A tiny {kind.lower()}.", words=words)


def build(task: Task, report: Report) -> dict[str, Any]:
    """A document that says what it was built from; its script misbehaves like a prompt."""
    body = dict(task.body)
    misbehave(str(body.get("script") or body.get("prompt", "")), report)
    assert task.assets is not None
    (task.assets / "speech-1.wav").write_bytes(content("AUDIO"))
    inputs = {name: len(paths) for name, paths in task.inputs.items()}
    ratio = body.get("aspectRatio", {"width": 16, "height": 9})
    return {"title": "A tiny film", "aspectRatio": ratio, "edits": [], "body": body, "inputs": inputs}


def edit(task: Task, report: Report) -> dict[str, Any]:
    """The document with one more edit; the prompt of an edit misbehaves like any."""
    document, action = task.body["document"], task.body["action"]
    misbehave(str(action.get("prompt", "")), report)
    ratio = action.get("aspectRatio", document["aspectRatio"])
    return {**document, "edits": [*document["edits"], action["type"]], "aspectRatio": ratio}


def export(task: Task, report: Report) -> Made:
    return engine(task, report)


def interchange(task: Task, report: Report) -> Path:
    path = task.folder / "timeline.json"
    path.write_text(json.dumps(dict(task.body)))
    return path


def misbehave(words: str, report: Report) -> None:
    """Do what a prompt says, and report 40 %."""
    if words == "crash":
        os._exit(3)
    if words == "raise":
        raise RuntimeError("a secret path: /home/somebody")
    if words == "refuse":
        raise EngineError("too_strange", "Nobody can draw that.")
    if words == "overflow":
        raise OSError(errno.EFBIG, "File too large")
    if words == "hog":
        raise MemoryError
    if words == "eat 3 GB":
        bytearray(3 * 1024**3)
    if words == "print":
        os.write(1, b"Welcome to the library!\n")
    report(0.4)
    if words == "hang":
        threading.Event().wait()


def probe(path: Path) -> Media:
    raw = path.read_bytes()
    if not raw:
        raise EngineError("unreadable_media", "The file is empty.")
    if raw == b"crash":
        os._exit(3)
    try:
        about = json.loads(raw)
        kind = about["kind"]
    except (ValueError, KeyError, TypeError):
        raise EngineError("unreadable_media", "This is neither picture, video nor sound.") from None
    seen = kind != "AUDIO"
    mime = {"IMAGE": "image/png", "VIDEO": "video/mp4", "AUDIO": "audio/wav"}[kind]
    return Media(
        kind, mime, 160 if seen else None, 90 if seen else None, about.get("duration", None if kind == "IMAGE" else 2.5)
    )


def render(source: Path, media: Media, folder: Path, report: Report, flat: Path | None = None) -> Renditions:
    thumbnail = folder / "thumbnail.json"
    thumbnail.write_bytes(content("IMAGE"))
    preview = folder / "preview.json"
    preview.write_bytes(source.read_bytes())
    hls = None
    if media.kind != "IMAGE":
        (folder / "stream").mkdir()
        hls = folder / "stream" / "master.m3u8"
        hls.write_text("#EXTM3U\nsegment.ts\n")
        (folder / "stream" / "segment.ts").write_bytes(b"segment")
    report(1.0)
    return Renditions(thumbnail, preview, hls)


def portrait(slug: str, size: int) -> bytes:
    return content("IMAGE", slug=slug, size=size)


def preview_clip(slug: str, folder: Path) -> Path:
    path = folder / "clip.mp4"
    path.write_bytes(content("VIDEO", slug=slug))
    return path
