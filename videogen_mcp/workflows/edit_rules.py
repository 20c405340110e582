"""The kinds of edits: how what a person says of each is written as a RemixAction."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from videogen_mcp.workflows import base
from videogen_mcp.workflows.audio import language_tag
from videogen_mcp.workflows.captions import look
from videogen_mcp.workflows.languages import tag_of
from videogen_mcp.workflows.spellings import VIDEOGEN_ID, aspect_ratio, bare

Kind = Literal[
    "captions",
    "no_captions",
    "transitions",
    "zoom",
    "resize",
    "cut_pauses",
    "animate_images",
    "redraw_images",
    "upscale",
    "narrator",
    "other_stock",
    "make_music",
    "music",
    "logo",
    "translate",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Wire = Mapping[str, Any]

QUALITIES = ("low", "standard", "high", "max")
TRANSITIONS = ("dynamic", "none", "fade", "rise", "pan", "pop", "wipe")
POSITIONS = ("top_left", "top_center", "top_right", "bottom_left", "bottom_center", "bottom_right")
SOUND_SUFFIXES = "mp3|wav|m4a|aac|flac|ogg|oga|opus|aif|aiff|wma|weba|mka|caf|amr|mp4|mov|webm|mid|midi"

LONGEST_PAUSE = 60.0
"""Seconds. Whoever keeps pauses of a minute has nothing cut."""


@dataclass(frozen=True)
class Rule:
    """How edits of one kind are written: `type` is the RemixAction's.

    `value` returns what a value becomes and raises ValueError with what it should be; `needs` says in words what it
    must be where it cannot be left out, and `blank` is what a missing one becomes. `amount` is the wire's name and the
    bounds. `options` are the words that may be given and what they become; `quality` is the wire's name of a quality,
    where one may be among them. `media` is what the file is that a value names.
    """

    type: str
    value: Callable[[str], Wire] | None = None
    needs: str = ""
    blank: Wire = field(default_factory=dict)
    amount: tuple[str, float, float] | None = None
    options: Mapping[str, Wire] = field(default_factory=dict)
    quality: str = ""
    presenter: bool = False
    """Whether an option may be a presenter's id."""
    media: base.Kind | None = None

    def option(self, word: str) -> Wire | None:
        """Return what an option becomes on the wire; None where it is none."""
        meant = re.sub(r"[\s-]+", "_", bare(word).casefold()).replace("centre", "center")
        if meant in self.options:
            return self.options[meant]
        if self.quality and meant in (*QUALITIES, "auto"):
            return {} if meant == "auto" else {self.quality: meant.upper()}
        if self.presenter and re.fullmatch(VIDEOGEN_ID, bare(word)):
            return {"actorEntityId": bare(word)}
        return None

    @property
    def known_options(self) -> list[str]:
        """The options that there are, in words."""
        return [
            *self.options,
            *(QUALITIES if self.quality else ()),
            *(["a presenter's id"] if self.presenter else []),
        ]


def is_file(text: str) -> bool:
    """Return whether a text that may be words or a file is a file: an id, an address, a path, a name with a suffix.

    What only may be one is taken for one: it is refused when it is not there, and nothing is paid.
    """
    if re.fullmatch(rf"{VIDEOGEN_ID}|(?:https?|file|videogen):\S+|[A-Za-z]:[\\/].+", text) or text.startswith(
        ("/", "~", "./", "../", "\\")
    ):
        return True
    if re.search(rf"\.(?:{SOUND_SUFFIXES})$", text, re.IGNORECASE):
        return True
    return not re.search(r"\s", text) and bool(re.search(r"[/\\]|\.[A-Za-z]\w{0,4}$", text))


def _look(text: str) -> Wire:
    style = look(text).style
    return {"captionStyle": style} if style else {}


def _transition(text: str) -> Wire:
    word = text.casefold()
    if word not in TRANSITIONS:
        raise ValueError(f"takes {', '.join(TRANSITIONS)}")
    return _transitions(word.upper())


