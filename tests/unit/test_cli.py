"""The command line: what runs what, what is refused with which words, and what is not imported on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import videogen_mcp
from videogen_mcp import cli, server
from videogen_mcp.protocol import stdio
from videogen_mcp.settings import Settings
from videogen_sandbox.api.faults import Faults
from videogen_sandbox.process import process

HEAVY = ("mcp", "mcp_types", "pydantic", "httpx", "anyio", "starlette", "numpy", "videogen_sandbox")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"VIDEOGEN_MCP_STATE_DIR": str(tmp_path / "state")}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which the stdio server was started."""
    calls: list[Settings] = []
    monkeypatch.setattr(server, "open_server", calls.append)
    monkeypatch.setattr(stdio, "serve", lambda open_server: open_server())
    return calls


@pytest.fixture
def sandboxes(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments with which sandboxes were served."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(process, "serve", lambda **arguments: calls.append(arguments))
    return calls


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_without_a_command_it_serves_over_stdio(
    arguments: list[str], environment: dict[str, str], served: list[Settings]
) -> None:
    assert cli.run(arguments, {**environment, "VIDEOGEN_MCP_WAIT": "7"}) == 0
    assert [settings.wait for settings in served] == [7.0]


def test_a_setting_that_cannot_be_meant_is_one_line_and_exit_code_2(
    served: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([], {"VIDEOGEN_MCP_WAIT": "soon"}) == 2
    assert served == []
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("videogen-mcp: VIDEOGEN_MCP_WAIT")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["sandbox", "--port", "70000"],
        ["sandbox", "--port", "x"],
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


def test_the_sandbox_keeps_its_data_in_the_state_directory_unless_told_otherwise(
    environment: dict[str, str], sandboxes: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert cli.run(["sandbox"], environment) == 0
    told = ["--port", "0", "--data-dir", str(tmp_path), "--dialect", "v0", "--faults", "rate_limited=0.1,seed=7"]
    assert cli.run(["sandbox", *told], environment) == 0
    assert sandboxes == [
        {
            "host": "127.0.0.1",
            "port": 8791,
            "data_dir": tmp_path / "state" / "sandbox",
            "dialect": "v2",
            "faults": None,
        },
        {
            "host": "127.0.0.1",
            "port": 0,
            "data_dir": tmp_path,
            "dialect": "v0",
            "faults": Faults(rate_limited=0.1, seed=7),
        },
    ]


@pytest.mark.parametrize(
    ("was_running", "words"), [(True, "The sandbox has stopped.\n"), (False, "No sandbox was running.\n")]
)
def test_stopping_the_sandbox_says_what_happened(
    was_running: bool,
    words: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(process, "stop", lambda _: was_running)
    assert cli.run(["sandbox", "--stop"], environment) == 0
    assert capsys.readouterr().out == words


def test_a_sandbox_that_cannot_start_says_why(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise process.SandboxUnavailable("Port 1 of 127.0.0.1 cannot be used.")

    monkeypatch.setattr(process, "serve", refuse)
    assert cli.run(["sandbox", "--port", "1"], environment) == 1
    assert capsys.readouterr().err == "videogen-mcp: Port 1 of 127.0.0.1 cannot be used.\n"


def test_ctrl_c_is_an_exit_code_and_not_a_stack_trace(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "serve", interrupted)
    assert cli.run(["sandbox"], environment) == 130
    assert capsys.readouterr().err == ""


def test_reading_the_command_line_imports_nothing_heavy() -> None:
    code = "import sys, videogen_mcp.cli as cli; cli.parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []
