"""Stands between a host and the server's stdio, and writes down what passes.

    python tap.py RECORD COMMAND [ARGUMENT …]

RECORD gets a line for each message: seconds, the process (some hosts start one for each call), "client" or "server",
and the message. The end of the input is passed on,
and the server's exit code is this process's. It is a script of its own because hosts start it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any


def main(record: Path, command: list[str]) -> int:
    """Pass everything on until the server ends; return its exit code."""
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    with record.open("a", encoding="utf-8", buffering=1) as lines:
        arguments = (sys.stdin.buffer, server.stdin, "client", lines)
        threading.Thread(target=_pass_on, args=arguments, daemon=True).start()
        with os.fdopen(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as out:
            _pass_on(server.stdout, out, "server", lines)
        return server.wait()


def _pass_on(source: IO[bytes], target: IO[bytes], who: str, lines: IO[str]) -> None:
    try:
        for line in iter(source.readline, b""):
            target.write(line)
            target.flush()
            lines.write(f"{json.dumps([time.time(), os.getpid(), who, _message(line)])}\n")
    except BrokenPipeError:
        pass  # Whoever listened has left: the other direction ends, too.
    finally:
        if who == "client":
            target.close()


def _message(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
