"""How the server that a host starts finds its key."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.installing.typing_commands import (
    KEY,
    Service,
    command,
    entry,
    file_of,
    keep,
    kept_of,
    posix_only,
    run,
)
from videogen_mcp import kept_key
from videogen_mcp.installation import this_installation
from videogen_mcp.installing.hosts import BY_NAME

pytestmark = pytest.mark.usefixtures("service")


def test_without_a_terminal_nothing_is_asked(home: Path, service: Service) -> None:
    assert run("install", "zed") == 0
    assert service.shown == []
    assert kept_of(home) is None


def test_on_a_terminal_the_key_is_asked_for_checked_and_kept_and_not_written_to_the_host(
    home: Path, typed: Callable[[str], list[str]], service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(KEY)
    assert run("install", "zed") == 0
    assert ["empty: use the sandbox" in prompt for prompt in prompts] == [True]
    assert service.shown == [KEY]
    assert kept_of(home) == KEY
    assert KEY not in file_of("zed", home).read_text() + "".join(capsys.readouterr())
    assert "env" not in entry("zed", home)


def test_no_key_at_the_terminal_means_the_sandbox(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("")
    assert run("install", "zed") == 0
    assert "uses the sandbox of this machine" in capsys.readouterr().out
    assert kept_of(home) is None


def test_a_key_that_is_kept_already_is_not_asked_for(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home)
    prompts = typed("other")
    assert (run("install", "zed"), prompts) == (0, [])
    out = capsys.readouterr().out
    assert "the one kept in" in out
    assert "VideoGen accepts the key" in out


@posix_only
def test_a_kept_key_that_hosts_would_not_find_is_named_to_them(home: Path) -> None:
    elsewhere = home / "elsewhere"
    kept_key.keep(elsewhere / "videogen-mcp" / "api-key", KEY)
    run("install", "cursor", XDG_CONFIG_HOME=str(elsewhere))
    if sys.platform != "darwin":
        file = str(elsewhere / "videogen-mcp" / "api-key")
        assert entry("cursor", home)["env"] == {"VIDEOGEN_API_KEY_FILE": file}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("codex", {"env_vars": ["VIDEOGEN_API_KEY"]}),
        ("cursor", {"env": {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}"}}),
        ("claude-desktop", {}),
    ],
)
def test_a_key_of_the_environment_is_passed_on_by_name(
    name: str,
    fields: dict[str, Any],
    home: Path,
    typed: Callable[[str], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    prompts = typed("other")
    assert (run("install", name, VIDEOGEN_API_KEY=KEY), prompts) == (0, [])
    assert entry(name, home) == {**BY_NAME[name].shape(command()), **fields}
    assert KEY not in file_of(name, home).read_text() + "".join(capsys.readouterr())


def test_a_file_of_a_key_is_named_in_the_entry(home: Path) -> None:
    (home / "key.txt").write_text(KEY)
    run("install", "opencode", VIDEOGEN_API_KEY_FILE="~/key.txt")
    assert entry("opencode", home)["environment"] == {"VIDEOGEN_API_KEY_FILE": str(home / "key.txt")}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sk-ant-api03-" + "aB3" * 14, "VIDEOGEN_API_KEY holds a key of Anthropic, not a key of VideoGen"),
        ("<your key>", "VIDEOGEN_API_KEY holds a placeholder, not a key"),
        ("a key", "VIDEOGEN_API_KEY holds characters that no key has"),
    ],
)
def test_a_key_of_the_environment_that_cannot_be_used_is_told_as_everywhere(
    given: str, words: str, home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(KEY)
    assert (run("install", "cursor", VIDEOGEN_API_KEY=given), prompts) == (0, [])
    assert words in capsys.readouterr().out
    assert entry("cursor", home) == BY_NAME["cursor"].shape(command())


def test_a_key_of_the_environment_that_videogen_refuses_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "cursor", VIDEOGEN_API_KEY="sk_videogen_old") == 0
    assert "VideoGen refuses it" in capsys.readouterr().out


def test_other_settings_of_the_shell_are_told_to_stay_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("install", "zed", VIDEOGEN_MCP_WAIT="50", VIDEOGEN_MCP_SAVE="sometimes")
    out = capsys.readouterr().out
    assert "VIDEOGEN_MCP_WAIT, VIDEOGEN_MCP_SAVE of this shell is not written there" in out
    assert "VIDEOGEN_MCP_SAVE is 'sometimes'" in out
    assert "env" not in entry("zed", home)


@pytest.mark.parametrize(("extras", "is_told"), [((), True), (("look", "sandbox"), False)])
def test_a_sandbox_that_is_not_installed_is_told_with_the_line_that_adds_it(
    extras: tuple[str, ...], is_told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = replace(this_installation(), extras=extras)
    monkeypatch.setattr("videogen_mcp.commands.install.this_installation", lambda: here)
    run("install", "zed")
    assert (
        f"the sandbox is not installed here; this adds it: {here.adding('sandbox')}" in capsys.readouterr().out
    ) is is_told


def test_a_key_from_a_script_is_kept_before_the_entry_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    assert run("install", "zed", "--key-stdin") == 0
    assert kept_of(home) == KEY
    assert KEY not in "".join(capsys.readouterr())


def test_a_key_that_is_refused_leaves_the_host_as_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("sk_videogen_old\n"))
    assert run("install", "zed", "--key-stdin") == 1
    assert "nothing was written: the key was not kept. VideoGen refuses it" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_script_that_gives_no_key_is_told_and_the_host_is_left_as_it_is(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("install", "zed", "--key-stdin") == 1
    assert "standard input holds no key" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_key_in_the_entry_itself_stays_is_used_and_is_not_shown(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    file, own = file_of("cursor", home), {"VIDEOGEN_API_KEY": "sk_videogen_own"}
    file.parent.mkdir()
    file.write_text(json.dumps({"mcpServers": {"videogen": {"command": "videogen-mcp", "env": own}}}))
    prompts = typed("other")
    assert (run("install", "cursor", VIDEOGEN_API_KEY=KEY), prompts) == (0, [])
    assert entry("cursor", home) == {**BY_NAME["cursor"].shape(command()), "env": own}
    out = capsys.readouterr().out
    assert "the entry's own, which wins over any other" in out
    assert "sk_videogen_own" not in out


def test_what_a_host_was_to_fill_in_is_no_key_of_the_entry(home: Path, typed: Callable[[str], list[str]]) -> None:
    file = file_of("cursor", home)
    file.parent.mkdir()
    variables = {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}"}
    file.write_text(json.dumps({"mcpServers": {"videogen": {"command": "videogen-mcp", "env": variables}}}))
    prompts = typed("")
    assert (run("install", "cursor"), len(prompts)) == (0, 1)


def test_a_wrong_address_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    run("install", "zed", VIDEOGEN_API_KEY=KEY, VIDEOGEN_BASE_URL="ftp://x")
    assert capsys.readouterr().out.count("VIDEOGEN_BASE_URL is 'ftp://x'") == 1
