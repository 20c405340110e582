from __future__ import annotations

import json
import shlex
from itertools import pairwise
from typing import Any

import anyio
import pytest

from tests.sandbox.driving import BASE, KEY, Driver
from tests.sandbox.tiny import content
from videogen_sandbox.pages import welcome

pytestmark = pytest.mark.anyio


async def original(driver: Driver, execution: dict[str, Any], index: int = 0) -> dict[str, Any]:
    """What the tiny engine wrote: the body, seed and inputs it was given."""
    answer = await driver.fetch(execution["results"][index]["file"]["downloadSource"]["url"])
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


async def test_a_started_execution_ends_with_a_file_that_opens(today: Driver) -> None:
    execution = await today.make("generate-image", prompt="a red pear")
    assert execution["toolExecutionId"].startswith("vg_tool_")
    assert execution["toolType"] == "GENERATE_IMAGE"
    assert (execution["progressPercentage"], execution["attemptIndex"], execution["error"]) == (100, 0, None)
    result = execution["results"][0]
    assert result["file"]["displayName"] == "a red pear"
    assert result["downloadUrl"].endswith("/a-red-pear.json")
    assert (await original(today, execution))["body"]["prompt"] == "a red pear"


async def test_the_seed_era_leaves_out_what_it_does_not_know(seed: Driver) -> None:
    started = await seed.start("generate-image", prompt="hang")
    assert started.startswith("vg_exec_")
    assert set(await seed.execution(started)) == {"toolExecutionId", "status", "toolType"}
    await seed.post(f"/v1/tools/executions/{started}/cancel", status=202)
    execution = await seed.make("generate-image", prompt="a pear")
    assert set(execution) == {"toolExecutionId", "status", "toolType", "results"}
    assert set(execution["results"][0]) == {"fileId", "type", "file"}


async def test_defaults_are_filled_in_for_the_engine(today: Driver) -> None:
    body = (await original(today, await today.make("generate-image", prompt="a pear")))["body"]
    assert body["aspectRatio"] == {"width": 16, "height": 9}
    assert (body["quality"], body["watermarkMode"]) == ("STANDARD", "AUTO")


async def test_a_file_tells_how_it_was_made(today: Driver) -> None:
    execution = await today.make("generate-image", prompt="a pear")
    file = execution["results"][0]["file"]
    assert (file["engine"], file["engineVersion"], file["placeholder"]) == ("tiny", "1.0", True)
    assert file["seed"] == (await original(today, execution))["seed"]
    assert file["sourceToolType"] == "GENERATE_IMAGE"
    assert file["sourceToolExecutionId"] == execution["toolExecutionId"]


async def test_the_same_request_has_the_same_seed_and_another_one_another(today: Driver) -> None:
    seeds = [
        (await today.make("generate-image", prompt=prompt))["results"][0]["file"]["seed"]
        for prompt in ("a pear", "a pear", "an apple")
    ]
    assert seeds[0] == seeds[1] != seeds[2]


async def test_the_seed_goes_by_what_is_in_a_file_and_not_by_its_id(today: Driver) -> None:
    files = [(await today.upload(content("IMAGE")))["fileId"] for _ in range(2)]
    made = [await today.make("upscale-image", imageFileId=file) for file in files]
    assert made[0]["results"][0]["file"]["seed"] == made[1]["results"][0]["file"]["seed"]


async def test_several_results_are_made_one_seed_after_the_other(today: Driver) -> None:
    execution = await today.make("generate-image", prompt="a pear", numResults=3)
    seeds = [result["file"]["seed"] for result in execution["results"]]
    assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]
    assert [result["file"]["displayName"] for result in execution["results"]] == [f"a pear ({n})" for n in (1, 2, 3)]


async def test_temporary_results_are_marked_and_not_described(today: Driver) -> None:
    execution = await today.make("generate-image", prompt="a pear", isOutputTemporary=True)
    file = execution["results"][0]["file"]
    assert (file["scope"], file["description"]) == ("TEMPORARY", None)


