"""What is done for one execution, whatever its kind, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File

Note = Callable[[float], None]
"""Takes the share that is done, 0 to 1."""


@dataclass(frozen=True)
class NewFile:
    """A file that was made: its row, and the folder with its bytes, which becomes that of the file."""

    row: File
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What an execution made. `values` is kept with it; `store` is called in the transaction that ends it."""

    files: Sequence[NewFile] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    store: Callable[[], None] = lambda: None


Work = Callable[[Execution, Path, Note], Awaitable[Outcome]]
"""Carries out an execution in an empty folder. Raises EngineError or WorkerFailed when it cannot be done."""
