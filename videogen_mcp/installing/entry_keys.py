"""Where a host's entry gets its API key from. No key is ever written into a host's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videogen_mcp import kept_key, setting_values
from videogen_mcp.installing import entries
from videogen_mcp.installing.hosts import Host
from videogen_mcp.setting_problems import KEPT_KEY, Problem
from videogen_mcp.settings import Settings

KEY, KEY_FILE = "VIDEOGEN_API_KEY", "VIDEOGEN_API_KEY_FILE"


@dataclass(frozen=True)
class EntryKey:
    """What the entry says of the key, and what is to be said of it."""

    words: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the entry."""
    sandbox: bool = False
    """Whether there is no key, so that the sandbox is used."""


def own_key(host: Host, entry: Any) -> str | None:
    """Return what an entry that is there has as the value of VIDEOGEN_API_KEY or VIDEOGEN_API_KEY_FILE; None where it
    has neither."""
    variables = entry.get(host.env) if isinstance(entry, dict) and entries.is_ours(entry) else None
    values = [variables.get(name) for name in (KEY, KEY_FILE)] if isinstance(variables, dict) else []
    return next((value for value in values if isinstance(value, str) and setting_values.plain(value)), None)


def entry_key(
    host: Host, settings: Settings, environment: Mapping[str, str], login: str, there: Any = None
) -> EntryKey:
    """Return how the server will find its key when the host starts it. `login` is the line that keeps one, `there` the
    entry that the host has already: a key of its own stays and is used.

    The server finds a kept key by itself, except where XDG_CONFIG_HOME or APPDATA has moved it: hosts do not pass
    these on. A variable of this shell is passed on where the host can do that.
    """
    if own_key(host, there) is not None:
        return EntryKey("the entry's own, which wins over any other")
    if (problem := key_problem(settings)) is not None:
        return EntryKey(f"none that can be used: {problem}")
    kept = kept_key.key_file(environment, settings.home)
    if kept is not None and settings.home is not None and kept_key.exists(kept):
        if kept.is_relative_to(kept_key.usual_folder(settings.home)):
            return EntryKey(f"the one kept in {kept}")
        return EntryKey(f"the one kept in {kept}", {host.env: {KEY_FILE: str(kept)}})
    if settings.key_source == "file of VIDEOGEN_API_KEY_FILE":
        file = named_file(settings, environment)
        return EntryKey(f"the one in {file}, which {KEY_FILE} names here", {host.env: {KEY_FILE: str(file)}})
    if settings.key_source == "environment" and host.passing is not None:
        words = f"that of {KEY} in the environment of {host.title}; {login} keeps one for every host"
        return EntryKey(words, host.passing(KEY))
    if settings.key_source == "environment":
        return EntryKey(f"none yet, for {host.title} does not pass {KEY} on; {login} keeps one for every host")
    return EntryKey(f"none, so it uses the sandbox of this machine; {login} keeps one for every host", sandbox=True)


def key_problem(settings: Settings) -> Problem | None:
    """Return why the key that was given cannot be used; None where there is none or a usable one."""
    return next((one for one in settings.problems if one.variable in (KEY, KEY_FILE, KEPT_KEY)), None)


def named_file(settings: Settings, environment: Mapping[str, str]) -> Path:
    """Return the file that VIDEOGEN_API_KEY_FILE names. Raise setting_values.Fault where it names none."""
    return setting_values.folder(setting_values.plain(environment[KEY_FILE]) or "", settings.home, environment)
