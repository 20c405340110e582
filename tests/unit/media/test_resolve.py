"""From what a request names to file ids."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.unit.media.conftest import Studio
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.workflows.base import MediaArgument
from videogen_mcp.workflows.image import GenerateImage, UpscaleImage
from videogen_mcp.workflows.video import UpscaleVideo

pytestmark = pytest.mark.anyio


async def test_ids_are_left_alone(studio: Studio) -> None:
    request = GenerateImage(prompt="a pear", reference_images=["vg_file_1", "anything else"])

    assert await studio.resolver.resolve(request, studio.call()) == {}
    assert studio.service.log == []


async def test_paths_become_ids_and_the_same_path_is_sent_once(studio: Studio, photo: Path) -> None:
    request = GenerateImage(prompt="a pear", reference_images=[str(photo), "vg_file_9", f"file://{photo}", str(photo)])

    resolved = await studio.resolver.resolve(request, studio.call())

    assert (
        request.wire(resolved)["imageFileIds"]
        == ["vg_file_0000000000000000000001", "vg_file_9"] + ["vg_file_0000000000000000000001"] * 2
    )
    assert studio.service.count("PUT") == 1


async def test_a_refusal_names_the_argument(studio: Studio, photo: Path) -> None:
    with pytest.raises(Refusal, match="video: it takes a video"):
        await studio.resolver.resolve(UpscaleVideo(video=str(photo)), studio.call())
    request = GenerateImage(prompt="a pear", reference_images=["vg_file_1", "photo.png"])
    with pytest.raises(Refusal, match=r"reference_images\[1\]: .*not absolute"):
        await studio.resolver.resolve(request, studio.call())


async def test_our_own_resource_addresses_are_ids(studio: Studio) -> None:
    request = UpscaleImage(image="videogen://files/vg_file_3Kd9abc")

    resolved = await studio.resolver.resolve(request, studio.call())

    assert request.wire(resolved)["imageFileId"] == "vg_file_3Kd9abc"


async def test_an_id_of_something_else_is_refused_with_what_leads_to_its_file(studio: Studio) -> None:
    with pytest.raises(
        Refusal, match="image: it takes a file, and vg_tool_3Kd9abc is the id of an execution"
    ) as refusal:
        await studio.resolver.resolve(UpscaleImage(image="vg_tool_3Kd9abc"), studio.call())
    assert refusal.value.next_step == "wait_for_execution gives the file ids of its results"


async def test_a_server_on_the_network_takes_no_paths(studio: Studio, photo: Path) -> None:
    with pytest.raises(Refusal, match="over the network"):
        await studio.remote_resolver.resolve(UpscaleImage(image=str(photo)), studio.call())


async def test_several_files_are_brought_at_a_time(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [f"https://example.com/{number}.png" for number in range(4)]
    all_begun = anyio.Event()

    async def wait(_: float) -> None:
        if len(studio.service.imports) == len(addresses):
            all_begun.set()
        await all_begun.wait()

    studio.service.import_polls = len(addresses)
    monkeypatch.setattr(studio.clock, "sleep", wait)
    request = GenerateImage(prompt="a pear", reference_images=addresses)
    with anyio.fail_after(20):
        resolved = await studio.resolver.resolve(request, studio.call())

    assert set(resolved) == set(addresses)
    assert len(set(resolved.values())) == len(addresses)


@pytest.fixture
def twin(photo: Path) -> Path:
    """Another file with the photo's content."""
    path = photo.with_name("twin.png")
    path.write_bytes(photo.read_bytes())
    return path


async def test_the_same_content_is_sent_once_also_at_the_same_time(studio: Studio, photo: Path, twin: Path) -> None:
    request = GenerateImage(prompt="a pear", reference_images=[str(photo), str(twin)])

    resolved = await studio.resolver.resolve(request, studio.call())

    assert len(set(resolved.values())) == 1
    assert studio.service.count("PUT") == 1


async def test_one_file_for_two_kinds_is_checked_for_both(studio: Studio, photo: Path) -> None:
    named = [MediaArgument("image", None, "IMAGE", str(photo)), MediaArgument("video", None, "VIDEO", str(photo))]

    with pytest.raises(Refusal, match="video: it takes a video"):
        await studio.resolver.resolve_all(named, studio.call())


async def test_the_first_of_several_that_fail_stops_the_others(studio: Studio) -> None:
    request = GenerateImage(prompt="a pear", reference_images=["vg_tool_123456", "ftp://example.com/a.png"])

    with pytest.raises(Refusal, match=r"reference_images\[0\]: it takes a file"):
        await studio.resolver.resolve(request, studio.call())
