"""URL imports: from where files are taken, what is refused, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.sandbox.driving import Driver, TurnableClock
from tests.sandbox.tiny import content
from videogen_sandbox.contract.import_sources import AllowedSources
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs import fetching
from videogen_sandbox.jobs.fetching import MAX_REDIRECTS, MAX_SECONDS, Fetched, Fetcher

pytestmark = pytest.mark.anyio

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"
HOST = "media.example.com"


class Names:
    """A name server of our own."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self.addresses = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses[host]


def server(*answers: httpx.Response) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """What answers one request after the other, and the requests as they arrive."""
    requests: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return left.pop(0)

    return httpx.MockTransport(answer), requests


def redirect(url: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": url})


async def fetched(folder: Path, url: str, *answers: httpx.Response, names: Names | None = None) -> tuple[Fetched, Any]:
    """Fetch from a sandbox that was started with --allow-import for HOST and an address."""
    transport, requests = server(*answers)
    allowed = AllowedSources(frozenset({HOST, PRIVATE}))
    resolve = names or Names(media_example_com=[PUBLIC])
    fetcher = Fetcher(allowed, TurnableClock(), transport, resolve)
    return await fetcher.fetch(url, folder), requests


async def test_the_checked_address_is_connected_to_under_the_hosts_name(tmp_path: Path) -> None:
    names = Names(media_example_com=[PUBLIC])
    url = f"https://{HOST}/a/My%20pear.PNG?size=1"
    found, [request] = await fetched(tmp_path, url, httpx.Response(200, content=b"pear"), names=names)
    assert (found.path.read_bytes(), found.path.name, found.name) == (b"pear", "original.png", "My pear.PNG")
    assert (request.url.host, request.headers["host"]) == (PUBLIC, HOST)
    assert request.extensions["sni_hostname"] == HOST
    assert "authorization" not in request.headers
    assert names.asked == [HOST]


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:9", "[::1]:9", PRIVATE])
async def test_this_machine_and_an_address_that_was_named_are_allowed(tmp_path: Path, host: str) -> None:
    names = Names()
    found, _ = await fetched(tmp_path, f"http://{host}/pear.png", httpx.Response(200, content=b"pear"), names=names)
    assert (found.name, names.asked) == ("pear.png", [])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://media.example.com/a", "must begin with https://"),
        ("https:///a", "with a host"),
        ("https://user:word@media.example.com/a", "user name"),
        ("https://example.com/a", "--allow-import example.com"),
        ("http://10.0.0.8/a", "--allow-import 10.0.0.8"),
        ("http://169.254.169.254/latest", "--allow-import"),
        ("http://0.0.0.0/a", "--allow-import"),
        ("http://[::ffff:10.0.0.8]/a", "--allow-import"),
    ],
)
async def test_any_other_place_is_refused_when_it_is_asked_for(refusing: Driver, url: str, words: str) -> None:
    said = await refusing.refused("POST", "/v1/files/import-url", {"url": url})
    assert said.startswith('"url" ')
    assert words in said
    assert refusing.sandbox.executions.listed() == []


@pytest.mark.parametrize("addresses", [[PRIVATE], ["127.0.0.1"], ["169.254.169.254"], ["::1"], [PUBLIC, PRIVATE]])
async def test_a_name_never_leads_to_an_address_inside(tmp_path: Path, addresses: list[str]) -> None:
    with pytest.raises(EngineError, match="leads to") as refusal:
        await fetched(tmp_path, f"https://{HOST}/a", names=Names(media_example_com=addresses))
    assert refusal.value.code == "import_refused"


@pytest.mark.parametrize(
    ("start", "target", "words"),
    [
        (f"https://{HOST}/a", "http://127.0.0.1:8791/", "leads to this machine"),
        (f"https://{HOST}/a", "http://localhost/", "leads to this machine"),
        (f"https://{HOST}/a", "https://example.com/b", "--allow-import example.com"),
        (f"https://{HOST}/a", "file:///etc/passwd", "must begin with"),
        ("http://127.0.0.1:9/a", "http://10.0.0.8/b", "--allow-import"),
    ],
)
async def test_a_redirect_is_checked_as_the_first_url_was(tmp_path: Path, start: str, target: str, words: str) -> None:
    with pytest.raises(EngineError, match=words) as refusal:
        await fetched(tmp_path, start, redirect(target))
    assert refusal.value.code == "import_refused"


