"""What people and hosts write into settings: slips are taken, placeholders and faults are named, keys never shown."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from videogen_mcp import setting_values
from videogen_mcp.setting_values import HttpToken
from videogen_mcp.settings import Oidc, Settings

KEY = "sk_test_abcdefghijk"
HOME = Path("/home/ada")


def read(**variables: str) -> Settings:
    return Settings.from_environment({"HOME": str(HOME), **variables}, HOME)


def read_one(name: str, value: str) -> Settings:
    return read(**{name: value})


SLIPS: list[tuple[str, str, str, Any]] = [
    ("VIDEOGEN_MCP_SECRETS", f"{'s' * 32}, {'t' * 32} {'s' * 32}", "secrets", ("s" * 32, "t" * 32)),
    ("VIDEOGEN_API_KEY", f'"{KEY}"', "api_key", KEY),
    ("VIDEOGEN_API_KEY", f"'{KEY}'", "api_key", KEY),
    ("VIDEOGEN_API_KEY", f"\u201c{KEY}\u201d", "api_key", KEY),
    ("VIDEOGEN_API_KEY", f"\ufeff{KEY}\u200b\r\n", "api_key", KEY),
    ("VIDEOGEN_API_KEY", f"Bearer {KEY}", "api_key", KEY),
    ("VIDEOGEN_API_KEY", f"VIDEOGEN_API_KEY={KEY}", "api_key", KEY),
    ("VIDEOGEN_API_KEY", "${user_config.api_key}", "api_key", None),
    ("VIDEOGEN_API_KEY", "${VIDEOGEN_API_KEY:-}", "api_key", None),
    ("VIDEOGEN_API_KEY", "null", "api_key", None),
    ("VIDEOGEN_API_KEY", '""', "api_key", None),
    ("VIDEOGEN_BASE_URL", '"https://api.videogen.io/"', "base_url", "https://api.videogen.io"),
    ("VIDEOGEN_BASE_URL", "<https://api.videogen.io>", "base_url", "https://api.videogen.io"),
    ("VIDEOGEN_BASE_URL", "api.example.com", "base_url", "https://api.example.com"),
    ("VIDEOGEN_BASE_URL", "localhost:8791", "base_url", "http://localhost:8791"),
    ("VIDEOGEN_API_DIALECT", "V2", "dialect", "v2"),
    ("VIDEOGEN_API_DIALECT", "0", "dialect", "v0"),
    ("VIDEOGEN_MCP_WAIT", '"50"', "wait", 50),
    ("VIDEOGEN_MCP_WAIT", "50s", "wait", 50),
    ("VIDEOGEN_MCP_WAIT", "1.5 min", "wait", 90),
    ("VIDEOGEN_MCP_WAIT", "500ms", "wait", 0.5),
    ("VIDEOGEN_MCP_WAIT", "Completion", "wait", math.inf),
    ("VIDEOGEN_MCP_SANDBOX", "true", "sandbox", "on"),
    ("VIDEOGEN_MCP_SANDBOX", "0", "sandbox", "off"),
    ("VIDEOGEN_MCP_SAVE", "Yes", "save", True),
    ("VIDEOGEN_MCP_JOURNAL", "disabled", "journal", False),
    ("VIDEOGEN_MCP_LOG_LEVEL", "warn", "log_level", "WARNING"),
    ("VIDEOGEN_MCP_LOG_LEVEL", "Debug", "log_level", "DEBUG"),
    ("VIDEOGEN_MCP_TOOLSETS", "workflows;files", "toolsets", {"workflows", "files"}),
    ("VIDEOGEN_MCP_TOOLSETS", '["workflow", "files"]', "toolsets", {"workflows", "files"}),
    ("VIDEOGEN_MCP_TOOLSETS", "workflows | Files", "toolsets", {"workflows", "files"}),
    ("VIDEOGEN_MCP_MAX_EXECUTIONS", "1,000", "max_executions", 1000),
    ("VIDEOGEN_MCP_MAX_EXECUTIONS", "20.0", "max_executions", 20),
    ("VIDEOGEN_MCP_MAX_EXECUTIONS", "unlimited", "max_executions", None),
    ("VIDEOGEN_MCP_ALLOWED_DIRS", "/,/usr", "allowed_dirs", (Path("/"), Path("/usr"))),
    ("VIDEOGEN_MCP_ALLOWED_DIRS", "/;/usr", "allowed_dirs", (Path("/"), Path("/usr"))),
    ("VIDEOGEN_MCP_ALLOWED_DIRS", '["/", "/usr"]', "allowed_dirs", (Path("/"), Path("/usr"))),
    ("VIDEOGEN_MCP_OUTPUT_DIR", "~/Films", "output_dir", HOME / "Films"),
    ("VIDEOGEN_MCP_OUTPUT_DIR", "$HOME/Films", "output_dir", HOME / "Films"),
    ("VIDEOGEN_MCP_OUTPUT_DIR", "${HOME}/Films", "output_dir", HOME / "Films"),
    ("VIDEOGEN_MCP_OUTPUT_DIR", "file:///tmp/My%20films", "output_dir", Path("/tmp/My films")),
    ("VIDEOGEN_MCP_STATE_DIR", "'/tmp/state'", "state_dir", Path("/tmp/state")),
]

TOKEN, OTHER_TOKEN = "3f" * 16, "91" * 16
DATABASE = "postgresql://ada:p%40ss@db.example/videogen"

HOSTED_SLIPS: list[tuple[str, str, str, Any]] = [
    ("VIDEOGEN_MCP_DATABASE", f'"{DATABASE}"', "database", DATABASE),
    ("VIDEOGEN_MCP_DATABASE", DATABASE.replace("postgresql", "postgres"), "database", DATABASE),
    ("VIDEOGEN_MCP_DATABASE", DATABASE.replace("postgresql", "postgresql+psycopg"), "database", DATABASE),
    (
        "VIDEOGEN_MCP_DATABASE",
        "postgresql://a:1,b:2/v?sslmode=require",
        "database",
        "postgresql://a:1,b:2/v?sslmode=require",
    ),
    ("VIDEOGEN_MCP_DATABASE_LISTEN", DATABASE, "database_listen", DATABASE),
    ("VIDEOGEN_MCP_HTTP_TOKEN", TOKEN, "http_tokens", (HttpToken(TOKEN),)),
    (
        "VIDEOGEN_MCP_HTTP_TOKEN",
        f"ada:{TOKEN}, {OTHER_TOKEN}\n{TOKEN}==",
        "http_tokens",
        (HttpToken(TOKEN, "ada"), HttpToken(OTHER_TOKEN), HttpToken(f"{TOKEN}==")),
    ),
    ("VIDEOGEN_MCP_PUBLIC_URL", "videogen.example.com/", "public_url", "https://videogen.example.com"),
    ("VIDEOGEN_MCP_PUBLIC_URL", "https://videogen.example.com/mcp", "public_url", "https://videogen.example.com"),
    ("VIDEOGEN_MCP_ALLOWED_HOSTS", "https://A.example/ b.example:*", "allowed_hosts", ("a.example", "b.example:*")),
    ("VIDEOGEN_MCP_ALLOWED_HOSTS", "10.0.0.7,[::1]:80", "allowed_hosts", ("10.0.0.7", "[::1]:80")),
    ("VIDEOGEN_MCP_ALLOWED_ORIGINS", "https://A.example/", "allowed_origins", ("https://a.example",)),
    ("VIDEOGEN_MCP_SUBJECT_EXECUTIONS", "20", "subject_executions", 20),
    ("VIDEOGEN_MCP_SERVICE_HOST", "10.0.0.1", "api_key", None),
    ("VIDEOGEN_MCP_PORT_8000_TCP_ADDR", "10.0.0.1", "api_key", None),
    ("VIDEOGEN_MCP_HEADLESS_PORT", "tcp://10.0.0.1:80", "api_key", None),
]
"""Kubernetes sets the last three."""

FAULTS: list[tuple[str, str, str, str]] = [
    ("VIDEOGEN_API_KEY", "YOUR_API_KEY", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "your-api-key-here", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "<your key>", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "…", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "sk-xxxx", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "$VIDEOGEN_API_KEY", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "%VIDEOGEN_API_KEY%", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "{{ videogen_key }}", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "sk_videogen_live_...", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "sk_videogen_live_<your key>", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "sk_your_key_here", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", "'sk-…'", "service", "placeholder"),
    ("VIDEOGEN_API_KEY", f"{KEY} and more", "service", "space"),
    ("VIDEOGEN_API_KEY", f"Bearer {'sk-' + 'a1' * 24}", "service", "a key of OpenAI, not a key of VideoGen"),
    ("VIDEOGEN_BASE_URL", f"sk_videogen_live_{KEY}", "service", "holds a key, not an address"),
    ("VIDEOGEN_API_KEY_FILE", f"sk_videogen_live_{KEY}", "service", "is '…', which is no absolute path"),
    ("VIDEOGEN_MCP_STATE_DIR", f"sk-ant-{KEY}", "service", "is '…', which is no absolute path"),
    ("VIDEOGEN_BASE_URL", "http://[", "service", "no http or https address"),
    ("VIDEOGEN_BASE_URL", "ftp://api.videogen.io", "service", "no http or https address"),
    ("VIDEOGEN_BASE_URL", "https://u:secret@api.videogen.io", "service", "user name"),
    ("VIDEOGEN_BASE_URL", "$VIDEOGEN_URL", "service", "placeholder"),
    ("VIDEOGEN_API_DIALECT", "v7", "service", "auto, v0, v2"),
    ("VIDEOGEN_MCP_SANDBOX", "maybe", "service", "auto, on, off"),
    ("VIDEOGEN_MCP_STATE_DIR", "state", "service", "no absolute path"),
    ("VIDEOGEN_MCP_STATE_DIR", "$NOWHERE/state", "service", "no absolute path"),
    ("VIDEOGEN_MCP_WAIT", "soon", "starts", "no number of seconds"),
    ("VIDEOGEN_MCP_WAIT", "-5", "starts", "no number of seconds"),
    ("VIDEOGEN_MCP_MAX_EXECUTIONS", "many", "starts", "no whole number"),
    ("VIDEOGEN_MCP_ALLOWED_DIRS", "films", "files", "no folder that can be used"),
    ("VIDEOGEN_MCP_ALLOWED_DIRS", "/nonexistent/films:/usr", "nothing", "'/nonexistent/films', which does not exist"),
    ("VIDEOGEN_MCP_OUTPUT_DIR", "films", "nothing", "no absolute path"),
    ("VIDEOGEN_MCP_LOG_LEVEL", "loud", "nothing", "WARNING is used until then"),
    ("VIDEOGEN_MCP_TOOLSETS", "workflows, web", "nothing", "'web'"),
    ("VIDEOGEN_MCP_ON_CANCEL", "stop", "nothing", "keep, cancel"),
    ("VIDEOGEN_MCP_SAVE", "maybe", "nothing", "on or off"),
    ("VIDEOGEN_WEBHOOK_SECRET", "<secret>", "nothing", "placeholder"),
    ("VIDEOGEN_MCP_SECRETS", "<secret>", "nothing", "placeholder"),
    ("VIDEOGEN_MCP_SECRETS", f"{'s' * 32}, {'t' * 31}", "nothing", "less than 32 characters"),
    ("VIDEOGEN_MCP_LOGLEVEL", "debug", "nothing", "Did you mean VIDEOGEN_MCP_LOG_LEVEL?"),
    ("VIDEOGEN_MCP_WAITS", "5", "nothing", "Did you mean VIDEOGEN_MCP_WAIT?"),
    ("VIDEOGEN_MCP_QQ", "5", "nothing", "There are VIDEOGEN_API_KEY"),
    ("VIDEOGEN_APIKEY", KEY, "nothing", "Did you mean VIDEOGEN_API_KEY?"),
]

HOSTED_FAULTS: list[tuple[str, str, str, str]] = [
    ("VIDEOGEN_MCP_DATABASE", f"mysql://u:{KEY}@h/d", "hosting", "does not begin with postgresql://"),
    ("VIDEOGEN_MCP_DATABASE", f"host=h password={KEY}", "hosting", "does not begin with postgresql://"),
    ("VIDEOGEN_MCP_DATABASE", f"postgresql://u:{KEY} @h/d", "hosting", "space"),
    ("VIDEOGEN_MCP_DATABASE", "postgresql://u:<password>@h/d", "hosting", "placeholder"),
    ("VIDEOGEN_MCP_HTTP_TOKEN", KEY, "hosting", "less than 32 characters"),
    ("VIDEOGEN_MCP_HTTP_TOKEN", f"{TOKEN} ada:{KEY}", "hosting", "less than 32 characters"),
    ("VIDEOGEN_MCP_HTTP_TOKEN", f"{KEY * 2}é", "hosting", "characters that no token has"),
    ("VIDEOGEN_MCP_HTTP_TOKEN", "[]", "hosting", "holds no token"),
    ("VIDEOGEN_MCP_HTTP_TOKENS", TOKEN, "hosting", "Did you mean VIDEOGEN_MCP_HTTP_TOKEN?"),
    ("VIDEOGEN_MCP_OIDC_ISSUER", "http://login.example", "hosting", "can be exchanged on the way"),
    ("VIDEOGEN_MCP_OIDC_ISSUER", "https://login.example?a=b", "hosting", "a query"),
    ("VIDEOGEN_MCP_OIDC_AUDIENCE", "<audience>", "hosting", "placeholder"),
    ("VIDEOGEN_MCP_PUBLIC_URL", "ftp://videogen.example", "hosting", "no http or https address"),
    ("VIDEOGEN_MCP_ALLOWED_HOSTS", "*", "hosting", "no host name"),
    ("VIDEOGEN_MCP_ALLOWED_HOSTS", "*.example.com", "hosting", "no host name"),
    ("VIDEOGEN_MCP_ALLOWED_HOSTS", "a.example/mcp", "hosting", "no host name"),
    ("VIDEOGEN_MCP_ALLOWED_ORIGINS", "a.example", "hosting", "no origin"),
    ("VIDEOGEN_MCP_ALLOWED_ORIGINS", "https://a.example null", "hosting", "no origin"),
    ("VIDEOGEN_MCP_SUBJECT_EXECUTIONS", "some", "starts", "no whole number"),
    ("VIDEOGEN_API_KEY_FILE", "key.txt", "service", "no absolute path"),
    ("VIDEOGEN_API_KEY_FILE", "/nonexistent/key", "service", "cannot be read"),
    ("VIDEOGEN_API_KEY_FILE", "/dev/null", "service", "empty"),
    ("VIDEOGEN_API_KEY_FILE", "/dev/zero", "service", "too large"),
]


@pytest.mark.parametrize(("name", "value", "attribute", "meant"), SLIPS + HOSTED_SLIPS)
def test_what_is_clearly_meant_is_taken(name: str, value: str, attribute: str, meant: Any) -> None:
    settings = read_one(name, value)
    assert getattr(settings, attribute) == meant
    assert settings.problems == ()


@pytest.mark.parametrize(("name", "value", "concern", "says"), FAULTS + HOSTED_FAULTS)
def test_the_rest_is_a_problem_with_the_variable_its_fault_and_what_to_write(
    name: str, value: str, concern: str, says: str
) -> None:
    problem = read_one(name, value).problems[-1]
    assert problem.variable == name
    assert problem.concern == concern
    assert says in str(problem)
    assert str(problem).endswith((".", "?"))
    assert KEY not in str(problem)
    assert "secret@" not in str(problem)


@pytest.mark.parametrize("address", ["http://api.videogen.io", "http://192.168.1.5:8080"])
def test_a_key_is_not_sent_in_the_clear(address: str) -> None:
    blocked = read(VIDEOGEN_API_KEY=KEY, VIDEOGEN_BASE_URL=address).blocks("service")
    assert blocked is not None
    assert "https://" in blocked
    assert KEY not in blocked


def test_this_machine_may_be_reached_without_encryption() -> None:
    assert read(VIDEOGEN_API_KEY=KEY, VIDEOGEN_BASE_URL="http://127.0.0.1:8791").problems == ()


def test_a_key_in_a_file_is_taken_where_the_environment_has_none(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert read(VIDEOGEN_API_KEY_FILE=str(file)).api_key == KEY
    assert read(VIDEOGEN_API_KEY_FILE=str(file), VIDEOGEN_API_KEY="sk_other").api_key == "sk_other"
    assert read(VIDEOGEN_API_KEY_FILE="/nonexistent/key", VIDEOGEN_API_KEY="sk_other").problems == ()


def test_what_is_wrong_with_a_key_in_a_file_is_said_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY} {KEY}\n")
    settings = read(VIDEOGEN_API_KEY_FILE=str(file))
    assert "which holds characters that no key has" in (settings.blocks("service") or "")
    assert KEY not in str(settings.problems)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no pipes among its files")
def test_a_pipe_in_the_place_of_a_key_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key")
    (problem,) = read(VIDEOGEN_API_KEY_FILE=str(tmp_path / "key")).problems
    assert "which is a pipe" in str(problem)


@pytest.mark.parametrize(
    "issuer", ["https://login.example", "https://login.example/", "http://localhost:8080/realms/x"]
)
def test_a_login_names_its_issuer_to_the_letter(issuer: str) -> None:
    settings = read(
        VIDEOGEN_MCP_OIDC_ISSUER=issuer, VIDEOGEN_MCP_OIDC_AUDIENCE="videogen", VIDEOGEN_MCP_OIDC_SCOPES="a b"
    )
    assert (settings.oidc, settings.problems) == (Oidc(issuer, ("videogen",), ("a", "b")), ())
    discovered = read(VIDEOGEN_MCP_OIDC_ISSUER=f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    assert [problem.variable for problem in discovered.problems] == ["VIDEOGEN_MCP_OIDC_AUDIENCE"]


def test_tokens_are_for_this_servers_public_address_unless_an_audience_is_set() -> None:
    settings = read(VIDEOGEN_MCP_OIDC_ISSUER="https://login.example", VIDEOGEN_MCP_PUBLIC_URL="https://v.example")
    assert settings.oidc == Oidc("https://login.example", ("https://v.example/mcp",))


def test_an_audience_without_an_issuer_is_a_problem() -> None:
    (problem,) = read(VIDEOGEN_MCP_OIDC_AUDIENCE="videogen").problems
    assert (problem.variable, problem.concern) == ("VIDEOGEN_MCP_OIDC_ISSUER", "hosting")


@pytest.mark.parametrize(
    ("variables", "host", "hosted"),
    [
        ({}, "127.0.0.1", False),
        ({}, "::1", False),
        ({}, "0.0.0.0", True),
        ({"VIDEOGEN_MCP_DATABASE": DATABASE}, "127.0.0.1", True),
        ({"VIDEOGEN_MCP_HTTP_TOKEN": TOKEN}, "127.0.0.1", True),
        ({"VIDEOGEN_MCP_HTTP_TOKEN": "short"}, "127.0.0.1", True),
        ({"VIDEOGEN_MCP_HTTP_TOKENS": TOKEN}, "127.0.0.1", True),
        ({"VIDEOGEN_MCP_OIDC_ISSUER": "https://login.example"}, "127.0.0.1", True),
        ({"VIDEOGEN_MCP_ALLOWED_ORIGINS": "https://a.example"}, "127.0.0.1", False),
    ],
)
def test_a_server_for_many_is_one_that_was_given_means_for_it(
    variables: dict[str, str], host: str, hosted: bool
) -> None:
    settings = read(**variables)
    assert not settings.hosted, "over stdio there is one client"
    served = settings.served_at(host)
    assert (served.hosted, served.uses_sandbox) == (hosted, not hosted)


def test_no_setting_that_is_a_secret_is_in_what_settings_look_like() -> None:
    secret = "5ec4e7" * 6
    settings = read(
        VIDEOGEN_API_KEY=secret,
        VIDEOGEN_WEBHOOK_SECRET=secret,
        VIDEOGEN_MCP_SECRETS=secret,
        VIDEOGEN_MCP_HTTP_TOKEN=secret,
        VIDEOGEN_MCP_DATABASE=f"postgresql://u:{secret}@h/d",
        VIDEOGEN_MCP_DATABASE_LISTEN=f"postgresql://u:{secret}@h/d",
    )
    assert settings.problems == ()
    assert secret not in repr(settings)
    assert secret not in repr(settings.http_tokens)


def test_folders_of_which_none_can_be_used_do_not_open_the_home_folder() -> None:
    settings = read(VIDEOGEN_MCP_ALLOWED_DIRS="films,photos")
    assert settings.allowed_dirs == ()
    assert settings.blocks("files") is not None


def test_results_may_lie_inside_the_state_directory_but_not_among_its_own_files() -> None:
    state = "/srv/videogen"
    inside = read(VIDEOGEN_MCP_STATE_DIR=state, VIDEOGEN_MCP_OUTPUT_DIR=f"{state}/films")
    assert (inside.output_dir, inside.problems) == (Path(state, "films"), ())
    for taken in (state, f"{state}/sandbox", f"{state}/sandbox/films", f"{state}/task-keys"):
        moved = read(VIDEOGEN_MCP_STATE_DIR=state, VIDEOGEN_MCP_OUTPUT_DIR=taken)
        assert moved.output_dir == Path(state, "output")
        assert moved.notice is not None
        assert "keeps its state" in moved.notice


def test_an_answer_tells_a_few_problems_and_counts_the_others() -> None:
    settings = read(**{f"VIDEOGEN_MCP_QQ{number}": "1" for number in range(7)})
    assert settings.notice is not None
    assert settings.notice.endswith("4 more settings have problems; stderr names them.")


@pytest.mark.parametrize("take", [setting_values.count, setting_values.seconds, setting_values.switch])
@pytest.mark.parametrize("text", ["x" * 10_000, "\0", "1e5", "²", "\n"])
def test_odd_text_is_a_fault_that_is_short(take: Callable[[str], object], text: str) -> None:
    with pytest.raises(setting_values.Fault) as fault:
        take(text)
    assert len(str(fault.value)) < 200
    assert str(fault.value).isprintable()
