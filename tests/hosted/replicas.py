"""Replicas of the hosted server as processes of their own, which can be stopped, killed and started again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx
from anyio.abc import Process

from tests.e2e.listening import LEAVES_IN
from tests.e2e.wire import SOON

SECRET = "1e" * 32
"""Seals the task ids of all replicas."""

LISTENS = re.compile(r"listens on (http://\S+)/mcp")

ASKED_EVERY = 0.05
"""Seconds between two questions whether a replica is ready."""


@dataclass
class Replica:
    """One server process. `url` is where it answers, without a path, once it is ready."""

    process: Process
    log: Path
    url: str = ""
    serves: bool = False
    """Whether it was ready once, and has not been told to end."""

    async def is_ready(self) -> bool:
        """Whether /ready says so."""
        try:
            async with httpx.AsyncClient(timeout=SOON) as web:
                return (await web.get(f"{self.url}/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def ready(self) -> None:
        """Wait until it is ready. Raises TimeoutError."""
        with anyio.fail_after(SOON):
            while not (said := LISTENS.search(self.log.read_text())):
                assert self.process.returncode is None, self.log.read_text()
                await anyio.sleep(ASKED_EVERY)
            self.url = said[1]
            while not await self.is_ready():
                assert self.process.returncode is None, self.log.read_text()
                await anyio.sleep(ASKED_EVERY)
        self.serves = True

    async def kill(self) -> None:
        """SIGKILL: no last words."""
        self.serves = False
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, as supervisors do; the exit code."""
        self.serves = False
        self.process.terminate()
        with anyio.fail_after(LEAVES_IN):
            return await self.process.wait()


@dataclass
class Fleet:
    """Starts replicas that share everything but their memory and their state directory."""

    home: Path
    settings: Mapping[str, str]
    replicas: list[Replica] = field(default_factory=list)

    async def start(self) -> Replica:
        """Start one more, and return it when it is ready."""
        number = len(self.replicas)
        log = self.home / f"replica-{number}.log"
        command = [sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http", "--port", "0"]
        with log.open("wb") as errors:
            process = await anyio.open_process(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**outside(), "VIDEOGEN_MCP_STATE_DIR": str(self.home / f"state-{number}"), **self.settings},
            )
        replica = Replica(process, log)
        self.replicas.append(replica)
        await replica.ready()
        return replica

    @property
    def logs(self) -> str:
        """What all of them wrote on stderr so far."""
        return "\n".join(replica.log.read_text() for replica in self.replicas)


@asynccontextmanager
async def fleet(home: Path, database: str, service: str, **settings: str) -> AsyncIterator[Fleet]:
    """Yield what starts replicas with this database in front of this service; none is left afterwards."""
    shared = {
        "VIDEOGEN_MCP_DATABASE": database,
        "VIDEOGEN_MCP_SECRETS": SECRET,
        "VIDEOGEN_BASE_URL": service,
        **settings,
    }
    started = Fleet(home, shared)
    try:
        yield started
    finally:
        for replica in started.replicas:
            if replica.process.returncode is None:
                await replica.kill()


def outside() -> dict[str, str]:
    """The environment without settings of VideoGen."""
    return {name: value for name, value in os.environ.items() if not name.startswith("VIDEOGEN_")}
