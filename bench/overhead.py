"""What does a call cost beyond the making itself?

An instant job (a sound effect of one second) in the warm sandbox, from the line on the server's stdin to the line on
its stdout, beside the time that the same engine with its renditions takes in this process, beside what the sandbox's
record says from submit to end, and beside the official SDK's helper, which polls the same sandbox. Target: at most
60 ms beyond the engine's own time (medians).

    python -m bench.overhead [--calls 20]
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import anyio
from videogen import VideoGen

from bench.engines import Step, run
from bench.figures import Figure, middle_half, tell
from tests.e2e.wire import ERAS, Era, serving
from videogen_sandbox.process import launcher
from videogen_sandbox.process.description import StateFiles

TARGET = 60.0
"""Milliseconds."""

WARM_UP = 3
"""Calls that are not counted: the sandbox starts, and its workers import their libraries."""

ASKED = {"prompt": "a click", "duration_seconds": 1}
STEP = Step("generate-sound-effect", {"prompt": "a click", "durationSeconds": 1}, {})


def calls(folder: Path, era: Era, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each call over the wire, and of the same execution as the sandbox recorded it."""
    wire: list[float] = []
    ids: list[str] = []
    with serving(folder, era) as server:
        for _ in range(WARM_UP + count):
            call = server.start("generate_sound_effect", **ASKED)
            ids.append(call.answer().execution_id)
            wire.append(call.took * 1000)
    database = StateFiles(folder).data_dir / "sandbox.db"
    with contextlib.closing(sqlite3.connect(database)) as db:
        recorded = dict(db.execute("SELECT id, (finished_at - created_at) * 1000 FROM executions"))
    return wire[WARM_UP:], [recorded[execution_id] for execution_id in ids[WARM_UP:]]


def helper(folder: Path, count: int) -> list[float]:
    """Milliseconds of the official SDK's `generate_sound_effect_and_wait` in this process."""
    address = anyio.run(launcher.find_or_start, folder)
    sdk = VideoGen(api_key=address.api_key, base_url=address.base_url)
    times = []
    for _ in range(count):
        began = time.perf_counter()
        sdk.tools.generate_sound_effect_and_wait(prompt="a click", duration_seconds=1)
        times.append((time.perf_counter() - began) * 1000)
    return times


def engine_alone(folder: Path, count: int) -> list[float]:
    """Milliseconds of the engine and of its renditions, in this process."""
    times = []
    for number in range(WARM_UP + count):
        place = folder / f"engine-{number}"
        place.mkdir()
        _, making, looking = run(STEP, {}, place)
        times.append((making + looking).wall * 1000)
    return times[WARM_UP:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20)
    count = parser.parse_args().calls
    worst = 0.0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        alone = statistics.median(engine_alone(folder, count))
        print(f"an instant job, medians of {count} calls\n{'engine alone':<24}{alone:8.0f} ms")
        try:
            official = statistics.median(helper(folder / "state", max(3, count // 5)))
            print(f"{'official SDK helper':<24}{official:8.0f} ms")
            for era in ERAS:
                wire, recorded = calls(folder / "state", era, count)
                whole, upstream = statistics.median(wire), statistics.median(recorded)
                worst = max(worst, whole - alone)
                tell(
                    Figure(
                        f"an instant call over the {era} wire, beyond the making itself",
                        f"{whole - alone:.0f} ms",
                        f"the engine {alone:.0f} ms; the official SDK's helper {official - alone:.0f} ms beyond it",
                        middle_half([each - alone for each in wire], ".0f", "ms"),
                        f"at most {TARGET:.0f} ms",
                        whole - alone <= TARGET,
                    )
                )
                print(
                    f"{'call over ' + era + ' wire':<24}{whole:8.0f} ms: {whole - alone:.0f} ms beyond the engine,"
                    f" {whole - upstream:.0f} of them beyond the sandbox's record; slowest call {max(wire):.0f} ms"
                )
        finally:
            launcher.stop(folder / "state")
    print(f"target {TARGET:.0f} ms beyond the engine: {'met' if worst <= TARGET else 'missed'}")
    return 0 if worst <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
