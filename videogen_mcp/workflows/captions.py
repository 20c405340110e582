"""How captions look, said in words: "large, bold, yellow, black outline, top" becomes a WorkflowCaptionStyle."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator

from videogen_mcp.workflows.base import TEXT
from videogen_mcp.workflows.spellings import BY_ITSELF, bare

Rgb = Mapping[str, int]

LONGEST = 300
"""Characters. No look takes as many words."""

ON = frozenset({"on", "true", "yes", "enabled", "show", "normal", "standard", *BY_ITSELF})
OFF = frozenset({"off", "none", "no", "false", "disabled", "hide", "without"})

SIZES = {"tiny": 32, "small": 44, "medium": 60, "large": 84, "big": 84, "huge": 112}
"""Pixels on a picture 1,080 high. YouTube's own captions are about 50; those of short vertical videos about 90."""

WEIGHTS = {"thin": 100, "light": 300, "regular": 400, "semibold": 600, "bold": 700, "heavy": 900}
PLACES = {"top": "TOP", "middle": "MIDDLE", "bottom": "BOTTOM"}
SIDES = {
    "left": "LEFT",
    "center": "CENTER",
    "centre": "CENTER",
    "centered": "CENTER",
    "centred": "CENTER",
    "right": "RIGHT",
}

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "white": "ffffff",
        "black": "000000",
        "red": "e02020",
        "green": "20b040",
        "blue": "2060e0",
        "yellow": "ffe000",
        "orange": "ff8c00",
        "purple": "8030c0",
        "violet": "8030c0",
        "pink": "ff70b0",
        "magenta": "ff00ff",
        "cyan": "00d8f0",
        "turquoise": "30d0c0",
        "teal": "008080",
        "lime": "a0f000",
        "gold": "ffc820",
        "silver": "c0c0c0",
        "grey": "808080",
        "gray": "808080",
        "brown": "805030",
        "beige": "f0e0c0",
        "navy": "102060",
    }
)
"""Names of colours, as they are read well on a picture."""

FONTS = (
    *("Arial", "Helvetica", "Inter", "Roboto", "Montserrat", "Poppins", "Lato", "Oswald", "Anton", "Impact"),
    *("Open Sans", "Noto Sans", "Bebas Neue", "Playfair Display", "Georgia", "Times New Roman", "Courier New"),
)
"""Fonts that need no "font" before their names."""

BEHIND = {"boxed": "RECT", "box": "RECT", "background": "RECT", "wrapped": "WRAPPED", "wordbox": "WORD_BY_WORD"}
OUTLINE = frozenset({"outline", "outlined", "stroke"})
SPOKEN = frozenset({"highlight", "highlighted", "karaoke"})
"""The word that is being spoken stands out."""

OUTLINE_WEIGHT = 4
"""Pixels on a picture 1,080 high: seen at every size above, and no letter runs full."""

FILLERS = frozenset(
    {
        *("a", "an", "the", "at", "in", "of", "to", "as", "its", "on", "text", "letters", "lettering", "caption"),
        *("captions", "subtitle", "subtitles", "font", "style", "styled", "look", "color", "colour", "colored"),
        *("coloured", "size", "sized", "aligned", "position", "positioned", "word", "words", "spoken"),
    }
)
"""Words that say nothing about the look."""


class Look(NamedTuple):
    """What was asked for: `style` is a WorkflowCaptionStyle, None where captions are not wanted."""

    style: Mapping[str, Any] | None


def look(words: str) -> Look:
    """Return the look that words mean.

    Raise ValueError for words that mean none, or two that contradict each other.
    """
    text = bare(words).casefold()
    if text.rstrip(".") in ON:
        return Look({})
    if is_off(text):
        return Look(None)
    if len(text) > LONGEST:
        raise ValueError(f"takes at most {LONGEST} characters: {KNOWN}")
    style: dict[str, Any] = {}
    text = _without_font(bare(words), style)
    for phrase in re.split(r"[,;.!/]|\b(?:and|with|over)\b", re.sub(r"\bword[_ -]box", "wordbox", text)):
        if phrase.strip() in OFF:
            raise ValueError(f'says two things: "{phrase.strip()}" is no captions, the rest says how they look')
        _read(phrase.split(), style)
    if _is_light(style.get("backgroundStyle", {}).get("backgroundColor")):
        style.setdefault("textColor", _rgb(COLOURS["black"]))
    return Look(style)


