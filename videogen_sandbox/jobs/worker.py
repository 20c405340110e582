"""The process in which engines run: one JSON line in, a few JSON lines out, until stdin ends.

It is a process of its own because the libraries are native, heavy and given untrusted files: it may be killed or run
out of memory, and the server goes on. Started as `python -m videogen_sandbox.jobs.worker SETTINGS` (JSON).
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import mimetypes
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from videogen_sandbox.contract.signed_links import file_name
from videogen_sandbox.disk import DISK_FULL, is_disk_full
from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.media.documents import MIMES, document_kind

if sys.platform != "win32":
    import resource

REPORT_SECONDS = 0.05
"""Least time between two progress lines."""

IDLE_SECONDS = 0.3
"""A worker without a job for so long imports the next library ahead of its need."""

Send = Callable[[Mapping[str, Any]], None]
Job = Mapping[str, Any]


def main() -> None:
    """Run jobs from stdin until it ends."""
    settings = json.loads(sys.argv[1])
    send = _pipe()
    _limit(settings)
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    ahead = list(settings["preload"])
    while True:
        try:
            line = lines.get(timeout=IDLE_SECONDS if ahead else None)
        except queue.Empty:
            _import_ahead(ahead.pop(0))
            continue
        job = json.loads(line)
        _bound_cpu(settings["seconds"] * job.get("worth", job.get("count", 1)))
        send(_outcome(job, settings["toolbox"], send))


def _import_ahead(module: str) -> None:
    try:
        import_module(module)
    except ImportError as error:  # The first job that needs it fails with the same error.
        print(f"sandbox worker: {module} is not usable: {error}", file=sys.stderr)  # noqa: T201 - the log is stderr


def _read(lines: queue.Queue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)  # The server is gone, whatever the engine is doing.


def _pipe() -> Send:
    """Return a function that writes lines to stdout. Whatever a library prints goes to stderr instead."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: Mapping[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    return send


def _limit(settings: Mapping[str, Any]) -> None:
    if sys.platform == "win32":
        return  # Windows has no such limits: only the timeout of the pool bounds a job.
    os.nice(5)
    for kind, value in ((resource.RLIMIT_AS, settings["memory"]), (resource.RLIMIT_FSIZE, settings["file"])):
        hard = resource.getrlimit(kind)[1]
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError) as error:  # macOS does not bound address space
            print(f"sandbox worker: limit {kind} not set: {error}", file=sys.stderr)  # noqa: T201 - the log is stderr


def _bound_cpu(seconds: float) -> None:
    """Limit the CPU time of the next job. It counts from the start of the process, so the limit moves with each job."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    cores = os.cpu_count() or 1
    soft = int(used.ru_utime + used.ru_stime + seconds * cores) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or soft <= hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _outcome(job: Job, toolbox: Mapping[str, Any], send: Send) -> Mapping[str, Any]:
    try:
        return {"done": DO[job["do"]](job, toolbox, _Reporter(send))}
    except EngineError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except MemoryError:
        return {"error": {"code": "memory_limit", "message": "It needs more memory than the sandbox allows."}}
    except OSError as error:
        if is_disk_full(error):
            return {"error": {"code": "disk_full", "message": DISK_FULL}}
        if error.errno == errno.EFBIG:
            return {"error": {"code": "file_limit", "message": "It needs a larger file than the sandbox allows."}}
        return {"crash": traceback.format_exc()}
    except Exception:  # noqa: BLE001 - whatever an engine raises is reported to the pool, which logs it
        return {"crash": traceback.format_exc()}


class _Reporter:
    """Reports the share done (0 to 1) as the part from `start` to `end` of the whole, every REPORT_SECONDS at most."""

    def __init__(self, send: Send, start: float = 0.0, end: float = 1.0) -> None:
        self._send = send
        self._start = start
        self._end = end
        self._last = -math.inf

    def __call__(self, done: float) -> None:
        now = time.monotonic()
        if now - self._last >= REPORT_SECONDS:
            self._last = now
            self._send({"progress": self._start + (self._end - self._start) * min(max(done, 0.0), 1.0)})

    def part(self, start: float, end: float) -> _Reporter:
        """Return a reporter for another part of the whole."""
        return _Reporter(self._send, start, end)


def load(place: str) -> Callable[..., Any]:
    """Return the function at "package.module:name"."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _task(job: Job, folder: Path, seed: int) -> Task:
    inputs = {name: [Path(path) for path in paths] for name, paths in job["inputs"].items()}
    assets = Path(job["assets"]) if "assets" in job else None
    return Task(job["operation"], job["body"], inputs, seed, folder, assets)


ENGINE_SHARE = 0.85
"""Of the progress, for the engine; the rest is for the renditions."""


def make(job: Job, toolbox: Mapping[str, Any], report: _Reporter) -> dict[str, Any]:
    """Run an engine once per result, then probe and render each. Result n is in the folder `result-n` of `folder`."""
    folder = Path(job["folder"])
    engine = load(job["engine"] if "engine" in job else toolbox["engines"][job["operation"]])
    results = []
    count = job["count"]
    for index in range(count):
        start, end = index / count, (index + 1) / count
        middle = start + ENGINE_SHARE * (end - start)
        workshop = folder / f"work-{index}"
        workshop.mkdir()
        seed = job["seed"] + index
        made = engine(_task(job, workshop, seed), report.part(start, middle))
        final = folder / f"result-{index}"
        final.mkdir()
        results.append(
            {
                "engine": made.engine,
                "engineVersion": made.engine_version,
                "placeholder": made.placeholder,
                "seed": seed,
                "description": made.description,
                "words": list(made.words),
                **_collect(made.path, dict(made.extras), workshop, final, toolbox, report.part(middle, end)),
            }
        )
    return {"results": results}


