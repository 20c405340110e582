"""Where text stands: lines that fit a box, as large as they can be, and the stage with its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from videogen_sandbox.engines.graphics.colours import Colour
from videogen_sandbox.engines.media.fonts import BOLD, font

LEAST = 0.045
"""Height of letters as a share of the shorter side below which text cannot be read on a telephone."""

CONTRAST = 60.0
"""Difference in brightness (of 255) between large letters and what is behind them from which they can be read."""


@dataclass(frozen=True)
class Stage:
    """The frame in pixels, its length in seconds, and its colours.

    `ground` is None where it is transparent; `asked` is the colour that the words name for what is shown.
    """

    width: int
    height: int
    seconds: float
    accent: Colour
    ground: Colour | None
    asked: Colour | None = None

    @property
    def unit(self) -> float:
        """The shorter side."""
        return float(min(self.width, self.height))

    @property
    def ink(self) -> Colour:
        """The colour of letters: white, or nearly black on a light ground."""
        return (20, 22, 30) if self.ground is not None and brightness(self.ground) > 150 else (255, 255, 255)

    @property
    def headline(self) -> Colour:
        """The colour of the largest letters: the one that is asked for, where it can be read."""
        if self.asked is None:
            return self.ink
        behind = 0.0 if self.ground is None else brightness(self.ground)  # the shadow, where there is no ground
        return self.asked if abs(brightness(self.asked) - behind) >= CONTRAST else self.ink

    @property
    def shadow(self) -> bool:
        """Whether letters need a shadow, since nobody knows what will be behind them."""
        return self.ground is None


def brightness(colour: Colour) -> float:
    """Return 0 to 255, as the eye weighs the colours (BT.709)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def lines_of(words: str, width: float, height: float, largest: float, least: float) -> tuple[list[str], float]:
    """Return a text in lines and the size of its letters: the largest at which it fits the box.

    Nothing is left out: where it does not fit even at `least` pixels, it becomes smaller still.
    """
    size = largest
    while True:
        lines = wrapped(words, width, size)
        fits = len(lines) * size * 1.3 <= height
        widest = max(font(size, BOLD).getlength(line) for line in lines)
        if (fits and widest <= width) or size < 8:
            return lines, size
        size *= 0.94 if size > least else 0.9


def wrapped(words: str, width: float, size: float) -> list[str]:
    """Return the lines of a text that are not wider than `width` pixels, where its words allow it."""
    opened = font(size, BOLD)
    lines: list[str] = []
    for paragraph in words.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and opened.getlength(longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return _balanced(lines, width, size)


def _balanced(lines: Sequence[str], width: float, size: float) -> list[str]:
    """Two lines of like length rather than a long one and a word."""
    if len(lines) != 2:
        return list(lines)
    opened = font(size, BOLD)
    words = " ".join(lines).split()
    splits = [[" ".join(words[:at]), " ".join(words[at:])] for at in range(1, len(words))]
    fitting = [pair for pair in splits if all(opened.getlength(line) <= width for line in pair)]
    if not fitting:
        return list(lines)
    return min(fitting, key=lambda pair: abs(opened.getlength(pair[0]) - opened.getlength(pair[1])))
