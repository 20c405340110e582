"""The official SDK of the seed era (videogen 0.0.38), unchanged, against `videogen-mcp sandbox --dialect v0`."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import SOON, Receiver, Running
from tests.e2e.node import OUTSIDE
from tests.generated import in_ci
from videogen_sandbox.engines.media.probe import Media, probe

ROOT = Path(__file__).parents[2]
VERSION = "0.0.38"
SDK = ROOT / ".cache" / f"videogen-{VERSION}"
SESSION = Path(__file__).with_name("seed_session.py")

FAST = 100
"""Milliseconds between two polls."""

by_slow_engines = in_ci("the other tests have this era's answers; tests/sandbox/engines has what these make")


@pytest.fixture(scope="session")
def sdk_path() -> Path:
    """Where the old SDK is; `make test` brings it, else it is fetched from PyPI now."""
    if not (SDK / "videogen").is_dir():
        pip = [sys.executable, "-m", "pip"] if importlib.util.find_spec("pip") else ["uv", "pip"]
        command = [*pip, "install", "--quiet", "--no-deps", "--target", str(SDK), f"videogen=={VERSION}"]
        subprocess.run(command, env=OUTSIDE, check=True, timeout=300)
    return SDK


@dataclass
class Session:
    """A process with the old SDK in it; another one when the SDK raised in the last one."""

    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None

    def ask(self, call: str, **arguments: Any) -> dict[str, Any]:
        """{"result": …}, or {"status": …, "body": …} of an error answer."""
        if self.process is None:
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(self.command, env=self.environment, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"call": call, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.close()
            pytest.fail("the SDK raised; its traceback is on stderr")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.communicate(timeout=SOON)
            self.process = None

    def __call__(self, call: str, **arguments: Any) -> Any:
        answer = self.ask(call, **arguments)
        assert "result" in answer, answer
        return answer["result"]

    def make(self, tool: str, **arguments: Any) -> Any:
        """Start a tool and poll it to its end, as the SDK's documentation does."""
        started = self(f"tools.{tool}", **arguments)
        wait = {"poll_interval_ms": FAST, "timeout_ms": 120_000}
        return self("poll_executed_tool", tool_execution_id=started["toolExecutionId"], **wait)


@pytest.fixture(scope="module")
def sdk(sandbox_seed: Running, sdk_path: Path) -> Iterator[Session]:
    command = [sys.executable, str(SESSION), sandbox_seed.base_url, sandbox_seed.api_key]
    session = Session(command, {**os.environ, "PYTHONPATH": str(sdk_path)})
    yield session
    session.close()


