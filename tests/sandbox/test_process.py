"""Real processes: each test has a state directory of its own and ends what it started."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest

from videogen_mcp import __version__
from videogen_sandbox.process import process, serving
from videogen_sandbox.process.description import Description, Home
from videogen_sandbox.process.locks import FileLock
from videogen_sandbox.process.process import Address, SandboxUnavailable, find_or_start, running, stop

SOON = 20.0
"""Seconds of real time after which a test has failed."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "state"
    yield directory
    stop(directory)


def found(state: Path, dialect: process.Dialect = "v2") -> Address:
    return anyio.run(partial(find_or_start, state, dialect=dialect))


def described(state: Path) -> Description:
    description = Description.load(Home(state).description)
    assert description is not None
    return description


def rewrite(state: Path, **changes: object) -> None:
    path = Home(state).description
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def ask(address: Address, path: str = "/v1/webhooks/endpoints") -> httpx.Response:
    headers = {"authorization": f"Bearer {address.api_key}"}
    return httpx.get(address.base_url + path, headers=headers, trust_env=False, timeout=SOON)


def connected(address: Address) -> socket.socket:
    """A connection that the sandbox's end will close."""
    where = urlsplit(address.base_url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=SOON)


def test_it_starts_and_answers_with_the_key(state: Path) -> None:
    address = found(state)
    assert ask(address).status_code == 200
    assert ask(Address(address.base_url, "wrong")).status_code == 401


def test_only_the_user_can_read_the_key(state: Path) -> None:
    address = found(state)
    files = [path for path in state.iterdir() if path.is_file() and address.api_key in path.read_text(errors="replace")]
    assert files == [Home(state).description]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_it_is_found_again(state: Path) -> None:
    address = found(state)
    pid = described(state).pid
    assert found(state) == address
    assert running(state) == address
    assert described(state).pid == pid


def test_racing_processes_end_with_one_sandbox(state: Path) -> None:
    program = (
        "import anyio, sys, pathlib; from videogen_sandbox.process.process import find_or_start as f;"
        "sys.stdin.readline(); print(anyio.run(f, pathlib.Path(sys.argv[1])).base_url)"
    )
    command = [sys.executable, "-c", program, str(state)]
    pipe = subprocess.PIPE
    racers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = {racer.communicate(timeout=2 * SOON)[0] for racer in racers}
    assert said == {described(state).base_url + "\n"}
    assert [racer.returncode for racer in racers] == [0, 0, 0, 0]


