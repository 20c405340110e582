"""What the server is before and without its sandbox: light until the first call, and helpful where there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.eras import eras, in_eras
from tests.e2e.wire import Era, Server, environment, serving
from tests.examples import example_of
from videogen_mcp.installation import this_installation
from videogen_mcp.settings import DEFAULT_TOOLSETS
from videogen_mcp.workflows import WORKFLOWS
from videogen_sandbox.process.requirements import MODULES

NOT_BEFORE_THE_FIRST_CALL = {
    *MODULES,
    "httpx",
    "httpcore",
    "videogen_mcp.api.client",
    "videogen_mcp.api.models",
    "videogen_sandbox.app",
    "videogen_sandbox.process.serving",
    "videogen_sandbox.engines",
} - {"starlette", "uvicorn"}
"""What takes its time to import; starlette and uvicorn come with the MCP SDK, used or not."""

WITHOUT_EXTRA = f"""
from importlib.machinery import PathFinder

found = PathFinder.find_spec
MISSING = {set(MODULES) - {"starlette", "uvicorn"} | {"rich"}!r}


def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in MISSING else found(name, path, target)


PathFinder.find_spec = staticmethod(find_spec)
"""
"""A sitecustomize module under which the extra `sandbox` is not there."""

INSTALL = this_installation().adding("sandbox")

CALLS: list[tuple[str, dict[str, Any]]] = [
    *((one.tool_name(), example_of(one)) for one in WORKFLOWS if one.toolset in DEFAULT_TOOLSETS),
    ("wait_for_execution", {"execution_id": "vg_tool_1"}),
    ("cancel_execution", {"execution_id": "vg_tool_1"}),
    ("get_file", {"file_id": "vg_file_1"}),
    ("look_at_file", {"file_id": "vg_file_1"}),
    ("find_files", {}),
    ("archive_file", {"file_id": "vg_file_1"}),
    ("set_public_preview", {"file_id": "vg_file_1", "enabled": True}),
    ("download_file", {"file_id": "vg_file_1"}),
    ("list_voices", {}),
    ("list_presenters", {}),
]


@pytest.fixture(scope="module")
def without_extra(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings under which Python finds none of the extra's modules."""
    folder = tmp_path_factory.mktemp("without-extra")
    (folder / "sitecustomize.py").write_text(WITHOUT_EXTRA)
    return {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module", params=eras(quick="legacy"))
def bare(
    request: pytest.FixtureRequest, without_extra: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with neither key nor extra."""
    with serving(tmp_path_factory.mktemp("bare"), request.param, settings=without_extra) as server:
        yield server


@in_eras(quick="modern")
def test_nothing_heavy_is_imported_before_the_first_call(tmp_path: Path, era: Era) -> None:
    with serving(tmp_path, era, settings={"PYTHONPROFILEIMPORTTIME": "1"}) as server:
        assert server.tools()
    imported = {line.rpartition("|")[2].strip() for line in server.errors().splitlines()}
    assert "videogen_mcp.server" in imported
    assert imported & NOT_BEFORE_THE_FIRST_CALL == set()


def test_listing_the_tools_starts_no_sandbox(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.tools()
    assert not (tmp_path / "sandbox.json").exists()


def test_without_key_and_extra_every_tool_is_listed(bare: Server, state_dir: Path) -> None:
    with serving(state_dir, bare.era) as whole:
        assert bare.tools() == whole.tools()


@pytest.mark.parametrize(("tool", "arguments"), CALLS, ids=[tool for tool, _ in CALLS])
def test_without_key_and_extra_every_call_says_what_to_do(bare: Server, tool: str, arguments: dict[str, Any]) -> None:
    answer = bare.call(tool, **arguments)
    assert answer.is_error
    assert INSTALL in answer.text
    assert "VIDEOGEN_API_KEY" in answer.text
    assert answer.structured["error"]["code"] == "sandbox_unavailable"
    assert len(answer.text) < 700


def test_without_key_and_extra_the_history_is_shown_with_the_reason_why_it_is_all(bare: Server) -> None:
    answer = bare.call("list_executions")
    assert answer.structured["executions"] == []
    assert INSTALL in answer.text


def test_without_key_and_with_the_sandbox_off_a_call_says_what_to_set(tmp_path: Path) -> None:
    with serving(tmp_path, settings={"VIDEOGEN_MCP_SANDBOX": "off"}) as server:
        answer = server.call("generate_image", prompt="a pear")
        assert answer.is_error
        assert "VIDEOGEN_API_KEY" in answer.text
        assert "VIDEOGEN_MCP_SANDBOX=auto" in answer.text


def test_a_service_that_is_not_there_is_said_and_nothing_was_sent(tmp_path: Path) -> None:
    nobody = {"VIDEOGEN_API_KEY": "sk_squirrel", "VIDEOGEN_BASE_URL": "http://127.0.0.1:9", "VIDEOGEN_MCP_WAIT": "4"}
    with serving(tmp_path, settings=nobody) as server:
        answer = server.call("generate_image", prompt="a pear")
        assert answer.is_error
        assert "generate_image was not started" in answer.text
        assert "squirrel" not in answer.text + server.errors()


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("videogen_mcp sandbox", INSTALL),
        ("videogen_sandbox", "with the extra `sandbox`"),
        ("videogen_mcp demo", INSTALL),
    ],
)
def test_without_the_extra_the_commands_say_what_to_do_in_one_line(
    without_extra: dict[str, str], tmp_path: Path, command: str, advice: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        env=environment(tmp_path / "state", **without_extra),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    said = done.stderr + done.stdout
    assert advice in said
    assert "Traceback" not in said
