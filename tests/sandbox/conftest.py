from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.driving import Driver, driving
from tests.sandbox.shared_workers import WORKERS
from tests.sandbox.waiting import WatchedLoop
from videogen_sandbox.contract.limits import DOCUMENTED


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": WatchedLoop}


@pytest.fixture(autouse=True)
def importable_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes find the tests' engines, however pytest was started."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


@pytest.fixture(scope="module", autouse=True)
async def workers(anyio_backend: object) -> AsyncIterator[None]:
    """The sandboxes of a module hand on their workers, and so all of its tests run in one event loop."""
    async with WORKERS.keeping():
        yield


@pytest.fixture
async def today(tmp_path: Path) -> AsyncIterator[Driver]:
    """A sandbox that speaks today's dialect."""
    async with driving(tmp_path) as driver:
        yield driver


@pytest.fixture
async def seed(tmp_path: Path) -> AsyncIterator[Driver]:
    """A sandbox that speaks the seed era's dialect."""
    async with driving(tmp_path, dialect="v0") as driver:
        yield driver


@pytest.fixture(scope="session")
async def refusing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Driver]:
    """Today's, for all tests whose requests are refused: they change nothing in it."""
    endless = dict.fromkeys((*DOCUMENTED, "other"), 10**9)
    async with driving(tmp_path_factory.mktemp("refusing"), rate_limits=endless) as driver:
        yield driver
