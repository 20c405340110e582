"""Context managers that put back what belongs to the whole process."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def environment_restored() -> Iterator[None]:
    """Environment variables and the working directory are the same afterwards."""
    before, folder = dict(os.environ), Path.cwd()
    try:
        yield
    finally:
        os.chdir(folder)
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@dataclass(frozen=True)
class _State:
    """What a block may change about a logger."""

    level: int
    propagate: bool
    disabled: bool
    handlers: tuple[logging.Handler, ...]
    filters: tuple[Any, ...]

    @classmethod
    def of(cls, logger: logging.Logger) -> _State:
        return cls(logger.level, logger.propagate, logger.disabled, (*logger.handlers,), (*logger.filters,))

    def give_to(self, logger: logging.Logger) -> None:
        logger.setLevel(self.level)
        logger.propagate, logger.disabled = self.propagate, self.disabled
        logger.handlers[:], logger.filters[:] = self.handlers, self.filters


UNTOUCHED = _State(logging.NOTSET, True, False, (), ())


@contextmanager
def logging_restored() -> Iterator[None]:
    """All loggers are the same afterwards; those that were made meanwhile are as new."""
    before = {logger: _State.of(logger) for logger in _loggers()}
    disabled = logging.root.manager.disable
    try:
        yield
    finally:
        for logger in _loggers():
            if (state := before.get(logger, UNTOUCHED)) != _State.of(logger):
                state.give_to(logger)
        logging.disable(disabled)


def _loggers() -> list[logging.Logger]:
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(logger for logger in named if isinstance(logger, logging.Logger))]


@contextmanager
def databases_closed() -> Iterator[None]:
    """Raise AssertionError at the end when an SQLite database that was opened inside is open still.

    Python 3.13 warns of it too, but when the connection is collected: that may be in a later test.
    """
    opened: dict[sqlite3.Connection, str] = {}
    connect = sqlite3.connect

    def note(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(database, *args, **kwargs)
        opened[connection] = str(database)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", note)
        yield
    left = [connection for connection in opened if _is_open(connection)]
    for connection in left:
        connection.close()
    assert not left, f"left open: {[opened[connection] for connection in left]}"


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False
