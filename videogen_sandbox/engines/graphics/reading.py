"""What a prompt for a motion graphic asks for: kind, texts, data, colours, length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.graphics.colours import Colour, accent, ground
from videogen_sandbox.engines.graphics.figures import Count, Figure, count, data

Kind = Literal["title", "lower third", "bars", "line", "pie", "counter", "list", "reveal"]

MOST_WORDS = 30
"""Words of a prompt without quotes that are taken for the text itself."""

_QUOTED = re.compile(
    r"“([^”]+)”|\"([^\"]+)\"|«([^»]+)»|\u2018([^\u2019]+)\u2019(?!\w)|(?<![\w'])'([^']+(?:'\w[^']*)*)'(?!\w)"
)
_SECONDS = re.compile(r"\b(\d+(?:\.\d+)?)[\s-]*(?:seconds?|secs?|s)\b", re.IGNORECASE)
_SAYING = re.compile(
    r"(?:\b(?:(?:that|which)\s+)?(?:says?|reads?|saying|reading)\b:?|"
    r"\b(?:with|showing) the (?:text|words?|title|headline|name)\b:?|\b(?:titled|entitled|called)\b:?|"
    r"\b(?:text|words|title|headline|name)\s*:)\s+(?P<text>[^.;]+)",
    re.IGNORECASE,
)
_FOR = re.compile(r"\b(?:for|of|introducing|naming|name)\s*:?\s+(?P<text>[^.;]+)", re.IGNORECASE)
_TALK = re.compile(
    r"^\s*(?:please\s+)?(?:(?:make|create|generate|design|animate|show|build|give me|i (?:want|need))\s+)?(?:me\s+)?"
    r"(?:an?\s+|the\s+)?(?:\w+\s+){0,3}?(?:motion graphics?|animation|animated (?:text|title)|title card|title|"
    r"kinetic typography|lower[ -]third|text)\b\s*(?:that|which|with|of|for|showing|about|:|-)?\s*",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r",?\s*\b(?:in|on|with|against)\s+(?:an?\s+|the\s+)?(?:\w+\s+){0,2}(?:background|letters|text|font|style|colou?rs?|"
    r"motion|animation)\b.*$",
    re.IGNORECASE,
)
_ROLES = re.compile(r"\s*(?:,|\||\u2013|\u2014|\s-\s|\n|/)\s*")

_KINDS: tuple[tuple[Kind, str], ...] = (
    ("lower third", r"lower[ -]?thirds?|name ?tag|name ?plate|caption bar|chyron|strap ?line"),
    ("pie", r"pie(?:[ -]chart)?|donut|doughnut|ring chart"),
    ("line", r"line (?:chart|graph)|trend ?line"),
    ("bars", r"bar (?:chart|graph)|column chart|bars|chart|graph|histogram|diagram|statistics|infographic"),
    ("counter", r"counter|count(?:s|ing)?[ -]?(?:up|down)|count\s?down|number (?:animation|ticker)|ticker"),
    ("list", r"list|bullets?|bullet points|checklist|steps|agenda"),
    ("reveal", r"logo|reveal\w*"),
)


@dataclass(frozen=True)
class Wish:
    """What is to be shown. `texts`: the lines, the most important one first. `seconds` None where nothing says it."""

    kind: Kind
    texts: tuple[str, ...]
    data: tuple[tuple[str, Figure], ...]
    count: Count | None
    accent: Colour | None
    ground: Colour | None
    seconds: float | None


def checked(prompt: str, files: int) -> Wish:
    """Return what a prompt asks for, see `read`.

    Raise EngineError: "empty_prompt" where it is nothing, "unsupported_text" for signs that the font lacks.
    """
    wish = read(prompt, files)
    says = any(letter.isalnum() for text in wish.texts for letter in text)
    if not (says or wish.data or wish.count or files):
        raise EngineError("empty_prompt", "The prompt says nothing to show. Put the text in quotes, for example.")
    words = "".join([*wish.texts, *(label + figure.before + figure.after for label, figure in wish.data)])
    if not words.isascii():
        from videogen_sandbox.engines.media.fonts import missing  # loads Pillow

        if lost := missing(words):
            raise EngineError("unsupported_text", f"The font of the sandbox does not have: {lost[:40]}")
    return wish


def read(prompt: str, files: int) -> Wish:
    """Return what a prompt asks for. Quoted text is taken to the letter; `files`: pictures that are given."""
    quoted = [next(part for part in found.groups() if part).strip() for found in _QUOTED.finditer(prompt)]
    rest = _QUOTED.sub(" ", prompt)
    seconds = _SECONDS.search(rest)
    rest = _SECONDS.sub(" ", rest)
    kind, counted, values = _kind(rest, files, len(quoted)), count(rest), data(rest)
    if kind in ("bars", "line", "pie") and not values:
        kind = "title"
    if kind == "counter" and counted is None:
        kind = "title"
    texts = quoted if quoted or kind not in ("title", "lower third", "list") else _unquoted(rest, kind)
    return Wish(kind, tuple(texts), tuple(values), counted, accent(rest), ground(rest),
                float(seconds[1]) if seconds else None)  # fmt: skip


def _kind(text: str, files: int, quoted: int) -> Kind:
    for kind, words in _KINDS:
        if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            return kind
    if count(text):
        return "counter"
    if files:
        return "reveal"
    return "list" if quoted > 3 else "title"


def _unquoted(text: str, kind: Kind) -> list[str]:
    """The text of a prompt that has none in quotes: after "saying", after "for" (names), or all its words."""
    said = _SAYING.search(text) or (_FOR.search(text) if kind == "lower third" else None)
    words = said["text"] if said else _TALK.sub("", text)
    words = " ".join(_LOOKS.sub("", words).strip(" .,:;-").split()[:MOST_WORDS])
    if kind == "lower third":
        return [part for part in _ROLES.split(words, maxsplit=1) if part]
    if kind == "list":
        items = re.split(r"[,;]\s+|\band\b", words.partition(":")[2] or words)
        return [item.strip() for item in items if item.strip()]
    return [words] if words else []
