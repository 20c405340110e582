"""AGENTS.md is true: what it names exists, and its rules about imports hold."""

from __future__ import annotations

import re
from pathlib import Path

import videogen_mcp
import videogen_sandbox

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
OURS = [
    path
    for folder in ("videogen_mcp", "videogen_sandbox", "tests", "bench", "scripts")
    for path in (ROOT / folder).rglob("*.py")
]

LONGEST = 400
"""Lines of a Python file: more is more than one job."""


def test_every_place_it_names_exists() -> None:
    named = set(re.findall(r"`((?:videogen_mcp|videogen_sandbox|tests|bench)/[\w/.]*)`", GUIDE))
    assert len(named) > 20
    assert {place for place in named if not (ROOT / place).exists()} == set()


def test_every_target_it_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for words in re.findall(r"`make ([\w ]+)`", GUIDE) for target in words.split()}
    assert named <= targets


def test_it_maps_every_room_of_the_server() -> None:
    rooms = {path.name for path in (ROOT / "videogen_mcp").iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if f"`videogen_mcp/{room}/`" not in GUIDE} == set()


def test_both_packages_have_one_version() -> None:
    assert videogen_mcp.__version__ == videogen_sandbox.__version__


def test_no_python_file_has_more_than_one_job() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in OURS}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_only_public_names_of_the_sdk_are_used() -> None:
    private = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "videogen_mcp").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(from|import) (mcp|mcp_types)\b", line) and re.search(r"[ .]_\w", line)
    }
    assert private == set()
