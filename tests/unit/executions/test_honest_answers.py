"""Answers tell what nobody asked for and what can disappoint: defaults, sound, missing results, and what is paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.world import World
from tests.unit.executions.stories import HOST, pear, play, service
from videogen_mcp.api.models import Presenter, Voice
from videogen_mcp.calls.replies import Reply
from videogen_mcp.executions.wording import settings_text

HEART = Voice.model_validate({"voiceId": "v", "displayName": "Heart", "accent": "American", "languageCode": "en-US"})
AMARA = Presenter.model_validate({"entityId": "e", "name": "Amara"})


async def wait(here: World, started: Reply) -> Reply:
    return await here.call("wait_for_execution", HOST, execution_id=started.structured["execution_id"])


def test_what_was_left_out_is_named_with_the_result_also_by_another_process(tmp_path: Path) -> None:
    upstream = service(20.0)

    async def start(here: World) -> Reply:
        return await here.call("generate_video_clip", HOST, prompt="waves", quality="high", wait_seconds=0)

    started: Reply = play(upstream, start, tmp_path / "journal.db")
    ended: Reply = play(upstream, lambda here: wait(here, started), tmp_path / "journal.db")
    assert "note" not in started.structured
    assert ended.structured["note"].startswith("16:9 by default; sound not asked for. ")
    assert "\n16:9 by default; sound not asked for.\n" in ended.text


@pytest.mark.parametrize("fault", ["502_after", "reset_after", "cut"])
def test_what_was_left_out_is_named_also_where_the_answer_to_the_submit_was_lost(fault: str) -> None:
    async def story(here: World) -> Reply:
        return await here.call("generate_video_clip", HOST, prompt="waves", quality="high")

    upstream = service(20.0)
    upstream.choose_fault = lambda request: fault if request.method == "POST" else ""
    ended: Reply = play(upstream, story)
    assert ended.structured["note"].startswith("16:9 by default; sound not asked for. ")


@pytest.mark.parametrize(
    ("defaults", "speaker", "sound", "told"),
    [
        ({"aspect_ratio": "16:9", "quality": "quality auto"}, None, None, "16:9, quality auto by default"),
        ({}, None, "with sound", "with sound"),
        ({}, None, None, None),
        ({"voice": "voice auto"}, None, None, "voice auto by default"),
        ({"voice": "voice auto"}, HEART, None, "voice Heart (American, en-US) by default"),
        ({"quality": "quality auto"}, AMARA, None, "quality auto, presenter Amara by default"),
    ],
)
def test_a_voice_that_was_chosen_is_named_with_its_accent(
    defaults: dict[str, str], speaker: Voice | Presenter | None, sound: str | None, told: str | None
) -> None:
    assert settings_text(defaults, speaker, sound) == told


def test_results_that_did_not_come_are_counted() -> None:
    async def three(here: World) -> Reply:
        return await here.call("generate_image", HOST, prompt="a pear", count=3)

    reply: Reply = play(service(20.0), three)
    assert len(reply.structured["files"]) == 1
    assert reply.structured["note"].startswith("1 of 3 results. ")
    assert ": 1 of 3 results." in reply.text


def test_one_result_of_one_is_not_counted() -> None:
    reply: Reply = play(service(20.0), pear)
    assert " results" not in reply.structured["note"]
    assert " results" not in reply.text


def test_what_was_cancelled_may_have_been_billed_and_says_so_to_whoever_asks() -> None:
    async def story(here: World) -> list[Reply]:
        started = await here.call("generate_image", HOST, prompt="a pear", wait_seconds=0)
        cancelled = await here.call("cancel_execution", HOST, execution_id=started.structured["execution_id"])
        return [cancelled, await wait(here, started)]

    for reply in play(service(60.0), story):
        assert reply.structured["status"] == "cancelled"
        assert reply.structured["note"] == "What was done before may be billed."
        assert reply.text.endswith("\nWhat was done before may be billed.")


@pytest.mark.parametrize("settings", [{}, {"wait": 0.0}], ids=["waits", "polls once"])
def test_a_cancel_that_was_taken_says_so_also_where_polls_fail(settings: dict[str, Any]) -> None:
    async def story(here: World) -> Reply:
        started = await here.call("generate_image", HOST, prompt="a pear", wait_seconds=0)
        upstream.choose_fault = lambda request: "500_before" if request.method == "GET" else ""
        return await here.call("cancel_execution", HOST, execution_id=started.structured["execution_id"])

    upstream = service(60.0)
    reply: Reply = play(upstream, story, **settings)
    assert "VideoGen took the cancel" in reply.structured["note"]
    assert reply.structured["status"] != "cancelled"


def test_used_starts_of_the_hour_are_counted_where_they_are_limited_videos_apart() -> None:
    async def story(here: World) -> list[Reply]:
        return [await pear(here), await here.call("script_to_video", HOST, script="Tides rise."), await pear(here)]

    first, video, second = play(service(20.0), story, limit=5)
    assert first.structured["note"].endswith("1 of 5 starts of this hour used, 0 for videos.")
    assert "2 of 5 starts of this hour used, 1 for videos." in video.text
    assert "3 of 5 starts of this hour used, 1 for videos." in second.text


def test_no_starts_are_counted_where_nothing_limits_them() -> None:
    assert "starts" not in play(service(20.0), pear).text


def test_what_was_not_started_is_not_counted_as_a_start() -> None:
    upstream = service(20.0, choose_fault=lambda request: "refused" if request.method == "POST" else "")
    reply: Reply = play(upstream, pear, limit=5)
    assert reply.is_error
    assert upstream.jobs == {}
    assert "starts" not in reply.text
