"""From an execution to the job of a worker, and from a worker's response to rows of files. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from videogen_sandbox.catalogue import SPOKEN_LANGUAGE
from videogen_sandbox.contract.requests import result_name
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File, Rendition
from videogen_sandbox.storage.ids import new_id
from videogen_sandbox.storage.projects import Project

SAME_SOUND = ("generate-avatar", "upscale-video", "remove-video-background")
"""Operations whose result sounds like what it was made from, from second to second."""


def engine_job(execution: Execution, inputs: Mapping[str, Sequence[str]], folder: Path) -> dict[str, Any]:
    """Return the job that makes the results of an execution in `folder`. `inputs` are paths by wire name."""
    own = ("inputs", "count", "temporary")
    return {
        "do": "make",
        "operation": execution.operation,
        "body": {name: value for name, value in execution.body.items() if name not in own},
        "inputs": inputs,
        "seed": execution.seed,
        "count": execution.body["count"],
        "folder": str(folder),
    }


def result_file(
    execution: Execution, index: int, result: Mapping[str, Any], inputs: Sequence[File], now: float, signed_until: int
) -> File:
    """Return the new row for the result at `index` of an execution, made from `inputs`. Times are Unix seconds."""
    body = execution.body
    kept = not body["temporary"]
    spoken = next((file.transcript for file in inputs if file.transcript), None)
    said = _words(result)
    heard = next((file for file in inputs if file.words), None) if execution.operation in SAME_SOUND else None
    words, language = (said, SPOKEN_LANGUAGE) if said else (heard.words, heard.language) if heard else (None, None)
    return File(
        id=new_id("vg_file_"),
        state="ready",
        type=result["kind"],
        scope="GLOBAL" if kept else "TEMPORARY",
        display_name=result_name(
            execution.operation, body, [file.display_name for file in inputs], index, body["count"]
        ),
        created_at=now,
        description=result["description"] if kept else None,
        prompt=body.get("prompt") or body.get("spokenDialogue"),
        transcript=(body.get("ttsText") or body.get("spokenDialogue") or spoken) if kept else None,
        words=words if kept else None,
        language=language if kept else None,
        duration=result["duration"],
        sha256=result["sha256"],
        renditions=read_renditions(result),
        made={name: result[name] for name in ("engine", "engineVersion", "placeholder", "seed")},
        tool_type=execution.tool_type,
        execution_id=execution.id,
        signed_until=signed_until,
    )


def _words(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The words of a worker's response as those of an upload are stored."""
    return [
        {"word": word, "startSeconds": round(start, 3), "endSeconds": round(end, 3)}
        for word, start, end in result["words"]
    ]


def export_file(
    execution: Execution, project: Project, result: Mapping[str, Any], now: float, signed_until: int
) -> File:
    """Return the new row for the video of an export. Times are Unix seconds."""
    kept = not execution.body["temporary"]
    words = _words(result) if kept else []
    said_here = any(section.get("lines") for section in (project.document or {}).get("sections", ()))
    return File(
        id=new_id("vg_file_"),
        state="ready",
        type=result["kind"],
        scope="EXPORT" if kept else "TEMPORARY",
        display_name=project.title,
        created_at=now,
        description=result["description"],
        transcript=" ".join(word["word"] for word in words) or None,
        words=words or None,
        language=SPOKEN_LANGUAGE if words and said_here else None,
        duration=result["duration"],
        sha256=result["sha256"],
        renditions=read_renditions(result),
        made={name: result[name] for name in ("engine", "engineVersion", "placeholder", "seed")},
        execution_id=execution.id,
        signed_until=signed_until,
    )


def interchange_file(
    execution: Execution, project: Project, result: Mapping[str, Any], now: float, signed_until: int
) -> File:
    """Return the new row for a timeline document. Times are Unix seconds."""
    return File(
        id=new_id("vg_file_"),
        state="ready",
        type="TEXT",
        scope="PROJECT",
        display_name=f"{project.title} ({execution.body['format']})",
        created_at=now,
        sha256=result["sha256"],
        renditions=read_renditions(result),
        execution_id=execution.id,
        signed_until=signed_until,
    )


def read_renditions(answer: Mapping[str, Any]) -> dict[str, Rendition]:
    """Return the renditions in a worker's response by name."""
    return {name: Rendition(**values) for name, values in answer["renditions"].items()}


KINDS: Mapping[str, str] = {
    "IMAGE": "Picture",
    "VIDEO": "Video",
    "AUDIO": "Sound",
    "PDF": "PDF document",
    "SLIDESHOW": "Slideshow",
    "TEXT": "Text",
    "LOTTIE": "Lottie animation",
}


def describe(answer: Mapping[str, Any]) -> str:
    """Return what can be said of an upload by its form alone, such as "Picture, 1280x720"."""
    original = answer["renditions"]["download"]
    words = [KINDS[answer["kind"]]]
    if original["width"] and original["height"]:
        words.append(f"{original['width']}x{original['height']}")
    if answer["duration"]:
        words.append(f"{answer['duration']:.1f} s")
    return ", ".join(words)
