"""Two uploads to one URL: one is accepted, and the refused one changes nothing of it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.sandbox.driving import BASE, Driver, driving
from tests.sandbox.test_uploads import new_upload
from tests.sandbox.tiny import content

pytestmark = pytest.mark.anyio

FIRST, SECOND = content("IMAGE"), content("IMAGE", more="x" * 2_000_000)


class Sending:
    """An upload of which the last part is held back until `let_go`."""

    def __init__(self, driver: Driver, url: str, body: bytes) -> None:
        self._driver, self._url, self._body = driver, url, body
        self.begun = anyio.Event()
        self.let_go = anyio.Event()
        self.answer: httpx.Response | None = None

    async def __call__(self) -> None:
        self.answer = await self._driver.client.put(self._url, content=self._parts())

    async def _parts(self) -> AsyncIterator[bytes]:
        yield self._body[:10]
        self.begun.set()
        await self.let_go.wait()
        yield self._body[10:]

    @property
    def status(self) -> int:
        assert self.answer is not None
        return self.answer.status_code


async def accepted(driver: Driver, file_id: str, body: bytes) -> None:
    """The stored bytes, their size and their hash are those of `body`, and nothing else lies there."""
    await driver.until(lambda: driver.file(file_id).state in ("ready", "failed"))
    file = driver.file(file_id)
    folder = driver.sandbox.files.folder(file_id)
    assert (file.state, file.sha256) == ("ready", hashlib.sha256(body).hexdigest())
    assert (folder / file.renditions["download"].path).read_bytes() == body
    assert file.renditions["download"].bytes == len(body)
    assert [path.name for path in folder.iterdir() if path.name.startswith("upload")] == []
    info = await driver.post(f"/v1/files/{file_id}/hydrate")
    assert (await driver.fetch(info["downloadSource"]["url"])).content == body
    unfinished = driver.sandbox.unfinished()
    assert list(unfinished.glob("upload-*")) == []


@pytest.mark.parametrize("type_", [None, "TEXT"])
@pytest.mark.parametrize(("first", "second"), [(FIRST, SECOND), (SECOND, FIRST), (FIRST, b"nonsense"), (FIRST, b"")])
async def test_of_two_at_once_the_one_that_is_complete_first_counts(
    today: Driver, first: bytes, second: bytes, type_: str | None
) -> None:
    made = await today.post("/v1/files/upload", {"displayName": "pear.png", **({"type": type_} if type_ else {})})
    one, other = (Sending(today, made["uploadUrl"], body) for body in (first, second))
    async with anyio.create_task_group() as both:
        both.start_soon(one)
        both.start_soon(other)
        await one.begun.wait()
        await other.begun.wait()
        one.let_go.set()
        await today.until(lambda: one.answer is not None)
        other.let_go.set()
    assert (one.status, other.status) == (200, 409)
    await accepted(today, made["fileId"], first)


async def test_one_after_the_other_is_refused_while_the_first_is_processed_and_afterwards(today: Driver) -> None:
    file, url = await new_upload(today)
    assert (await today.put(url, FIRST)).status_code == 200
    assert today.file(file).state == "processing"
    assert (await today.put(url, SECOND)).status_code == 409
    await accepted(today, file, FIRST)
    assert (await today.put(url, SECOND)).status_code == 409
    await accepted(today, file, FIRST)


async def test_one_that_breaks_off_after_the_other_was_accepted_changes_nothing(today: Driver) -> None:
    file, url = await new_upload(today)
    half_sent, broken = anyio.Event(), anyio.Event()

    async def receive() -> dict[str, Any]:
        if not half_sent.is_set():
            half_sent.set()
            return {"type": "http.request", "body": b"half", "more_body": True}
        await broken.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        """Nobody is there any more."""

    scope = {"type": "http", "method": "PUT", "path": url.removeprefix(BASE), "headers": [], "query_string": b""}
    async with anyio.create_task_group() as both:
        both.start_soon(today.app, scope, receive, send)
        await half_sent.wait()
        assert (await today.put(url, FIRST)).status_code == 200
        broken.set()
    await accepted(today, file, FIRST)


async def test_two_processes_accept_one_of_two(tmp_path: Path) -> None:
    async with driving(tmp_path) as one, driving(tmp_path, one.clock) as other:
        file, url = await new_upload(one)
        late = Sending(other, url, SECOND)
        async with anyio.create_task_group() as both:
            both.start_soon(late)
            await late.begun.wait()
            assert (await one.put(url, FIRST)).status_code == 200
            late.let_go.set()
        assert late.status == 409
        await accepted(one, file, FIRST)


async def test_a_file_that_is_archived_during_its_upload_gets_no_bytes(today: Driver) -> None:
    file, url = await new_upload(today)
    late = Sending(today, url, FIRST)
    async with anyio.create_task_group() as both:
        both.start_soon(late)
        await late.begun.wait()
        await today.post(f"/v1/files/{file}/archive")
        late.let_go.set()
    assert late.status == 404
    assert not today.sandbox.files.folder(file).exists()
