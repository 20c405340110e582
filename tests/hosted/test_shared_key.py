"""A key that several people spend by tokens: all of them see the account, each has starts of an hour of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosted.mcp import Agent, Hosted, hosted
from tests.hosted.service import Service
from videogen_mcp.setting_values import HttpToken

pytestmark = pytest.mark.anyio

SHARED = "sk_shared"
TOKENS = {"ada": "ad" * 16, "bo": "b0" * 16}


LABELLED = tuple(HttpToken(value, label) for label, value in TOKENS.items())


def of(server: Hosted, person: str) -> Agent:
    return Agent(server.web, SHARED, token=TOKENS[person])


async def test_everybody_sees_what_the_others_started_and_who_that_was(tmp_path: Path) -> None:
    async with hosted(Service(3600.0), tmp_path, api_key=SHARED, http_tokens=LABELLED) as server:
        made = await of(server, "ada").call("generate_image", prompt="a pear", wait_seconds=0)
        (row,) = (await of(server, "bo").call("list_executions")).structured["executions"]
        waited = await of(server, "bo").call("wait_for_execution", execution_id=made.execution_id, wait_seconds=0)
    assert (row["execution_id"], row["started_by"]) == (made.execution_id, "token:ada")
    assert waited.status == "running"


async def test_every_worker_lists_the_same(tmp_path: Path) -> None:
    service = Service()
    async with (
        hosted(service, tmp_path, is_worker=True) as one,
        hosted(service, tmp_path, is_worker=True) as other,
    ):
        for server, prompt in ((one, "a pear"), (other, "a plum")):
            await server.agent("sk_ada").call("generate_image", prompt=prompt)
        lists = [(await server.agent("sk_ada").call("list_executions")).text for server in (one, other)]
    assert lists[0].startswith("2 executions, 0 not delivered.")
    assert lists[0] == lists[1]


async def test_the_same_call_of_another_person_is_another_one(tmp_path: Path) -> None:
    service = Service(3600.0)
    async with hosted(service, tmp_path, api_key=SHARED, http_tokens=LABELLED) as server:
        for person in TOKENS:
            await of(server, person).call("generate_image", prompt="a pear", wait_seconds=0)
    assert service.account(SHARED).submits == {"a pear": 2}


async def test_each_person_has_an_hour_of_starts_of_their_own(tmp_path: Path) -> None:
    service = Service(3600.0)
    async with hosted(service, tmp_path, api_key=SHARED, http_tokens=LABELLED, subject_executions=1) as server:
        answers = [
            await of(server, person).call("generate_image", prompt=prompt, wait_seconds=0)
            for person, prompt in (("ada", "a pear"), ("ada", "a plum"), ("bo", "a fig"))
        ]
    assert [answer.is_error for answer in answers] == [False, True, False]
    assert "1 of 1 starts of this hour used" in answers[0].text
    assert answers[1].structured["error"]["code"] == "spending_limit"
    assert "VIDEOGEN_MCP_SUBJECT_EXECUTIONS allows 1" in answers[1].text
    assert "Only the operator can raise the limit" in answers[1].text
    assert service.account(SHARED).submits == {"a pear": 1, "a fig": 1}


async def test_who_brings_a_key_of_their_own_is_not_limited_by_the_shared_ones(tmp_path: Path) -> None:
    async with hosted(Service(), tmp_path, api_key=SHARED, http_tokens=LABELLED, subject_executions=0) as server:
        answer = await server.agent("sk_own").call("generate_image", prompt="a pear")
    assert answer.status == "succeeded"
