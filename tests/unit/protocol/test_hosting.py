"""With which settings a server for many does not start, and what its operator is told."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from videogen_mcp import cli
from videogen_mcp.installation import this_installation
from videogen_mcp.protocol import http
from videogen_mcp.protocol.hosting import cautions, obstacles
from videogen_mcp.server import open_shared_server
from videogen_mcp.settings import Settings

TOKEN, KEY = "3f" * 16, "sk_server_0123456789"
KEYED = {"VIDEOGEN_API_KEY": KEY}
TOKENED = {"VIDEOGEN_MCP_HTTP_TOKEN": TOKEN}
LOGIN = {"VIDEOGEN_MCP_OIDC_ISSUER": "https://login.example", "VIDEOGEN_MCP_OIDC_AUDIENCE": "videogen"}
DATABASE = {"VIDEOGEN_MCP_DATABASE": "postgresql://u:p@h/d"}


def served(host: str, *variables: dict[str, str]) -> Settings:
    """The settings of a server at `host` in an environment."""
    environment = {name: value for some in variables for name, value in some.items()}
    return Settings.from_environment(environment, Path("/home/ada")).served_at(host)


@pytest.mark.parametrize(
    ("host", "variables"),
    [
        ("127.0.0.1", [KEYED]),
        ("127.0.0.1", [KEYED, {"VIDEOGEN_MCP_QQ": "1"}]),
        ("0.0.0.0", []),
        ("0.0.0.0", [KEYED, TOKENED]),
        ("0.0.0.0", [KEYED, LOGIN]),
        ("0.0.0.0", [KEYED, LOGIN, TOKENED]),
        ("127.0.0.1", [KEYED, DATABASE]),
        ("0.0.0.0", [{"VIDEOGEN_MCP_SERVICE_HOST": "10.0.0.1"}]),
        ("0.0.0.0", [{"VIDEOGEN_BASE_URL": "http://127.0.0.1:8791"}]),
    ],
)
def test_it_starts_where_nobody_can_spend_what_is_not_his(host: str, variables: list[dict[str, str]]) -> None:
    assert obstacles(served(host, *variables), host) == []


@pytest.mark.parametrize(
    ("host", "variables", "says"),
    [
        ("0.0.0.0", [KEYED], "0.0.0.0 can be reached from other machines"),
        ("0.0.0.0", [KEYED, DATABASE], "can be reached from other machines"),
        ("0.0.0.0", [KEYED, {"VIDEOGEN_MCP_HTTP_TOKEN": KEY * 2, "VIDEOGEN_API_KEY": KEY * 2}], "give it away"),
        ("127.0.0.1", [TOKENED, {"VIDEOGEN_MCP_SANDBOX": "on"}], "no sandbox"),
        ("127.0.0.1", [TOKENED, {"VIDEOGEN_MCP_JOURNAL": "off"}], "VIDEOGEN_MCP_JOURNAL is off"),
        ("0.0.0.0", [{"VIDEOGEN_BASE_URL": "http://api.example"}], "VIDEOGEN_BASE_URL is 'http://api.example'"),
        ("0.0.0.0", [KEYED, TOKENED, {"VIDEOGEN_BASE_URL": "http://api.example"}], "VIDEOGEN_BASE_URL is"),
        ("0.0.0.0", [{"VIDEOGEN_MCP_WAIT": "soon"}], "VIDEOGEN_MCP_WAIT is 'soon'"),
        ("127.0.0.1", [{"VIDEOGEN_MCP_HTTP_TOKEN": "short"}], "less than 32 characters"),
        ("127.0.0.1", [{"VIDEOGEN_MCP_HTTP_TOKENS": TOKEN}], "Did you mean VIDEOGEN_MCP_HTTP_TOKEN?"),
        ("127.0.0.1", [{"VIDEOGEN_MCP_DATABASE": "mysql://u:s3cret@h/d"}], "VIDEOGEN_MCP_DATABASE does not begin"),
        ("127.0.0.1", [{"VIDEOGEN_MCP_DATABASE": "postgresql://u:s3cret@h/d?nonsense=1"}], "is no address of"),
        (
            "127.0.0.1",
            [DATABASE, {"VIDEOGEN_MCP_DATABASE_LISTEN": "postgresql://u:s3cret@[h/d"}],
            "VIDEOGEN_MCP_DATABASE_LISTEN cannot be used",
        ),
    ],
)
def test_it_does_not_start_otherwise_and_says_why_once(host: str, variables: list[dict[str, str]], says: str) -> None:
    (reason,) = obstacles(served(host, *variables), host)
    assert says in reason
    assert reason.endswith((".", "?"))
    for secret in (KEY, TOKEN, "s3cret"):
        assert secret not in reason


def test_all_reasons_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**KEYED, "VIDEOGEN_MCP_WAIT": "soon", "VIDEOGEN_MCP_SANDBOX": "on"}
    assert cli.run(["serve", "--transport", "http", "--host", "0.0.0.0", "--port", "0"], environment) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    for reason in ("VIDEOGEN_MCP_WAIT", "VIDEOGEN_API_KEY is set without", "VIDEOGEN_MCP_SANDBOX is on"):
        assert err.count(reason) == 1


def test_several_workers_do_not_start_either(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["serve", "--transport", "http", "--host", "0.0.0.0", "--port", "0", "--workers", "2"]
    assert cli.run(arguments, KEYED) == 1
    assert "VIDEOGEN_API_KEY is set without" in capsys.readouterr().err


def test_a_database_needs_its_driver_and_a_system_that_it_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = served("127.0.0.1", DATABASE)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert obstacles(settings, "127.0.0.1")[0].endswith(this_installation().adding("postgres"))
    monkeypatch.setattr(sys, "platform", "win32")
    assert "Windows" in str(obstacles(settings, "127.0.0.1"))


def test_servers_at_one_database_are_told_to_share_their_secrets() -> None:
    assert "VIDEOGEN_MCP_SECRETS" in str(cautions(served("127.0.0.1", DATABASE)))
    assert cautions(served("127.0.0.1", DATABASE, {"VIDEOGEN_MCP_SECRETS": "s" * 32})) == []
    assert cautions(served("127.0.0.1", TOKENED, KEYED)) == []


@pytest.mark.parametrize("means", [TOKENED, LOGIN])
def test_the_operator_is_told_that_tokens_and_logins_have_no_key_to_spend(means: dict[str, str]) -> None:
    assert "VIDEOGEN_API_KEY is not set" in str(cautions(served("127.0.0.1", means)))
    assert cautions(served("127.0.0.1", means, KEYED)) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", "", "127.0.0.1.example.com"])
def test_a_key_is_not_served_to_the_network_without_asking_who_spends_it(host: str) -> None:
    with pytest.raises(http.CannotServe, match="VIDEOGEN_API_KEY is set without anything that tells who may spend it"):
        http.serve(open_shared_server, Settings(api_key=KEY), host, 0)
