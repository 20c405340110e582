"""Sets and removes a table of a TOML text (https://toml.io/en/v1.0.0), in each of the ways a table can be written.

The text is not written anew: what is put in or taken out is cut into it, so that all else keeps every character.
A path is the keys that lead to a value from the top.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_mcp.installing.refusals import Refused

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Keys = tuple[str, ...]
"""Keys that lead to a value."""

KEY_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
KEY = re.compile(rf"[ \t]*({KEY_PART}(?:[ \t]*\.[ \t]*{KEY_PART})*)[ \t]*")
HEADER = re.compile(rf"[ \t]*\[(\[?){KEY.pattern}\]\]?")
SPACES = re.compile(r"[ \t]*")
BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
VALUE_PART = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[\[\]{},\n]|[^"'#\[\]{},\n]+''',
    re.DOTALL,
)

BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Statement:
    """A line of a file, or several where its value has several: a header of a table, or a key and its value."""

    path: Keys
    """From the top, also where it stands below a header."""
    start: int
    end: int
    header: bool = False
    value: int = 0
    """Where the value begins."""
    table: Keys = ()
    """The header above it."""


def get(text: str, path: Sequence[str]) -> Any:
    """Return the value at a path, None where there is none.

    Raise Refused where the text is no TOML, or something other than a table is on the way.
    """
    found: Any = _loaded(text)
    for number, key in enumerate(path):
        if not isinstance(found, dict):
            raise Refused(f"has something other than a table at {'.'.join(path[:number])!r}")
        if key not in found:
            return None
        found = found[key]
    return found


def put(text: str, path: Sequence[str], value: Mapping[str, Any]) -> str:
    """Return the text with a table at a path, in place of what is there. Raise Refused where that cannot be."""
    if get(text, path) is not None:
        text = drop(text, path)
    return _added(text, (*path,), value)


def merge(text: str, path: Sequence[str], value: Mapping[str, Any]) -> str:
    """Return the text with a table at a path; what `value` does not speak of stays there. Raise Refused where that
    cannot be."""
    there = get(text, path)
    if there is None:
        return _added(text, (*path,), value)
    if not isinstance(there, dict):
        raise Refused(f"has something other than a table at {'.'.join(path)!r}")
    for key, inner in value.items():
        if isinstance(inner, Mapping) and isinstance(there.get(key), dict):
            text = merge(text, [*path, key], inner)
        elif there.get(key) != inner:
            text = _set(text, (*path, key), inner)
    return text


def drop(text: str, path: Sequence[str]) -> str:
    """Return the text without the table or value at a path. Raise Refused where it cannot be taken out."""
    gone = (*path,)
    ours = [one for one in _statements(text) if one.path[: len(gone)] == gone]
    if not ours:
        holder = _holder(text, gone)
        return _without_pair(text, holder, gone[len(holder.path) :])
    for one in reversed(ours):
        start, end = _lines(text, one)
        text = text[:start] + text[end:]
        if one.header and not text[start:].strip() and re.search(r"\n\r?\n$", text[:start]):
            text = text[:start].removesuffix("\n").removesuffix("\r") + text[start:]
    return text


def table(path: Sequence[str], value: Mapping[str, Any]) -> str:
    """Return the lines of a table, which has other tables inside it at most one deep."""
    lines = [f"[{_dotted(path)}]"]
    lines += [_pair(key, inner) for key, inner in value.items() if not isinstance(inner, Mapping)]
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            lines += ["", f"[{_dotted((*path, key))}]", *(_pair(name, one) for name, one in inner.items())]
    return "\n".join(lines) + "\n"


def everything_but(text: str, path: Sequence[str]) -> Any:
    """Return all that a text says except what is at a path, to compare two texts by.

    Tables on the way count as absent where nothing else is in them; in which order tables stand is of no meaning.
    """
    return repr(_in_order(_without(_loaded(text), path)))


def _in_order(found: Any) -> Any:
    if isinstance(found, list):
        return [_in_order(one) for one in found]
    return {key: _in_order(found[key]) for key in sorted(found)} if isinstance(found, dict) else found


def _without(found: Any, path: Sequence[str]) -> Any:
    if not isinstance(found, dict):
        return found
    if len(path) > 1 and path[0] in found and (rest := _without(found[path[0]], path[1:])):
        return {key: rest if key == path[0] else value for key, value in found.items()}
    return {key: value for key, value in found.items() if key != path[0]}


# -- reading -----------------------------------------------------------------------------------------------------------


def _loaded(text: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # ValueError also for a number of more digits than Python reads.
        raise Refused(f"is no TOML: {fault}") from None
    return loaded


def _statements(text: str) -> Iterator[Statement]:
    """Return the statements of a text that is known to be TOML."""
    offset = 0
    header_above: Keys = ()
    while (offset := _past(BETWEEN, text, offset)) < len(text):
        start = offset
        if header := HEADER.match(text, offset):
            header_above, offset = _keys(header[2]), header.end()
            yield Statement(header_above, start, offset, header=True, table=header_above)
            continue
        key = KEY.match(text, offset)
        if key is None:
            raise Refused("is TOML of a kind that is not understood")
        value = _past(SPACES, text, key.end() + 1)
        offset = _end_of_value(text, value)
        yield Statement((*header_above, *_keys(key[1])), start, offset, value=value, table=header_above)


def _past(pattern: re.Pattern[str], text: str, offset: int) -> int:
    found = pattern.match(text, offset)
    return found.end() if found else offset


def _keys(text: str) -> Keys:
    """Return the parts of a key such as `a."b.c".d`."""
    return tuple(
        part if BARE.fullmatch(part) else next(iter(tomllib.loads(f"{part} = 0")))
        for part in re.findall(KEY_PART, text)
    )


def _end_of_value(text: str, offset: int, ends: str = "\n") -> int:
    """Return where a value ends that begins at an offset: before one of `ends`, a comment or the end of the text."""
    depth = 0
    start = offset
    while found := VALUE_PART.match(text, offset):
        part = found[0]
        if depth == 0 and (part in ends or part.startswith("#")):
            break
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part, 0)
        offset = found.end()
    return start + len(text[start:offset].rstrip())


def _holder(text: str, path: Keys) -> Statement:
    """Return the statement whose value is an inline table on the way to a path."""
    for one in _statements(text):
        if not one.header and one.path == path[: len(one.path)] and text[one.value] == "{":
            return one
    raise Refused(f"has {'.'.join(path)!r} in a form that cannot be changed safely")


@dataclass(frozen=True)
class _Pair:
    """A key and its value inside an inline table."""

    keys: Keys
    start: int
    value: int
    end: int


def _pairs(text: str, offset: int) -> list[_Pair]:
    """Return the pairs of the inline table that begins at an offset."""
    pairs = []
    offset = _past(BETWEEN, text, offset + 1)
    while (key := KEY.match(text, offset)) and text[offset] != "}":
        value = _past(BETWEEN, text, key.end() + 1)
        end = _end_of_value(text, value, ends=",}")
        pairs.append(_Pair(_keys(key[1]), offset, value, end))
        offset = _past(BETWEEN, text, end)
        if text[offset] == "}":
            break
        offset = _past(BETWEEN, text, offset + 1)
    return pairs


# -- writing -----------------------------------------------------------------------------------------------------------


def _added(text: str, path: Keys, value: Mapping[str, Any]) -> str:
    """Return the text with a table that it does not have."""
    get(text, path)  # Refuses where something other than a table is on the way.
    for one in _statements(text):
        if not one.header and one.path == path[: len(one.path)] and text[one.value] == "{":
            return _with_pair(text, one.value, path[len(one.path) :], value)
    line_break = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += line_break
    return text + (line_break if text.strip() else "") + table(path, value).replace("\n", line_break)


def _set(text: str, path: Keys, value: Any) -> str:
    """Return the text with a value in a table that is there."""
    statements = [*_statements(text)]
    for one in statements:
        if one.path == path and not one.header:
            return text[: one.value] + _dumped(value) + text[one.end :]
        if not one.header and one.path == path[: len(one.path)] and text[one.value] == "{":
            for pair in _pairs(text, one.value):
                if (*one.path, *pair.keys) == path:
                    return text[: pair.value] + _dumped(value) + text[pair.end :]
            return _with_pair(text, one.value, path[len(one.path) :], value)
    beside = [one for one in statements if (one.header and one.path == path[:-1]) or _is_beside(one, path)]
    if not beside:
        raise Refused(f"has {'.'.join(path[:-1])!r} in a form that cannot be changed safely")
    last = beside[-1]
    _, end = _lines(text, last)
    line_break = "\r\n" if "\r\n" in text else "\n"
    before = text[:end] if text[:end].endswith("\n") else text[:end] + line_break
    indent = re.split(r"\n", text[: last.start])[-1]
    return f"{before}{indent}{_dotted(path[len(last.table) :])} = {_dumped(value)}{line_break}{text[end:]}"


def _is_beside(one: Statement, path: Keys) -> bool:
    """Return whether a key of the same table as that at a path."""
    return not one.header and one.path[:-1] == path[:-1] and len(one.table) < len(path)


def _with_pair(text: str, offset: int, path: Keys, value: Any) -> str:
    """Return the text with a pair more in the inline table at an offset."""
    pair = f"{_dotted(path)} = {_dumped(value)}"
    if pairs := _pairs(text, offset):
        return text[: pairs[-1].end] + f", {pair}" + text[pairs[-1].end :]
    return f"{text[: offset + 1]} {pair} {text[text.index('}', offset) :]}"


def _without_pair(text: str, holder: Statement, path: Keys) -> str:
    """Return the text without a pair of an inline table, or without several whose dotted keys go on from a path."""
    pairs = _pairs(text, holder.value)
    ours = [place for place, pair in enumerate(pairs) if pair.keys[: len(path)] == path]
    if not ours:
        raise Refused(f"has {'.'.join(path)!r} in a form that cannot be changed safely")
    if len(ours) > 1:
        text = _without_pair(text, holder, pairs[ours[-1]].keys)
        return _without_pair(text, holder, path)
    place = ours[0]
    if place > 0:
        return text[: pairs[place - 1].end] + text[pairs[place].end :]
    end = pairs[1].start if len(pairs) > 1 else pairs[0].end
    return text[: pairs[0].start] + text[end:]


def _lines(text: str, one: Statement) -> tuple[int, int]:
    """Return where the lines of a statement begin and end, the line break with them."""
    start = text.rfind("\n", 0, one.start) + 1
    end = text.find("\n", one.end) + 1
    return start, end or len(text)


def _dotted(path: Sequence[str]) -> str:
    return ".".join(key if BARE.fullmatch(key) else _dumped(key) for key in path)


def _pair(key: str, value: Any) -> str:
    return f"{_dotted((key,))} = {_dumped(value)}"


def _dumped(value: Any) -> str:
    """Return a value in one line."""
    if isinstance(value, Mapping):
        pairs = ", ".join(_pair(key, inner) for key, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_dumped, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
