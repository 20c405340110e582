"""The assistant: what it says it is, what it starts, and what waits for an approval."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.driving import Driver
from videogen_sandbox.assistant.edits import understood
from videogen_sandbox.assistant.replies import answer
from videogen_sandbox.assistant.text import generated, subject_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("captions off", [{"type": "DISABLE_CAPTIONS"}]),
        ("Please remove the subtitles.", [{"type": "DISABLE_CAPTIONS"}]),
        ("with captions", [{"type": "ENABLE_CAPTIONS"}]),
        ("make it 9:16", [{"type": "RESIZE_PROJECT", "aspectRatio": {"width": 9, "height": 16}}]),
        ("a vertical version", [{"type": "RESIZE_PROJECT", "aspectRatio": {"width": 9, "height": 16}}]),
        ("make it square", [{"type": "RESIZE_PROJECT", "aspectRatio": {"width": 1, "height": 1}}]),
        ("add calm music", [{"type": "GENERATE_MUSIC", "prompt": "calm music"}]),
        ("put some music", [{"type": "GENERATE_MUSIC", "prompt": "calm background music"}]),
        ("no music please", [{"type": "SET_BACKGROUND_MUSIC", "fileId": None}]),
        ("zoom slowly", [{"type": "ADD_ZOOM"}]),
        ("cut the pauses", [{"type": "CLEAN_UP_TRANSCRIPT", "removeFillers": False, "removePauses": True}]),
        ("let a male voice speak", [{"type": "CHANGE_NARRATOR", "voiceId": "Miles"}]),
        ("use Alto's voice", [{"type": "CHANGE_NARRATOR", "voiceId": "Alto"}]),
        ("animate the pictures", [{"type": "CONVERT_IMAGES_TO_VIDEOS"}]),
        ("redraw the pictures as woodcuts", [{"type": "REGENERATE_IMAGES", "stylePrompt": "woodcuts"}]),
        (
            "fade transitions",
            [{"type": "ADD_TRANSITIONS", "sectionTransition": "FADE", "assetTransition": "FADE"}],
        ),
        (
            "Captions off and make it 16:9 with epic drums music",
            [
                {"type": "DISABLE_CAPTIONS"},
                {"type": "RESIZE_PROJECT", "aspectRatio": {"width": 16, "height": 9}},
                {"type": "GENERATE_MUSIC", "prompt": "epic drums music"},
            ],
        ),
        ("Thank you!", []),
        ("captions on and make the music louder", [{"type": "ENABLE_CAPTIONS"}]),
        (
            "captions off and epic drums music",
            [{"type": "DISABLE_CAPTIONS"}, {"type": "GENERATE_MUSIC", "prompt": "epic drums music"}],
        ),
        (
            "captions and no music",
            [{"type": "ENABLE_CAPTIONS"}, {"type": "SET_BACKGROUND_MUSIC", "fileId": None}],
        ),
        ("Turn the music down. Keep the sentences short.", []),
        ("make it 0:0", []),
    ],
)
def test_edits_are_understood_by_words(text: str, expected: list[dict[str, Any]]) -> None:
    assert [edit.action for edit in understood(text)] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello!", "a few rules that look for words, not a language model"),
        ("Translate it to German", "English only"),
        ("Add my logo", "SET_LOGO"),
        ("Export it now", "POST /v1/projects/{projectId}/export"),
    ],
)
def test_what_it_cannot_do_is_said(text: str, words: str) -> None:
    reply = answer(text, has_video=True)
    assert words in reply.content
    assert (reply.edits, reply.script) == ((), None)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Make a video about tides", "tides"),
        ("Write a short script on the history of tea.", "the history of tea"),
        ("Volcanoes", "Volcanoes"),
    ],
)
def test_the_subject_of_a_request(text: str, subject: str) -> None:
    assert subject_of(text) == subject


STORY = (
    "Tides rise twice a day. The moon pulls the water of the sea. Some bays have tides of fifteen metres. "
    "My uncle likes cheese. Tides turn turbines and move the sea."
)


def test_a_text_of_several_sentences_is_summed_up_by_its_own() -> None:
    text = generated(STORY, "Answer in two sentences.", 0.0, 512)
    sentences = text.split(". ")
    assert len(sentences) == 2
    assert all(sentence.rstrip(".") in STORY for sentence in sentences)
    assert "cheese" not in text


def test_a_text_keeps_to_its_form_and_length() -> None:
    assert generated("Write a title about tides", None, 0.0, 512) == "Tides"
    assert generated("Tides", "as bullets", 0.0, 512).startswith("- This is a short video about Tides.\n- ")
    assert len(generated(STORY, None, 0.0, 8).split()) == 6
    assert generated("x", None, 2.0, 1)


def test_the_same_request_gives_the_same_text_and_temperature_another_one() -> None:
    assert generated(STORY, None, 1.0, 512) == generated(STORY, None, 1.0, 512)
    texts = {generated("Write about tides", None, temperature / 10, 512) for temperature in range(20)}
    assert len(texts) > 1


async def said(driver: Driver, started: dict[str, Any]) -> dict[str, Any]:
    """The reply once it was made."""
    await driver.finished(started["messageId"])
    return await driver.get(f"/v1/assistant-messages/{started['messageId']}")


@pytest.mark.anyio
async def test_a_sentence_becomes_a_video_at_once(today: Driver) -> None:
    body = {"message": "Make a video about tides", "autoGenerate": True}
    started = await today.post("/v1/assistants", body, status=202)
    reply = await said(today, started)
    assert (reply["role"], reply["status"], reply["error"]) == ("assistant", "succeeded", None)
    run = reply["generation"]
    assert run["projectId"] == started["projectId"]
    assert (await today.finished(run["workflowRunId"])).status == "succeeded"
    shown = await today.get(f"/v1/workflows/runs/{run['workflowRunId']}")
    assert shown["downloadUrl"]
    assert (await today.get(f"/v1/projects/{started['projectId']}"))["assistantId"] == started["assistantId"]


@pytest.mark.anyio
async def test_a_video_is_offered_and_begins_with_the_approval(today: Driver) -> None:
    started = await today.post("/v1/assistants", {"message": 'A film: "The moon pulls the sea."'}, status=202)
    reply = await said(today, started)
    [action] = reply["actions"]
    assert (action["kind"], action["requiresApp"], action["detail"]["estimatedCredits"]) == ("GENERATE", False, 50)
    assert reply["workflowSuggestions"][0]["workflowType"] == "SCRIPT_TO_VIDEO"
    assert today.sandbox.executions.listed(kind="run") == []
    path = f"/v1/assistants/{started['assistantId']}"
    approved = await said(today, await today.post(f"{path}/actions/{action['actionId']}", status=202))
    run = today.stored(approved["generation"]["workflowRunId"])
    assert run.body["script"] == "The moon pulls the sea."
    chat = (await today.get(path))["messages"]
    assert [message["role"] for message in chat] == ["user", "assistant", "user", "assistant"]
    assert chat[2]["content"] == "Approved: Make the video"


@pytest.mark.anyio
async def test_edits_wait_for_an_approval_and_are_decided_on_once(today: Driver) -> None:
    project_id = await today.project()
    chat = f"/v1/assistants/{(await today.get(f'/v1/projects/{project_id}'))['assistantId']}"
    reply = await said(today, await today.post(f"{chat}/messages", {"message": "zoom and calm music"}, status=202))
    [action] = reply["actions"]
    assert (action["kind"], action["label"]) == ("APPLY_EDIT", "Calm music, a slow zoom on every still")
    assert action["detail"]["estimatedCredits"] == 5
    assert today.sandbox.executions.listed(kind="remix") == []
    approved = await today.post(f"{chat}/actions/{action['actionId']}", {"decision": "APPROVE"}, status=202)
    applied = await said(today, approved)
    assert "is being applied" in applied["content"]
    edits = today.sandbox.executions.listed(kind="remix")
    assert [edit.tool_type for edit in edits] == ["ADD_ZOOM", "GENERATE_MUSIC"]
    again = await today.send("POST", f"{chat}/actions/{action['actionId']}", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


@pytest.mark.anyio
async def test_what_is_rejected_is_not_done(today: Driver) -> None:
    project_id = await today.project()
    chat = f"/v1/assistants/{(await today.get(f'/v1/projects/{project_id}'))['assistantId']}"
    reply = await said(today, await today.post(f"{chat}/messages", {"message": "captions off"}, status=202))
    decision = {"decision": "REJECT"}
    rejected = await today.post(f"{chat}/actions/{reply['actions'][0]['actionId']}", decision, status=202)
    assert (await said(today, rejected))["content"] == "Nothing was changed: “Captions off” was rejected."
    assert today.sandbox.executions.listed(kind="remix") == []


@pytest.mark.anyio
async def test_directives_work_in_messages(today: Driver) -> None:
    started = await today.post("/v1/assistants", {"message": "Hello [[fail lunch_break]]"}, status=202)
    reply = await said(today, started)
    assert (reply["status"], reply["error"]["code"], reply["content"]) == ("failed", "lunch_break", None)


@pytest.mark.anyio
async def test_unknown_chats_messages_and_actions_are_not_found(today: Driver) -> None:
    started = await today.post("/v1/assistants", {"message": "Hello"}, status=202)
    for path in ("/v1/assistants/vg_asst_x", "/v1/assistant-messages/vg_asms_x"):
        assert "not found" in await today.refused("GET", path, status=404)
    action = f"/v1/assistants/{started['assistantId']}/actions/vg_actn_x"
    assert "not found" in await today.refused("POST", action, {}, status=404)


@pytest.mark.anyio
async def test_text_is_generated(today: Driver) -> None:
    answer = await today.post("/v1/text/generate", {"prompt": STORY, "maxOutputTokens": 4})
    assert len(answer["text"].split()) == 3
