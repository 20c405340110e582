"""Finds, starts and stops the detached sandbox of a state directory.

A state directory has at most one detached sandbox. It owns `sandbox.lock` while it runs, so that whether there is one
never depends on a process id that may belong to another process by now. Its `Description` stands in `sandbox.json`,
readable by the user only. A process that starts or stops it owns `sandbox.start` meanwhile.

Nothing heavy is imported here: clients have this module in their process, not the sandbox itself.
"""

from __future__ import annotations

import contextlib
import hmac
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread

from videogen_sandbox import __version__, variables
from videogen_sandbox.config import Dialect
from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.process.description import Description, StateFiles, owner_locks
from videogen_sandbox.process.errors import SandboxUnavailable, StateDirUnusable
from videogen_sandbox.process.keys import proof
from videogen_sandbox.process.limits import first_unwritable
from videogen_sandbox.process.requirements import require_extra

PROBE_TIMEOUT = 5.0
"""Seconds for the answer of /health. It takes a millisecond; under full load of all cores, up to a second."""

START_TIMEOUT = 30.0
"""Seconds from spawn to ready. One or two are usual; a cold disk and a virus scanner make it ten and more."""

STOP_TIMEOUT = 10.0
"""Seconds that a sandbox has to exit after SIGTERM; `serving.HARD_EXIT` keeps it below that."""

KILL_TIMEOUT = 5.0
"""Seconds until a killed process is gone: only the kernel has still to clean up."""

START_LOCK_TIMEOUT = START_TIMEOUT + STOP_TIMEOUT + KILL_TIMEOUT + PROBE_TIMEOUT
"""Seconds to wait while another process stops the old sandbox, starts the new one and probes it."""

POLL_SECONDS = 0.05
"""Between two probes of a sandbox that is starting."""

LOG_LIMIT = 1_000_000
"""Bytes. A longer log is emptied at the next start."""

LOG_TAIL = 4_000
"""Characters of the log that are searched for the reason when a sandbox did not start."""

REASON_LENGTH = 300
"""Characters of the reason that are shown."""


@dataclass(frozen=True)
class Address:
    """Where a sandbox answers, and its key."""

    base_url: str
    api_key: str


async def find_or_start(state_dir: Path, *, dialect: Dialect = "v2") -> Address:
    """Return the detached sandbox of a state directory, started if none is healthy and fits.

    Any number of processes may call this at once and get the same one. One of another dialect or of an older version
    is replaced, and so is one that hangs; its data stays. A cancelled call returns at once, the start goes on.

    Raise SandboxUnavailable when the extra is missing or the sandbox does not answer within about START_TIMEOUT.
    """
    return await anyio.to_thread.run_sync(partial(_find_or_start, state_dir, dialect), abandon_on_cancel=True)


def find(state_dir: Path) -> Description | None:
    """Return the description of the detached sandbox of a state directory that answers; None where there is none."""
    return _answering(StateFiles(state_dir.absolute()))


def stop(state_dir: Path) -> bool:
    """Stop the detached sandbox of a state directory and wait until it is gone; False when none was running.

    Raise SandboxUnavailable when it cannot be stopped, or when another process is starting it for too long.
    """
    files = StateFiles(state_dir.absolute())
    with _usable(files):
        if not files.owner_lock().path.exists():
            return False
        with _start_lock(files):
            return _stop_owner(files.owner_lock(), files.state_dir, Description.load(files.description))


def stop_all(data_dir: Path) -> bool:
    """Stop every sandbox that serves a data directory and wait until it is gone; False when none did.

    Raise SandboxUnavailable when one cannot be stopped.
    """
    stopped = False
    for lock in owner_locks(data_dir):
        if lock.is_held() and lock.read_owner():
            stopped = _stop_owner(lock, data_dir) or stopped
            lock.path.unlink(missing_ok=True)
    return stopped


def _find_or_start(state_dir: Path, dialect: Dialect) -> Address:
    files = StateFiles(state_dir.absolute())
    with _usable(files):
        return _found_or_started(files, dialect)


