"""What hosts put into the environment of other servers, tried on this one: each row names the public thread.

What breaks a call is named with the variable and the way out; what does no harm is taken for what it means. What
only a process can show is in tests/e2e.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from mcp import Client

from videogen_mcp.clock import SystemClock
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

KEY = "sk_test_abcdefghijk"

NOWHERE = "https://videogen.invalid"
"""An API that is never reached (RFC 6761): what is asked here is decided before, or fails there."""

OF_THIS_MACHINE = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
)

WITH_KEY = {"VIDEOGEN_API_KEY": KEY, "VIDEOGEN_BASE_URL": NOWHERE}


@dataclass(frozen=True)
class Row:
    """An environment, where it was met, and how a call is answered in it."""

    thread: str
    variables: Mapping[str, str]
    code: str
    says: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.thread} {' '.join(name for name, value in self.variables.items() if WITH_KEY.get(name) != value)}"
        )


def blocked(thread: str, *says: str, **variables: str) -> Row:
    """A row whose calls are refused, because of a variable that the answer names."""
    return Row(thread, {**WITH_KEY, **variables}, "bad_setting", says)


def works(thread: str, **variables: str) -> Row:
    """A row that does no harm: the call gets as far as the network."""
    return Row(thread, {**WITH_KEY, **variables}, "connection_failed", ("Nothing was sent",))


ROWS = [
    # 5: hosts export NO_PROXY with brackets, masks and ranges
    works("basicmachines-co/basic-memory#1541", NO_PROXY="localhost,[::1]"),
    works("MoonshotAI/kimi-code#2481", NO_PROXY="127.0.0.1,fe80::/10,10.0.0.0/255.0.0.0,[::1]:8080,*.local"),
    works("safedep/pmg#339", NO_PROXY="*", HTTPS_PROXY="http://u:p@ss@proxy:abc"),
    # 6: proxies that cannot be used
    blocked("modelcontextprotocol/servers#1401", "ALL_PROXY", "socksio", ALL_PROXY="socks5://127.0.0.1:9"),
    blocked("homeassistant-ai/ha-mcp#449", "ALL_PROXY", "socks5://host:port", ALL_PROXY="socks://127.0.0.1:9"),
    blocked("PrefectHQ/fastmcp#1439", "HTTPS_PROXY", "%40", HTTPS_PROXY="http://u:p@ss@proxy:abc"),
    works("PrefectHQ/fastmcp#1439", HTTPS_PROXY="127.0.0.1:9"),
    # 7: certificates and key logs
    blocked("PagerDuty/pagerduty-mcp-server#66", "SSL_CERT_FILE", "No such file", SSL_CERT_FILE="/nonexistent/ca.pem"),
    blocked("FujiwaraChoki/auto-llm#1", "SSL_CERT_FILE", "no certificate", SSL_CERT_FILE=os.devnull),
    blocked("PagerDuty/pagerduty-mcp-server#66", "SSL_CERT_DIR", "does not exist", SSL_CERT_DIR="/nonexistent/certs"),
    blocked("a key log of a debugger", "SSLKEYLOGFILE", "Remove the variable", SSLKEYLOGFILE="/nonexistent/x"),
    # "Beyond the threads": settings that are slips, and those that cannot be meant
    works("slips", VIDEOGEN_MCP_LOG_LEVEL="warn", VIDEOGEN_MCP_WAIT='"50"'),
    works("slips", VIDEOGEN_MCP_WAIT="50s", VIDEOGEN_MCP_TOOLSETS="workflows;executions"),
    works("slips", VIDEOGEN_API_KEY=f'"{KEY}"', VIDEOGEN_BASE_URL=f"'{NOWHERE}'"),
    works("slips", VIDEOGEN_API_KEY=f"Bearer {KEY}"),
    blocked("slips", "VIDEOGEN_MCP_WAIT", "'soon'", VIDEOGEN_MCP_WAIT="soon"),
    blocked("slips", "VIDEOGEN_BASE_URL", VIDEOGEN_BASE_URL="http://["),
    blocked("slips", "VIDEOGEN_API_DIALECT", "v2", VIDEOGEN_API_DIALECT="v7"),
    blocked("slips", "VIDEOGEN_BASE_URL", "https://", VIDEOGEN_BASE_URL="http://videogen.invalid"),
    blocked("placeholders", "VIDEOGEN_API_KEY", "placeholder", VIDEOGEN_API_KEY="YOUR_API_KEY"),
    blocked("placeholders", "VIDEOGEN_API_KEY", "placeholder", VIDEOGEN_API_KEY="$VIDEOGEN_API_KEY"),
]


class Hasty(SystemClock):
    """The machine's time, but retries come a hundred times as fast."""

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds / 100)


@pytest.mark.anyio
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_the_environment_is_named_when_it_breaks_a_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, row: Row
) -> None:
    for name in OF_THIS_MACHINE:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in row.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIDEOGEN_MCP_STATE_DIR", str(tmp_path / "state"))
    settings = Settings.from_environment(os.environ)
    async with open_server(settings, Hasty()) as server, Client(server) as client:
        made = await client.call_tool("generate_image", {"prompt": "a pear"})
        listed = await client.call_tool("list_executions", {})

    text = str(made.content) + str(listed.content) + caplog.text
    assert made.structured_content is not None
    assert made.structured_content["error"]["code"] == row.code
    for words in row.says:
        assert words in text
    if row.code == "bad_setting":
        assert made.structured_content["next_step"].startswith("The user has to correct it")
    assert not listed.is_error
    assert listed.structured_content is not None
    assert listed.structured_content["executions"] == []
    assert KEY not in text
    assert "unexpected" not in text