@pytest.mark.parametrize(
    ("operation", "kind", "field"),
    [
        ("vectorize-image", "IMAGE", "image"),
        ("remove-image-background", "IMAGE", "image"),
        ("upscale-image", "IMAGE", "image"),
        ("remove-video-background", "VIDEO", "video"),
        ("upscale-video", "VIDEO", "video"),
    ],
)
async def test_a_file_is_handed_to_the_engine(today: Driver, operation: str, kind: str, field: str) -> None:
    file = await today.upload(content(kind, taste="sweet"), "pear.bin")
    execution = await today.make(operation, **{f"{field}FileId": file["fileId"]})
    made = await original(today, execution)
    assert made["inputs"] == {f"{field}FileId": [content(kind, taste="sweet").decode()]}
    assert execution["results"][0]["file"]["displayName"].startswith("pear (")


async def test_the_seed_eras_names_become_todays_for_the_engine(seed: Driver) -> None:
    sound = await seed.upload(content("AUDIO"), "hello.wav")
    film = await seed.upload(content("VIDEO"), "film.mp4")
    presenter = (await seed.get("/v1/resources/avatar-presenters"))["avatarPresenters"][2]
    avatar = await seed.make(
        "generate-avatar",
        avatarPresenterId=presenter["avatarPresenterId"],
        audioStorageFileId=sound["fileId"],
    )
    made = await original(seed, avatar)
    assert (made["body"]["presenter"], list(made["inputs"])) == ("hana", ["audioFileId"])
    clip = await seed.make("generate-video-clip", videoFileId=film["fileId"])
    assert list((await original(seed, clip))["inputs"]) == ["videoFileIds"]
    upscaled = await seed.make("upscale-video", videoStorageFileId=film["fileId"])
    assert list((await original(seed, upscaled))["inputs"]) == ["videoFileId"]


async def test_speech_takes_a_voice_by_id_or_name_and_keeps_the_text_as_transcript(today: Driver) -> None:
    voices = (await today.get("/v1/resources/tts-voices"))["ttsVoices"]
    for voice in (voices[2]["voiceId"], "miles"):
        execution = await today.make("text-to-speech", ttsText="Hello there.", voiceId=voice, voiceSpeed=1.5)
        body = (await original(today, execution))["body"]
        assert (body["voice"], body["voiceSpeed"]) == ("miles", 1.5)
        assert execution["results"][0]["file"]["transcriptText"] == "Hello there."


async def test_the_seed_era_picks_a_voice_by_itself(seed: Driver) -> None:
    execution = await seed.make("text-to-speech", ttsText="Hello.", voiceId=None)
    assert (await original(seed, execution))["body"]["voice"] == "heart"
    assert execution["results"][0]["file"]["transcript"] == "Hello."


async def test_an_actor_is_a_reference_by_its_portrait(today: Driver) -> None:
    actor = (await today.get("/v1/entities", entityType="ACTOR"))["entities"][0]
    execution = await today.make("generate-image", prompt="a pear", entityIds=[actor["entityId"]])
    assert json.loads((await original(today, execution))["inputs"]["imageFileIds"][0])["slug"] == "amara"


