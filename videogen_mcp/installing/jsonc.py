"""Sets and removes members of a JSON text, with comments and trailing commas where it has them.

The text is not written anew: what is put in or taken out is cut into it, so that all else keeps every character.
A path is the keys that lead to a member from the outermost object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from videogen_mcp.installing.hosts import COMMENTS, TRAILING_COMMAS
from videogen_mcp.installing.refusals import Malformed, Refused

DEEPEST = 200
"""Objects and arrays inside each other; configuration files have ten."""

TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<comment>//[^\r\n]* | /\*.*?\*/)
    | (?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")
    | (?P<mark>[{}\[\],:])
    | (?P<word>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])""",
    re.VERBOSE | re.DOTALL,
)
"""The parts of JSON (RFC 8259) and the comments of JavaScript."""

SAME_LINE_COMMENT = re.compile(r"[ \t]*(?://[^\r\n]*|/\*.*?\*/)", re.DOTALL)

DEFAULT_INDENT = "  "


class Token(NamedTuple):
    """A part of the text that is neither white space nor a comment."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands. Of an object the members are known, of an array the items; of others the text."""

    start: int
    end: int
    members: tuple[Member, ...] | None = None
    items: tuple[Node, ...] | None = None
    text: str = ""

    @property
    def value(self) -> Any:
        """Return the value as Python has it; of keys that are there twice the last one holds."""
        if self.members is not None:
            return {member.key: member.node.value for member in self.members}
        if self.items is not None:
            return [item.value for item in self.items]
        try:
            return json.loads(self.text)
        except ValueError:  # Python reads whole numbers of 4300 digits at most.
            return float(self.text)

    @property
    def exact(self) -> Any:
        """Return all that is said, numbers and strings to the letter and members in their order."""
        if self.members is not None:
            return ("object", *((member.key, member.node.exact) for member in self.members))
        if self.items is not None:
            return ("array", *(item.exact for item in self.items))
        return self.text


@dataclass(frozen=True, slots=True)
class Member:
    """A key of an object with its value. `comma` is where the comma after it stands."""

    key: str
    start: int
    node: Node
    comma: int | None


@lru_cache(maxsize=2)
def parse(text: str) -> Node | None:
    """Return the value of a text; None where it holds none. Raise Malformed where it is no JSON.

    That of a text and of what became of it are kept: a long one takes seconds.
    """
    tokens = _Tokens(text)
    if tokens.next.kind == "end":
        return None
    node = _node(tokens, 0)
    if tokens.next.kind != "end":
        raise tokens.fault("the text goes on after its end")
    return node


def get(text: str, path: Sequence[str]) -> Any:
    """Return the value at a path, None where there is none. Raise Refused where no such path can be."""
    root = parse(text)
    way = [] if root is None else _way(root, path)
    return way[-1].node.value if len(way) == len(path) else None


def put(text: str, path: Sequence[str], value: Any) -> str:
    """Return the text with a value at a path, in the text's own style. Objects on the way are made.

    Raise Refused where something else is in the way.
    """
    text, root = _with_an_object(text)
    way = _way(root, path)
    holders = [root, *(member.node for member in way)]
    if len(way) == len(path):
        style = _Style(text, root, holders[-2])
        return text[: holders[-1].start] + style.dumped(value) + text[holders[-1].end :]
    for key in reversed(path[len(way) + 1 :]):
        value = {key: value}
    return _with_member(text, _Style(text, root, holders[-1]), holders[-1], path[len(way)], value)


def merge(text: str, path: Sequence[str], value: Any) -> str:
    """Return the text with a value at a path; of an object there, what `value` does not speak of stays."""
    there = get(text, path)
    if isinstance(there, dict) and isinstance(value, Mapping):
        for key, inner in value.items():
            text = merge(text, [*path, key], inner)
        return text
    return text if there == value else put(text, path, value)


