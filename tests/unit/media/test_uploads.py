"""Local files on their way up, over real connections that break."""

from __future__ import annotations

import hashlib
import os
import random
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.loopback import KEY, SIGNATURE
from tests.unit.media.conftest import Studio
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import Forbidden, ServiceFault, VideoGenError
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.limits import UPLOAD_ATTEMPTS
from videogen_mcp.media.uploads import Wanted

pytestmark = pytest.mark.anyio

WAV_SECONDS = 40


def sound(path: Path, seconds: int = WAV_SECONDS) -> Path:
    """A WAV file of 88 kB a second."""
    data = random.Random(1).randbytes(88_200) * seconds
    head = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x01\0\x01\0"
    head += (44_100).to_bytes(4, "little") + (88_200).to_bytes(4, "little") + b"\x02\0\x10\0data"
    path.write_bytes(head + len(data).to_bytes(4, "little") + data)
    return path


def copied(path: Path, target: Path) -> Path:
    target.write_bytes(path.read_bytes())
    return target


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_a_local_file_arrives_as_it_is(studio: Studio, photo: Path) -> None:
    uploaded = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    stored = studio.service.files[uploaded.file.file_id]
    assert (stored.sha256, stored.name, stored.type) == (digest(photo), "photo.png", "IMAGE")
    assert not uploaded.reused


async def test_five_broken_connections_do_not_stop_an_upload(studio: Studio, home: Path) -> None:
    path = sound(home / "voice.wav")
    studio.service.upload_breaks = [0, 65_536, 1_000_000, 2_000_000, 3_000_000]

    uploaded = await studio.uploads.upload(Wanted(str(path)), studio.upstream, studio.call())

    assert studio.service.files[uploaded.file.file_id].sha256 == digest(path)
    assert studio.service.count("PUT") == 6
    assert studio.service.count("POST upload") == 1


async def test_the_same_content_is_sent_once(studio: Studio, photo: Path, home: Path) -> None:
    first = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    copy = copied(photo, home / "copy.png")

    second = await studio.uploads.upload(Wanted(str(copy)), studio.upstream, studio.call())

    assert second.reused
    assert second.file.file_id == first.file.file_id
    assert studio.service.count("PUT") == 1


async def test_the_same_content_is_sent_again_when_the_file_upstream_is_gone(studio: Studio, photo: Path) -> None:
    first = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    studio.service.files[first.file.file_id].archived = True

    second = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    assert not second.reused
    assert second.file.file_id != first.file.file_id


async def test_a_lasting_upload_does_not_reuse_a_temporary_one(studio: Studio, photo: Path) -> None:
    await studio.uploads.upload(Wanted(str(photo), temporary=True), studio.upstream, studio.call())

    lasting = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    assert not lasting.reused
    assert lasting.file.scope == "GLOBAL"


async def test_another_name_makes_another_file(studio: Studio, photo: Path) -> None:
    await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    renamed = await studio.uploads.upload(Wanted(str(photo), name="Ada"), studio.upstream, studio.call())

    assert (renamed.reused, renamed.file.display_name) == (False, "Ada")


async def test_it_waits_until_the_service_has_prepared_the_file(studio: Studio, photo: Path) -> None:
    studio.service.polls_after_upload = 3

    uploaded = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    assert uploaded.file.download_source is not None
    assert uploaded.file.download_source.is_ready
    assert studio.clock.slept == sorted(studio.clock.slept)
    assert studio.service.count("POST hydrate") == 4


async def test_a_file_that_the_service_cannot_read_says_so(studio: Studio, photo: Path) -> None:
    studio.service.ends_as = "failed"

    with pytest.raises(Refusal, match=r"cannot read photo\.png") as refusal:
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert refusal.value.code == "upload_unusable"


@pytest.mark.parametrize(
    ("code", "message", "said", "step"),
    [
        ("media_too_long", "It lasts 11 minutes.", r"photo\.png: it lasts 11 minutes$", "Cut it into parts"),
        ("media_cut_off", "It is cut off.", r"photo\.png: it is cut off$", "Copy or export it again"),
        ("disk_full", "The disk is full.", r"photo\.png: the disk is full$", "Call again when there is space"),
        ("unreadable_media", "It is text.", r"photo\.png: it is text$", "Check that it can be opened; then convert"),
    ],
)
async def test_the_reason_of_the_service_is_told_and_the_file_taken_out_again(
    studio: Studio, photo: Path, code: str, message: str, said: str, step: str
) -> None:
    studio.service.ends_as = "failed"
    studio.service.upload_error = {"code": code, "message": message}

    with pytest.raises(Refusal, match=said) as refusal:
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert (refusal.value.next_step or "").startswith(step)
    assert [file.archived for file in studio.service.files.values()] == [True]


async def test_v0_takes_no_documents_and_says_so(studio: Studio, home: Path) -> None:
    deck = home / "Pictures" / "deck.pdf"
    deck.write_bytes(b"%PDF-1.4\n%%EOF\n")
    client = VideoGen(api_key=KEY, base_url=studio.service.url, dialect="v0", clock=studio.clock)
    async with client:
        with pytest.raises(Refusal, match=r"takes pictures, videos and sounds, and deck\.pdf is a PDF document"):
            await studio.uploads.upload(Wanted(str(deck)), replace(studio.upstream, client=client), studio.call())
    assert studio.service.log == []


