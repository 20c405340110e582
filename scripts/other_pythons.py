"""Run the unit tests on the oldest and the newest Python that is supported, where such a Python is found.

    python scripts/other_pythons.py [--uv UV]

Each gets an environment of its own in .cache. Exit code 1 when tests fail or an environment cannot be made.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.10", "3.13")

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Try each version; the exit code says whether all that were found work."""
    parser = argparse.ArgumentParser(description="Run the unit tests on other Pythons.")
    parser.add_argument("--uv", default=shutil.which("uv") or "", help="path of uv")
    uv = parser.parse_args().uv
    sys.exit(0 if min(tried(version, uv) for version in VERSIONS) else 1)


def tried(version: str, uv: str) -> bool:
    """Return whether the tests pass on this version; True where it is not on this machine."""
    python = found(version)
    if python is None:
        print(f">> Python {version} is not on this machine; skipped.", flush=True)
        return True
    venv = ROOT / ".cache" / f"python{version}"
    inside = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(venv), "HYPOTHESIS_PROFILE": "quick"}
    if uv:
        install = [[uv, "sync", "--quiet", "--frozen", "--python", python, "--extra", "sandbox", "--group", "dev"]]
    else:
        pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install = [
            [python, "-m", "venv", str(venv)],
            [*pip, "--upgrade", "pip>=25.1"],
            [*pip, "--editable", ".[sandbox]", "--group", "dev"],
        ]
    tests = [str(inside), "-m", "pytest", "-n", "auto", "tests/unit"]
    print(f">> Python {version}: {python}", flush=True)
    return all(subprocess.call(command, cwd=str(ROOT), env=environment) == 0 for command in [*install, tests])


def found(version: str) -> str | None:
    """Return a Python of this version that runs, or None."""
    named = shutil.which(f"python{version}")
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
    for candidate in [*([named] if named else []), *map(str, kept)]:
        asked = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and f"{version}." in asked.stdout:
            return candidate
    return None


if __name__ == "__main__":
    main()