def is_off(words: str) -> bool:
    """Return whether words say that captions are not wanted."""
    return bare(words).casefold().rstrip(".") in OFF


KNOWN = (
    "on, off, or words like small, large, bold, yellow, #ffcc00, black outline, boxed, word_box, highlight red, top,"
    " bottom, left, Montserrat"
)


def _without_font(text: str, style: dict[str, Any]) -> str:
    """Note the font that a text names and return the rest in lower case."""
    named = re.search(r"\bfont:?\s+([A-Z]\w*(?:\s[A-Z]\w*)*)", text)
    known = next((font for font in FONTS if re.search(rf"\b{font}\b", text, re.IGNORECASE)), None)
    if known is not None:
        style["fontName"] = known
        text = re.sub(rf"\b{known}\b", " ", text, flags=re.IGNORECASE)
    elif named is not None:
        style["fontName"] = named[1]
        text = text.replace(named[1], " ")
    return text.casefold()


def _read(words: Sequence[str], style: dict[str, Any]) -> None:
    """Add what one phrase says; a colour in it belongs to the outline, box or highlight that it names."""
    colours = [(at, rgb) for at, word in enumerate(words) if (rgb := colour(word)) is not None]
    owned: int | None = None
    for at, word in enumerate(words):
        own = _nearest(colours, at)
        if word in OUTLINE:
            owned, rgb = own or (None, _rgb(COLOURS["black"]))
            _put(style, {"strokeColor": rgb, "strokeWeight": OUTLINE_WEIGHT}, word)
        elif word in BEHIND:
            owned, rgb = own or (None, _rgb(COLOURS["black"]))
            _put(style, {"backgroundStyle": {"type": BEHIND[word], "backgroundColor": rgb}}, word)
        elif word in SPOKEN:
            owned, rgb = own or (None, _rgb(COLOURS["yellow"]))
            _put(style, {"spokenTextColor": rgb}, word)
    for at, rgb in colours:
        if at != owned:
            _put(style, {"textColor": rgb}, words[at])
    for word in words:
        _put(style, _simple(word), word)


def _nearest(colours: Sequence[tuple[int, Rgb]], at: int) -> tuple[int, Rgb] | None:
    return min(colours, key=lambda one: (abs(one[0] - at), one[0] < at), default=None)


def _simple(word: str) -> dict[str, Any]:
    """What a word says by itself. Raise ValueError when it says nothing."""
    if word in SIZES:
        return {"fontSize": SIZES[word]}
    if size := re.fullmatch(r"([1-9]\d{1,2})(?:px|pt)?", word):
        return {"fontSize": int(size[1])}
    if word in WEIGHTS:
        return {"fontWeight": WEIGHTS[word]}
    if word in PLACES:
        return {"verticalAlignment": PLACES[word]}
    if word in SIDES:
        return {"textJustification": SIDES[word]}
    if colour(word) is not None or word in {*OUTLINE, *BEHIND, *SPOKEN, *FILLERS}:
        return {}
    raise ValueError(f'does not know "{word[:30]}": it is {KNOWN}')


def _put(style: dict[str, Any], more: Mapping[str, Any], word: str) -> None:
    for name, value in more.items():
        if style.setdefault(name, value) != value:
            raise ValueError(f'says two things: "{word}" contradicts what stands before it')


def colour(word: str) -> Rgb | None:
    """Return the colour that a name or #hex means as the wire has it; None for other words."""
    hexadecimal = COLOURS.get(word) or (word[1:] if re.fullmatch(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", word) else None)
    return None if hexadecimal is None else _rgb(hexadecimal)


def _is_light(rgb: Rgb | None) -> bool:
    """Whether white letters could not be read on it. The weights are those of ITU-R BT.601."""
    return rgb is not None and 0.299 * rgb["red"] + 0.587 * rgb["green"] + 0.114 * rgb["blue"] > 150


def _rgb(hexadecimal: str) -> Rgb:
    digits = "".join(2 * digit for digit in hexadecimal) if len(hexadecimal) == 3 else hexadecimal
    red, green, blue = bytes.fromhex(digits)
    return {"red": red, "green": green, "blue": blue}


def _as_words(value: object) -> object:
    """Return the words for what hosts send instead of them: true, a list of words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value


def _known(words: str) -> str:
    look(words)
    return words


Captions = Annotated[str, BeforeValidator(_as_words), AfterValidator(_known), TEXT]
"""`look` says what it means."""
