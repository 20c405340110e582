"""What the demo shows: how far each step is, then what was made. rich, which draws it, is in the extra `sandbox`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.filesize import decimal
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from videogen_mcp.workflows.examples import ResultOf

BAR_CELLS = 16
"""Wide enough to see it move, narrow enough to leave a message room on 80 columns."""

PLAIN_STEP = 25.0
"""A log needs to show that it moves, not every step: a line each quarter."""

State = Literal["waiting", "running", "done", "failed"]
MARKS: Mapping[State, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "running": ("", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
}
"""How a row of the board begins, and in which style."""


@dataclass(frozen=True)
class Step:
    """One workflow and what it is asked for."""

    tool: str
    arguments: Mapping[str, Any]

    def needs(self) -> list[str]:
        """Return the steps whose files or projects this one starts from."""
        values = [one for value in self.arguments.values() for one in (value if isinstance(value, list) else [value])]
        return [str(value) for value in values if isinstance(value, ResultOf)]


@dataclass
class Outcome:
    """What became of one step. `percent` is None while nobody knows; times are in seconds."""

    step: Step
    state: State = "waiting"
    percent: float | None = None
    note: str = ""
    began: float = 0.0
    """Monotonic."""
    seconds: float = 0.0
    file: Mapping[str, Any] | None = None
    project_id: str | None = None
    problem: str = ""
    saved: str = ""
    size: int = 0
    """Bytes of the saved file."""


class Board:
    """Shows how far each step is: bars that move on a terminal, plain lines anywhere else."""

    def __init__(self, console: Console, outcomes: Iterable[Outcome]) -> None:
        self.console = console
        self.live = console.file.isatty() and console.is_interactive and not console.options.ascii_only
        self.progress = Progress(
            _Mark(),
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            _Bar(),
            TextColumn("{task.fields[percent]:>4}", table_column=Column(no_wrap=True)),
            _Seconds(table_column=Column(no_wrap=True)),
            TextColumn(
                "{task.fields[note]}",
                style="dim",
                markup=False,
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            console=console,
            expand=True,
            disable=not self.live,
        )
        self.rows: dict[str, TaskID] = {
            outcome.step.tool: self.progress.add_task(start=False, **_shown(outcome)) for outcome in outcomes
        }
        self.quarters: dict[str, float] = {}
        """The last quarter of each step for which a plain line was written, as a percentage."""

    def show(self, outcome: Outcome) -> None:
        """Show what has changed."""
        row = self.rows[outcome.step.tool]
        if outcome.state == "running":
            self.progress.start_task(row)
        elif outcome.state != "waiting":
            self.progress.stop_task(row)
        self.progress.update(row, **_shown(outcome))
        if not self.live and (words := self._line(outcome)):
            say(self.console, words)

    def _line(self, outcome: Outcome) -> str:
        """A line at the start, at each quarter and at the end of a step; empty for what is not worth one."""
        words: str = outcome.state
        if outcome.state == "running":
            quarter = (outcome.percent or 0.0) // PLAIN_STEP * PLAIN_STEP
            if quarter <= self.quarters.get(outcome.step.tool, -1.0):
                return ""
            self.quarters[outcome.step.tool] = quarter
            words = f"{quarter:.0f} %" if quarter else "started"
        note = f"  {outcome.note}" if outcome.note else ""
        return f"{outcome.step.tool}: {words} ({outcome.seconds:.1f} s){note}"


class _Mark(SpinnerColumn):
    """A spinner while a step runs, before and after that what became of it."""

    def render(self, task: Task) -> Any:
        state: State = task.fields["state"]
        return super().render(task) if state == "running" else Text(*MARKS[state])


class _Bar(ProgressColumn):
    """Filled as far as a step has come; it pulses while a running step has no percentage."""

    def render(self, task: Task) -> ProgressBar:
        return ProgressBar(total=task.total, completed=task.completed, width=BAR_CELLS, animation_time=task.get_time())


class _Seconds(ProgressColumn):
    """How long a step has been running, or ran."""

    def render(self, task: Task) -> Text:
        return Text("" if task.elapsed is None else f"{task.elapsed:6.1f} s")


def _shown(outcome: Outcome) -> dict[str, Any]:
    """A step as a task of rich's Progress; one without a percentage has no total, which makes its bar pulse."""
    percent = 100.0 if outcome.state == "done" else outcome.percent
    _, style = MARKS[outcome.state]
    return {
        "description": f"[{style}]{outcome.step.tool}[/]",
        "completed": percent or 0.0,
        "total": None if percent is None and outcome.state == "running" else 100.0,
        "percent": "" if percent is None else f"{percent:.0f}%",
        "note": " ".join(outcome.note.split()),
        "state": outcome.state,
    }


def report(outcomes: Sequence[Outcome], gallery: str | None, console: Console) -> None:
    """Print where all that was made can be seen, what it is, where it lies, and what went wrong."""
    if gallery:
        console.print("\nSee it here: ", Text(gallery, f"link {gallery}"), sep="", soft_wrap=True, highlight=False)
    table = Table(
        Column("file", overflow="fold"),
        "kind",
        Column("size", justify="right"),
        Column("seconds", justify="right"),
        box=box.SIMPLE_HEAD,
    )
    for outcome in outcomes:
        if outcome.file is not None:
            kind = str(outcome.file["type"]).lower()
            table.add_row(_name(outcome), kind, decimal(outcome.size), f"{outcome.seconds:.1f}")
    if table.row_count:
        console.print(table, highlight=False, markup=False)
    if folders := dict.fromkeys(from_here(str(Path(outcome.saved).parent)) for outcome in outcomes if outcome.saved):
        say(console, f"Saved in {', '.join(folders)}")
    for outcome in outcomes:
        if outcome.problem:
            say(console, f"{outcome.step.tool}: {outcome.problem}")


def _name(outcome: Outcome) -> Text:
    """The name of the file, which opens it where the terminal has links."""
    if not outcome.saved:
        return Text(outcome.step.tool)
    path = Path(outcome.saved)
    return Text(path.name, f"link {path.absolute().as_uri()}")


def tell(console: Console, words: str) -> None:
    """Print a sentence, folded between words where the terminal is narrow."""
    console.print(words, highlight=False, markup=False)


def say(console: Console, words: str) -> None:
    """Print a line as it is: never folded, because paths and addresses are copied."""
    console.out(words, highlight=False)


def from_here(path: str) -> str:
    """Return a path as one would type it: relative where it lies below the current folder."""
    here = str(Path.cwd()) + os.sep
    return path.removeprefix(here)
