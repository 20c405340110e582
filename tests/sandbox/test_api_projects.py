"""Projects: edits, copies, exports, timeline documents, and what is refused meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.driving import Driver
from tests.sandbox.tiny import content

pytestmark = pytest.mark.anyio

CAPTIONS, ZOOM = {"type": "ENABLE_CAPTIONS"}, {"type": "ADD_ZOOM"}
HANG = {"type": "GENERATE_MUSIC", "prompt": "hang"}


async def edited(driver: Driver, project_id: str, *actions: dict[str, Any], as_copy: bool = False) -> dict[str, Any]:
    body = {"remixActions": list(actions), "saveAsNewProject": as_copy}
    return await driver.post(f"/v1/projects/{project_id}/remix", body, status=202)


def edits_of(driver: Driver, project_id: str) -> list[str]:
    found = driver.sandbox.projects.get(project_id)
    assert found is not None
    assert found.document is not None
    edits: list[str] = found.document["edits"]
    return edits


async def test_projects_are_listed_newest_first_in_pages(today: Driver) -> None:
    made = [await today.project(script=f"Pear {number}.") for number in range(3)]
    first = await today.get("/v1/projects", limit=2)
    rest = await today.get("/v1/projects", limit=2, cursor=first["nextCursor"])
    shown = [project["projectId"] for project in first["projects"] + rest["projects"]]
    assert (shown, rest["hasMore"]) == (made[::-1], False)
    assert first["projects"][0]["assistantId"].startswith("vg_asst_")


async def test_edits_run_one_after_another_in_the_order_of_their_request(today: Driver) -> None:
    project_id = await today.project()
    upright = {"type": "RESIZE_PROJECT", "aspectRatio": {"width": 9, "height": 16}}
    first = await edited(today, project_id, CAPTIONS, upright)
    second = await edited(today, project_id, ZOOM)
    await today.finished(second["remixActionIds"][0])
    assert edits_of(today, project_id) == ["ENABLE_CAPTIONS", "RESIZE_PROJECT", "ADD_ZOOM"]
    assert (await today.get(f"/v1/projects/{project_id}"))["aspectRatio"] == {"width": 9, "height": 16}
    listed = (await today.get(f"/v1/projects/{project_id}/remix-actions"))["remixActions"]
    assert [edit["type"] for edit in listed] == ["ADD_ZOOM", "RESIZE_PROJECT", "ENABLE_CAPTIONS"]
    assert {edit["remixActionId"] for edit in listed} == {*first["remixActionIds"], *second["remixActionIds"]}


async def test_a_failed_edit_fails_the_later_ones_of_its_request_only(today: Driver) -> None:
    project_id = await today.project()
    first = await edited(today, project_id, {"type": "GENERATE_MUSIC", "prompt": "refuse"}, ZOOM)
    second = await edited(today, project_id, CAPTIONS)
    await today.finished(second["remixActionIds"][0])
    states = [today.stored(edit) for edit in first["remixActionIds"] + second["remixActionIds"]]
    assert [state.status for state in states] == ["failed", "failed", "succeeded"]
    assert states[1].error == {
        "code": "previous_action_failed",
        "message": "Not begun, because GENERATE_MUSIC failed.",
    }
    assert edits_of(today, project_id) == ["ENABLE_CAPTIONS"]


async def test_a_copy_is_edited_and_the_original_stays_as_it_is(today: Driver) -> None:
    project_id = await today.project()
    copied = await edited(today, project_id, ZOOM, as_copy=True)
    await today.finished(copied["remixActionIds"][0])
    assert copied["projectId"] != project_id
    assert (edits_of(today, project_id), edits_of(today, copied["projectId"])) == ([], ["ADD_ZOOM"])
    assert (await today.get(f"/v1/projects/{copied['projectId']}"))["title"] == "A tiny film (copy)"
    assert [path.name for path in today.sandbox.projects.assets(copied["projectId"]).iterdir()] == ["speech-1.wav"]


async def test_files_and_voices_in_edits_are_looked_up(today: Driver) -> None:
    project_id = await today.project()
    sound = (await today.upload(content("AUDIO"), "calm.wav"))["fileId"]
    actors = (await today.get("/v1/entities"))["entities"]
    actions = [
        {"type": "SET_BACKGROUND_MUSIC", "fileId": sound, "volume": 0.4},
        {"type": "SET_LOGO", "fileId": None},
        {"type": "CHANGE_NARRATOR", "voiceId": "miles", "actorEntityId": actors[0]["entityId"]},
    ]
    started = await edited(today, project_id, *actions)
    await today.finished(started["remixActionIds"][-1])
    bodies = [today.stored(edit).body for edit in started["remixActionIds"]]
    assert bodies[0] == {"action": {"type": "SET_BACKGROUND_MUSIC", "volume": 0.4}, "inputs": {"fileId": [sound]}}
    assert bodies[1] == {"action": {"type": "SET_LOGO", "fileId": None}, "inputs": {}}
    narrator = bodies[2]["action"]
    assert (narrator["voice"], narrator["presenter"]) == ("miles", "amara")


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([CAPTIONS, {"type": "DISABLE_CAPTIONS"}], "both set captions"),
        ([{"type": "TRANSLATE_PROJECT", "languageCode": "de"}], "Nothing was translated"),
        ([{"type": "SET_BACKGROUND_MUSIC", "fileId": "calm.mp3"}], '"remixActions[0].fileId" names the file'),
        ([{"type": "RESIZE_PROJECT", "aspectRatio": {"width": 50, "height": 1}}], "remixActions[0].aspectRatio"),
        ([{"type": "GENERATE_MUSIC", "prompt": "[[stall]]"}], "says nothing but how to fail"),
    ],
)
async def test_edits_that_cannot_be_done_are_refused(today: Driver, actions: list[Any], words: str) -> None:
    project_id = await today.project()
    said = await today.refused("POST", f"/v1/projects/{project_id}/remix", {"remixActions": actions})
    assert words in said
    assert today.sandbox.executions.listed(kind="remix") == []


async def test_an_export_renders_the_project_as_it_stands(today: Driver) -> None:
    project_id = await today.project()
    await today.finished((await edited(today, project_id, ZOOM))["remixActionIds"][0])
    body = {"quality": "ULTRA_HIGH", "watermarkMode": "VIDEO_GEN", "endScreenMode": "NONE"}
    export_id = (await today.post(f"/v1/projects/{project_id}/export", body, status=202))["exportId"]
    await today.finished(export_id)
    export = await today.get(f"/v1/projects/{project_id}/exports/{export_id}")
    assert (export["status"], export["exportFileId"]) == ("succeeded", export["file"]["fileId"])
    told = (await today.fetch(export["downloadUrl"])).json()["body"]
    assert (told["quality"], told["watermark"], told["endScreen"]) == ("ULTRA_HIGH", True, False)
    assert told["document"]["edits"] == ["ADD_ZOOM"]
    files = [file["fileId"] for file in (await today.get("/v1/files"))["files"]]
    exports = [file["fileId"] for file in (await today.get("/v1/files", includeExportFiles=True))["files"]]
    assert (files, exports) == ([], [export["exportFileId"]])


async def test_an_export_without_a_body_has_defaults(today: Driver) -> None:
    project_id = await today.project()
    export_id = (await today.post(f"/v1/projects/{project_id}/export", status=202))["exportId"]
    body = (await today.finished(export_id)).body
    assert body == {"quality": "HIGH", "watermark": False, "endScreen": False, "temporary": False}


async def test_an_export_while_the_project_is_edited_or_built_is_refused(today: Driver) -> None:
    project_id = await today.project()
    started = await edited(today, project_id, HANG)
    await today.until(lambda: today.stored(started["remixActionIds"][0]).progress > 0)
    for path in ("export", "timeline-interchange"):
        answer = await today.send("POST", f"/v1/projects/{project_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "project_busy")
    copy = await today.send(
        "POST", f"/v1/projects/{project_id}/remix", {"remixActions": [ZOOM], "saveAsNewProject": True}
    )
    assert (copy.status_code, copy.json()["code"]) == (409, "project_busy")
    building = await today.run("A pear [[delay 1h]]")
    answer = await today.send("POST", f"/v1/projects/{building['projectId']}/remix", {"remixActions": [ZOOM]})
    assert (answer.status_code, answer.json()["code"]) == (409, "project_busy")


async def test_a_timeline_document_can_be_downloaded(today: Driver) -> None:
    project_id = await today.project()
    body = {"format": "OTIO", "mediaDelivery": "REMOTE_URLS"}
    job_id = (await today.post(f"/v1/projects/{project_id}/timeline-interchange", body, status=202))["interchangeJobId"]
    assert job_id.startswith("vg_inte_")
    await today.finished(job_id)
    job = await today.get(f"/v1/timeline-interchange/{job_id}")
    assert (job["status"], job["format"], job["interchangeFileId"]) == ("succeeded", "OTIO", job["file"]["fileId"])
    written = (await today.fetch(job["downloadUrl"])).json()
    assert written["format"] == "OTIO"
    assert (await today.fetch(written["urls"]["speech-1.wav"])).content == content("AUDIO")


async def test_links_to_assets_lead_nowhere_else(today: Driver) -> None:
    project_id = await today.project()
    url = today.sandbox.asset_url(project_id, "speech-1.wav")
    assert (await today.fetch(url)).status_code == 200
    assert (await today.fetch(url.replace("speech-1.wav", "..%2f..%2f..%2fsandbox.db"))).status_code == 404
    assert (await today.fetch(url.replace("speech-1.wav", "speech-2.wav"))).status_code == 404
    other = await today.project()
    assert (await today.fetch(url.replace(project_id, other))).status_code == 403


async def test_exports_belong_to_their_project(today: Driver) -> None:
    first, second = await today.project(), await today.project()
    export_id = (await today.post(f"/v1/projects/{first}/export", status=202))["exportId"]
    await today.finished(export_id)
    assert "in this project" in await today.refused("GET", f"/v1/projects/{second}/exports/{export_id}", status=404)
    assert [one["exportId"] for one in (await today.get(f"/v1/projects/{first}/exports"))["exports"]] == [export_id]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/projects/vg_proj_x"),
        ("POST", "/v1/projects/vg_proj_x/export"),
        ("GET", "/v1/projects/vg_proj_x/exports"),
        ("GET", "/v1/projects/vg_proj_x/remix-actions"),
        ("GET", "/v1/timeline-interchange/vg_inte_x"),
    ],
)
async def test_what_does_not_exist_is_not_found(today: Driver, method: str, path: str) -> None:
    assert "not found" in await today.refused(method, path, status=404)


async def test_an_export_cannot_be_delivered_elsewhere(today: Driver) -> None:
    project_id = await today.project()
    place = {"integrationConnectionId": "x", "type": "SLACK_CHANNEL", "slackChannelId": "c"}
    said = await today.refused("POST", f"/v1/projects/{project_id}/export", {"deliveryDestinations": [place]})
    assert "deliveryDestinations" in said


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/v1/workflows/script-to-video", 500),
        ("GET", "/v1/workflows/runs/x", 5_000),
        ("POST", "/v1/workflows/runs/x/cancel", 250),
        ("GET", "/v1/projects", 2_500),
        ("GET", "/v1/projects/x", 2_500),
        ("POST", "/v1/projects/x/export", 500),
        ("GET", "/v1/projects/x/exports/y", 5_000),
        ("POST", "/v1/projects/x/remix", 500),
        ("GET", "/v1/projects/x/remix-actions", 5_000),
    ],
)
async def test_requests_about_videos_have_the_documented_limits(
    today: Driver, method: str, path: str, limit: int
) -> None:
    answer = await today.send(method, path)
    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == (
        str(limit),
        str(limit - 1),
    )


async def test_exports_and_edits_come_in_pages_of_their_project(today: Driver) -> None:
    project_id, other = await today.project(), await today.project()
    exports = [(await today.post(f"/v1/projects/{one}/export", status=202))["exportId"] for one in (project_id, other)]
    exports += [(await today.post(f"/v1/projects/{project_id}/export", status=202))["exportId"] for _ in range(2)]
    first = await today.get(f"/v1/projects/{project_id}/exports", limit=2)
    rest = await today.get(f"/v1/projects/{project_id}/exports", limit=2, cursor=first["nextCursor"])
    shown = [export["exportId"] for export in first["exports"] + rest["exports"]]
    assert (shown, rest["hasMore"]) == ([exports[3], exports[2], exports[0]], False)
    said = await today.refused("GET", f"/v1/projects/{project_id}/remix-actions?cursor={first['nextCursor']}")
    assert "cursor" in said
