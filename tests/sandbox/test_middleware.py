from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import uvicorn

from tests.sandbox.driving import BASE, KEY, SOON, START, Driver, TurnableClock, driving
from tests.sandbox.tiny import TOOLBOX
from videogen_sandbox.answers import Answers
from videogen_sandbox.api.operations import MAX_BODY
from videogen_sandbox.app import create_app
from videogen_sandbox.config import SandboxConfig
from videogen_sandbox.faults import Faults

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5"])
async def test_without_a_key_nobody_is_admitted(today: Driver, seed: Driver, header: str) -> None:
    for driver, code in ((today, "invalid_api_key"), (seed, "missing_api_key")):
        answer = await driver.send("GET", "/v1/files", headers={"authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["wrong", "schlüssel", "sk_videogen_sandbox_test2"])
async def test_a_wrong_key_is_refused(today: Driver, seed: Driver, key: str) -> None:
    for driver in (today, seed):
        answer = await driver.send("GET", "/v1/files", headers={"authorization": f"Bearer {key}".encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")


async def test_every_answer_tells_what_is_left_of_the_hour(today: Driver) -> None:
    first = await today.send("GET", "/v1/resources/languages")
    second = await today.send("GET", "/v1/resources/tts-voices")
    assert first.headers["x-ratelimit-limit"] == "2500"
    assert first.headers["x-ratelimit-remaining"] == "2499"
    assert second.headers["x-ratelimit-remaining"] == "2498"
    assert first.headers["x-ratelimit-reset"] == str(int(START) + 3600)
    assert len(first.headers["x-request-id"]) == 32
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_who_has_used_up_the_hour_waits(tmp_path: Path) -> None:
    async with driving(tmp_path, rate_limits={"search": 2}) as driver:
        for _ in range(2):
            await driver.post("/v1/files/search", {"query": "pear"})
        driver.clock.turn(600)
        answer = await driver.send("POST", "/v1/files/search", {"query": "pear"})
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert answer.headers["retry-after"] == "3000"
        assert answer.headers["x-ratelimit-remaining"] == "0"
        await driver.get("/v1/files")
        driver.clock.turn(3000)
        await driver.post("/v1/files/search", {"query": "pear"})


async def test_refused_requests_count_and_tell_what_is_left(today: Driver) -> None:
    answer = await today.send("POST", "/v1/tools/generate-image", {})
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (400, "499")


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"query": "\\ud800"}', b'{"query": NaN}'),
        *(b"[" * 100_000, b'{"query": ' + b"1" * 5000 + b"}"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(refusing: Driver, raw: bytes) -> None:
    answer = await refusing.send("POST", "/v1/files/search", content=raw)
    assert answer.status_code == 400
    assert "body must be a JSON object" in answer.json()["message"] or "query" in answer.json()["message"]


async def test_a_huge_body_is_refused(today: Driver) -> None:
    answer = await today.send("POST", "/v1/files/search", content=b" " * (MAX_BODY + 1))
    assert (answer.status_code, str(MAX_BODY) in answer.json()["message"]) == (413, True)


async def test_unknown_keys_of_a_body_are_ignored(today: Driver) -> None:
    await today.post("/v1/files/search", {"query": "pear", "mood": "hungry"})


async def test_unknown_paths_and_methods_are_answered_as_json(today: Driver) -> None:
    nowhere = await today.send("GET", "/v1/nowhere")
    assert (nowhere.status_code, nowhere.json()["message"]) == (404, "There is nothing at /v1/nowhere.")
    wrong = await today.send("PATCH", "/v1/webhooks/endpoints")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")


async def test_what_nobody_foresaw_is_a_500_without_its_inside(today: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Answers, file: Any) -> Any:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(Answers, "file", broken)
    file = await today.made()
    answer = await today.send("GET", f"/v1/files/{file}")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert len(answer.json()["internalErrorCode"]) == 32


@pytest.mark.parametrize(("fault", "status"), [("rate_limited", 429), ("server_error", 503)])
async def test_a_share_of_the_requests_is_refused_on_purpose(tmp_path: Path, fault: str, status: int) -> None:
    async with driving(tmp_path, faults=Faults.parse(f"{fault}=1")) as driver:
        await driver.refused("POST", "/v1/tools/generate-image", {"prompt": "a pear"}, status=status)
        assert driver.sandbox.executions.listed() == []


async def test_half_an_answer_comes_after_the_work_is_done(tmp_path: Path) -> None:
    async with driving(tmp_path, faults=Faults(broken=1)) as driver:
        answer = await driver.client.post("/v1/tools/generate-image", json={"prompt": "a pear"})
        assert answer.status_code == 202
        with pytest.raises(json.JSONDecodeError):
            answer.json()
        assert len(driver.sandbox.executions.listed()) == 1


@pytest.mark.parametrize(("fault", "started"), [("drop_before", 0), ("drop_after", 1)])
async def test_the_connection_is_cut_before_or_after_the_work(tmp_path: Path, fault: str, started: int) -> None:
    async with driving(tmp_path, faults=Faults.parse(f"{fault}=1")) as driver:
        careless = httpx.ASGITransport(driver.app)
        async with httpx.AsyncClient(transport=careless, base_url=BASE, headers=driver.client.headers) as client:
            with pytest.raises(ConnectionResetError):
                await client.post("/v1/tools/generate-image", json={"prompt": "a pear"})
        assert len(driver.sandbox.executions.listed()) == started


async def test_pages_and_media_are_never_broken_on_purpose(tmp_path: Path) -> None:
    async with driving(tmp_path, faults=Faults(drop_before=1)) as driver:
        assert (await driver.fetch("/presenters/amara/thumbnail.png")).status_code == 200


@pytest.mark.parametrize(("fault", "started"), [("drop_before", 0), ("drop_after", 1)])
async def test_over_a_real_connection_nothing_comes_back(tmp_path: Path, fault: str, started: int) -> None:
    clock = TurnableClock()
    app = create_app(
        SandboxConfig(tmp_path, KEY, BASE, clock=clock, toolbox=TOOLBOX, faults=Faults.parse(f"{fault}=1"))
    )
    server = uvicorn.Server(uvicorn.Config(app, http="h11", lifespan="on", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener, anyio.fail_after(SOON):
        async with anyio.create_task_group() as group:
            group.start_soon(server.serve, [listener])
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/tools/generate-image"
            async with httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}) as client:
                with pytest.raises(httpx.TransportError):
                    await client.post(url, json={"prompt": "a pear [[stall]]"})
            executions = app.state.sandbox.executions.listed()
            server.should_exit = True
    assert len(executions) == started