@pytest.mark.parametrize(
    ("operation", "body", "words"),
    [
        ("generate-image", {}, '"prompt" is required'),
        ("generate-image", {"prompt": " \n"}, '"prompt" must not be empty'),
        ("generate-image", {"prompt": 7}, '"prompt" must be text'),
        ("generate-image", {"prompt": None}, '"prompt" must not be null'),
        ("generate-image", {"prompt": "x" * 8001}, "at most 8000 characters, not 8001"),
        ("generate-image", {"prompt": "p", "numResults": 0}, '"numResults" must be a whole number from 1 to 100'),
        ("generate-image", {"prompt": "p", "numResults": 101}, '"numResults"'),
        ("generate-image", {"prompt": "p", "numResults": 1.5}, "whole number"),
        ("generate-image", {"prompt": "p", "numResults": True}, '"numResults"'),
        ("generate-image", {"prompt": "p", "aspectRatio": {"width": 16}}, '"aspectRatio.height" is required'),
        (
            "generate-image",
            {"prompt": "p", "aspectRatio": {"width": 0, "height": 1}},
            '"aspectRatio.width" must be',
        ),
        ("generate-image", {"prompt": "p", "aspectRatio": {"width": 50, "height": 1}}, "between 1:5 and 5:1"),
        ("generate-image", {"prompt": "p", "aspectRatio": "16:9"}, '"aspectRatio" must be an object'),
        ("generate-image", {"prompt": "p", "quality": "BEST"}, '"quality" must be one of LOW'),
        ("generate-image", {"prompt": "p", "watermarkMode": "no"}, '"watermarkMode" must be one of NONE'),
        ("generate-image", {"prompt": "p", "isOutputTemporary": "yes"}, '"isOutputTemporary" must be true or false'),
        ("generate-image", {"prompt": "p", "imageFileIds": "vg_file_x"}, '"imageFileIds" must be a list'),
        ("generate-image", {"prompt": "p", "imageFileIds": ["a"] * 5}, "at most 4 entries"),
        ("generate-image", {"prompt": "p", "imageFileIds": ["vg_file_x"]}, "'vg_file_x', which does not exist"),
        ("generate-image", {"prompt": "p", "entityIds": ["vg_enti_x"]}, "GET /v1/entities lists them"),
        ("generate-image", {"prompt": "p", "contentPolicyConfig": {"maxPromptRewrites": 9}}, "maxPromptRewrites"),
        ("generate-image", {"prompt": "[[stall]]"}, "says nothing but how to fail"),
        ("generate-image", {"prompt": "a [[delay soon]]"}, "[[delay 14s]]"),
        ("generate-video-clip", {}, 'One of "prompt", "startFrameFileId"'),
        ("generate-video-clip", {"imageFileIds": []}, '"prompt" is required when nothing else'),
        ("generate-video-clip", {"prompt": "p", "durationSeconds": 31}, '"durationSeconds" must be a whole number'),
        ("generate-video-clip", {"prompt": "p", "durationSeconds": 1.5}, "whole number from 1 to 30"),
        ("text-to-speech", {"voiceId": "heart"}, '"ttsText" is required'),
        ("text-to-speech", {"ttsText": "x" * 5001, "voiceId": "heart"}, "at most 5000 characters"),
        ("text-to-speech", {"ttsText": "Hi"}, '"voiceId" is required'),
        ("text-to-speech", {"ttsText": "Hi", "voiceId": "Rachel"}, "GET /v1/resources/tts-voices lists them"),
        ("text-to-speech", {"ttsText": "Hi", "voiceId": "heart", "speechLanguageCode": "fr"}, "only English (en)"),
        ("text-to-speech", {"ttsText": "Hi", "voiceId": "heart", "voiceSpeed": 3}, "from 0.5 to 2"),
        (
            "text-to-speech",
            {"ttsText": "Hi", "voiceId": "heart", "pronunciationReplacements": [{"original": "a"}]},
            '"pronunciationReplacements[0].replacement" is required',
        ),
        ("generate-sound-effect", {"prompt": "rain", "durationSeconds": 0.5}, "from 1 to 30"),
        ("generate-sound-effect", {"prompt": "rain", "promptInfluence": 2}, "from 0 to 1"),
        ("generate-avatar", {"audioFileId": "x"}, '"actorEntityId" is required'),
        ("generate-avatar", {"actorEntityId": "x", "audioFileId": "x"}, "lists the presenters"),
        ("vectorize-image", {}, '"imageFileId" is required'),
        ("upscale-video", {"videoFileId": "vg_file_x"}, '"videoFileId" names the file'),
    ],
)
async def test_a_wrong_body_is_refused_with_the_name_of_the_field(
    refusing: Driver, operation: str, body: dict[str, Any], words: str
) -> None:
    answer = await refusing.send("POST", f"/v1/tools/{operation}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert words in answer.json()["message"]
    assert refusing.sandbox.executions.listed() == []


@pytest.mark.parametrize(
    ("operation", "body", "code", "words"),
    [
        ("generate-motion-graphic", {"prompt": 'Title "你好"'}, "unsupported_text", "does not have: 你好"),
        ("generate-motion-graphic", {"prompt": " … "}, "empty_prompt", "nothing to show"),
        ("text-to-speech", {"ttsText": "你好", "voiceId": "heart"}, "unsupported_language", "another script"),
        ("text-to-speech", {"ttsText": "… !!", "voiceId": "heart"}, "nothing_to_say", "no words"),
        ("generate-video-clip", {"prompt": "p", "spokenDialogue": "Привет"}, "unsupported_language", "another script"),
    ],
)
async def test_words_that_cannot_be_shown_or_spoken_are_refused_before_anything_is_started(
    today: Driver, operation: str, body: dict[str, Any], code: str, words: str
) -> None:
    answer = await today.send("POST", f"/v1/tools/{operation}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert words in answer.json()["message"]
    assert today.sandbox.executions.listed() == []


async def test_the_seed_era_has_its_own_field_names_and_code(seed: Driver) -> None:
    answer = await seed.send("POST", "/v1/tools/vectorize-image", {"imageFileId": "vg_file_x"})
    assert answer.status_code == 400
    assert answer.json() == {"message": '"imageStorageFileId" is required.', "code": "invalid_parameters"}


async def test_a_file_of_the_wrong_type_is_refused(today: Driver) -> None:
    file = await today.upload(content("AUDIO"), "hello.wav")
    said = await today.refused("POST", "/v1/tools/vectorize-image", {"imageFileId": file["fileId"]})
    assert said == f"\"imageFileId\" needs IMAGE files, but '{file['fileId']}' is AUDIO."


async def test_an_animated_picture_is_a_video_too(today: Driver) -> None:
    moving = await today.upload(content("IMAGE", duration=2.0), "cat.gif")
    await today.make("upscale-video", videoFileId=moving["fileId"])
    still = await today.upload(content("IMAGE"), "cat.png")
    said = await today.refused("POST", "/v1/tools/upscale-video", {"videoFileId": still["fileId"]})
    assert "needs VIDEO files" in said


async def test_files_that_are_archived_or_without_bytes_are_refused(today: Driver) -> None:
    file = await today.made()
    await today.post(f"/v1/files/{file}/archive")
    assert "is archived" in await today.refused("POST", "/v1/tools/upscale-image", {"imageFileId": file})
    empty = (await today.post("/v1/files/upload", {"displayName": "pear"}))["fileId"]
    assert "not finished" in await today.refused("POST", "/v1/tools/upscale-image", {"imageFileId": empty})


async def test_unknown_executions_are_not_found(today: Driver, seed: Driver) -> None:
    for path in ("/v1/tools/executions/vg_tool_nobody",):
        assert "not found" in await today.refused("GET", path, status=404)
    assert "not found" in await today.refused("POST", "/v1/tools/executions/x/cancel", status=404)
    answer = await seed.send("GET", "/v1/tools/executions/nonsense")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")
    assert "not found" in await seed.refused("GET", f"/v1/tools/executions/vg_exec_{'0' * 22}", status=404)


async def test_executions_are_listed_newest_first_in_pages(today: Driver) -> None:
    started = [await today.start("generate-image", prompt=f"pear {number} [[stall]]") for number in range(5)]
    first = await today.get("/v1/tools/executions", limit=2)
    second = await today.get("/v1/tools/executions", limit=2, cursor=first["nextCursor"])
    last = await today.get("/v1/tools/executions", limit=2, cursor=second["nextCursor"])
    pages = [[found["toolExecutionId"] for found in page["toolExecutions"]] for page in (first, second, last)]
    assert pages == [started[4:2:-1], started[2:0:-1], started[:1]]
    assert (first["hasMore"], last["hasMore"], last["nextCursor"]) == (True, False, None)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=nonsense", "selfOnly=perhaps"])
async def test_bad_query_parameters_are_refused(refusing: Driver, query: str) -> None:
    assert query.partition("=")[0] in await refusing.refused("GET", f"/v1/tools/executions?{query}")


async def test_a_cursor_belongs_to_its_list(today: Driver) -> None:
    for _ in range(2):
        await today.made()
    cursor = (await today.get("/v1/files", limit=1))["nextCursor"]
    assert "cursor" in await today.refused("GET", f"/v1/tools/executions?cursor={cursor}")


async def test_the_seed_era_does_not_list_executions(seed: Driver) -> None:
    assert (await seed.send("GET", "/v1/tools/executions")).status_code == 404


async def test_who_prefers_to_wait_is_answered_when_the_execution_has_ended(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a pear")
    answer = await today.send("GET", f"/v1/tools/executions/{started}", headers={"prefer": "wait=5"})
    assert answer.json()["status"] == "succeeded"


@pytest.mark.parametrize(("prefers", "held"), [("respond-async, wait=3", 3.0), ("wait=3600", 5.0)])
async def test_who_prefers_to_wait_is_answered_in_time(today: Driver, prefers: str, held: float) -> None:
    started = await today.start("generate-image", prompt="a pear [[delay 60s]]")
    answers: list[str] = []

    async def ask() -> None:
        answer = await today.send("GET", f"/v1/tools/executions/{started}", headers={"prefer": prefers})
        answers.append(answer.json()["status"])

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await today.until(lambda: today.clock.awaits(held))
        assert not answers
        today.clock.turn(held)
    assert answers == ["running"]


@pytest.mark.parametrize("prefers", ["", "wait", "wait=soon", "return=minimal"])
async def test_who_prefers_nothing_known_is_answered_at_once(today: Driver, prefers: str) -> None:
    started = await today.start("generate-image", prompt="a pear [[delay 60s]]")
    answer = await today.send("GET", f"/v1/tools/executions/{started}", headers={"prefer": prefers})
    assert answer.json()["status"] in ("pending", "running")


async def test_what_waits_for_an_approval_is_not_waited_for(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a pear [[approval]]")
    answer = await today.send("GET", f"/v1/tools/executions/{started}", headers={"prefer": "wait=5"})
    assert answer.json()["status"] == "awaiting_approval"


async def test_an_approval_lets_an_execution_begin_that_waits_for_one(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a pear [[approval]]")
    today.sandbox.jobs.approve(today.stored(started))
    assert (await today.ended(started))["status"] == "succeeded"


async def test_an_approval_begins_the_rest_of_the_delay(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a pear [[approval]] [[delay 60s]]")
    today.clock.turn(20)
    today.sandbox.jobs.approve(today.stored(started))
    assert (await today.execution(started))["progressPercentage"] == 30
    await today.until(lambda: today.clock.awaits(0.5))
    today.clock.turn(41)
    assert (await today.ended(started))["status"] == "succeeded"


@pytest.mark.parametrize("prompt", ["a pear [[stall]]", "a pear [[approval]]"])
async def test_an_approval_changes_nothing_of_what_waits_for_none(today: Driver, prompt: str) -> None:
    started = await today.start("generate-image", prompt=prompt)
    execution = today.stored(started)
    today.sandbox.jobs.cancel(execution)
    today.sandbox.jobs.approve(execution)
    assert (await today.execution(started))["status"] == "cancelled"


async def test_a_run_that_was_approved_runs_with_all_that_follows(today: Driver) -> None:
    started = await today.run("A pear [[approval]]", autoExport=True)
    assert today.stored(started["workflowRunId"]).status == "awaiting_approval"
    today.sandbox.jobs.approve(today.stored(started["workflowRunId"]))
    run = await today.finished(started["workflowRunId"])
    assert (run.status, len(run.results)) == ("succeeded", 1)


async def test_the_command_of_the_empty_gallery_makes_a_picture(today: Driver) -> None:
    words = shlex.split(welcome.curl_line(BASE).replace("\\\n", "").replace(f"${welcome.KEY}", KEY))
    headers = dict(word.split(": ", 1) for option, word in pairwise(words) if option == "-H")
    answer = await today.client.post(words[1], content=words[-1], headers=headers)
    assert (words[0], answer.status_code) == ("curl", 202)
    assert (await today.ended(answer.json()["toolExecutionId"]))["status"] == "succeeded"
