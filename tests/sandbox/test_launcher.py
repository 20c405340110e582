"""The detached sandbox, as real processes: what a test started is stopped, at the end or by the next one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest

from tests.generated import is_full
from videogen_sandbox import __version__
from videogen_sandbox.config import Dialect
from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.process import launcher, modes, requirements
from videogen_sandbox.process.description import Description, StateFiles
from videogen_sandbox.process.errors import ExtraMissing, SandboxUnavailable, StateDirUnusable
from videogen_sandbox.process.launcher import Address, find_or_start, stop

SOON = 20.0
"""Seconds of real time after which a test has failed."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "state"
    yield directory
    stop(directory)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state directory for tests that begin with whatever sandbox the one before left there, if it left one."""
    directory = tmp_path_factory.mktemp("shared") / "state"
    yield directory
    stop(directory)


def found(state: Path, dialect: Dialect = "v2") -> Address:
    return anyio.run(partial(find_or_start, state, dialect=dialect))


def described(state: Path) -> Description:
    description = Description.load(StateFiles(state).description)
    assert description is not None
    return description


def rewrite(state: Path, **changes: object) -> None:
    path = StateFiles(state).description
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def ask(address: Address, path: str = "/v1/webhooks/endpoints") -> httpx.Response:
    headers = {"authorization": f"Bearer {address.api_key}"}
    return httpx.get(address.base_url + path, headers=headers, trust_env=False, timeout=SOON)


def connected(address: Address) -> socket.socket:
    """A connection that the sandbox's end will close."""
    where = urlsplit(address.base_url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=SOON)


def test_it_starts_and_answers_with_the_key(shared: Path) -> None:
    address = found(shared)
    assert ask(address).status_code == 200
    assert ask(Address(address.base_url, "wrong")).status_code == 401


def test_only_the_user_can_read_the_key(shared: Path) -> None:
    address = found(shared)
    files = [
        path for path in shared.iterdir() if path.is_file() and address.api_key in path.read_text(errors="replace")
    ]
    assert files == [StateFiles(shared).description]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.stat().st_mode) == 0o700


def test_it_is_found_again(shared: Path) -> None:
    address, pid = found(shared), described(shared).pid
    assert found(shared) == address
    assert described(shared).pid == pid


