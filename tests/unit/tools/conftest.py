from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.tools.account import Account, Agent, agent_of
from tests.unit.tools.library import Server, serving


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
async def agent(account: Account, tmp_path: Path) -> AsyncIterator[Agent]:
    async with agent_of(account, tmp_path) as agent:
        yield agent


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as server:
        yield server
