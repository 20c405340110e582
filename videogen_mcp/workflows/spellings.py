"""What is clearly meant, however a model or a host spells it. Pure functions on single values.

Each returns the form that the argument models check. What is not understood comes back as it was given, so that the
refusal speaks of what was sent.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pydantic import BeforeValidator

if TYPE_CHECKING:
    from fractions import Fraction

LONGEST = 4_200
"""Characters. Nothing that is meant to be an id, a path or a list of them in one text is longer."""

SHORT = 100
"""Characters of what is meant to be a number or an aspect ratio."""

PAIRS = {'"': '"', "'": "'", "`": "`", "<": ">", "*": "*", "[": "]", "(": ")", "«": "»", "„": "“"}
PAIRS |= {"\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}"}
PAIRS |= {"\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}"}
"""What may stand around a value: quotes, back-ticks, Markdown's emphasis, brackets."""

INVISIBLE = " \t\r\n\ufeff\u200b\u2060"
"""What copied text brings along at its ends."""

NOTHING = frozenset({"null", "none", "nil", "undefined", "n/a"})
"""Words for "not given"."""

BY_ITSELF = frozenset({"auto", "automatic", "default", "any", "all"})
"""Words that leave a choice to the service."""

VIDEOGEN_ID = r"vg_[a-z]+_[A-Za-z0-9_-]{1,100}"
LINK = r"!?\[([^\[\]]*)\]\(([^()]*(?:\([^()]*\)[^()]*)*)\)"
"""A Markdown link or picture: its words, and what it leads to."""

ID_KEYS = ("file_id", "execution_id", "voice_id", "presenter_id", "endpoint_id", "id")
PLACE_KEYS = ("file_id", "path", "saved_path", "url", "id")
"""Which part of an object is meant where one text is wanted: answers hold files as objects."""

NUMBER = r"x?\s?([+-]?(?:[0-9]+(?:[.,][0-9]{1,2})?|[0-9]*\.[0-9]+)(?:e[+-]?[0-9]{1,3})?)\s?([a-z%]*)\.?"
"""A number, with a decimal point or comma, and its unit."""

SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "ms": 0.001}
SECONDS |= {"min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0}
FACTORS = {"": 1.0, "x": 1.0, "times": 1.0, "%": 0.01}
"""Units, and what one of them is: in seconds, and as a factor."""

CLOCK = r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5]?[0-9](?:\.[0-9]{1,6})?)"
"""Hours, minutes and seconds."""

RATIO_LIMIT = 4
"""Neither side may be more than this many times the other: 32:9 is the widest screen made."""

SIDE = r"([0-9]{1,5}(?:\.[0-9]{1,4})?)"
SIDES = rf"(?<![0-9.]){SIDE}\s?(?:px)?\s?(?:by\b|to\b|[:x*/,_-])\s?{SIDE}(?![0-9.])"
SHAPES = {
    "landscape": (16, 9),
    "horizontal": (16, 9),
    "wide": (16, 9),
    "widescreen": (16, 9),
    "ultrawide": (21, 9),
    "portrait": (9, 16),
    "vertical": (9, 16),
    "tall": (9, 16),
    "square": (1, 1),
}
"""Words for an aspect ratio, and which one they mean when no numbers stand beside them."""

RATIO_FILLERS = frozenset({"px", "pixels", "aspect", "ratio", "format", "mode", "hd"})


def bare(text: str) -> str:
    """Return what stands between the quotes, back-ticks, brackets or Markdown around it."""
    text = text.strip(INVISIBLE)
    if len(text) > LONGEST:
        return text
    for _ in range(4):
        if link := re.fullmatch(LINK, text):
            inner = _target(link)
        elif len(text) > 1 and PAIRS.get(text[0]) == text[-1]:
            inner = text[1:-1]
        else:
            break
        text = inner.strip(INVISIBLE)
    return text


