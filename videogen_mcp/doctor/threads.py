"""Work that may never end: a dead network drive, a name server that does not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises.

    Its thread is a daemon, unlike those of asyncio and anyio: who is cancelled does not wait for it, nor does the exit
    of the process.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def deliver(settle: Callable[[Any], None], outcome: object) -> None:
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(lambda: None if done.done() else settle(outcome))

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - raised where the result is waited for
            deliver(done.set_exception, error)
        else:
            deliver(done.set_result, result)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await done
