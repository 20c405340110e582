"""Settings: the default folders, and that every variable that is read is documented."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from videogen_mcp.default_folders import default_output_dir, default_state_dir
from videogen_mcp.settings import VARIABLES, Settings


class Environment(Mapping[str, str]):
    """An empty environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, without a word about folders in the environment."""
    for name in ("XDG_STATE_HOME", "XDG_VIDEOS_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_every_variable_that_is_read_is_explained() -> None:
    environment = Environment()
    Settings.from_environment(environment)
    assert environment.asked - {"XDG_STATE_HOME", "XDG_CONFIG_HOME"} == set(VARIABLES)


@pytest.mark.parametrize(("written", "seconds"), [("", None), ("1.5", 1.5), (" 3 ", 3.0), ("0.1", 0.1), ("2s", 2.0)])
def test_the_interval_between_polls_is_a_number_of_seconds(written: str, seconds: float | None) -> None:
    assert Settings.from_environment({"VIDEOGEN_MCP_POLL_INTERVAL": written}).poll_interval == seconds


@pytest.mark.parametrize("written", ["0", "-1", "often", "nan", "inf", "0.01", "4000"])
def test_an_interval_that_cannot_be_meant_is_refused_by_name(written: str) -> None:
    settings = Settings.from_environment({"VIDEOGEN_MCP_POLL_INTERVAL": written})
    assert settings.poll_interval is None
    assert "VIDEOGEN_MCP_POLL_INTERVAL" in (settings.notice or "")


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other platforms keep these folders elsewhere")


@linux_only
def test_state_is_kept_where_xdg_says_and_where_version_0_1_kept_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_state_dir() == home / ".local" / "state" / "videogen-mcp"
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "elsewhere"))
    assert default_state_dir() == home / "elsewhere" / "videogen-mcp"


@linux_only
@pytest.mark.parametrize("name", ["HOME", "XDG_STATE_HOME"])
@pytest.mark.parametrize("value", ["", "state", "./state", "${XDG_STATE_HOME}"])
def test_folders_of_the_environment_that_are_not_absolute_count_for_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    import pwd

    monkeypatch.setenv(name, value)
    used = Path(pwd.getpwuid(os.getuid()).pw_dir) if name == "HOME" else home
    assert default_state_dir() == used / ".local" / "state" / "videogen-mcp"


def test_on_macos_a_state_directory_of_version_0_1_is_used_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "elsewhere"))
    old = home / "Library" / "Application Support" / "videogen-mcp"
    assert default_state_dir() != old
    old.mkdir(parents=True)
    assert default_state_dir() == old


@linux_only
@pytest.mark.parametrize(
    ("kind", "folder"),
    [("VIDEO", "Videos"), ("IMAGE", "Pictures"), ("AUDIO", "Music"), ("TEXT", "Videos"), (None, "Videos")],
)
def test_results_are_saved_where_people_look_for_their_kind(kind: str | None, folder: str, home: Path) -> None:
    assert Settings().output_dir_for(kind) == home / folder / "VideoGen"


def test_with_a_folder_for_results_everything_goes_there(home: Path) -> None:
    settings = Settings(output_dir=home / "out")
    assert {settings.output_dir_for(kind) for kind in ("VIDEO", "IMAGE", "AUDIO")} == {home / "out"}
    assert settings.output_dirs == (home / "out",)


@linux_only
def test_the_platforms_folders_may_be_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_VIDEOS_DIR", str(home / "Films"))
    assert default_output_dir() == home / "Films" / "VideoGen"


@linux_only
def test_the_desktops_own_folder_of_videos_is_found(home: Path) -> None:
    (home / "Vidéos").mkdir()
    (home / ".config").mkdir()
    (home / ".config" / "user-dirs.dirs").write_text('XDG_VIDEOS_DIR="$HOME/Vidéos"\n', encoding="utf-8")
    assert default_output_dir() == home / "Vidéos" / "VideoGen"
