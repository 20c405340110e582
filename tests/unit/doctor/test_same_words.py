"""Bad input is said alike: `doctor`, `login`, `install` and the first tool call tell of a fault in the same
sentences."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import anyio
import pytest
from mcp import Client
from mcp_types import TextContent

from tests.unit.api.conftest import KEY, FakeClock
from videogen_mcp import cli
from videogen_mcp.clock import SystemClock
from videogen_mcp.doctor import doctor
from videogen_mcp.doctor.checks.table import CHECKS
from videogen_mcp.doctor.findings import Finding
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings

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


OF_A_KEY = [fault for fault in FAULTS if fault[0].get("VIDEOGEN_API_KEY") != ""]
"""Those of the key that is given, or of the way by which it is checked."""

SECRETS = (KEY, OPENAI, "geheim", "token=t")


@pytest.mark.parametrize(("environment", "says"), FAULTS, ids=[says[:50] for _, says in FAULTS])
def test_doctor_and_the_first_call_say_the_same(environment: dict[str, str], says: str, given: dict[str, str]) -> None:
    answer = anyio.run(first_call, Settings.from_environment(given))
    (found,) = anyio.run(errors, given)

    assert says in found.message
    assert found.message.rstrip(".") in answer
    assert (found.remedy or "").rstrip(".") in answer
    assert not any(secret in found.message + answer for secret in SECRETS)


@pytest.mark.parametrize(("environment", "says"), OF_A_KEY, ids=[says[:50] for _, says in OF_A_KEY])
@pytest.mark.parametrize("command", [["login"], ["install", "cursor"]], ids=["login", "install"])
def test_login_and_install_say_what_doctor_says(
    command: list[str],
    environment: dict[str, str],
    says: str,
    given: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given["VIDEOGEN_API_KEY"]))
    cli.run(command, given)
    told = "".join(capsys.readouterr())
    (found,) = anyio.run(errors, given)

    assert found.message.removeprefix("VIDEOGEN_API_KEY ").rstrip(".") in told
    assert not any(secret in told for secret in SECRETS)


@pytest.fixture
def given(environment: dict[str, str], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The whole environment, which is that of the process too. Nothing waits in it."""

    async def at_once(clock: SystemClock, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(SystemClock, "sleep", at_once)
    variables = {"VIDEOGEN_API_KEY": KEY, "VIDEOGEN_MCP_STATE_DIR": str(tmp_path), **environment}
    variables = {name: value.replace("SERVICE", service) for name, value in variables.items()}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


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
