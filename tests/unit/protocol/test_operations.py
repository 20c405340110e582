"""docs/operations.md is true: every operation of both contracts is in it, and what it says reaches one does."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import get_args

import pytest
from mcp import Client

from scripts.docs import CONTRACTS, NOT_YET, operation_rows, operations_page
from tests.unit.protocol.everything import calls, is_of, requests_of, service
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import DIALECTS
from videogen_mcp.api.operations import Era
from videogen_mcp.calls.upstream import Upstream
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


def test_every_operation_of_the_seed_era_is_reached() -> None:
    reached = {request: words for _, request, _, words in operation_rows()}
    assert [request for request in requests_of("v0") if reached[request] == NOT_YET] == []


def test_no_tool_is_left_out(every_tool: dict[str, Tool]) -> None:
    assert set(every_tool) <= set(re.findall(r"`([^`]+)`", operations_page()))


@pytest.mark.anyio
@pytest.mark.parametrize("era", DIALECTS)
async def test_each_tool_asks_for_the_operations_it_is_said_to_reach(
    era: Era, every_tool: dict[str, Tool], tmp_path: Path
) -> None:
    reached = await asked_by_tools(era, tmp_path)

    of_the_era = {name for name, tool in every_tool.items() if era in tool.eras}
    assert set(reached) >= of_the_era - {"download_file", "list_executions"}
    requests = requests_of(era)
    for _, request, _, words in operation_rows():
        for tool in set(re.findall(r"`([^`]+)`", words)) & set(reached) if request in requests else ():
            assert any(is_of(request, method, path) for method, path in reached[tool]), (request, tool)


async def asked_by_tools(era: Era, folder: Path) -> dict[str, set[tuple[str, str]]]:
    """By tool: methods and paths of all that it asked the service for."""
    asked: list[tuple[str, str]] = []
    reached: dict[str, set[tuple[str, str]]] = defaultdict(set)
    settings = Settings(
        api_key="key",
        toolsets=frozenset(get_args(Toolset)),
        allowed_dirs=(folder,),
        state_dir=folder / "state",
        journal=False,
    )
    base_url = "http://127.0.0.1:1"
    client = VideoGen(api_key="key", base_url=base_url, dialect=era, transport=service(era, asked))

    async def connect() -> Upstream:
        return Upstream(client, DIALECTS[era], "account", True, base_url)  # nearby: polled without waiting long

    async with (
        client,
        open_parts(settings, connect=connect) as parts,
        Client(build_handlers(parts).server()) as agent,
    ):
        for name, arguments in calls(era, folder):
            before = len(asked)
            result = await agent.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            reached[name] |= set(asked[before:])
    return reached
