"""The supervisor of several workers, with real processes that do little: which are started, replaced and ended."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from videogen_mcp import cli, commands, listening
from videogen_mcp.protocol import workers
from videogen_mcp.protocol.shutdown import HARD_EXIT
from videogen_mcp.protocol.workers import STARTS, Supervisor, pause_before_start

if sys.platform == "win32":
    pytest.skip("processes cannot share a port on Windows", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("quick")

WORKING = "link.send(b'.'); link.recv(1)"
"""A worker that answers, and ends when it is told to."""

HANGING = "link.send(b'.'); signal.pause()"
DEAF = "link.send(b'.'); signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
BROKEN = "sys.exit(3)"
MISUSED = "sys.exit(2)"
ENDING = "link.send(b'.'); sys.exit(0)"

GREETING = "link.send(b'.'); listener.setblocking(True); listener.accept()[0].send(b'hello'); link.recv(1)"
"""A worker that takes one connection."""

HEAD = (
    "import signal, socket, sys;"
    "listener, link = (socket.socket(fileno=int(number)) for number in sys.argv[1].split(','));"
)


SOON = 10.0
"""Seconds within which anything here must have happened, on a machine with other work to do."""

HOSTED_SANDBOX = {"VIDEOGEN_MCP_SANDBOX": "on", "VIDEOGEN_MCP_HTTP_TOKEN": "x" * 64}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses, so that nothing here takes long."""
    monkeypatch.setattr(workers, "TICK", 0.01)
    monkeypatch.setattr(workers, "pause_before_start", lambda ended_young: 0.0)


@dataclass
class Run:
    """A supervisor whose workers run these programs in turn, the last one again and again."""

    programs: tuple[str, ...]
    count: int = 2
    on_start: Callable[[Run], None] = lambda run: None
    on_ready: Callable[[Run], None] = lambda run: ask()
    now: Callable[[], float] = time.monotonic
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ready: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def __call__(self) -> int:
        """Return its exit code; afterwards no worker is left."""
        self.sockets = workers.listeners("127.0.0.1", 0, self.count)
        code = Supervisor(self._spawn, self.sockets, self._ready, self.now).run()
        assert all(process.returncode is not None for process in self.started)
        return code

    def _spawn(self, listener: socket.socket, link: socket.socket) -> subprocess.Popen[bytes]:
        program = self.programs[min(len(self.started), len(self.programs) - 1)]
        spawn = workers.spawn_with([sys.executable, "-S", "-E", "-c", HEAD + program])
        self.started.append(spawn(listener, link))
        self.on_start(self)
        return self.started[-1]

    def _ready(self) -> None:
        self.ready += 1
        self.on_ready(self)


def ask(number: signal.Signals = signal.SIGTERM) -> None:
    """Signal the supervisor, which is this process."""
    os.kill(os.getpid(), number)


def from_start(count: int, act: Callable[[Run], None]) -> Callable[[Run], None]:
    """Do something when so many workers were started."""
    return lambda run: act(run) if len(run.started) == count else None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_workers_in_order(number: signal.Signals) -> None:
    run = Run((WORKING,), count=3, on_ready=lambda run: ask(number))
    assert run() == 0
    assert [process.returncode for process in run.started] == [0, 0, 0]
    assert run.ready == 1


def test_a_worker_that_dies_is_replaced_and_the_server_goes_on() -> None:
    run = Run((WORKING,), on_ready=lambda run: run.started[0].kill(), on_start=from_start(3, lambda run: ask()))
    assert run() == 0
    assert [process.returncode for process in run.started] == [-signal.SIGKILL, 0, 0]
    assert run.ready == 1


def test_a_connection_that_came_for_a_worker_that_dies_is_answered_by_the_next() -> None:
    clients: list[socket.socket] = []

    def call_and_kill(run: Run) -> None:
        clients.append(socket.create_connection(run.sockets[0].getsockname(), timeout=SOON))
        run.started[0].kill()

    run = Run((HANGING, GREETING), count=1, on_ready=call_and_kill)
    run.on_start = from_start(2, lambda run: threading.Thread(target=hear).start())
    heard: list[bytes] = []

    def hear() -> None:
        heard.append(clients[0].recv(5))
        clients[0].close()
        ask()

    assert run() == 0
    assert heard == [b"hello"]


def test_a_worker_that_hangs_is_killed_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "STUCK", 0.2)
    run = Run((HANGING, WORKING), count=1, on_ready=lambda run: None, on_start=from_start(2, lambda run: ask()))
    assert run() == 0
    assert [process.returncode for process in run.started] == [-signal.SIGKILL, 0]


def test_workers_outlive_a_supervisor_that_stood_still() -> None:
    ticks = itertools.count()

    def now() -> float:
        if not run.ready:
            return time.monotonic()
        if next(ticks) == 20:
            ask()
        return time.monotonic() + 3_600.0

    run = Run((WORKING,), on_ready=lambda run: None, now=now)
    assert run() == 0
    assert [process.returncode for process in run.started] == [0, 0]


