"""Every operation that the sandbox serves refuses every mistake that the contract lets a client make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from tests.contract.mistakes import mistakes, wrong_query
from tests.sandbox.driving import Driver, driving
from videogen_sandbox.app import OPERATIONS
from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import CODES
from videogen_sandbox.contract.limits import DOCUMENTED
from videogen_sandbox.contract.requests import contract

pytestmark = pytest.mark.anyio


def served(part: str) -> list[tuple[Dialect, str]]:
    """Dialect and name of the operations of the sandbox that have a "body" or a "query"."""
    dialects: tuple[Dialect, ...] = ("v0", "v2")
    known = [(dialect, one.name, contract(dialect).operations) for dialect in dialects for one in OPERATIONS]
    return [(dialect, name) for dialect, name, operations in known if part in operations.get(name, {})]


@pytest.fixture(scope="module")
async def drivers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[Dialect, Driver]]:
    """Sandboxes without rate limits, in which no request here changes anything."""
    endless = dict.fromkeys((*DOCUMENTED, "other"), 10**9)
    async with (
        driving(tmp_path_factory.mktemp("v0"), dialect="v0", rate_limits=endless) as v0,
        driving(tmp_path_factory.mktemp("v2"), dialect="v2", rate_limits=endless) as v2,
    ):
        yield {"v0": v0, "v2": v2}


@pytest.fixture
def driver(drivers: Mapping[Dialect, Driver], dialect: Dialect) -> Driver:
    return drivers[dialect]


@pytest.mark.parametrize(("dialect", "operation"), served("body"))
async def test_a_wrong_body_starts_nothing_and_the_field_is_named(driver: Driver, operation: str) -> None:
    known = contract(driver.dialect)
    method, path = operation.split()
    for body, field in mistakes(known, known.operations[operation]["body"]):
        answer = await driver.send(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, CODES[driver.dialect][400]), body
        assert f'"{field}"' in answer.json()["message"], body
    assert driver.sandbox.executions.listed() == []


@pytest.mark.parametrize(("dialect", "operation"), served("query"))
async def test_a_wrong_query_parameter_is_refused_with_its_name(driver: Driver, operation: str) -> None:
    known = contract(driver.dialect)
    method, path = operation.split()
    for name, text in wrong_query(known, known.operations[operation]["query"]):
        assert f'"{name}"' in await driver.refused(method, f"{path}?{name}={text}")
