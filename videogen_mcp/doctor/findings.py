"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "error", "skipped"]
"""`error`: something that should work does not. `warning`: all works, and something should be known or mended.
`skipped`: of no concern here."""


@dataclass(frozen=True)
class Finding:
    """One line of the report. `message` and `remedy` are sentences."""

    status: Status
    message: str
    remedy: str | None = None
    name: str = ""
    """What it is about, where a check has several; in a report, the name of the check before it."""


def ok(message: str, name: str = "") -> Finding:
    """Return that something is as it should be."""
    return Finding("ok", message, None, name)


def skipped(message: str, name: str = "") -> Finding:
    """Return that something was not looked at, and why."""
    return Finding("skipped", message, None, name)


def warning(message: str, remedy: str, name: str = "") -> Finding:
    """Return something that should be known or mended."""
    return Finding("warning", message, remedy, name)


def error(message: str, remedy: str, name: str = "") -> Finding:
    """Return something that does not work."""
    return Finding("error", message, remedy, name)
