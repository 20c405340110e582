"""`make demo` and `make test` where there is no make: on Windows, as a rule.

    python scripts/without_make.py demo|test [ARGS=…] [arguments]

On Windows `make demo` does this too, as cmd finds make.cmd (in PowerShell: .\\make demo).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

WRONG_USE = 2
"""Exit code, as argparse has it."""


@dataclass(frozen=True)
class Goal:
    """What the Makefile does for a word."""

    purpose: str
    """What .venv is set up for: an argument of set_up.py."""

    runs: Sequence[str]
    """Arguments of the Python in .venv."""


GOALS: Mapping[str, Goal] = {
    "demo": Goal("run", ("-m", "videogen_mcp", "demo")),
    "test": Goal("work", ("-m", "pytest", "-n", "auto", "--maxprocesses", "8", "--dist", "worksteal")),
}


def main(arguments: Sequence[str]) -> int:
    """Set up what the goal needs, unless it is there, and run it; the exit code of what failed, else 0."""
    name, *given = arguments or ("",)
    goal = GOALS.get(name)
    if goal is None:
        sys.stderr.write(f"usage: make {'|'.join(GOALS)} [arguments]\n")
        return WRONG_USE
    if not is_ready(ROOT, goal.purpose, sys.platform):
        failed = subprocess.call([sys.executable, str(ROOT / "scripts" / "set_up.py"), goal.purpose])
        if failed:
            return failed
    return subprocess.call([str(python(ROOT, sys.platform)), *goal.runs, *words(given)], cwd=ROOT)


def python(root: Path, platform: str) -> Path:
    """Return the Python of .venv."""
    return root / ".venv" / ("Scripts/python.exe" if platform == "win32" else "bin/python")


def is_ready(root: Path, purpose: str, platform: str) -> bool:
    """Whether .venv has been set up since the dependencies changed."""
    mark = root / ".venv" / f".ready-to-{purpose}"
    if not (mark.exists() and python(root, platform).exists()):
        return False
    return all((root / name).stat().st_mtime <= mark.stat().st_mtime for name in ("pyproject.toml", "uv.lock"))


def words(given: Sequence[str]) -> list[str]:
    """Return the arguments to pass on; `ARGS=--video` is written for make and means --video."""
    return [word for one in given for word in (one[5:].split() if one.startswith("ARGS=") else [one])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
