"""The image of docs/hosting/Dockerfile without a container engine: its instructions are carried out in a folder.

What is looked at is what this project decides: what is copied, the line that installs, the environment, the user and
the command. The base images stand for themselves: here the Python is the one that runs the tests.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "hosting"

WORKDIR = "/app"
"""Where the image has the server."""


OUTSIDE = dict(os.environ)
"""The environment before tests change it, for what installs packages: certificates of the machine, proxies, caches."""


@dataclass(frozen=True)
class Stage:
    """What stands between two FROMs: instructions in order, each with the rest of its line."""

    instructions: tuple[tuple[str, str], ...]

    def all(self, word: str) -> list[str]:
        """Return the rest of each instruction of that name."""
        return [rest for found, rest in self.instructions if found == word]

    def one(self, word: str) -> str:
        """Return the rest of the only instruction of that name."""
        (rest,) = self.all(word)
        return rest

    def command(self, word: str) -> list[str]:
        """Return the command that CMD or HEALTHCHECK names, which must be a list of JSON: no shell takes part."""
        words: list[str] = json.loads(re.sub(r"^.*?(?=\[)", "", self.one(word)))
        return words

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(pair.split("=", 1) for line in self.all("ENV") for pair in shlex.split(line))

    @property
    def copied(self) -> list[str]:
        """What comes from the repository."""
        return [name for line in self.all("COPY") if "--from" not in line for name in line.split()[:-1]]


def stages() -> list[Stage]:
    """Return the stages of the Dockerfile, the last of which is the image."""
    found: list[list[tuple[str, str]]] = []
    for line in (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return [Stage(tuple(instructions)) for instructions in found]


def build(stage: Stage, root: Path, uv: str) -> None:
    """Carry out what a stage copies and runs, with `root` in place of the file system's root."""
    workdir = root / WORKDIR.lstrip("/")
    workdir.mkdir(parents=True)
    programs = os.pathsep.join((str(Path(sys.executable).parent), str(Path(uv).parent), os.defpath))
    environment = {**OUTSIDE, **stage.environment, "PATH": programs, "UV_PYTHON": sys.executable}
    for word, rest in stage.instructions:
        if word == "COPY" and "--from" not in rest:
            *sources, target = rest.split()
            for source in sources:
                _copy(ROOT / source, workdir / target)
        elif word == "RUN":
            subprocess.run(["sh", "-ec", rest], cwd=workdir, env=environment, check=True)


def inside(root: Path, words: Mapping[str, str]) -> dict[str, str]:
    """Return an image's environment for an image whose root is the folder `root`."""
    return {name: re.sub(r"(?<![\w/])/(?=(app|tmp)\b)", f"{root}/", value) for name, value in words.items()}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
