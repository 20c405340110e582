"""The command line: what runs what, what is refused with which words, and what is not imported on the way."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import videogen_mcp
from videogen_mcp import cli, server
from videogen_mcp.commands import COMMANDS
from videogen_mcp.installation import this_installation
from videogen_mcp.protocol import stdio
from videogen_mcp.settings import Settings
from videogen_sandbox import cli as sandbox

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


@pytest.mark.parametrize("given", [["--port", "8001"], ["--host", "0.0.0.0"], ["--workers", "2"]])
def test_what_only_http_has_is_refused_over_stdio(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["serve", *given], {}) == 2
    assert capsys.readouterr().err == "videogen-mcp: --host, --port and --workers are for --transport http\n"


@pytest.mark.parametrize(
    "arguments", [["install", "cursor", "--key"], ["install"], ["serve", "--key"], ["doctor"], ["--key"]]
)
def test_a_key_in_a_wrong_command_line_is_not_repeated(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.run([*arguments, "sk_videogen_0123456789abcdef"], {})
    err = capsys.readouterr().err
    assert "error:" in err
    assert "0123456789" not in err


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


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person is at the other end of stdin."""
    stdin = io.StringIO()
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_it_says_what_it_is_and_exits(
    served: list[Settings], environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([], environment) == 0
    assert served == []
    said = capsys.readouterr().out
    assert "is an MCP server" in said
    typed = [this_installation().running(*words) for words in (("install", "HOST"), ("demo",), ("doctor",))]
    assert [line.strip() for line in said.splitlines() if line.startswith("  ")][:3] == typed


@pytest.mark.usefixtures("terminal")
def test_asked_to_serve_on_a_terminal_it_does_and_says_that_it_waits(
    served: list[Settings], environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["serve"], environment) == 0
    assert len(served) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "waits for an MCP client" in err


def test_without_stdin_it_serves(
    served: list[Settings], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # As pythonw.exe has it.
    cli.run([], environment)
    assert len(served) == 1


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [80, 120])
def test_help_has_an_example_that_can_be_typed_and_fits_the_terminal(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as left:
        cli.run([*command.split(), "--help"], {})
    assert left.value.code == 0
    said = capsys.readouterr().out
    example = re.search(r"^examples?:\n  videogen-mcp (.+)$", said, re.MULTILINE)
    assert example
    name, *arguments = example[1].partition(" <")[0].partition(" |")[0].split()
    assert name == (command or name)
    if name == "sandbox":
        sandbox.parser().parse_args(arguments)
    else:
        cli.parser(name).parse_args([name, *arguments])
    assert [line for line in said.splitlines() if len(line) > columns and "videogen-mcp" not in line] == []


@pytest.mark.parametrize(("device", "code", "words"), [("/dev/full", 1, "No space left on device"), (None, 0, "")])
def test_output_that_cannot_be_written_is_a_line_at_most(device: str | None, code: int, words: str) -> None:
    if device is not None and not Path(device).exists():
        pytest.skip("this system has no device that is always full")
    typed = "from videogen_mcp.cli import main; main(['install', 'zed', '--print'])"
    closing = f'exec {sys.executable} -c "{typed}" >{device or "&-"}'
    ended = subprocess.run(["sh", "-c", closing], capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert (words in ended.stderr, "Traceback" in ended.stderr, len(ended.stderr.splitlines()) <= 2) == (
        True,
        False,
        True,
    )
