"""The styles: which words ask for each, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["pad", "arpeggio", "strum", "pulse", "stabs", "bass", "melody"]
"""Held chords, broken chords, strummed or struck chords, repeated tones, short chords off the beat, the lowest part,
the tune."""


@dataclass(frozen=True)
class Layer:
    """One part: who plays what, how loud, from where (-1 left, 1 right), and from what energy of a section on.

    low, high: the keys between which it plays.
    """

    instrument: str
    role: Role
    low: int
    high: int
    level: float
    pan: float = 0.0
    energy: float = 0.0


@dataclass(frozen=True)
class Style:
    """How a piece of a style is made. Progressions are degrees of the scale, one a bar; 0 is the tonic."""

    name: str
    words: str
    """Alternatives of a regular expression."""
    tempo: tuple[int, int]
    scales: tuple[str, ...]
    verses: tuple[tuple[int, ...], ...]
    choruses: tuple[tuple[int, ...], ...]
    layers: tuple[Layer, ...]
    bass: str
    drums: str | None = None
    sevenths: bool = False
    swing: float = 0.0
    """Share of half a beat by which every second eighth comes late: 0.33 is a triplet."""
    melody: str = "song"
    room: float = 0.18
    """Level of the room's echo."""


STYLES: Sequence[Style] = (
    Style(
        "ambient",
        r"ambient|calm\w*|relax\w*|meditat\w*|sleep\w*|peace\w*|sooth\w*|spa|yoga|serene|gentle|"
        r"dream\w*|ethereal|zen|soft",
        (62, 74), ("major", "lydian"),
        ((0, 3, 5, 4), (0, 5, 3, 4)), ((3, 0, 4, 5), (5, 4, 3, 3)),
        (
            Layer("pad", "pad", 52, 72, 0.42),
            Layer("strings", "pad", 48, 67, 0.26, 0.3, 0.7),
            Layer("piano", "arpeggio", 57, 79, 0.60, -0.15),
            Layer("glockenspiel", "melody", 79, 95, 0.22, 0.3, 0.7),
            Layer("bass", "bass", 33, 45, 0.34, 0.0, 0.6),
        ),
        "whole", melody="sparse", room=0.42,
    ),
    Style(
        "corporate",
        r"corporate|business|upbeat|uplift\w*|inspir\w*|motivat\w*|positive|optimis\w*|success\w*|commercial|advert\w*|"
        r"happy|cheer\w*|bright|energetic|pop|summer\w*|tech|technology|startup|explainer",
        (108, 124), ("major",),
        ((0, 4, 5, 3), (0, 5, 3, 4)), ((5, 3, 0, 4), (3, 4, 0, 5)),
        (
            Layer("guitar", "strum", 52, 72, 0.52, -0.35),
            Layer("piano", "pulse", 60, 79, 0.36, 0.3, 0.6),
            Layer("strings", "pad", 55, 74, 0.22, 0.1, 0.85),
            Layer("bass", "bass", 31, 45, 0.62, 0.0, 0.6),
            Layer("piano", "melody", 67, 86, 0.44, 0.1, 0.8),
            Layer("glockenspiel", "melody", 79, 98, 0.16, 0.4, 0.95),
        ),
        "eighths", "pop",
    ),
    Style(
        "epic",
        r"epic|cinematic|trailer|heroic|dramatic|orchestra\w*|battle|powerful|triumph\w*|adventur\w*|majestic|"
        r"film score|blockbuster|intense",
        (82, 98), ("minor",),
        ((0, 5, 2, 6), (0, 3, 5, 6)), ((5, 6, 0, 0), (0, 6, 5, 6)),
        (
            Layer("strings", "pulse", 50, 69, 0.56, -0.2),
            Layer("strings", "pad", 38, 62, 0.40, 0.1),
            Layer("horns", "melody", 50, 69, 0.50, 0.2, 0.75),
            Layer("strings", "melody", 69, 88, 0.30, -0.1, 0.95),
            Layer("strings", "bass", 31, 43, 0.46),
        ),
        "octaves", "taiko", melody="broad", room=0.36,
    ),
    Style(
        "dark",
        r"dark\w*|tense|tension|suspens\w*|horror|scary|spooky|eerie|myster\w*|thriller|ominous|sinister|haunt\w*|crime|"
        r"investigat\w*",
        (66, 80), ("phrygian", "minor"),
        ((0, 1, 0, 5), (0, 5, 0, 1)), ((5, 1, 0, 0), (3, 5, 1, 0)),
        (
            Layer("pad", "pad", 45, 62, 0.40),
            Layer("strings", "pulse", 43, 57, 0.34, -0.25, 0.6),
            Layer("strings", "bass", 31, 43, 0.44),
            Layer("piano", "melody", 60, 76, 0.46, 0.25, 0.5),
        ),
        "whole", "heartbeat", melody="sparse", room=0.45,
    ),
    Style(
        "sad",
        r"sad\w*|melanchol\w*|emotion\w*|sorrow\w*|nostalg\w*|lonel\w*|tragic|tears?|ballad|heart ?break\w*|somber|"
        r"sombre|grief|mourn\w*|moving|touching|romantic|love",
        (62, 74), ("minor",),
        ((0, 5, 2, 6), (0, 3, 5, 4)), ((5, 2, 6, 0), (3, 6, 2, 5)),
        (
            Layer("piano", "arpeggio", 50, 70, 0.58, -0.1),
            Layer("strings", "pad", 48, 69, 0.34, 0.2, 0.6),
            Layer("piano", "melody", 67, 84, 0.56, 0.1, 0.6),
            Layer("bass", "bass", 31, 45, 0.24, 0.0, 0.75),
        ),
        "whole", melody="broad", room=0.34,
    ),
    Style(
        "lo-fi",
        r"lo-?fi|chill\w*|hip[ -]?hop|laid[ -]back|study|studying|coffee|cafe|café|mellow|groov\w*|r&b|soul\w*|smooth",
        (72, 86), ("dorian", "major"),
        ((1, 4, 0, 5), (0, 5, 1, 4)), ((3, 2, 1, 4), (5, 1, 4, 0)),
        (
            Layer("electric piano", "strum", 52, 72, 0.56, -0.15),
            Layer("pad", "pad", 55, 72, 0.16, 0.2, 0.8),
            Layer("bass", "bass", 30, 44, 0.62, 0.0, 0.5),
            Layer("guitar", "melody", 60, 77, 0.36, 0.3, 0.7),
        ),
        "syncopated", "lo-fi", sevenths=True, swing=0.24, room=0.2,
    ),
    Style(
        "jazz",
        r"jazz\w*|swing\w*|bebop|lounge|big band|bossa\w*|noir|blues\w*",
        (112, 136), ("major", "mixolydian"),
        ((1, 4, 0, 5), (0, 5, 1, 4)), ((3, 6, 2, 5), (1, 4, 2, 5)),
        (
            Layer("piano", "stabs", 52, 70, 0.50, -0.2),
            Layer("bass", "bass", 28, 47, 0.66),
            Layer("flute", "melody", 64, 84, 0.34, 0.25, 0.6),
        ),
        "walking", "swing", sevenths=True, swing=0.33, room=0.2,
    ),
    Style(
        "electronic",
        r"electronic\w*|edm|dance|techno|house|trance|club|synth\w*|futur\w*|cyber\w*|gaming|retro ?wave|8[ -]?bit|"
        r"dubstep|party|workout|sport\w*|drive|driving",
        (120, 128), ("minor", "dorian"),
        ((0, 5, 2, 6), (0, 6, 5, 6)), ((5, 6, 0, 2), (3, 5, 0, 6)),
        (
            Layer("pad", "pad", 52, 72, 0.30),
            Layer("synth bass", "bass", 33, 45, 0.46, 0.0, 0.6),
            Layer("electric piano", "arpeggio", 64, 84, 0.40, 0.25),
            Layer("pad", "stabs", 60, 76, 0.30, -0.25, 0.8),
            Layer("glockenspiel", "melody", 76, 93, 0.16, 0.1, 0.9),
        ),
        "offbeat", "house", melody="riff", room=0.22,
    ),
    Style(
        "acoustic",
        r"acoustic|folk\w*|country|indie|guitar|campfire|rustic|organic|travel\w*|road ?trip|warm|cosy|cozy|wedding|"
        r"family|nature|americana|ukulele",
        (92, 108), ("major", "mixolydian"),
        ((0, 3, 0, 4), (0, 4, 5, 3)), ((3, 0, 4, 5), (5, 3, 0, 4)),
        (
            Layer("guitar", "arpeggio", 48, 69, 0.60, -0.25),
            Layer("guitar", "strum", 52, 70, 0.34, 0.35, 0.8),
            Layer("bass", "bass", 31, 45, 0.50, 0.0, 0.6),
            Layer("flute", "melody", 67, 86, 0.30, 0.15, 0.7),
        ),
        "fifths", "shaker", room=0.2,
    ),
    Style(
        "playful",
        r"playful|quirky|funny|fun|comic\w*|cartoon\w*|child\w*|kids?|whimsic\w*|silly|cute|christmas|holiday|toy|bouncy|"
        r"mischiev\w*|sneaky|cook\w*",
        (104, 122), ("major",),
        ((0, 4, 0, 4), (0, 3, 4, 0)), ((3, 0, 1, 4), (5, 1, 4, 0)),
        (
            Layer("pizzicato", "stabs", 52, 71, 0.52, -0.25),
            Layer("pizzicato", "bass", 40, 52, 0.62, 0.1),
            Layer("glockenspiel", "melody", 77, 96, 0.26, 0.25, 0.6),
            Layer("flute", "melody", 67, 86, 0.28, -0.1, 0.9),
        ),
        "fifths", "light", melody="riff", room=0.2,
    ),
)  # fmt: skip

