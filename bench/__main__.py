"""Run all benches, one after the other, and put their figures into one table.

Each runs in a process of its own, with what it is compared with in the same run. The table is printed, and written into
docs/figures.md (from docs/figures.json), with the machine, the commit and the load described; a run of some benches
renews their sections only. The machine should have nothing else to do: CPU times bear company, others do not. All of it
takes about a quarter of an hour.

    python -m bench [NAME ...]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from bench.figures import PLACE, Figure, told

ROOT = Path(__file__).resolve().parent.parent

BENCHES = (
    "start_up",
    "overhead",
    "watching",
    "runs",
    "webhook",
    "ergonomics",
    "transfer",
    "crowd",
    "journal",
    "sharing",
    "workers",
    "hosted_calls",
    "hosted_connections",
    "engines",
    "finished_video",
    "speech_over_music",
    "cut_outs",
)
"""In the order in which a reader would ask."""

PAGE = ROOT / "docs" / "figures.md"
KEPT = PAGE.with_suffix(".json")
"""What came of each bench when it ran last, by its name."""


WRITES = {"ergonomics": ("--write", str(ROOT / "docs" / "ergonomics.md"))}
"""What is said to a bench that has a page of its own."""

TAIL = 15
"""Lines that are shown of a bench that broke."""


@dataclass(frozen=True)
class Ran:
    """What came of one bench. `machine`: what it ran on, in words."""

    name: str
    figures: list[Figure]
    seconds: float
    machine: str
    output: str = ""
    broken: bool = False


def main() -> int:
    """Return 1 if a bench broke or told no figure; a missed target is in the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of: {', '.join(BENCHES)}")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHES]:
        parser.error(f"there is no {unknown[0]}; there are: {', '.join(BENCHES)}")
    about = machine()
    print(about, flush=True)
    ran = []
    for name in asked.names or BENCHES:
        print(f"{name:<20}", end="", flush=True)
        ran.append(run(name, about))
        print(f"{ran[-1].seconds:6.0f} s" + ("  broke" if ran[-1].broken else ""), flush=True)
        if ran[-1].broken:
            print(textwrap.indent(ran[-1].output, "    "))
    print("\n" + table(ran))
    PAGE.write_text(page(kept([one for one in ran if not one.broken])), encoding="utf-8")
    return int(any(one.broken for one in ran))


def run(name: str, about: str) -> Ran:
    """Run a bench and gather what it told. One that told nothing broke, whatever its exit code is: that is 1 for a
    missed target too."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "figures"
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *WRITES.get(name, ())],
            cwd=ROOT,
            env={**os.environ, PLACE: str(place)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds, figures = time.monotonic() - began, told(place)
    broken = not figures or done.returncode not in (0, 1) or "Traceback (most recent call last)" in done.stdout
    tail = "\n".join(done.stdout.splitlines()[-TAIL:])
    return Ran(name, figures, round(seconds), about, tail, broken)


def kept(ran: Sequence[Ran]) -> list[Ran]:
    """Keep what came of some benches, and return what is known of all."""
    known = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for one in ran:
        known[one.name] = {
            "machine": one.machine,
            "seconds": one.seconds,
            "figures": [asdict(figure) for figure in one.figures],
        }
    known = {name: known[name] for name in BENCHES if name in known}
    KEPT.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [
        Ran(name, [Figure(**figure) for figure in one["figures"]], one["seconds"], one["machine"])
        for name, one in known.items()
    ]


def question(name: str) -> str:
    """The question of a bench: the first paragraph of its docstring."""
    text = (ROOT / "bench" / f"{name}.py").read_text(encoding="utf-8")
    return " ".join(text.removeprefix('"""').partition("\n\n")[0].split())


def machine() -> str:
    """What the figures were measured on, in words."""
    commit = _said("git", "rev-parse", "--short", "HEAD") or "no checkout"
    changed = " with changes" if _said("git", "status", "--porcelain", "--untracked-files=no") else ""
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{os.cpu_count()} cores ({_processor()}), {_memory()}, {platform.system()} {platform.release().split('-')[0]},"
        f" Python {platform.python_version()}, mcp {importlib.metadata.version('mcp')}; commit {commit}{changed},"
        f" {date.today()}; load before the run {busy}"
    )


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "memory unknown"
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB of memory"


def verdict(figure: Figure) -> str:
    """Return the target and whether it was met."""
    return figure.target + ("" if figure.met is None else ": met" if figure.met else ": **missed**")


def table(ran: list[Ran]) -> str:
    """Return the figures as text for a terminal: a line each, what it is compared with below it."""
    lines = []
    for one in ran:
        for figure in one.figures:
            lines.append(f"{figure.what}: {figure.ours}" + (f" ({figure.spread})" if figure.spread else ""))
            below = [f"beside: {figure.beside}" if figure.beside else "", verdict(figure).replace("*", "")]
            lines += textwrap.wrap("; ".join(part for part in below if part), 100, initial_indent="    ")
    return "\n".join(lines)


def page(ran: Sequence[Ran]) -> str:
    """Return docs/figures.md."""
    machines = list(dict.fromkeys(one.machine for one in ran))
    lines = [
        "# Figures",
        "",
        "<!-- Written by `make bench`. -->",
        "",
        "What the benches of `bench/` say, each with what it is compared with in the same run. `make bench` measures",
        "anew. The spread is the middle half of what was measured, unless something else is said.",
        "",
        *(f"{number}. {about}" for number, about in enumerate(machines, 1)),
        "",
    ]
    for one in ran:
        where = f" (on {machines.index(one.machine) + 1})" if len(machines) > 1 else ""
        lines += [f"## {question(one.name)}", "", f"`python -m bench.{one.name}`, {one.seconds:.0f} s{where}.", ""]
        lines += ["| what | figure | spread | beside | target |", "| --- | --- | --- | --- | --- |"]
        lines += [
            f"| {figure.what} | {figure.ours} | {figure.spread} | {figure.beside} | {verdict(figure)} |"
            for figure in one.figures
        ]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