@contextlib.contextmanager
def _usable(files: StateFiles) -> Iterator[None]:
    """Turn what the system refuses into SandboxUnavailable; into StateDirUnusable for files of the state directory that
    belong to another user, are read-only, or cannot be locked."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.filename and Path(error.filename).is_relative_to(files.state_dir):
            raise StateDirUnusable(f"{error.filename} cannot be used: {reason}.") from None
        what = f"{error.filename}: {reason}" if error.filename else reason
        raise SandboxUnavailable(f"The sandbox cannot be started: {what}.") from None


def _found_or_started(files: StateFiles, dialect: Dialect) -> Address:
    found = _answering(files)
    if found is None or not _fits(found, dialect):
        require_extra()
        _create(files)
        with _start_lock(files):
            found = _answering(files)
            if found is None or not _fits(found, dialect):
                _stop_owner(files.owner_lock(), files.state_dir, Description.load(files.description))
                found = _start(files, dialect)
    return Address(found.base_url, found.key)


def _create(files: StateFiles) -> None:
    try:
        files.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        usable = os.access(files.state_dir, os.R_OK | os.W_OK | os.X_OK)
        unwritable = first_unwritable(files.data_dir) if usable else files.state_dir
    except OSError as error:
        raise StateDirUnusable(f"The state directory cannot be made: {error}.") from None
    if unwritable:
        raise StateDirUnusable(f"{unwritable} is not writable.")


def _fits(found: Description, dialect: Dialect) -> bool:
    """Newer ones are kept: they serve the same contract, and two versions must not replace each other in turn."""
    return found.dialect == dialect and _version(found.version) >= _version(__version__)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _answering(files: StateFiles) -> Description | None:
    """Return the description, if the sandbox that wrote it answers and proves that it knows the key."""
    found = Description.load(files.description)
    if found is None:
        return None
    nonce = secrets.token_hex(16)
    where = urlsplit(found.base_url)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=PROBE_TIMEOUT)
    try:
        connection.request("GET", f"/health?nonce={nonce}")
        health: object = json.loads(connection.getresponse().read(4096))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    if not isinstance(health, Mapping):
        return None
    proven = hmac.compare_digest(str(health.get("proof")).encode(), proof(found.key, nonce).encode())
    return found if proven and health.get("instance") == found.instance else None


@contextlib.contextmanager
def _start_lock(files: StateFiles) -> Iterator[None]:
    lock = files.start_lock()
    if not lock.acquire(START_LOCK_TIMEOUT):
        raise SandboxUnavailable(
            f"Another process has been starting or stopping the sandbox of {files.state_dir} for too long."
        )
    try:
        yield
    finally:
        lock.release()


def _stop_owner(lock: FileLock, place: Path, described: Description | None = None) -> bool:
    """Stop the sandbox that owns `lock`, with SIGTERM first; False when none does. `place` is for messages.

    For the owner lock of a state directory only while the start lock is held, and with what stands there about the
    owner: it runs on this machine even if that has another name by now, as notebooks get one with every network.
    """
    was_running = not lock.acquire()
    if was_running:
        owner = lock.read_owner()
        if owner and not owner.is_local and not (described and described.is_of(owner.pid)):
            raise StateDirUnusable(
                f"The sandbox of {place} runs on another machine or in a container ({owner.machine})."
            )
        if owner:
            _signal(owner.pid, signal.SIGTERM)
        if not lock.acquire(STOP_TIMEOUT) and owner:
            _kill(owner.pid)
        if not lock.acquire(KILL_TIMEOUT):
            process = f"process {owner.pid}" if owner else "process unknown"
            raise SandboxUnavailable(f"The sandbox of {place} ({process}) does not exit. Kill it by hand.")
    lock.release()
    return was_running


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # Another user's: it does not exit.
        os.kill(pid, number)


def _kill(pid: int) -> None:
    """Kill the process and, if it leads a process group, the workers in it."""
    if sys.platform == "win32":
        _signal(pid, signal.SIGTERM)
    else:
        _signal(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _start(files: StateFiles, dialect: Dialect) -> Description:
    """Start a sandbox and wait until it answers. Only while the start lock is held and no sandbox runs."""
    instance = secrets.token_hex(8)
    process = _spawn(files, dialect, instance)
    # Somebody has to wait for its end, or it would stay a zombie for as long as this process runs.
    threading.Thread(target=process.wait, name="sandbox-end", daemon=True).start()
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        exited = process.poll() is not None
        described = Description.load(files.description)
        if described and described.instance == instance and (found := _answering(files)):
            return found
        if exited:
            raise SandboxUnavailable(f"The sandbox exited while it started. {_reason(files)}")
        time.sleep(POLL_SECONDS)
    _signal(process.pid, signal.SIGTERM)
    raise SandboxUnavailable(f"The sandbox did not answer within {START_TIMEOUT:.0f} s. {_reason(files)}")


def _spawn(files: StateFiles, dialect: Dialect, instance: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "videogen_sandbox"]
    command += ["--state-dir", str(files.state_dir), "--dialect", dialect, "--instance", instance]
    # A sandbox must not inherit the key of its starter's account, nor import what lies in its working directory.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in variables.SETTINGS or not name.startswith("VIDEOGEN_")
    }
    environment["PYTHONSAFEPATH"] = "1"
    too_long = files.log.exists() and files.log.stat().st_size > LOG_LIMIT
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if too_long else 0)
    with os.fdopen(os.open(files.log, flags, 0o600), "ab") as log:
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=files.state_dir,
            env=environment,
            start_new_session=True,
            creationflags=flags,
        )


def _reason(files: StateFiles) -> str:
    """Return the last words of the log, without the stack trace before them, and where the rest stands."""
    try:
        lines = files.log.read_text(errors="replace")[-LOG_TAIL:].splitlines()
    except OSError as error:
        return f"Its log ({files.log}) cannot be read: {error.strerror}."
    messages = [line.strip() for line in lines if re.match(r"[^\s|+]", line) and not line.startswith("Traceback")]
    words = f" says: {messages[-1][:REASON_LENGTH]}" if messages else " is empty"
    return f"Its log ({files.log}){words}"
