"""Code in the pages is what it says it is: it parses, commands are known, and calls fit the tools."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import pages
from tests.pages import ROOT, Block
from videogen_mcp import cli
from videogen_mcp.commands import COMMANDS
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.lenient import lenient
from videogen_mcp.workflows.schema import accepted
from videogen_sandbox import cli as sandbox_cli

BLOCKS = [block for page in pages.pages() for block in pages.blocks(page)]
PROGRAMS = ("videogen-mcp", "videogen-sandbox", "make", "python", "python3")

STANDS_FOR = {"HOST": "claude-desktop", "N": "2", "NAME": "name", "FILE": "file", "DIR": "folder", "SECONDS": "2"}
"""What readers put in the place of such words."""


def of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def toml(code: str) -> Any:
    return pytest.importorskip("tomllib").loads(code)  # Of Python 3.11 and newer.


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "json": lambda code: values(code),
    "toml": toml,
    "yaml": yaml.safe_load,
    "python": ast.parse,
}

NOT_PARSED = {"", "sh", "bash", "js", "dockerfile", "text"}
"""Lines to type are checked below, programs for Node and images where they run (tests/clients, tests/hosted)."""


def test_every_block_of_code_is_of_a_language_that_is_checked() -> None:
    assert {str(block): block.language for block in BLOCKS if block.language not in {*PARSERS, *NOT_PARSED}} == {}


@pytest.mark.parametrize("language", PARSERS)
def test_every_block_parses(language: str) -> None:
    for block in of(language):
        assert PARSERS[language](block.code), block


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_lines_for_a_shell_parse() -> None:
    """All in one script, since each start of bash takes milliseconds."""
    script = "\n".join(re.sub(r"^\$ ", "", block.code, flags=re.MULTILINE) for block in shell_blocks())
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def shell_blocks() -> list[Block]:
    """Blocks without a language are lines to type; what a program prints begins after the line with its prompt."""
    return [block for block in of("", "bash", "sh") if not block.code.lstrip().startswith("[[")]


def typed(block: Block) -> list[str]:
    """The lines of a block that a reader types."""
    lines = re.sub(r" *\\\n *", " ", block.code).splitlines()
    prompted = [line[2:] for line in lines if line.startswith("$ ")]
    return prompted or [line for line in lines if line.strip() and not line.startswith("#")]


def commands(line: str) -> list[list[str]]:
    """The commands of a line, each as words, without what sets variables before it."""
    found = []
    for part in re.split(r"\s(?:&&|\|)\s", line):
        words = [STANDS_FOR.get(word, word) for word in shlex.split(part, comments=True)]
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words[:2] == ["uv", "run"]:
            words = words[2:]
            while words[0].startswith("--"):
                words = words[2:]
        if words:
            found.append([re.split(r"[/\\]", words[0])[-1].removesuffix(".exe"), *words[1:]])
    return found


HISTORY = "CHANGELOG.md"
"""It names commands in part, and those of earlier versions."""

TO_TYPE = re.compile(
    r"(?:[A-Z_]+=\S* )*(?:uv run .*?)?(?:\S*[/\\])?(?:videogen-mcp|videogen-sandbox|make|python3?)(?:\.exe)? "
)

TYPED = [
    pytest.param(command, id=f"{place}-{' '.join(command)}"[:100])
    for place, line in [
        *((str(block), line) for block in shell_blocks() for line in typed(block)),
        *((pages.name_of(page), code) for page in pages.pages() for code in pages.inline_code(page)),
    ]
    if TO_TYPE.match(line) and not re.search(r"[\[<|]--|…", line)
    for command in commands(line)
    if command[0] in PROGRAMS and not place.startswith(HISTORY)
]


@pytest.mark.parametrize("command", TYPED)
def test_every_command_is_known(command: list[str]) -> None:
    assert complaint(command) == ""


@pytest.mark.parametrize(
    "line",
    ["videogen-mcp fly", "videogen-mcp serve --tunnel", "videogen-sandbox --tunnel", "make tunnel", "python -m tunnel"],
)
def test_a_command_that_nobody_knows_is_found(line: str) -> None:
    assert complaint(line.split()) != ""


def complaint(command: list[str]) -> str:
    """What is wrong with a command; empty where it can be typed."""
    program, *arguments = command
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        asked = [word for word in arguments if not re.match(r"[A-Z]+=", word)]
        return "" if set(asked) <= set(targets) else f"there is no target {asked}"
    if program.startswith("python"):
        if arguments[:1] == ["-m"]:
            return "" if importlib.util.find_spec(arguments[1]) else f"there is no module {arguments[1]}"
        return "" if not arguments[0].endswith(".py") or (ROOT / arguments[0]).is_file() else f"no {arguments[0]}"
    if program == "videogen-mcp" and arguments[:1] == ["sandbox"]:
        program, arguments = "videogen-sandbox", arguments[1:]
    said = io.StringIO()
    parser = sandbox_cli.parser() if program == "videogen-sandbox" else cli.parser(arguments[0] if arguments else "")
    if program == "videogen-mcp" and not arguments:
        return ""
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            parser.parse_args(arguments)
        except SystemExit as left:
            return said.getvalue() if left.code else ""
    return ""


def test_every_command_of_the_server_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in COMMANDS if f"videogen-mcp {name}" not in readme} == set()


def test_every_call_fits_its_tool(every_tool: dict[str, Tool]) -> None:
    calls = [(block, call) for block in of("json") for call in values(block.code) if "arguments" in call]
    assert len(calls) > len(every_tool)
    for block, call in calls:
        tool = every_tool[call["name"]]
        assert set(call["arguments"]) <= set(tool.input_schema["properties"]), block
        assert tool.arguments.model_validate(lenient(call["arguments"], accepted(tool.arguments)))


def values(code: str) -> list[Any]:
    """The JSON values of a block, one after the other."""
    decoder, rest, found = json.JSONDecoder(), code.strip(), []
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def test_no_page_sends_anybody_to_a_name_that_is_not_ours() -> None:
    """The package is on no index yet, so its bare name may be somebody else's."""
    told = re.compile(r"(?:pip3? install|uvx|pipx run|uv tool install|pipx install) +[\"']?videogen-mcp(?:-server)?\b")
    found = {pages.name_of(page): told.findall(page.read_text(encoding="utf-8")) for page in pages.pages()}
    assert {page: lines for page, lines in found.items() if lines} == {}


def test_the_first_block_of_the_readme_are_its_two_commands() -> None:
    first = pages.blocks(Path(ROOT / "README.md"))[0]
    assert first.code.split("\n")[:2] == ["make demo", "make test"]
