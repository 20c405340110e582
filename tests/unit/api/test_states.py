"""What runs for a while has one common state, whatever the service calls its parts."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_mcp.api.errors import BadRequest
from videogen_mcp.api.library_models import AssistantMessage, UrlImport
from videogen_mcp.api.operations import DECIDE_ACTION, EXPORT_PROJECT, submit_at
from videogen_mcp.api.project_models import Edit, Export, Timeline, WorkflowRun

URL = "https://app.videogen.io/p/1"


def run(**changes: Any) -> WorkflowRun:
    return WorkflowRun.model_validate(
        {
            "workflowRunId": "vg_work_1",
            "status": "succeeded",
            "workflowType": "SCRIPT_TO_VIDEO",
            "projectId": "vg_proj_1",
            "projectUrl": URL,
            "exportId": None,
            "exportFileId": None,
            **changes,
        }
    )


def test_a_run_with_an_export_has_its_file_and_its_project() -> None:
    state = run(exportId="vg_expo_1", exportFileId="vg_file_1").state()
    assert (state.execution_id, state.tool_type) == ("vg_work_1", "SCRIPT_TO_VIDEO")
    assert (state.project_id, state.project_url) == ("vg_proj_1", URL)
    assert [(result.file_id, result.type) for result in state.results] == [("vg_file_1", "VIDEO")]


@pytest.mark.parametrize(("export", "lacks"), [(None, True), ("vg_expo_1", False)])
def test_only_a_run_without_an_export_may_lack_files(export: str | None, lacks: bool) -> None:
    assert run(exportId=export).state().may_lack_files is lacks


def test_a_workflow_that_nobody_knows_is_kept() -> None:
    assert run(workflowType="VIDEO_TO_VIDEO").state().tool_type == "VIDEO_TO_VIDEO"


def test_an_export_keeps_its_hydrated_file() -> None:
    file = {"fileId": "vg_file_1", "type": "VIDEO"}
    body = {"exportId": "vg_expo_1", "status": "succeeded", "exportFileId": "vg_file_1", "file": file}
    (result,) = Export.model_validate(body).state().results
    assert result.file is not None
    assert result.file.type == "VIDEO"


def test_a_file_that_is_not_the_exports_is_left_out() -> None:
    body = {"exportId": "e", "status": "succeeded", "exportFileId": "f", "file": {"fileId": "other"}}
    assert Export.model_validate(body).state().results[0].file is None


def test_timelines_edits_and_imports_have_the_common_state() -> None:
    timeline = Timeline.model_validate(
        {"interchangeJobId": "vg_inte_1", "status": "succeeded", "interchangeFileId": "f1"}
    )
    assert [result.file_id for result in timeline.state().results] == ["f1"]
    edit = Edit.model_validate({"remixActionId": "vg_rmix_1", "status": "canceled", "type": "ADD_ZOOM"}).state()
    assert (edit.status, edit.tool_type, edit.may_lack_files) == ("cancelled", "ADD_ZOOM", True)
    imported = UrlImport.model_validate({"fileImportId": "i", "status": "succeeded", "fileId": "f2"})
    assert [result.file_id for result in imported.state().results] == ["f2"]


def test_a_message_has_text_offers_and_what_it_started() -> None:
    state = AssistantMessage.model_validate(
        {
            "messageId": "vg_mesg_1",
            "role": "assistant",
            "status": "succeeded",
            "content": "Shall I?",
            "actions": [{"actionId": "a1", "kind": "APPLY_EDIT", "label": "Shorten", "requiresApp": False}],
            "workflowSuggestions": [
                {"actionId": "a2", "workflowType": "SCRIPT_TO_VIDEO", "title": "Tides"},
                {"actionId": "a1", "workflowType": "SCRIPT_TO_VIDEO", "title": "The same as above"},
            ],
            "generation": {"workflowRunId": "vg_work_1", "projectId": "vg_proj_1", "projectUrl": URL},
        }
    ).state()
    assert (state.text, state.generation_id, state.project_id) == ("Shall I?", "vg_work_1", "vg_proj_1")
    assert [(offer.action_id, offer.label) for offer in state.offers] == [("a1", "Shorten"), ("a2", "Tides")]


def test_a_path_with_ids_in_it_is_taken_apart() -> None:
    assert submit_at("/v1/projects/vg_proj_1/export") == (EXPORT_PROJECT, ("vg_proj_1",))
    assert submit_at("/v1/assistants/a%2Fb/actions/c") == (DECIDE_ACTION, ("a/b", "c"))


@pytest.mark.parametrize("path", ["/v1/projects/a/b/export", "/v1/projects/vg_proj_1", "/v1/me"])
def test_an_id_that_breaks_the_path_is_refused(path: str) -> None:
    with pytest.raises(BadRequest, match="not an id"):
        submit_at(path)
