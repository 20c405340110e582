"""Faults on purpose, so that whoever builds an agent can see how it takes them.

Two ways: directives in a prompt (or text, or the name of an input file) shape one execution, and `Faults` breaks a
share of all API requests.

    [[delay 14s]]    takes that long, with rising percentages, then really makes the media (also 90, 1.5m)
    [[stall]]        runs and never ends
    [[fail CODE]]    ends failed with that code, such as insufficient_credits or content_policy
    [[attempts 2]]   the first attempt breaks half way, the second one succeeds
    [[approval]]     waits for an approval (today's dialect only)
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass, fields
from typing import Literal

MAX_DELAY = 86_400.0
"""Seconds. Longer ones are surely slips, and a sandbox stays alive while one is pending."""

MAX_ATTEMPTS = 10

BROKEN_ATTEMPT_SECONDS = 1.0
"""How long an attempt runs before it breaks when no delay says otherwise: long enough to be seen by a poller."""

DELAY_SHARE = 0.9
"""The percentage at which a delay ends and the engine takes over."""

STALL_SECONDS = 60.0
"""Time constant of a stalled execution's percentage, which comes ever closer to STALL_SHARE."""

STALL_SHARE = 0.6

_DIRECTIVE = re.compile(r"\[\[\s*(delay|stall|fail|attempts|approval)\b\s*([^\[\]]*?)\s*\]\]", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?", re.IGNORECASE)
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class BadDirective(ValueError):
    """A directive that cannot be obeyed; the text says how it is written."""


@dataclass(frozen=True)
class Directives:
    """What a text asks to go wrong. `delay` in seconds."""

    delay: float = 0.0
    stall: bool = False
    fail: str | None = None
    attempts: int = 1
    approval: bool = False


@dataclass(frozen=True)
class Moment:
    """How an execution with directives stands: which attempt (from 0), which share is done, whether it is rehearsing
    still or the engine's turn has come."""

    attempt: int
    done: float
    over: bool


def read_directives(text: str) -> tuple[Directives, str]:
    """The directives in a text, and the text without them. Raises BadDirective."""
    found: dict[str, float | bool | str | int] = {}
    for match in _DIRECTIVE.finditer(text):
        name, argument = match[1].lower(), match[2]
        found[name] = _value(name, argument)
    if not found:
        return Directives(), text
    rest = re.sub(r"[ \t]{2,}", " ", _DIRECTIVE.sub("", text)).strip()
    return Directives(**found), rest  # type: ignore[arg-type]  # _value gives each name its own type


def _value(name: str, argument: str) -> float | bool | str | int:
    if name == "delay":
        match = _DURATION.fullmatch(argument)
        seconds = float(match[1]) * _UNITS[(match[2] or "s").lower()] if match else math.inf
        if seconds > MAX_DELAY:
            raise BadDirective("[[delay]] takes a time of at most a day, such as [[delay 14s]]")
        return seconds
    if name == "fail":
        if not _CODE.fullmatch(argument):
            raise BadDirective("[[fail]] takes an error code, such as [[fail insufficient_credits]]")
        return argument
    if name == "attempts":
        if not argument.isascii() or not argument.isdigit() or not 1 <= int(argument[:6]) <= MAX_ATTEMPTS:
            raise BadDirective(f"[[attempts]] takes a number from 1 to {MAX_ATTEMPTS}, such as [[attempts 2]]")
        return int(argument)
    if argument:
        raise BadDirective(f"[[{name}]] takes nothing after it")
    return True


def turn_comes_after(directives: Directives) -> float | None:
    """Seconds from submission until the engine may begin; None when it never may."""
    if directives.stall or directives.approval:
        return None
    return (directives.attempts - 1) * _broken_attempt(directives) + directives.delay


def moment(directives: Directives, elapsed: float) -> Moment:
    """Where the rehearsed part stands `elapsed` seconds after submission. Pure."""
    broken = _broken_attempt(directives)
    elapsed = max(elapsed, 0.0)
    attempt = min(int(elapsed / broken), directives.attempts - 1)
    within = elapsed - attempt * broken
    if attempt < directives.attempts - 1:
        return Moment(attempt, 0.5 * within / broken, over=False)
    if directives.stall:
        return Moment(attempt, STALL_SHARE * (1 - math.exp(-within / STALL_SECONDS)), over=False)
    if within < directives.delay:
        return Moment(attempt, DELAY_SHARE * within / directives.delay, over=False)
    return Moment(attempt, DELAY_SHARE if directives.delay else 0.0, over=True)


def _broken_attempt(directives: Directives) -> float:
    return max(directives.delay / 2, BROKEN_ATTEMPT_SECONDS)


FAILURES = {
    "insufficient_credits": "Not enough credits.",
    "content_policy": "The prompt was rejected by the content policy.",
}
"""What VideoGen-like failures say."""


def failure_message(code: str) -> str:
    """The message of an execution that was told to fail."""
    return FAILURES.get(code, f"The execution failed with {code}, as its prompt asked.")


Fault = Literal["rate_limited", "server_error", "drop_before", "drop_after", "broken"]


@dataclass(frozen=True)
class Faults:
    """Which share (0 to 1) of the API requests goes wrong, and how.

    `drop_before` cuts the connection before the request is looked at, `drop_after` when it has been carried out but
    before the answer; `broken` sends half an answer. The same seed gives the same sequence.
    """

    rate_limited: float = 0.0
    server_error: float = 0.0
    drop_before: float = 0.0
    drop_after: float = 0.0
    broken: float = 0.0
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read "rate_limited=0.1,broken=0.05,seed=7". Raises ValueError with words for people."""
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
    """Draws the fault of each request, in a sequence fixed by the seed."""

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
        """The fault of the next request; mostly None."""
        point = self._random.random()
        for fault, share in self._shares:
            if point < share:
                return fault
            point -= share
        return None
