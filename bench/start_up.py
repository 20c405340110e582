"""How long until a host has the list of tools?

Beside a bare `MCPServer` with one trivial tool on the same SDK, started in turn with ours, so that a noisy machine
troubles both alike. From spawn to the answer of tools/list, in wall-clock time and in CPU time of the process, which
noise hardly touches. All toolsets are on. Target: at most 1.12 times the bare server (medians).

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

from tests.e2e.wire import ERAS, Era, Server, environment

TARGET = 1.12

BARE = """
from mcp.server.mcpserver import MCPServer

server = MCPServer("bare")


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


server.run()
"""


@dataclass(frozen=True)
class Start:
    """One start, in milliseconds."""

    wall: float
    cpu: float


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
    cpu = consumed(process.pid)
    server.kill()
    after = os.times()
    if cpu is None:
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(wall * 1000, cpu * 1000)


def consumed(pid: int) -> float | None:
    """CPU seconds of a running process so far; None where the system does not tell (then its end does)."""
    stat = Path(f"/proc/{pid}/schedstat")
    return int(stat.read_text().split()[0]) / 1e9 if stat.exists() else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--era", choices=ERAS, default="modern")
    parser.add_argument("--toolsets", default="all", help="VIDEOGEN_MCP_TOOLSETS of ours (%(default)s)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "bare.py").write_text(BARE)
        commands = {"bare": [sys.executable, str(folder / "bare.py")], "ours": [sys.executable, "-m", "videogen_mcp"]}
        starts: dict[str, list[Start]] = {name: [] for name in commands}
        for number in range(asked.rounds + 1):
            for name, command in commands.items():
                took = start(command, folder, asked.era, asked.toolsets)
                if number:  # The first round compiles and fills the disk's cache.
                    starts[name].append(took)
    report(starts)


def report(starts: dict[str, list[Start]]) -> None:
    """Print medians and their ratio."""
    rounds = len(starts["ours"])
    print(f"spawn to tools/list, medians of {rounds} rounds in turn (target: at most {TARGET:.2f})")
    print(f"{'':12}{'bare':>10}{'ours':>10}{'ratio':>10}{'middle half of the ratios':>30}")
    for kind in ("wall", "cpu"):
        bare, ours = ([getattr(one, kind) for one in starts[name]] for name in ("bare", "ours"))
        pairs = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
        low, _, high = statistics.quantiles(pairs, n=4)
        first, second = statistics.median(bare), statistics.median(ours)
        print(
            f"{kind + ' time':12}{first:7.0f} ms{second:7.0f} ms{second / first:10.2f}{f'{low:.2f} to {high:.2f}':>30}"
        )


if __name__ == "__main__":
    main()
