"""Every setting, read from the environment once and handed on as a value."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args

import platformdirs

Dialect = Literal["auto", "v0", "v2"]
OnCancel = Literal["keep", "cancel"]
SandboxMode = Literal["auto", "on", "off"]
Toolset = Literal["workflows", "executions", "files", "catalogue", "webhooks"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

PROGRAM = "videogen-mcp"
"""The name of the state directory."""

DEFAULT_BASE_URL = "https://api.videogen.io"
DEFAULT_TOOLSETS: frozenset[Toolset] = frozenset({"workflows", "executions", "files", "catalogue"})
COMPLETION = math.inf
"""The wait of `VIDEOGEN_MCP_WAIT=completion`: as long as the execution takes."""

UNFILLED = re.compile(r"^\$\{[^}]*\}$")
"""What a host leaves behind when its user filled nothing in, such as `${user_config.api_key}`."""

VARIABLES: Mapping[str, tuple[str, str]] = {
    "VIDEOGEN_API_KEY": ("your key; without one, the sandbox is used", ""),
    "VIDEOGEN_BASE_URL": ("where the API is", f"`{DEFAULT_BASE_URL}`"),
    "VIDEOGEN_API_DIALECT": ("`v0` (that of the 0.0.38 SDK), `v2` (today's) or `auto`", "`auto`"),
    "VIDEOGEN_MCP_WAIT": ("seconds a call may take, or `completion`; 0 submits and does not wait", "by host"),
    "VIDEOGEN_MCP_ON_CANCEL": ("`keep` or `cancel` the execution when a call is cancelled", "`keep`"),
    "VIDEOGEN_MCP_MAX_EXECUTIONS": ("at most this many in an hour, across all processes", "unlimited"),
    "VIDEOGEN_MCP_SANDBOX": ("`on`, `off`, or `auto`: when there is no key", "`auto`"),
    "VIDEOGEN_MCP_TOOLSETS": (
        f"which of {', '.join(f'`{name}`' for name in get_args(Toolset))}; or `all`",
        "all but `webhooks`",
    ),
    "VIDEOGEN_MCP_OUTPUT_DIR": ("where `download_file` saves", "`VideoGen` in your videos, or in your home"),
    "VIDEOGEN_MCP_SAVE": ("`on` saves every finished result there", "`off`"),
    "VIDEOGEN_MCP_ALLOWED_DIRS": (
        "folders whose files may be read and written",
        "home without hidden folders, temporary files, what the client offers (MCP roots)",
    ),
    "VIDEOGEN_MCP_THUMBNAILS": ("`on` adds a small picture of each image result to the answer", "`off`"),
    "VIDEOGEN_MCP_STATE_DIR": ("where journal and sandbox keep their state", "the platform's place"),
    "VIDEOGEN_MCP_JOURNAL": ("`off` keeps no record on disk", "`on`"),
    "VIDEOGEN_MCP_LOG_LEVEL": ("of the log on stderr", "`WARNING`"),
    "VIDEOGEN_WEBHOOK_SECRET": ("signing secrets of your webhook endpoints, separated by spaces or commas", ""),
}
"""Every variable: what it decides, and what holds without it, as README's table shows them (`make docs`)."""

Word = TypeVar("Word", bound=str)


class SettingsError(ValueError):
    """A setting has a value that cannot be used. The message names the variable and what it takes."""


def default_output_dir() -> Path:
    """Return a folder people find: VideoGen in their videos (XDG_VIDEOS_DIR, Movies), or in their home if they have
    no such folder."""
    videos = platformdirs.user_videos_path()
    return (videos if videos.is_dir() else Path.home()) / "VideoGen"


def default_state_dir() -> Path:
    """Return where the platform keeps a program's state: XDG_STATE_HOME, Application Support, LOCALAPPDATA.

    Version 0.1 did not heed XDG_STATE_HOME on macOS; a state directory that it left there is used on.
    """
    old = Path.home() / "Library" / "Application Support" / PROGRAM
    if sys.platform == "darwin" and old.is_dir():
        return old
    return platformdirs.user_state_path(PROGRAM, appauthor=False)


