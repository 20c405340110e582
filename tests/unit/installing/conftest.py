"""A person, his home folder and what he reaches."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.installing.typing_commands import Service, Terminal, no_search, no_sleep
from videogen_mcp.api import pools
from videogen_mcp.clock import SystemClock
from videogen_mcp.default_folders import home_folder
from videogen_mcp.doctor import reach


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of this test (conftest above), and no program of a host on the PATH."""
    found = home_folder()
    assert found is not None
    monkeypatch.setenv("PATH", str(found / "bin"))
    return found


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Puts a person at the terminal; returns the prompts that he saw."""

    def at_the_terminal(text: str) -> list[str]:
        prompts: list[str] = []

        def getpass(prompt: str) -> str:
            prompts.append(prompt)
            return text

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("getpass.getpass", getpass)
        return prompts

    return at_the_terminal


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """What is behind every address, and nobody at the terminal."""
    found, made = Service(), pools.Pools.__init__
    monkeypatch.setattr(pools.Pools, "__init__", lambda self, _=None: made(self, httpx.MockTransport(found)))
    monkeypatch.setattr(reach.Reach, "find", no_search)
    monkeypatch.setattr(SystemClock, "sleep", no_sleep)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return found
