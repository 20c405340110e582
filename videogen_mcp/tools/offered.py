"""What an answer advises can be done here: tools of toolsets that are off are not named, but what to switch on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from videogen_mcp.calls.replies import Reply

ADVICE = ("next_step", "note", "message")
"""Fields of an answer whose words are this server's, and may name tools."""

NAME = r"[a-z0-9]+(?:_[a-z0-9]+)+"
SEVERAL = re.compile(rf"\b{NAME}(?:(?:, | and | or ){NAME})+\b")
SENTENCES = re.compile(r"(?<=[.!?])\s+|;\s+")
PARTS = re.compile(r":\s+|, (?:then|or|but)\s+")
"""Between sentences, and between the parts of one: what follows its head stands and falls with it."""


ELSEWHERE = """\
it takes today's API (VIDEOGEN_API_DIALECT) or another way to files: download_file needs a server on the caller's \
machine, create_upload one that is reached over HTTP"""
"""Why a tool is not there that no toolset would bring."""


@dataclass(frozen=True)
class Missing:
    """Tools that this server does not offer, and the toolset of each that would; None: its API has nothing of them."""

    toolsets: Mapping[str, str | None]
    owner: str = "the user"
    """Who can switch on what is off (`Settings.owner`)."""

    def why(self, name: str) -> str | None:
        """Return why a tool is not offered; None where there is none of that name."""
        if name not in self.toolsets:
            return None
        toolset = self.toolsets[name]
        if toolset is None:
            return ELSEWHERE
        return f"it is in the toolset {toolset}, which is off: {self.owner} can add it to VIDEOGEN_MCP_TOOLSETS"

    def named_in(self, text: str) -> list[str]:
        """Return those that a text names."""
        return self._pattern.findall(text) if self.toolsets else []

    def corrected(self, reply: Reply) -> Reply:
        """Return a reply whose advice names offered tools only."""
        changes = dict(self._changes(reply.structured))
        if not changes:
            return reply
        text = reply.text
        for old, new in changes.items():
            text = text.replace(old, new) if new else re.sub(rf"\n?{re.escape(old)}\.?", "", text)
        return replace(reply, text=text, structured=_with(reply.structured, changes))

    def advice(self, text: str, *, hinted: bool = True) -> str:
        """Return a text without the sentences, or the ends of them, that name tools which are not offered; "" where
        nothing is left. `hinted`: what could be switched on is said instead."""
        missing = self.named_in(text)
        if not missing:
            return text
        text = SEVERAL.sub(self._offered_of, text)
        if not self.named_in(text):
            return text
        gaps = [*(gap[0] for gap in SENTENCES.finditer(text)), ""]
        kept = [self._kept(one) + gap for one, gap in zip(SENTENCES.split(text), gaps, strict=True)]
        left = "".join(one for one in kept if one.strip("; ")).rstrip("; ")
        if hinted and not re.match(NAME, left):
            left = left[:1].upper() + left[1:]
        off = sorted({toolset for name in missing if (toolset := self.toolsets[name]) is not None})
        if not off or not hinted:
            return left
        what = f"the toolset{'s' * (len(off) > 1)} {' and '.join(off)}"
        verb = "are" if len(off) > 1 else "is"
        hint = f"More is possible with {what}, which {verb} off: {self.owner} can add it to VIDEOGEN_MCP_TOOLSETS"
        return f"{left.rstrip('.')}. {hint}" if left else hint

    def _kept(self, sentence: str) -> str:
        """Return a sentence up to the part that names a missing tool."""
        places = [0, *(gap.start() for gap in PARTS.finditer(sentence)), len(sentence)]
        parts = [sentence[begin:end] for begin, end in pairwise(places)]
        good: list[str] = []
        for part in parts:
            if self.named_in(part):
                break
            good.append(part)
        end = "." if 0 < len(good) < len(parts) and sentence.endswith(".") else ""
        return "".join(good) + end

    def _offered_of(self, several: re.Match[str]) -> str:
        names = re.findall(NAME, several[0])
        offered = [name for name in names if name not in self.toolsets]
        if not offered or len(offered) == len(names):
            return several[0]
        joint = " or " if " or " in several[0] else " and "
        return joint.join([", ".join(offered[:-1]), offered[-1]]) if len(offered) > 1 else offered[0]

    def _changes(self, value: Any) -> Iterator[tuple[str, str]]:
        for name, text in _advice_in(value):
            changed = self.advice(text, hinted=name != "message")
            if changed != text:
                yield text, changed

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.toolsets))})(?!\w)")


def _advice_in(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of advice in an answer, at whatever depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in ADVICE and isinstance(inner, str):
                yield name, inner
            else:
                yield from _advice_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _advice_in(inner)


def _with(value: Any, changes: Mapping[str, str]) -> Any:
    """Return an answer with its advice changed; what is empty is left out."""
    if isinstance(value, Mapping):
        changed = {
            name: changes.get(inner, inner) if name in ADVICE and isinstance(inner, str) else _with(inner, changes)
            for name, inner in value.items()
        }
        return {name: inner for name, inner in changed.items() if inner != "" or value[name] == ""}
    return [_with(inner, changes) for inner in value] if isinstance(value, list) else value


NOTHING_MISSING = Missing({})
