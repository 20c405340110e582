"""Make .venv with the project and what it needs: with uv where there is one, else with venv and pip.

    python3 scripts/set_up.py [--uv UV] [--extra NAME] [--group NAME] [--aside PACKAGE==VERSION]

Needs nothing but Python. It says what it does, because the first time takes a minute or two.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 10)
"""What pyproject.toml asks for; mcp 2.3 needs it."""

PIP = "pip>=25.1"
"""The first pip that installs dependency groups (PEP 735)."""

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def main() -> None:
    """Leave with 0 when .venv is ready."""
    asked = arguments()
    if sys.version_info < OLDEST:
        sys.exit(f"This needs Python 3.10 or newer; this one is {sys.version.split()[0]}. Try: make PYTHON=python3.12")
    print(">> Setting up .venv. The first time takes a minute or two.", flush=True)
    if asked.uv:
        if all(run(command) for command in uv_commands(asked)):
            return
        print(">> uv could not do it; going on with venv and pip.", flush=True)
    if not all(run(command) for command in pip_commands(asked)):
        sys.exit(">> That did not work (see above). Nothing but .venv was touched; `make clean` removes it.")


def arguments() -> argparse.Namespace:
    """What the Makefile asks for."""
    parser = argparse.ArgumentParser(description="Make .venv ready.")
    parser.add_argument("--uv", default="", help="path of uv")
    parser.add_argument("--extra", default="", help="an extra of the project")
    parser.add_argument("--group", default="", help="a dependency group")
    parser.add_argument("--aside", default="", help="a package in a version that .venv cannot have, put into .cache")
    return parser.parse_args()


def uv_commands(asked: argparse.Namespace) -> list[list[str]]:
    """Exactly what uv.lock says; what else is in .venv stays."""
    extra = ["--extra", asked.extra] if asked.extra else []
    group = ["--group", asked.group] if asked.group else ["--no-default-groups"]
    sync = [asked.uv, "sync", "--frozen", "--inexact", "--python", sys.executable, *extra, *group]
    return [sync, *([[asked.uv, "pip", "install", *aside(asked)]] if asked.aside else [])]


def pip_commands(asked: argparse.Namespace) -> list[list[str]]:
    """A virtual environment, a pip that knows groups, the project."""
    create = [] if has_pip() else [[sys.executable, "-m", "venv", "--clear", str(VENV)]]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    project = f".[{asked.extra}]" if asked.extra else "."
    group = ["--group", asked.group] if asked.group else []
    others = [[*pip, "--quiet", "--upgrade", *aside(asked)]] if asked.aside else []
    return [*create, [*pip, "--quiet", "--upgrade", PIP], [*pip, "--editable", project, *group], *others]


def aside(asked: argparse.Namespace) -> list[str]:
    """Where the other version goes, by name and version; what it needs is in .venv already."""
    return ["--no-deps", "--target", str(ROOT / ".cache" / asked.aside.replace("==", "-")), asked.aside]


def has_pip() -> bool:
    """Whether .venv is there and works: uv makes it without pip, and a moved one is broken."""
    return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL) == 0


def run(command: list[str]) -> bool:
    """Show the command and run it in the project's folder; whether it worked."""
    print(">> " + " ".join(command), flush=True)
    return subprocess.call(command, cwd=str(ROOT)) == 0


if __name__ == "__main__":
    main()
