"""Numbers in a prompt: the data of a chart, and from where to where a counter runs."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_BARS = 8
"""Values of a chart; more could not be read in a film."""

_NUMBER = r"[$€£¥]?\s?-?\d[\d,]*(?:\.\d+)?\s?(?:%|k|m|bn|million|billion|thousand)?"
_ITEM = re.compile(rf"^(?P<label>.*?)(?:\s*[:=(]|\s[\-\u2013]\s|\s)\s*(?P<value>{_NUMBER})\)?$", re.IGNORECASE)
_NUMBER_FIRST = re.compile(rf"^(?P<value>{_NUMBER})\s+(?P<label>.+)$", re.IGNORECASE)
_PARTS = re.compile(r"^(?P<before>[$€£¥]?)\s?(?P<digits>-?\d[\d,]*(?:\.\d+)?)\s?(?P<after>.*)$")
_LOOKS = re.compile(r"(?<=[\d%kmKM])\s+(?:in|on|with|as|over)\b.*$")
"""What follows a value and speaks of colours or of time."""
_INTRODUCED = re.compile(r":\s+|\b(?:showing|shows|with|of|for|values?|data|comparing|like)\b\s*")
_COUNTS = re.compile(
    rf"\b(?:count\w*|counter|goes|going|rising|rises|animat\w+)\b.*?\bfrom\s+(?P<first>{_NUMBER})\s+(?:up |down )?to\s+"
    rf"(?P<last>{_NUMBER})",
    re.IGNORECASE,
)
_UP_TO = re.compile(rf"\b(?:count\w*|counter)\b.*?\b(?:to|of|at|reach\w*|showing)\s+(?P<last>{_NUMBER})", re.IGNORECASE)
_DOWN = re.compile(r"\bcount\s?down\b(?:.*?\bfrom\s+(?P<first>\d+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """A number as it is written: 1250 with "$" before and " k" after it, and how many digits behind the point."""

    value: float
    before: str = ""
    after: str = ""
    digits: int = 0

    def written(self, value: float | None = None) -> str:
        """Return the number, or another one, in this form."""
        return f"{self.before}{self.value if value is None else value:,.{self.digits}f}{self.after}"


@dataclass(frozen=True)
class Count:
    """What a counter runs through."""

    first: float
    last: Figure


def figure(text: str) -> Figure:
    """Read a number with its signs. Raise ValueError for what is none."""
    parts = _PARTS.match(text.strip())
    if parts is None:
        raise ValueError(text)
    digits = parts["digits"].replace(",", "")
    unit = parts["after"].strip()
    after = f" {unit}" if len(unit) > 1 else unit
    return Figure(float(digits), parts["before"], after, len(digits.partition(".")[2]))


def data(text: str) -> list[tuple[str, Figure]]:
    """Return labels and values of a chart: "Q1 12, Q2 18 and Q3 25", "2024: 40%; 2025: 55%", "30 apples, 20 pears".

    Empty where there are fewer than two. Words that introduce the first one ("a chart of", "sales:") are left out.
    """
    items = re.split(r",\s+|;|\band\b|\n|\bvs\.?\b|\bversus\b", text)
    found = [entry for entry in map(_entry, items) if entry is not None]
    return found[:MOST_BARS] if len(found) > 1 else []


def _entry(item: str) -> tuple[str, Figure] | None:
    words = _LOOKS.sub("", item.strip().rstrip(". "))
    for candidate in (_INTRODUCED.split(words)[-1], words):
        match = _ITEM.match(candidate) or _NUMBER_FIRST.match(candidate)
        label = match["label"].strip(" :=-\u2013\"'") if match else ""
        if match and label:
            return label, figure(match["value"])
    return None


def count(text: str) -> Count | None:
    """Return what a counter runs through; None where the words speak of none."""
    ranged = _COUNTS.search(text)
    if ranged:
        return Count(figure(ranged["first"]).value, figure(ranged["last"]))
    down = _DOWN.search(text)
    if down:
        return Count(float(down["first"] or 10), Figure(0))
    up = _UP_TO.search(text)
    return Count(0.0, figure(up["last"])) if up else None
