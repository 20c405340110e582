"""Commands as they are typed, in front of a VideoGen that is not there."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio.lowlevel
import httpx
import pytest

from videogen_mcp import cli, kept_key
from videogen_mcp.clock import SystemClock
from videogen_mcp.doctor import reach
from videogen_mcp.installation import this_installation
from videogen_mcp.installing import entries
from videogen_mcp.installing.hosts import BY_NAME, Machine

KEY = "sk_videogen_0123456789abcdef"

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


class Terminal(io.StringIO):
    """A standard input at which a person types a line, or none."""

    def isatty(self) -> bool:
        return True


class Service:
    """A VideoGen that takes KEY only, or cannot be reached. `shown` are the keys that it saw."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.reached = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.reached:
            raise httpx.ConnectError("refused") from ConnectionRefusedError(111, "Connection refused")
        if request.method == "HEAD":
            return httpx.Response(200)
        assert (request.method, request.url.path) == ("GET", "/v1/me")
        self.shown.append(request.headers["authorization"].removeprefix("Bearer "))
        if self.shown[-1] == KEY:
            return httpx.Response(200, json={"id": "user_1"})
        return httpx.Response(401, json={"error": {"code": "unauthorized", "message": "Invalid API key"}})


async def no_sleep(_: SystemClock, seconds: float) -> None:
    """Between attempts nobody waits here."""
    await anyio.lowlevel.checkpoint()


async def no_search(_: reach.Reach, peer: httpx.URL) -> None:
    """Names are not looked up here."""


def run(*arguments: str, **environment: str) -> int:
    return cli.run(arguments, {"PATH": os.environ["PATH"], **environment})


def file_of(name: str, home: Path) -> Path:
    return BY_NAME[name].files(Machine(sys.platform, {}, home))[0]


def entry(name: str, home: Path) -> Any:
    return entries.entry_in(BY_NAME[name], file_of(name, home).read_bytes())


def kept_file(home: Path) -> Path:
    file = kept_key.key_file({}, home)
    assert file is not None
    return file


def kept_of(home: Path) -> str | None:
    return kept_key.read(kept_file(home))


def keep(home: Path, key: str = KEY) -> None:
    kept_key.keep(kept_file(home), key)


def command() -> tuple[str, ...]:
    return this_installation().command


def no_program(command: Sequence[str]) -> bool:
    raise AssertionError(command)
