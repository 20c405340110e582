"""What answers say of results, links and the sandbox, and how many bytes that takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from videogen_mcp.calls.messages import account_step
from videogen_mcp.calls.replies import Answer, AnswerFile, Reply, combined, links_until, of_sandbox

BASE = "http://127.0.0.1:37551"
EXECUTION = "vg_tool_6u54e4VIlGLp1dHcGZrXJ3"
TOKEN = "ar6vZ8QdVD-fNaFU"
EXPIRES = "2026-12-03T20:37:43Z"
NOW = 1795725463.0
"""A week before that."""


def file(number: int = 0, **values: Any) -> AnswerFile:
    """A picture as the sandbox makes it; `values` change it."""
    file_id = f"vg_file_{number}qbILkbhEIDQeBBf5IV5kA"
    known = {
        "type": "IMAGE",
        "name": "a red pear on a table",
        "preview_url": f"{BASE}/media/{file_id}/{TOKEN}.jpg",
        "preview_expires_at": EXPIRES,
        "page_url": f"{BASE}/media/{file_id}",
        "width": 1280,
        "height": 720,
    }
    return AnswerFile.model_validate({"file_id": file_id, **known, **values})


def answer(*files: AnswerFile, **values: Any) -> Answer:
    known = {"status": "succeeded", "workflow": "generate_image", "execution_id": EXECUTION, "elapsed_seconds": 7.3}
    known["now"] = NOW
    return Answer.model_validate({**known, "files": list(files) or None, **values})


PICTURE = answer(file(), settings="16:9, quality auto by default", original="download_file")
CLIP: dict[str, Any] = {"type": "VIDEO", "name": "waves on a beach", "duration_seconds": 4.0}


def sizes(reply: Reply) -> tuple[int, int]:
    """The bytes of text and of structured content."""
    compact = json.dumps(reply.structured, separators=(",", ":"), ensure_ascii=False)
    return len(reply.text.encode()), len(compact.encode())


@pytest.mark.parametrize(
    ("typical", "most"),
    [
        (PICTURE, (350, 600)),
        (
            PICTURE.model_copy(update={"original": None, "files": [file(saved_path="/home/mo/a red pear.png")]}),
            (360, 625),
        ),
        (answer(*(file(number) for number in range(3)), requested=3, original="download_file"), (700, 1_250)),
        (answer(file(**CLIP), settings="16:9, quality auto by default; with sound"), (350, 610)),
        (answer(status="running", next_step=f'Call wait_for_execution with execution_id "{EXECUTION}"'), (200, 240)),
        (answer(status="cancelled"), (100, 140)),
    ],
    ids=["picture", "saved", "three", "clip", "running", "cancelled"],
)
def test_a_typical_answer_is_small(typical: Answer, most: tuple[int, int]) -> None:
    text, structured = sizes(of_sandbox(typical.reply()))
    assert (text <= most[0], structured <= most[1]) == (True, True), (text, structured)


def test_the_text_of_a_picture_says_what_it_is_until_when_it_can_be_seen_and_where_the_original_is() -> None:
    assert of_sandbox(PICTURE.reply()).text.splitlines() == [
        f"generate_image succeeded in 7.3 s ({EXECUTION}).",
        f'vg_file_0qbILkbhEIDQeBBf5IV5kA, image 1280x720, "a red pear on a table": '
        f"{BASE}/media/vg_file_0qbILkbhEIDQeBBf5IV5kA/{TOKEN}.jpg",
        "16:9, quality auto by default.",
        "Link until 2026-12-03; original: download_file.",
        "Sandbox placeholder, works only on this machine.",
    ]


def test_until_when_links_work_is_said_once_and_is_true_for_all_of_them() -> None:
    soon = file(1, preview_expires_at="2026-11-30T08:00:00Z")
    text = answer(file(0), soon, file(2)).reply().text
    assert text.count("until") == 1
    assert "Links until 2026-11-30." in text


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("2026-11-28T20:37:44Z", "2026-11-28"),
        ("2026-11-28T20:37:43Z", "2026-11-28T20:37Z"),
        ("2026-11-26T21:37:43Z", "2026-11-26T21:37Z"),
    ],
)
def test_the_end_of_a_link_is_told_to_the_minute_where_it_is_near(ends: str, told: str) -> None:
    assert f"Link until {told}." in answer(file(preview_expires_at=ends)).reply().text
    assert f"until {ends[:16]}Z" in (links_until([ends]) or "")


def test_the_page_of_a_file_is_said_unless_its_link_begins_with_it() -> None:
    assert "Page:" not in PICTURE.reply().text
    elsewhere = file(page_url="https://app.videogen.io/media?storageFileId=vg_file_0")
    assert "\n  Page: https://app.videogen.io/media?storageFileId=vg_file_0\n" in answer(elsewhere).reply().text

    gone = file(preview_url=None, preview_expires_at=None)
    assert f"\n  Page: {BASE}/media/{gone.file_id}" in answer(gone).reply().text


@pytest.mark.parametrize(
    ("came", "said"), [(3, ": 3 of 5 results."), (5, ": 5 of 5 results."), (0, ": 0 of 5 results.")]
)
def test_how_many_of_the_results_came_is_said(came: int, said: str) -> None:
    assert answer(*map(file, range(came)), requested=5).reply().text.splitlines()[0].endswith(said)


@pytest.mark.parametrize(
    ("structured", "is_error", "said"),
    [
        ({"status": "succeeded", "execution_id": EXECUTION}, False, "Sandbox placeholder, works only on this machine."),
        (
            {"files": [{"file_id": "vg_file_1"}]},
            False,
            "Sandbox: results are placeholders, everything works only on this",
        ),
        (
            {"file_id": "vg_file_1", "status": "ready"},
            False,
            "Sandbox: results are placeholders, everything works only",
        ),
        ({"text": "Tides rise."}, False, "Sandbox: results are placeholders, everything works only on this machine."),
        ({"files": []}, False, None),
        ({"webhooks": [{"endpoint_id": "ep_1"}]}, False, None),
        ({"status": "running"}, False, None),
        ({"status": "awaiting_approval"}, False, None),
        ({"status": "cancelled"}, False, None),
        ({"status": "failed"}, True, None),
    ],
)
def test_what_the_sandbox_tells_of_is_called_a_placeholder_once(
    structured: dict[str, Any], is_error: bool, said: str | None
) -> None:
    reply = of_sandbox(Reply("Told.", structured, is_error))
    assert reply.structured["sandbox"] is True
    assert reply.structured.get("note", "").startswith(said or "")
    assert ("note" in reply.structured) == (said is not None)
    assert reply.text.startswith(f"Told.\n{said}" if said else "Told.")
    assert reply.text.lower().count("placeholder") == (said is not None)


def test_what_several_answers_say_alike_is_said_once() -> None:
    second, third = answer(file(1), original="download_file"), answer(status="failed", next_step="Change the request")
    text = combined([PICTURE.reply(), second.reply(), third.reply(), third.reply()]).text
    assert text.count("Link until 2026-12-03; original: download_file.") == 1
    assert text.count("succeeded in") == text.count("failed after") == 2
    assert text.count("Change the request.") == 1


@pytest.mark.parametrize(
    ("code", "requirement", "place"),
    [
        ("insufficient_credits", None, "https://app.videogen.io/billing"),
        ("not_authorized", None, "https://app.videogen.io/billing"),
        ("invalid_request", {"type": "upgrade_plan"}, "https://app.videogen.io/billing"),
        ("invalid_request", None, None),
    ],
)
def test_what_the_account_lacks_is_told_with_the_address_that_helps(
    code: str, requirement: dict[str, Any] | None, place: str | None
) -> None:
    step = account_step(code, requirement)
    assert step is None if place is None else step is not None and place in step