def _target(link: re.Match[str]) -> str:
    """What a link leads to; its words where those are the id and the link is only a page."""
    target = re.sub(r"""\s(?:"[^"]*"|'[^']*')$""", "", link[2].strip())
    words = link[1].strip("` ")
    return words if re.fullmatch(VIDEOGEN_ID, words) and not re.fullmatch(VIDEOGEN_ID, bare(target)) else target


def unfolded(text: str) -> Any:
    """Return the list or object that JSON text holds, also with the quotes of Python; the text where it holds none."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return json.loads(text if '"' in text else text.replace("'", '"'))
    except (ValueError, RecursionError):
        return text


def identifier(value: object) -> object:
    """Return the id that is meant: without quotes, Markdown, an escape or the full stop of a sentence."""
    value = _one_of(value, ID_KEYS)
    if not isinstance(value, str):
        return value
    text = bare(value)
    if text.casefold() in NOTHING:
        return ""
    return _videogen_id(text, r"[/\\]") or text.rstrip(" .,;:!?…") or text


def place(value: object) -> object:
    """Return the file id, path or address that is meant, without what surrounds it."""
    value = _one_of(value, PLACE_KEYS)
    if not isinstance(value, str):
        return value
    text = bare(value)
    if text.casefold() in NOTHING:
        return ""
    if found := _videogen_id(text, r"[./\\]"):
        return found
    text = re.sub(r"^\$(?:HOME|\{HOME\}|env:HOME)(?=/|$)", "~", text)
    if re.match(r"@[/~]", text):
        text = text[1:]
    sentence = re.fullmatch(r"(.+\.[A-Za-z][A-Za-z0-9]{1,4})[.,;!?]+", text, re.DOTALL)
    return sentence[1] if sentence else text


def file_name(value: str) -> str:
    """Return the name of the file that a path, an address or an id means, as people read it."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", value):
        value = re.split(r"[?#]", value, maxsplit=1)[0]
    return readable(re.split(r"[/\\]", value.rstrip("/\\"))[-1])


def readable(name: str) -> str:
    """Return a name as people read it: "our%20cat.png" is "our cat.png"; words are no name, and stay as they are."""
    if "%" not in name or " " in name:
        return name
    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError:
        return name


def places(value: object) -> object:
    """Return a list of what names media; one by itself is a list of one, and ids may stand in one text."""
    if isinstance(value, Mapping) and any(key in value for key in PLACE_KEYS):
        return [value]
    if not isinstance(value, str):
        return value
    inner = bare(value)
    ids = [_videogen_id(part, r"[./\\]") for part in re.split(r"[,;\s]+", inner) if part]
    if len(ids) > 1 and all(ids):
        return ids
    return value if inner.startswith(("[", "{")) else [value]


def identifiers(value: object) -> object:
    """Return a list of ids; one by itself is a list of one, and several may stand in one text."""
    if isinstance(value, Mapping):
        return [value]
    if not isinstance(value, str):
        return value
    return [part for part in re.split(r"[,;\s]+", bare(value)) if part]


def _videogen_id(text: str, elsewhere: str) -> str | None:
    """The one id of VideoGen's in a text; None where there are several, or what `elsewhere` matches: paths."""
    if len(text) > LONGEST:
        return None
    plain = text.replace("\\_", "_").rstrip(" .,;:!?…")
    if re.fullmatch(VIDEOGEN_ID, plain):
        return plain
    within = set(re.findall(VIDEOGEN_ID, plain))
    return within.pop() if len(within) == 1 and not re.search(elsewhere, plain) else None


def _one_of(value: object, keys: Sequence[str]) -> object:
    """The text that is meant by a list of one, an object or their JSON text."""
    if isinstance(value, str) and len(value) <= LONGEST:
        value = unfolded(value.strip(INVISIBLE))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        return next((value[key] for key in keys if isinstance(value.get(key), str)), value)
    return value