def test_it_outlives_its_starter_and_hears_nothing_of_its_account(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_API_KEY", "sk_private")
    seen: dict[str, Any] = {}
    spawn = subprocess.Popen

    def remember(*arguments: Any, **options: Any) -> Any:
        seen.update(options, command=arguments[0])
        return spawn(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", remember)
    address = found(state)
    assert "sk_private" not in str(seen)
    assert address.api_key not in str(seen)
    assert (seen["start_new_session"], seen["cwd"]) == (True, state)
    assert os.getsid(described(state).pid) != os.getsid(0)


def test_after_a_crash_the_next_one_has_the_same_address_and_data(state: Path) -> None:
    address = found(state)
    kept = Home(state).data_dir / "kept"
    kept.write_text("data")
    pid = described(state).pid
    os.killpg(pid, signal.SIGKILL)
    assert found(state) == address
    assert described(state).pid != pid
    assert kept.read_text() == "data"


def test_a_stale_description_never_ends_a_stranger(state: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        state.mkdir()
        base_url = "http://127.0.0.1:1"
        Description(base_url, "sk_old", stranger.pid, __version__, "v2", "old").save(Home(state).description)
        Home(state).life().path.write_text(f"{stranger.pid} {socket.gethostname()}")
        address = found(state)
        assert ask(address).status_code == 200
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n", timeout=SOON)


def test_the_key_is_not_sent_to_a_stranger_at_the_old_port(state: Path) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        state.mkdir()
        base_url = f"http://127.0.0.1:{stranger.getsockname()[1]}"
        Description(base_url, "sk_old", 1, __version__, "v2", "old").save(Home(state).description)

        def overhear() -> None:
            for _ in range(2):  # it is asked once more by whoever has the turn to start
                connection, _ = stranger.accept()
                with connection:
                    heard.append(connection.recv(10_000))
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        listening = threading.Thread(target=overhear, daemon=True)
        listening.start()
        address = found(state)
        listening.join(SOON)
    assert address.base_url != base_url
    assert len(heard) == 2
    assert all(b"sk_old" not in request for request in heard)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"base_url": 1}', "null", '"\\u0000"'])
def test_a_broken_description_is_replaced(state: Path, text: str) -> None:
    state.mkdir()
    Home(state).description.write_text(text)
    assert running(state) is None
    assert Description.load(Home(state).description) is None


def test_an_older_one_is_replaced_and_a_newer_one_kept(state: Path) -> None:
    found(state)
    pid = described(state).pid
    rewrite(state, version="999.0")
    found(state)
    assert described(state).pid == pid
    rewrite(state, version="0.0.1")
    found(state)
    assert described(state).pid != pid
    assert described(state).version == __version__


def test_one_of_another_dialect_is_replaced(state: Path) -> None:
    address = found(state)
    assert ask(address, "/v1/me").status_code == 200
    assert ask(found(state, dialect="v0"), "/v1/me").status_code == 404


def test_one_that_hangs_is_replaced(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(state)
    pid = described(state).pid
    monkeypatch.setattr(process, "PROBE_LIMIT", 0.5)
    monkeypatch.setattr(process, "STOP_LIMIT", 0.5)
    os.kill(pid, signal.SIGSTOP)
    address = found(state)
    assert described(state).pid != pid
    assert ask(address).status_code == 200


def test_one_in_another_container_is_left_alone(state: Path) -> None:
    state.mkdir()
    life = Home(state).life()
    assert life.take()
    life.write("7 elsewhere")
    with pytest.raises(SandboxUnavailable, match=r"elsewhere.*VIDEOGEN_MCP_STATE_DIR"):
        found(state)
    life.write("")
    life.release()


def test_stop_ends_it_and_says_whether_there_was_one(state: Path) -> None:
    address = found(state)
    with connected(address) as connection:
        assert stop(state) is True
        assert connection.recv(1) == b""
    life = Home(state).life()
    assert life.take()
    life.release()
    assert running(state) is None
    assert stop(state) is False


def test_stop_where_there_never_was_one_leaves_nothing_behind(tmp_path: Path) -> None:
    assert stop(tmp_path / "state") is False
    assert not (tmp_path / "state").exists()


def test_it_leaves_when_its_directory_is_removed(state: Path) -> None:
    address = found(state)
    with connected(address) as connection:
        shutil.rmtree(state, ignore_errors=True)
        assert connection.recv(1) == b""


def test_a_start_that_fails_says_what_the_log_says(state: Path) -> None:
    state.mkdir()
    Home(state).data_dir.write_text("a file where the directory should be")
    with pytest.raises(SandboxUnavailable, match=r"ended while it started(.|\n)*FileExistsError"):
        found(state)


def test_without_the_extra_the_message_has_the_command(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "EXTRA", ("json", "not_installed_here"))
    with pytest.raises(SandboxUnavailable) as refusal:
        found(state)
    message = str(refusal.value)
    assert "missing: not_installed_here)" in message
    python = f'"{sys.executable}"'
    installer = f"{python} -m pip install" if importlib.util.find_spec("pip") else f"uv pip install --python {python}"
    assert f'{installer} "videogen-mcp-server[sandbox]"' in message
    assert not state.exists()


def test_a_state_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxUnavailable, match="VIDEOGEN_MCP_STATE_DIR"):
        found(tmp_path / "file" / "state")


def test_importing_it_brings_nothing_heavy() -> None:
    program = "import sys, videogen_sandbox.process.process; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=SOON)
    heavy = {"starlette", "uvicorn", "numpy", "av", "PIL", "httpx", "pydantic", "mcp", "sqlite3", "onnxruntime"}
    assert heavy.isdisjoint(loaded.stdout.split())


Foreground = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator[Foreground]:
    started: list[subprocess.Popen[str]] = []

    def start(**options: object) -> subprocess.Popen[str]:
        program = (
            "import json, pathlib, sys; from videogen_sandbox.process.process import serve;"
            "serve(data_dir=pathlib.Path(sys.argv[1]), **json.loads(sys.argv[2]))"
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
def test_the_one_in_the_foreground_says_where_it_is_and_ends_when_told(
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


def test_it_leaves_when_nobody_needs_it(foreground: Foreground) -> None:
    one = foreground(idle_exit=0.1)
    assert one.wait(SOON) == 0


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SandboxUnavailable, match="--port 0"):
        process.serve(port=other.getsockname()[1], data_dir=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_the_first_free_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listener = serving.listen("127.0.0.1", [other.getsockname()[1], 0])
    assert listener is not None
    with listener:
        assert listener.getsockname()[1] != 0


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", "localhost")]
)
def test_the_base_url_is_where_this_machine_reaches_it(host: str, name: str) -> None:
    listener = serving.listen(host, [0])
    assert listener is not None
    with listener:
        assert serving.base_url(host, listener) == f"http://{name}:{listener.getsockname()[1]}"


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
    usage = serving.Usage(lambda: bool(jobs), clock)
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


def test_a_lock_is_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from videogen_sandbox.process.locks import FileLock;"
        "print(FileLock(pathlib.Path(sys.argv[1])).take(), flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "lock")]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    lock = FileLock(tmp_path / "lock")
    assert not lock.take()
    holder.kill()
    holder.communicate(timeout=SOON)
    assert lock.take()
    lock.release()