def _transitions(name: str) -> Wire:
    return {"sectionTransition": name, "assetTransition": name}


def _ratio(text: str) -> Wire:
    width, height = str(aspect_ratio(text)).split(":")
    return {"aspectRatio": {"width": int(width), "height": int(height)}}


def _cuts(text: str) -> Wire:
    words = text.casefold()
    if words in ("pauses", "fillers"):
        return {"removeFillers": False} if words == "pauses" else {"removePauses": False}
    if words in ("both", "all"):
        return {}
    return {"fillerWords": [word.strip() for word in text.split(",") if word.strip()]}


def _sound(text: str) -> Wire:
    if text.casefold() == "none":
        return {"fileId": None}
    if not is_file(text):
        raise ValueError("takes a sound file, or none; to have music made from words: make_music")
    return {"fileId": text}


def _picture(text: str) -> Wire:
    return {"fileId": None if text.casefold() == "none" else text}


def _language(text: str) -> Wire:
    tag = tag_of(text) or text
    language_tag(tag)
    return {"languageCode": tag}


def _named(name: str) -> Callable[[str], Wire]:
    return lambda text: {name: text}


RULES: Mapping[str, Rule] = {
    "captions": Rule("ENABLE_CAPTIONS", _look),
    "no_captions": Rule("DISABLE_CAPTIONS"),
    "transitions": Rule("ADD_TRANSITIONS", _transition, blank=_transitions("DYNAMIC")),
    "zoom": Rule("ADD_ZOOM"),
    "resize": Rule("RESIZE_PROJECT", _ratio, needs="an aspect ratio like 9:16"),
    "cut_pauses": Rule("CLEAN_UP_TRANSCRIPT", _cuts, amount=("minPauseSeconds", 0, LONGEST_PAUSE)),
    "animate_images": Rule(
        "CONVERT_IMAGES_TO_VIDEOS",
        _named("motionPrompt"),
        options={"with_sound": {"muteOutputVideos": False}},
        quality="quality",
    ),
    "redraw_images": Rule(
        "REGENERATE_IMAGES", _named("stylePrompt"), needs="the look in words, also where it stays", quality="quality"
    ),
    "upscale": Rule(
        "UPSCALE_ASSETS",
        options={"no_videos": {"includeVideos": False}, "no_stock": {"includeStockContent": False}},
    ),
    "narrator": Rule(
        "CHANGE_NARRATOR",
        _named("voiceId"),
        needs="a voice of list_voices",
        amount=("voiceSpeed", 0.5, 2),
        quality="avatarQuality",
        presenter=True,
    ),
    "other_stock": Rule("SHUFFLE_STOCK_VISUALS"),
    "make_music": Rule("GENERATE_MUSIC", _named("prompt"), needs="a mood in words"),
    "music": Rule(
        "SET_BACKGROUND_MUSIC", _sound, needs="a sound file, or none", amount=("volume", 0, 1), media="AUDIO"
    ),
    "logo": Rule(
        "SET_LOGO",
        _picture,
        needs="a picture, or none",
        amount=("sizePercent", 0, 100),
        options={position: {"position": position.upper()} for position in POSITIONS},
        media="IMAGE",
    ),
    "translate": Rule(
        "TRANSLATE_PROJECT",
        _language,
        needs="a language like es",
        options={"keep_voice": {"changeVoice": False}, "image_text": {"translateImageText": True}},
    ),
}

CALLED: Mapping[str, str] = {
    **{rule.type.casefold(): kind for kind, rule in RULES.items()},
    "animate_image": "animate_images",
    "subtitles": "captions",
    "remove_captions": "no_captions",
    "aspect_ratio": "resize",
    "background_music": "music",
    "voice": "narrator",
}
"""What kinds are called besides: the wire's names, and what models and the vendor's own server say."""


def kind_of(text: str) -> str:
    """Return the kind that a word means; the word itself where it means none."""
    word = re.sub(r"[\s-]+", "_", bare(text).casefold())
    return CALLED.get(word, word)
