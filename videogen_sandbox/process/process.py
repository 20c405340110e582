"""The sandbox as a process: the one that a state directory has, and the one in the foreground.

A state directory has at most one detached sandbox. It holds `sandbox.lock` for as long as it lives, so that whether
there is one never depends on a process id that may have been given to somebody else. What it says of itself stands in
`sandbox.json`, readable by the user only; the file outlives the sandbox, and the next one takes address and key from
it, so that links keep working. Whoever wants to start one holds `sandbox.start` meanwhile.

Only the standard library and anyio are imported here: the MCP server has this module, not the sandbox itself.
"""

from __future__ import annotations

import contextlib
import hmac
import http.client
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import anyio.to_thread

from videogen_sandbox import __version__
from videogen_sandbox.process.description import Description, Home, new_key, proof

if TYPE_CHECKING:
    from videogen_sandbox.api.faults import Faults as FaultPlan

Dialect = Literal["v0", "v2"]

DEFAULT_PORT = 8791
"""The documented one (DESIGN section 8). A detached sandbox takes another when this is in use."""

IDLE_EXIT = 600.0
"""Seconds without a request or a running job after which a detached sandbox leaves (DESIGN section 8)."""

PROBE_LIMIT = 5.0
"""Seconds for an answer to "are you there". It takes a millisecond; under full load of all cores, up to a second."""

START_LIMIT = 30.0
"""Seconds from spawn to ready. One or two are usual; a cold disk and a virus scanner make it ten and more."""

STOP_LIMIT = 10.0
"""Seconds a sandbox has to end by itself; `serving.HARD_EXIT` makes it keep to that."""

KILL_LIMIT = 5.0
"""Seconds until a killed process has really gone: only the kernel has still to clean up."""

TURN_LIMIT = START_LIMIT + STOP_LIMIT + KILL_LIMIT + PROBE_LIMIT
"""Seconds to wait while another process starts one: it ends the old one, starts the new one and looks at it."""

LOOK_AGAIN = 0.05
"""Seconds between two looks at a sandbox that is starting or ending."""

LOG_LIMIT = 1_000_000
"""Bytes. A log that is longer begins anew at the next start."""

LOG_TAIL = 1_500
"""Characters of the log that are shown when a sandbox did not start."""

EXTRA = ("av", "numpy", "PIL", "vtracer", "resvg_py", "onnxruntime", "hibari", "starlette", "uvicorn")
"""The modules without which the sandbox cannot make media (the extra `sandbox`) or cannot serve."""


class SandboxUnavailable(Exception):
    """There is no sandbox and none could be started. The message says what to do."""


@dataclass(frozen=True)
class Address:
    """Where a sandbox answers and what it wants to hear."""

    base_url: str
    api_key: str


async def find_or_start(state_dir: Path, *, dialect: Dialect = "v2") -> Address:
    """The detached sandbox of this state directory, started if there is none that is healthy and fits.

    Any number of processes may call this at once and get the same one. One of another dialect or of an older version
    is ended and replaced, one that hangs likewise; its data stays. A cancelled call returns at once, the start goes on.

    Raises SandboxUnavailable when the extra is missing or the sandbox does not come up within about START_LIMIT.
    """
    return await anyio.to_thread.run_sync(partial(_find_or_start, state_dir, dialect), abandon_on_cancel=True)


def running(state_dir: Path) -> Address | None:
    """Where the detached sandbox of this state directory answers now; None when there is none."""
    found = _answering(Home(state_dir.absolute()))
    return Address(found.base_url, found.key) if found else None


