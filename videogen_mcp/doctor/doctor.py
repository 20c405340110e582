"""Looks at this machine, and prints what was found."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TextIO

import anyio
import httpx

from videogen_mcp.api.pools import Pools
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.doctor import report
from videogen_mcp.doctor.checks.table import CHECKS
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.examination import Check, examine
from videogen_mcp.doctor.findings import Finding
from videogen_mcp.doctor.reach import Reach
from videogen_mcp.installation import this_installation
from videogen_mcp.installing.hosts import this_machine
from videogen_mcp.settings import Settings

Found = Callable[[Finding], None]
Wait = Callable[[str], None]

CLEAR = "\r\x1b[K"
"""Back to the first column, and nothing right of it (ECMA-48: erase in line)."""


@dataclass
class Terminal:
    """Where the report is printed. `progress` is a terminal that shows what is waited for; None: nobody watches."""

    out: TextIO
    progress: TextIO | None = None
    coloured: bool = False
    failed: str | None = None
    """Why nothing more can be printed; empty where nobody reads on."""

    def tell(self, finding: Finding) -> None:
        """Print a finding."""
        self.clear()
        for line in report.lines(finding, coloured=self.coloured):
            self.print(line)

    def print(self, text: str) -> None:
        """Print a line; what the encoding of the terminal does not have comes out as a question mark."""
        if self.failed is not None:
            return
        encoding = self.out.encoding or "utf-8"
        try:
            self.out.write(text.encode(encoding, "replace").decode(encoding) + "\n")
            self.out.flush()
        except OSError as refused:
            self.failed = "" if isinstance(refused, BrokenPipeError) else refused.strerror or str(refused)
            # What is still buffered would be written, and fail again, when the process ends.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.out.fileno())
            os.close(nowhere)

    def wait(self, name: str) -> None:
        """Show what is waited for."""
        if self.progress is not None:
            self.progress.write(f"{CLEAR}looking at: {name} ...")
            self.progress.flush()

    def clear(self) -> None:
        """Take away what was shown of waiting."""
        if self.progress is not None:
            self.progress.write(CLEAR)
            self.progress.flush()


def main(environment: Mapping[str, str], *, as_json: bool = False, checks: Sequence[Check] = CHECKS) -> int:
    """Print the report on stdout and return the exit code: 1 where something does not work, or nothing can be
    printed."""
    terminal = Terminal(sys.stdout or io.StringIO())  # There is none where it was closed.
    if not as_json:
        watched = sys.stderr is not None and sys.stderr.isatty() and terminal.out.isatty()
        terminal.progress = sys.stderr if watched else None
        terminal.coloured = report.is_coloured(terminal.out, environment)
    tell = (lambda finding: None) if as_json else terminal.tell
    findings = anyio.run(partial(look, environment, checks, tell, terminal.wait))
    terminal.clear()
    terminal.print(report.as_json(findings) if as_json else report.summary(findings))
    if terminal.failed:
        sys.stderr.write(f"videogen-mcp: the report cannot be written: {terminal.failed}\n")
        return 1
    return 0 if report.is_ok(findings) else 1


async def look(
    environment: Mapping[str, str],
    checks: Sequence[Check],
    found: Found,
    waiting: Wait,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
) -> list[Finding]:
    """Run the checks for an environment; see `examine`. `transport` replaces the network."""
    clock, pools = clock or SystemClock(), Pools(transport)
    settings = Settings.from_environment(environment).served_at("127.0.0.1")
    try:
        context = Context(
            environment,
            settings,
            this_installation(),
            this_machine(environment, settings.home),
            clock,
            pools,
            Reach(settings, pools, clock) if transport is None else Reach(settings, pools, clock, None),
        )
        return await examine(context, checks, found, waiting)
    finally:
        await pools.aclose()
