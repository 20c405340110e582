"""Answers are read leniently where nothing is lost, strictly where an id would be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from videogen_mcp.api.models import ErrorBody, Execution, File, Presenter, Source, Upload, Voice, WebhookEndpoint


def execution(**changes: Any) -> Execution:
    return Execution.model_validate({"toolExecutionId": "vg_tool_1", "status": "running", **changes})


@pytest.mark.parametrize(
    ("status", "read", "terminal", "approval"),
    [
        ("pending", "pending", False, False),
        ("running", "running", False, False),
        ("succeeded", "succeeded", True, False),
        ("failed", "failed", True, False),
        ("cancelled", "cancelled", True, False),
        ("canceled", "cancelled", True, False),
        ("awaiting_approval", "awaiting_approval", False, True),
        ("queued_on_the_moon", "queued_on_the_moon", False, False),
    ],
)
def test_a_status_is_kept_and_judged(status: str, read: str, terminal: bool, approval: bool) -> None:
    found = execution(status=status)
    assert (found.status, found.is_terminal, found.awaits_approval) == (read, terminal, approval)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "vg_tool_1",
        {"status": "running"},
        {"toolExecutionId": "vg_tool_1"},
        {"toolExecutionId": "", "status": "running"},
        {"toolExecutionId": 7, "status": "running"},
        {"toolExecutionId": "vg_tool_1", "status": None},
        {"toolExecutionId": "vg_tool_1", "status": "succeeded", "results": [{"type": "IMAGE"}]},
    ],
)
def test_an_execution_without_what_matters_is_not_one(body: Any) -> None:
    with pytest.raises(ValidationError):
        Execution.model_validate(body)


def test_odd_values_that_do_not_matter_read_as_absent() -> None:
    found = execution(
        progressPercentage="half",
        toolType=7,
        results=[{"fileId": "vg_file_1", "file": {"no": "id"}, "type": 7}],
        error=7,
    )
    assert (found.progress_percentage, found.tool_type, found.error) == (None, None, None)
    assert (found.results[0].file_id, found.results[0].type, found.results[0].file) == ("vg_file_1", None, None)


@pytest.mark.parametrize("percent", [float("nan"), float("inf")])
def test_a_percentage_that_is_no_number_reads_as_absent(percent: float) -> None:
    assert execution(progressPercentage=percent).progress_percentage is None


def test_null_results_are_none_yet() -> None:
    assert execution(results=None).results == []


def test_unknown_fields_are_kept() -> None:
    assert execution(estimatedSeconds=12).model_dump(by_alias=True)["estimatedSeconds"] == 12


def test_a_file_with_an_unknown_type_and_scope_is_read() -> None:
    found = File.model_validate(
        {"fileId": "f", "type": "HOLOGRAM", "scope": "GALAXY", "previewSource": {"status": "x"}}
    )
    assert (found.type, found.scope) == ("HOLOGRAM", "GALAXY")
    assert found.preview_source is not None
    assert found.preview_source.status == "x"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"transcript": "said in spring"}, "said in spring"),
        ({"transcript": {"words": [{"word": "said"}, {"word": "today"}]}}, "said today"),
        ({"transcript": {"words": [{"word": "said"}]}, "transcriptText": "Said."}, "Said."),
        ({"transcript": {"words": []}}, None),
        ({"transcript": {"words": [None, {"word": 7}]}}, None),
        ({"transcript": None}, None),
    ],
)
def test_a_transcript_reads_the_same_in_both_eras(fields: dict[str, Any], text: str | None) -> None:
    assert File.model_validate({"fileId": "f", **fields}).transcript_text == text


@pytest.mark.parametrize(
    ("body", "ready"),
    [
        ({"status": "ready", "url": "https://x"}, True),
        ({"status": "ready", "url": None}, False),
        ({"status": "pending", "url": "https://x"}, False),
        ({}, False),
    ],
)
def test_a_source_is_ready_with_an_address(body: dict[str, Any], ready: bool) -> None:
    assert Source.model_validate(body).is_ready is ready


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "no"}, "no"),
        ("no", "no"),
        ({"error": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"error": {"message": "no", "code": "c"}}, "no"),
        ({"message": None}, ""),
        ({"message": {"a": 1}}, ""),
        ({}, ""),
    ],
)
def test_an_error_of_any_shape_has_a_message(body: Any, message: str) -> None:
    assert ErrorBody.model_validate(body).message == message


def test_a_presenter_of_the_seed_era() -> None:
    found = Presenter.model_validate(
        {
            "avatarPresenterId": "vg_pres_1",
            "displayableGender": "FEMALE",
            "imageUrl": "https://x/i",
            "thumbnailUrl": "https://x/t",
        }
    )
    assert (found.presenter_id, found.gender, found.image_url) == ("vg_pres_1", "FEMALE", "https://x/i")
    assert found.has_avatar_presenter


def test_an_actor_of_today_is_a_presenter() -> None:
    found = Presenter.model_validate(
        {
            "entityId": "vg_enti_1",
            "entityType": "ACTOR",
            "name": "Amara",
            "description": "Studio",
            "actorConfig": {"voiceDisplayName": "Heart", "hasVoice": True, "hasAvatarPresenter": True},
        }
    )
    assert (found.presenter_id, found.name, found.has_avatar_presenter) == ("vg_enti_1", "Amara", True)


def test_an_odd_flag_of_a_voice_does_not_lose_the_voice() -> None:
    found = Voice.model_validate({"voiceId": "v", "supportsDirectToolExecution": None, "isDeprecated": "perhaps"})
    assert (found.supports_direct_tool_execution, found.is_deprecated) == (True, False)


def test_signed_addresses_and_secrets_are_not_in_reprs() -> None:
    shown = repr(
        [
            Upload(file_id="f", upload_url="https://x/?signature=s3cret"),
            Source(status="ready", url="https://x/?signature=s3cret"),
            WebhookEndpoint(endpoint_id="e", signing_secret="whsec_s3cret"),
            File.model_validate({"fileId": "f", "downloadUrl": "https://x/?signature=s3cret"}),
        ]
    )
    assert "s3cret" not in shown
