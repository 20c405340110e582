"""A model that plays a script: an HTTP server on loopback that speaks as the APIs of four models do (`dialects.py`)."""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.clients import dialects
from tests.clients.dialects import Call, Turn

Script = Generator[list[Call], list[str], None]
"""Yields the calls of a turn, with the server's names of tools, and is sent their results as the host shows them."""

PATIENCE = 30
"""Turns in which the server's tools may be missing. Some hosts ask their model before the server is up: it then waits
with a tool of the host's own, 1 s a turn."""

WAITING: dict[str, dialects.Json] = {
    "exec_command": {"cmd": "sleep 1"},
    "shell": {"command": ["sleep", "1"]},
    "bash": {"command": "sleep 1", "description": "Wait"},
    "Bash": {"command": "sleep 1", "description": "Wait"},
    "run_shell_command": {"command": "sleep 1", "description": "Wait"},
}
"""How a model waits a second in the hosts that have a shell."""


class Model:
    """Plays one script to one host. `offered` are those of the server's tools that the host has offered so far."""

    def __init__(self, script: Script, tools: Iterable[str]) -> None:
        """`tools` are those of the server: while the host offers none of them, the script does not begin."""
        self.offered: set[str] = set()
        self.transcript: list[tuple[Call, str]] = []
        self.ended = threading.Event()
        self._script = script
        self._tools = sorted(tools)
        self._own = re.compile(rf"(?:^|__|_|::|[./-])({'|'.join(self._tools)})$")
        self._calls: list[Call] | None = None
        self._missed = 0
        self._lock = threading.Lock()
        self._turn = 0

    def answer(self, turn: Turn) -> tuple[int, list[Call] | str]:
        """Return the number of this turn, and the next calls of the script or a last word."""
        with self._lock:
            self._turn += 1
            return self._turn, self._answer(turn)

    def _answer(self, turn: Turn) -> list[Call] | str:
        if not turn.tools:  # A title for the conversation, a summary.
            return "A conversation"
        names = {found[1]: name for name in turn.tools if (found := self._own.search(name))}
        if not names:
            return self._wait(turn.tools)
        self.offered |= names.keys()
        if self.ended.is_set():
            return "Done."
        try:
            if self._calls is None:
                self._calls = next(self._script)
            else:
                results = turn.results[-len(self._calls) :]
                self.transcript += zip(self._calls, results, strict=True)
                self._calls = self._script.send(results)
        except StopIteration:
            self.ended.set()
            return "Done."
        except BaseException:
            self.ended.set()
            raise
        return [replace(call, tool=names.get(call.tool, call.tool)) for call in self._calls]

    def _wait(self, tools: Sequence[str]) -> list[Call] | str:
        self._missed += 1
        if self._missed > PATIENCE:
            return "The tools are not there."
        if "ToolSearch" in tools:  # Claude Code shows most tools only when they are asked for.
            wanted = ",".join(f"mcp__videogen__{name}" for name in self._tools)
            return [Call("ToolSearch", {"query": f"select:{wanted}", "max_results": len(self._tools)})]
        return next(
            ([Call(tool, given)] for tool, given in WAITING.items() if tool in tools), "The tools are not there."
        )


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """Serve a model; yields the base URL."""
    server = _Server(("127.0.0.1", 0), _handler(model))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # A client that was killed, as some are.
            super().handle_error(request, client_address)


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """The model keeps a transcript."""

        def do_HEAD(self) -> None:
            self._send("application/json", b"")

        def do_GET(self) -> None:
            listed = {"object": "list", "data": [{"id": "scripted", "object": "model"}], "models": []}
            self._send("application/json", json.dumps(listed).encode())

        def do_POST(self) -> None:
            body = json.loads(self._body() or b"{}")
            path = self.path.partition("?")[0]
            dialect = dialects.dialect_of(path)
            if dialect is None:  # Telemetry, or the counting of tokens.
                self._send("application/json", b'{"totalTokens": 1, "input_tokens": 1}')
                return
            turn = dialects.read(dialect, path, body)
            whole, events = dialects.write(dialect, *model.answer(turn))
            if turn.stream:
                self._send("text/event-stream", b"".join(map(_event, events)) + (DONE if dialect == "chat" else b""))
            else:
                self._send("application/json", json.dumps(whole).encode())

        def _body(self) -> bytes:
            if (length := self.headers.get("Content-Length")) is not None:
                content = self.rfile.read(int(length))
            else:
                content = b"".join(self._chunks())
            return gzip.decompress(content) if self.headers.get("Content-Encoding") == "gzip" else content

        def _chunks(self) -> Iterator[bytes]:
            while length := int(self.rfile.readline().strip() or b"0", 16):
                yield self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()

        def _send(self, kind: str, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


DONE = b"data: [DONE]\n\n"


def _event(event: dialects.Json) -> bytes:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()
