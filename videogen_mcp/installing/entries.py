"""What becomes of the bytes of a configuration file when this server is put in or taken out. Pure functions.

Whatever is changed is read again and compared: a file in which anything else would be different is refused.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any, Protocol
from urllib.parse import urlsplit

from videogen_mcp.installation import SCRIPT
from videogen_mcp.installing import jsonc, toml
from videogen_mcp.installing.hosts import NAME, Host
from videogen_mcp.installing.refusals import Refused
from videogen_mcp.setting_values import shown

OURS = ("videogen-mcp", "videogen-mcp-server", "videogen_mcp", "videogen-mcp.exe", "videogen-mcp-server.exe")
"""How a command line shows that it starts this server: its program, what `uvx` or `docker` is told, or a module."""

STARTING = ("type", "command", "args")
"""The fields of an entry that start the server; what others there are, such as limits, is left to who changed them."""

PASSED_ON = "env_vars"
"""The field of Codex that names variables to be passed on."""

LARGE = 200_000
"""Characters from which a file is read by Python's own parser where that can: ours takes a second for some megabytes,
for it knows where each part stands, and Claude Code's file has a long history in it."""

BYTE_ORDER_MARK = "\ufeff"


class Format(Protocol):
    """What the modules `jsonc` and `toml` can do with a text. They raise Refused for one that they cannot read."""

    def get(self, text: str, path: Sequence[str]) -> Any:
        """Return the value at a path; None where there is none."""

    def put(self, text: str, path: Sequence[str], value: Mapping[str, Any]) -> str:
        """Return the text with a value at a path, in place of what is there."""

    def merge(self, text: str, path: Sequence[str], value: Mapping[str, Any]) -> str:
        """Return the text with a value at a path, beside what is there."""

    def drop(self, text: str, path: Sequence[str]) -> str:
        """Return the text without what is at a path."""

    def everything_but(self, text: str, path: Sequence[str]) -> Any:
        """Return what the text says elsewhere, to compare two texts by."""


class NotOurs(Refused):
    """An entry of our name that starts something else."""

    def __init__(self, entry: Any) -> None:
        super().__init__(f"has another server as {NAME!r} ({_shown(entry)})")


def put(host: Host, content: bytes | None, entry: Mapping[str, Any], *, replace: bool = False) -> bytes:
    """Return the file with our entry: the same bytes where it says so already.

    An entry of ours that is there keeps its variables, limits and whatever else it has. Raise NotOurs for somebody
    else's, which `replace` takes the place of, and Refused where the file cannot be changed safely.
    """
    mark, text = _text(content)
    there, path = entry_in(host, content), _path(host)
    if there is None:
        changed = _format(host).put(text, path, entry)
    elif is_ours(there):
        changed = _format(host).merge(text, path, _beside(there, entry))
    elif replace:
        changed = _format(host).put(text, path, entry)
    else:
        raise NotOurs(there)
    _compare(host, text, changed)
    return _encoded(mark + changed)


def take_out(host: Host, content: bytes | None, backups: Iterable[bytes] = ()) -> bytes | None:
    """Return the file without our entry, None where it has none.

    `backups` are what the file held at other times: where putting the entry into one of these gives the file as it is,
    nothing else has changed since, and it is given back to the byte. Raise NotOurs and Refused as `put` does.
    """
    mark, text = _text(content)
    there = entry_in(host, content)
    if there is None:
        return None
    if not is_ours(there):
        raise NotOurs(there)
    for former in backups:
        if _gives(host, former, there, content):
            return former
    changed = _format(host).drop(text, _path(host))
    _compare(host, text, changed)
    return _encoded(mark + changed)


def entry_in(host: Host, content: bytes | None) -> Any:
    """Return what the file has under our name, None where it has nothing. Raise Refused where it cannot be read."""
    return _format(host).get(_text(content)[1], _path(host))


def servers_in(host: Host, content: bytes | None) -> Mapping[str, Any]:
    """Return all servers that the file has, by their names. Raise Refused where it cannot be read."""
    text = _text(content)[1]
    plain = _plain(text) if len(text) > LARGE and host.format != "TOML" else None
    found = _format(host).get(text, host.servers) if plain is None else _at(plain, host.servers)
    if found is not None and not isinstance(found, dict):
        raise Refused(f"has something other than an object at {'.'.join(host.servers)!r}")
    return found or {}


def _plain(text: str) -> Any:
    """Return what a text without comments and trailing commas says; None for any other."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: Sequence[str]) -> Any:
    """Return the value at a path; None where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def is_ours(entry: Any) -> bool:
    """Return whether an entry starts this server, in whatever way and version."""
    if not isinstance(entry, dict):
        return False
    command, arguments = entry.get("command"), entry.get("args", [])
    words = [
        *(command if isinstance(command, list) else [command]),
        *(arguments if isinstance(arguments, list) else []),
    ]
    texts = [word for word in words if isinstance(word, str)]
    return any(map(_names_us, texts)) and not _is_fetched_by_the_name_of_another(texts)


