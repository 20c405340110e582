"""Processes of the server: started as hosts do, or forked from one process that has imported it already.

Importing is nearly all that a start costs, 0.6 s of a core, and tests start more than a hundred. Pipes, signals and
ends are the same for both. `.ci/run` starts all as hosts do.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Protocol

from tests.e2e import forked
from tests.generated import is_full

FORKS = sys.platform == "linux" and not is_full()


class Process(Protocol):
    """What tests use of `subprocess.Popen`."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int, /) -> None: ...

    def kill(self) -> None: ...


def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdin: int = PIPE,
    stdout: int = PIPE,
    stderr: int | IO[bytes] = PIPE,
    fork: bool = FORKS,
) -> Process:
    """Start `videogen-mcp` with these arguments; its ends as `subprocess.Popen` takes them.

    It is not forked with variables that Python itself reads, at its start.
    """
    if fork and _of_python(environment) == _of_python(os.environ):
        return Forked(arguments, environment, stdin, stdout, stderr)
    command = [sys.executable, "-m", "videogen_mcp", *arguments]
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment)


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


class Forked:
    """A server process that was forked with its imports done."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        stdin: int,
        stdout: int,
        stderr: int | IO[bytes],
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*forked.IMPORTED])
        with ExitStack() as theirs:
            self.stdin, reads = _ends(stdin, theirs, they_read=True)
            self.stdout, writes = _ends(stdout, theirs)
            self.stderr, logs = _ends(stderr, theirs)
            ends = forked.Ends(reads, writes, logs)
            self._process = context.Process(
                target=forked.serve, args=([*arguments], dict(environment), Path.cwd(), ends), daemon=True
            )
            self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("videogen-mcp", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def _ends(asked: int | IO[bytes], theirs: ExitStack, *, they_read: bool = False) -> tuple[IO[bytes] | None, int]:
    """Return our end, if there is one, and theirs; it is closed with `theirs` where it was opened here."""
    if not isinstance(asked, int):
        return None, asked.fileno()
    if asked == PIPE:
        reads, writes = os.pipe()
        ours, end = (writes, reads) if they_read else (reads, writes)
        theirs.callback(os.close, end)
        return os.fdopen(ours, "wb" if they_read else "rb"), end
    if asked == DEVNULL:
        end = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, end)
        return None, end
    return None, asked
