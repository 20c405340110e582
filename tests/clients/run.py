"""Tries one client: starts it, lets its model play the script, and judges by what the model was shown, what passed over
stdio, and what the sandbox was asked to make."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx

from tests.clients import conversation, environments
from tests.clients.conversation import Finding, Wishes
from tests.clients.model import Model, Script, serving
from tests.clients.record import Wire
from tests.clients.results import CHECKS, Result
from tests.clients.table import Client, Transport
from tests.e2e.upstream import POLL, Gateway, Sandbox, gateway

SESSION_LIMIT = 420.0
"""Seconds for all checks of a client."""

START_LIMIT = 120.0
"""Seconds until a client has made its first call, while others start, too."""

LEAVE_LIMIT = 20.0
"""Seconds for a client to end after its model's last word."""

AT_WORK = 2
"""Clients that work at the same time, one for each core of a small machine: some give a server 5 s to start. Any number
waits."""

TOOLS = [path.stem for path in (environments.ROOT / "tests" / "snapshots" / "tools").glob("*.json")]
"""The names of all tools of the server."""


class ClientStopped(Exception):
    """A client did not do what was to be tried."""


@dataclass
class Ground:
    """What all clients share. `busy` is held by a client until it only waits: so few work at the same time."""

    folder: Path
    sandbox: Sandbox
    picture: Path
    busy: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_WORK))


class Busy:
    """A place among those that work; it can be left early and is left once."""

    def __init__(self, places: threading.Semaphore) -> None:
        self._places = places
        self._held = False

    def __enter__(self) -> Busy:
        self._places.acquire()
        self._held = True
        return self

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._places.release()

    def __exit__(self, *_: object) -> None:
        self.leave()


def tried(client: Client, transport: Transport, ground: Ground) -> Result:
    """Try all checks with a client over a transport."""
    name = f"{client.name}-{transport}"
    folder = ground.folder / name
    (folder / "home").mkdir(parents=True)
    picture = shutil.copy(ground.picture, folder / "home" / f"{name}.png")
    wishes = Wishes(name, Path(picture))
    findings: dict[str, Finding] = {}
    record = folder / "wire.jsonl"
    with Busy(ground.busy) as busy, gateway(ground.sandbox) as way, _server(transport, folder, way) as place:
        host = Host(client, folder, place)
        script = conversation.whole(wishes, findings, local_files=transport == "stdio", about_to_wait=busy.leave)
        try:
            with host.session(conversation.interrupted(wishes)) as session:
                session.until(lambda: any(line.startswith(POLL) for line in way.seen), "the first call was made")
            record.unlink(missing_ok=True)  # What is left open there was killed.
            with host.session(script) as session:
                session.until(session.model.ended.is_set, "the script was played", SESSION_LIMIT)
                session.leave()
        except ClientStopped as stopped:
            findings = {check: findings.get(check, Finding(False, f"not reached: {stopped}")) for check in CHECKS}
        submits = [line for line in way.seen if line.startswith("POST /v1/tools/") and "/executions/" not in line]
    shown = [[call.tool, call.arguments, text] for call, text in session.model.transcript]
    (folder / "transcript.json").write_text(json.dumps(shown), encoding="utf-8")
    return Result(
        client=client.name,
        transport=transport,
        version=client.version,
        date=datetime.now(timezone.utc).date().isoformat(),
        tools=len(session.model.offered),
        wishes=len(wishes.made),
        submits=len(submits),
        wire=Wire.read(record),
        findings=findings,
    )


@dataclass
class Host:
    """A client with its server, before it is started."""

    client: Client
    folder: Path
    place: dict[str, Any]

    @contextmanager
    def session(self, script: Script) -> Iterator[Session]:
        """Start the client with a model that plays a script; afterwards it is killed, with all that it started."""
        environment = environments.installed(self.client)
        model = Model(script, TOOLS)
        with serving(model) as base_url, (self.folder / "client.log").open("ab") as log:
            given = json.dumps({**self.place, "model": base_url})
            process = subprocess.Popen(
                [*environments.command(self.client, environment), given],
                cwd=self.folder / "home",
                env=environments.variables(environment, self.folder / "home"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield Session(model, process, self.folder / "client.log")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@dataclass
class Session:
    """A running client."""

    model: Model
    process: subprocess.Popen[bytes]
    log: Path

    def until(self, true: Callable[[], bool], what: str, within: float = START_LIMIT) -> None:
        """Wait until something is true; raise ClientStopped when the client ends before, or takes too long."""
        limit = time.monotonic() + within
        while not true():
            if self.process.poll() is not None and not true():
                raise ClientStopped(f"ended with {self.process.returncode} before {what}: {self._last_words()}")
            if time.monotonic() > limit:
                raise ClientStopped(f"{within:.0f} s passed before {what}: {self._last_words()}")
            time.sleep(0.1)

    def leave(self) -> None:
        """Let the client end by itself, for a while."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LEAVE_LIMIT)

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-800:].strip()


@contextmanager
def _server(transport: Transport, folder: Path, way: Gateway) -> Iterator[dict[str, Any]]:
    """Yield what a driver is given: the command of a server, behind the recorder, or the URL of a running one."""
    settings = {
        **way.settings,
        "VIDEOGEN_MCP_POLL_INTERVAL": "1",
        "VIDEOGEN_MCP_STATE_DIR": str(folder / "state"),
        "VIDEOGEN_MCP_ALLOWED_DIRS": str(folder / "home"),
    }
    server = [sys.executable, "-m", "videogen_mcp"]
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ}
    environment = {**kept, "HOME": str(folder / "home")}
    if transport == "stdio":
        tap = [str(Path(__file__).with_name("tap.py")), str(folder / "wire.jsonl"), *server]
        yield {"command": server[0], "args": tap, "env": {**environment, **settings}, "url": ""}
        return
    port = _free_port()
    with (
        (folder / "server.log").open("wb") as log,
        _running([*server, "serve", "--transport", "http", "--port", str(port)], {**environment, **settings}, log),
    ):
        _until_healthy(port)
        yield {"command": "", "args": [], "env": {}, "url": f"http://127.0.0.1:{port}/mcp"}


@contextmanager
def _running(command: Sequence[str], environment: dict[str, str], log: Any) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(LEAVE_LIMIT)


def _until_healthy(port: int) -> None:
    limit = time.monotonic() + START_LIMIT
    while time.monotonic() < limit:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health").is_success:
                return
        time.sleep(0.1)
    raise ClientStopped("the server over HTTP did not start")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