def one_word(**meanings: str) -> BeforeValidator:
    """Return the check before an argument that is one of a few words: HIGH and "high" are high, and what `meanings`
    maps is what it is mapped to."""

    def understood(value: object) -> object:
        if isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return value
        word = bare(value).rstrip(".").casefold()
        return meanings.get(word, word)

    return BeforeValidator(understood)


def number(value: object, *, seconds: bool = False) -> object:
    """Return the number that text like "5", "5.0", "5s" or "1.5x" means; true and false are no numbers."""
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > SHORT:
        return value
    read = re.fullmatch(NUMBER, _plain(value))
    units = SECONDS if seconds else FACTORS
    if read is None or read[2] not in units:
        return value
    amount = float(read[1].replace(",", ".")) * units[read[2]]
    return int(amount) if amount.is_integer() else round(amount, 6)


def moment(value: object) -> object:
    """Return the seconds that a place in a film means: "5s", or "1:05" and "1:00:05" as players show them."""
    if isinstance(value, str) and len(value) <= SHORT:
        if clock := re.fullmatch(CLOCK, _plain(value)):
            return 3_600 * int(clock[1] or 0) + 60 * int(clock[2]) + float(clock[3])
        return number(value, seconds=True)
    return value


def switch(value: object) -> object:
    """Return text for true or false as one of both is usually written."""
    return _plain(value).removesuffix(".0") if isinstance(value, str) and len(value) <= SHORT else value


def aspect_ratio(value: object) -> object:
    """Return "16:9" for 16x9, 16/9, 1920x1080, landscape or {"width": 16, "height": 9}.

    Raise ValueError for what is no aspect ratio, or an impossible one.
    """
    sides = _sides(unfolded(value) if isinstance(value, str) else value)
    if sides is None:
        raise ValueError('must be like "16:9", or landscape, portrait or square')
    width, height = sides
    if not width or not height or max(width, height) > RATIO_LIMIT * min(width, height):
        raise ValueError(f'must be like "16:9", between 1:{RATIO_LIMIT} and {RATIO_LIMIT}:1')
    if all(side.denominator == 1 and side < 100 for side in sides):
        return f"{width}:{height}"
    ratio = width / height  # Of pixels, or not whole: the shortest one.
    return f"{ratio.numerator}:{ratio.denominator}"


def _sides(value: object) -> tuple[Fraction, Fraction] | None:
    from fractions import Fraction  # With the first ratio only: hosts measure how fast the tools are listed.

    if isinstance(value, Mapping):
        named = {str(key).casefold()[:1]: side for key, side in value.items()}
        value = [named.get("w"), named.get("h")]
    if isinstance(value, list):
        value = ":".join(str(side) for side in value) if len(value) == 2 else value
    if not isinstance(value, str) or len(value) > SHORT:
        return None
    text = _plain(value).rstrip(". ")
    if text in BY_ITSELF:
        return Fraction(16), Fraction(9)
    found = list(re.finditer(SIDES, text))
    rest = re.sub(SIDES, " ", text)
    words = set(re.findall(r"[a-z]+", rest)) - RATIO_FILLERS
    shapes = {SHAPES[word] for word in words if word in SHAPES}
    odd = re.search(r"[^a-z\s()_,-]", rest) or ("-" in rest and not words)
    if odd or len(found) > 1 or len(shapes) > 1 or not words <= set(SHAPES):
        return None
    if not found:
        return next(((Fraction(width), Fraction(height)) for width, height in shapes), None)
    width, height = Fraction(found[0][1]), Fraction(found[0][2])
    return _turned(width, height, next(iter(shapes), None))


def _turned(width: Fraction, height: Fraction, shape: tuple[int, int] | None) -> tuple[Fraction, Fraction] | None:
    """The sides as the word beside them wants them: portrait_16_9 is 9:16. None where they contradict it."""
    if shape is None or (width > height) - (width < height) == (shape[0] > shape[1]) - (shape[0] < shape[1]):
        return width, height
    return None if width == height or shape == (1, 1) else (height, width)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", bare(text)).casefold().replace("\N{MULTIPLICATION SIGN}", "x")