async def test_a_redirect_to_where_it_may_go_is_followed(tmp_path: Path) -> None:
    answers = redirect(f"https://{HOST}/b.png"), redirect("/c.png"), httpx.Response(200, content=b"pear")
    found, requests = await fetched(tmp_path, "http://127.0.0.1:9/a", *answers)
    assert (found.name, len(requests)) == ("c.png", 3)
    with pytest.raises(EngineError, match=f"more than {MAX_REDIRECTS} times"):
        await fetched(tmp_path, f"https://{HOST}/a", *[redirect("/a")] * (MAX_REDIRECTS + 1))


async def test_errors_of_the_other_side_are_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="status 404") as failure:
        await fetched(tmp_path, f"https://{HOST}/a", httpx.Response(404))
    assert failure.value.code == "import_failed"


@pytest.mark.parametrize("told", [True, False])
async def test_a_file_that_is_too_large_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 3)

    async def pieces() -> Any:
        yield b"pear"

    answer = httpx.Response(200, content=b"pear") if told else httpx.Response(200, content=pieces())
    with pytest.raises(EngineError, match="larger than") as failure:
        await fetched(tmp_path, f"https://{HOST}/a", answer)
    assert failure.value.code == "file_limit"


async def test_a_file_that_never_ends_is_given_up(tmp_path: Path) -> None:
    clock = TurnableClock()

    async def endless() -> Any:
        yield b"p"
        clock.turn(MAX_SECONDS)
        await anyio.sleep_forever()

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))
    with pytest.raises(EngineError, match="longer than") as failure:
        await Fetcher(AllowedSources(), clock, transport).fetch("http://127.0.0.1:9/a", tmp_path)
    assert failure.value.code == "time_limit"


def serve(driver: Driver, **files: bytes) -> None:
    """Let this machine serve files to a sandbox, by the last part of their URLs; they claim to be pictures."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/").replace(" ", "_").partition(".")[0]
        return httpx.Response(200, content=files[name], headers={"content-type": "image/png"})

    driver.sandbox.fetcher._transport = httpx.MockTransport(answer)


async def imported(driver: Driver, **body: Any) -> dict[str, Any]:
    started = await driver.post("/v1/files/import-url", body, status=202)
    assert started["fileImportId"].startswith("vg_fimp_")
    await driver.finished(started["fileImportId"])
    return await driver.get(f"/v1/files/imports/{started['fileImportId']}")


async def test_an_imported_file_is_like_an_uploaded_one(today: Driver) -> None:
    serve(today, my_pear=content("IMAGE"))
    found = await imported(today, url="http://127.0.0.1:9/my%20pear.png")
    assert (found["status"], found["progressPercentage"], found["error"]) == ("succeeded", 100, None)
    file = await today.post(f"/v1/files/{found['fileId']}/hydrate")
    assert (file["displayName"], file["type"], file["scope"]) == ("my pear.png", "IMAGE", "GLOBAL")
    assert (await today.fetch(file["downloadSource"]["url"])).content == content("IMAGE")
    await today.make("upscale-image", imageFileId=found["fileId"])


async def test_the_content_says_what_a_file_is(today: Driver) -> None:
    serve(today, deck=b"%PDF-1.4 deck", page=b"<html>")
    deck = await imported(today, url="http://127.0.0.1:9/deck", displayName="The deck", isTemporary=True)
    file = today.file(deck["fileId"])
    assert (file.type, file.display_name, file.scope) == ("PDF", "The deck", "TEMPORARY")
    page = await imported(today, url="http://127.0.0.1:9/page")
    assert (page["status"], page["error"]["code"], page["fileId"]) == ("failed", "unreadable_media", None)
    wrong = await imported(today, url="http://127.0.0.1:9/page", type="PDF")
    assert wrong["error"]["message"] == "This is not a PDF file."


async def test_a_video_may_be_given_by_its_url(today: Driver) -> None:
    serve(today, film=content("VIDEO"))
    body = {"prompt": "as a drawing", "videoUrl": "http://localhost:9/film.mp4"}
    started = await today.run(operation="video-to-video", **body)
    assert (await today.finished(started["workflowRunId"])).status == "succeeded"
    project = today.sandbox.projects.get(started["projectId"])
    assert project is not None
    assert project.document is not None
    assert project.document["inputs"] == {"videoFileId": 1}


async def test_directives_stand_in_the_name_of_an_import(today: Driver) -> None:
    found = await imported(today, url="http://127.0.0.1:9/a", displayName="pear [[fail lunch_break]].png")
    assert (found["status"], found["error"]["code"]) == ("failed", "lunch_break")


async def test_unknown_imports_are_not_found(today: Driver) -> None:
    assert "not found" in await today.refused("GET", "/v1/files/imports/vg_fimp_x", status=404)
    assert '"url" is required' in await today.refused("POST", "/v1/files/import-url", {})
