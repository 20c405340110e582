"""Context managers that put back what belongs to the whole process."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
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
        after = dict(os.environ)
        for name in after.keys() - before.keys():
            del os.environ[name]
        for name, value in before.items():
            if after.get(name) != value:
                os.environ[name] = value


_State = tuple[int, bool, bool, list[Any], list[Any]]
"""What a block may change about a logger: level, propagate, disabled, handlers, filters."""

_state = attrgetter("level", "propagate", "disabled", "handlers", "filters")
"""A logger's, with its own lists. There are hundreds of loggers around each test, so this is C's."""

UNTOUCHED: _State = (logging.NOTSET, True, False, [], [])


@contextmanager
def logging_restored() -> Iterator[None]:
    """All loggers are the same afterwards; those that were made meanwhile are as new."""
    before = {logger: _kept(_state(logger)) for logger in _loggers()}
    disabled = logging.root.manager.disable
    try:
        yield
    finally:
        for logger in _loggers():
            if (state := before.get(logger, UNTOUCHED)) != _state(logger):
                logger.setLevel(state[0])
                logger.propagate, logger.disabled, logger.handlers[:], logger.filters[:] = state[1:]
        if logging.root.manager.disable != disabled:
            logging.disable(disabled)


def _kept(state: _State) -> _State:
    """The same, whatever the logger's lists become."""
    return (*state[:3], state[3][:], state[4][:])


def _loggers() -> list[logging.Logger]:
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(logger for logger in named if isinstance(logger, logging.Logger))]


@contextmanager
def databases_closed() -> Iterator[None]:
    """Raise AssertionError at the end when a connection to a database that was made inside is open still.

    Python and psycopg warn of it too, but when the connection is collected: that may be in a later test.
    """
    opened: dict[sqlite3.Connection, str] = {}
    connect = sqlite3.connect

    def note(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(database, *args, **kwargs)
        opened[connection] = str(database)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", note)
        servers = _noted_of_postgres(patch)
        yield
    left = [connection for connection in opened if _is_open(connection)]
    for connection in left:
        connection.close()
    listening = [connection for connection in servers if not connection.closed]
    for connection in listening:
        connection.pgconn.finish()
    assert not left, f"left open: {[opened[connection] for connection in left]}"
    assert not listening, f"left open: {listening}"


def _noted_of_postgres(patch: pytest.MonkeyPatch) -> list[Any]:
    """The asynchronous connections to PostgreSQL that are made from now on; none where psycopg was not imported yet."""
    made: list[Any] = []
    if (psycopg := sys.modules.get("psycopg")) is not None:
        begin = psycopg.AsyncConnection.__init__

        def note(connection: Any, *args: Any, **kwargs: Any) -> None:
            begin(connection, *args, **kwargs)
            made.append(connection)

        patch.setattr(psycopg.AsyncConnection, "__init__", note)
    return made


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False
