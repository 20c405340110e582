"""How long does a finished video of half a minute take, and an edit that changes little?

A script of 75 words becomes a narrated 1280x720 video with captions; then only its captions, then only its music are
changed and exported again. Compared with the length of the video and with the limits that were set: 30 s for the whole,
10 s for an edit, on two free cores. Each line has wall-clock time, which other programs on the machine lengthen, and
CPU time of all threads, which they do not.

    python -m bench.finished_video
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from bench.figures import Figure, tell
from videogen_sandbox.engines import Made, Task
from videogen_sandbox.engines.media.probe import probe

SCRIPT = """Every morning the little bakery on the corner opens before sunrise. The owner mixes flour, water and salt,
and waits for the dough to rise. By seven o'clock a line of neighbours has formed outside the door.

They talk about the weather, the football and the price of butter. Nothing here is fast, and that is exactly why people
return. Good bread takes patience, and patience tastes wonderful. Come by tomorrow, and bring a friend."""

WHOLE_LIMIT, EDIT_LIMIT = 30.0, 10.0
"""Seconds on two free cores that the whole video and the export after a small edit may take."""

Result = TypeVar("Result")


def timed(label: str, limit: float, work: Callable[[], Result]) -> Result:
    """Run something and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{label:<34} {wall:6.1f} s   {cpu:6.1f} CPU s   at most {limit:.0f} s on two free cores")
    tell(Figure(label, f"{wall:.1f} s, {cpu:.1f} s of CPU", target=f"at most {limit:.0f} s", met=wall <= limit))
    return result


def main() -> None:
    """Make a video, edit it twice, print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        work, assets = Path(folder) / "work", Path(folder) / "assets"
        work.mkdir()

        def task(operation: str, body: Mapping[str, Any]) -> Task:
            return Task(operation, body, {}, 1, work, assets)

        def made() -> tuple[dict[str, Any], Made]:
            from videogen_sandbox.engines.videos.build import build  # loading the libraries is part of it
            from videogen_sandbox.engines.videos.export import export

            body = {"script": SCRIPT, "visualStyle": {"type": "AI_IMAGE", "aiStyle": "warm colours"}}
            document = build(task("script-to-video", {**body, "captionStyle": {}}), lambda _: None)
            return document, export(task("export", {"document": document}), lambda _: None)

        document, film = timed("the whole video, 1280x720", WHOLE_LIMIT, made)
        print(f"{'the video itself':<34} {probe(film.path).duration:6.1f} s   {film.path.stat().st_size / 1e6:6.1f} MB")

        def edited(action: Mapping[str, Any]) -> Made:
            from videogen_sandbox.engines.videos.edit import edit
            from videogen_sandbox.engines.videos.export import export

            changed = edit(task("remix", {"document": document, "action": action}), lambda _: None)
            return export(task("export", {"document": changed}), lambda _: None)

        captions = {"type": "ENABLE_CAPTIONS", "captionStyle": {"fontSize": 72, "verticalAlignment": "TOP"}}
        timed("other captions", EDIT_LIMIT, lambda: edited(captions))
        timed("the first captions again", EDIT_LIMIT, lambda: edited({"type": "ENABLE_CAPTIONS"}))
        timed("music", EDIT_LIMIT, lambda: edited({"type": "GENERATE_MUSIC", "prompt": "calm piano"}))


if __name__ == "__main__":
    main()
