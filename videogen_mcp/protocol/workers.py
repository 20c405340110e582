"""Several processes behind one port (`serve --workers N`): this one answers nothing, it keeps the others running.

    supervisor  binds the port, starts workers, replaces those that end or hang, ends them all
      ├─ worker 1   `videogen-mcp serve` with a listening socket of its own, or a share of one
      └─ worker N

On Linux every worker has a listening socket of its own at the same port (SO_REUSEPORT), between which the kernel deals
out connections evenly: calls wait for minutes, and one shared socket gives most of them to few workers. The supervisor
holds these sockets too, so that what came for a worker that dies is answered by the next. Elsewhere all share one.

A socket pair joins each worker to the supervisor. The worker writes a byte, its beat, every BEAT_EVERY seconds from its
event loop. When the supervisor closes its end, or has gone, the worker ends as on SIGTERM. Signals are not passed on:
a service manager signals all processes at once, and a second signal means that nobody wants to wait.
"""

from __future__ import annotations

import contextlib
import logging
import math
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType

from videogen_mcp import listening

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0
"""Seconds between the beats of a worker that works."""

STUCK = 12.0
"""Seconds without a beat after which a worker is killed: nobody who is connected to it is answered. Waiting for a busy
file holds up its event loop for 10 s at the longest (`executions.timing.JOURNAL_BUSY_LONGEST`)."""

LONGEST_START = 60.0
"""Seconds for the first beat. A start takes one or two, and longer on a machine with other work to do."""

STARTS = 2
"""How many times in a row a worker may fail to start before the supervisor gives up."""

STEADY = 30.0
"""Seconds after which the end of a worker is an event by itself; before, it is one of a row."""

PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Seconds before a worker is started again, by how many in a row ended young. Connections that come for it wait."""

EXIT_WITHIN = 9.5
"""Seconds for workers to end. They end themselves after 9 (`shutdown.HARD_EXIT`); service managers kill after 10."""

TICK = 0.25
"""Seconds between two looks at the workers."""

PAUSED = 2.0
"""Seconds between two looks after which this process must have stood still, and the workers perhaps with it."""

WRONG_USE = 2
"""With this exit code a worker says that it can never start: `cli.WRONG_USE`."""

Spawn = Callable[[socket.socket, socket.socket], "subprocess.Popen[bytes]"]
"""Starts a worker with its listening socket and its end of the socket pair."""


@dataclass
class Worker:
    """One of the workers; another process has its place when it ends. Times are monotonic seconds."""

    number: int
    listener: socket.socket
    process: subprocess.Popen[bytes] | None = None
    link: socket.socket | None = None
    """Our end of the socket pair."""
    start_at: float = math.inf
    """When to start it, while there is no process."""
    heard: float = 0.0
    """Of its last beat; when it was started, before the first."""
    began: float | None = None
    """When it answered first."""
    failed: int = 0
    """Starts in a row that failed."""
    ended_young: int = 0
    """Ends in a row before it was STEADY."""

    def is_stuck(self, now: float) -> bool:
        """Return whether its event loop stands still, or it does not get started."""
        return now - self.heard > (LONGEST_START if self.began is None else STUCK)


def pause_before_start(ended_young: int) -> float:
    """Return how many seconds a worker is not started for that ended young so many times in a row. Pure."""
    return PAUSES[min(ended_young, len(PAUSES) - 1)]


def listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """Return a listening socket for each worker, at the same port (0: any free one).

    Raise CannotListen when it is not to be had. That nobody else listens there is found out first: two servers of one
    user that both share their port would get each other's connections.
    """
    first = listening.listener(host, port)
    if sys.platform != "linux":
        return [first] * count
    port = first.getsockname()[1]
    first.close()
    with contextlib.ExitStack() as opened:
        made = [opened.enter_context(listening.listener(host, port, shared=True)) for _ in range(count)]
        opened.pop_all()
    return made


def spawn_with(command: Sequence[str]) -> Spawn:
    """Return what starts workers by `command`, which is given the numbers of the two sockets as one more argument.

    A worker is in a session of its own: Ctrl-C in a terminal is for the supervisor.
    """

    def spawn(listener: socket.socket, link: socket.socket) -> subprocess.Popen[bytes]:
        sockets = (listener.fileno(), link.fileno())
        return subprocess.Popen(
            [*command, ",".join(map(str, sockets))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=sockets,
            start_new_session=True,
        )

    return spawn


@dataclass
class Supervisor:
    """Runs a worker for each of the listening sockets. `ready` is called once, when all answer."""

    spawn: Spawn
    sockets: Sequence[socket.socket]
    ready: Callable[[], None]
    now: Callable[[], float] = time.monotonic
    workers: list[Worker] = field(init=False)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _signals: int = 0
    _announced: bool = False
    _exit_by: float = math.inf
    """When workers are killed that have not ended; infinite while they are to run."""
    _exit_code: int = 0

    def run(self) -> int:
        """Run until a signal, or until a worker cannot be started; return the exit code. In the main thread only."""
        self.workers = [Worker(number, listener) for number, listener in enumerate(self.sockets, start=1)]
        self.workers[0].start_at = self.now()  # The others when this one works: a reason not to start is told once.
        looked = self.now()
        with self._hearing_signals():
            while not self._is_over:
                self._hear()
                looked, before = self.now(), looked
                if looked - before > PAUSED:
                    for worker in self.workers:
                        worker.heard = max(worker.heard, looked)
                for worker in self.workers:
                    self._look_after(worker, looked)
                if self._signals:
                    self.stop()
                if self._signals > 1 or looked >= self._exit_by:
                    self._kill()
        return self._exit_code

    def stop(self, exit_code: int = 0) -> None:
        """End all workers in order: they answer the calls that wait, and no new connection comes."""
        if self._is_stopping:
            return
        self._exit_by, self._exit_code = self.now() + EXIT_WITHIN, exit_code
        for worker in self.workers:
            worker.listener.close()
            if worker.link is not None:
                with contextlib.suppress(OSError):  # It has ended just now.
                    worker.link.shutdown(socket.SHUT_WR)

    @property
    def _is_stopping(self) -> bool:
        return self._exit_by < math.inf

    @property
    def _is_over(self) -> bool:
        return self._is_stopping and all(worker.process is None for worker in self.workers)

    def _look_after(self, worker: Worker, now: float) -> None:
        if worker.process is None:
            if worker.start_at <= now and not self._is_stopping:
                self._start(worker)
        elif (code := worker.process.poll()) is not None:
            self._ended(worker, code, now)
        elif worker.is_stuck(now) and not self._is_stopping:
            log.warning("worker %d (%d) does not answer and is killed", worker.number, worker.process.pid)
            worker.process.kill()
            worker.heard = now

    def _start(self, worker: Worker) -> None:
        now = self.now()
        worker.heard, worker.began = now, None
        worker.link, theirs = socket.socketpair()
        worker.link.setblocking(False)
        self._selector.register(worker.link, selectors.EVENT_READ, worker)
        with theirs:
            try:
                worker.process = self.spawn(worker.listener, theirs)
            except OSError as refused:
                self._gone(worker, f"cannot be started ({refused.strerror})", now)

    def _hear(self) -> None:
        """Wait TICK seconds for beats, the end of a worker or a signal, and take in what there is."""
        for key, _ in self._selector.select(TICK):
            sender = key.fileobj
            assert isinstance(sender, socket.socket)
            try:
                came = sender.recv(4096)
            except BlockingIOError:
                continue
            except ConnectionError:
                came = b""
            if not came:  # Its process has ended, or is about to.
                self._selector.unregister(sender)
            elif key.data is not None:
                self._beat(key.data)

    def _beat(self, worker: Worker) -> None:
        now = self.now()
        worker.heard = now
        if worker.began is not None:
            return
        worker.began, worker.failed = now, 0
        for other in self.workers:
            if other.process is None and other.start_at == math.inf:
                other.start_at = now
        if not self._announced and all(one.began is not None for one in self.workers):
            self._announced = True
            self.ready()

    def _ended(self, worker: Worker, code: int, now: float) -> None:
        worker.process = None
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        self._gone(worker, how, now, for_good=code == WRONG_USE)
        if self._is_stopping:
            self._exit_code = self._exit_code or int(code != 0)

    def _gone(self, worker: Worker, how: str, now: float, *, for_good: bool = False) -> None:
        """Start another in its place after a while, or give up."""
        assert worker.link is not None
        with contextlib.suppress(KeyError):  # Its end was heard.
            self._selector.unregister(worker.link)
        worker.link.close()
        worker.link = None
        if self._is_stopping:
            return
        if worker.began is None:
            worker.failed += 1
            if for_good or worker.failed >= STARTS:
                log.error("worker %d %s before it answered: this server ends", worker.number, how)
                self.stop(exit_code=1)
                return
        steady = worker.began is not None and now - worker.began >= STEADY
        worker.ended_young = 0 if steady else worker.ended_young + 1
        worker.start_at = now + pause_before_start(worker.ended_young)
        log.warning("worker %d %s; another is started", worker.number, how)

    def _kill(self) -> None:
        for worker in self.workers:
            if worker.process is not None:
                worker.process.kill()

    @contextlib.contextmanager
    def _hearing_signals(self) -> Iterator[None]:
        """Count the signals that ask this process to end, and wake it by each."""

        def asked(number: int, frame: FrameType | None) -> None:
            self._signals += 1

        heard, wake = socket.socketpair()
        with heard, wake, self._selector:
            for end in (heard, wake):
                end.setblocking(False)
            self._selector.register(heard, selectors.EVENT_READ)
            before = {number: signal.signal(number, asked) for number in listening.ENDING_SIGNALS}
            woken = signal.set_wakeup_fd(wake.fileno())
            try:
                yield
            finally:
                signal.set_wakeup_fd(woken)
                for number, handler in before.items():
                    signal.signal(number, handler)
