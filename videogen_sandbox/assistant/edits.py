"""From words to edits of a project: "captions off and make it 9:16" is two of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_sandbox.catalogue import VOICES

Json = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """An edit that was understood: the remix action as on the wire, in words, and what it is said to cost."""

    action: Json
    words: str
    credits: int


_NO = r"\b(?:no|off|without|remove|hide|disable|delete|drop|turn\s+off)\b"
_RATIO = re.compile(r"\b(\d{1,2})\s*[:x]\s*(\d{1,2})\b")
_SHAPES = (
    (r"\b(?:vertical|portrait|tiktok|reels?|shorts)\b", (9, 16)),
    (r"\bsquare\b", (1, 1)),
    (r"\b(?:landscape|widescreen|horizontal)\b", (16, 9)),
)
_TRANSITIONS = ("FADE", "RISE", "PAN", "POP", "WIPE")
_MUSIC = re.compile(r"\b((?:(?!(?:and|with)\b)[\w-]+\s+){0,3})music\b", re.IGNORECASE)
_NOT_A_MOOD = frozenset(
    {
        *("a", "an", "the", "some", "it", "new", "other", "another", "background", "to", "please"),
        *("add", "put", "make", "give", "have", "change", "set", "want", "use"),
    }
)
"""Words before "music" that say nothing of how it sounds."""

_LOUDNESS = re.compile(
    r"\b(?:music\b.{0,20}\b(?:louder|quieter|softer|lower|up|down)|(?:louder|quieter|volume|turn)\b.{0,20}\bmusic)\b"
)
"""Words of how loud music is: no edit here changes that of what plays already."""

_STYLE = re.compile(r"\b(?:redraw|restyle|pictures?|images?|look)\b.*?\b(?:as|like|in the style of)\s+(.{3,200})", re.I)

WORTH = {"GENERATE_MUSIC": 5, "REGENERATE_IMAGES": 20, "CHANGE_NARRATOR": 10, "CONVERT_IMAGES_TO_VIDEOS": 40}
"""Credits that an edit is said to cost: figures for rehearsing an approval. The sandbox bills nothing."""


def understood(text: str) -> list[Edit]:
    """Return the edits that a text asks for, in a fixed order, one of each kind at most."""
    lower = text.lower()
    found: list[Edit] = []
    for rule in _RULES:
        if edit := rule(lower):
            action, words = edit
            found.append(Edit(action, words, WORTH.get(action["type"], 0)))
    return found


def _captions(text: str) -> tuple[Json, str] | None:
    if not re.search(r"\b(?:captions?|subtitles?)\b", text):
        return None
    if _negated(text, r"(?:captions?|subtitles?)"):
        return {"type": "DISABLE_CAPTIONS"}, "captions off"
    return {"type": "ENABLE_CAPTIONS"}, "captions on"


def _shape(text: str) -> tuple[Json, str] | None:
    sides = next((sides for words, sides in _SHAPES if re.search(words, text)), None)
    if match := _RATIO.search(text):
        sides = int(match[1]), int(match[2])
    if sides is None or 0 in sides:
        return None
    ratio = {"width": sides[0], "height": sides[1]}
    return {"type": "RESIZE_PROJECT", "aspectRatio": ratio}, f"aspect ratio {sides[0]}:{sides[1]}"


def _music(text: str) -> tuple[Json, str] | None:
    match = _MUSIC.search(text)
    if match is None:
        return None
    if _negated(text, "music"):
        return {"type": "SET_BACKGROUND_MUSIC", "fileId": None}, "no music"
    if _LOUDNESS.search(text):
        return None
    mood = " ".join(word for word in match[1].split() if word not in _NOT_A_MOOD)
    prompt = f"{mood} music".strip() if mood else "calm background music"
    return {"type": "GENERATE_MUSIC", "prompt": prompt}, prompt


def _zoom(text: str) -> tuple[Json, str] | None:
    if re.search(r"\bzoom", text) and not _negated(text, "zoom"):
        return {"type": "ADD_ZOOM"}, "a slow zoom on every still"
    return None


def _transitions(text: str) -> tuple[Json, str] | None:
    if not re.search(r"\btransitions?\b", text):
        return None
    style = next((name for name in _TRANSITIONS if name.lower() in text), "DYNAMIC")
    style = "NONE" if _negated(text, "transitions?") else style
    return {"type": "ADD_TRANSITIONS", "sectionTransition": style, "assetTransition": style}, (
        "no transitions" if style == "NONE" else f"{style.lower()} transitions"
    )


def _clean(text: str) -> tuple[Json, str] | None:
    pauses = bool(re.search(r"\b(?:pauses?|silences?)\b", text))
    fillers = bool(re.search(r"\b(?:fillers?|ums)\b", text))
    if not pauses and not fillers:
        return None
    action = {"type": "CLEAN_UP_TRANSCRIPT", "removeFillers": fillers, "removePauses": pauses}
    return action, " and ".join(["pauses"] * pauses + ["filler words"] * fillers) + " cut out"


def _narrator(text: str) -> tuple[Json, str] | None:
    if not re.search(r"\b(?:voice|narrator|speaker|narrated)\b", text):
        return None
    genders = (("MALE", r"\b(?:male|man|deep)\b"), ("FEMALE", r"\b(?:female|woman|warm)\b"))
    voice = next((one for one in VOICES if re.search(rf"\b{one.name.lower()}\b", text)), None)
    gender = next((name for name, words in genders if re.search(words, text)), None)
    voice = voice or next((one for one in VOICES if one.gender == gender), None)
    if voice is None:
        return None
    return {"type": "CHANGE_NARRATOR", "voiceId": voice.name}, f"{voice.name} as the narrator"


def _movement(text: str) -> tuple[Json, str] | None:
    if re.search(r"\banimate|\b(?:images?|pictures?|stills?)\s+(?:in)?to\s+videos?\b", text):
        return {"type": "CONVERT_IMAGES_TO_VIDEOS"}, "moving pictures instead of stills"
    return None


def _redrawn(text: str) -> tuple[Json, str] | None:
    if match := _STYLE.search(text):
        style = match[1].strip(" .!?")
        return {"type": "REGENERATE_IMAGES", "stylePrompt": style}, f"pictures as {style}"
    return None


def _sharper(text: str) -> tuple[Json, str] | None:
    if re.search(r"\b(?:upscale|sharper|higher resolution)\b", text):
        return {"type": "UPSCALE_ASSETS"}, "sharper pictures"
    return None


def _other_footage(text: str) -> tuple[Json, str] | None:
    if re.search(r"\b(?:shuffle|other|different)\b.*\b(?:footage|stock|visuals?)\b", text):
        return {"type": "SHUFFLE_STOCK_VISUALS"}, "other stock footage"
    return None


def _negated(text: str, noun: str) -> bool:
    """Whether a word that takes away stands before or after a noun, with at most three words of its clause between."""
    between = r"(?!(?:and|but|with)\b)[\w-]+"
    before = rf"{_NO}(?:\s+{between}){{0,3}}\s+{noun}\b"
    return bool(re.search(rf"{before}|\b{noun}\s+(?:{between}\s+)?{_NO}", text))


_RULES: Sequence[Callable[[str], tuple[Json, str] | None]] = (
    _captions,
    _shape,
    _music,
    _zoom,
    _transitions,
    _clean,
    _narrator,
    _movement,
    _redrawn,
    _sharper,
    _other_footage,
)