USUAL, QUIET = STYLES[1], STYLES[0]
"""What words that name no style get; for an instrument alone the quiet one."""

BASSES: Mapping[str, Sequence[tuple[float, float, int]]] = {
    "whole": ((0, 4, 0),),
    "fifths": ((0, 1.4, 0), (2, 1.4, 4)),
    "eighths": tuple((beat / 2, 0.45, 0) for beat in range(8)),
    "octaves": ((0, 1.5, 0), (1.5, 0.5, 0), (2, 1.5, 7), (3.5, 0.5, 0)),
    "syncopated": ((0, 1.3, 0), (1.5, 0.4, 0), (2.5, 0.9, 4), (3.5, 0.4, 7)),
    "offbeat": tuple((beat + 0.5, 0.4, 0) for beat in range(4)),
    "walking": ((0, 0.9, 0), (1, 0.9, 2), (2, 0.9, 4), (3, 0.9, 5)),
}
"""Beat, length in beats, and degree above the root of the chord, of each tone in a bar."""

DRUMS: Mapping[str, Mapping[str, str]] = {
    "pop": {
        "kick": "X.....x.X.......",
        "snare": "....X.......X...",
        "hat": "x.o.x.o.x.o.x.o.",
        "tambourine": "....o.......o...",
    },
    "taiko": {
        "taiko": "X.....x.X...x.x.",
        "floor tom": "......o...o...o.",
        "tom": "..............oo",
    },
    "heartbeat": {
        "kick": "X.o.............",
        "rim": "............o...",
    },
    "lo-fi": {
        "kick": "X......x..X.....",
        "snare": "....x.......x...",
        "hat": "o.o.o.oo.o.o.o.o",
        "shaker": "..o...o...o...o.",
    },
    "swing": {
        "kick": "o.......o.......",
        "hat": "....x.......x...",
        "ride": "x...x.o.x...x.o.",
    },
    "house": {
        "kick": "X...X...X...X...",
        "clap": "....x.......x...",
        "open hat": "..o...o...o...o.",
        "hat": "o.oo..oo..oo..oo",
    },
    "shaker": {
        "kick": "x.......x.......",
        "rim": "....o.......o...",
        "shaker": "x.o.x.o.x.o.x.o.",
    },
    "light": {
        "kick": "o.......o.......",
        "woodblock": "x..o..x.....o...",
        "shaker": "..o...o...o...o.",
    },
}
"""A bar in sixteenths: X strong, x usual, o soft."""

