"""Bad input is said alike: `doctor` and the first tool call tell of a fault in the same sentences."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from mcp import Client
from mcp_types import TextContent

from tests.unit.api.conftest import KEY, FakeClock
from videogen_mcp.doctor import doctor
from videogen_mcp.doctor.checks.table import CHECKS
from videogen_mcp.doctor.findings import Finding
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio

OPENAI = "sk-" + "a1" * 24

ASKED = ("key", "settings", "network", "api")
"""The checks that can find a fault of this kind."""


class Answering(BaseHTTPRequestHandler):
    """Answers by the first part of the path: a base URL with a path of its own is another service."""

    answers: ClassVar[dict[str, tuple[int, str, str]]] = {
        "refuses": (401, "application/json", '{"message": "Invalid API key", "code": "invalid_api_key"}'),
        "portal": (200, "text/html", "<p>Log in to the network</p>"),
        "filter": (403, "text/html", "<p>Blocked</p>"),
        "moved": (302, "text/html", ""),
        "elsewhere": (404, "application/json", '{"message": "Not found"}'),
    }

    def do_GET(self) -> None:
        status, kind, body = self.answers[self.path.split("/")[1]]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "https://login.example/?token=t")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode())

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server has
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of one that answers wrongly."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"VIDEOGEN_API_KEY": OPENAI}, "VIDEOGEN_API_KEY holds a key of OpenAI, not a key of VideoGen"),
    ({"VIDEOGEN_API_KEY": "sk_videogen_live_..."}, "VIDEOGEN_API_KEY holds a placeholder, not a key"),
    ({"VIDEOGEN_API_KEY": f"{KEY} {KEY}"}, "VIDEOGEN_API_KEY holds characters that no key has"),
    ({"VIDEOGEN_API_KEY": "", "VIDEOGEN_API_KEY_FILE": "/nonexistent"}, "VIDEOGEN_API_KEY_FILE names '/nonexistent'"),
    ({"VIDEOGEN_API_KEY": "", "VIDEOGEN_MCP_SANDBOX": "off"}, "VIDEOGEN_API_KEY is not set and"),
    ({"VIDEOGEN_BASE_URL": "http://api.videogen.io"}, "over http anybody on the way could read the key"),
    ({"VIDEOGEN_BASE_URL": "SERVICE/refuses"}, "127.0.0.1 refuses the key: Invalid API key"),
    ({"VIDEOGEN_BASE_URL": "SERVICE/portal"}, "not as the API promises: a web page (text/html)"),
    ({"VIDEOGEN_BASE_URL": "SERVICE/filter"}, "answered with a web page (403 Forbidden)"),
    ({"VIDEOGEN_BASE_URL": "SERVICE/moved"}, "a redirect to login.example, which is not followed"),
    ({"VIDEOGEN_BASE_URL": "SERVICE/elsewhere"}, "127.0.0.1 has no VideoGen API there"),
    ({"VIDEOGEN_BASE_URL": "http://127.0.0.1:9"}, "127.0.0.1 could not be reached: the connection was refused"),
    ({"HTTPS_PROXY": "http://u:geheim@127.0.0.1:9"}, "the proxy of HTTPS_PROXY (127.0.0.1:9) cannot be reached"),
    ({"HTTPS_PROXY": "ftp://u:geheim@127.0.0.1:9"}, "HTTPS_PROXY names a proxy of a kind that cannot be used"),
    ({"SSL_CERT_FILE": "/nonexistent"}, "SSL_CERT_FILE names a file that cannot be used"),
]


@pytest.mark.parametrize(("environment", "says"), FAULTS, ids=[says[:50] for _, says in FAULTS])
async def test_doctor_and_the_first_call_say_the_same(
    environment: dict[str, str], says: str, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"VIDEOGEN_API_KEY": KEY, "VIDEOGEN_MCP_STATE_DIR": str(tmp_path), **environment}
    given = {name: value.replace("SERVICE", service) for name, value in given.items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    answer = await first_call(Settings.from_environment(given))
    (found,) = await errors(given)

    assert says in found.message
    assert found.message.rstrip(".") in answer
    assert (found.remedy or "").rstrip(".") in answer
    assert not any(secret in found.message + answer for secret in (KEY, OPENAI, "geheim", "token=t"))


async def first_call(settings: Settings) -> str:
    """What the first call of a tool is answered with."""
    async with open_parts(settings, FakeClock()) as parts, Client(build_handlers(parts).server()) as client:
        answer = await client.call_tool("generate_image", {"prompt": "a pear"})
    assert answer.is_error
    (text,) = [block.text for block in answer.content if isinstance(block, TextContent)]
    return text


async def errors(environment: dict[str, str]) -> list[Finding]:
    """What `doctor` finds that does not work."""
    checks = [check for check in CHECKS if check.name in ASKED]
    found = await doctor.look({**os.environ, **environment}, checks, lambda _: None, lambda _: None, clock=FakeClock())
    return [finding for finding in found if finding.status == "error"]