def stop(state_dir: Path) -> bool:
    """End the detached sandbox of this state directory and wait until it has gone; False when there was none.

    Raises SandboxUnavailable when it cannot be ended, or when another process is starting it for too long.
    """
    home = Home(state_dir.absolute())
    if not home.life().path.exists():
        return False
    with _turn(home):
        return _end(home)


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    data_dir: Path,
    dialect: Dialect = "v2",
    idle_exit: float | None = None,
    key: str | None = None,
    faults: FaultPlan | None = None,
) -> None:
    """Serve a sandbox in the foreground until SIGINT or SIGTERM.

    The first line on stdout is the base URL, a space and the key, as soon as it answers. Port 0 takes a free one,
    no key a random one. `idle_exit` is in seconds without a request or a running job; it also leaves when `data_dir`
    is removed. Raises SandboxUnavailable when the extra is missing or the port is taken.
    """
    _refuse_without_extra()
    from videogen_sandbox.api.faults import Faults
    from videogen_sandbox.config import SandboxConfig
    from videogen_sandbox.process import serving

    api_key = key or new_key()
    listener = serving.listen(host, [port])
    if listener is None:
        raise SandboxUnavailable(
            f"Port {port} of {host} cannot be used. Choose another one, or --port 0 for a free one."
        )
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    base_url = serving.base_url(host, listener)
    serving.run(
        SandboxConfig(data_dir, api_key, base_url, dialect, faults=faults or Faults()),
        listener,
        ready=lambda: print(base_url, api_key, flush=True),  # noqa: T201 - the line is the interface
        idle_exit=idle_exit,
        watched=data_dir,
    )


def serve_detached(state_dir: Path, *, instance: str, dialect: Dialect, idle_exit: float = IDLE_EXIT) -> bool:
    """Be the one sandbox of a state directory until it is idle; False when there is one already."""
    from videogen_sandbox.config import SandboxConfig
    from videogen_sandbox.process import serving

    home = Home(state_dir.absolute())
    life = home.life()
    if not life.take(PROBE_LIMIT):
        return False
    life.write(f"{os.getpid()} {socket.gethostname()}")
    before = Description.load(home.description)
    port = urlsplit(before.base_url).port if before else None
    listener = serving.listen("127.0.0.1", [port or DEFAULT_PORT, DEFAULT_PORT, 0])
    if listener is None:
        raise SandboxUnavailable("No port of 127.0.0.1 can be listened on.")
    home.data_dir.mkdir(exist_ok=True, mode=0o700)
    base_url = serving.base_url("127.0.0.1", listener)
    key = before.key if before else new_key()
    description = Description(base_url, key, os.getpid(), __version__, dialect, instance)
    serving.run(
        SandboxConfig(home.data_dir, key, base_url, dialect),
        listener,
        ready=lambda: description.save(home.description),
        idle_exit=idle_exit,
        watched=state_dir,
        instance=instance,
    )
    life.write("")
    life.release()
    return True


def _find_or_start(state_dir: Path, dialect: Dialect) -> Address:
    home = Home(state_dir.absolute())
    found = _answering(home)
    if found is None or not _fits(found, dialect):
        _refuse_without_extra()
        _prepare(home.state_dir)
        with _turn(home):
            found = _answering(home)
            if found is None or not _fits(found, dialect):
                _end(home)
                found = _start(home, dialect)
    return Address(found.base_url, found.key)


def _prepare(state_dir: Path) -> None:
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        usable = os.access(state_dir, os.R_OK | os.W_OK | os.X_OK)
    except OSError as error:
        raise SandboxUnavailable(
            f"The state directory cannot be made: {error}. Set VIDEOGEN_MCP_STATE_DIR to a folder of yours."
        ) from None
    if not usable:
        raise SandboxUnavailable(
            f"The state directory {state_dir} is not writable. Set VIDEOGEN_MCP_STATE_DIR to a folder of yours."
        )


def _fits(found: Description, dialect: Dialect) -> bool:
    """Newer ones are kept: they serve the same contract, and two versions must not end each other in turn."""
    return found.dialect == dialect and _version(found.version) >= _version(__version__)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _refuse_without_extra() -> None:
    missing = [module for module in EXTRA if importlib.util.find_spec(module) is None]
    if missing:
        with_pip = importlib.util.find_spec("pip") is not None
        command = f'"{sys.executable}" -m pip install' if with_pip else f'uv pip install --python "{sys.executable}"'
        raise SandboxUnavailable(
            f"The sandbox, which makes media without an account, is not installed (missing: {', '.join(missing)}). "
            f'Install it with: {command} "videogen-mcp-server[sandbox]". Or set VIDEOGEN_API_KEY to use VideoGen.'
        )


