"""What was found, as lines for people and as JSON for programs."""

from __future__ import annotations

import json
import shlex
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from videogen_mcp import __version__
from videogen_mcp.doctor.findings import Finding, Status

WIDTH = 80
"""Columns of the smallest terminal that anybody has."""

INDENT = 9
"""Columns of the status, with the space behind it."""

ARROW = 3
"""Columns of what leads to a remedy, with the space behind it."""

COLOURS: Mapping[Status, str] = {"ok": "32", "warning": "33", "error": "31", "skipped": "2"}
"""Select Graphic Rendition of ECMA-48: green, yellow, red, faint."""

WORDS: Mapping[Status, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "ok": ("ok", "ok"),
    "skipped": ("skipped", "skipped"),
}


def is_ok(findings: Sequence[Finding]) -> bool:
    """Return whether everything works that should."""
    return all(finding.status != "error" for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the report as a JSON object: `{ok, version, checks: [{name, status, message, remedy}]}`, with null for a
    remedy that there is none."""
    checks = [
        {"name": one.name, "status": one.status, "message": one.message, "remedy": one.remedy} for one in findings
    ]
    return json.dumps({"ok": is_ok(findings), "version": __version__, "checks": checks}, indent=2)


def lines(finding: Finding, *, coloured: bool) -> Iterator[str]:
    """Yield a finding as lines of at most WIDTH columns: its status, its name and message, its remedy under it."""
    status = f"{finding.status:<{INDENT}}"
    first, *more = _wrapped(f"{_heading(finding)}: {finding.message}")
    yield (f"\x1b[{COLOURS[finding.status]}m{status}\x1b[0m" if coloured else status) + first
    for line in more:
        yield " " * INDENT + line
    for number, line in enumerate(_advice(finding.remedy) if finding.remedy else ()):
        yield " " * INDENT + ("-> " if number == 0 else "   ") + line


def summary(findings: Sequence[Finding]) -> str:
    """Return the last line: how many there are of each kind, and what that means."""
    counts = Counter(finding.status for finding in findings)
    counted = ", ".join(
        f"{counts[status]} {words[counts[status] > 1]}" for status, words in WORDS.items() if counts[status]
    )
    return f"videogen-mcp {__version__}: {'ready' if is_ok(findings) else 'not ready'}; {counted}."


def is_coloured(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Return whether a stream is a terminal that shows colours, whose user wants them (no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _heading(finding: Finding) -> str:
    """Return the name of a finding, without what the message begins with too."""
    check, _, about = finding.name.partition(" ")
    return check if about and finding.message.startswith(about) else finding.name


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH - INDENT - indent, break_on_hyphens=False) or [""]


def _advice(remedy: str) -> Iterator[str]:
    """Yield a remedy as lines. A command in it, which stands between backquotes, comes out so that it can be copied
    where it does not fit one line."""
    width = WIDTH - INDENT - ARROW
    if len(remedy) <= width or "`" not in remedy:
        yield from _wrapped(remedy, ARROW)
        return
    for number, part in enumerate(remedy.split("`")):
        text = part.strip().lstrip(";. ") if number else part.strip()
        if number % 2:
            yield from _command(part, width)
        elif text:
            yield from _wrapped(text, ARROW)


def _command(command: str, width: int) -> Iterator[str]:
    """Yield a command as lines that a shell takes for one: each but the last ends with a backslash."""
    if sys.platform == "win32":  # Its shells have no common way to go on in another line.
        yield f"  {command}"
        return
    line = " "
    for word in map(shlex.quote, shlex.split(command)):
        if line.strip() and len(line) + len(word) + 3 > width:
            yield f"{line} \\"
            line = "   "
        line += f" {word}"
    yield line
