"""`videogen-mcp login`, as it is typed."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.installing.typing_commands import (
    KEY,
    Service,
    keep,
    kept_file,
    kept_of,
    posix_only,
    run,
)

pytestmark = pytest.mark.usefixtures("service")


def test_login_asks_checks_and_keeps(
    home: Path, typed: Callable[[str], list[str]], service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(f" '{KEY}' ")
    assert run("login") == 0
    assert len(prompts) == 1
    assert (kept_of(home), service.shown) == (KEY, [KEY])
    out, err = capsys.readouterr()
    assert out == f"The key is kept, in {kept_file(home)}, which only you can read. VideoGen accepts it.\n"
    assert err == ""


def test_login_reads_one_line_where_there_is_no_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"VIDEOGEN_API_KEY={KEY}\nmore\n"))
    assert run("login") == 0
    assert kept_of(home) == KEY


def test_another_login_says_that_one_is_kept_but_not_which(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home, "sk_videogen_before")
    typed(KEY)
    assert run("login") == 0
    out = capsys.readouterr().out
    assert "A key is kept already" in out
    assert "in the place of the one before" in out
    assert "sk_videogen_before" not in out
    assert kept_of(home) == KEY


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sk-proj-" + "aB3" * 14, "What was given holds a key of OpenAI, not a key of VideoGen"),
        ("${VIDEOGEN_API_KEY}", "no key was given; nothing was changed"),
        ("", "no key was given; nothing was changed"),
        ("your-api-key", "What was given holds a placeholder"),
        ("two words", "What was given holds characters that no key has"),
        ("k" * 9000, "What was given is too long for a key"),
        ("sk_videogen_revoked", "the key was not kept. VideoGen refuses it: "),
    ],
)
def test_what_is_no_key_is_not_kept_and_the_one_before_is(
    given: str, words: str, home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home)
    typed(given)
    assert run("login") == 1
    out, err = capsys.readouterr()
    assert words in err
    assert not given or given not in out + err
    assert kept_of(home) == KEY


def test_a_key_that_cannot_be_checked_is_kept_and_that_is_said(
    home: Path,
    typed: Callable[[str], list[str]],
    service: Service,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service.reached = False
    typed(KEY)
    assert run("login") == 0
    out = capsys.readouterr().out
    assert "It could not be checked: api.videogen.io could not be reached: the connection was refused." in out
    assert "HTTPS_PROXY" in out
    assert kept_of(home) == KEY


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://api.example.com", "anybody on the way could read the key"), ("???", "is no http or https address")],
)
def test_a_key_is_not_sent_to_an_address_that_is_wrong(
    address: str, words: str, typed: Callable[[str], list[str]], service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(KEY)
    run("login", VIDEOGEN_BASE_URL=address)
    assert service.shown == []
    assert words in capsys.readouterr().out.replace("which is no", "is no")


def test_login_says_which_variable_wins_over_the_kept_key(
    typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    typed(KEY)
    run("login", VIDEOGEN_API_KEY="sk_videogen_env")
    assert "VIDEOGEN_API_KEY is set here, and wins over it" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_told(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    kept_file(home).parent.parent.mkdir(parents=True)
    kept_file(home).parent.write_text("a file in the place of the folder")
    typed(KEY)
    assert run("login") == 1
    assert f"the key was not kept. It cannot be written to {kept_file(home)}" in capsys.readouterr().err


def test_forget_removes_the_key_and_says_when_there_is_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home)
    assert run("login", "--forget") == 0
    assert kept_of(home) is None
    assert run("login", "--forget") == 0
    assert "is gone from" in (out := capsys.readouterr().out)
    assert "No key is kept" in out


@pytest.mark.parametrize("name", ["install", "login"])
def test_the_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(name, "--help")
    assert left.value.code == 0
    assert f"example:\n  videogen-mcp {name}" in capsys.readouterr().out


def test_the_first_line_that_says_something_is_the_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n  \n{KEY}\n"))
    assert run("login") == 0
    assert kept_of(home) == KEY


@pytest.mark.parametrize("command", [("login",), ("install", "zed", "--key-stdin")])
@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        (None, "no key"),
        (io.TextIOWrapper(io.BytesIO(b"sk_videogen_\xff"), "utf-8"), "bytes that are no text"),
    ],
    ids=["closed", "other bytes"],
)
def test_a_standard_input_without_text_is_no_key(
    stdin: io.TextIOWrapper | None,
    words: str,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if stdin is not None:
        stdin.seek(0)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(*command) == 1
    assert words in capsys.readouterr().err


def test_without_a_standard_input_install_asks_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run("install", "zed") == 0


@posix_only
def test_the_folder_to_which_a_link_of_the_key_leads_keeps_its_mode(
    home: Path, typed: Callable[[str], list[str]]
) -> None:
    elsewhere = home / "dotfiles"
    elsewhere.mkdir(mode=0o755)
    kept_file(home).parent.mkdir(parents=True)
    kept_file(home).symlink_to(elsewhere / "key")
    typed(KEY)
    assert run("login") == 0
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
    assert (elsewhere / "key").read_text() == f"{KEY}\n"


def test_a_folder_that_is_closed_to_this_user_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("stat", "mkdir", "unlink"):
        monkeypatch.setattr(Path, name, closed)
    typed(KEY)
    assert run("login") == run("login", "--forget") == 1
    assert capsys.readouterr().err.count("(Permission denied)") == 2


@pytest.mark.parametrize("typed_after", [["sk_1"], ["--forget", "sk_1"]])
def test_a_key_on_the_command_line_is_neither_kept_nor_repeated(
    typed_after: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home)
    assert run("login", *typed_after) == 2
    assert kept_of(home) == KEY
    out, err = capsys.readouterr()
    assert "not taken from the command line" in err
    assert "sk_1" not in out + err