DRUM_LEVELS: Mapping[str, float] = {
    "kick": 0.62, "snare": 0.42, "hat": 0.13, "open hat": 0.12, "clap": 0.34, "tambourine": 0.14, "shaker": 0.16,
    "ride": 0.20, "rim": 0.26, "woodblock": 0.26, "taiko": 0.85, "floor tom": 0.55, "tom": 0.50, "crash": 0.34,
}  # fmt: skip

RHYTHMS: Mapping[str, Sequence[Sequence[tuple[float, float]]]] = {
    "song": (
        ((0, 1), (1, 0.5), (1.5, 1), (2.5, 0.5), (3, 1), (4, 1.5), (5.5, 0.5), (6, 2)),
        ((0, 1.5), (1.5, 0.5), (2, 1), (3, 1), (4, 0.5), (4.5, 0.5), (5, 1), (6, 1.5)),
        ((0.5, 0.5), (1, 0.5), (1.5, 0.5), (2, 1.5), (4, 1), (5, 0.5), (5.5, 2)),
    ),
    "broad": (
        ((0, 2), (2, 1), (3, 1), (4, 3)),
        ((0, 3), (3, 1), (4, 2), (6, 2)),
        ((0, 1.5), (1.5, 0.5), (2, 2), (4, 3.5)),
    ),
    "sparse": (((0, 1.5), (3, 1), (5, 2)), ((1, 1), (2, 2), (6, 1.5)), ((0, 2), (4.5, 0.5), (5, 2.5))),
    "riff": (
        ((0, 0.5), (0.5, 0.5), (1.5, 0.5), (2, 0.5), (3, 0.5), (4, 0.5), (4.5, 0.5), (5.5, 0.5), (6, 1)),
        ((0, 0.5), (1, 0.5), (1.5, 0.5), (2.5, 0.5), (3, 0.5), (4, 0.5), (5, 0.5), (5.5, 0.5), (6.5, 0.5)),
    ),
}  # fmt: skip
"""Beat and length of the tones of a tune's two bars."""
