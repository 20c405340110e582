"""A client of nothing but pipes and JSON: it starts the server as hosts do and believes nothing it is not shown.

Every line on stdout must be one JSON-RPC message, and the progress of each call must rise strictly; the first breach
is raised from whatever waits next.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.e2e.processes import FORKS, Process, start

Era = Literal["modern", "legacy"]
ERAS: tuple[Era, ...] = ("modern", "legacy")

VERSIONS: Mapping[Era, str] = {"modern": "2026-07-28", "legacy": "2025-11-25"}
"""The protocol versions of the two eras (MCP specification)."""

META = "io.modelcontextprotocol/"

SOON = 60.0
"""Seconds within which anything that is not making media must have happened, on a machine with other work to do."""

LONG = 90.0
"""Seconds within which anything that the sandbox makes must be there."""


class WireError(AssertionError):
    """The server broke the protocol, or did not answer in time."""


@dataclass(frozen=True)
class Answer:
    """What a tool call brought."""

    text: str
    structured: dict[str, Any]
    is_error: bool

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Answer:
        text = "\n".join(block["text"] for block in result["content"] if block["type"] == "text")
        return cls(text, result.get("structuredContent") or {}, bool(result.get("isError")))

    @property
    def status(self) -> str:
        return str(self.structured["status"])

    @property
    def execution_id(self) -> str:
        return str(self.structured["execution_id"])

    @property
    def file_id(self) -> str:
        """The id of the only result."""
        assert self.status == "succeeded", self.text
        (file,) = self.structured["files"]
        return str(file["file_id"])


@dataclass
class Request:
    """One request on its way."""

    server: Server
    id: int
    asked_at: float
    response: dict[str, Any] | None = None
    answered_at: float = 0.0
    progress: list[dict[str, Any]] = field(default_factory=list)

    def result(self, within: float = SOON) -> dict[str, Any]:
        """The result; a JSON-RPC error is a failure."""
        response = self.wait(within)
        if "error" in response:
            raise WireError(f"request {self.id} got an error: {response['error']}")
        return dict(response["result"])

    def wait(self, within: float = SOON) -> dict[str, Any]:
        """The response, whatever it is."""
        self.server.until(lambda: self.response is not None, within, f"the answer to request {self.id}")
        assert self.response is not None
        return self.response

    def answer(self, within: float = LONG) -> Answer:
        """What the tool call brought."""
        return Answer.of(self.result(within))

    def until(self, said: str, within: float = LONG) -> str:
        """The first progress message that contains `said`."""
        self.server.until(lambda: any(said in m for m in self.messages), within, f"progress with {said!r}")
        return next(message for message in self.messages if said in message)

    @property
    def messages(self) -> list[str]:
        return [step.get("message", "") for step in self.progress]

    @property
    def took(self) -> float:
        """Seconds from the request to its answer."""
        return self.answered_at - self.asked_at

    def cancel(self, reason: str = "the caller cancelled") -> None:
        """Tell the server that nobody waits any more, as hosts do at their limit."""
        self.server.notify("notifications/cancelled", {"requestId": self.id, "reason": reason})


class Server:
    """A running server process. Use `serving(...)`, which also ends it."""

    def __init__(self, process: Process, era: Era, client: str, log: Path) -> None:
        self.process = process
        self.era = era
        self.client = client
        self.log = log
        self.capabilities: dict[str, Any] = {}
        """What the client says of itself with each request, in the modern era."""
        self.requests: dict[int, Request] = {}
        self.hello: dict[str, Any] = {}
        self.unaddressed: list[dict[str, Any]] = []
        """Errors that answer lines whose id could not be read."""
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._breach: str | None = None
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # -- asking ------------------------------------------------------------------------------------------------------

    def greet(self) -> dict[str, Any]:
        """Begin the session as this era does; returns what the server says about itself."""
        if self.era == "modern":
            self.hello = self.request("server/discover").result()
        else:
            about = {"protocolVersion": VERSIONS["legacy"], "capabilities": {}, "clientInfo": self._about}
            self.hello = self.request("initialize", about).result()
            self.notify("notifications/initialized")
        return self.hello

    def request(self, method: str, params: Mapping[str, Any] | None = None, *, progress: bool = False) -> Request:
        """Send a request; with `progress`, its id is also the token."""
        number = next(self._ids)
        meta: dict[str, Any] = {}
        if self.era == "modern":
            meta = {
                f"{META}protocolVersion": VERSIONS["modern"],
                f"{META}clientInfo": self._about,
                f"{META}clientCapabilities": self.capabilities,
            }
        if progress:
            meta["progressToken"] = number
        whole = {**(params or {}), **({"_meta": meta} if meta else {})}
        asked = self.requests[number] = Request(self, number, time.monotonic())
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": whole})
        return asked

    def notify(self, method: str, params: Mapping[str, Any] | None = None) -> None:
        self._send({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})})

    def start(self, tool: str, **arguments: Any) -> Request:
        """Call a tool with progress, without waiting."""
        return self.request("tools/call", {"name": tool, "arguments": arguments}, progress=True)

    def call(self, tool: str, **arguments: Any) -> Answer:
        """Call a tool and wait for what it brings."""
        return self.start(tool, **arguments).answer()

    def tools(self) -> list[dict[str, Any]]:
        return list(self.request("tools/list").result()["tools"])

    # -- leaving -----------------------------------------------------------------------------------------------------

    def close(self, within: float = SOON) -> int:
        """End of input, as most hosts say goodbye; returns the exit code."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # It had left already; its exit code tells how.
            self.process.stdin.close()
        return self.wait(within)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL: no last words."""
        self.process.kill()
        self.wait()

    def wait(self, within: float = SOON) -> int:
        """Wait for the end of the process and of its output; returns the exit code."""
        code = self.process.wait(within)
        self._reader.join(within)
        if self._breach:
            raise WireError(self._breach)
        return code

    def errors(self) -> str:
        """What it wrote on stderr."""
        return self.log.read_text()

    def until(self, true: Callable[[], bool], within: float, what: str) -> None:
        """Wait until something has come true through a message from the server."""
        with self._changed:
            came = self._changed.wait_for(lambda: true() or self._breach is not None or self._ended, within)
        if self._breach:
            raise WireError(self._breach)
        if not true():
            why = "the server ended" if came else f"{within:.0f} s passed"
            raise WireError(f"{why} without {what}. stderr: {self.errors()[-2000:]}")

    # -- the pipes ---------------------------------------------------------------------------------------------------

    @property
    def _about(self) -> dict[str, str]:
        return {"name": self.client, "version": "1.0"}

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self._breach = self._breach or self._take(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, line: bytes) -> str | None:
        """File a message where it belongs; what is wrong with it, if anything."""
        try:
            message = json.loads(line)
        except ValueError:
            return f"a line on stdout is no JSON: {line[:300]!r}"
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return f"a line on stdout is no JSON-RPC message: {line[:300]!r}"
        if message.get("method") == "notifications/progress":
            return self._progress(message["params"])
        if message.get("id", 0) is None and "error" in message:
            self.unaddressed.append(message["error"])
        elif "id" in message and "method" not in message:
            request = self.requests.get(message["id"])
            if request is None or request.response is not None:
                return f"a response that nobody asked for: {line[:300]!r}"
            request.response, request.answered_at = message, time.monotonic()
        return None

    def _progress(self, step: dict[str, Any]) -> str | None:
        request = self.requests.get(step["progressToken"])
        if request is None or request.response is not None:
            return f"progress for a call that does not run: {step}"
        if request.progress and step["progress"] <= request.progress[-1]["progress"]:
            return f"progress does not rise: {request.progress[-1]} then {step}"
        if len(step.get("message", "")) > 200:
            return f"a progress message longer than 200 characters: {step}"
        request.progress.append(step)
        return None


def environment(state_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a server: nothing of VideoGen from outside, this state directory, these settings.

    Benches use it too, and there a key may be kept for the developer: he has no configuration here.
    """
    outside = {name: value for name, value in os.environ.items() if not name.startswith("VIDEOGEN_")}
    nowhere = dict.fromkeys(("XDG_CONFIG_HOME", "APPDATA"), str(state_dir / "configuration"))
    return {**outside, **nowhere, "VIDEOGEN_MCP_STATE_DIR": str(state_dir), **settings}


@contextmanager
def serving(
    state_dir: Path,
    era: Era = "modern",
    *,
    client: str = "wire",
    settings: Mapping[str, str] | None = None,
    greeted: bool = True,
    fork: bool = FORKS,
) -> Iterator[Server]:
    """A server process of its own; afterwards it is ended by closing its input, and must not have shown a fault.

    `fork`: it is forked, see `processes`; False where the start is what is tested.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    log = state_dir / f"server-{time.monotonic_ns()}.log"
    with log.open("wb") as errors:
        process = start((), environment(state_dir, **(settings or {})), stderr=errors, fork=fork)
    server = Server(process, era, client, log)
    try:
        if greeted:
            server.greet()
        yield server
        if process.poll() is None:
            assert server.close() == 0, server.errors()
    finally:
        if process.poll() is None:
            server.kill()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # What was never sent goes with the process.
                pipe.close()
    assert "Traceback" not in server.errors(), server.errors()
