"""Directives in a prompt (or text, or the name of an input file) that make one execution misbehave.

    [[delay 14s]]    takes that long, with rising percentages, then really makes the media (also 90, 1.5m)
    [[stall]]        runs and never ends
    [[fail CODE]]    ends failed with that code, such as insufficient_credits or content_policy
    [[attempts 2]]   the first attempt breaks half way, the second one succeeds
    [[approval]]     waits for an approval (today's dialect only)

What happens before an engine begins is called the rehearsal: no process works on it, its progress follows from time.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MAX_DELAY = 86_400.0
"""Seconds. A longer one is a slip, and a sandbox keeps running while one is pending."""

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
    """A directive with a wrong argument; the message shows how it is written."""


@dataclass(frozen=True)
class Directives:
    """What a text asks for. `delay` in seconds; `fail` is an error code, `attempts` counts the successful one too."""

    delay: float = 0.0
    stall: bool = False
    fail: str | None = None
    attempts: int = 1
    approval: bool = False


@dataclass(frozen=True)
class Rehearsal:
    """The state of an execution by its directives alone: the attempt (from 0), the share done (0 to 1), and whether
    the rehearsal is over, so that an engine may begin."""

    attempt: int
    done: float
    over: bool


def read_directives(text: str) -> tuple[Directives, str]:
    """Return the directives in a text, and the text without them. Raise BadDirective."""
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


def engine_delay(directives: Directives) -> float | None:
    """Return the seconds from submission until an engine may begin; None when it never may."""
    if directives.stall or directives.approval:
        return None
    return (directives.attempts - 1) * _broken_attempt(directives) + directives.delay


def rehearsal(directives: Directives, elapsed: float) -> Rehearsal:
    """Return the state of the rehearsal `elapsed` seconds after submission. Pure."""
    broken = _broken_attempt(directives)
    elapsed = max(elapsed, 0.0)
    attempt = min(int(elapsed / broken), directives.attempts - 1)
    within = elapsed - attempt * broken
    if attempt < directives.attempts - 1:
        return Rehearsal(attempt, 0.5 * within / broken, over=False)
    if directives.stall:
        return Rehearsal(attempt, STALL_SHARE * (1 - math.exp(-within / STALL_SECONDS)), over=False)
    if within < directives.delay:
        return Rehearsal(attempt, DELAY_SHARE * within / directives.delay, over=False)
    return Rehearsal(attempt, DELAY_SHARE if directives.delay else 0.0, over=True)


def _broken_attempt(directives: Directives) -> float:
    return max(directives.delay / 2, BROKEN_ATTEMPT_SECONDS)


FAILURES = {
    "insufficient_credits": "Not enough credits.",
    "content_policy": "The prompt was rejected by the content policy.",
}
"""Messages by error code, as VideoGen words them; see `failure_message` for other codes."""


def failure_message(code: str) -> str:
    """Return the message of an execution that failed with `code` by directive."""
    return FAILURES.get(code, f"The execution failed with {code}, as its prompt asked.")