async def test_a_file_that_the_service_cannot_read_names_formats_of_its_kind(studio: Studio, photo: Path) -> None:
    studio.service.ends_as = "failed"

    with pytest.raises(Refusal) as refusal:
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert refusal.value.next_step == "Check that it can be opened; then convert it to PNG or JPEG"


async def test_a_file_that_never_gets_ready_is_given_up_with_its_id(studio: Studio, photo: Path) -> None:
    studio.service.polls_after_upload = 10_000

    with pytest.raises(Refusal, match="still preparing") as refusal:
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert "vg_file_" in (refusal.value.next_step or "")


async def test_a_file_that_changes_on_the_way_is_refused_and_taken_back(studio: Studio, home: Path) -> None:
    path = sound(home / "voice.wav")

    def scribble(came: int) -> None:
        if came > 1_000_000:
            studio.service.during_upload = None
            with path.open("r+b") as file:
                file.seek(3_000_000)
                file.write(b"other bytes")

    studio.service.during_upload = scribble

    with pytest.raises(Refusal, match=r"voice\.wav changed while it was uploaded"):
        await studio.uploads.upload(Wanted(str(path)), studio.upstream, studio.call())
    assert all(stored.archived for stored in studio.service.files.values())
    assert await studio.journal.upload("test", digest(path)) is None


@pytest.mark.parametrize(("what", "said"), [("shrink", "changed"), ("remove", "vanished")])
async def test_a_file_that_goes_away_on_the_way_is_refused(studio: Studio, home: Path, what: str, said: str) -> None:
    path = sound(home / "voice.wav")

    def spoil(came: int) -> None:
        if came > 500_000 and path.exists():
            studio.service.during_upload = None
            if what == "remove":
                path.unlink()
            else:
                os.truncate(path, 600_000)

    studio.service.during_upload = spoil

    with pytest.raises(Refusal, match=rf"voice\.wav {said} while it was uploaded"):
        await studio.uploads.upload(Wanted(str(path)), studio.upstream, studio.call())


async def test_an_expired_upload_address_is_replaced(studio: Studio, photo: Path) -> None:
    studio.service.upload_statuses = [403]

    uploaded = await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    assert studio.service.count("POST upload") == 2
    assert studio.service.files[uploaded.file.file_id].sha256 == digest(photo)


async def test_an_upload_address_that_is_always_refused_ends_without_showing_it(studio: Studio, photo: Path) -> None:
    studio.service.upload_statuses = [403] * 10

    with pytest.raises(Forbidden) as refusal:
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert SIGNATURE not in str(refusal.value)


async def test_a_storage_that_stays_broken_is_given_up(studio: Studio, photo: Path) -> None:
    studio.service.upload_statuses = [500] * 100

    with pytest.raises(ServiceFault):
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert studio.service.count("PUT") == UPLOAD_ATTEMPTS


async def test_a_lost_answer_to_the_registration_is_no_danger(studio: Studio, photo: Path) -> None:
    studio.service.api_breaks = ["upload"] * 20

    with pytest.raises(VideoGenError) as broken:
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert not broken.value.may_have_started


async def test_the_wrong_kind_is_refused_before_anything_is_sent(studio: Studio, photo: Path) -> None:
    with pytest.raises(Refusal, match=r"takes a video, and photo\.png is a PNG picture"):
        await studio.uploads.upload(Wanted(str(photo), "VIDEO"), studio.upstream, studio.call())
    assert studio.service.log == []


async def test_a_cut_off_file_is_refused_before_anything_is_sent(studio: Studio, photo: Path) -> None:
    os.truncate(photo, 20_000)

    with pytest.raises(Refusal, match=r"photo\.png is cut off"):
        await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())
    assert studio.service.log == []


async def test_a_call_that_is_cut_leaves_the_upload_running_and_the_next_one_joins_it(
    studio: Studio, home: Path
) -> None:
    path = sound(home / "voice.wav")
    halfway, scope = anyio.Event(), anyio.CancelScope()

    def watch(came: int) -> None:
        if came > 1_000_000:
            halfway.set()
            scope.cancel()

    studio.service.during_upload = watch

    with scope:
        await studio.uploads.upload(Wanted(str(path)), studio.upstream, studio.call())
    assert scope.cancelled_caught
    uploaded = await studio.uploads.upload(Wanted(str(path)), studio.upstream, studio.call())

    assert studio.service.count("PUT") == 1
    assert studio.service.files[uploaded.file.file_id].sha256 == digest(path)


async def test_two_calls_with_the_same_file_share_one_upload(studio: Studio, photo: Path) -> None:
    ids = []

    async def once() -> None:
        ids.append((await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())).file.file_id)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(once)
        tasks.start_soon(once)

    assert len(set(ids)) == 1
    assert studio.service.count("PUT") == 1


async def test_progress_names_the_file_and_the_bytes(studio: Studio, photo: Path) -> None:
    await studio.uploads.upload(Wanted(str(photo)), studio.upstream, studio.call())

    assert any("photo.png" in message for message in studio.said)
