"""Today's official SDK (videogen 2.5.3), unchanged, against `videogen-mcp sandbox`: real HTTP, real media."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from videogen import VideoGen, VideoGenError

from tests.contract.conftest import Receiver, Running
from tests.generated import in_ci
from videogen_sandbox.engines.media.probe import Media, probe

by_slow_engines = in_ci("the other tools, which answer alike; tests/sandbox/engines has what these make")

FAST = 100
"""Milliseconds between two polls: everything here takes seconds, not minutes."""

WAIT = {"poll_interval_ms": FAST, "timeout_ms": 120_000}


@pytest.fixture(scope="module")
def client(sandbox_today: Running) -> Iterator[VideoGen]:
    with VideoGen(api_key=sandbox_today.api_key, base_url=sandbox_today.base_url) as made:
        yield made


@pytest.fixture(scope="module")
def picture_id(client: VideoGen, picture: bytes) -> str:
    uploaded = client.upload_file(picture, display_name="disc.png", poll_interval_ms=FAST)
    return str(uploaded["file_id"])


@pytest.fixture(scope="module")
def clip_id(client: VideoGen, clip: bytes) -> str:
    uploaded = client.upload_file(clip, display_name="box.mp4", poll_interval_ms=FAST)
    return str(uploaded["file_id"])


@pytest.fixture(scope="module")
def speech(client: VideoGen) -> Any:
    return client.tools.text_to_speech_and_wait(tts_text="Good morning.", voice_id="Heart", **WAIT)


@pytest.fixture
def media_of(client: VideoGen, tmp_path: Path) -> Callable[[Any], Media]:
    """Download the only result of an execution and see what it really is."""

    def media_of(execution: Any) -> Media:
        [result] = execution["results"]
        path = tmp_path / "result"
        content = client.download_file(result["file_id"], output_path=path)
        assert content == httpx.get(result["download_url"], trust_env=False).content
        return probe(path)

    return media_of


MediaOf = Callable[[Any], Media]


def check_succeeded(execution: Any, tool_type: str) -> None:
    assert execution["status"] == "succeeded"
    assert execution["progress_percentage"] == 100
    assert execution["tool_type"] == tool_type
    assert execution["error"] is None


def test_generate_image(client: VideoGen, media_of: MediaOf) -> None:
    ratio = {"width": 1, "height": 1}
    made = client.tools.generate_image_and_wait(prompt="a red boat on a lake", aspect_ratio=ratio, **WAIT)
    check_succeeded(made, "GENERATE_IMAGE")
    media = media_of(made)
    assert media.kind == "IMAGE"
    assert media.width == media.height


def test_generate_video_clip(client: VideoGen, media_of: MediaOf) -> None:
    asked = {"prompt": "a boat in the rain", "aspect_ratio": {"width": 4, "height": 1}, "duration_seconds": 1}
    made = client.tools.generate_video_clip_and_wait(**asked, **WAIT)
    check_succeeded(made, "GENERATE_VIDEO_CLIP")
    media = media_of(made)
    assert media.kind == "VIDEO"
    assert media.duration == pytest.approx(1, abs=0.15)


def test_text_to_speech(speech: Any, media_of: MediaOf) -> None:
    check_succeeded(speech, "TEXT_TO_SPEECH")
    media = media_of(speech)
    assert media.kind == "AUDIO"
    assert media.duration is not None
    assert 0.4 < media.duration < 4


def test_generate_sound_effect(client: VideoGen, media_of: MediaOf) -> None:
    made = client.tools.generate_sound_effect_and_wait(prompt="a door bell", duration_seconds=1, **WAIT)
    check_succeeded(made, "GENERATE_SOUND_EFFECT")
    media = media_of(made)
    assert media.kind == "AUDIO"
    assert media.duration == pytest.approx(1, abs=0.1)


@by_slow_engines
def test_generate_avatar(client: VideoGen, media_of: MediaOf, speech: Any) -> None:
    actors = client.entities.list_entities(entity_type="ACTOR")
    made = client.tools.generate_avatar_and_wait(
        actor_entity_id=actors["entities"][0]["entity_id"], audio_file_id=speech["results"][0]["file_id"], **WAIT
    )
    check_succeeded(made, "GENERATE_AVATAR")
    media = media_of(made)
    assert media.kind == "VIDEO"
    assert media.has_audio
    assert media.duration == pytest.approx(speech["results"][0]["file"]["duration_seconds"], abs=0.3)


def test_vectorize_image(client: VideoGen, media_of: MediaOf, picture_id: str) -> None:
    made = client.tools.vectorize_image_and_wait(image_file_id=picture_id, **WAIT)
    check_succeeded(made, "VECTORIZE_IMAGE")
    assert media_of(made).mime == "image/svg+xml"


@by_slow_engines
def test_remove_image_background(client: VideoGen, media_of: MediaOf, picture_id: str) -> None:
    made = client.tools.remove_image_background_and_wait(image_file_id=picture_id, **WAIT)
    check_succeeded(made, "REMOVE_IMAGE_BACKGROUND")
    media = media_of(made)
    assert (media.width, media.height, media.has_alpha) == (160, 120, True)


@by_slow_engines
def test_remove_video_background(client: VideoGen, media_of: MediaOf, clip_id: str) -> None:
    made = client.tools.remove_video_background_and_wait(video_file_id=clip_id, **WAIT)
    check_succeeded(made, "REMOVE_VIDEO_BACKGROUND")
    media = media_of(made)
    assert (media.kind, media.has_alpha) == ("VIDEO", True)


def test_upscale_image(client: VideoGen, media_of: MediaOf, picture_id: str) -> None:
    made = client.tools.upscale_image_and_wait(image_file_id=picture_id, **WAIT)
    check_succeeded(made, "UPSCALE_IMAGE")
    media = media_of(made)
    assert media.width is not None
    assert media.width >= 320


def test_upscale_video(client: VideoGen, media_of: MediaOf, clip_id: str) -> None:
    made = client.tools.upscale_video_and_wait(video_file_id=clip_id, **WAIT)
    check_succeeded(made, "UPSCALE_VIDEO")
    media = media_of(made)
    assert media.width is not None
    assert media.width >= 256


@in_ci("test_sdk_projects makes the calls, test_finished_videos the films")
def test_a_script_becomes_a_film_that_plays(client: VideoGen, tmp_path: Path) -> None:
    """The rest of what the SDK does with videos is tried with engines that take no time (test_sdk_projects)."""
    run = client.workflows.script_to_video_and_wait(
        script="The tide rises.",
        visual_style={"type": "AI_IMAGE", "aiStyle": "flat illustration"},
        aspect_ratio={"width": 1, "height": 1},
        remix_actions=[{"type": "ENABLE_CAPTIONS"}],
        auto_export=True,
        export_options={"quality": "STANDARD"},
        **WAIT,
    )
    assert (run["status"], run["progress_percentage"]) == ("succeeded", 100)
    client.download_file(run["export_file_id"], output_path=tmp_path / "film.mp4")
    media = probe(tmp_path / "film.mp4")
    assert (media.kind, media.has_audio, media.height) == ("VIDEO", True, 480)
    assert media.duration is not None
    assert 1 < media.duration < 5


def test_upload_then_download_gives_the_same_bytes(client: VideoGen, picture: bytes, tmp_path: Path) -> None:
    uploaded = client.upload_file(picture, display_name="disc.png", temporary=True, poll_interval_ms=FAST)
    assert (uploaded["type"], uploaded["scope"], uploaded["display_name"]) == ("IMAGE", "TEMPORARY", "disc.png")
    assert client.download_file(uploaded["file_id"], output_path=tmp_path / "disc.png") == picture
    assert (tmp_path / "disc.png").read_bytes() == picture


def test_an_upload_that_is_no_media_fails(client: VideoGen) -> None:
    with pytest.raises(RuntimeError, match="processing failed"):
        client.upload_file(b"not a picture", display_name="x.png", poll_interval_ms=FAST)


def test_a_public_preview_needs_no_signature(client: VideoGen, clip_id: str) -> None:
    shared = client.create_public_preview(clip_id, poll_interval_ms=FAST, wait_for_embed_playback_id=True)
    source = shared["static_public_preview_source"]
    assert source["expires_at"] is None
    assert shared["public_playback_id"].startswith("vg_play_")
    assert httpx.get(source["url"], trust_env=False).status_code == 200
    client.files.disable_public_preview(clip_id)
    assert httpx.get(source["url"], trust_env=False).status_code == 404


def test_a_delivered_webhook_passes_the_signature_check(client: VideoGen, receiver: Receiver) -> None:
    endpoint = client.webhooks.create_webhook_endpoint(
        url=receiver.url, events=["tool_execution.succeeded", "tool_execution.failed"]
    )
    receiver.failures = 1
    made = client.tools.generate_sound_effect_and_wait(prompt="a click", duration_seconds=1, **WAIT)
    first, second = receiver.next(), receiver.next()
    client.webhooks.delete_webhook_endpoint(endpoint["endpoint_id"])
    event = client.verify_webhook_signature(second.body, second.headers, endpoint["signing_secret"])
    assert event["event"] == "tool_execution.succeeded"
    assert event["tool_execution_id"] == made["tool_execution_id"]
    assert event["results"][0]["file"]["download_source"]["status"] == "ready"
    assert {heard.headers["webhook-id"] for heard in (first, second)} == {first.headers["webhook-id"]}
    with pytest.raises(VideoGenError):
        client.verify_webhook_signature(second.body + b" ", second.headers, endpoint["signing_secret"])


def test_an_upload_tells_its_webhooks(client: VideoGen, receiver: Receiver, picture: bytes) -> None:
    events = ["file.upload.completed", "file.download_ready"]
    endpoint = client.webhooks.create_webhook_endpoint(url=receiver.url, events=events)
    uploaded = client.upload_file(picture, display_name="disc.png", poll_interval_ms=FAST)
    heard = [json.loads(receiver.next().body) for _ in events]
    client.webhooks.delete_webhook_endpoint(endpoint["endpoint_id"])
    assert sorted(said["event"] for said in heard) == sorted(events)
    assert {said["fileId"] for said in heard} == {uploaded["file_id"]}


def test_a_failed_execution_raises_with_its_reason(client: VideoGen) -> None:
    with pytest.raises(VideoGenError) as failure:
        client.tools.generate_image_and_wait(prompt="a boat [[fail insufficient_credits]]", **WAIT)
    assert failure.value.body["error"]["code"] == "insufficient_credits"


def test_an_execution_that_needs_approval_is_handed_back(client: VideoGen) -> None:
    waiting = client.tools.generate_image_and_wait(prompt="a boat [[approval]]", **WAIT)
    assert waiting["status"] == "awaiting_approval"
    client.tools.cancel_tool_execution(waiting["tool_execution_id"])


def test_a_running_execution_can_be_cancelled(client: VideoGen) -> None:
    started = client.tools.generate_image(prompt="a boat [[stall]]")
    client.tools.cancel_tool_execution(started["tool_execution_id"])
    ended = client.poll_executed_tool(started["tool_execution_id"], throw_on_failure=False, **WAIT)
    assert ended["status"] == "cancelled"


def test_a_wrong_key_is_an_error_with_its_status(sandbox_today: Running) -> None:
    with VideoGen(api_key="wrong", base_url=sandbox_today.base_url) as stranger, pytest.raises(VideoGenError) as error:
        stranger.account.get_me()
    assert error.value.status == 401


def test_lists_come_in_pages(client: VideoGen) -> None:
    for prompt in ("a bell", "a gong"):
        started = client.tools.generate_sound_effect(prompt=prompt, duration_seconds=1)
        client.poll_executed_tool(started["tool_execution_id"], **WAIT)
    first = client.tools.list_tool_executions(limit=1)
    assert (len(first["tool_executions"]), first["has_more"]) == (1, True)
    second = client.tools.list_tool_executions(limit=1, cursor=first["next_cursor"])
    assert second["tool_executions"][0]["tool_execution_id"] != first["tool_executions"][0]["tool_execution_id"]
