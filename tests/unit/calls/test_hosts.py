import pytest

from videogen_mcp.calls.hosts import (
    HOSTS,
    Transport,
    asked_wait,
    before,
    host,
    learned_limit,
    repeated_limit,
    wait_budget,
)
from videogen_mcp.settings import COMPLETION


@pytest.mark.parametrize(
    ("client", "seconds"),
    [
        ("claude-ai", 50),
        ("claude-code", 110),
        ("codex-mcp-client", 280),
        ("mcp", 280),
        ("fastmcp", 280),
        ("google-adk", 4),
        ("opencode", 50),
        ("inspector-cli", 50),
        ("", COMPLETION),
        ("Something", COMPLETION),
    ],
)
def test_each_host_is_answered_before_it_stops_listening(client: str, seconds: float) -> None:
    assert wait_budget(client, None) == seconds


def test_a_host_may_listen_longer_over_http() -> None:
    assert wait_budget("google-adk", None, transport="http") == 280
    assert wait_budget("claude-ai", None, transport="http") == 50


def test_names_count_whatever_their_case() -> None:
    assert host("Visual Studio Code") is HOSTS["visual studio code"]


@pytest.mark.parametrize("setting", [0.0, 4.0, 600.0, COMPLETION])
def test_the_users_setting_wins_over_everything(setting: float) -> None:
    assert wait_budget("mcp", setting, 5.0) == setting


@pytest.mark.parametrize(
    ("client", "transport", "asked", "seconds"),
    [
        ("nobody", "stdio", 600, 600),
        ("nobody", "http", 600, 600),
        ("nobody", "stdio", 0, 0),
        ("claude-ai", "stdio", 600, 50),  # cuts at 60 s
        ("claude-ai", "stdio", 20, 20),
        ("claude-code", "stdio", 600, 600),  # goes on in the background
        ("mcp", "http", 600, 600),
        ("visual studio code", "stdio", 600, 600),
        ("visual studio code", "http", 600, 280),
        ("google-adk", "stdio", 30, 4),
        ("google-adk", "http", 30, 30),
    ],
)
def test_a_call_waits_as_long_as_it_asks_where_no_limit_is_known(
    client: str, transport: Transport, asked: float, seconds: float
) -> None:
    assert asked_wait(asked, client, None, transport=transport) == seconds


@pytest.mark.parametrize(
    ("client", "setting", "learned", "seconds"),
    [
        ("nobody", 4.0, None, 120),  # VIDEOGEN_MCP_WAIT is for calls that do not say
        ("nobody", 0.0, None, 120),
        ("nobody", None, 60.0, 50),
        ("nobody", 4.0, 60.0, 50),
        ("claude-code", None, 60.0, 50),
        ("claude-ai", 90.0, None, 90),  # its user knows that it listens longer
        ("claude-ai", COMPLETION, None, 120),
        ("claude-ai", 10.0, None, 50),
    ],
)
def test_only_a_limit_shortens_what_a_call_asks_for(
    client: str, setting: float | None, learned: float | None, seconds: float
) -> None:
    assert asked_wait(120.0, client, setting, learned) == seconds


@pytest.mark.parametrize(
    ("cuts", "limit"),
    [
        ([], None),
        ([7.3], None),  # somebody pressed stop
        ([4.98], 5.0),
        ([5.6], 5.0),
        ([59.9], 60.0),
        ([300.4], 300.0),
        ([7.3, 7.4], 7.0),  # twice at the same second
        ([7.3, 9.0], None),
        ([0.4, 0.5], None),  # impatience
        ([59.9, 5.1], 5.0),  # the lowest counts
    ],
)
def test_a_cut_that_looks_like_a_limit_is_one(cuts: list[float], limit: float | None) -> None:
    assert learned_limit(cuts) == limit


@pytest.mark.parametrize(("limit", "wait"), [(5.0, 4.0), (10.0, 8.0), (60.0, 50.0), (300.0, 290.0), (2.0, 1.0)])
def test_waits_end_safely_before_a_learned_limit(limit: float, wait: float) -> None:
    assert before(limit) == wait


def test_a_learned_limit_never_lengthens_a_wait() -> None:
    assert wait_budget("claude-ai", None, 240.0) == 50


def test_a_learned_limit_shortens_every_wait() -> None:
    assert wait_budget("mcp", None, 5.0) == 4
    assert wait_budget("nobody", None, 60.0) == 50


@pytest.mark.parametrize(
    ("cuts", "limit"),
    [([], None), ([5.0], None), ([5.0, 60.1], None), ([5.0, 4.9], 5.0), ([60.0, 5.1, 59.9], 60.0), ([7.3, 7.4], 7.0)],
)
def test_a_limit_is_repeated_when_two_cuts_show_it(cuts: list[float], limit: float | None) -> None:
    assert repeated_limit(cuts) == limit
