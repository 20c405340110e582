"""The README of the sandbox says what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import videogen_sandbox
from videogen_sandbox import cli
from videogen_sandbox.directives import Directives, read_directives
from videogen_sandbox.engines import ENGINES
from videogen_sandbox.faults import Faults

README = (Path(videogen_sandbox.__file__).parent / "README.md").read_text(encoding="utf-8")


def rows(section: str) -> list[str]:
    """The code in the first column of a section's table."""
    table = README.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def test_it_says_what_every_engine_makes() -> None:
    table = README.partition("## What it makes\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", table)) == set(ENGINES)


def test_it_explains_every_directive() -> None:
    names = set()
    for example in rows("Directives"):
        directives, rest = read_directives(example)
        assert rest == ""
        names |= {name for name, value in vars(directives).items() if value != getattr(Directives(), name)}
    assert names == {field.name for field in fields(Directives)}


def test_it_explains_every_fault() -> None:
    assert {*rows("Faults"), "seed"} == {field.name for field in fields(Faults)}
    example = re.search(r"--faults (\S+=\S+)`", README)
    assert example is not None
    assert Faults.parse(example[1]) == Faults(rate_limited=0.1, server_error=0.05, seed=7)


def test_it_explains_every_option() -> None:
    explained = {option.partition(" ")[0] for option in rows("Two commands")}
    offered = set(re.findall(r"--[a-z-]+", cli.parser().format_help())) - {"--help", "--version"}
    assert explained == offered