@pytest.mark.parametrize(("program", "starts"), [(BROKEN, STARTS), (MISUSED, 1)])
def test_it_gives_up_when_no_worker_can_be_started(program: str, starts: int, caplog: pytest.LogCaptureFixture) -> None:
    run = Run((program,))
    assert run() == 1
    assert (len(run.started), run.ready) == (starts, 0)  # The other one was not even tried.
    assert caplog.records[-1].getMessage().endswith("before it answered: this server ends")


def test_it_ends_the_others_when_one_cannot_be_started() -> None:
    run = Run((WORKING, BROKEN))
    assert run() == 1
    assert [process.returncode for process in run.started] == [0, 3, 3]


def test_a_worker_that_cannot_be_spawned_counts_as_one_that_does_not_start() -> None:
    def spawn(listener: socket.socket, link: socket.socket) -> subprocess.Popen[bytes]:
        raise OSError(12, "Cannot allocate memory")

    assert Supervisor(spawn, workers.listeners("127.0.0.1", 0, 2), lambda: None).run() == 1


def test_a_worker_that_ends_by_itself_is_replaced_too() -> None:
    ends = (ENDING, ENDING, WORKING)
    run = Run(ends, count=1, on_ready=lambda run: None, on_start=from_start(3, lambda run: ask()))
    assert run() == 0
    assert len(run.started) == 3


def test_a_second_signal_kills_what_has_not_ended() -> None:
    def twice(run: Run) -> None:
        ask()
        ask(signal.SIGINT)

    run = Run((HANGING,), on_ready=twice)
    assert run() == 1
    assert {process.returncode for process in run.started} == {-signal.SIGKILL}


def test_workers_that_do_not_end_in_time_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "EXIT_WITHIN", 0.1)
    run = Run((DEAF, WORKING))
    assert run() == 1
    assert [process.returncode for process in run.started] == [-signal.SIGKILL, 0]


def test_workers_have_a_session_of_their_own() -> None:
    """Ctrl-C in a terminal signals the foreground's process group, and a worker may not hear of it twice."""
    sessions: list[int] = []

    def note(run: Run) -> None:
        sessions.extend(os.getsid(process.pid) for process in run.started)
        ask()

    run = Run((WORKING,), on_ready=note)
    assert run() == 0
    assert sessions == [process.pid for process in run.started]


@pytest.mark.parametrize(("ended_young", "seconds"), [(0, 0.0), (1, 0.5), (2, 1.0), (3, 2.0), (9, 5.0)])
def test_pauses_grow_while_workers_end_young(ended_young: int, seconds: float) -> None:
    assert pause_before_start(ended_young) == seconds


def test_the_supervisor_is_small() -> None:
    used = "cli, logs; from videogen_mcp.commands import serve; from videogen_mcp.protocol import hosting, workers"
    code = f"import sys; from videogen_mcp import {used}"
    command = [sys.executable, "-c", f"{code}; print(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {"mcp", "pydantic", "httpx", "anyio", "starlette", "uvicorn"}.isdisjoint(loaded)


def test_numbers_that_belong_together() -> None:
    assert HARD_EXIT < workers.EXIT_WITHIN < 10  # service managers kill after 10 s
    assert workers.WRONG_USE == commands.WRONG_USE


@contextlib.contextmanager
def listening_at(port: int, count: int) -> Iterator[list[socket.socket]]:
    sockets = workers.listeners("127.0.0.1", port, count)
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def test_each_worker_has_a_socket_of_its_own_at_one_port() -> None:
    with listening_at(0, 3) as sockets:
        assert len({one.getsockname() for one in sockets}) == 1
        if sys.platform == "linux":
            assert len({one.fileno() for one in sockets}) == 3


def test_a_port_that_others_share_is_taken() -> None:
    with listening_at(0, 2) as sockets, pytest.raises(listening.CannotListen, match="cannot be had"):
        workers.listeners("127.0.0.1", sockets[0].getsockname()[1], 2)


@pytest.mark.parametrize(
    ("arguments", "settings", "why"),
    [
        ([], {}, "--workers are for --transport http"),
        (["--transport", "http", "--host", "nowhere.invalid"], {}, "no address of this machine"),
        (["--transport", "http"], HOSTED_SANDBOX, "a server for many has no sandbox"),
    ],
)
def test_what_cannot_be_served_by_workers_is_one_sentence(
    arguments: list[str], settings: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["serve", "--workers", "2", *arguments], settings) > 0
    err = capsys.readouterr().err
    assert why in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("number", ["0", "-1", "two", "65"])
def test_a_number_of_workers_that_is_none_ends_with_exit_code_2(number: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["serve", "--transport", "http", "--workers", number], {})
    assert left.value.code == 2
