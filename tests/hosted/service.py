"""VideoGen's API of today for any number of keys, in memory or over HTTP: each has an account of its own.

    python -m tests.hosted.service PORT [SECONDS]

Keys begin with "sk_"; others are refused. Executions take SECONDS (0, if not said). What an account does not have is
404 for it, also where another one has it; ids are of one series for all. GET /counts tells without a key what was asked
with which.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.faults.service import Service as Executions
from tests.loopback import SIGNATURE, Loopback, Stored
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.listening import listener

IN_MEMORY = "https://api.example"

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(56)
"""What every execution makes, followed by the id of its file."""


@dataclass
class Account(Executions):
    """What one key has. `submits` counts the prompts of executions that it started, `started` has the last id of each;
    `requests` counts what was asked about executions ("start", "execution", "list", …), `asked` all requests."""

    name: str = ""
    files: Loopback = field(default_factory=Loopback)
    submits: Counter[str] = field(default_factory=Counter)
    started: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    webhooks: dict[str, str] = field(default_factory=dict)
    """The signing secrets of its endpoints, by their addresses."""

    @property
    def others_than_lists(self) -> int:
        """How many requests were not for the list of executions."""
        return self.asked - self.requests.get("list", 0)

    def _answer(self, request: httpx.Request, fault: str) -> tuple[int, Any, dict[str, str]]:
        self.asked += 1
        path = request.url.path
        last = path.rsplit("/", 1)[-1]
        if path == "/v1/me":
            return 200, {"apiKeyId": self.name, "teamId": self.name, "email": f"{self.name}@test"}, {}
        if path == "/v1/resources/tts-voices":
            return 200, {"ttsVoices": [{**VOICE, "voiceId": f"vg_voic_{self.name}", "displayName": self.name}]}, {}
        if path == "/v1/entities":
            return 200, {"entities": [{"entityId": f"vg_enti_{self.name}", "name": self.name, "references": []}]}, {}
        if self._foreign(request.content):
            return 404, {"message": "File not found.", "code": "not_found"}, {}
        if (request.method, path) == ("GET", "/v1/files"):
            _, listed = self.files.answer("GET", path, last, {})
            return self.videos.page(request, "files", listed["files"][::-1])
        if path.startswith("/v1/files"):
            return (*self.files.answer(request.method, path, last, json.loads(request.content or b"{}")), {})
        if path == "/v1/webhooks/endpoints" and request.method == "POST":
            wanted = json.loads(request.content)
            secret = "whsec_" + base64.b64encode(f"{self.name} {wanted['url']}".encode()).decode()
            self.webhooks[wanted["url"]] = secret
            return 201, {**wanted, "endpointId": f"ep_{len(self.webhooks)}", "signingSecret": secret}, {}
        status, body, headers = super()._answer(request, fault)
        if request.method == "POST" and status == 202 and last != "cancel":
            prompt = str(json.loads(request.content or b"{}").get("prompt"))
            self.submits[prompt] += 1
            self.started[prompt] = str(body.get("toolExecutionId"))
        return status, body, headers

    def _foreign(self, body: bytes) -> bool:
        """Return whether a request names a file of somebody else."""
        return any(name not in self.files.files for name in re.findall(r"vg_file_\w+", body.decode()))

    def _file(self, file_id: str, kind: str = "IMAGE") -> dict[str, Any]:
        if file_id not in self.files.files:
            self._keep(Stored(file_id, f"a pear of {self.name}", kind), PICTURE + file_id.encode())
        return self.files.json(self.files.files[file_id], signed=True)

    def _keep(self, stored: Stored, content: bytes) -> None:
        stored.size, stored.state = len(content), "ready"
        stored.content = lambda start, length: content[start : start + length]
        self.files.files[stored.file_id] = stored

    def transfer(self, request: Request, content: bytes) -> Response | None:
        """Answer a PUT to an upload's URL or a GET of a file's bytes; None where the file is not of this account."""
        stored = self.files.files.get(request.url.path.rsplit("/", 1)[-1])
        if stored is None:
            return None
        if request.method == "PUT":
            self._keep(stored, content)
            return Response()
        return Response(stored.content(0, stored.size) if stored.content is not None else b"", media_type="image/png")


VOICE = {"languageCode": "en-US", "supportsDirectToolExecution": True}


@dataclass
class Service:
    """All accounts. Executions take `seconds` of `clock`; `address` is where it can be reached."""

    seconds: float = 0.0
    clock: Clock = field(default_factory=SystemClock)
    address: str = IN_MEMORY
    accounts: dict[str, Account] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    """Requests with keys that are none."""
    withdrawn: set[str] = field(default_factory=set)
    """Keys that are refused from now on."""
    _executions: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _files: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def account(self, key: str) -> Account:
        """Return what a key has."""
        if key not in self.accounts:
            self.accounts[key] = Account(
                random.Random(1),
                seconds=lambda: self.seconds,
                clock=self.clock,
                latency=0.0,
                numbers=self._executions,
                name=f"account{len(self.accounts) + 1}",
                files=Loopback(url=self.address, numbers=self._files),
            )
            videos = self.accounts[key].videos
            videos.life, videos.projects = self.accounts[key].name, []
        return self.accounts[key]

    @property
    def app(self) -> Starlette:
        """The service as an ASGI application."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])])

    @property
    def transport(self) -> httpx.ASGITransport:
        """The service instead of a network."""
        return httpx.ASGITransport(self.app)

    def counts(self) -> dict[str, Any]:
        """Return what was asked with each key."""
        return {
            "refused": self.refused,
            **{key: {"submits": one.submits, "requests": one.requests} for key, one in self.accounts.items()},
        }

    async def _answer(self, request: Request) -> Response:
        content, path = await request.body(), request.url.path
        if path == "/counts":
            return JSONResponse(self.counts())
        if path.startswith(("/put/", "/media/")):
            if request.query_params.get("X-Signature") != SIGNATURE or "authorization" in request.headers:
                return Response(status_code=403)
            answers = (account.transfer(request, content) for account in self.accounts.values())
            return next((answer for answer in answers if answer is not None), Response(status_code=404))
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not key.startswith("sk_") or key in self.withdrawn:
            self.refused[key] += 1
            return JSONResponse({"message": "There is no such key.", "code": "unauthorized"}, 401)
        asked = httpx.Request(request.method, str(request.url), headers=request.headers.raw, content=content)
        answer = await self.account(key).handle_async_request(asked)
        return Response(await answer.aread(), answer.status_code, dict(answer.headers))


@contextmanager
def serving(service: Service, port: int = 0) -> Iterator[str]:
    """Serve over HTTP on loopback from a thread of its own, and yield the base URL."""
    server = uvicorn.Server(uvicorn.Config(service.app, log_config=None, access_log=False, lifespan="off"))
    listening = listener("127.0.0.1", port)  # as the product does it: uvicorn's own sockets wait for more (Nagle)
    listening.listen(2048)  # so that whoever comes before the thread runs waits for it
    service.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    serving.start()
    try:
        yield service.address
    finally:
        server.should_exit = True
        serving.join()


if __name__ == "__main__":
    with serving(Service(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0), int(sys.argv[1])) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        threading.Event().wait()
