"""What a bench found out, so that `python -m bench` can put the figures of all into one table."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PLACE = "BENCH_FIGURES"
"""Environment variable: the file to which figures are added."""


@dataclass(frozen=True)
class Figure:
    """One figure, each part in words with its unit."""

    what: str
    ours: str
    beside: str = ""
    """What it is compared with, measured in the same run."""

    spread: str = ""
    target: str = ""
    met: bool | None = None
    """Whether the target was met; None where there is none."""


def tell(*figures: Figure) -> None:
    """Add figures to those of this run, if `python -m bench` wants them."""
    if place := os.environ.get(PLACE):
        with Path(place).open("a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(asdict(figure)) + "\n" for figure in figures)


def told(place: Path) -> list[Figure]:
    """Return the figures that a bench added to a file, which may not be there."""
    if not place.exists():
        return []
    return [Figure(**json.loads(line)) for line in place.read_text(encoding="utf-8").splitlines()]


def middle_half(values: Sequence[float], form: str, unit: str) -> str:
    """Return the quartiles of at least two values, as `405 to 431 ms`."""
    low, _, high = statistics.quantiles(values, n=4)
    return f"{low:{form}} to {high:{form}} {unit}".rstrip()
