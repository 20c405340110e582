from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from tests.unit.api.conftest import KEY, FakeClock
from videogen_mcp.api.pools import Pools
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding
from videogen_mcp.doctor.reach import Reach
from videogen_mcp.installation import Installation, Way
from videogen_mcp.installing.hosts import Machine
from videogen_mcp.settings import Settings

Respond = Callable[[httpx.Request], httpx.Response]
Look = Callable[[Context], Awaitable[Finding | Iterable[Finding]]]

HERE = Installation(Way.ENVIRONMENT, Path("/env/bin/python"), "/checkout")


def takes_the_key(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"apiKeyId": "vg_key_1"})


@dataclass
class Service:
    """Stands for VideoGen, and keeps what it was asked."""

    respond: Respond
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.respond(request)


class Make(Protocol):
    def __call__(
        self, respond: Respond = takes_the_key, environment: Mapping[str, str] | None = None, **variables: str
    ) -> Context: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def make(home: Path) -> Make:
    """Makes the context of a user whose environment has a key, unless it is given without."""

    def context(
        respond: Respond = takes_the_key, environment: Mapping[str, str] | None = None, **variables: str
    ) -> Context:
        everything = {
            "VIDEOGEN_MCP_STATE_DIR": str(home / "state"),
            "VIDEOGEN_MCP_OUTPUT_DIR": str(home / "results"),
            "VIDEOGEN_API_KEY": KEY,
            **(environment or {}),
            **variables,
        }
        settings = Settings.from_environment(everything, home).served_at("127.0.0.1")
        clock, pools = FakeClock(), Pools(httpx.MockTransport(Service(respond)))
        machine = Machine("linux", everything, home)
        return Context(everything, settings, HERE, machine, clock, pools, Reach(settings, pools, clock, None))

    return context


async def look(check: Look, context: Context) -> list[Finding]:
    """What a check finds."""
    found = await check(context)
    return [found] if isinstance(found, Finding) else list(found)
