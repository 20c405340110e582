"""Files whose bytes come from another machine: the first use waits for them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import pytest

from tests.unit.media.conftest import Studio
from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media import expected, uploads
from videogen_mcp.workflows.base import MediaArgument

pytestmark = pytest.mark.anyio


async def registered(studio: Studio) -> str:
    """Register a file as create_upload does."""
    upload = await studio.upstream.client.create_upload("photo.png", None)
    studio.expected.expect(upload.file_id, studio.upstream)
    return upload.file_id


async def use(studio: Studio, file_id: str) -> None:
    """Name a file as the argument of a call."""
    resolved = await studio.remote_resolver.resolve_all([MediaArgument("image", None, "IMAGE", file_id)], studio.call())
    assert resolved == {}


async def test_the_first_use_waits_until_it_is_ready_and_later_ones_do_not(studio: Studio) -> None:
    file_id = await registered(studio)
    studio.service.files[file_id].state, studio.service.files[file_id].pending_polls = "ready", 2

    await use(studio, file_id)
    await use(studio, file_id)

    assert studio.service.count("POST hydrate") == 3
    assert any(f"waiting until {file_id} is ready" in line for line in studio.said)


async def test_other_files_are_not_asked_for(studio: Studio) -> None:
    await registered(studio)
    await use(studio, "vg_file_other_one")
    assert studio.service.count("POST hydrate") == 0


async def test_a_file_of_another_account_is_not_waited_for(studio: Studio) -> None:
    file_id = await registered(studio)
    studio.upstream = studio.of_account("somebody else")
    await use(studio, file_id)
    assert studio.service.count("POST hydrate") == 0


async def test_a_file_that_never_comes_says_what_was_to_be_done(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "READY_LIMIT", 20.0)
    file_id = await registered(studio)

    with pytest.raises(Refusal) as refused:
        await use(studio, file_id)

    assert refused.value.code == "upload_not_ready"
    assert refused.value.message.startswith(f"image: the bytes of {file_id} have not come")
    assert "Run the command of create_upload" in (refused.value.next_step or "")
    assert sum(studio.clock.slept) >= 20.0


async def test_a_file_that_the_service_cannot_read_is_refused(studio: Studio) -> None:
    file_id = await registered(studio)
    studio.service.files[file_id].state = "failed"
    studio.service.upload_error = {"code": "media_cut_off", "message": "The picture is cut off."}

    with pytest.raises(VideoGenError, match=rf"image: the service cannot read {file_id}: the picture is cut off"):
        await use(studio, file_id)


async def test_another_process_waits_for_it_too(studio: Studio) -> None:
    file_id = await registered(studio)
    studio.service.files[file_id].state, studio.service.files[file_id].pending_polls = "ready", 1
    studio.expected = replace(studio.expected, _usable=OrderedDict())
    await use(studio, file_id)
    assert studio.service.count("POST hydrate") == 2


async def test_where_paths_are_taken_nothing_is_looked_up(studio: Studio) -> None:
    file_id = await registered(studio)
    await studio.resolver.resolve_all([MediaArgument("image", None, "IMAGE", file_id)], studio.call())
    assert studio.service.count("POST hydrate") == 0


async def test_only_so_many_are_remembered(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected, "KNOWN_FILES", 2)
    for number in range(5):
        await use(studio, f"vg_file_number_{number}")
    assert len(studio.expected._usable) == 2
