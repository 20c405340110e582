"""The HTTP server in a process of its own, as people start it."""

from __future__ import annotations

import queue
import re
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO

from tests.e2e.processes import FORKS, Process, start
from tests.e2e.wire import SOON, environment
from videogen_mcp.protocol.shutdown import HARD_EXIT

LEAVES_IN = HARD_EXIT + 5.0
"""Seconds from SIGTERM to the end of the process, on a machine with other work to do."""


@dataclass
class Listening:
    """A running server. `url` is where it answers, without a path."""

    process: Process
    url: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def log(self) -> str:
        """What it wrote on stderr so far."""
        return "".join(self.lines)

    def stop(self) -> int:
        """SIGTERM, as supervisors do; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LEAVES_IN)


@contextmanager
def listening(
    state_dir: Path,
    *,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
    fork: bool = FORKS,
) -> Iterator[Listening]:
    """A server on loopback; afterwards it gets SIGTERM and must do so cleanly and in time.

    `command`: another one. `fork`: it is forked, see `processes`; False where the start is what is tested.
    """
    process: Process
    chosen = environment(state_dir, **(settings or {}))
    if command:
        process = Popen(command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env=chosen)
    else:
        serve = ("serve", "--transport", "http", "--port", str(port))
        process = start(serve, chosen, stdin=DEVNULL, stdout=DEVNULL, fork=fork)
    assert process.stderr is not None
    server = Listening(process)
    said: queue.Queue[str] = queue.Queue()
    reading = threading.Thread(target=_read, args=(process.stderr, server.lines, said), daemon=True)
    reading.start()
    try:
        server.url = _address(said)
        yield server
        if process.poll() is None:
            assert server.stop() == 0, server.log
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reading.join()
        process.stderr.close()
    assert "Traceback" not in server.log, server.log


def _read(stderr: IO[bytes], lines: list[str], said: queue.Queue[str]) -> None:
    for line in map(bytes.decode, stderr):
        lines.append(line)
        said.put(line)
    said.put("")


def _address(said: queue.Queue[str]) -> str:
    while line := said.get(timeout=SOON):
        if found := re.search(r"listens on (http://\S+)/mcp", line):
            return found[1]
    raise AssertionError("the server ended without listening")