@pytest.fixture(scope="module")
def picture_id(sdk: Session, picture: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("in") / "disc.png"
    path.write_bytes(picture)
    return str(sdk("upload_file", path=str(path), display_name="disc.png", poll_interval_ms=FAST)["fileId"])


@pytest.fixture(scope="module")
def clip_id(sdk: Session, clip: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("in") / "box.mp4"
    path.write_bytes(clip)
    return str(sdk("upload_file", path=str(path), display_name="box.mp4", poll_interval_ms=FAST)["fileId"])


@pytest.fixture(scope="module")
def speech(sdk: Session) -> Any:
    return sdk.make("text_to_speech", tts_text="Good morning.")


@pytest.fixture
def media_of(sdk: Session, tmp_path: Path) -> Callable[[Any], Media]:
    """Download the only result of an execution with the SDK and see what it really is."""

    def media_of(execution: Any) -> Media:
        [result] = execution["results"]
        sdk("download_file", file_id=result["fileId"], path=str(tmp_path / "result"))
        return probe(tmp_path / "result")

    return media_of


MediaOf = Callable[[Any], Media]


def check_succeeded(execution: Any, tool_type: str) -> None:
    assert execution["status"] == "succeeded", execution
    assert execution["toolType"] == tool_type
    assert execution["toolExecutionId"].startswith("vg_exec_")


def test_the_session_uses_the_old_sdk(sdk_path: Path) -> None:
    program = "from importlib.metadata import version; import videogen; print(version('videogen'), videogen.__file__)"
    command = [sys.executable, "-c", program]
    environment = os.environ | {"PYTHONPATH": str(sdk_path)}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=SOON).stdout
    assert said.split() == [VERSION, str(sdk_path / "videogen" / "__init__.py")]


def test_generate_image(sdk: Session, media_of: MediaOf) -> None:
    ratio = {"width": 9, "height": 16}
    made = sdk.make("generate_image", prompt="a red boat on a lake", aspect_ratio=ratio)
    check_succeeded(made, "GENERATE_IMAGE")
    media = media_of(made)
    assert media.kind == "IMAGE"
    assert media.width is not None
    assert media.height is not None
    assert media.width / media.height == pytest.approx(9 / 16, abs=0.02)


@by_slow_engines
def test_generate_video_clip(sdk: Session, media_of: MediaOf, clip_id: str) -> None:
    made = sdk.make("generate_video_clip", prompt="make it warmer", video_file_id=clip_id)
    check_succeeded(made, "GENERATE_VIDEO_CLIP")
    assert media_of(made).kind == "VIDEO"


@by_slow_engines
def test_text_to_speech(speech: Any, media_of: MediaOf) -> None:
    check_succeeded(speech, "TEXT_TO_SPEECH")
    assert media_of(speech).kind == "AUDIO"


def test_generate_sound_effect(sdk: Session, media_of: MediaOf) -> None:
    made = sdk.make("generate_sound_effect", prompt="a door bell", duration_seconds=1)
    check_succeeded(made, "GENERATE_SOUND_EFFECT")
    assert media_of(made).duration == pytest.approx(1, abs=0.1)


@by_slow_engines
def test_generate_avatar(sdk: Session, media_of: MediaOf, speech: Any) -> None:
    presenters = sdk("resources.list_avatar_presenters")["avatarPresenters"]
    made = sdk.make(
        "generate_avatar",
        avatar_presenter_id=presenters[0]["avatarPresenterId"],
        audio_storage_file_id=speech["results"][0]["fileId"],
    )
    check_succeeded(made, "GENERATE_AVATAR")
    assert media_of(made).has_audio


def test_vectorize_image(sdk: Session, media_of: MediaOf, picture_id: str) -> None:
    made = sdk.make("vectorize_image", image_storage_file_id=picture_id)
    check_succeeded(made, "VECTORIZE_IMAGE")
    assert media_of(made).mime == "image/svg+xml"


@by_slow_engines
def test_remove_image_background(sdk: Session, media_of: MediaOf, picture_id: str) -> None:
    made = sdk.make("remove_image_background", image_storage_file_id=picture_id)
    check_succeeded(made, "REMOVE_IMAGE_BACKGROUND")
    assert media_of(made).has_alpha


@by_slow_engines
def test_remove_video_background(sdk: Session, media_of: MediaOf, clip_id: str) -> None:
    made = sdk.make("remove_video_background", video_storage_file_id=clip_id)
    check_succeeded(made, "REMOVE_VIDEO_BACKGROUND")
    assert media_of(made).has_alpha


@by_slow_engines
def test_upscale_image(sdk: Session, media_of: MediaOf, picture_id: str) -> None:
    made = sdk.make("upscale_image", image_storage_file_id=picture_id)
    check_succeeded(made, "UPSCALE_IMAGE")
    media = media_of(made)
    assert media.width is not None
    assert media.width >= 320


@by_slow_engines
def test_upscale_video(sdk: Session, media_of: MediaOf, clip_id: str) -> None:
    made = sdk.make("upscale_video", video_storage_file_id=clip_id)
    check_succeeded(made, "UPSCALE_VIDEO")
    media = media_of(made)
    assert media.width is not None
    assert media.width >= 256


def test_upload_then_download_gives_the_same_bytes(
    sdk: Session, picture_id: str, picture: bytes, tmp_path: Path
) -> None:
    sdk("download_file", file_id=picture_id, path=str(tmp_path / "disc.png"))
    assert (tmp_path / "disc.png").read_bytes() == picture


def test_a_public_preview_of_a_video_streams_at_once(sdk: Session, clip_id: str) -> None:
    shared = sdk("files.enable_public_preview", file_id=clip_id)
    assert shared["isPublicPreviewEnabled"] is True
    assert shared["publicHlsUrl"].endswith(".m3u8")
    assert shared["publicPlaybackId"].startswith("vg_play_")
    assert sdk("files.disable_public_preview", file_id=clip_id)["isPublicPreviewEnabled"] is False


def test_a_delivered_webhook_passes_the_signature_check(sdk: Session, receiver: Receiver) -> None:
    endpoint = sdk("webhooks.create_webhook_endpoint", url=receiver.url, events=["tool_execution.succeeded"])
    made = sdk.make("generate_sound_effect", prompt="a click", duration_seconds=1)
    heard = receiver.next()
    sdk("webhooks.delete_webhook_endpoint", endpoint_id=endpoint["endpointId"])
    event = sdk(
        "verify_webhook_signature",
        raw_body=heard.body.decode(),
        headers=heard.headers,
        signing_secret=endpoint["signingSecret"],
    )
    assert (event["event"], event["toolExecutionId"]) == ("tool_execution.succeeded", made["toolExecutionId"])


def test_lists_come_whole(sdk: Session, picture_id: str) -> None:
    assert picture_id in [file["fileId"] for file in sdk("files.get_files")["files"]]
    assert sdk("resources.list_tts_voices")["ttsVoices"]


def test_errors_have_their_status_and_message(sdk: Session) -> None:
    answer = sdk.ask("files.get_file", file_id="vg_file_0000000000000000000000")
    assert answer["status"] == 404
    assert "message" in answer["body"]
