"""What the demo draws: progress as it comes, then a table. Bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TextIO

State = Literal["waiting", "running", "done", "failed"]

BAR_CELLS = 16
"""Wide enough to see it move, narrow enough to leave a message room on 80 columns."""

PLAIN_STEP = 25.0
"""A log needs to show that it moves, not every step: a line each quarter."""

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
MARKS: dict[State, str] = {"waiting": "·", "running": "", "done": "✓", "failed": "✗"}
COLOURS: dict[State, str] = {"waiting": "2", "running": "36", "done": "32", "failed": "31"}


@dataclass
class Row:
    """One workflow on the board. `percent` is None while nobody knows."""

    name: str
    state: State = "waiting"
    percent: float | None = None
    seconds: float = 0.0
    note: str = ""


class Board(Protocol):
    """Shows rows that change."""

    def show(self, row: Row) -> None:
        """The row has changed."""
        ...

    def tick(self) -> None:
        """Time has passed: seconds and spinners may move."""
        ...

    def close(self) -> None:
        """Nothing more will come; leave the last picture standing."""
        ...


def board(out: TextIO, rows: Sequence[Row]) -> Board:
    """The board that suits `out`."""
    fits = shutil.get_terminal_size().lines > len(rows) + 1
    return LiveBoard(out, rows) if fits and is_terminal(out) else PlainBoard(out)


def is_terminal(out: TextIO) -> bool:
    """Whether lines can be drawn again: a terminal that understands the usual sequences and these characters."""
    if not out.isatty() or os.environ.get("TERM") == "dumb":
        return False
    try:
        "█░✓".encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


class LiveBoard:
    """All rows at once, drawn over themselves."""

    def __init__(self, out: TextIO, rows: Sequence[Row]) -> None:
        self.out = out
        self.rows = rows
        self.drawn = 0
        self.turns = 0
        self.colour = "NO_COLOR" not in os.environ

    def show(self, row: Row) -> None:
        self.paint()

    def tick(self) -> None:
        self.turns += 1
        self.paint()

    def close(self) -> None:
        self.paint()

    def paint(self) -> None:
        columns = shutil.get_terminal_size().columns
        up = f"\x1b[{self.drawn}A" if self.drawn else ""
        lines = [f"\x1b[2K{self.line(row, columns)}\n" for row in self.rows]
        self.out.write(up + "\r" + "".join(lines))
        self.out.flush()
        self.drawn = len(self.rows)

    def line(self, row: Row, columns: int) -> str:
        """One row, never wider than the terminal: a wrapped line cannot be drawn over."""
        mark = MARKS[row.state] or SPINNER[self.turns % len(SPINNER)]
        clock = f"{row.seconds:6.1f} s" if row.state != "waiting" else " " * 8
        head = f"  {mark} {row.name:<24}"
        body = f" {bar(row)} {percent(row)} {clock}  "
        room = max(0, columns - 1 - len(head) - len(body))
        return self.painted(head, COLOURS[row.state]) + body + self.painted(shorten(row.note, room), "2")

    def painted(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and text else text


class PlainBoard:
    """A line for each thing worth a line: start, quarters, end."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.said: dict[str, float] = {}

    def show(self, row: Row) -> None:
        if row.state == "waiting":
            return
        if row.state == "running":
            quarter = (row.percent or 0.0) // PLAIN_STEP * PLAIN_STEP
            if quarter <= self.said.get(row.name, -1.0):
                return
            self.said[row.name] = quarter
            words = f"{quarter:.0f} %" if quarter else "started"
        else:
            words = row.state
        note = f"  {row.note}" if row.note else ""
        self.out.write(f"{row.name}: {words} ({row.seconds:.1f} s){note}\n")
        self.out.flush()

    def tick(self) -> None:
        """Nothing: a log does not need seconds passing."""

    def close(self) -> None:
        """Nothing: the lines are out."""


def bar(row: Row) -> str:
    """`BAR_CELLS` characters, filled as far as it has come."""
    share = 1.0 if row.state == "done" else (row.percent or 0.0) / 100
    filled = round(BAR_CELLS * min(max(share, 0.0), 1.0))
    return "█" * filled + "░" * (BAR_CELLS - filled)


def percent(row: Row) -> str:
    """Four characters: the percentage where there is one."""
    if row.state == "done":
        return "100%"
    return "    " if row.percent is None or row.state == "waiting" else f"{row.percent:3.0f}%"


def shorten(text: str, room: int) -> str:
    """At most `room` characters on one line."""
    flat = " ".join(text.split())
    if len(flat) <= room:
        return flat
    return flat[: room - 1] + "…" if room > 1 else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "  ") -> str:
    """Columns as wide as their widest cell, a rule under the head."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return (
            indent + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        ).rstrip() + "\n"

    rule = indent + "  ".join("─" * width for width in widths) + "\n"
    return line(head) + rule + "".join(line(row) for row in rows)


def size(count: int) -> str:
    """Bytes as people read them: 812 B, 14 kB, 2.3 MB."""
    if count < 1_000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"
