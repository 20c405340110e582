"""Imports go one way, and the sandbox is a program of its own."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "videogen_mcp"

MAY_USE: dict[str, set[str]] = {
    "api": set(),
    "workflows": set(),
    "executions": {"api"},
    "media": {"api", "executions", "workflows"},
    "tools": {"api", "executions", "media", "workflows"},
    "sandbox": {"api"},
}
ROOMS = {path.name for path in PACKAGE.iterdir() if path.is_dir()}


@pytest.mark.parametrize("room", MAY_USE)
def test_a_room_uses_only_those_below_it(room: str) -> None:
    used = {
        name
        for path in (PACKAGE / room).rglob("*.py")
        for name in re.findall(r"(?:from|import) videogen_mcp\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert used & ROOMS - {room} <= MAY_USE[room]