@dataclass(frozen=True)
class Settings:
    """What the user decided; everything else is found out."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str = DEFAULT_BASE_URL
    dialect: Dialect = "auto"
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    wait: float | None = None
    """Seconds a call may wait, COMPLETION, or None: by host."""
    on_cancel: OnCancel = "keep"
    sandbox: SandboxMode = "auto"
    toolsets: frozenset[Toolset] = DEFAULT_TOOLSETS
    output_dir: Path = field(default_factory=default_output_dir)
    save: bool = False
    allowed_dirs: tuple[Path, ...] = ()
    """Empty: the defaults of `media.paths`."""
    state_dir: Path = field(default_factory=default_state_dir)
    journal: bool = True
    thumbnails: bool = False
    max_executions: int | None = None
    log_level: LogLevel = "WARNING"

    @property
    def uses_sandbox(self) -> bool:
        """Whether calls go to the sandbox of this machine instead of VideoGen."""
        return self.sandbox == "on" or (self.sandbox == "auto" and self.api_key is None)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path | None = None) -> Settings:
        """Read the VIDEOGEN_ variables of `VARIABLES`. Empty and unfilled ones count as unset.

        `home` stands for ~. Raise SettingsError, which names the variable and what it takes, when a value cannot be
        used.
        """
        read = _Reader(environment, home or Path.home())
        return cls(
            api_key=read.text("VIDEOGEN_API_KEY"),
            base_url=read.url("VIDEOGEN_BASE_URL", DEFAULT_BASE_URL),
            dialect=read.word("VIDEOGEN_API_DIALECT", get_args(Dialect), "auto"),
            webhook_secrets=tuple((read.text("VIDEOGEN_WEBHOOK_SECRET") or "").replace(",", " ").split()),
            wait=read.wait("VIDEOGEN_MCP_WAIT"),
            on_cancel=read.word("VIDEOGEN_MCP_ON_CANCEL", get_args(OnCancel), "keep"),
            sandbox=read.word("VIDEOGEN_MCP_SANDBOX", get_args(SandboxMode), "auto"),
            toolsets=read.toolsets("VIDEOGEN_MCP_TOOLSETS"),
            output_dir=read.folder("VIDEOGEN_MCP_OUTPUT_DIR") or default_output_dir(),
            save=read.switch("VIDEOGEN_MCP_SAVE", False),
            allowed_dirs=read.folders("VIDEOGEN_MCP_ALLOWED_DIRS"),
            state_dir=read.folder("VIDEOGEN_MCP_STATE_DIR") or default_state_dir(),
            journal=read.switch("VIDEOGEN_MCP_JOURNAL", True),
            thumbnails=read.switch("VIDEOGEN_MCP_THUMBNAILS", False),
            max_executions=read.count("VIDEOGEN_MCP_MAX_EXECUTIONS"),
            log_level=read.word("VIDEOGEN_MCP_LOG_LEVEL", get_args(LogLevel), "WARNING", fold=str.upper),
        )


@dataclass(frozen=True)
class _Reader:
    environment: Mapping[str, str]
    home: Path

    def text(self, name: str) -> str | None:
        value = self.environment.get(name, "").strip()
        return None if not value or UNFILLED.match(value) else value

    def word(self, name: str, allowed: tuple[Word, ...], default: Word, fold: Callable[[str], str] = str.lower) -> Word:
        value = self.text(name)
        if value is None:
            return default
        if fold(value) not in allowed:
            raise SettingsError(f"{name} is one of {', '.join(allowed)}; not {value!r}.")
        return cast("Word", fold(value))

    def switch(self, name: str, default: bool) -> bool:
        value = (self.text(name) or ("on" if default else "off")).lower()
        if value in ("on", "1", "true", "yes"):
            return True
        if value in ("off", "0", "false", "no"):
            return False
        raise SettingsError(f"{name} is on or off; not {value!r}.")

    def wait(self, name: str) -> float | None:
        value = self.text(name)
        if value is None:
            return None
        if value.lower() == "completion":
            return COMPLETION
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < math.inf:
            raise SettingsError(f"{name} is a number of seconds, such as 50, or the word completion; not {value!r}.")
        return seconds

    def count(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not value.isdecimal():
            raise SettingsError(f"{name} is a whole number of executions per hour; not {value!r}.")
        return int(value)

    def url(self, name: str, default: str) -> str:
        value = self.text(name) or default
        if not re.match(r"^https?://[^/\s]+", value):
            raise SettingsError(f"{name} is an address that begins with https:// or http://; not {value!r}.")
        return value.rstrip("/")

    def folder(self, name: str) -> Path | None:
        value = self.text(name)
        return self._absolute(name, value) if value else None

    def folders(self, name: str) -> tuple[Path, ...]:
        value = self.text(name) or ""
        return tuple(self._absolute(name, part) for part in value.split(os.pathsep) if part.strip())

    def toolsets(self, name: str) -> frozenset[Toolset]:
        value = self.text(name)
        if value is None:
            return DEFAULT_TOOLSETS
        known = get_args(Toolset)
        asked = set(value.replace(",", " ").lower().split())
        if "all" in asked:
            return frozenset(known)
        if unknown := asked - set(known):
            raise SettingsError(f"{name} takes {', '.join(known)} or all; not {', '.join(sorted(unknown))}.")
        return frozenset(cast("set[Toolset]", asked))

    def _absolute(self, name: str, value: str) -> Path:
        text = value.strip()
        path = self.home / text[2:] if text.startswith("~/") else self.home if text == "~" else Path(text)
        if not path.is_absolute():
            raise SettingsError(
                f"{name} takes absolute paths (or ~/…), because hosts start servers anywhere; not {value!r}."
            )
        return path
