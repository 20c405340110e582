"""The key that login keeps: where it is, who may read it, and when it is used."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from videogen_mcp import kept_key
from videogen_mcp.setting_problems import KEPT_KEY
from videogen_mcp.setting_values import Fault
from videogen_mcp.settings import Settings

KEY = "sk_videogen_kept"
TOKEN = "t" * 32

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The file of a key that is kept for a user whose home is `tmp_path`."""
    file = kept_key.key_file({}, tmp_path)
    assert file is not None
    kept_key.keep(file, KEY)
    return file


def settings(home: Path, **environment: str) -> Settings:
    return Settings.from_environment(environment, home)


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", None, ".config"),
        ("linux", "XDG_CONFIG_HOME", "elsewhere"),
        ("darwin", None, "Library/Application Support"),
        ("darwin", "XDG_CONFIG_HOME", "Library/Application Support"),
        ("win32", None, "AppData/Roaming"),
        ("win32", "APPDATA", "elsewhere"),
    ],
)
def test_the_file_is_where_the_platform_keeps_configuration(
    platform: str, variable: str | None, folder: str, tmp_path: Path
) -> None:
    environment = {variable: str(tmp_path / "elsewhere")} if variable else {}
    assert kept_key.key_file(environment, tmp_path, platform) == tmp_path / folder / "videogen-mcp" / "api-key"


def test_a_relative_xdg_config_home_is_ignored(tmp_path: Path) -> None:
    file = kept_key.key_file({"XDG_CONFIG_HOME": "config"}, tmp_path, "linux")
    assert file == tmp_path / ".config" / "videogen-mcp" / "api-key"


def test_nothing_is_kept_for_a_user_without_a_home() -> None:
    assert kept_key.key_file({"XDG_CONFIG_HOME": "/etc"}, None) is None


@posix_only
def test_nobody_else_may_read_the_file_or_its_folder(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_new_key_takes_the_place_of_the_old_one_and_leaves_no_copy(kept: Path) -> None:
    kept_key.keep(kept, "sk_videogen_new")
    assert kept_key.read(kept) == "sk_videogen_new"
    assert [file.name for file in kept.parent.iterdir()] == ["api-key"]


def test_a_key_that_cannot_be_kept_leaves_the_old_one(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept_key.keep(kept, "sk_videogen_new")
    assert kept_key.read(kept) == KEY
    assert [file.name for file in kept.parent.iterdir()] == ["api-key"]


def test_a_forgotten_key_is_gone(kept: Path) -> None:
    assert kept_key.forget(kept)
    assert kept_key.read(kept) is None
    assert not kept_key.forget(kept)


def test_the_kept_key_is_used_where_no_variable_has_one(kept: Path, tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.api_key, found.key_source, found.uses_sandbox) == (KEY, "kept by login", False)


def test_a_host_that_filled_nothing_in_leaves_the_kept_key(kept: Path, tmp_path: Path) -> None:
    assert settings(tmp_path, VIDEOGEN_API_KEY="${user_config.api_key}", VIDEOGEN_API_KEY_FILE="").api_key == KEY


def test_the_environment_wins_then_the_file_that_it_names(kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk_videogen_file")
    named = settings(tmp_path, VIDEOGEN_API_KEY_FILE=str(file))
    assert (named.api_key, named.key_source) == ("sk_videogen_file", "file of VIDEOGEN_API_KEY_FILE")
    both = settings(tmp_path, VIDEOGEN_API_KEY_FILE=str(file), VIDEOGEN_API_KEY="sk_videogen_env")
    assert (both.api_key, both.key_source) == ("sk_videogen_env", "environment")


@pytest.mark.parametrize("variable", ["VIDEOGEN_API_KEY", "VIDEOGEN_API_KEY_FILE"])
def test_a_variable_that_cannot_be_used_is_not_passed_over_for_the_kept_key(
    variable: str, kept: Path, tmp_path: Path
) -> None:
    found = settings(tmp_path, **{variable: "your-api-key"})
    assert (found.api_key, found.key_source) == (None, None)
    assert [problem.variable for problem in found.problems] == [variable]


def test_without_any_key_there_is_no_source(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.api_key, found.key_source, found.problems) == (None, None, ())


def test_the_sandbox_leaves_the_kept_key_unread(kept: Path, tmp_path: Path) -> None:
    kept.write_text("")
    found = settings(tmp_path, VIDEOGEN_MCP_SANDBOX="on")
    assert (found.api_key, found.problems) == (None, ())


@pytest.mark.parametrize("unusable", [False, True])
def test_a_hosted_server_does_not_spend_the_kept_key(unusable: bool, kept: Path, tmp_path: Path) -> None:
    if unusable:
        kept.write_text("")
    hosted = settings(tmp_path, VIDEOGEN_MCP_HTTP_TOKEN=TOKEN).served_at("127.0.0.1")
    assert (hosted.api_key, hosted.key_source, hosted.problems) == (None, None, ())


def test_a_hosted_server_spends_the_key_of_its_environment(kept: Path, tmp_path: Path) -> None:
    found = settings(tmp_path, VIDEOGEN_MCP_HTTP_TOKEN=TOKEN, VIDEOGEN_API_KEY="sk_videogen_env")
    assert found.served_at("127.0.0.1").api_key == "sk_videogen_env"


def test_a_server_on_loopback_for_its_user_spends_the_kept_key(kept: Path, tmp_path: Path) -> None:
    assert settings(tmp_path).served_at("127.0.0.1").api_key == KEY


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def open_to_all(file: Path) -> None:
    file.chmod(0o644)


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda file: file.write_text("\n"), "which is empty"),
    "huge": (lambda file: file.write_text("k" * 5000), "which is too large for a key"),
    "folder": (make_folder, "which is a folder"),
    "placeholder": (lambda file: file.write_text("<your key>"), "which holds a placeholder, not a key"),
    "foreign": (lambda file: file.write_text("sk-ant-api03-" + "x" * 40), "which holds a key of Anthropic"),
    "binary": (lambda file: file.write_bytes(b"\xff\xfe\x00k"), "which holds characters that no key has"),
    "readable": (open_to_all, "which other users may read or write"),
}


@posix_only
@pytest.mark.parametrize("spoilt", UNUSABLE)
def test_a_kept_key_that_cannot_be_used_is_a_problem_that_says_why_and_what_to_do(
    spoilt: str, kept: Path, tmp_path: Path
) -> None:
    spoil, fault = UNUSABLE[spoilt]
    spoil(kept)
    found = settings(tmp_path)
    (problem,) = found.problems
    assert (found.api_key, problem.variable, problem.concern) == (None, KEPT_KEY, "service")
    assert fault in problem.fault
    assert "login` keeps it anew" in problem.remedy
    assert KEY not in str(problem)


@posix_only
def test_a_pipe_in_the_place_of_the_kept_key_does_not_stop_the_server(kept: Path) -> None:
    kept.unlink()
    os.mkfifo(kept)
    with pytest.raises(Fault, match="no ordinary file"):
        kept_key.read(kept)


@posix_only
def test_a_home_that_is_no_folder_or_another_users_has_no_key_and_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings(Path("/dev/null")).problems == ()

    def forbidden(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", forbidden)
    assert kept_key.read(tmp_path / "api-key") is None


def test_a_file_that_may_not_be_opened_is_a_problem(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(Fault, match=r"cannot be read \(Permission denied\)"):
        kept_key.read(kept)
