"""Whether a key was pressed, on terminals of any platform and without waiting."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

Pressed = Callable[[], bool]
"""Whether a key was pressed since the last time it was asked; the key is used up."""


@contextmanager
def keys(stdin: IO[str] | None, stdout: IO[str]) -> Iterator[Pressed | None]:
    """Yield what tells whether a key was pressed; None where nobody can press one: without a terminal, or behind the
    shell's prompt, where a process that touches the terminal is stopped."""
    if stdin is None or not (stdin.isatty() and stdout.isatty()):
        yield None
    elif sys.platform == "win32":
        yield _windows
    elif _is_in_background(stdin.fileno()):
        yield None
    else:
        with _posix(stdin.fileno()) as pressed:
            yield pressed


if sys.platform == "win32":
    import msvcrt

    def _windows() -> bool:
        if not msvcrt.kbhit():
            return False
        msvcrt.getwch()
        return True

else:
    import select
    import termios
    import tty

    def _is_in_background(terminal: int) -> bool:
        try:
            return os.tcgetpgrp(terminal) != os.getpgrp()
        except OSError:  # It is not the terminal of this session, so nobody stops us for using it.
            return False

    @contextmanager
    def _posix(terminal: int) -> Iterator[Pressed]:
        """In the mode in which keys come one by one; those of before are forgotten."""
        before = termios.tcgetattr(terminal)
        tty.setcbreak(terminal)

        def pressed() -> bool:
            ready, _, _ = select.select([terminal], [], [], 0)
            if ready:
                os.read(terminal, LONGEST_KEY)
            return bool(ready)

        try:
            yield pressed
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


LONGEST_KEY = 64
"""Bytes: keys that are not letters send several (an arrow three), and all belong to one press."""
