"""Folders that a client of the handshake era offers."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import ListRootsResult, Root

from tests.loopback import KEY, loopback
from tests.photos import grain
from videogen_mcp.calls.call import Caller
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.roots import with_offered
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio

HOME = AllowedPaths((Path("/home/ada"),), Path("/home/ada"), open_to_offers=True)


def offering(*addresses: str) -> Caller:
    async def roots() -> list[str]:
        return list(addresses)

    return Caller("host", roots=roots)


async def test_a_folder_that_the_client_offers_is_allowed() -> None:
    assert Path("/srv/media") in (await with_offered(HOME, offering("file:///srv/media"))).roots


@pytest.mark.parametrize("address", ["file:///", "https://example.org/x", "file://server/share", "", "relative"])
async def test_an_offer_of_the_whole_disk_or_of_no_folder_changes_nothing(address: str) -> None:
    assert (await with_offered(HOME, offering(address))).roots == HOME.roots


async def test_the_users_own_choice_is_not_widened() -> None:
    closed = replace(HOME, open_to_offers=False)
    assert (await with_offered(closed, offering("file:///srv/media"))).roots == HOME.roots


async def test_a_client_that_never_says_does_not_hold_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen_mcp.media.roots.ROOTS_LIMIT", 0.01)

    async def roots() -> list[str]:
        await anyio.sleep_forever()
        return []

    with anyio.fail_after(5):
        assert (await with_offered(HOME, Caller("host", roots=roots))).roots == HOME.roots


@pytest.fixture
async def elsewhere() -> AsyncIterator[Path]:
    """A folder that is not allowed by default."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("offered", [True, False])
async def test_a_file_of_an_offered_folder_is_uploaded(offered: bool, elsewhere: Path, tmp_path: Path) -> None:
    photo = elsewhere / "photo.png"
    grain(64, 48, 60).save(photo)

    async def roots(context: Any) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=elsewhere.as_uri())] if offered else [])

    async with loopback() as service:
        settings = Settings(api_key=KEY, base_url=service.url, dialect="v2", state_dir=tmp_path / "state")
        async with (
            open_server(settings) as server,
            Client(server, mode="legacy", list_roots_callback=roots) as client,
        ):
            result = await client.call_tool("upload_file", {"path": str(photo)})
    assert result.is_error is not offered
