"""The programs of docs/frameworks.md: what can be told of them without the frameworks."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.clients import environments, programs
from tests.clients.programs import COMMAND, FOLDER, PROGRAMS
from tests.clients.table import Client

OF_CLIENTS = pytest.mark.parametrize("client", programs.clients(), ids=lambda client: client.name)


def imports(source: str) -> set[str]:
    """What a Python program imports from where, as "agents.Runner"."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def test_each_file_is_the_program_of_a_client() -> None:
    assert {path.name for path in FOLDER.glob("*.*")} == set(PROGRAMS.values())
    assert {client.name for client in programs.clients()} == set(PROGRAMS)


@OF_CLIENTS
def test_it_starts_the_server_where_readers_put_its_path(client: Client, tmp_path: Path) -> None:
    (tmp_path / "environment").mkdir()
    written = programs.written(client, tmp_path / "program", tmp_path / "environment").read_text(encoding="utf-8")
    assert COMMAND not in written
    assert "videogen-mcp" in written


@OF_CLIENTS
def test_it_takes_the_framework_as_the_tried_client_does(client: Client) -> None:
    program = (FOLDER / PROGRAMS[client.name]).read_text(encoding="utf-8")
    driver = (environments.DRIVERS / client.driver).read_text(encoding="utf-8")
    if client.driver.endswith(".mjs"):
        modules = set(re.findall(r'from "([^".][^"]*)"', program))
        assert modules == set(re.findall(r'from "([^".][^"]*)"', driver))
        return
    packages = {name.partition(".")[0] for name in imports(driver)} - {"tests"}
    assert {name.partition(".")[0] for name in imports(program)} - {"os", "sys", "asyncio"} <= packages


@OF_CLIENTS
def test_settings_of_the_reader_reach_the_server(client: Client) -> None:
    assert "VIDEOGEN_" in (FOLDER / PROGRAMS[client.name]).read_text(encoding="utf-8").split("async def main")[0]


@OF_CLIENTS
def test_it_names_what_is_to_be_installed(client: Client) -> None:
    head = (FOLDER / PROGRAMS[client.name]).read_text(encoding="utf-8").splitlines()[0]
    package = re.split(r"==|@(?=\d)", client.packages[0])[0]
    assert package.partition("[")[0] in head
    assert "_API_KEY" in head


@pytest.mark.parametrize(
    ("does", "why"),
    [("print('Done.')", "no file"), ("print('Nothing.')", "exit code 0"), ("raise SystemExit('no key')", "no key")],
    ids=["makes nothing", "never ends its talk", "fails"],
)
def test_a_program_that_does_not_do_it_is_found_out(
    does: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, program = tmp_path / "environment", tmp_path / "program.py"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    program.write_text(f"COMMAND = {COMMAND!r}\n{does}\n", encoding="utf-8")
    (client, *_) = programs.clients()
    monkeypatch.setattr(environments, "installed", lambda _: environment)
    monkeypatch.setattr(programs, "FOLDER", tmp_path)
    monkeypatch.setattr(programs, "PROGRAMS", {client.name: program.name})
    assert why in str(programs.run(client, tmp_path / "run", tmp_path / "state", ["generate_image"]))