def _answering(home: Home) -> Description | None:
    """The description, if the sandbox that wrote it answers and proves that it knows the key."""
    found = Description.load(home.description)
    if found is None:
        return None
    nonce = secrets.token_hex(16)
    where = urlsplit(found.base_url)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=PROBE_LIMIT)
    try:
        connection.request("GET", f"/health?nonce={nonce}")
        answer: object = json.loads(connection.getresponse().read(4096))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    if not isinstance(answer, Mapping):
        return None
    proven = hmac.compare_digest(str(answer.get("proof")).encode(), proof(found.key, nonce).encode())
    return found if proven and answer.get("instance") == found.instance else None


@contextlib.contextmanager
def _turn(home: Home) -> Iterator[None]:
    turn = home.turn()
    if not turn.take(TURN_LIMIT):
        raise SandboxUnavailable(f"Another process is starting or ending the sandbox of {home.state_dir} for too long.")
    try:
        yield
    finally:
        turn.release()


def _end(home: Home) -> bool:
    """End whoever holds the life lock, kindly first; False when nobody does. Only called with the turn in hand."""
    life = home.life()
    lived = not life.take()
    if lived:
        pid, _, machine = life.read().partition(" ")
        if machine and machine != socket.gethostname():
            raise SandboxUnavailable(
                f"The sandbox of {home.state_dir} runs on another machine or in a container ({machine}). "
                "Give this one a state directory of its own (VIDEOGEN_MCP_STATE_DIR)."
            )
        if pid:
            _signal(int(pid), signal.SIGTERM)
        if not life.take(STOP_LIMIT) and pid:
            _kill(int(pid))
        if not life.take(KILL_LIMIT):
            raise SandboxUnavailable(f"The sandbox of {home.state_dir} (process {pid}) does not end. End it by hand.")
    life.write("")
    life.release()
    return lived


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _kill(pid: int) -> None:
    """The process and, where there are process groups, the workers it leads."""
    if sys.platform == "win32":
        _signal(pid, signal.SIGTERM)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _start(home: Home, dialect: Dialect) -> Description:
    """Start one and wait until it answers. Only called with the turn in hand and nobody alive."""
    instance = secrets.token_hex(8)
    process = _spawn(home, dialect, instance)
    # Somebody has to take note of its end, or it would stay behind as a zombie for as long as this process lives.
    threading.Thread(target=process.wait, name="sandbox-end", daemon=True).start()
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        described = Description.load(home.description)
        if described and described.instance == instance and (found := _answering(home)):
            return found
        if ended:
            raise SandboxUnavailable(f"The sandbox ended while it started. {_last_words(home)}")
        time.sleep(LOOK_AGAIN)
    _signal(process.pid, signal.SIGTERM)
    raise SandboxUnavailable(f"The sandbox did not answer within {START_LIMIT:.0f} s. {_last_words(home)}")


def _spawn(home: Home, dialect: Dialect, instance: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "videogen_sandbox"]
    command += ["--state-dir", str(home.state_dir), "--dialect", dialect, "--instance", instance]
    # The starter's account is none of the sandbox's business, and what lies where it starts are no modules.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIDEOGEN_")}
    environment["PYTHONSAFEPATH"] = "1"
    long = home.log.exists() and home.log.stat().st_size > LOG_LIMIT
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if long else 0)
    with os.fdopen(os.open(home.log, flags, 0o600), "ab") as log:
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.state_dir,
            env=environment,
            start_new_session=True,
            creationflags=flags,
        )


def _last_words(home: Home) -> str:
    text = home.log.read_text(errors="replace")[-LOG_TAIL:].strip()
    return f"Its log ({home.log}) ends with:\n{text}" if text else f"Its log ({home.log}) is empty."
