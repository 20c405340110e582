"""Tries one client: starts it, lets its model play the script, and judges by what the model was shown, what passed over
stdio, and what the sandbox was asked to make."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from tests.clients import conversation, environments
from tests.clients.conversation import Finding, Wishes
from tests.clients.model import Model, Script, serving
from tests.clients.record import Wire
from tests.clients.results import CHECKS, Result
from tests.clients.table import Client, Transport
from tests.e2e.listening import listening
from tests.e2e.upstream import POLL, Gateway, Sandbox, gateway

SESSION_LIMIT = 420.0
"""Seconds for all checks of a client."""

STARTS = 3
"""Starts of a client until it has the server's tools."""

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
        try:
            host.play(
                partial(conversation.interrupted, wishes), lambda _: any(line.startswith(POLL) for line in way.seen)
            )
            record.unlink(missing_ok=True)  # What is left open there was killed.
            local = transport == "stdio"
            script = partial(conversation.whole, wishes, findings, local_files=local, about_to_wait=busy.leave)
            host.play(script, lambda model: model.ended.is_set())
        except ClientStopped as stopped:
            findings = {check: findings.get(check, Finding(False, f"not reached: {stopped}")) for check in CHECKS}
        submits = [line for line in way.seen if line.startswith("POST /v1/tools/") and "/executions/" not in line]
    shown = [[call.tool, call.arguments, text] for call, text in host.model.transcript]
    (folder / "transcript.json").write_text(json.dumps(shown), encoding="utf-8")
    return Result(
        client=client.name,
        transport=transport,
        version=client.version,
        date=datetime.now(timezone.utc).date().isoformat(),
        tools=len(host.model.offered),
        wishes=len(wishes.made),
        submits=len(submits),
        wire=Wire.read(record),
        findings=findings,
    )


class Host:
    """A client with its server. `model` is that of its last session."""

    model: Model

    def __init__(self, client: Client, folder: Path, place: Mapping[str, Any]) -> None:
        self._client = client
        self._home = folder / "home"
        self._log = folder / "client.log"
        self._place = place

    def play(self, script: Callable[[], Script], done: Callable[[Model], bool]) -> None:
        """Have a script played until it is done, then kill the client with all that it started, if it does not leave.

        Some clients give a server 5 s to start and go on without its tools; such a one is started again. Raise
        ClientStopped where it ends, or takes too long, before the script is done.
        """
        for left in reversed(range(STARTS)):
            self.model = Model(script(), TOOLS)
            with serving(self.model) as base_url, self._running(base_url) as process:
                why = self._wait(process, done)
                if why is None:
                    if self.model.ended.is_set():
                        with contextlib.suppress(subprocess.TimeoutExpired):
                            process.wait(LEAVE_LIMIT)
                    return
            if self.model.offered or not left:
                raise ClientStopped(f"{why}: {self._log.read_text(errors='replace')[-800:].strip()}")

    def _wait(self, process: subprocess.Popen[bytes], done: Callable[[Model], bool]) -> str | None:
        """Wait until a script is done; return why it will not be."""
        limit = time.monotonic() + SESSION_LIMIT
        while not done(self.model):
            if process.poll() is not None and not done(self.model):
                return f"ended with {process.returncode}"
            if time.monotonic() > limit:
                return f"{SESSION_LIMIT:.0f} s passed"
            time.sleep(0.1)
        return None

    @contextmanager
    def _running(self, model: str) -> Iterator[subprocess.Popen[bytes]]:
        environment = environments.installed(self._client)
        given = json.dumps({**self._place, "model": model})
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [*environments.command(self._client, environment, self._home), given],
                cwd=self._home,
                env=environments.variables(environment, self._home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


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
    with listening(folder / "state", settings={**environment, **settings}, fork=False) as running:
        yield {"command": "", "args": [], "env": {}, "url": running.mcp}