def drop(text: str, path: Sequence[str]) -> str:
    """Return the text without the member at a path, which must be there. An object that held it stays.

    Raise Refused where no such path can be.
    """
    text, root = _with_an_object(text)
    way = _way(root, path)
    gone, parent = way[len(path) - 1], [root, *(member.node for member in way)][-2]
    siblings = parent.members or ()
    place = siblings.index(gone)
    start, end = gone.start, gone.node.end if gone.comma is None else gone.comma + 1
    if re.match(r"[ \t]*(?:[\r\n]|$)", text[end:]) and (line := re.search(r"(?:\r\n|\n|\r)[ \t]*$", text[:start])):
        start = line.start()
    elif place + 1 < len(siblings):
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    else:
        start = len(text[:start].rstrip(" \t"))
    kept = text[:start]
    if gone.comma is None and place > 0:  # It was the last: the comma before it would be one too many.
        comma = siblings[place - 1].comma or 0
        kept = text[:comma] + text[comma + 1 : start]
    if len(siblings) == 1 and not (kept[parent.start + 1 :] + text[end : parent.end - 1]).strip():
        return kept[: parent.start + 1] + text[parent.end - 1 :]
    return kept + text[end:]


def beyond_json(text: str) -> list[str]:
    """Return which of `COMMENTS` and `TRAILING_COMMAS` a text has. Raise Malformed where it is no JSON at all."""
    if parse(text) is None:
        return [COMMENTS] if text.strip() else []
    strict = TOKEN.sub(lambda token: "" if token["comment"] else token[0], text)
    found = [COMMENTS] if strict != text else []
    try:
        json.loads(strict)
    except ValueError:
        found.append(TRAILING_COMMAS)
    return found


def everything_but(text: str, path: Sequence[str]) -> Any:
    """Return all that a text says except what is at a path, to compare two texts by.

    Objects on the way count as absent where nothing else is in them.
    """
    root = parse(text)
    return None if root is None else _without(root.exact, path)


def _without(exact: Any, path: Sequence[str]) -> Any:
    if not isinstance(exact, tuple) or exact[0] != "object":
        return exact
    members = []
    for key, value in exact[1:]:
        if key != path[0]:
            members.append((key, value))
        elif len(path) > 1 and (rest := _without(value, path[1:])) is not None:
            members.append((key, rest))
    return ("object", *members) if members else None


# -- reading -----------------------------------------------------------------------------------------------------------


