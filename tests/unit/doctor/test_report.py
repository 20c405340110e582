"""The report: JSON of a fixed form, lines that fit a small terminal, colour where it is wanted."""

from __future__ import annotations

import io
import json
import shlex
import sys

import pytest

import videogen_mcp
from videogen_mcp.doctor import report
from videogen_mcp.doctor.findings import error, ok, skipped, warning

FINDINGS = [
    ok("All is well.", "python"),
    warning("Something is odd. " * 12, "Set it right, with some more words than fit one line of eighty columns.", "a"),
    error("It fails: /a/path/that/is/longer/than/what/fits/beside/the/others.", "Type: mend --it", "api"),
    skipped("Not looked at.", "clock"),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_json_has_the_promised_form() -> None:
    told = json.loads(report.as_json(FINDINGS))
    assert told.keys() == {"ok", "version", "checks"}
    assert (told["ok"], told["version"]) == (False, videogen_mcp.__version__)
    assert told["checks"][0] == {"name": "python", "status": "ok", "message": "All is well.", "remedy": None}
    assert [one["status"] for one in told["checks"]] == ["ok", "warning", "error", "skipped"]


def test_what_a_message_begins_with_is_not_said_before_it_too() -> None:
    finding = warning("X_Y is odd.", "Mend it.", "settings X_Y")
    assert next(report.lines(finding, coloured=False)) == "warning  settings: X_Y is odd."


def test_only_errors_make_it_not_ok() -> None:
    assert report.is_ok([FINDINGS[0], FINDINGS[1], FINDINGS[3]])
    assert not report.is_ok(FINDINGS)


def test_every_line_fits_80_columns_and_a_remedy_stands_under_what_it_is_for() -> None:
    for finding in FINDINGS:
        printed = list(report.lines(finding, coloured=False))
        assert max(map(len, printed)) <= 80
        assert printed[0].startswith(f"{finding.status:<9}{finding.name}: ")
        assert all(line.startswith(" " * 9) for line in printed[1:])
    assert printed == ["skipped  clock: Not looked at."]
    assert list(report.lines(FINDINGS[2], coloured=False))[-1] == "         -> Type: mend --it"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' shells go on in another line in ways of their own")
def test_a_long_command_can_be_copied_whatever_the_width() -> None:
    command = f"uv pip install --python /{'long/' * 10}python 'videogen-mcp-server[sandbox] @ file:///a b'"
    printed = list(report.lines(warning("It is missing.", f"Type: `{command}`; or do without."), coloured=False))
    assert max(map(len, printed)) <= 80
    start = next(number for number, line in enumerate(printed) if "uv pip" in line)
    assert shlex.split("\n".join(printed[start:-1]).replace("\\\n", "")) == shlex.split(command)
    assert printed[-1].strip() == "or do without."


def test_the_last_line_sums_up() -> None:
    version = videogen_mcp.__version__
    assert report.summary(FINDINGS) == (f"videogen-mcp {version}: not ready; 1 error, 1 warning, 1 ok, 1 skipped.")
    assert report.summary(FINDINGS[:1] * 2) == f"videogen-mcp {version}: ready; 2 ok."


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_are_for_terminals_whose_user_wants_them(
    stream: io.StringIO, environment: dict[str, str], coloured: bool
) -> None:
    assert report.is_coloured(stream, environment) is coloured


def test_a_coloured_line_says_the_same() -> None:
    assert next(report.lines(FINDINGS[0], coloured=True)) == "\x1b[32mok       \x1b[0mpython: All is well."
