from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox import tiny
from tests.sandbox.driving import START, STYLE, Driver
from tests.sandbox.engines.decks import LOCKED, write_pdf
from tests.sandbox.tiny import content

pytestmark = pytest.mark.anyio

SOURCES = ("thumbnailSource", "previewSource", "downloadSource", "hlsSource")


def pptx() -> bytes:
    """What a PowerPoint file is known by."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("ppt/presentation.xml", "<p/>")
    return file.getvalue()


def statuses(file: dict[str, Any]) -> list[str]:
    return [file[name]["status"] for name in SOURCES]


async def test_an_upload_is_pending_until_it_is_looked_at_and_hydrated(today: Driver) -> None:
    made = await today.post("/v1/files/upload", {"displayName": "pear.png"})
    before = await today.get(f"/v1/files/{made['fileId']}")
    assert (before["type"], statuses(before)) == (None, ["pending"] * 4)
    assert before["fileAnalysisMetadata"]["analysisLoadingState"] == "UNATTEMPTED"
    assert (await today.put(made["uploadUrl"], content("IMAGE"))).status_code == 200
    await today.until(lambda: today.file(made["fileId"]).state == "ready")
    plain = await today.get(f"/v1/files/{made['fileId']}")
    assert (plain["type"], statuses(plain)) == ("IMAGE", ["pending", "pending", "pending", "skipped"])
    assert plain["downloadUrl"] is None
    hydrated = await today.post(f"/v1/files/{made['fileId']}/hydrate")
    assert statuses(hydrated) == ["ready", "ready", "ready", "skipped"]
    assert hydrated["description"] == "Picture, 160x90"
    assert (await today.fetch(hydrated["downloadUrl"])).content == content("IMAGE")


async def test_a_hydrated_file_keeps_its_urls_until_they_expire(today: Driver) -> None:
    file = await today.made()
    fresh = await today.get(f"/v1/files/{file}")
    assert fresh["downloadUrlExpiresAt"] == START + 7 * 86400
    today.clock.turn(7 * 86400)
    assert statuses(await today.get(f"/v1/files/{file}")) == ["pending", "pending", "pending", "skipped"]
    assert (await today.post(f"/v1/files/{file}/hydrate"))["downloadUrlExpiresAt"] == START + 14 * 86400


async def test_links_of_the_seed_era_live_for_an_hour(seed: Driver) -> None:
    file = await seed.get(f"/v1/files/{await seed.made()}")
    assert file["downloadSource"]["expiresAt"] == START + 3600
    assert not {"downloadUrl", "staticPublicPreviewSource", "transcriptText"} & set(file)


async def test_looking_at_an_execution_signs_urls_anew_that_expire_within_an_hour(today: Driver) -> None:
    execution = await today.make("generate-image", prompt="a pear")
    today.clock.turn(7 * 86400 - 3601)
    same = await today.execution(execution["toolExecutionId"])
    assert same["results"][0]["downloadUrl"] == execution["results"][0]["downloadUrl"]
    today.clock.turn(2)
    listed = (await today.get("/v1/tools/executions"))["toolExecutions"][0]
    assert listed["results"][0]["downloadUrl"] == execution["results"][0]["downloadUrl"]
    signed = await today.execution(execution["toolExecutionId"])
    assert signed["results"][0]["downloadUrlExpiresAt"] > execution["results"][0]["downloadUrlExpiresAt"]


async def test_a_broken_upload_says_so(today: Driver) -> None:
    file = await today.upload(b"nonsense")
    assert statuses(file) == ["skipped", "skipped", "failed", "skipped"]
    assert file["uploadError"]["code"] == "unreadable_media"
    assert file["fileAnalysisMetadata"]["analysisLoadingState"] == "REJECTED"
    assert "upload failed" in await today.refused("POST", "/v1/tools/upscale-image", {"imageFileId": file["fileId"]})


async def test_an_empty_upload_fails(today: Driver) -> None:
    assert (await today.upload(b""))["uploadError"]["message"] == "The file is empty."


async def test_an_upload_that_kills_the_worker_fails_and_the_next_one_works(today: Driver) -> None:
    assert (await today.upload(b"crash"))["uploadError"]["code"] == "internal_error"
    assert (await today.upload(content("IMAGE")))["type"] == "IMAGE"


async def test_types_that_nothing_here_reads_are_kept_as_they_are(today: Driver) -> None:
    file = await today.upload(b"%PDF-1.7", "paper.pdf", type="PDF")
    assert (file["type"], statuses(file)) == ("PDF", ["skipped", "skipped", "ready", "skipped"])
    answer = await today.fetch(file["downloadUrl"])
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_what_a_file_is_its_bytes_tell(today: Driver) -> None:
    assert (await today.upload(content("AUDIO"), "pear.png", type="IMAGE"))["type"] == "AUDIO"


async def test_a_ready_made_transcript_is_kept(today: Driver) -> None:
    words = [
        {"startSeconds": 0, "endSeconds": 0.5, "word": "Hello"},
        {"startSeconds": 0.5, "endSeconds": 1, "word": "there"},
    ]
    file = await today.upload(content("AUDIO"), "hello.wav", transcript={"languageCode": "en", "words": words})
    assert file["transcriptText"] == "Hello there"
    assert file["transcript"] == {"languageCode": "en", "words": words}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, '"displayName" is required'),
        ({"displayName": 5}, '"displayName" must be text'),
        ({"displayName": "x" * 501}, "at most 500"),
        ({"displayName": "x", "type": "SPREADSHEET"}, '"type" must be one of IMAGE'),
        ({"displayName": "x", "isTemporary": 1}, '"isTemporary"'),
        ({"displayName": "x", "transcript": {"words": []}}, '"transcript.words" must have at least 1 entry.'),
        (
            {"displayName": "x", "transcript": {"words": [{"startSeconds": 2, "endSeconds": 1, "word": "a"}]}},
            "each ending after it starts",
        ),
    ],
)
async def test_a_wrong_upload_request_is_refused(refusing: Driver, body: dict[str, Any], words: str) -> None:
    assert words in await refusing.refused("POST", "/v1/files/upload", body)


async def test_the_seed_era_knows_three_types(seed: Driver) -> None:
    assert "IMAGE, VIDEO, AUDIO" in await seed.refused("POST", "/v1/files/upload", {"displayName": "x", "type": "PDF"})


async def test_files_are_listed_newest_first(today: Driver, seed: Driver) -> None:
    files = [await today.made() for _ in range(3)]
    await today.post("/v1/files/upload", {"displayName": "never came"})
    page = await today.get("/v1/files", limit=2)
    assert [file["fileId"] for file in page["files"]] == files[:0:-1]
    assert page["hasMore"]
    assert set(await seed.get("/v1/files")) == {"files"}


async def test_an_archived_file_leaves_the_lists_and_its_links_stop(today: Driver) -> None:
    file = await today.made(prompt="a very rare pear")
    url = (await today.get(f"/v1/files/{file}"))["downloadUrl"]
    archived = await today.post(f"/v1/files/{file}/archive")
    assert [archived[name] for name in SOURCES] == [None] * 4
    assert (await today.get("/v1/files"))["files"] == []
    assert (await today.post("/v1/files/search", {"query": "rare pear"}))["results"] == []
    assert (await today.fetch(url)).status_code == 404
    assert "archived" in await today.refused("POST", f"/v1/files/{file}/hydrate", status=409)
    assert (await today.post(f"/v1/files/{file}/archive"))["fileId"] == file


async def test_today_any_file_can_be_public_for_ever(today: Driver) -> None:
    file = await today.made()
    shown = await today.post(f"/v1/files/{file}/enable-public-preview")
    source = shown["staticPublicPreviewSource"]
    assert (shown["isPublicPreviewEnabled"], source["expiresAt"], shown["publicHlsUrl"]) == (True, None, None)
    today.clock.turn(30 * 86400)
    assert (await today.fetch(source["url"])).status_code == 200
    hidden = await today.post(f"/v1/files/{file}/disable-public-preview")
    assert (hidden["isPublicPreviewEnabled"], hidden["staticPublicPreviewSource"]) == (False, None)
    assert (await today.fetch(source["url"])).status_code == 404


async def test_a_public_film_can_be_streamed(today: Driver) -> None:
    file = await today.made("generate-video-clip")
    shown = await today.post(f"/v1/files/{file}/enable-public-preview")
    assert shown["publicPlaybackId"].startswith("vg_play_")
    assert (await today.fetch(shown["publicHlsUrl"])).text.startswith("#EXTM3U")
    segment = shown["publicHlsUrl"].replace("master.m3u8", "segment.ts")
    assert (await today.fetch(segment)).content == b"segment"


async def test_the_seed_era_makes_films_public_at_once_and_pictures_never(seed: Driver) -> None:
    shown = await seed.post(f"/v1/files/{await seed.made('generate-video-clip')}/enable-public-preview")
    assert shown["isPublicPreviewEnabled"]
    assert shown["publicHlsUrl"]
    assert shown["publicPlaybackId"]
    said = await seed.refused("POST", f"/v1/files/{await seed.made()}/enable-public-preview")
    assert "video and audio files only" in said


async def test_a_file_that_is_not_ready_cannot_be_public(today: Driver) -> None:
    empty = (await today.post("/v1/files/upload", {"displayName": "pear"}))["fileId"]
    assert "not ready" in await today.refused("POST", f"/v1/files/{empty}/enable-public-preview", status=409)


async def test_portraits_are_files_that_nobody_can_change(today: Driver) -> None:
    actor = (await today.get("/v1/entities"))["entities"][0]
    file = actor["references"][0]["fileId"]
    hydrated = await today.post(f"/v1/files/{file}/hydrate")
    assert json.loads((await today.fetch(hydrated["downloadUrl"])).content)["slug"] == "amara"
    for change in ("archive", "enable-public-preview"):
        assert "catalogue" in await today.refused("POST", f"/v1/files/{file}/{change}", status=403)
    assert (await today.get("/v1/files"))["files"] == []


@pytest.mark.parametrize("act", ["", "/hydrate", "/archive", "/enable-public-preview", "/disable-public-preview"])
async def test_unknown_files_are_not_found(today: Driver, seed: Driver, act: str) -> None:
    method = "POST" if act else "GET"
    assert "not found" in await today.refused(method, f"/v1/files/vg_file_nobody{act}", status=404)
    answer = await seed.send(method, f"/v1/files/vg_file_nobody{act}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")


async def test_search_finds_by_name_and_by_what_was_asked(today: Driver) -> None:
    await today.made(prompt="a red car in the rain")
    pear = await today.made(prompt="a green pear on a table")
    await today.made(prompt="a green bottle", isOutputTemporary=True)
    results = (await today.post("/v1/files/search", {"query": "green pears", "numResults": 5}))["results"]
    assert [hit["file"]["fileId"] for hit in results] == [pear]
    assert results[0]["similarity"] > 0.5


@pytest.mark.parametrize("body", [{}, {"query": 1}, {"query": "x", "numResults": 0}, {"query": "x", "selfOnly": 0}])
async def test_a_wrong_search_is_refused(refusing: Driver, body: dict[str, Any]) -> None:
    await refusing.refused("POST", "/v1/files/search", body)


async def test_temporary_files_go_after_a_day(today: Driver) -> None:
    file = await today.made(isOutputTemporary=True)
    today.clock.turn(86_000)
    today.sandbox.busy()
    assert not today.file(file).archived
    today.clock.turn(1_000)
    today.sandbox.busy()
    assert today.file(file).archived
    assert not today.sandbox.files.folder(file).exists()


@pytest.mark.parametrize(
    ("raw", "kind", "mime"),
    [
        (b"%PDF-1.7 pages", "PDF", "application/pdf"),
        (pptx(), "SLIDESHOW", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ],
)
async def test_documents_are_known_by_their_content(today: Driver, raw: bytes, kind: str, mime: str) -> None:
    file = await today.upload(raw, "talk.bin")
    assert (file["type"], statuses(file)) == (kind, ["skipped", "skipped", "ready", "skipped"])
    assert today.file(file["fileId"]).renditions["download"].mime == mime
    assert (await today.fetch(file["downloadSource"]["url"])).content == raw


async def test_a_document_that_is_none_is_refused(today: Driver) -> None:
    file = await today.upload(b"no pages", "talk.pdf", type="PDF")
    assert today.file(file["fileId"]).error == {"code": "unreadable_media", "message": "This is not a PDF file."}


async def test_a_pdf_that_asks_for_a_password_is_refused_before_anything_is_made_of_it(
    today: Driver, tmp_path: Path
) -> None:
    locked = write_pdf(tmp_path / "locked.pdf", ["a"], trailer=LOCKED)
    file = await today.upload(locked.read_bytes(), "talk.pdf")
    assert (today.file(file["fileId"]).error or {})["code"] == "encrypted_file"


async def test_the_timed_words_of_an_upload_are_kept_and_given_to_the_video(today: Driver) -> None:
    words = [
        {"startSeconds": 0.1, "endSeconds": 0.4, "word": "Good"},
        {"startSeconds": 0.5, "endSeconds": 1.0, "word": "morning."},
    ]
    file = await today.upload(tiny.content("AUDIO"), "voice.wav", transcript={"words": words})
    assert file["transcript"] == {"languageCode": None, "words": words}
    assert file["transcriptText"] == "Good morning."
    body = {"fileId": file["fileId"], "visualStyle": STYLE}
    project_id = await today.project(operation="voiceover-to-video", **body)
    project = today.sandbox.projects.get(project_id)
    assert project is not None
    assert project.document is not None
    assert project.document["body"]["transcript"] == {"words": words}


async def test_speech_that_was_made_here_has_its_timed_words_and_gives_them_on(today: Driver) -> None:
    made = await today.make("text-to-speech", ttsText="Good morning.", voiceId="miles")
    speech = made["results"][0]["fileId"]
    words = [
        {"startSeconds": 0.0, "endSeconds": 0.5, "word": "Good"},
        {"startSeconds": 1.0, "endSeconds": 1.5, "word": "morning."},
    ]
    assert (await today.post(f"/v1/files/{speech}/hydrate"))["transcript"] == {"languageCode": "en", "words": words}
    presenter = (await today.get("/v1/entities", entityType="ACTOR"))["entities"][0]["entityId"]
    presented = await today.make("generate-avatar", audioFileId=speech, actorEntityId=presenter)
    assert presented["results"][0]["file"]["transcript"] == {"languageCode": "en", "words": words}
    project = today.sandbox.projects.get(
        await today.project(operation="voiceover-to-video", fileId=speech, visualStyle=STYLE)
    )
    assert project is not None
    assert project.document is not None
    assert project.document["body"]["transcript"] == {"words": words}


async def test_temporary_speech_is_not_analysed(today: Driver) -> None:
    wish = {"ttsText": "Good morning.", "voiceId": "miles", "isOutputTemporary": True}
    made = await today.make("text-to-speech", **wish)
    assert made["results"][0]["file"]["transcript"] is None
