"""The other end of the server: what the sandbox really took, and a gateway in front of it that holds requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import anyio
import httpx

from videogen_sandbox.process.launcher import Address, find_or_start

SUBMIT = "POST /v1/tools/generate-sound-effect"
POLL = "GET /v1/tools/executions/vg_tool_"

HELD = 30.0
"""Seconds after which a held request goes on by itself: no test may hang on one."""


@dataclass(frozen=True)
class Sandbox:
    """The sandbox of a state directory, asked directly."""

    address: Address

    @classmethod
    def of(cls, state_dir: Path) -> Sandbox:
        """Found or started, as the server would."""
        return cls(anyio.run(find_or_start, state_dir))

    def executions(self) -> dict[str, dict[str, Any]]:
        """Everything that was ever accepted: id → execution, newest first."""
        found: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        while True:
            page = self._get("/v1/tools/executions", limit=200, **({"cursor": cursor} if cursor else {}))
            found |= {one["toolExecutionId"]: one for one in page["toolExecutions"]}
            cursor = page.get("nextCursor")
            if not page["hasMore"] or cursor is None:
                return found

    def execution(self, execution_id: str) -> dict[str, Any]:
        return self._get(f"/v1/tools/executions/{execution_id}")

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.address.api_key}"}
        answer = httpx.get(self.address.base_url + path, params=query, headers=headers, timeout=30)
        answer.raise_for_status()
        return dict(answer.json())


@dataclass
class Hold:
    """One request that is to be held: it `came`, and goes on when `let_go`."""

    wanted: Callable[[str], bool]
    when: Literal["before", "after"]
    """Before the sandbox hears of it, or when it has been carried out but not answered."""
    came: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)


class Gateway:
    """Stands where a server expects VideoGen (VIDEOGEN_BASE_URL) and passes everything on to the sandbox.

    `seen` lists the requests in order, such as "POST /v1/tools/generate-image"; `headers` replace those of answers
    (names in lower case).
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.seen: list[str] = []
        self.headers: dict[str, str] = {}
        self._holds: list[Hold] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        """What makes a server use it, and poll it more often than a service far away, which it looks like."""
        key = self.sandbox.address.api_key
        return {"VIDEOGEN_API_KEY": key, "VIDEOGEN_BASE_URL": self.base_url, "VIDEOGEN_MCP_POLL_INTERVAL": "0.2"}

    @property
    def submits(self) -> int:
        """Submits that arrived here."""
        return self.seen.count(SUBMIT)

    def hold(self, beginning: str, when: Literal["before", "after"]) -> Hold:
        """Hold the next request that begins like this, such as "POST /v1/tools/"."""
        held = Hold(lambda line: line.startswith(beginning), when)
        with self._lock:
            self._holds.append(held)
        return held

    @contextmanager
    def open(self) -> Iterator[Gateway]:
        serving = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield self
        finally:
            for held in self._holds:
                held.let_go.set()
            self._http.shutdown()
            self._http.server_close()
            serving.join()

    def _held(self, line: str) -> Hold | None:
        with self._lock:
            self.seen.append(line)
            held = next((one for one in self._holds if not one.came.is_set() and one.wanted(line)), None)
            if held is not None:
                self._holds.remove(held)
            return held

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self
        upstream = urlsplit(self.sandbox.address.base_url)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
                """Tests read `seen`."""

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                held = gateway._held(f"{self.command} {self.path}")
                if held is not None and held.when == "before":
                    self._stand(held)
                connection = HTTPConnection(upstream.hostname or "", upstream.port, timeout=HELD)
                try:
                    kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                    connection.request(self.command, self.path, body, kept)
                    answer = connection.getresponse()
                    content = answer.read()
                except (OSError, HTTPException):
                    self.send_error(502)
                    return
                finally:
                    connection.close()
                if held is not None and held.when == "after":
                    self._stand(held)
                try:
                    self.send_response(answer.status)
                    for name, value in {**dict(answer.getheaders()), **gateway.headers}.items():
                        if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True  # The server was killed meanwhile, which is what some tests do.

            def _stand(self, held: Hold) -> None:
                held.came.set()
                held.let_go.wait(HELD)

            do_GET = _pass_on  # noqa: N815 - the base class looks for these names
            do_POST = _pass_on  # noqa: N815
            do_PUT = _pass_on  # noqa: N815

        return Handler


@contextmanager
def gateway(sandbox: Sandbox) -> Iterator[Gateway]:
    """A gateway in front of the sandbox, closed afterwards."""
    with Gateway(sandbox).open() as opened:
        yield opened
