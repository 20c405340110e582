"""Requests that go wrong on purpose (`--faults`), so that whoever builds an agent sees how it takes them."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from typing import Literal

Fault = Literal["rate_limited", "server_error", "drop_before", "drop_after", "broken"]


@dataclass(frozen=True)
class Faults:
    """The share (0 to 1) of API requests that fail in each way.

    `drop_before` closes the connection before the request is processed, `drop_after` after it is processed but before
    the response; `broken` sends half a response. The same seed gives the same sequence.
    """

    rate_limited: float = 0.0
    server_error: float = 0.0
    drop_before: float = 0.0
    drop_after: float = 0.0
    broken: float = 0.0
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Parse "rate_limited=0.1,broken=0.05,seed=7". Raise ValueError with a message for the user."""
        names = [field.name for field in fields(cls)]
        values: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, number = part.partition("=")
            if name not in names:
                raise ValueError(f"unknown fault {name!r}; there are {', '.join(names)}")
            try:
                values[name] = int(number) if name == "seed" else float(number)
            except ValueError:
                raise ValueError(f"{name} takes a number, not {number!r}") from None
            if name != "seed" and not 0 <= values[name] <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, not {number}")
        return cls(**values)  # type: ignore[arg-type]  # the seed alone is an int, and it was read as one

    def __bool__(self) -> bool:
        return any((self.rate_limited, self.server_error, self.drop_before, self.drop_after, self.broken))


class FaultDice:
    """Draws the fault of each request, in a sequence that the seed fixes."""

    def __init__(self, faults: Faults) -> None:
        self._shares: list[tuple[Fault, float]] = [
            ("rate_limited", faults.rate_limited),
            ("server_error", faults.server_error),
            ("drop_before", faults.drop_before),
            ("drop_after", faults.drop_after),
            ("broken", faults.broken),
        ]
        self._random = random.Random(faults.seed)

    def draw(self) -> Fault | None:
        """Return the fault of the next request; None when it succeeds."""
        point = self._random.random()
        for fault, share in self._shares:
            if point < share:
                return fault
            point -= share
        return None
