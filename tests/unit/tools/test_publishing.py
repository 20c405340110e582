"""Public preview: waiting for an address, and every way in which it may not come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio.lowlevel
import pytest

from tests.loopback import KEY, Loopback, Stored, loopback
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import NotSupported
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.tools import file_details
from videogen_mcp.tools.public_preview import EMBED_LIMIT, PREVIEW_LIMIT, Public, publish

pytestmark = pytest.mark.anyio


@dataclass
class FakeClock:
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await anyio.lowlevel.checkpoint()


@pytest.fixture
async def service() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["v2"])
async def upstream(request: pytest.FixtureRequest, service: Loopback, clock: FakeClock) -> AsyncIterator[Upstream]:
    client = VideoGen(api_key=KEY, base_url=service.url, dialect=request.param, clock=clock)
    async with client:
        yield Upstream(client, await client.dialect(), "test", False, service.url)


async def nowhere(account: Account) -> Upstream:
    raise NotImplementedError


def a_call(clock: FakeClock) -> Call:
    return Call.begin(Purpose("set_public_preview"), Caller("test"), clock, 1_000_000.0, nowhere)


def video(service: Loopback, **extra: object) -> Stored:
    return service.add(b"1", type="VIDEO", extra=dict(extra))


async def test_a_copy_that_never_comes_is_given_up_and_stays_switched_on(
    service: Loopback, upstream: Upstream, clock: FakeClock
) -> None:
    stored = service.add(b"1")
    service.public_after = 10_000

    with pytest.raises(Refusal, match="public preview stays on") as refusal:
        await publish(stored.file_id, upstream, a_call(clock))

    assert refusal.value.code == "preview_not_ready"
    assert PREVIEW_LIMIT <= clock.now <= PREVIEW_LIMIT + 10
    assert stored.public


async def test_a_playback_id_that_does_not_come_does_not_hold_the_address_back(
    service: Loopback, upstream: Upstream, clock: FakeClock
) -> None:
    stored = video(service)

    public = await publish(stored.file_id, upstream, a_call(clock))

    assert public.url is not None
    assert public.playback_id is None
    assert EMBED_LIMIT <= clock.now <= EMBED_LIMIT + 10


async def test_a_preview_that_is_switched_off_meanwhile_is_not_waited_for(
    service: Loopback, upstream: Upstream, clock: FakeClock
) -> None:
    stored = service.add(b"1", extra={"isPublicPreviewEnabled": False, "staticPublicPreviewSource": None})

    with pytest.raises(Refusal, match="switched off again elsewhere"):
        await publish(stored.file_id, upstream, a_call(clock))


async def test_a_copy_that_failed_is_not_waited_for(service: Loopback, upstream: Upstream, clock: FakeClock) -> None:
    stored = service.add(b"1", extra={"staticPublicPreviewSource": {"status": "failed"}})

    with pytest.raises(Refusal, match="could not make a public copy"):
        await publish(stored.file_id, upstream, a_call(clock))


@pytest.mark.parametrize("upstream", ["v0"], indirect=True)
async def test_the_seed_era_publishes_no_pictures_and_says_so(
    service: Loopback, upstream: Upstream, clock: FakeClock
) -> None:
    stored = service.add(b"1", type="IMAGE")

    with pytest.raises(NotSupported, match="video and sound only"):
        await publish(stored.file_id, upstream, a_call(clock))

    assert not stored.public


@pytest.mark.parametrize("upstream", ["v0"], indirect=True)
async def test_the_seed_era_publishes_video_by_its_stream(
    service: Loopback, upstream: Upstream, clock: FakeClock
) -> None:
    playing = {"publicHlsUrl": "https://stream.example/1.m3u8", "publicPlaybackId": "vg_play_1"}
    stored = video(service, staticPublicPreviewSource=None, **playing)

    public = await publish(stored.file_id, upstream, a_call(clock))

    assert (public.url, public.hls_url, public.playback_id) == (None, *playing.values())
    assert clock.now == 0.0


@pytest.mark.parametrize("sandbox", [True, False])
async def test_nobody_elsewhere_is_promised_what_the_sandbox_publishes(sandbox: bool) -> None:
    public = Public("vg_file_1", "http://127.0.0.1:1/public/x.mp4", None, "vg_play_1", True)
    text = file_details.published(public, sandbox=sandbox).text
    assert ("anybody with the address can open it" in text) is not sandbox
    assert ("Permanent URL" in text) is not sandbox
    assert ("whoever is at this machine can open it" in text) is sandbox
    assert ("not with the sandbox" in text) is sandbox
