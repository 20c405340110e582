"""Results on their way home, over real connections that break."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import anyio
import pytest
from PIL import Image

from tests.loopback import SIGNATURE
from tests.unit.media.conftest import Studio
from videogen_mcp.api.errors import Unclear
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.drafts import Saved
from videogen_mcp.media.limits import DOWNLOAD_BREAKS, NEW_LINKS

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("picture") / "made.png"
    Image.frombytes("L", (1600, 1200), random.Random(7).randbytes(1600 * 1200)).save(path)
    return path.read_bytes()


async def fetch(studio: Studio, file_id: str, directory: str | None = None, name: str | None = None) -> Saved:
    folder = None if directory is None else f"{directory}/"
    return await studio.downloads.download(file_id, studio.upstream, studio.call("download_file"), folder, name)


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_file_is_saved_under_its_name_with_the_ending_of_what_it_is(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture, name="A pear: ripe?.jpg")

    saved = await fetch(studio, stored.file_id)

    assert saved.path == studio.output.resolve() / "A pear_ ripe_.png"
    assert saved.path.read_bytes() == picture
    assert there(studio.output) == ["A pear_ ripe_.png"]


async def test_five_broken_connections_still_give_the_same_bytes(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    studio.service.download_breaks = [0, 131_072, 400_000, 900_000, 1_200_000]

    saved = await fetch(studio, stored.file_id)

    assert saved.path.read_bytes() == picture
    assert len(studio.service.ranges) == 6
    assert studio.service.ranges == sorted(studio.service.ranges)
    assert studio.service.ranges[-1] > 0


async def test_a_server_without_ranges_starts_over(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    studio.service.knows_ranges = False
    studio.service.download_breaks = [400_000]

    saved = await fetch(studio, stored.file_id)

    assert saved.path.read_bytes() == picture
    assert studio.service.ranges == [0, 0]


async def test_a_file_that_changes_between_two_parts_is_not_patched_together(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    other = picture[:-500] + bytes(500)
    studio.service.download_breaks = [400_000]
    content = stored.content
    assert content is not None

    def swap(start: int, length: int) -> bytes:
        if start >= 300_000:
            studio.service.etag = '"two"'
            stored.content = lambda start, length: other[start : start + length]
        return content(start, length)

    stored.content = swap

    saved = await fetch(studio, stored.file_id)

    assert saved.path.read_bytes() == other


async def test_an_expired_link_is_renewed_and_the_download_goes_on(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    studio.service.download_breaks = [400_000]
    studio.service.download_statuses = [200, 403]

    saved = await fetch(studio, stored.file_id)

    assert saved.path.read_bytes() == picture
    assert studio.service.count("POST hydrate") == 2
    assert len(studio.service.ranges) == 2


async def test_links_that_are_always_refused_end_it_without_showing_them(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    studio.service.download_statuses = [403] * 50

    with pytest.raises(Refusal, match="with a new link too") as refusal:
        await fetch(studio, stored.file_id)

    assert studio.service.count("POST hydrate") == NEW_LINKS + 1
    assert SIGNATURE not in str(refusal.value) + str(refusal.value.next_step)
    assert there(studio.output) == []


async def test_a_connection_that_always_breaks_is_given_up_and_leaves_nothing(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    studio.service.download_breaks = [0] * 100

    with pytest.raises(Unclear, match=r"broke off|ended after"):
        await fetch(studio, stored.file_id)

    assert len(studio.service.ranges) == DOWNLOAD_BREAKS + 1
    assert there(studio.output) == []


async def test_nothing_is_ever_overwritten(studio: Studio, picture: bytes) -> None:
    (studio.output / "a pear.png").write_text("mine")
    stored = studio.service.add(picture)

    saved = await fetch(studio, stored.file_id)

    assert saved.path.name == "a pear (2).png"
    assert there(studio.output) == ["a pear (2).png", "a pear.png"]
    assert (studio.output / "a pear.png").stat().st_size == 4


async def test_the_same_bytes_under_the_same_name_are_not_kept_twice(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)
    first = await fetch(studio, stored.file_id)

    second = await fetch(studio, stored.file_id)

    assert (second.path, second.already) == (first.path, True)
    assert there(studio.output) == ["a pear.png"]


async def test_a_dangling_link_in_the_way_is_neither_followed_nor_replaced(
    studio: Studio, picture: bytes, tmp_path: Path
) -> None:
    target = tmp_path / "outside" / "planted.png"
    (studio.output / "a pear.png").symlink_to(target)
    stored = studio.service.add(picture)

    saved = await fetch(studio, stored.file_id)

    assert saved.path.name == "a pear (2).png"
    assert "planted.png" not in there(tmp_path / "outside")


async def test_a_file_system_without_hard_links_is_good_enough(
    studio: Studio, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    stored, other = studio.service.add(picture), studio.service.add(picture[:-4] + b"1234")

    names = [(await fetch(studio, one.file_id)).path.name for one in (stored, other)]

    assert names == there(studio.output)[::-1] == ["a pear.png", "a pear (2).png"]


async def test_a_given_folder_is_made_inside_the_allowed_ones(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture)

    saved = await fetch(studio, stored.file_id, "~/Pictures/new/deep", "Ada.mp4")

    assert studio.allowed.home is not None
    assert saved.path == studio.allowed.home / "Pictures/new/deep/Ada.png"


@pytest.mark.parametrize(
    "directory", ["/etc", "~/../outside", "~/.config", "~/Pictures/photo.png", "../../../outside", "~/a\0b"]
)
async def test_a_folder_that_is_not_allowed_is_refused(
    studio: Studio, photo: Path, picture: bytes, tmp_path: Path, directory: str
) -> None:
    stored = studio.service.add(picture)
    before = there(tmp_path / "outside")

    with pytest.raises(Refusal):
        await fetch(studio, stored.file_id, directory)

    assert there(tmp_path / "outside") == before
    assert studio.service.ranges == []


async def test_a_disk_that_is_too_full_is_noticed_before_anything_is_written(
    studio: Studio, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = studio.service.add(picture)
    monkeypatch.setattr(
        "videogen_mcp.media.drafts.shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_000})()
    )

    with pytest.raises(Refusal, match="do not fit") as refusal:
        await fetch(studio, stored.file_id)

    assert refusal.value.code == "disk_full"
    assert there(studio.output) == []


async def test_a_disk_that_fills_up_meanwhile_says_so_and_keeps_nothing(
    studio: Studio, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    stored = studio.service.add(picture)
    monkeypatch.setattr("videogen_mcp.media.drafts.os.write", full)

    with pytest.raises(Refusal, match="the disk is full") as refusal:
        await fetch(studio, stored.file_id)

    assert refusal.value.code == "disk_full"
    monkeypatch.undo()
    assert there(studio.output) == []


async def test_an_archived_file_has_nothing_to_download(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture, archived=True)

    with pytest.raises(Refusal, match="archived"):
        await fetch(studio, stored.file_id)


async def test_a_file_in_preparation_is_waited_for(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture, pending_polls=4)

    assert (await fetch(studio, stored.file_id)).path.read_bytes() == picture


async def test_a_file_that_is_never_prepared_is_given_up(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture, pending_polls=10_000)

    with pytest.raises(Refusal, match="still being prepared"):
        await fetch(studio, stored.file_id)
    assert there(studio.output) == []


async def test_a_cut_call_leaves_the_download_running_and_the_next_one_gets_the_path(
    studio: Studio, picture: bytes
) -> None:
    stored = studio.service.add(picture)
    content, scope = stored.content, anyio.CancelScope()
    assert content is not None

    def watch(start: int, length: int) -> bytes:
        if start > 500_000:
            scope.cancel()
        return content(start, length)

    stored.content = watch

    with scope:
        await fetch(studio, stored.file_id)
    assert scope.cancelled_caught
    saved = await fetch(studio, stored.file_id)

    assert saved.path.read_bytes() == picture
    assert there(studio.output) == ["a pear.png"]


async def test_drafts_of_dead_processes_are_swept_away(studio: Studio, picture: bytes) -> None:
    old, young, foreign = (studio.output / f"{name}.part" for name in (".videogen-1", ".videogen-2", ".other"))
    for path in (old, young, foreign):
        path.touch()
        os.utime(path, (studio.clock.time(), studio.clock.time()))
    os.utime(old, (studio.clock.time() - 200_000,) * 2)

    await fetch(studio, studio.service.add(picture).file_id)

    assert there(studio.output) == [".other.part", ".videogen-2.part", "a pear.png"]


async def test_a_hostile_name_becomes_a_plain_file_in_the_folder(studio: Studio, picture: bytes) -> None:
    stored = studio.service.add(picture, name="../../.ssh/authorized_keys\u202egnp.\r\n")

    saved = await fetch(studio, stored.file_id)

    assert saved.path.parent == studio.output.resolve()
    assert saved.path.name == "_.._.ssh_authorized_keys gnp.png"


async def test_what_is_no_medium_never_gets_an_ending_that_runs(studio: Studio) -> None:
    stored = studio.service.add(b"#!/bin/sh\necho hello\n", name="run.sh", type="TEXT")

    assert (await fetch(studio, stored.file_id)).path.name == "run.sh.txt"
