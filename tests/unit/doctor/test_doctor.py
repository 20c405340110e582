"""The command as a whole: its exit code, its two forms, what it shows while it waits, and that it keeps quiet."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import anyio
import pytest

from tests.unit.api.conftest import KEY
from videogen_mcp import cli
from videogen_mcp.doctor import doctor
from videogen_mcp.doctor.checks.table import CHECKS
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.examination import Check
from videogen_mcp.doctor.findings import Finding, ok


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"VIDEOGEN_MCP_STATE_DIR": str(tmp_path / "state"), "PATH": str(tmp_path)}


class Terminal(io.StringIO):
    encoding = "ascii"

    def isatty(self) -> bool:
        return True


@dataclass
class Unwritable:
    """A stream that refuses all that is written."""

    stream: TextIO
    flush: Callable[[], None]
    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.stream.fileno()


async def slow(context: Context) -> Finding:
    await anyio.lowlevel.checkpoint()
    return ok("It is here: …", "x")


def test_without_a_key_all_is_well(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor"], environment) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert ": ready; " in out.splitlines()[-1]


def test_an_error_is_exit_code_1_and_its_line_has_a_remedy(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["doctor", "--json"], {**environment, "VIDEOGEN_API_KEY": "sk-ant-" + "a1" * 20}) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["ok"], err) == (False, "")
    assert [one["name"] for one in told["checks"] if one["status"] == "error"] == ["key"]
    assert all(one["remedy"] for one in told["checks"] if one["status"] in ("warning", "error"))
    assert "a1a1" not in out


def test_every_check_is_in_the_report_by_a_name_of_its_own(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["doctor", "--json"], environment)
    names = [one["name"] for one in json.loads(capsys.readouterr().out)["checks"]]
    assert len(names) == len(set(names))
    assert {name.split()[0] for name in names} == {check.name for check in CHECKS}


def test_on_a_terminal_it_shows_what_is_waited_for_and_takes_it_away(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert doctor.main(environment, checks=[Check("slow", slow)]) == 0
    assert err.getvalue() == f"{doctor.CLEAR}looking at: slow ...{doctor.CLEAR}{doctor.CLEAR}"
    assert out.getvalue().splitlines()[0] == "\x1b[32mok       \x1b[0mslow x: It is here: ?"


@pytest.mark.parametrize(("number", "said"), [(errno.EPIPE, ""), (errno.ENOSPC, "cannot be written: No space")])
def test_a_report_that_cannot_be_printed_ends_without_a_stack_trace(
    environment: dict[str, str],
    number: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (tmp_path / "out").open("w") as out:

        def refuse() -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(sys, "stdout", Unwritable(out, refuse))
        code = doctor.main(environment, checks=[Check("slow", slow)])
    assert code == (1 if said else 0)
    assert said in capsys.readouterr().err


def test_as_a_process_it_prints_json_alone_and_no_key(environment: dict[str, str]) -> None:
    variables = {**environment, "VIDEOGEN_API_KEY": KEY, "VIDEOGEN_MCP_SANDBOX": "on", "HOME": environment["PATH"]}
    ended = subprocess.run(
        [sys.executable, "-m", "videogen_mcp", "doctor", "--json"],
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["ok"] is True
    assert KEY not in ended.stdout
