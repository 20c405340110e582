"""From what a request names to file ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.media.conftest import Studio
from videogen_mcp.calls.messages import Refusal
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
