"""Where hosts keep their configuration: by platform, environment and what is found in the home folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen_mcp.installing.hosts import BY_NAME, HOSTS, Machine

SUPPORT = "Library/Application Support"

FILES = {
    "claude-desktop": (
        f"{SUPPORT}/Claude/claude_desktop_config.json",
        ".config/Claude/claude_desktop_config.json",
        "AppData/Roaming/Claude/claude_desktop_config.json",
    ),
    "claude-code": (".claude.json",) * 3,
    "cursor": (".cursor/mcp.json",) * 3,
    "vscode": (f"{SUPPORT}/Code/User/mcp.json", ".config/Code/User/mcp.json", "AppData/Roaming/Code/User/mcp.json"),
    "codex": (".codex/config.toml",) * 3,
    "gemini": (".gemini/settings.json",) * 3,
    "windsurf": (".codeium/windsurf/mcp_config.json",) * 3,
    "zed": (".config/zed/settings.json", ".config/zed/settings.json", "AppData/Roaming/Zed/settings.json"),
    "opencode": (".config/opencode/opencode.json",) * 3,
    "lmstudio": (".lmstudio/mcp.json",) * 3,
}
"""Below the home folder: macOS, Linux, Windows."""

COMMAND = ("/opt/bin/videogen-mcp", "serve")


def machine(home: Path, platform: str = "linux", **environment: str) -> Machine:
    return Machine(platform, environment, home)


def test_the_table_here_names_every_host() -> None:
    assert FILES.keys() == BY_NAME.keys()
    assert len(BY_NAME) == len(HOSTS)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("number", "platform"), [(0, "darwin"), (1, "linux"), (2, "win32")])
def test_where_the_file_of_a_host_is(name: str, number: int, platform: str, tmp_path: Path) -> None:
    assert BY_NAME[name].files(machine(tmp_path, platform)) == (tmp_path / FILES[name][number],)


@pytest.mark.parametrize(
    ("name", "platform", "variable", "file"),
    [
        ("claude-desktop", "linux", "XDG_CONFIG_HOME", "Claude/claude_desktop_config.json"),
        ("claude-desktop", "win32", "APPDATA", "Claude/claude_desktop_config.json"),
        ("claude-code", "linux", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("vscode", "linux", "XDG_CONFIG_HOME", "Code/User/mcp.json"),
        ("vscode", "win32", "APPDATA", "Code/User/mcp.json"),
        ("codex", "darwin", "CODEX_HOME", "config.toml"),
        ("gemini", "darwin", "GEMINI_CLI_HOME", ".gemini/settings.json"),
        ("zed", "linux", "XDG_CONFIG_HOME", "zed/settings.json"),
        ("opencode", "win32", "XDG_CONFIG_HOME", "opencode/opencode.json"),
    ],
)
def test_a_variable_moves_the_file(name: str, platform: str, variable: str, file: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    moved = machine(tmp_path / "home", platform, **{variable: str(elsewhere)})
    assert BY_NAME[name].files(moved) == (elsewhere / file,)


@pytest.mark.parametrize("value", ["", "config", "./config"])
def test_a_variable_without_an_absolute_path_moves_nothing(value: str, tmp_path: Path) -> None:
    ignored = machine(tmp_path, XDG_CONFIG_HOME=value)
    assert BY_NAME["zed"].files(ignored) == (tmp_path / ".config/zed/settings.json",)


def test_claude_desktop_of_the_windows_store_has_its_file_in_its_package(tmp_path: Path) -> None:
    package = tmp_path / "AppData/Local/Packages/Claude_pzs8sxrjxfjjc"
    package.mkdir(parents=True)
    (package.parent / "Microsoft.Paint_8wekyb").mkdir()
    windows = machine(tmp_path, "win32")
    in_package = package / "LocalCache/Roaming/Claude/claude_desktop_config.json"
    assert BY_NAME["claude-desktop"].files(windows) == (in_package,)
    assert str(package) in BY_NAME["claude-desktop"].logs(windows)


def test_claude_desktop_in_both_builds_has_two_files(tmp_path: Path) -> None:
    (tmp_path / "AppData/Local/Packages/Claude_pzs8sxrjxfjjc").mkdir(parents=True)
    (tmp_path / "AppData/Roaming/Claude").mkdir(parents=True)
    assert len(BY_NAME["claude-desktop"].files(machine(tmp_path, "win32"))) == 2


def test_opencode_with_comments_keeps_its_file(tmp_path: Path) -> None:
    folder = tmp_path / ".config/opencode"
    folder.mkdir(parents=True)
    (folder / "opencode.jsonc").write_text("{}")
    (folder / "opencode.json").write_text("{}")
    assert BY_NAME["opencode"].files(machine(tmp_path)) == (folder / "opencode.jsonc",)


def test_lm_studio_is_where_it_says_that_it_is(tmp_path: Path) -> None:
    elsewhere = tmp_path / "models" / "lmstudio"
    elsewhere.mkdir(parents=True)
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{elsewhere}\n")
    assert BY_NAME["lmstudio"].files(machine(tmp_path)) == (elsewhere / "mcp.json",)


@pytest.mark.parametrize("noted", [b"", b"lmstudio", b"/nowhere/at/all", b"/a\0b", b"\xff\xfe"])
def test_lm_studio_is_in_its_usual_folder_when_what_it_says_is_of_no_use(noted: bytes, tmp_path: Path) -> None:
    (tmp_path / ".lmstudio-home-pointer").write_bytes(noted)
    assert BY_NAME["lmstudio"].files(machine(tmp_path)) == (tmp_path / ".lmstudio/mcp.json",)


def test_lm_studio_is_in_its_former_folder_where_only_that_is(tmp_path: Path) -> None:
    (tmp_path / ".cache/lm-studio").mkdir(parents=True)
    assert BY_NAME["lmstudio"].files(machine(tmp_path)) == (tmp_path / ".cache/lm-studio/mcp.json",)


@pytest.mark.parametrize("name", FILES)
def test_a_host_is_seen_by_its_file_or_a_folder_of_its_own(name: str, tmp_path: Path) -> None:
    here = machine(tmp_path)
    assert not BY_NAME[name].is_seen(here)
    (file,) = BY_NAME[name].files(here)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    assert BY_NAME[name].is_seen(here)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_may_not_be_looked_into_is_no_obstacle(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", forbidden)
    monkeypatch.setattr(Path, "open", forbidden)
    here = machine(tmp_path)
    assert BY_NAME[name].files(here) == (tmp_path / FILES[name][1],)
    assert not BY_NAME[name].is_seen(here)


@pytest.mark.parametrize("name", FILES)
def test_every_entry_starts_the_command(name: str) -> None:
    entry = BY_NAME[name].shape(COMMAND)
    started = entry["command"] if isinstance(entry["command"], list) else [entry["command"], *entry["args"]]
    assert started == [*COMMAND]


@pytest.mark.parametrize("platform", ["darwin", "linux", "win32"])
@pytest.mark.parametrize("name", FILES)
def test_every_host_says_where_it_logs(name: str, platform: str, tmp_path: Path) -> None:
    assert BY_NAME[name].logs(machine(tmp_path, platform))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("claude-code", {"env": {"VIDEOGEN_API_KEY": "${VIDEOGEN_API_KEY:-}"}}),
        ("cursor", {"env": {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}"}}),
        ("codex", {"env_vars": ["VIDEOGEN_API_KEY"]}),
        ("gemini", {"env": {"VIDEOGEN_API_KEY": "${VIDEOGEN_API_KEY}"}}),
        ("opencode", {"environment": {"VIDEOGEN_API_KEY": "{env:VIDEOGEN_API_KEY}"}}),
    ],
)
def test_how_a_host_passes_on_a_variable_of_its_own(name: str, fields: dict[str, object]) -> None:
    passing = BY_NAME[name].passing
    assert passing is not None
    assert passing("VIDEOGEN_API_KEY") == fields
