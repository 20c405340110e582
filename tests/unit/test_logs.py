"""The log: a JSON object a line for hosted servers, plain text for all others."""

from __future__ import annotations

import io
import json
import logging
import sys
from datetime import datetime
from typing import Any

import pytest

from tests.isolation import logging_restored
from videogen_mcp import __version__, telemetry
from videogen_mcp.listening import say_where
from videogen_mcp.logs import JsonLines, log_to_stderr


def line_of(message: str, *arguments: Any, **values: Any) -> dict[str, Any]:
    """What becomes of a record; it is one line of ASCII."""
    record = logging.LogRecord("videogen_mcp.test", logging.INFO, "test.py", 1, message, arguments, None)
    for name, value in values.items():
        setattr(record, name, value)
    text = JsonLines().format(record)
    assert text.isascii()
    assert "\n" not in text
    line: dict[str, Any] = json.loads(text)
    return line


def test_a_line_says_when_what_and_where() -> None:
    line = line_of("%s of %d", "one", 2)
    assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert line == {"level": "INFO", "logger": "videogen_mcp.test", "message": "one of 2"}


def test_facts_are_fields_of_their_own() -> None:
    assert line_of("ended", facts={"workflow": "generate_image", "seconds": 3.5})["seconds"] == 3.5


@pytest.mark.parametrize("text", ["two\nlines", 'a "quote"', "\x1b[31mred", "\u2028", "\udc80", "Grüße"])
def test_whatever_is_said_stays_one_line(text: str) -> None:
    assert line_of("%s", text)["message"] == text


def test_a_stack_is_a_field() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        line = line_of("it failed", exc_info=sys.exc_info())
    assert "ValueError: broken" in line["exception"]


@pytest.mark.parametrize("hosted", [True, False])
def test_a_hosted_server_writes_json_and_who_started_what(hosted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with logging_restored():
        logging.getLogger().handlers.clear()
        log_to_stderr("WARNING", hosted=hosted)
        logging.getLogger("videogen_mcp.other").info("not said at this level")
        logging.getLogger("videogen_mcp.other").warning("said")
        telemetry.EVENTS.info("an event", extra={"facts": {"workflow": "generate_image"}})
        say_where("127.0.0.1", 8000, "/mcp")
    lines = stderr.getvalue().splitlines()
    served = f"videogen-mcp {__version__} listens on http://127.0.0.1:8000/mcp"
    if hosted:
        assert [json.loads(line)["message"] for line in lines] == ["said", "an event", served]
        assert json.loads(lines[1])["workflow"] == "generate_image"
    else:
        assert lines == ["WARNING videogen_mcp.other: said", served]
