"""Addresses as media: which are taken, how the service is asked to import them, and what it costs to ask twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.loopback import SIGNATURE
from tests.unit.media.conftest import Studio
from videogen_mcp.api.dialects import V0
from videogen_mcp.api.errors import Forbidden
from videogen_mcp.calls import messages
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import LINKS, Links, Upstream
from videogen_mcp.executions.delivery import describe
from videogen_mcp.media import imports
from videogen_mcp.media.addresses import file_of, refuse_address, shown
from videogen_mcp.media.limits import IMPORT_KEPT
from videogen_mcp.media.uploads import Wanted
from videogen_mcp.workflows.image import GenerateImage, UpscaleImage

if TYPE_CHECKING:
    from videogen_mcp.api.models import File

pytestmark = pytest.mark.anyio

PICTURE = "https://example.com/holiday/pear.png"


def at(studio: Studio, base_url: str) -> Upstream:
    """The same service under another address."""
    return replace(studio.upstream, base_url=base_url)


@pytest.fixture
def vendor(studio: Studio) -> Upstream:
    """The service as if it were VideoGen itself."""
    return at(studio, "https://api.videogen.io")


# -- which addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://example.com/a.png", "is an http: address"),
        ("http://127.0.0.1:8000/a.png", "on this machine, where VideoGen cannot reach it"),
        ("https://localhost/a.png", "on this machine, where VideoGen cannot reach it"),
        ("data:image/png;base64,iVBORw0KGgo", "holds the content itself"),
        ("ftp://example.com/a.png", "is no address on the web"),
        ("https:///a.png", "no address with a host"),
        ("https://example.com:99999/a.png", "no address with a host"),
        ("https://example.com/a b.png", "no address with a host"),
        ("https://ada:secret@example.com/a.png", "user name or password"),
        ("https://app.videogen.io/project/vg_proj_1", "a page of VideoGen that names no file"),
    ],
)
async def test_what_cannot_be_imported_is_refused_with_the_reason(vendor: Upstream, address: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        refuse_address(address, vendor)
    assert refusal.value.code == "address_refused"
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a.png",
        "https://example.com:8443/a?b=c#d",
        "https://[2001:db8::1]/a",
        "https://cdn.videogen.io/presenters/amara.png",
    ],
)
async def test_https_is_imported(vendor: Upstream, address: str) -> None:
    refuse_address(address, vendor)


async def test_the_sandbox_also_takes_http_from_this_machine(studio: Studio) -> None:
    refuse_address("http://127.0.0.1:1/a.png", studio.upstream)
    with pytest.raises(Refusal, match="http: address"):
        refuse_address("http://192.168.0.7/a.png", studio.upstream)


@pytest.mark.parametrize(
    ("address", "file_id"),
    [
        ("videogen://files/vg_file_3Kd9abc", "vg_file_3Kd9abc"),
        ("videogen://files/vg_file_3Kd9abc/thumbnail", "vg_file_3Kd9abc"),
        ("https://app.videogen.io/media?storageFileId=vg_file_3Kd9abc", "vg_file_3Kd9abc"),
        ("https://api.videogen.io/signed/1-x/vg_file_3Kd9abc/best/a.png", "vg_file_3Kd9abc"),
        ("https://example.com/vg_file_3Kd9abc.png", None),
        ("https://videogen.io.example.com/vg_file_3Kd9abc", None),
        (PICTURE, None),
    ],
)
async def test_links_of_the_service_stand_for_their_file(vendor: Upstream, address: str, file_id: str | None) -> None:
    assert file_of(address, vendor) == file_id


async def test_pages_of_the_sandbox_stand_for_their_file_under_any_name_of_this_machine(studio: Studio) -> None:
    upstream = at(studio, "http://127.0.0.1:8123")

    assert file_of("http://localhost:8123/media/vg_file_3Kd9abc", upstream) == "vg_file_3Kd9abc"
    assert file_of("http://localhost:8124/media/vg_file_3Kd9abc", upstream) is None


async def test_a_signed_link_that_an_answer_gave_stands_for_its_file_whatever_its_signature(studio: Studio) -> None:
    stored = studio.service.add(b"x")
    file = await studio.upstream.client.hydrate(stored.file_id)
    elsewhere = at(studio, "https://api.videogen.io")
    given = describe(file, elsewhere).preview_url
    assert given is not None
    assert SIGNATURE in given

    assert file_of(given.replace(SIGNATURE, "another"), elsewhere) == stored.file_id
    assert file_of(given.replace("/media/", "/media/other/"), elsewhere) is None


async def test_links_are_forgotten_the_oldest_first(studio: Studio) -> None:
    file = await studio.upstream.client.hydrate(studio.service.add(b"x").file_id)
    links = Links()

    for number in (*range(LINKS), 0, LINKS):
        links.remember(linked(file, f"https://cdn.test/{number}"))

    assert links.file_of("https://cdn.test/0") == file.file_id
    assert links.file_of("https://cdn.test/1") is None
    assert links.file_of(f"https://cdn.test/{LINKS}?signature=x") == file.file_id


def linked(file: File, url: str) -> File:
    assert file.download_source is not None
    return file.model_copy(update={"download_source": file.download_source.model_copy(update={"url": url})})


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (PICTURE + "?token=secret", "example.com/…/pear.png"),
        ("https://example.com", "example.com"),
        ("https://example.com/pear%0A.png", "example.com/pear .png"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, words: str) -> None:
    assert shown(address) == words


# -- the import ------------------------------------------------------------------------------------------------------


async def test_an_address_becomes_a_file_id(studio: Studio) -> None:
    studio.service.import_polls = 2
    request = GenerateImage(prompt="a pear", reference_images=[PICTURE, "vg_file_9", PICTURE])

    resolved = await studio.resolver.resolve(request, studio.call())

    file_id = next(iter(studio.service.files))
    assert request.wire(resolved)["imageFileIds"] == [file_id, "vg_file_9", file_id]
    assert studio.service.imports == [{"url": PICTURE}]
    assert "importing example.com/…/pear.png" in " ".join(studio.said)


async def test_over_http_addresses_are_taken_and_paths_are_not(studio: Studio) -> None:
    resolved = await studio.remote_resolver.resolve(UpscaleImage(image=PICTURE), studio.call())
    assert resolved[PICTURE] in studio.service.files

    with pytest.raises(Refusal, match="over the network") as refusal:
        await studio.remote_resolver.resolve(UpscaleImage(image="/home/ada/a.png"), studio.call())
    assert "https: address" in (refusal.value.next_step or "")


async def test_the_same_address_is_imported_once_in_a_while(studio: Studio) -> None:
    first = await fetch(studio)
    studio.clock.now += IMPORT_KEPT - 1
    assert await fetch(studio) == first

    studio.clock.now += 2
    assert await fetch(studio) != first
    assert len(studio.service.imports) == 2


async def test_an_imported_file_that_cannot_be_used_is_taken_out_again(studio: Studio) -> None:
    studio.service.ends_as = "failed"
    studio.service.upload_error = {"code": "unreadable_media", "message": "It is text."}

    for _ in range(2):
        with pytest.raises(Refusal, match="it is text"):
            await fetch(studio)

    assert [file.archived for file in studio.service.files.values()] == [True, True]


async def test_an_imported_file_that_was_archived_is_imported_again(studio: Studio) -> None:
    first = await fetch(studio)
    studio.service.files[first].archived = True

    assert await fetch(studio) != first


async def test_a_file_of_another_kind_is_refused_before_anything_is_paid(studio: Studio) -> None:
    with pytest.raises(Refusal, match=r"image: it takes a picture, and example.com/a.mp4 is a video \(file vg_file_"):
        await studio.resolver.resolve(UpscaleImage(image="https://example.com/a.mp4"), studio.call())


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ({"status": "failed", "error": {"message": "HTTP 404\u202e from the host", "code": "x"}}, "import_failed"),
        ({"status": "failed"}, "import_failed"),
        ({"status": "cancelled"}, "import_failed"),
        ({"status": "awaiting_approval"}, "import_failed"),
        ({"status": "succeeded", "fileId": None}, "import_without_file"),
    ],
)
async def test_an_import_without_a_file_says_so(studio: Studio, end: dict[str, object], code: str) -> None:
    studio.service.import_end = end

    with pytest.raises(Refusal) as refusal:
        await studio.resolver.resolve(UpscaleImage(image=PICTURE), studio.call())

    assert refusal.value.code == code
    assert refusal.value.next_step
    assert "\u202e" not in refusal.value.message


async def test_a_poll_that_breaks_is_repeated(studio: Studio) -> None:
    studio.service.api_breaks = ["vg_fimp_1"] * 6

    assert await fetch(studio) in studio.service.files


async def test_an_import_that_never_ends_is_given_up(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "IMPORT_LIMIT", 60.0)
    studio.service.import_polls = 100_000

    with pytest.raises(Refusal, match="still being imported after 1 min"):
        await fetch(studio)
    assert sum(studio.clock.slept) > 60


async def test_an_unclear_request_for_an_import_is_not_sent_again_and_blames_no_payment(studio: Studio) -> None:
    studio.service.api_breaks = ["import-url"]

    with pytest.raises(Refusal, match=r"not known whether the import of .*pear") as refusal:
        await fetch(studio)

    assert not refusal.value.may_have_started
    assert len(studio.service.imports) == 1
    assert "find_files" in (refusal.value.next_step or "")


async def test_v0_imports_nothing_and_says_so(studio: Studio) -> None:
    upstream = replace(studio.upstream, dialect=V0)

    with pytest.raises(Refusal, match="this version of the API imports none") as refusal:
        await studio.resolver.bring(Wanted(PICTURE), upstream, studio.call())
    assert "local file" in (refusal.value.next_step or "")
    with pytest.raises(Refusal, match="imports none") as refusal:
        await studio.remote_resolver.bring(Wanted(PICTURE), upstream, studio.call())
    assert "create_upload gives the command that uploads it" in (refusal.value.next_step or "")


async def test_other_refusals_of_the_service_stay_what_they_are(studio: Studio, answering: Answering) -> None:
    answering(403, {"message": "Your plan does not import.", "code": "not_authorized"})
    with pytest.raises(Forbidden):
        await fetch(studio)
    answering(400, {"message": "The host is private."})
    with pytest.raises(Refusal, match=r"does not import .*: The host is private"):
        await fetch(studio)


async def test_a_call_whose_time_is_over_says_how_to_go_on_and_the_import_does(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = studio.call("upscale_image")
    polled, release = anyio.Event(), anyio.Event()

    async def wait(_: float) -> None:
        polled.set()
        await release.wait()

    studio.service.import_polls = 1
    monkeypatch.setattr(studio.clock, "sleep", wait)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(studio.resolver.resolve, UpscaleImage(image=PICTURE), call)
        await polled.wait()
        tasks.cancel_scope.cancel()
    reply = messages.late(call)
    assert (reply.structured["status"], reply.is_error) == ("running", False)
    assert "again with the same arguments" in reply.text

    release.set()
    assert await fetch(studio) in studio.service.files
    assert len(studio.service.imports) == 1


Answering = Callable[[int, dict[str, str]], None]


@pytest.fixture
def answering(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Has the service answer requests for imports so."""

    def set_answer(status: int, body: dict[str, str]) -> None:
        monkeypatch.setattr(studio.service, "answer", lambda *_: (status, body))

    return set_answer


async def fetch(studio: Studio) -> str:
    """Import the picture; its file id."""
    return (await studio.resolver.bring(Wanted(PICTURE), studio.upstream, studio.call())).file.file_id
