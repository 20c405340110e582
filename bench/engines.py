"""How long do the sandbox's engines take? All operations once, with everything a result is looked at by.

Each starts from what an earlier one made, as an agent would do it: the picture is cut out, traced and enlarged, the
speech is what a presenter says. The engines run one after the other in this process; imports and loading of networks
count, because the first result pays for them too. Wall time and the processor time behind it are shown: on a machine
that others use as well, half of the processor time is what two free cores would need.

    python -m bench.engines [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from bench.figures import Figure, tell
from videogen_sandbox.engines import ENGINES, Engine, Made, Task

TARGET = 40.0
"""Seconds for all of them on two cores: 25 for the ten of the first API, 5 each for music, graphic and 3D effect."""

SPOKEN = "Hello! I was made on your own machine, without an account, and I can say whatever you like."


@dataclass(frozen=True)
class Step:
    """One operation: its body, and which earlier result it starts from, by wire name of the argument."""

    operation: str
    body: Mapping[str, Any]
    starts_from: Mapping[str, str]


STEPS = (
    Step("generate-image", {"prompt": "A tabby cat on a sofa in a living room"}, {}),
    Step("generate-video-clip", {"prompt": "A golden retriever on a sandy beach", "durationSeconds": 5}, {}),
    Step("text-to-speech", {"ttsText": SPOKEN, "voice": "heart"}, {}),
    Step("generate-sound-effect", {"prompt": "Rain with distant thunder", "durationSeconds": 10}, {}),
    Step("generate-music", {"prompt": "Calm piano, 30 seconds"}, {}),
    Step("generate-motion-graphic", {"prompt": 'Lower third "Jane Doe", "Head of Product"'}, {}),
    Step("generate-avatar", {"presenter": "amara"}, {"audioFileId": "text-to-speech"}),
    Step("image-3d-effect", {}, {"imageFileId": "generate-image"}),
    Step("vectorize-image", {}, {"imageFileId": "generate-image"}),
    Step("remove-image-background", {}, {"imageFileId": "generate-image"}),
    Step("remove-video-background", {}, {"videoFileId": "generate-video-clip"}),
    Step("upscale-image", {}, {"imageFileId": "generate-image"}),
    Step("upscale-video", {}, {"videoFileId": "small-clip"}),
)


@dataclass(frozen=True)
class Time:
    """Seconds."""

    wall: float
    processor: float

    def __sub__(self, earlier: Time) -> Time:
        return Time(self.wall - earlier.wall, self.processor - earlier.processor)

    def __add__(self, other: Time) -> Time:
        return Time(self.wall + other.wall, self.processor + other.processor)


def now() -> Time:
    return Time(time.perf_counter(), time.process_time())


def small_clip(clip: Path, folder: Path) -> Path:
    """The clip as a phone might have sent it, 480x270: what one enlarges. Not timed."""
    from videogen_sandbox.engines.media.decode import VideoReader
    from videogen_sandbox.engines.media.encode import VideoWriter

    with VideoReader(clip, fit=(480, 270)) as reader:
        target = folder / "small-clip.mp4"
        with VideoWriter(target, width=reader.width, height=reader.height, fps=reader.fps) as film:
            for picture in reader.pictures():
                film.write(picture)
    return target


def run(step: Step, made: Mapping[str, Path], folder: Path) -> tuple[Made, Time, Time]:
    """The result, the time of the engine and the time of probing and rendering it."""
    begin = now()
    inputs = {name: [made[source]] for name, source in step.starts_from.items()}
    engine: Engine = resolve_name(f"videogen_sandbox.engines.{ENGINES[step.operation]}")
    result = engine(Task(step.operation, step.body, inputs, 1, folder), lambda _: None)
    middle = now()
    from videogen_sandbox.engines.media import probe, renditions

    previews = folder / "previews"
    previews.mkdir()
    renditions.render(result.path, probe.probe(result.path), previews, lambda _: None, result.extras.get("flat"))
    return result, middle - begin, now() - middle


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="write the media here and leave them")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as scratch:
        return report(keep or Path(scratch))


def report(folder: Path) -> int:
    """Run everything in `folder` and print a table. Returns 1 if the target was missed."""
    made: dict[str, Path] = {}
    total = Time(0.0, 0.0)
    print(f"{os.cpu_count()} cores\n{'operation':<26}{'engine s':>9}{'previews':>9}{'cpu s':>8}{'size MB':>9}  made by")
    for step in STEPS:
        place = folder / step.operation
        place.mkdir(parents=True)
        result, making, looking = run(step, made, place)
        made[step.operation] = result.path
        if step.operation == "generate-video-clip":
            made["small-clip"] = small_clip(result.path, folder)
        total = total + making + looking
        size = result.path.stat().st_size / 1e6
        both = making.processor + looking.processor
        tell(Figure(f"the sandbox's {step.operation}", f"{(making + looking).wall:.2f} s, {both:.2f} s of CPU"))
        print(f"{step.operation:<26}{making.wall:9.2f}{looking.wall:9.2f}{both:8.2f}{size:9.2f}  {result.engine}")
    met = total.wall <= TARGET
    tell(
        Figure(
            f"all {len(STEPS)} operations of the sandbox",
            f"{total.wall:.1f} s, {total.processor:.1f} s of CPU",
            target=f"at most {TARGET:.0f} s",
            met=met,
        )
    )
    print(f"{'all':<26}{total.wall:18.2f}{total.processor:8.2f}")
    print(
        f"target {TARGET:.0f} s: {'met' if met else 'missed'}; two free cores would need {total.processor / 2:.1f} to"
    )
    print(f"{total.processor:.1f} s, depending on how much runs side by side")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
