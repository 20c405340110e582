"""From what a request names to file ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.media.conftest import Studio
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.workflows.image import GenerateImage, UpscaleImage
from videogen_mcp.workflows.video import UpscaleVideo

pytestmark = pytest.mark.anyio


async def test_ids_are_left_alone(studio: Studio) -> None:
    request = GenerateImage(prompt="a pear", reference_images=["vg_file_1", "anything else"])

    assert await MediaResolver(studio.uploads).resolve(request, studio.call()) == {}
    assert studio.service.log == []


async def test_paths_become_ids_and_the_same_path_is_sent_once(studio: Studio, photo: Path) -> None:
    request = GenerateImage(prompt="a pear", reference_images=[str(photo), "vg_file_9", f"file://{photo}", str(photo)])

    resolved = await MediaResolver(studio.uploads).resolve(request, studio.call())

    assert (
        request.wire(resolved)["imageFileIds"]
        == ["vg_file_0000000000000000000001", "vg_file_9"] + ["vg_file_0000000000000000000001"] * 2
    )
    assert studio.service.count("PUT") == 1


async def test_a_refusal_names_the_argument(studio: Studio, photo: Path) -> None:
    with pytest.raises(Refusal, match="video: it takes a video"):
        await MediaResolver(studio.uploads).resolve(UpscaleVideo(video=str(photo)), studio.call())
    request = GenerateImage(prompt="a pear", reference_images=["vg_file_1", "photo.png"])
    with pytest.raises(Refusal, match=r"reference_images\[1\]: .*not absolute"):
        await MediaResolver(studio.uploads).resolve(request, studio.call())


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://example.com/photo.png?token=abc", "fetches nothing from the web"),
        ("data:image/png;base64,iVBORw0KGgo", "fetches nothing from the web"),
        ("https://app.videogen.io/media?storageFileId=vg_file_3Kd9abc", "takes a file id, not an address"),
    ],
)
async def test_addresses_are_refused_with_a_way_out(studio: Studio, address: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        await MediaResolver(studio.uploads).resolve(UpscaleImage(image=address), studio.call())
    assert refusal.value.next_step


async def test_our_own_resource_addresses_are_ids(studio: Studio) -> None:
    request = UpscaleImage(image="videogen://files/vg_file_3Kd9abc")

    resolved = await MediaResolver(studio.uploads).resolve(request, studio.call())

    assert request.wire(resolved)["imageFileId"] == "vg_file_3Kd9abc"


async def test_a_server_on_the_network_promises_no_paths_for_an_address(studio: Studio) -> None:
    with pytest.raises(Refusal, match="takes a file id, and") as refusal:
        await MediaResolver(None).resolve(UpscaleImage(image="https://example.com/a.png"), studio.call())
    assert "path" not in f"{refusal.value.message} {refusal.value.next_step}"


async def test_a_server_on_the_network_takes_no_paths(studio: Studio, photo: Path) -> None:
    with pytest.raises(Refusal, match="over the network"):
        await MediaResolver(None).resolve(UpscaleImage(image=str(photo)), studio.call())
