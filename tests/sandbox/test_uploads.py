from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.driving import BASE, Driver, driving
from tests.sandbox.tiny import content

pytestmark = pytest.mark.anyio

LARGEST_FILE = 8 << 20
"""Bytes: more than the database needs."""


async def new_upload(driver: Driver) -> tuple[str, str]:
    made = await driver.post("/v1/files/upload", {"displayName": "pear.png"})
    return made["fileId"], made["uploadUrl"]


async def test_an_upload_url_works_without_the_key_and_once(today: Driver) -> None:
    _, url = await new_upload(today)
    assert (await today.put(url, content("IMAGE"))).status_code == 200
    again = await today.put(url, content("AUDIO"))
    assert (again.status_code, "uploaded already" in again.json()["message"]) == (409, True)


async def test_an_upload_url_expires(today: Driver) -> None:
    file, url = await new_upload(today)
    today.clock.turn(3600)
    answer = await today.put(url, content("IMAGE"))
    assert (answer.status_code, "has expired" in answer.json()["message"]) == (403, True)
    assert today.file(file).state == "awaiting"


async def test_a_changed_upload_url_is_refused(today: Driver) -> None:
    _, url = await new_upload(today)
    other, _ = await new_upload(today)
    start, token, file = url.rsplit("/", 2)
    tokens = (token[:3] + ("B" if token[3] == "A" else "A") + token[4:], token[::-1])
    for changed in (f"{start}/{token}/{other}", *(f"{start}/{one}/{file}" for one in tokens)):
        assert (await today.put(changed, content("IMAGE"))).status_code == 403


async def test_an_upload_that_is_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    async with driving(tmp_path, max_upload_bytes=100) as driver:
        file, url = await new_upload(driver)

        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 50

        for body in (b"x" * 101, parts()):
            answer = await driver.client.put(url, content=body)
            assert (answer.status_code, "100 bytes" in answer.json()["message"]) == (413, True)
        assert list(driver.sandbox.files.folder(file).glob("*")) == []
        assert (await driver.put(url, content("IMAGE"))).status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no files")
async def test_an_upload_larger_than_the_machine_lets_files_get_is_refused(today: Driver) -> None:
    import resource

    file, url = await new_upload(today)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
    try:
        answer = await today.put(url, bytes(LARGEST_FILE + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status_code, "ulimit -f" in answer.json()["message"]) == (413, True)
    assert list(today.sandbox.files.folder(file).glob("*")) == []
    assert (await today.put(url, content("IMAGE"))).status_code == 200


async def test_an_upload_that_breaks_off_can_be_sent_again(today: Driver) -> None:
    file, url = await new_upload(today)

    parts = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        """Nobody is there any more."""

    path = url.removeprefix(BASE)
    await today.app({"type": "http", "method": "PUT", "path": path, "headers": [], "query_string": b""}, receive, send)
    assert list(today.sandbox.files.folder(file).glob("*")) == []
    assert (await today.put(url, content("IMAGE"))).status_code == 200


async def test_an_upload_to_an_archived_file_is_refused(today: Driver) -> None:
    file, url = await new_upload(today)
    await today.post(f"/v1/files/{file}/archive")
    assert (await today.put(url, content("IMAGE"))).status_code == 404


async def test_only_put_uploads(today: Driver) -> None:
    _, url = await new_upload(today)
    answer = await today.fetch(url)
    assert (answer.status_code, answer.json()["message"]) == (405, "GET is not possible here.")
