"""What an answer says where nothing came of a call."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcp import Client

from videogen_mcp.api.errors import NotFound, NotSupported
from videogen_mcp.calls.call import Purpose
from videogen_mcp.calls.messages import Refusal, explain, unknown_tool
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

KNOWN = ["generate_image", "find_files", "get_file"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("generate_images", "did you mean generate_image?"),
        ("getfile", "did you mean get_file?"),
        ("download_file", "there are generate_image, find_files, get_file."),
        ("generate_picture", "there are generate_image."),
    ],
)
def test_an_unknown_tool_is_taken_for_a_misspelt_one_only_where_it_is_close(name: str, hint: str) -> None:
    assert unknown_tool(name, KNOWN).text == f"There is no tool {name}; {hint}"


@pytest.mark.anyio
async def test_every_note_of_a_list_is_a_sentence_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(sandbox="off", state_dir=tmp_path / "file" / "state")
    async with open_server(settings) as server, Client(server) as client:
        answer = await client.call_tool("list_executions", {})
    assert answer.structured_content is not None
    service, journal = answer.structured_content["note"].split(" The journal ")
    assert service.startswith("The service could not be asked")
    assert service.endswith("use the sandbox.")
    assert journal.endswith(".")


def test_what_an_api_lacks_as_a_whole_is_told_without_its_path_and_is_not_waited_for() -> None:
    lacking = NotSupported("/v1/workflows/runs/{workflowRunId}", "this API makes no finished videos")
    said = str(explain(lacking, Purpose("wait_for_execution"), execution_id="vg_work_1"))
    assert said.startswith("wait_for_execution could not follow the execution to its end: this API makes no finished")
    assert "/v1/" not in said
    assert "list_executions" in said


def test_the_next_step_of_a_refusal_goes_before_that_of_the_tool() -> None:
    purpose = Purpose("edit_project", "started", next_steps={"not_found": "Call find_projects"})
    assert explain(Refusal("not_found", "no such action", "It offered a1"), purpose).next_step == "It offered a1"
    assert explain(Refusal("not_found", "no such project"), purpose).next_step == "Call find_projects"


def test_what_cannot_be_cancelled_because_it_does_not_exist_was_not_followed() -> None:
    said = explain(NotFound("no such execution", status=404), Purpose("cancel_execution", "changed"), execution_id="x")
    assert said.error.message == "cancel_execution changed nothing: no such execution"
