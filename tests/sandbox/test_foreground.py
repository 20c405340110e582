"""The sandbox in the foreground, as real processes; how it listens, shuts down and notices that it is idle."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from videogen_sandbox.process import launcher, modes, serving
from videogen_sandbox.process.errors import SandboxUnavailable
from videogen_sandbox.process.health import HealthMiddleware, Usage
from videogen_sandbox.process.launcher import Address
from videogen_sandbox.process.listening import base_url, first_listener
from videogen_sandbox.process.used_paths import UsedPaths

SOON = 20.0
"""Seconds of real time after which a test has failed."""


def ask(address: Address, path: str = "/v1/webhooks/endpoints") -> httpx.Response:
    headers = {"authorization": f"Bearer {address.api_key}"}
    return httpx.get(address.base_url + path, headers=headers, trust_env=False, timeout=SOON)


def connected(address: Address) -> socket.socket:
    """A connection that the shutdown of the sandbox closes."""
    where = urlsplit(address.base_url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=SOON)


Foreground = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator[Foreground]:
    started: list[subprocess.Popen[str]] = []

    def start(**options: object) -> subprocess.Popen[str]:
        program = (
            "import json, pathlib, sys; from videogen_sandbox.process.modes import serve_foreground;"
            "serve_foreground(data_dir=pathlib.Path(sys.argv[1]), **json.loads(sys.argv[2]))"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "data"), json.dumps({"port": 0} | options)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
        one.communicate(timeout=SOON)


def first_line(one: subprocess.Popen[str]) -> Address:
    assert one.stdout is not None
    base_url, key = one.stdout.readline().split()
    return Address(base_url, key)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_one_in_the_foreground_says_where_it_is_and_ends_on_a_signal(
    foreground: Foreground, number: signal.Signals
) -> None:
    one = foreground()
    assert ask(first_line(one)).status_code == 200
    one.send_signal(number)
    out, err = one.communicate(timeout=SOON)
    assert (one.returncode, out, err) == (0, "", "")


def test_the_one_in_the_foreground_takes_a_key_and_a_dialect(foreground: Foreground) -> None:
    address = first_line(foreground(key="mine", dialect="v0"))
    assert address.api_key == "mine"
    assert ask(address).status_code == 200
    assert ask(address, "/v1/me").status_code == 404


def test_an_open_connection_does_not_hold_up_the_end(foreground: Foreground) -> None:
    one = foreground()
    with connected(first_line(one)) as connection:
        connection.sendall(b"POST /v1/files/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
        one.send_signal(signal.SIGTERM)
        assert one.wait(serving.HARD_EXIT + 2) == 0


def test_it_says_that_its_data_are_gone(foreground: Foreground, tmp_path: Path) -> None:
    one = foreground()
    assert ask(first_line(one)).status_code == 200
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    assert one.wait(SOON) != 0
    assert one.stderr is not None
    assert f"{tmp_path / 'data'} was removed or replaced while the sandbox ran" in one.stderr.read()


def test_it_leaves_when_nobody_needs_it(foreground: Foreground) -> None:
    one = foreground(idle_exit=0.1)
    assert one.wait(SOON) == 0


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SandboxUnavailable, match="--port 0"):
        modes.serve_foreground(port=other.getsockname()[1], data_dir=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_the_first_free_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listener = first_listener("127.0.0.1", [other.getsockname()[1], 0])
    assert listener is not None
    with listener:
        assert listener.getsockname()[1] != 0


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", "localhost")]
)
def test_the_base_url_is_where_this_machine_reaches_it(host: str, name: str) -> None:
    listener = first_listener(host, [0])
    assert listener is not None
    with listener:
        assert base_url(host, listener) == f"http://{name}:{listener.getsockname()[1]}"


class HandClock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_idleness_begins_when_the_last_request_and_the_last_job_end() -> None:
    clock, jobs = HandClock(), ["a job"]
    usage = Usage(lambda: bool(jobs), clock)
    clock.now = 100
    assert usage.idle() == 0
    jobs.clear()
    clock.now = 130
    assert usage.idle() == 30
    with usage.request():
        clock.now = 1000
        assert usage.idle() == 0
    clock.now = 1005
    assert usage.idle() == 5


@pytest.mark.anyio
async def test_without_its_data_it_takes_no_request(tmp_path: Path) -> None:
    """Until it has exited: what was taken now would be lost."""
    (tmp_path / "sandbox.db").touch()
    paths = UsedPaths.of([tmp_path, tmp_path / "sandbox.db"])
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await Response(status_code=202)(scope, receive, send)

    usage = Usage(lambda: False, HandClock())
    sandbox = HealthMiddleware(app, usage, paths.missing, key="sk", instance="i", dialect="v2")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox), base_url="http://sandbox.test") as client:
        assert (await client.get("/health")).json()["status"] == "ok"
        assert (await client.post("/v1/tools/generate-image")).status_code == 202
        (tmp_path / "other").touch()
        (tmp_path / "other").replace(tmp_path / "sandbox.db")
        for path in ("/health", "/v1/tools/generate-image"):
            refused = await client.post(path)
            assert (refused.status_code, "was removed or replaced" in refused.json()["message"]) == (503, True)
            assert "proof" not in refused.json()
    assert asked == ["/v1/tools/generate-image"]


def test_stop_all_ends_every_sandbox_of_a_data_directory(foreground: Foreground, tmp_path: Path) -> None:
    first, second = foreground(), foreground()
    assert ask(first_line(first)).status_code == 200
    assert ask(first_line(second)).status_code == 200
    assert launcher.stop_all(tmp_path / "data") is True
    assert (first.wait(SOON), second.wait(SOON)) == (0, 0)
    assert launcher.stop_all(tmp_path / "data") is False
    assert list((tmp_path / "data" / "alive").iterdir()) == []


def test_a_data_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxUnavailable, match="cannot be made"):
        modes.serve_foreground(port=0, data_dir=tmp_path / "file" / "data")


@pytest.mark.anyio
async def test_a_python_that_cannot_be_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may lie in the home folder of another user."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    with pytest.raises(SandboxUnavailable, match=r"no python: No such file"):
        await launcher.find_or_start(tmp_path / "state")
