"""What the words of a prompt ask for: style, key, tempo, length, instruments, drums."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from videogen_sandbox.engines.music.harmony import SCALES, Key
from videogen_sandbox.engines.music.instruments import MANNERS
from videogen_sandbox.engines.music.styles import QUIET, STYLES, USUAL, Layer, Style

SLOWEST, FASTEST = 40, 200
"""Beats a minute that words can ask for."""

SHORTEST, LONGEST = 3.0, 300.0
"""Seconds of a piece."""

_USUAL_SECONDS = (36, 52)
"""Length where the words say none: long enough for a form, short enough for a film."""

_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_KEY = re.compile(
    r"\b(?:in\s+(?:the\s+key\s+of\s+)?)?([A-Ga-g])(?:[\s-]?(sharp|flat)|([#♯b♭]))?[\s-]+"
    r"(major|minor|dorian|lydian|mixolydian|phrygian)\b"
)
_TEMPO = re.compile(r"\b(\d{2,3})\s*-?\s*(?:bpm|beats)", re.IGNORECASE)
_SECONDS = re.compile(r"\b(\d+(?:\.\d+)?)\s*-?\s*(seconds?|secs?|s|minutes?|mins?)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d):([0-5]\d)\b")
_NO_DRUMS = re.compile(r"\b(?:no|without|zero)\s+(?:\w+\s+)?(?:drums?|percussion|beats?)\b|\bdrumless\b", re.IGNORECASE)
_DRUMS = re.compile(r"\b(?:drums?|percussi\w+|beats?)\b(?!\s+per)", re.IGNORECASE)
_ALONE = re.compile(r"\b(?:solo|only|just|alone)\b", re.IGNORECASE)
_SLOW = re.compile(r"\b(?:slow\w*|largo|adagio)\b")
_FAST = re.compile(r"\b(?:fast\w*|quick\w*|rapid\w*|allegro|high[ -](?:energy|tempo))\b")
_CALLED = {
    "piano": r"pianos?|keys", "electric piano": r"electric pianos?|rhodes|keyboards?", "guitar": r"guitars?|ukulele",
    "strings": r"strings?|violins?|cellos?|orchestra\w*", "flute": r"flutes?|whistl\w+|woodwinds?",
    "horns": r"horns?|brass|trumpets?|trombones?", "glockenspiel": r"bells?|glockenspiel|music box|chimes?|celesta",
    "pizzicato": r"pizzicato", "pad": r"pads?|synth\w*", "bass": r"bass(?:line)?",
}  # fmt: skip
"""Words for the instruments that are there."""


@dataclass(frozen=True)
class Wish:
    """What is to be played. `tempo` in beats a minute, `seconds` None where the words do not say."""

    style: Style
    key: Key
    tempo: float
    tempo_is_asked: bool
    seconds: float | None
    drums: str | None


def read(prompt: str, rng: np.random.Generator) -> Wish:
    """Return what a prompt asks for; what it leaves open is chosen by `rng` within the style."""
    text = prompt.lower()
    style = _style(text)
    tempo = rng.uniform(*style.tempo)
    tonic, scale = int(rng.integers(12)), style.scales[int(rng.integers(len(style.scales)))]
    asked = _TEMPO.search(text)
    if asked:
        tempo = min(max(float(asked[1]), SLOWEST), FASTEST)
    elif _SLOW.search(text):
        tempo *= 0.85
    elif _FAST.search(text):
        tempo *= 1.18
    drums = style.drums
    if _NO_DRUMS.search(text):
        drums = None
    elif drums is None and _DRUMS.search(text):
        drums = "shaker"
    key = _key(prompt, text, Key(tonic, scale))
    named = _named(text)
    if named:
        style, drums = _arranged(style, named, drums, alone=_ALONE.search(text) is not None)
    return Wish(style, key, tempo, asked is not None, _seconds(text), drums)


def usual_seconds(rng: np.random.Generator) -> float:
    """Return a length for a prompt that says none."""
    return float(rng.integers(*_USUAL_SECONDS))


def _style(text: str) -> Style:
    """The style most of whose words are there; the one named first where several are even."""
    found = [(list(re.finditer(rf"\b(?:{style.words})\b", text)), style) for style in STYLES]
    best = max(found, key=lambda entry: (len(entry[0]), -entry[0][0].start() if entry[0] else 0))
    if best[0]:
        return best[1]
    return QUIET if _ALONE.search(text) else USUAL


def _key(prompt: str, text: str, usual: Key) -> Key:
    found = _KEY.search(prompt)
    if found:
        shift = {"sharp": 1, "#": 1, "♯": 1, "flat": -1, "b": -1, "♭": -1}.get(found[2] or found[3] or "", 0)
        return Key((_LETTERS[found[1].lower()] + shift) % 12, found[4].lower())
    for scale in SCALES:
        if re.search(rf"\b{scale}\b(?!\s+(?:part|role))", text):
            return replace(usual, scale=scale)
    return usual


def _seconds(text: str) -> float | None:
    clock = _CLOCK.search(text)
    if clock:
        return min(max(int(clock[1]) * 60.0 + int(clock[2]), SHORTEST), LONGEST)
    found = _SECONDS.search(text)
    if not found:
        return None
    seconds = float(found[1]) * (60 if found[2].startswith("m") else 1)
    return min(max(seconds, SHORTEST), LONGEST)


def _named(text: str) -> list[str]:
    """The instruments that the words name, the first one first."""
    places = {}
    for name, words in _CALLED.items():
        found = re.search(rf"\b(?:{words})\b", text)
        if found:
            places[name] = found.start()
    if "electric piano" in places:
        places.pop("piano", None)
    return sorted(places, key=lambda name: places[name])


def _arranged(style: Style, named: list[str], drums: str | None, *, alone: bool) -> tuple[Style, str | None]:
    """The style with the instruments that are asked for: heard from the beginning, or alone."""
    present = {layer.instrument for layer in style.layers}
    layers = [replace(layer, energy=0.0) if layer.instrument in named else layer for layer in style.layers]
    for name in named:
        if name in present or name not in MANNERS:
            continue
        if name == "bass":
            layers.append(Layer("bass", "bass", 31, 45, 0.5))
        elif name in ("pad", "strings"):
            layers.append(Layer(name, "pad", 50, 70, 0.34))
        elif name in ("piano", "electric piano", "guitar"):
            layers.append(Layer(name, "arpeggio", 52, 74, 0.55, -0.15))
        else:
            low = 79 if name == "glockenspiel" else 52 if name == "horns" else 65
            layers.append(Layer(name, "melody", low, low + 19, 0.3, 0.15))
    if not alone:
        return replace(style, layers=tuple(layers)), drums
    lead = next((name for name in named if name != "bass"), named[0])
    own = [layer for layer in layers if layer.instrument == lead]
    if lead in ("piano", "guitar", "electric piano"):
        own = [Layer(lead, "arpeggio", 48, 67, 0.55, -0.1), Layer(lead, "melody", 67, 84, 0.55, 0.1),
               Layer(lead, "bass", 36, 48, 0.5)]  # fmt: skip
    return replace(style, layers=tuple(own), bass="whole"), None
