"""The page of this server says what its settings make of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from videogen_mcp.calls import hosts
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.calls.upstream import SANDBOX, Account
from videogen_mcp.protocol.this_server import this_server
from videogen_mcp.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", output_dir=tmp_path / "VideoGen")


def page(
    settings: Settings, *, client: str = "", account: Account = SANDBOX, local_files: bool = True, **missing: str | None
) -> str:
    return this_server(settings, Caller(client, account=account), missing, local_files=local_files)


def test_it_says_who_makes_things_and_whether_they_cost(settings: Settings) -> None:
    assert "nothing is billed" in page(settings)
    paid = page(settings, account=Account("acme", "sk_secret"))
    assert "account, and paid." in paid
    assert "sandbox" not in paid
    assert "sk_secret" not in paid


@pytest.mark.parametrize(
    ("dialect", "local_files", "takes"),
    [
        ("v2", True, "a file id or an https: URL or a local path"),
        ("v2", False, "a file id or an https: URL"),
        ("v0", False, "a file id"),
    ],
)
def test_it_says_what_media_arguments_take(tmp_path: Path, dialect: str, local_files: bool, takes: str) -> None:
    chosen = Settings.from_environment({"VIDEOGEN_API_DIALECT": dialect}, tmp_path)
    words = page(chosen, local_files=local_files)
    assert f"- Media arguments take {takes}.\n" in words
    assert ("0.0.38" in words) is (dialect == "v0")


@pytest.mark.parametrize("client", ["claude-ai", "google-adk"])
def test_a_host_that_is_known_is_told_how_long_it_is_waited_for(settings: Settings, client: str) -> None:
    host = hosts.HOSTS[client]
    words = page(settings, client=client)
    assert f"waits {host.wait:g} s (your host: {host.source})" in words
    assert f"every {BEAT:.0f} seconds" in words


@pytest.mark.parametrize(("wait", "said"), [(7.5, "7.5 s"), (math.inf, "until the end")])
def test_a_wait_that_the_user_chose_holds_for_every_host(tmp_path: Path, wait: float, said: str) -> None:
    assert f"waits {said} (VIDEOGEN_MCP_WAIT)" in page(Settings(state_dir=tmp_path, wait=wait), client="claude-ai")


@pytest.mark.parametrize(("policy", "said"), [("keep", "leaves its execution running"), ("cancel", "ends its exec")])
def test_what_a_cut_call_does_is_the_users_policy(tmp_path: Path, policy: str, said: str) -> None:
    assert said in page(Settings.from_environment({"VIDEOGEN_MCP_ON_CANCEL": policy}, tmp_path))


def test_folders_are_the_ones_in_force(settings: Settings, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    words = page(Settings(state_dir=settings.state_dir, allowed_dirs=(media,), output_dir=tmp_path / "out", save=True))
    assert str(media) in words
    assert f"begins at {tmp_path / 'out'}; every result is saved there" in words
    assert "offers" not in words
    assert "the client offers" in page(settings)


def test_limits_that_the_user_set_are_named(tmp_path: Path) -> None:
    assert "MAX_EXECUTIONS" not in page(Settings(state_dir=tmp_path))


def test_who_shares_a_key_is_told_that_and_what_may_be_started(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, subject_executions=5)
    shared = page(settings, account=Account("acme", "sk_secret", "ann"))
    assert "Others spend the same key" in shared
    assert "You may start 5 executions" in shared
    own = page(settings, account=Account("acme", "sk_secret"))
    assert "same key" not in own
    assert "SUBJECT_EXECUTIONS" not in own
    assert "allows 12 executions" in page(Settings(state_dir=tmp_path, max_executions=12))
    assert "VIDEOGEN_MCP_JOURNAL" in page(Settings(state_dir=tmp_path, journal=False))


def test_tools_that_are_off_stand_with_what_would_offer_them(settings: Settings) -> None:
    words = page(settings, create_entity="entities", find_entities="entities", upload_file=None)
    assert "- Not offered: `create_entity`, `find_entities`, of the toolset entities. The user can add it" in words
    assert "upload_file" not in words
    assert "Not offered" not in page(settings)
    assert "The operator can add it" in page(replace(settings, hosted=True), create_entity="entities")
