"""The command line: what runs what, what is refused with which words, and what is not imported on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import videogen_mcp
from videogen_mcp import cli, server
from videogen_mcp.protocol import stdio
from videogen_mcp.settings import Settings

HEAVY = ("mcp", "mcp_types", "pydantic", "httpx", "anyio", "starlette", "numpy", "videogen_sandbox")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"VIDEOGEN_MCP_STATE_DIR": str(tmp_path / "state")}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which the stdio server was started."""
    calls: list[Settings] = []
    monkeypatch.setattr(server, "open_stdio_server", calls.append)
    monkeypatch.setattr(stdio, "serve", lambda open_served: open_served())
    return calls


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments that the command of the sandbox got; its exit code is 7."""
    calls: list[list[str]] = []

    def main(arguments: list[str], **_: object) -> int:
        calls.append(arguments)
        return 7

    monkeypatch.setattr("videogen_sandbox.cli.main", main)
    return calls


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_without_a_command_it_serves_over_stdio(
    arguments: list[str], environment: dict[str, str], served: list[Settings]
) -> None:
    assert cli.run(arguments, {**environment, "VIDEOGEN_MCP_WAIT": "7"}) == 0
    assert [settings.wait for settings in served] == [7.0]


def test_a_setting_that_cannot_be_used_is_a_line_on_stderr_and_the_server_starts(
    served: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([], {"VIDEOGEN_MCP_WAIT": "soon"}) == 0
    assert [settings.wait for settings in served] == [None]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("videogen-mcp: VIDEOGEN_MCP_WAIT is 'soon'")
    assert err.count("\n") == 1


def test_the_sandbox_command_refuses_a_state_directory_that_cannot_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["sandbox"], {"VIDEOGEN_MCP_STATE_DIR": "somewhere"}) == 2
    assert capsys.readouterr().err.startswith("videogen-mcp: VIDEOGEN_MCP_STATE_DIR is 'somewhere'")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["serve", "--port", "70000"],
        ["sandbox", "--port", "70000"],
        ["sandbox", "--dialect", "v1"],
        ["--wait", "5"],
    ],
)
def test_a_wrong_command_line_ends_with_exit_code_2(
    arguments: list[str], environment: dict[str, str], served: list[Settings]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(arguments, environment)
    assert left.value.code == 2
    assert served == []


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["--version"], {})
    assert left.value.code == 0
    assert capsys.readouterr().out == f"videogen-mcp {videogen_mcp.__version__}\n"


@pytest.mark.parametrize("given", [[], ["--port", "0", "--dialect", "v0"], ["--stop"], ["--state-dir", "elsewhere"]])
def test_the_sandbox_command_gets_all_arguments_and_the_state_directory(
    given: list[str], environment: dict[str, str], handed_over: list[list[str]], tmp_path: Path
) -> None:
    assert cli.run(["sandbox", *given], environment) == 7
    assert handed_over == [["--state-dir", str(tmp_path / "state"), *given]]


def test_the_sandbox_command_speaks_by_the_name_that_was_typed(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["sandbox", "--port", "x"], environment)
    assert left.value.code == 2
    assert "videogen-mcp sandbox: error: argument --port" in capsys.readouterr().err


def test_ctrl_c_is_an_exit_code_and_not_a_stack_trace(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stdio, "serve", interrupted)
    assert cli.run([], environment) == 130
    assert capsys.readouterr().err == ""


def test_reading_the_command_line_imports_nothing_heavy() -> None:
    described = "[cli.parser(name) for name in cli.COMMANDS]"
    code = f"import sys, videogen_mcp.cli as cli; {described}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []
