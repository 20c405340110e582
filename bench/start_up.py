"""How long until a host has the list of tools?

Beside servers with one trivial tool: a bare `MCPServer` on the same SDK, FastMCP and the TypeScript SDK, where these
can be installed. They are started in turn with ours, so that a noisy machine troubles all alike. From spawn to the
answer of tools/list, in wall-clock time and in CPU time of the process, which noise hardly touches, and the memory that
it has then. All toolsets are on. Target: at most 1.12 times the bare server (medians).

    python -m bench.start_up [--rounds 15] [--era modern] [--toolsets all]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.figures import Figure, middle_half, tell
from tests.e2e.wire import ERAS, Era, Server, environment

TARGET = 1.12

OURS, BARE = "ours", "bare MCPServer"

WORDS = {"wall": "time", "cpu": "CPU time", "memory": "memory in use"}


@dataclass(frozen=True)
class Start:
    """One start: milliseconds, and MB in memory (0 where the system does not tell)."""

    wall: float
    cpu: float
    memory: float


def start(command: Sequence[str], folder: Path, era: Era, toolsets: str) -> Start:
    """Start a server, greet it, list its tools, and count what that took."""
    bytecode = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    settings = environment(folder, VIDEOGEN_MCP_TOOLSETS=toolsets, **bytecode)
    before = os.times()
    began = time.perf_counter()
    log = folder / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=settings)
    server = Server(process, era, "bench", log)
    server.greet()
    server.tools()
    wall = time.perf_counter() - began
    cpu, memory = consumed(process.pid), resident(process.pid)
    server.kill()
    after = os.times()
    if cpu is None:
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(wall * 1000, cpu * 1000, memory / 1e6)


def consumed(pid: int) -> float | None:
    """CPU seconds of a running process so far; None where the system does not tell (then its end does)."""
    stat = Path(f"/proc/{pid}/schedstat")
    return int(stat.read_text().split()[0]) / 1e9 if stat.exists() else None


def resident(pid: int) -> int:
    """Bytes that a process has in memory; 0 where the system does not tell."""
    pages = Path(f"/proc/{pid}/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") if pages.exists() else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--era", choices=ERAS, default="modern")
    parser.add_argument("--toolsets", default="all", help="VIDEOGEN_MCP_TOOLSETS of ours (%(default)s)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        others, missing = peers.commands(folder)
        commands = {OURS: [sys.executable, "-m", "videogen_mcp"], **others}
        starts: dict[str, list[Start]] = {name: [] for name in commands}
        for number in range(asked.rounds + 1):
            for name, command in commands.items():
                # Another SDK may not know the newest protocol.
                era: Era = asked.era if name in (OURS, BARE) else "legacy"
                took = start(command, folder, era, asked.toolsets)
                if number:  # The first round compiles and fills the disk's cache.
                    starts[name].append(took)
    for name, why in missing.items():
        print(f"{name} {why}")
    return report(starts)


def report(starts: dict[str, list[Start]]) -> int:
    """Print medians and their ratio to the bare server's. Return 1 if ours is over the target."""
    print(f"spawn to tools/list, medians of {len(starts[OURS])} rounds in turn")
    met = True
    for kind, unit in (("wall", "ms"), ("cpu", "ms"), ("memory", "MB")):
        medians = {name: statistics.median(getattr(one, kind) for one in each) for name, each in starts.items()}
        values = [getattr(one, kind) for one in starts[OURS]]
        beside = ", ".join(f"{name} {median:.0f}" for name, median in medians.items() if name != OURS)
        ratio = medians[OURS] / medians[BARE] if medians[BARE] else 0.0
        held = None if kind == "memory" else ratio <= TARGET
        met = met and held is not False
        spread = middle_half(values, ".0f", unit)
        print(f"{kind:8}{medians[OURS]:6.0f} {unit} ({spread}); {beside} {unit}; {ratio:.2f} of the bare one")
        tell(
            Figure(
                f"from its start to the list of tools, {WORDS[kind]}",
                f"{medians[OURS]:.0f} {unit}, {ratio:.2f} of a bare server",
                f"{beside} {unit}",
                spread,
                "" if held is None else f"at most {TARGET} of a bare server",
                held,
            )
        )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