class _Tokens:
    """The tokens of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = self._read()
        self.next = next(self.rest)

    def take(self, *expected: str) -> Token:
        """Return the next token, which must be one of some marks, if any are named, and go on."""
        token = self.next
        if token.kind == "end" or (expected and token.text not in expected):
            raise self.fault(f"{' or '.join(expected) or 'a value'} is missing")
        self.next = next(self.rest)
        return token

    def fault(self, what: str) -> Malformed:
        return Malformed("JSON", self.text, self.next.start, what)

    def _read(self) -> Iterator[Token]:
        offset = 0
        while offset < len(self.text):
            found = TOKEN.match(self.text, offset)
            if found is None:
                raise Malformed("JSON", self.text, offset, _seen(self.text, offset))
            if found.lastgroup not in ("space", "comment"):
                yield Token(found.lastgroup or "", offset, found.end(), found[0])
            offset = found.end()
        yield Token("end", offset, offset, "")


def _seen(text: str, offset: int) -> str:
    if text.startswith("/*", offset):
        return "a comment has no end"
    if text[offset] == '"':
        return "a string has no end in its line, or holds a tab or another control character"
    return f"{text[offset]!r} is not expected here"


def _node(tokens: _Tokens, depth: int) -> Node:
    if depth > DEEPEST:
        raise Refused(f"has more than {DEEPEST} objects and lists inside each other")
    token = tokens.next
    if token.text in ("{", "["):
        return _object(tokens, depth) if token.text == "{" else _array(tokens, depth)
    if token.kind not in ("string", "word"):
        raise tokens.fault("a value is missing")
    _string(tokens) if token.kind == "string" else tokens.take()
    return Node(token.start, token.end, text=token.text)


def _object(tokens: _Tokens, depth: int) -> Node:
    start = tokens.take("{").start
    members: list[Member] = []
    while tokens.next.text != "}":
        if tokens.next.kind != "string":
            raise tokens.fault("a key in quotes is missing")
        at = tokens.next.start
        key = _string(tokens)
        tokens.take(":")
        node = _node(tokens, depth + 1)
        comma = tokens.next.start if tokens.next.text == "," else None
        members.append(Member(key, at, node, comma))
        if comma is None:
            break
        tokens.take(",")
    return Node(start, tokens.take("}", *([","] if members and members[-1].comma is None else [])).end, tuple(members))


def _array(tokens: _Tokens, depth: int) -> Node:
    start = tokens.take("[").start
    items: list[Node] = []
    while tokens.next.text != "]":
        items.append(_node(tokens, depth + 1))
        if tokens.next.text != ",":
            break
        tokens.take(",")
    return Node(start, tokens.take("]").end, items=tuple(items))


def _string(tokens: _Tokens) -> str:
    try:
        found: str = json.loads(tokens.next.text)
    except ValueError:
        raise tokens.fault("a backslash in this string means nothing") from None
    tokens.take()
    return found


def _with_an_object(text: str) -> tuple[str, Node]:
    """Return a text and its value; a text without any gets an empty object."""
    root = parse(text)
    if root is not None:
        return text, root
    comments, line_break = _comments_of(text), _line_break(text)
    text = f"{comments}{line_break if comments else ''}{{}}{line_break}"
    return text, Node(text.rindex("{"), text.rindex("}") + 1, members=())


def _way(root: Node, path: Sequence[str]) -> list[Member]:
    """Return the members on a path, as far as they are there."""
    way: list[Member] = []
    for key in path:
        node = way[-1].node if way else root
        if node.members is None:
            raise Refused(f"has something other than an object {_at(path[: len(way)])}")
        same = [member for member in node.members if member.key == key]
        if len(same) > 1:
            raise Refused(f"has {key!r} twice {_at(path[: len(way)])}")
        if not same:
            break
        way += same
    return way


def _at(path: Sequence[str]) -> str:
    return f"at {'.'.join(path)!r}" if path else "at its top"


# -- writing -----------------------------------------------------------------------------------------------------------


def _with_member(text: str, style: _Style, parent: Node, key: str, value: Any) -> str:
    member = f"{json.dumps(key, ensure_ascii=False)}{style.colon}{style.dumped(value)}"
    if not parent.members:
        inner = _comments_of(text[parent.start + 1 : parent.end - 1])
        if style.in_lines:
            member = f"{style.line_break}{style.indent}{member}{style.line_break}{style.outer}"
        return text[: parent.start + 1] + inner + member + text[parent.end - 1 :]
    last = parent.members[-1]
    end, comma, trailing = (last.node.end, ",", "") if last.comma is None else (last.comma + 1, "", ",")
    if not style.in_lines:
        return text[:end] + comma + style.gap + member + trailing + text[end:]
    after = end
    while comment := SAME_LINE_COMMENT.match(text, after):
        after = comment.end()
    return f"{text[:end]}{comma}{text[end:after]}{style.line_break}{style.indent}{member}{trailing}{text[after:]}"


def _comments_of(between: str) -> str:
    """Return a text without values up to the end of its last line; nothing where it is white space only."""
    return re.sub(r"(?:\r\n|\n|\r)?[ \t]*\Z", "", between, count=1) if between.strip() else ""


class _Style:
    """How a text is written where a member of `parent` goes: in lines or in one, with which indentation."""

    def __init__(self, text: str, root: Node, parent: Node) -> None:
        self.line_break = _line_break(text)
        first = (parent.members or root.members or (None,))[0]
        between = "" if first is None else text[text.index('"', first.start) : first.node.start]
        self.colon = ":" if between.endswith(":") else ": "
        self.gap = "" if self.colon == ":" else " "
        self.outer = _indent_at(text, parent.start)
        if parent.members:
            inside = text[parent.start + 1 : parent.members[0].start]
            self.in_lines = "\n" in inside or "\r" in inside
            self.indent = _indent_at(text, parent.members[0].start)
        else:
            self.in_lines = not root.members or "\n" in text.strip()
            self.indent = self.outer + _unit(text, root)
        deeper = self.indent.startswith(self.outer) and self.indent[len(self.outer) :]
        self.unit = deeper or _unit(text, root)

    def dumped(self, value: Any) -> str:
        if not self.in_lines:
            return json.dumps(value, ensure_ascii=False, separators=("," + self.gap, self.colon))
        whole = json.dumps(value, ensure_ascii=False, indent=self.unit, separators=(",", self.colon))
        return whole.replace("\n", self.line_break + self.indent)


def _line_break(text: str) -> str:
    found = re.search(r"\r\n|\n|\r", text)
    return found[0] if found else "\n"


def _indent_at(text: str, offset: int) -> str:
    """Return the white space that the line at an offset begins with."""
    line = re.split(r"[\r\n]", text[:offset])[-1]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str, root: Node) -> str:
    """Return one step of indentation: that of the outermost object's first member."""
    if root.members and re.search(r"[\r\n]", text[root.start : root.members[0].start]):
        return _indent_at(text, root.members[0].start) or DEFAULT_INDENT
    return DEFAULT_INDENT