def document(job: Job, toolbox: Mapping[str, Any], report: _Reporter) -> dict[str, Any]:
    """Run an engine that makes or changes the document of a project."""
    return {"document": load(job["engine"])(_task(job, Path(job["folder"]), job["seed"]), report)}


def interchange(job: Job, toolbox: Mapping[str, Any], report: _Reporter) -> dict[str, Any]:
    """Write the timeline of a project for an editing program, to the folder `result-0`."""
    final = Path(job["folder"]) / "result-0"
    final.mkdir()
    path: Path = load(job["engine"])(_task(job, final, job["seed"]), report)
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    form = {"path": path.name, "mime": mime, "width": None, "height": None, "bytes": path.stat().st_size}
    return {"sha256": sha256(path), "renditions": {"download": form}}


UNREAD = ("TEXT", "LOTTIE")
"""Types that are stored without reading them."""


def ingest(job: Job, toolbox: Mapping[str, Any], report: _Reporter) -> dict[str, Any]:
    """Probe and render an upload, of type `type` if it is given.

    The renditions are in `result`, the original stays where it is.
    """
    folder = Path(job["folder"])
    source = Path(job["source"])
    workshop, final = folder / "work", folder / "result"
    workshop.mkdir()
    final.mkdir()
    said = job["type"]
    found = document_kind(source)
    if said in MIMES and said != found:
        raise EngineError("unreadable_media", f"This is not a {said} file.")
    if found == "PDF":
        from videogen_sandbox.engines.slides.pdf import check_password  # brings a library of its own

        check_password(source)
    if found or said in UNREAD:
        mime = MIMES[found] if found else "text/plain" if said == "TEXT" else "application/json"
        form = {"path": source.name, "mime": mime, "width": None, "height": None, "bytes": source.stat().st_size}
        return {"kind": found or said, "duration": None, "renditions": {"download": form}}
    return _collect(source, {}, workshop, final, toolbox, report, keep=True)


def _collect(
    source: Path,
    extras: Mapping[str, Path],
    workshop: Path,
    final: Path,
    toolbox: Mapping[str, Any],
    report: _Reporter,
    *,
    keep: bool = False,
) -> dict[str, Any]:
    """Probe and render a file, move all to `final`, and return its facts with paths relative to that folder."""
    media = load(toolbox["probe"])(source)
    rendering = workshop / "renditions"
    rendering.mkdir(exist_ok=True)
    rendered = load(toolbox["render"])(source, media, rendering, report, extras.get("flat"))
    forms = {"thumbnail": rendered.thumbnail, "preview": rendered.preview, **extras}
    found = {
        name: _form(path, final / f"{name}{path.suffix}", toolbox)
        for name, path in forms.items()
        if path is not None and path != source
    }
    if rendered.hls is not None:
        rendered.hls.parent.rename(final / "hls")
        found["hls"] = {
            "path": f"hls/{rendered.hls.name}",
            "mime": "application/vnd.apple.mpegurl",
            "width": media.width,
            "height": media.height,
        }
    if not keep:
        target = final / f"original{source.suffix}"
        source.rename(target)
        source = target
    found["download"] = _described(source, media)
    found.setdefault("preview", found["download"])
    return {
        "kind": media.kind,
        "duration": media.duration,
        "sha256": None if keep else sha256(source),
        "renditions": found,
    }


def _form(path: Path, target: Path, toolbox: Mapping[str, Any]) -> dict[str, Any]:
    path.rename(target)
    return _described(target, load(toolbox["probe"])(target))


def _described(path: Path, media: Any) -> dict[str, Any]:
    size = path.stat().st_size
    return {"path": path.name, "mime": media.mime, "width": media.width, "height": media.height, "bytes": size}


def portrait(job: Job, toolbox: Mapping[str, Any], report: _Reporter) -> dict[str, Any]:
    """Draw a presenter as a PNG of `size` pixels a side at `target`."""
    target = Path(job["target"])
    draft = Path(job["folder"]) / file_name("draft", target.suffix)
    draft.write_bytes(load(toolbox["portrait"])(job["slug"], job["size"]))
    draft.replace(target)
    return {}


def preview_clip(job: Job, toolbox: Mapping[str, Any], report: _Reporter) -> dict[str, Any]:
    """Film a presenter for a few seconds, to `target`."""
    clip: Path = load(toolbox["preview_clip"])(job["slug"], Path(job["folder"]))
    clip.replace(job["target"])
    return {}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


DO: Mapping[str, Callable[[Job, Mapping[str, Any], _Reporter], dict[str, Any]]] = {
    "make": make,
    "document": document,
    "interchange": interchange,
    "ingest": ingest,
    "portrait": portrait,
    "preview-clip": preview_clip,
}

if __name__ == "__main__":
    main()