def is_off(entry: Any) -> bool:
    """Return whether somebody has switched an entry off, so that its host does not start it."""
    return isinstance(entry, dict) and (entry.get("disabled") is True or entry.get("enabled") is False)


def unread(host: Host, content: bytes) -> str | None:
    """Return what the file has that keeps the host from reading it: "comments", "trailing commas" or both; None where
    that is nothing."""
    text = _text(content)[1]
    if host.format != "JSON" or _plain(text) is not None:
        return None
    found = jsonc.beyond_json(text)
    return " and ".join(what for what in found if what not in host.beyond_json) or None


def block(host: Host, entry: Mapping[str, Any]) -> str:
    """Return what a person pastes into the file of a host that has no servers yet."""
    if host.format == "TOML":
        return toml.table(_path(host), entry)
    whole: Any = entry
    for key in reversed(_path(host)):
        whole = {key: whole}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _beside(there: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an entry is to be written into one that is there: what starts the server, and what it lacks."""
    wanted: dict[str, Any] = {}
    for field, value in entry.items():
        if field in STARTING or there.get(field) is None:
            wanted[field] = value
        elif isinstance(value, Mapping) and isinstance(there[field], dict):
            wanted[field] = {name: text for name, text in value.items() if name not in there[field]}
    if isinstance(there.get(PASSED_ON), list) and PASSED_ON in entry:
        added = [name for name in entry[PASSED_ON] if name not in there[PASSED_ON]]
        wanted[PASSED_ON] = [*there[PASSED_ON], *added]
    return wanted


def _is_fetched_by_the_name_of_another(words: Sequence[str]) -> bool:
    """Return whether a command line has uvx or pipx fetch the package that has the name of our command and is another
    project's."""
    names = [PurePath(word.replace("\\", "/")).name.removesuffix(".exe") for word in words]
    if names[:1] != ["uvx"] and names[:3] != ["uv", "tool", "run"] and names[:2] != ["pipx", "run"]:
        return False
    source = next((after for word, after in pairwise(words) if word in ("--from", "--spec")), None)
    return any(_package(word) == SCRIPT for word in ([source] if source is not None else words))


def _package(word: str) -> str:
    """Return the name in a requirement, such as that of `videogen-mcp-server[sandbox]==0.2.0` or `… @ git+https://…`."""
    return re.split(r"[\[=<>~!@; ]", word, maxsplit=1)[0]


def _names_us(word: str) -> bool:
    """Return whether a word of a command line is our command, a path to it, our module, or our package in some form
    (`videogen-mcp-server[sandbox]==0.2.0`, `videogen-mcp-server @ git+https://…`)."""
    return PurePath(word.replace("\\", "/")).name in OURS or _package(word) in OURS


def _gives(host: Host, former: bytes, entry: Any, content: bytes | None) -> bool:
    try:
        return entry_in(host, former) is None and put(host, former, entry) == content
    except Refused:
        return False


def _compare(host: Host, before: str, after: str) -> None:
    kind, path = _format(host), _path(host)
    if kind.everything_but(before, path) != kind.everything_but(after, path):
        raise Refused("would not be the same afterwards in what belongs to others")


def _format(host: Host) -> Format:
    return toml if host.format == "TOML" else jsonc


def _path(host: Host) -> tuple[str, ...]:
    return (*host.servers, NAME)


def _text(content: bytes | None) -> tuple[str, str]:
    """Return the byte order mark of a file, if it has one, and its text."""
    held = content or b""
    if held.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise Refused("is written in UTF-16 or UTF-32, not in UTF-8")
    try:
        text = held.decode()
    except UnicodeDecodeError as fault:
        raise Refused(f"is not text in UTF-8 (byte {fault.start})") from None
    if "\0" in text:
        raise Refused("is not text (it holds zero bytes)")
    return (BYTE_ORDER_MARK, text[1:]) if text.startswith(BYTE_ORDER_MARK) else ("", text)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # A path of this system, which need not be text.
        raise Refused("is text in UTF-8, which the path of this server's command is not") from None


def _shown(entry: Any) -> str:
    """Return what an entry starts or reaches: its program or the name of its host, and nothing in which keys may be."""
    return shown(named) if (named := host_of(entry) or program_of(entry)) else "without a command"


def host_of(entry: Any) -> str:
    """Return the name of the host that an entry reaches over HTTP; empty where it does not."""
    if not isinstance(entry, dict):
        return ""
    address = next((str(entry[field]) for field in ("url", "serverUrl", "httpUrl") if entry.get(field)), "")
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def program_of(entry: Any) -> str:
    """Return the program that an entry starts, without its arguments; empty where it starts none."""
    command = entry.get("command") if isinstance(entry, dict) else None
    if isinstance(command, list):
        command = command[0] if command else None
    return command if isinstance(command, str) else ""
