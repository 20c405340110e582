from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.driving import Driver, validator
from tests.sandbox.tiny import content

pytestmark = pytest.mark.anyio

URL = "http://127.0.0.1:9/hook"


def payloads(driver: Driver) -> list[dict[str, Any]]:
    """The payloads that are written down for delivery."""
    return [json.loads(row["body"]) for row in driver.sandbox.database.all("SELECT body FROM deliveries ORDER BY seq")]


async def listen(driver: Driver, *events: str) -> dict[str, Any]:
    return await driver.post("/v1/webhooks/endpoints", {"url": URL, "events": list(events)}, status=201)


async def test_the_secret_is_shown_once(today: Driver) -> None:
    made = await listen(today, "tool_execution.succeeded")
    assert made["endpointId"].startswith("ep_")
    assert made["signingSecret"].startswith("whsec_")
    (listed,) = (await today.get("/v1/webhooks/endpoints"))["endpoints"]
    assert listed == {name: value for name, value in made.items() if name != "signingSecret"}
    assert made["signingSecret"].endswith(listed["signingSecretLast4"])


async def test_a_deleted_endpoint_is_gone(today: Driver) -> None:
    made = await listen(today, "tool_execution.succeeded")
    path = f"/v1/webhooks/endpoints/{made['endpointId']}"
    answer = await today.send("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "not found" in await today.refused("DELETE", path, status=404)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"events": ["tool_execution.failed"]}, '"url" is required'),
        ({"url": "https://example.com/hook", "events": ["tool_execution.failed"]}, "--allow-public-webhooks"),
        ({"url": "https://10.0.0.7/hook", "events": ["tool_execution.failed"]}, "--allow-private-webhooks"),
        ({"url": URL}, '"events" is required'),
        ({"url": URL, "events": []}, "at least 1 entry of tool_execution.succeeded"),
        ({"url": URL, "events": ["everything"]}, '"events[0]" must be one of'),
        ({"url": URL, "events": "tool_execution.failed"}, '"events" must be a list'),
        ({"url": URL, "events": ["tool_execution.failed"], "description": 5}, '"description" must be text'),
    ],
)
async def test_a_wrong_endpoint_is_refused(refusing: Driver, body: dict[str, Any], words: str) -> None:
    assert words in await refusing.refused("POST", "/v1/webhooks/endpoints", body)


async def test_the_seed_era_knows_nine_events(seed: Driver) -> None:
    body = {"url": URL, "events": ["workflow_run.succeeded"]}
    said = await seed.refused("POST", "/v1/webhooks/endpoints", body)
    assert said.count("file.") == 6
    assert "workflow_run" not in said


async def test_the_end_of_an_execution_is_sent_with_its_results(today: Driver) -> None:
    await listen(today, "tool_execution.succeeded", "tool_execution.failed", "tool_execution.cancelled")
    execution = await today.make("generate-image", prompt="a pear")
    failed = await today.ended(await today.start("generate-image", prompt="a [[fail content_policy]] pear"))
    stalled = await today.start("generate-image", prompt="a [[stall]] pear")
    await today.post(f"/v1/tools/executions/{stalled}/cancel", status=202)
    first, second, third = payloads(today)
    assert (first["event"], first["results"]) == ("tool_execution.succeeded", execution["results"])
    assert (second["event"], second["error"]) == ("tool_execution.failed", failed["error"])
    assert (third["event"], third["toolExecutionId"]) == ("tool_execution.cancelled", stalled)


async def test_the_steps_of_an_upload_are_sent(today: Driver) -> None:
    events = ["file.upload.completed", "file.upload.failed", "file.download_ready", "file.playback_ready"]
    await listen(today, *events, "file.analysis_completed")
    await today.upload(content("VIDEO"), "film.mp4")
    await today.upload(b"nonsense")
    assert [payload["event"].removeprefix("file.") for payload in payloads(today)] == [
        "upload.completed",
        "download_ready",
        "playback_ready",
        "analysis_completed",
        "upload.failed",
    ]
    assert payloads(today)[0]["file"]["downloadSource"]["status"] == "ready"
    assert payloads(today)[4]["error"]["code"] == "unreadable_media"


def kept_to_the_contract(payload: dict[str, Any]) -> bool:
    """Whether a payload is what the contract says of its event."""
    names = {"workflow_run": "WorkflowRun", "project_export": "ProjectExport", "assistant_message": "AssistantMessage"}
    schema = names[payload["event"].partition(".")[0]]
    return validator("v2", f"#/components/schemas/{schema}WebhookPayload").is_valid(payload)


async def test_the_end_of_a_run_is_sent_with_its_video_and_not_that_of_its_steps(today: Driver) -> None:
    await listen(today, "workflow_run.succeeded", "workflow_run.failed", "workflow_run.cancelled")
    await listen(today, "project_export.succeeded")
    done = await today.run(remixActions=[{"type": "ADD_ZOOM"}], autoExport=True)
    await today.finished(done["workflowRunId"])
    failed = await today.run("A pear [[fail content_policy]]", autoExport=True)
    await today.finished(failed["workflowRunId"])
    stalled = await today.run("A pear [[stall]]", autoExport=True)
    await today.post(f"/v1/workflows/runs/{stalled['workflowRunId']}/cancel", status=202)
    sent = payloads(today)
    assert [payload["event"].partition(".")[2] for payload in sent] == ["succeeded", "failed", "cancelled"]
    assert [payload["workflowRunId"] for payload in sent] == [run["workflowRunId"] for run in (done, failed, stalled)]
    assert all(kept_to_the_contract(payload) for payload in sent)
    assert (await today.fetch(sent[0]["downloadUrl"])).status_code == 200
    assert sent[0]["exportFileId"].startswith("vg_file_")
    assert (sent[1]["error"]["code"], sent[1]["downloadUrl"]) == ("content_policy", None)
    assert "error" not in sent[2]


async def test_the_end_of_an_export_that_was_asked_for_is_sent(today: Driver) -> None:
    await listen(today, "project_export.succeeded", "project_export.failed")
    project_id = await today.project()
    export_id = (await today.post(f"/v1/projects/{project_id}/export", status=202))["exportId"]
    await today.finished(export_id)
    [payload] = payloads(today)
    assert kept_to_the_contract(payload)
    assert (payload["event"], payload["exportId"], payload["projectId"]) == (
        "project_export.succeeded",
        export_id,
        project_id,
    )
    assert payload["exportFileId"] == today.stored(export_id).results[0]


async def test_a_reply_of_the_assistant_is_sent_with_its_content(today: Driver) -> None:
    await listen(today, "assistant_message.succeeded", "assistant_message.failed")
    for text in ("Hello", "Hello [[fail lunch_break]]"):
        started = await today.post("/v1/assistants", {"message": text}, status=202)
        await today.finished(started["messageId"])
    good, bad = payloads(today)
    assert kept_to_the_contract(good)
    assert kept_to_the_contract(bad)
    assert (good["event"], "not a language model" in good["message"]["content"]) == (
        "assistant_message.succeeded",
        True,
    )
    assert (bad["event"], bad["message"]["error"]["code"]) == ("assistant_message.failed", "lunch_break")
