"""docs/operations.md and docs/tools.md are true: every operation of both contracts is in the one, and what it says
reaches one does; every field of answers is in the other."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import anyio
import pytest
from mcp import Client

from scripts.docs import answers
from scripts.docs.operations import CONTRACTS, NOT_YET, operation_rows
from scripts.docs.operations import page as operations_page
from tests.isolation import logging_restored
from tests.unit.protocol.everything import calls, is_of, requests_of, service
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.operations import BOTH_ERAS, Era
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.protocol.resources import FILE_TEMPLATE, THUMBNAIL_TEMPLATE
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_page_has_every_operation_of_the_contract_by_its_name(contract: Path) -> None:
    paths = json.loads(contract.read_text(encoding="utf-8"))["paths"]
    operations = {
        (operation["operationId"], f"{method.upper()} {path}")
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert operations <= {(name, request) for name, request, _, _ in operation_rows()}


def test_what_is_said_to_reach_an_operation_exists(every_tool: dict[str, Tool], known_names: set[str]) -> None:
    for _, request, _, reached in operation_rows():
        named = set(re.findall(r"`([^`]+)`", reached))
        assert named <= {*known_names, FILE_TEMPLATE, THUMBNAIL_TEMPLATE}, request
        assert named & {*every_tool, FILE_TEMPLATE} or "`" not in reached, request


@pytest.mark.parametrize("era", BOTH_ERAS)
def test_the_page_names_what_reaches_each_operation(era: Era) -> None:
    reached = {request: words for _, request, _, words in operation_rows()}
    assert [request for request in requests_of(era) if reached[request] == NOT_YET] == []


def test_no_tool_is_left_out(every_tool: dict[str, Tool]) -> None:
    assert set(every_tool) <= set(re.findall(r"`([^`]+)`", operations_page()))


@dataclass
class Reached:
    """What came of calling every tool, by its name: `requests` are methods and paths of all that it asked the service
    for, `fields` the names of all that it answered."""

    requests: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    fields: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@pytest.fixture(scope="module")
def reached_in(tmp_path_factory: pytest.TempPathFactory) -> dict[Era, Reached]:
    """By era: what came of calling every tool."""
    with logging_restored():
        return {era: anyio.run(asked_by_tools, era, tmp_path_factory.mktemp(era)) for era in BOTH_ERAS}


@pytest.mark.parametrize("era", BOTH_ERAS)
def test_each_tool_asks_for_the_operations_it_is_said_to_reach(
    era: Era, reached_in: dict[Era, Reached], every_tool: dict[str, Tool]
) -> None:
    reached, requests = reached_in[era].requests, requests_of(era)
    of_the_era = {name for name, tool in every_tool.items() if era in tool.eras}
    assert set(reached) >= of_the_era - {"download_file", "look_at_file", "list_executions", "create_upload"}
    for _, request, _, words in operation_rows():
        for tool in set(re.findall(r"`([^`]+)`", words)) & set(reached) if request in requests else ():
            assert any(is_of(request, method, path) for method, path in reached[tool]), (request, tool)


@pytest.mark.parametrize(("era", "number"), [("v0", 25), ("v2", 63)])
def test_every_operation_is_called(era: Era, number: int, reached_in: dict[Era, Reached]) -> None:
    asked = set().union(*reached_in[era].requests.values())
    called = {request for request in requests_of(era) if any(is_of(request, *one) for one in asked)}
    assert sorted(requests_of(era) - called) == []
    assert len(called) == number


async def asked_by_tools(era: Era, folder: Path) -> Reached:
    """Call every tool of an era."""
    asked: list[tuple[str, str]] = []
    reached = Reached()
    settings = Settings(
        api_key="key",
        toolsets=frozenset(get_args(Toolset)),
        allowed_dirs=(folder,),
        state_dir=folder / "state",
        journal=False,
    )
    base_url = "http://127.0.0.1:1"
    client = VideoGen(api_key="key", base_url=base_url, transport=service(era, asked))

    async def connect(account: Account) -> Upstream:
        return Upstream(
            client, await client.dialect(), account.name, True, base_url
        )  # nearby: polled without long waits

    async with (
        client,
        open_parts(settings, connect=connect) as parts,
        Client(build_handlers(parts).server()) as agent,
    ):
        for name, arguments in calls(era, folder):
            before = len(asked)
            result = await agent.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            reached.requests[name] |= set(asked[before:])
            reached.fields[name] |= _names(result.structured_content)
    return reached


def _names(value: Any) -> set[str]:
    """The names of all fields of an answer, at any depth; those of a map from names to numbers are none."""
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*map(_names, value.values()))


def test_the_reference_of_the_tools_names_every_field_of_answers(
    reached_in: dict[Era, Reached], every_tool: dict[str, Tool]
) -> None:
    in_all = {"note", "next_step", "sandbox", "error", *answers.FILE}
    of_executions = {*answers.EXECUTION, *answers.FILE, *answers.ERROR}
    for reached in reached_in.values():
        for name, fields in reached.fields.items():
            told = set(re.findall(r"`(\w+)`", answers.OTHERS.get(name, "")))
            if name in ("create_entity", "update_entity"):  # Told as what find_entities says.
                told |= set(re.findall(r"`(\w+)`", answers.OTHERS["find_entities"]))
            assert fields - told - (of_executions if every_tool[name].output_schema else in_all) == set(), name
