"""Rows about hosts: how to install into each, where it logs, and how long it listens."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from scripts.docs.markers import Row
from videogen_mcp.calls import hosts
from videogen_mcp.installing.hosts import HOSTS, Host, Machine

PLATFORMS = {"macOS": "darwin", "Windows": "win32", "Linux": "linux"}

WINDOWS_FOLDERS = {"~/AppData/Roaming": "%APPDATA%", "~/AppData/Local": "%LOCALAPPDATA%", "~": "%USERPROFILE%"}
"""As people of Windows write them."""


def install_rows() -> list[Row]:
    """Return a row for each host that `install` knows: its title, the command, and where it logs."""
    return [(host.title, f"`videogen-mcp install {host.name}`", logs(host)) for host in HOSTS]


def logs(host: Host) -> str:
    """Return where a host logs on a machine without settings of its own, by platform where that differs."""
    by_place: dict[str, list[str]] = defaultdict(list)
    for title, platform in PLATFORMS.items():
        place = host.logs(Machine(platform, {}, Path("~")))
        by_place[_as_written(place, platform)].append(title)
    if len(by_place) == 1:
        return next(iter(by_place))
    return "; ".join(f"{', '.join(titles)} {place}" for place, titles in by_place.items())


def listening_rows() -> list[Row]:
    """Return a row for each client whose limit is known, and one for all others."""
    known = [(f"`{name}`", host.text, host.source) for name, host in hosts.HOSTS.items()]
    return [*known, ("any other", hosts.UNKNOWN.text, hosts.UNKNOWN.source)]


def _as_written(place: str, platform: str) -> str:
    """A path as code and as people of the platform write it; the way through menus as it is."""
    if not place.startswith("~"):
        return place.partition(": ")[2] or place
    if platform == "win32":
        for folder, name in WINDOWS_FOLDERS.items():
            if place.startswith(folder):
                place = (name + place.removeprefix(folder)).replace("/", "\\")
                break
    return f"`{place}`"