def test_racing_processes_end_with_one_sandbox(state: Path) -> None:
    program = (
        "import anyio, sys, pathlib; from videogen_sandbox.process.launcher import find_or_start as f;"
        "sys.stdin.readline(); print(anyio.run(f, pathlib.Path(sys.argv[1])).base_url)"
    )
    command, pipe = [sys.executable, "-c", program, str(state)], subprocess.PIPE
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
    monkeypatch.setenv("VIDEOGEN_SANDBOX_MAX_DISK", "1MB")
    seen: dict[str, Any] = {}
    spawn = subprocess.Popen

    def remember(*arguments: Any, **options: Any) -> Any:
        seen.update(options, command=arguments[0])
        return spawn(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", remember)
    address = found(state)
    assert "sk_private" not in str(seen)
    assert seen["env"]["VIDEOGEN_SANDBOX_MAX_DISK"] == "1MB"
    assert address.api_key not in str(seen)
    assert (seen["start_new_session"], seen["cwd"]) == (True, state)
    assert os.getsid(described(state).pid) != os.getsid(0)


def test_after_a_crash_the_next_one_has_the_same_address_and_data(shared: Path) -> None:
    address = found(shared)
    kept = StateFiles(shared).data_dir / "kept"
    kept.write_text("data")
    pid = described(shared).pid
    os.killpg(pid, signal.SIGKILL)
    assert found(shared) == address
    assert described(shared).pid != pid
    assert kept.read_text() == "data"


def test_a_stale_description_never_ends_a_stranger(state: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        state.mkdir()
        base_url = "http://127.0.0.1:1"
        Description(base_url, "sk_old", stranger.pid, __version__, "v2", "old").save(StateFiles(state).description)
        StateFiles(state).owner_lock().path.write_text(f"{stranger.pid} {socket.gethostname()}")
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
        Description(base_url, "sk_old", 1, __version__, "v2", "old").save(StateFiles(state).description)

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
    StateFiles(state).description.write_text(text)
    assert Description.load(StateFiles(state).description) is None


def test_an_older_one_is_replaced_and_a_newer_one_kept(shared: Path) -> None:
    found(shared)
    pid = described(shared).pid
    rewrite(shared, version="999.0")
    found(shared)
    assert described(shared).pid == pid
    rewrite(shared, version="0.0.1")
    found(shared)
    assert described(shared).pid != pid
    assert described(shared).version == __version__


def test_one_of_another_dialect_is_replaced(shared: Path) -> None:
    address = found(shared)
    assert ask(address, "/v1/me").status_code == 200
    assert ask(found(shared, dialect="v0"), "/v1/me").status_code == 404


def test_one_that_hangs_is_replaced(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(shared)
    pid = described(shared).pid
    monkeypatch.setattr(launcher, "PROBE_TIMEOUT", 0.5)
    monkeypatch.setattr(launcher, "STOP_TIMEOUT", 0.5)
    os.kill(pid, signal.SIGSTOP)
    address = found(shared)
    assert described(shared).pid != pid
    assert ask(address).status_code == 200


def test_one_that_hangs_is_replaced_also_when_the_machine_has_another_name(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As notebooks get one with every network."""
    found(shared)
    pid = described(shared).pid
    monkeypatch.setattr(socket, "gethostname", lambda: "renamed.local")
    monkeypatch.setattr(launcher, "PROBE_TIMEOUT", 0.5)
    monkeypatch.setattr(launcher, "STOP_TIMEOUT", 0.5)
    os.kill(pid, signal.SIGSTOP)
    address = found(shared)
    assert described(shared).pid != pid
    assert ask(address).status_code == 200


def test_one_in_another_container_is_left_alone(state: Path) -> None:
    state.mkdir()
    lock = StateFiles(state).owner_lock()
    assert lock.acquire()
    lock.path.write_text("7 elsewhere")
    with pytest.raises(StateDirUnusable, match="elsewhere"):
        found(state)
    Description("http://127.0.0.1:1", "sk_key", 7, __version__, "v2", "i", "another boot").save(
        StateFiles(state).description
    )
    with pytest.raises(StateDirUnusable, match="elsewhere"):
        found(state)
    lock.release()


def test_stop_ends_it_and_says_whether_there_was_one(shared: Path) -> None:
    address = found(shared)
    with connected(address) as connection:
        assert stop(shared) is True
        assert connection.recv(1) == b""
    assert not StateFiles(shared).owner_lock().is_held()
    assert stop(shared) is False


def test_stop_where_there_never_was_one_leaves_nothing_behind(tmp_path: Path) -> None:
    assert stop(tmp_path / "state") is False
    assert not (tmp_path / "state").exists()


def test_it_leaves_when_its_directory_is_removed(state: Path) -> None:
    address = found(state)
    with connected(address) as connection:
        shutil.rmtree(state, ignore_errors=True)
        assert connection.recv(1) == b""


def ending(address: Address) -> str:
    """Run an execution and return what a webhook says of its end."""
    headers = {"authorization": f"Bearer {address.api_key}"}
    with (
        socket.create_server(("127.0.0.1", 0)) as receiver,
        httpx.Client(base_url=address.base_url, headers=headers, trust_env=False, timeout=SOON) as client,
    ):
        receiver.settimeout(2 * SOON)
        url = f"http://127.0.0.1:{receiver.getsockname()[1]}/"
        events = [f"tool_execution.{end}" for end in ("succeeded", "failed", "cancelled")]
        client.post("/v1/webhooks/endpoints", json={"url": url, "events": events}).raise_for_status()
        body = {"prompt": "rain", "durationSeconds": 1}
        client.post("/v1/tools/generate-sound-effect", json=body).raise_for_status()
        connection, _ = receiver.accept()
        with connection, connection.makefile("rwb") as stream:
            length = next(
                int(line.partition(b":")[2]) for line in stream if line.lower().startswith(b"content-length:")
            )
            next(line for line in stream if line == b"\r\n")
            payload: dict[str, str] = json.loads(stream.read(length))
            stream.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    return payload["event"]


@pytest.mark.parametrize("name", [".", "sandbox.db", "files", "work"] if is_full() else [".", "files"])
def test_data_that_are_removed_while_it_runs_make_room_for_a_new_one(shared: Path, name: str) -> None:
    address = found(shared)
    pid, log = described(shared).pid, StateFiles(shared).log
    logged = log.stat().st_size
    removed = StateFiles(shared).data_dir / name
    removed.unlink() if removed.is_file() else shutil.rmtree(removed, ignore_errors=True)
    assert found(shared) == address
    assert described(shared).pid != pid
    assert ending(address) == "tool_execution.succeeded"
    assert "was removed" in log.read_text()[logged:]


def test_it_exits_by_itself_when_its_data_are_removed(shared: Path) -> None:
    address = found(shared)
    with connected(address) as connection:
        shutil.rmtree(StateFiles(shared).data_dir, ignore_errors=True)
        assert connection.recv(1) == b""


def test_a_start_that_fails_says_what_the_log_says(state: Path) -> None:
    state.mkdir()
    StateFiles(state).data_dir.write_text("a file where the directory should be")
    with pytest.raises(SandboxUnavailable, match=r"exited while it started.*FileExistsError") as refusal:
        found(state)
    assert "Traceback" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:99999", "http://[", "http://127.0.0.1", "https://example.com:1", ""]
)
def test_a_description_with_an_odd_address_counts_as_none(state: Path, address: str) -> None:
    state.mkdir()
    files = StateFiles(state)
    Description(address, "sk_key", 1, "0.1.0", "v2", "instance").save(files.description)
    assert Description.load(files.description) is None


@pytest.mark.parametrize("content", [b"0 here", b"-1 here", b"99999999999999999999 here", b"\xff\xfe", b"1", b"x y"])
def test_a_lock_with_odd_content_has_no_owner(tmp_path: Path, content: bytes) -> None:
    lock = FileLock(tmp_path / "sandbox.lock")
    lock.path.write_bytes(content)
    assert lock.read_owner() is None


@pytest.mark.skipif(sys.platform == "win32", reason="flock is not of Windows")
def test_a_file_system_without_locks_is_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS without lockd answers ENOLCK."""

    def no_locks(descriptor: int) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("videogen_sandbox.file_lock._try_lock", no_locks)
    with pytest.raises(StateDirUnusable, match=r"sandbox\.start cannot be used: No locks available"):
        found(state)
    monkeypatch.undo()


@pytest.mark.parametrize("name", ["sandbox.start", "sandbox.lock"])
def test_a_lock_that_cannot_be_opened_is_named(state: Path, name: str) -> None:
    """elgorro/aiquila#341: the files belong to another user (here: a folder in place of the file)."""
    (state / name).mkdir(parents=True)
    with pytest.raises(StateDirUnusable, match=f"{name} cannot be used"):
        found(state)
    (state / name).rmdir()


@pytest.mark.parametrize("name", ["sandbox", "sandbox.db", "files"])
def test_data_of_another_user_are_named(state: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Who runs the tests as root may write everywhere, so the answer of the system is played."""
    data = StateFiles(state).data_dir
    (data / "files").mkdir(parents=True)
    (data / "sandbox.db").touch()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != name and access(path, mode))
    with pytest.raises(StateDirUnusable, match=rf"{name} is not writable\.$"):
        found(state)
    with pytest.raises(SandboxUnavailable, match=rf"{name} is not writable\.$"):
        modes.serve_foreground(port=0, data_dir=data)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_limit_of_file_sizes_that_is_too_low_is_named(state: Path) -> None:
    program = (
        "import anyio, pathlib, resource, sys; from videogen_sandbox.process.launcher import find_or_start as f;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (204_800, 204_800)); anyio.run(f, pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SOON, check=False)
    said = done.stderr.splitlines()[-1]
    assert "Files may have at most 204800 bytes here (ulimit -f), and the sandbox needs 67108864" in said


def test_without_the_extra_it_is_said_what_is_missing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "MODULES", ("json", "not_installed_here"))
    with pytest.raises(ExtraMissing, match=r"missing: not_installed_here\)"):
        found(state)
    assert not state.exists()


def test_a_state_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirUnusable, match="cannot be made"):
        found(tmp_path / "file" / "state")
