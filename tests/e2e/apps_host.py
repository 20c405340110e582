"""A host of MCP Apps in Chromium: the page that the server gives, framed as the standard says, and what it says."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.chromium import Browser

Result = dict[str, Any]

PAGE = Path(__file__).with_name("apps_host.html")
EVERYTHING: Mapping[str, Any] = {
    "openLinks": {},
    "downloadFile": {},
    "serverTools": {},
    "serverResources": {},
    "updateModelContext": {},
}
"""What a host can offer a page."""

HOSTILE: Sequence[str] = [
    "<img src=x onerror=\"document.title='hit'\">",
    "</script><script>document.title='hit'</script>",
    "javascript:document.title='hit'",
    "cat\u202egpj.exe\u2066\u0000 \u200b]]>{{7*7}}${7*7}",
    "W" * 10_000,
]
"""Names and prompts that would run, or break out of their place, where they are not taken as text."""

_PARAMETERS: Sequence[Any] = (
    *(None, 3, [], "x", {"arguments": 1, "content": 1, "structuredContent": [], "styles": 2}),
    {
        "content": [None, 3, {"type": "image", "mimeType": 4}],
        "structuredContent": {"executions": 3},
        "styles": {"variables": {"--x": {}, "color": "red", "--y": "url(javascript:0)"}},
        "availableDisplayModes": "all",
        "displayMode": 4,
        "theme": {},
        "safeAreaInsets": {"top": "9"},
    },
)
NONSENSE: Sequence[Any] = (
    *(None, 7, "text", [], {}, {"jsonrpc": "1.0"}, {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "method": 5}),
    *({"jsonrpc": "2.0", "id": 99, "result": {}}, {"jsonrpc": "2.0", "id": 1}),
    {"jsonrpc": "2.0", "id": "x", "error": None},
    *(
        {"jsonrpc": "2.0", "method": f"ui/notifications/{name}", "params": parameters}
        for name in ("tool-input", "tool-result", "host-context-changed", "initialized", "toString")
        for parameters in _PARAMETERS
    ),
)
"""Messages that no host should send."""

SHOWN = {
    "IMAGE": "document.querySelector('#stage img')?.naturalWidth > 0",
    "VIDEO": "document.querySelector('#stage video')?.readyState >= 1",
    "AUDIO": "document.querySelector('.waveform path') && document.querySelector('#stage audio').readyState >= 1",
}
"""By type of file: what holds once the page shows it."""

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG."""

NOISE = ("/favicon.ico",)
"""What the browser complains about on its own."""


def chromium() -> str | None:
    """Chromium's path, if there is one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def succeeded(*files: Result, **more: Any) -> Result:
    """The result of a workflow that made these files."""
    rows = [file["structuredContent"] for file in files]
    return {"content": [], "structuredContent": {"status": "succeeded", "files": rows, **more}}


@dataclass
class Host:
    """One browser, which shows the page anew for each `show`."""

    browser: Browser
    address: str
    html: str
    hosts: list[str]
    """Where media may come from, as the server asks for it."""
    width: int = 800
    theme: str = "light"
    offers: dict[str, Any] = field(default_factory=lambda: dict(EVERYTHING))

    def show(
        self,
        result: Mapping[str, Any] | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        answers: Mapping[str, Sequence[Any]] | None = None,
        refused: bool = False,
    ) -> None:
        """Open the page, as for a call with these arguments that had this result. `answers`: method → what the page is
        answered with. `refused`: no media host is let in."""
        sources = "data:" if refused else f"data: {' '.join(self.hosts)}"
        connect = "'none'" if refused else " ".join(self.hosts)
        policy = (
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
            f" img-src {sources}; media-src {sources}; connect-src {connect}"
        )
        context = {"theme": self.theme, "displayMode": "inline", "availableDisplayModes": ["inline", "fullscreen"]}
        initialized = {"protocolVersion": "2026-01-26", "hostCapabilities": self.offers, "hostContext": context}
        self.browser.open(self.address, self.width, 760, self.theme)
        self.browser.complaints = []
        self.browser.run(f"start({json.dumps(self.html)}, {json.dumps(policy)}, {json.dumps(initialized)},"
                         f" {json.dumps(answers or {})})")  # fmt: skip
        if arguments is not None:
            self.tell("ui/notifications/tool-input", {"arguments": arguments})
        if result is not None:
            self.tell("ui/notifications/tool-result", result)

    def tell(self, method: str, parameters: Any = None) -> None:
        """Send the page a notification."""
        self.post({"jsonrpc": "2.0", "method": method, "params": parameters})

    def post(self, message: Any) -> None:
        """Send the page anything; it has taken it afterwards."""
        self.browser.run(f"deliver({json.dumps(message)})")

    def heard(self, name: str | int, after: int = 0) -> dict[str, Any]:
        """The first message of the page with that method or id, after so many others; waited for."""
        message: dict[str, Any] = self.browser.run(f"heard({json.dumps(name)}, {after})")
        assert message is not None, self.browser.complaints
        return message

    def said(self) -> list[dict[str, Any]]:
        """Every message of the page."""
        messages: list[dict[str, Any]] = self.browser.run("said")
        return messages

    def count(self, method: str) -> int:
        """How many messages of the page have that method."""
        return [message.get("method") for message in self.said()].count(method)

    def asks(self, script: str) -> Any:
        """The value of an expression in the page."""
        return self.browser.run(script, in_frame=True)

    def until(self, condition: str) -> None:
        """Wait until a condition holds in the page, ten seconds at most."""
        assert self.asks(
            f"new Promise(async (done) => {{ for (const end = Date.now() + 10000; Date.now() < end;"
            f" await new Promise((next) => setTimeout(next, 20))) if ({condition}) return done(true); done(false); }})"
        ), f"{condition} does not become true; the page: {self.text()}; {self.browser.complaints}"

    def text(self, part: str = "main") -> str:
        """What a reader sees of the page, or of a part of it."""
        shown: str = self.asks(f"document.querySelector({json.dumps(part)}).innerText")
        return shown

    def click(self, part: str) -> None:
        """Click on a part of the page."""
        self.asks(f"document.querySelector({json.dumps(part)}).click()")

    def complaints(self) -> list[str]:
        """What the browser found wrong."""
        self.browser.run("new Promise((done) => setTimeout(done))")
        return [one for one in self.browser.complaints if not any(noise in one for noise in NOISE)]


@contextmanager
def served() -> Iterator[str]:
    """The host's page at an address of its own."""

    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        request.wfile.write(PAGE.read_bytes())

    with serving(page) as address:
        yield address


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """An address on loopback where every GET is answered so, after the status line."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            answer(self)

        def log_message(self, *values: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # closing it waits for answers that are under way
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
