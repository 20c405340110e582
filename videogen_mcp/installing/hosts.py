"""The hosts: where each keeps its configuration and its logs, and what an entry of it looks like.

Sources: each host's documentation of November 2026; for Codex, Claude Code, Gemini CLI and opencode what their own
commands write; for Zed and VS Code their source.
"""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from videogen_mcp.default_folders import home_folder

NAME = "videogen"
"""What the server is called in every host."""

Format = Literal["JSON", "TOML"]

COMMENTS, TRAILING_COMMAS = "comments", "trailing commas"
"""What some hosts read in JSON beyond the standard (RFC 8259)."""

CODEX_TOOL_SECONDS = 300
"""What Codex allows a call since June 2026, and less before. Our calls end before that (`calls.hosts`)."""

LONGEST_CALL_SECONDS = 600
"""The longest wait that a call may ask for (`wait_seconds`)."""

OPENCODE_SECONDS = 60
"""opencode allows 5 s for the list of tools without a word, which a first start may take; its calls end at 60 s."""


@dataclass(frozen=True)
class Machine:
    """What decides where a host keeps its files. `home` is this user's home folder."""

    platform: str
    """As `sys.platform` has it."""
    environment: Mapping[str, str]
    home: Path

    def folder(self, variable: str, *otherwise: str) -> Path:
        """Return the folder that a variable names, if its path is absolute; else one below the home folder."""
        named = Path(self.environment.get(variable) or ".")
        return named if named.is_absolute() else self.home.joinpath(*otherwise)

    @property
    def config(self) -> Path:
        """Where programs of freedesktop.org's rules keep their configuration (XDG Base Directory Specification)."""
        return self.folder("XDG_CONFIG_HOME", ".config")

    @property
    def roaming(self) -> Path:
        """Where programs of this platform keep what belongs to their user."""
        if self.platform == "win32":
            return self.folder("APPDATA", "AppData", "Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.config

    @property
    def local(self) -> Path:
        """Windows: where programs keep what stays on this machine."""
        return self.folder("LOCALAPPDATA", "AppData", "Local")


@dataclass(frozen=True)
class Host:
    """One program that starts MCP servers."""

    name: str
    """As it is typed after `install`."""
    title: str
    """As people know it."""
    format: Format
    servers: tuple[str, ...]
    """The keys that lead to the object of all servers in its file."""
    files: Callable[[Machine], tuple[Path, ...]]
    """The user's configuration files, one for each installation of the host that is found; one where none is."""
    logs: Callable[[Machine], str]
    """Where it logs: a path, or the way through its menus."""
    after: str
    """What to do once its file has changed."""
    shape: Callable[[Sequence[str]], dict[str, Any]] = field(repr=False)
    """The entry for a command, without variables of the environment."""
    beyond_json: tuple[str, ...] = ()
    """Which of these it reads: `COMMENTS`, `TRAILING_COMMAS`."""
    env: str = "env"
    """The field of an entry with variables of the environment."""
    passing: Callable[[str], dict[str, Any]] | None = field(default=None, repr=False)
    """The fields of an entry that pass on a variable of the host's own environment; None: it has no such fields."""
    cli: str | None = None
    """The host's own program that writes its file, where a running session would undo what others write."""

    def is_seen(self, machine: Machine) -> bool:
        """Return whether the host has left anything on this machine: its file, or a folder of its own for it."""
        files = self.files(machine)
        return any(_mode(file) != 0 or (file.parent != machine.home and _is_folder(file.parent)) for file in files)


def this_machine(environment: Mapping[str, str], home: Path | None = None) -> Machine | None:
    """Return the machine of this process; None for a user without a home folder, who has no hosts either."""
    found = home or home_folder()
    return None if found is None else Machine(sys.platform, environment, found)


def _command_and_args(command: Sequence[str]) -> dict[str, Any]:
    return {"command": command[0], "args": list(command[1:])}


def _typed(command: Sequence[str]) -> dict[str, Any]:
    return {"type": "stdio", **_command_and_args(command)}


def _filled_in(pattern: str, env: str = "env") -> Callable[[str], dict[str, Any]]:
    """Return what makes the fields that pass on a variable, for a host that fills in `pattern` (NAME: its name)."""
    return lambda name: {env: {name: pattern.replace("NAME", name)}}


def _of_codex(command: Sequence[str]) -> dict[str, Any]:
    return {**_command_and_args(command), "tool_timeout_sec": CODEX_TOOL_SECONDS}


def _of_gemini(command: Sequence[str]) -> dict[str, Any]:
    return {**_command_and_args(command), "timeout": LONGEST_CALL_SECONDS * 1000}


def _of_zed(command: Sequence[str]) -> dict[str, Any]:
    return {**_command_and_args(command), "timeout": LONGEST_CALL_SECONDS}


def _of_opencode(command: Sequence[str]) -> dict[str, Any]:
    return {"type": "local", "command": list(command), "enabled": True, "timeout": OPENCODE_SECONDS * 1000}


CLAUDE_CONFIG = "claude_desktop_config.json"


def _claude_desktop_folders(machine: Machine) -> tuple[Path, ...]:
    """Return its folders. The build of Windows' store sees, in place of APPDATA, a folder of its package."""
    usual = machine.roaming / "Claude"
    if machine.platform != "win32":
        return (usual,)
    packages = sorted((machine.local / "Packages").glob("Claude_*"))
    of_store = tuple(package / "LocalCache" / "Roaming" / "Claude" for package in packages)
    return of_store + ((usual,) if _is_folder(usual) or not of_store else ())


def _claude_desktop(machine: Machine) -> tuple[Path, ...]:
    return tuple(folder / CLAUDE_CONFIG for folder in _claude_desktop_folders(machine))


def _claude_desktop_logs(machine: Machine) -> str:
    if machine.platform == "darwin":
        return str(machine.home / "Library" / "Logs" / "Claude" / f"mcp-server-{NAME}.log")
    return " and ".join(str(folder / "logs" / f"mcp-server-{NAME}.log") for folder in _claude_desktop_folders(machine))


def _claude_code(machine: Machine) -> tuple[Path, ...]:
    return (machine.folder("CLAUDE_CONFIG_DIR") / ".claude.json",)


def _claude_code_logs(machine: Machine) -> str:
    if machine.platform == "win32":
        caches = machine.local / "claude-cli-nodejs" / "Cache"
    elif machine.platform == "darwin":
        caches = machine.home / "Library" / "Caches" / "claude-cli-nodejs"
    else:
        caches = machine.folder("XDG_CACHE_HOME", ".cache") / "claude-cli-nodejs"
    return str(caches / "*" / f"mcp-logs-{NAME}" / "*.jsonl")


def _vscode(machine: Machine) -> tuple[Path, ...]:
    return (machine.roaming / "Code" / "User" / "mcp.json",)


def _zed(machine: Machine) -> tuple[Path, ...]:
    if machine.platform == "win32":
        return (machine.roaming / "Zed" / "settings.json",)
    folder = machine.home / ".config" if machine.platform == "darwin" else machine.config
    return (folder / "zed" / "settings.json",)


def _zed_logs(machine: Machine) -> str:
    if machine.platform == "win32":
        return str(machine.local / "Zed" / "logs" / "Zed.log")
    if machine.platform == "darwin":
        return str(machine.home / "Library" / "Logs" / "Zed" / "Zed.log")
    return str(machine.folder("XDG_DATA_HOME", ".local", "share") / "zed" / "logs" / "Zed.log")


def _opencode(machine: Machine) -> tuple[Path, ...]:
    folder = machine.config / "opencode"
    commented = folder / "opencode.jsonc"
    return (commented if _mode(commented) else folder / "opencode.json",)


def _lmstudio_folder(machine: Machine) -> Path:
    """Return LM Studio's folder: the one that it notes in the home folder, or one of its two usual ones."""
    usual, former = machine.home / ".lmstudio", machine.home / ".cache" / "lm-studio"
    try:
        noted = (machine.home / ".lmstudio-home-pointer").read_bytes()[:4096].decode(errors="replace").strip()
    except OSError:
        noted = ""
    if noted and Path(noted).is_absolute() and _is_folder(Path(noted)):
        return Path(noted)
    return former if _is_folder(former) and not _is_folder(usual) else usual


def _mode(path: Path) -> int:
    """Return the mode of what is at a path; 0 where nothing is, or nothing that this user may know of."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # ValueError: it holds a zero byte.
        return 0


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_mode(path))


HOSTS: tuple[Host, ...] = (
    Host(
        name="claude-desktop",
        title="Claude Desktop",
        format="JSON",
        servers=("mcpServers",),
        files=_claude_desktop,
        logs=_claude_desktop_logs,
        after="Quit Claude Desktop (also from the menu bar or tray) and open it again.",
        shape=_command_and_args,
    ),
    Host(
        name="claude-code",
        title="Claude Code",
        format="JSON",
        servers=("mcpServers",),
        files=_claude_code,
        logs=_claude_code_logs,
        after="Sessions that are open see it after /mcp or when they are started again; `claude mcp list` checks it.",
        shape=_typed,
        passing=_filled_in("${NAME:-}"),
        cli="claude",
    ),
    Host(
        name="cursor",
        title="Cursor",
        format="JSON",
        beyond_json=(COMMENTS, TRAILING_COMMAS),
        servers=("mcpServers",),
        files=lambda machine: (machine.home / ".cursor" / "mcp.json",),
        logs=lambda _: "Cursor: Output > MCP Logs",
        after="Switch it on in Cursor's settings under MCP if it does not start by itself.",
        shape=_command_and_args,
        passing=_filled_in("${env:NAME}"),
    ),
    Host(
        name="vscode",
        title="VS Code",
        format="JSON",
        beyond_json=(COMMENTS, TRAILING_COMMAS),
        servers=("servers",),
        files=_vscode,
        logs=lambda _: f"VS Code: Output > MCP: {NAME}",
        after="VS Code starts it with the next chat, and asks once whether it is trusted.",
        shape=_typed,
        passing=_filled_in("${env:NAME}"),
    ),
    Host(
        name="codex",
        title="Codex",
        format="TOML",
        servers=("mcp_servers",),
        files=lambda machine: (machine.folder("CODEX_HOME", ".codex") / "config.toml",),
        logs=lambda machine: str(machine.folder("CODEX_HOME", ".codex") / "log"),
        after="Start Codex again; `codex mcp list` shows it.",
        shape=_of_codex,
        passing=lambda name: {"env_vars": [name]},
    ),
    Host(
        name="gemini",
        title="Gemini CLI",
        format="JSON",
        beyond_json=(COMMENTS,),
        servers=("mcpServers",),
        files=lambda machine: (machine.folder("GEMINI_CLI_HOME") / ".gemini" / "settings.json",),
        logs=lambda _: "Gemini CLI: F12 in a session, or `gemini --debug`",
        after="Start Gemini CLI again; `gemini mcp list` checks it in a folder that it trusts.",
        shape=_of_gemini,
        passing=_filled_in("${NAME}"),
    ),
    Host(
        name="windsurf",
        title="Windsurf",
        format="JSON",
        servers=("mcpServers",),
        files=lambda machine: (machine.home / ".codeium" / "windsurf" / "mcp_config.json",),
        logs=lambda _: "Windsurf: Output > Cascade",
        after="Press refresh in Windsurf's settings under Cascade > MCP servers.",
        shape=_command_and_args,
        passing=_filled_in("${env:NAME}"),
    ),
    Host(
        name="zed",
        title="Zed",
        format="JSON",
        beyond_json=(COMMENTS, TRAILING_COMMAS),
        servers=("context_servers",),
        files=_zed,
        logs=_zed_logs,
        after="Zed starts it at once; its dot in the agent panel's settings turns green.",
        shape=_of_zed,
    ),
    Host(
        name="opencode",
        title="opencode",
        format="JSON",
        beyond_json=(COMMENTS, TRAILING_COMMAS),
        servers=("mcp",),
        files=_opencode,
        logs=lambda machine: str(machine.folder("XDG_DATA_HOME", ".local", "share") / "opencode" / "log"),
        after="Start opencode again; `opencode mcp list` checks it.",
        shape=_of_opencode,
        env="environment",
        passing=_filled_in("{env:NAME}", "environment"),
    ),
    Host(
        name="lmstudio",
        title="LM Studio",
        format="JSON",
        servers=("mcpServers",),
        files=lambda machine: (_lmstudio_folder(machine) / "mcp.json",),
        logs=lambda _: "LM Studio: Developer > Logs",
        after="Switch it on in LM Studio under Program > Integrations.",
        shape=_command_and_args,
    ),
)
"""Every host that `install` knows."""

BY_NAME: Mapping[str, Host] = {host.name: host for host in HOSTS}
