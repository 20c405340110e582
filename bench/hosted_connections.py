"""What happens when more clients come than a process has files for?

4,000 clients call a tool that waits, against a server that may open 1,024 files (`ulimit -n 1024`). Prints how many are
served, refused with 503 or left without an answer, whether /health answers meanwhile, the lines in the server's log and
its CPU time; beside it the same for uvicorn alone, with the same backlog, as this server was before it had a limit.

    python -m bench.hosted_connections [--clients 4000] [--files 1024]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

import anyio
import httpx
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bench.figures import Figure, tell
from bench.hosting import ENDLESS, Callers, Server, cpu_seconds, server, service
from videogen_mcp import listening
from videogen_mcp.protocol.process import raise_file_limit

PER_SECOND = 500
"""Clients that come."""

PATIENCE = 10.0
"""Seconds that a client waits for the first byte of an answer."""

PROBES, PROBE_SECONDS = 10, 2.0
"""Requests for /health while all clients are there, half a second apart, and how long each may take."""

MOST_LINES = 10
"""In the log."""


async def crowd(running: Server, clients: int) -> str:
    """Have so many clients come and stay, and return what became of them."""
    callers = Callers(running.port)
    answers: Counter[str] = Counter()
    params = {"name": "generate_image", "arguments": {"prompt": "a pear"}, "_meta": {"progressToken": 1}}
    asked = callers.request("tools/call", params, {})

    async def come() -> None:
        answer = "connection lost"
        async with AsyncExitStack() as held:
            with anyio.move_on_after(PATIENCE) as patience:
                with suppress(anyio.BrokenResourceError, anyio.EndOfStream, OSError):
                    stream = await held.enter_async_context(await anyio.connect_tcp("127.0.0.1", running.port))
                    await stream.send(asked)
                    answer = (await stream.receive())[9:12].decode()
            answers["no answer" if patience.cancelled_caught else answer] += 1
            if answer == "200":
                await anyio.sleep_forever()

    healthy, slowest = 0, 0.0
    used = cpu_seconds([running.process.pid])
    async with anyio.create_task_group() as tasks:
        for _ in range(clients):
            tasks.start_soon(come)
            await anyio.sleep(1 / PER_SECOND)
        while sum(answers.values()) < clients:  # noqa: ASYNC110 - a plain counter
            await anyio.sleep(0.1)
        for _ in range(PROBES):
            began = time.perf_counter()
            with suppress(httpx.HTTPError):
                async with httpx.AsyncClient(timeout=PROBE_SECONDS) as web:
                    answer = await web.get(f"http://127.0.0.1:{running.port}/health")
                healthy += answer.status_code == 200
            slowest = max(slowest, time.perf_counter() - began)
            await anyio.sleep(0.5)
        tasks.cancel_scope.cancel()
    used = cpu_seconds([running.process.pid]) - used
    told = ", ".join(f"{count} {answer}" for answer, count in sorted(answers.items()))
    return f"{told}; /health {healthy} of {PROBES}, slowest {slowest * 1000:.0f} ms; {used:.1f} s of CPU"


def alone() -> None:
    """Serve by uvicorn alone: calls wait, /health answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/health":
            await PlainTextResponse("ok")(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"waiting", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    listener = listening.listener("127.0.0.1", 0)
    listening.say_where("127.0.0.1", listener.getsockname()[1], "/mcp")
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def main() -> int:
    if sys.argv[1:] == ["alone"]:
        alone()
        return 0
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--clients", type=int, default=4_000)
    asked.add_argument("--files", type=int, default=1_024)
    options = asked.parse_args()
    raise_file_limit()
    prefix = ["sh", "-c", f'ulimit -n {options.files}; exec "$@"', "sh"]

    def measure(name: str, command: Sequence[str]) -> tuple[str, int]:
        with service(ENDLESS) as base_url, server(base_url, command=command, prefix=prefix) as running:
            found = anyio.run(crowd, running, options.clients)
            lines = len(running.log.read_text(errors="replace").splitlines()) - 1  # The first says where it listens.
            print(f"{name}: {found}; {lines} lines in the log", flush=True)
            return found, lines

    print(f"{options.clients} clients, `ulimit -n {options.files}`")
    found, ours = measure(
        "this server", [sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http", "--port", "0"]
    )
    beside, _ = measure("uvicorn alone", [sys.executable, "-m", "bench.hosted_connections", "alone"])
    tell(
        Figure(
            f"{options.clients:,} clients, `ulimit -n {options.files}`",
            f"{found}; {ours} lines in the log",
            f"uvicorn alone: {beside}",
            target=f"at most {MOST_LINES} lines",
            met=ours <= MOST_LINES,
        )
    )
    print(f"target at most {MOST_LINES} lines: {'met' if ours <= MOST_LINES else 'missed'}")
    return 0 if ours <= MOST_LINES else 1


if __name__ == "__main__":
    raise SystemExit(main())
