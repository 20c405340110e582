"""Workflow runs: what they start, how they stand, and how they end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.driving import STYLE, Driver
from tests.sandbox.tiny import content
from videogen_sandbox.contract.workflows import WORKFLOWS
from videogen_sandbox.storage.projects import Project

pytestmark = pytest.mark.anyio

CAPTIONS, ZOOM = {"type": "ENABLE_CAPTIONS"}, {"type": "ADD_ZOOM"}


def project(driver: Driver, project_id: str) -> Project:
    found = driver.sandbox.projects.get(project_id)
    assert found is not None
    return found


async def test_a_run_builds_a_project_edits_it_and_exports_it(today: Driver) -> None:
    started = await today.run(remixActions=[CAPTIONS, ZOOM], autoExport=True, exportOptions={"quality": "FULL_HIGH"})
    assert started["workflowRunId"].startswith("vg_work_")
    assert started["projectUrl"].endswith(f"/projects/{started['projectId']}")
    await today.finished(started["workflowRunId"])
    run = await today.get(f"/v1/workflows/runs/{started['workflowRunId']}")
    assert (run["status"], run["progressPercentage"], run["error"]) == ("succeeded", 100, None)
    assert run["workflowType"] == "SCRIPT_TO_VIDEO"
    assert run["exportId"].startswith("vg_expo_")
    video = await today.fetch(run["downloadUrl"])
    assert video.json()["body"]["document"]["edits"] == ["ENABLE_CAPTIONS", "ADD_ZOOM"]
    assert video.json()["body"]["quality"] == "FULL_HIGH"
    edits = await today.get(f"/v1/projects/{started['projectId']}/remix-actions")
    assert {edit["remixActionId"] for edit in edits["remixActions"]} == set(started["remixActionIds"])
    assert {edit["status"] for edit in edits["remixActions"]} == {"succeeded"}
    export = await today.get(f"/v1/projects/{started['projectId']}/exports/{run['exportId']}")
    assert (export["status"], export["exportFileId"], export["file"]["scope"]) == (
        "succeeded",
        run["exportFileId"],
        "EXPORT",
    )


async def test_without_auto_export_a_run_ends_with_its_project(today: Driver) -> None:
    started = await today.run()
    await today.finished(started["workflowRunId"])
    run = await today.get(f"/v1/workflows/runs/{started['workflowRunId']}")
    assert (run["status"], run["exportId"], run["downloadUrl"]) == ("succeeded", None, None)
    shown = await today.get(f"/v1/projects/{started['projectId']}")
    assert (shown["status"], shown["title"]) == ("ready", "A tiny film")
    assert (await today.get(f"/v1/projects/{started['projectId']}/exports"))["exports"] == []


async def test_a_run_shows_the_progress_of_its_whole_chain(today: Driver) -> None:
    started = await today.run("hang", remixActions=[ZOOM], autoExport=True)
    run_id = started["workflowRunId"]
    await today.until(lambda: today.stored(run_id).progress > 0)
    run = await today.get(f"/v1/workflows/runs/{run_id}")
    assert (run["status"], run["progressPercentage"]) == ("running", 20)  # 40 % of building, which is half of it
    assert (await today.get(f"/v1/projects/{started['projectId']}"))["status"] == "generating"
    music = {"type": "GENERATE_MUSIC", "prompt": "hang"}
    started = await today.run(remixActions=[ZOOM, music], autoExport=True)
    await today.post(f"/v1/workflows/runs/{run_id}/cancel", status=202)
    last = started["remixActionIds"][1]
    await today.until(lambda: today.stored(last).progress > 0)
    run = await today.get(f"/v1/workflows/runs/{started['workflowRunId']}")
    assert run["progressPercentage"] == pytest.approx(100 * 6.4 / 11, abs=0.1)


@pytest.mark.parametrize("stage", ["build", "edit", "waiting", "approval"])
async def test_a_run_is_cancelled_at_any_stage(today: Driver, stage: str) -> None:
    music = {"type": "GENERATE_MUSIC", "prompt": "hang" if stage == "edit" else "calm"}
    scripts = {"build": "hang", "waiting": "A pear [[delay 1h]]", "approval": "A pear [[approval]]"}
    started = await today.run(scripts.get(stage, "A pear."), remixActions=[music, ZOOM], autoExport=True)
    run_id = started["workflowRunId"]
    at_work = started["remixActionIds"][0] if stage == "edit" else run_id
    if stage in ("build", "edit"):
        await today.until(lambda: today.stored(at_work).progress > 0)
    assert await today.post(f"/v1/workflows/runs/{run_id}/cancel", status=202) == started
    assert (await today.finished(run_id)).status == "cancelled"
    left = {found.status for found in today.sandbox.executions.listed(project_id=started["projectId"])}
    assert left == {"cancelled"}
    assert not today.app.state.busy()
    await today.project()


async def test_a_run_that_has_ended_stays_as_it_is(today: Driver) -> None:
    started = await today.run()
    await today.finished(started["workflowRunId"])
    await today.post(f"/v1/workflows/runs/{started['workflowRunId']}/cancel", status=202)
    assert today.stored(started["workflowRunId"]).status == "succeeded"


@pytest.mark.parametrize(
    ("script", "code"), [("refuse", "too_strange"), ("A pear [[fail content_policy]]", "content_policy")]
)
async def test_a_run_whose_building_fails_says_why_and_nothing_follows(today: Driver, script: str, code: str) -> None:
    started = await today.run(script, remixActions=[ZOOM], autoExport=True)
    await today.finished(started["workflowRunId"])
    run = await today.get(f"/v1/workflows/runs/{started['workflowRunId']}")
    assert (run["status"], run["error"]["code"], run["exportId"]) == ("failed", code, None)
    [edit] = (await today.get(f"/v1/projects/{started['projectId']}/remix-actions"))["remixActions"]
    assert (edit["status"], edit["error"]["code"]) == ("failed", "previous_action_failed")
    answer = await today.send("POST", f"/v1/projects/{started['projectId']}/export")
    assert (answer.status_code, answer.json()["code"]) == (409, "project_empty")


async def test_a_failed_edit_fails_the_later_ones_and_the_run(today: Driver) -> None:
    music = {"type": "GENERATE_MUSIC", "prompt": "refuse"}
    started = await today.run(remixActions=[CAPTIONS, music, ZOOM], autoExport=True)
    run = await today.finished(started["workflowRunId"])
    assert (run.status, run.error) == ("failed", {"code": "too_strange", "message": "Nobody can draw that."})
    edits = [today.stored(edit) for edit in started["remixActionIds"]]
    assert [edit.status for edit in edits] == ["succeeded", "failed", "failed"]
    assert [edit.error and edit.error["code"] for edit in edits] == [None, "too_strange", "previous_action_failed"]
    document = project(today, started["projectId"]).document
    assert document is not None
    assert document["edits"] == ["ENABLE_CAPTIONS"]


async def test_directives_delay_a_run_and_are_taken_out_of_its_words(today: Driver) -> None:
    started = await today.run("A pear [[delay 10s]] falls.")
    today.clock.turn(5)
    run = await today.get(f"/v1/workflows/runs/{started['workflowRunId']}")
    assert (run["status"], run["progressPercentage"]) == ("running", 45)
    today.clock.turn(5)
    await today.finished(started["workflowRunId"])
    document = project(today, started["projectId"]).document
    assert document is not None
    assert document["body"]["script"] == "A pear falls."


async def test_directives_stand_in_the_notes_or_the_name_of_a_file_too(today: Driver) -> None:
    noted = await today.run(workflowAgentContext="slow [[fail lunch_break]]")
    assert (await today.finished(noted["workflowRunId"])).error == {
        "code": "lunch_break",
        "message": "The execution failed with lunch_break, as its prompt asked.",
    }
    voice = await today.upload(content("AUDIO"), "voice [[approval]].wav")
    waiting = await today.run(operation="voiceover-to-video", fileId=voice["fileId"], visualStyle=STYLE)
    run = await today.get(f"/v1/workflows/runs/{waiting['workflowRunId']}")
    assert run["status"] == "awaiting_approval"


async def test_every_workflow_builds_what_it_was_given(today: Driver) -> None:
    voice = (await today.upload(content("AUDIO"), "voice.wav"))["fileId"]
    deck = (await today.upload(b"%PDF-1.4 a deck", "deck.pdf"))["fileId"]
    film = (await today.upload(content("VIDEO"), "film.mp4"))["fileId"]
    picture = (await today.upload(content("IMAGE")))["fileId"]
    bodies: dict[str, dict[str, Any]] = {
        "script-to-video": {"script": "A pear.", "visualStyle": STYLE, "featuredBRollFileIds": [picture, film]},
        "voiceover-to-video": {"fileId": voice, "visualStyle": {"type": "STOCK"}, "logoFileId": picture},
        "slideshow-to-video": {"fileId": deck, "captionStyle": None},
        "storyboard-to-video": {"scenes": [{"prompt": "A pear"}]},
        "prompt-to-video-clip": {"prompt": "A pear", "imageFileIds": [picture]},
        "video-to-video": {"prompt": "as a drawing", "videoFileId": film},
    }
    assert set(bodies) == set(WORKFLOWS)
    given = {}
    for operation, body in bodies.items():
        started = await today.post(f"/v1/workflows/{operation}", body, status=202)
        assert (await today.finished(started["workflowRunId"])).status == "succeeded"
        document = project(today, started["projectId"]).document
        assert document is not None
        given[operation] = document["inputs"]
    assert given == {
        "script-to-video": {"featuredBRollFileIds": 2},
        "voiceover-to-video": {"fileId": 1, "logoFileId": 1},
        "slideshow-to-video": {"fileId": 1},
        "storyboard-to-video": {},
        "prompt-to-video-clip": {"imageFileIds": 1},
        "video-to-video": {"videoFileId": 1},
    }
    runs = (await today.get("/v1/workflows/runs", limit=4))["workflowRuns"]
    assert [run["workflowType"] for run in runs] == [name.upper().replace("-", "_") for name in reversed(WORKFLOWS)][:4]


@pytest.mark.parametrize(
    ("operation", "body", "words"),
    [
        ("script-to-video", {"script": "...", "visualStyle": STYLE}, "no words"),
        ("script-to-video", {"script": "word " * 20_000, "visualStyle": STYLE}, "20,000 words"),
        ("script-to-video", {"script": "A pear.", "visualStyle": {"type": "AI_IMAGE"}}, '"visualStyle.aiStyle"'),
        ("script-to-video", {"script": "A pear.", "visualStyle": STYLE, "language": "fr"}, "only English"),
        ("script-to-video", {"script": "A pear.", "visualStyle": STYLE, "voiceId": "Rachel"}, "tts-voices"),
        ("script-to-video", {"script": "A pear.", "visualStyle": STYLE, "actorEntityId": "x"}, '"actorEntityId"'),
        ("script-to-video", {"script": "Welcome to 東京, a city.", "visualStyle": STYLE}, "another script: 東京"),
        ("script-to-video", {"script": "A pear.", "visualStyle": {**STYLE, "aiStyle": "x" * 5_000}}, "5,000"),
        (
            "script-to-video",
            {"script": "A pear.", "visualStyle": STYLE, "remixActions": [CAPTIONS, {"type": "DISABLE_CAPTIONS"}]},
            "both set captions",
        ),
        (
            "script-to-video",
            {"script": "A pear.", "visualStyle": STYLE, "remixActions": [{"type": "SET_LOGO", "fileId": "x"}]},
            '"remixActions[0].fileId" names',
        ),
        ("storyboard-to-video", {"scenes": [{"prompt": "p"}] * 60}, "not 60"),
        ("video-to-video", {"prompt": "p"}, "videoFileId"),
        ("video-to-video", {"videoUrl": "https://example.com/a.mp4"}, '"prompt" is required'),
        ("video-to-video", {"prompt": "p", "videoUrl": "https://example.com/a.mp4"}, "--allow-import example.com"),
    ],
)
async def test_what_cannot_be_made_is_refused_before_anything_is_started(
    refusing: Driver, operation: str, body: dict[str, Any], words: str
) -> None:
    assert words in await refusing.refused("POST", f"/v1/workflows/{operation}", body)
    assert refusing.sandbox.executions.listed() == []
    assert refusing.sandbox.projects.listed() == []


async def test_files_of_another_kind_are_refused(today: Driver) -> None:
    film = (await today.upload(content("VIDEO"), "film.mp4"))["fileId"]
    said = await today.refused("POST", "/v1/workflows/slideshow-to-video", {"fileId": film})
    assert "needs PDF or SLIDESHOW files" in said
    logo = {"script": "A pear.", "visualStyle": STYLE, "remixActions": [{"type": "SET_LOGO", "fileId": film}]}
    assert "needs IMAGE files" in await today.refused("POST", "/v1/workflows/script-to-video", logo)


async def test_scenes_after_the_end_of_a_recording_are_refused(today: Driver) -> None:
    voice = await today.upload(content("AUDIO"), "voice.wav")
    length = voice["durationSeconds"]
    scenes = [{"startSeconds": 0, "endSeconds": length, "description": "a pear"}]
    body = {"fileId": voice["fileId"], "visualStyle": STYLE, "scenes": scenes}
    await today.post("/v1/workflows/voiceover-to-video", body, status=202)
    scenes.append({"startSeconds": length, "endSeconds": length + 9, "description": "a plum"})
    said = await today.refused("POST", "/v1/workflows/voiceover-to-video", body)
    assert said == f'"scenes[1].endSeconds" is {length + 9:g}, and the recording has {length:.1f} seconds.'


async def test_entities_in_a_storyboard_are_given_by_a_picture_and_their_names(today: Driver) -> None:
    made = await today.post("/v1/entities", {"entityType": "PRODUCT", "name": "Bottle", "description": "a green one"})
    for number in range(2):
        picture = (await today.upload(content("IMAGE", number=number), f"{number}.png"))["fileId"]
        await today.post(f"/v1/entities/{made['entityId']}/references", {"fileId": picture})
    mention = f"Beside @[entity:{made['entityId']}|PRODUCT|Bottle] lies a pear"
    scenes = [{"prompt": "A pear", "productEntityIds": [made["entityId"]]}, {"prompt": mention}]
    project_id = await today.project(operation="storyboard-to-video", scenes=scenes)
    document = project(today, project_id).document
    assert document is not None
    assert document["inputs"] == {"scenes.0.productEntityIds": 1, "scenes.1.productEntityIds": 1}
    first, second = document["body"]["scenes"]
    bottle = {"type": "PRODUCT", "name": "Bottle", "description": "a green one", "pictured": True}
    assert first["cast"] == second["cast"] == [bottle]
    assert second["prompt"] == "Beside Bottle lies a pear"


async def test_an_entity_that_is_named_and_mentioned_is_in_a_scene_once(today: Driver) -> None:
    made = await today.post("/v1/entities", {"entityType": "ACTOR", "name": "Mia", "description": "a girl"})
    scene = {"prompt": f"@[entity:{made['entityId']}|ACTOR|Mia] runs", "actorEntityIds": [made["entityId"]]}
    document = project(today, await today.project(operation="storyboard-to-video", scenes=[scene])).document
    assert document is not None
    assert document["inputs"] == {}
    mia = {"type": "ACTOR", "name": "Mia", "description": "a girl", "pictured": False}
    assert document["body"]["scenes"][0]["cast"] == [mia]


async def test_unknown_runs_are_not_found(today: Driver, seed: Driver) -> None:
    tool = await today.start("generate-image", prompt="a pear [[stall]]")
    for run in ("vg_work_nobody", tool):
        assert "not found" in await today.refused("GET", f"/v1/workflows/runs/{run}", status=404)
    assert (await seed.send("POST", "/v1/workflows/script-to-video", {})).status_code == 404
