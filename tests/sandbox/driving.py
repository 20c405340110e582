"""Drives a sandbox in the test's own event loop, with real worker processes, and checks every answer it gives."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import jsonschema_rs
from starlette.applications import Starlette

from tests.sandbox import tiny, waiting
from tests.sandbox.shared_workers import WORKERS
from videogen_sandbox.app import create_app
from videogen_sandbox.config import Dialect, SandboxConfig
from videogen_sandbox.service import Sandbox
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File

KEY = "sk_videogen_sandbox_test"
BASE = "http://sandbox.test"
START = 1_790_000_000.0
SOON = 30.0
"""Seconds of real time after which a test has failed."""

Json = dict[str, Any]

STYLE = {"type": "AI_IMAGE", "aiStyle": "watercolour"}
"""A visual style that needs nothing else."""


class TurnableClock:
    """Time stands still until a test turns it. `wrong_by` is what somebody set the wall clock forward or back."""

    def __init__(self) -> None:
        self.now = START
        self.wrong_by = 0.0
        self._waiting: list[tuple[float, int, anyio.Event]] = []
        self._number = 0

    def time(self) -> float:
        return self.now + self.wrong_by

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._number += 1
        event = anyio.Event()
        heapq.heappush(self._waiting, (self.now + seconds, self._number, event))
        await event.wait()

    def awaits(self, seconds: float) -> bool:
        """Whether somebody sleeps until so many seconds from now."""
        return any(at == self.now + seconds for at, _, _ in self._waiting)

    def turn(self, seconds: float) -> None:
        """Everybody whose time has come wakes up."""
        self.now += seconds
        while self._waiting and self._waiting[0][0] <= self.now:
            heapq.heappop(self._waiting)[2].set()


@cache
def document(dialect: Dialect) -> Json:
    """The OpenAPI document of an era."""
    era = {"v0": "seed", "v2": "current"}[dialect]
    path = Path(__file__).parents[1] / "contract" / f"openapi-{era}.json"
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def validator(dialect: Dialect, reference: str) -> jsonschema_rs.Validator:
    """What checks a value against a schema of the era's document."""
    return jsonschema_rs.validator_for({"$ref": reference, "components": document(dialect)["components"]})


def check(dialect: Dialect, method: str, path: str, status: int, body: Any) -> None:
    """The answer is what the contract says, or an AssertionError."""
    for template, item in document(dialect)["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in item and "{" not in path:
            answers = item[method.lower()]["responses"]
            answer = answers.get(str(status), answers["default"])
            if "$ref" in answer:
                answer = document(dialect)["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
            if "content" in answer:
                reference = answer["content"]["application/json"]["schema"]["$ref"]
                errors = [error.message for error in validator(dialect, reference).iter_errors(body)]
                assert not errors, f"{method} {path} → {status}: {errors[:3]}"
            return


class Driver:
    """A running sandbox and a client that holds its key."""

    def __init__(self, app: Starlette, client: httpx.AsyncClient, clock: TurnableClock) -> None:
        self.app = app
        self.client = client
        self.clock = clock
        self.sandbox: Sandbox = app.state.sandbox
        self.dialect: Dialect = self.sandbox.config.dialect

    async def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Any request; answers of the API are checked against the contract."""
        answer = (
            await self.client.request(method, path, json=body, **options)
            if body is not None
            else (await self.client.request(method, path, **options))
        )
        if path.startswith("/v1/") and answer.headers.get("content-type") == "application/json":
            check(self.dialect, method, path.partition("?")[0], answer.status_code, answer.json())
        return answer

    async def get(self, path: str, **params: Any) -> Json:
        answer = await self.send("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def post(self, path: str, body: Any = None, *, status: int = 200) -> Json:
        answer = await self.send("POST", path, body)
        assert answer.status_code == status, answer.text
        found: Json = answer.json()
        return found

    async def refused(self, method: str, path: str, body: Any = None, *, status: int = 400) -> str:
        """What is said by an answer of that status."""
        answer = await self.send(method, path, body)
        assert answer.status_code == status, answer.text
        return str(answer.json()["message"])

    async def start(self, operation: str, **body: Any) -> str:
        return str((await self.post(f"/v1/tools/{operation}", body, status=202))["toolExecutionId"])

    async def run(self, script: str = "A pear falls.", operation: str = "script-to-video", **body: Any) -> Json:
        """Start a workflow run and return what the start answers."""
        words = {"script": script, "visualStyle": STYLE} if operation == "script-to-video" else {}
        return await self.post(f"/v1/workflows/{operation}", {**words, **body}, status=202)

    async def finished(self, execution_id: str) -> Execution:
        """Any execution once it has ended, as it stands in the database."""
        await self.until(lambda: self.stored(execution_id).is_terminal)
        return self.stored(execution_id)

    async def project(self, **body: Any) -> str:
        """The id of a project that was built."""
        started = await self.run(**body)
        assert (await self.finished(started["workflowRunId"])).status == "succeeded"
        return str(started["projectId"])

    async def execution(self, execution_id: str) -> Json:
        return await self.get(f"/v1/tools/executions/{execution_id}")

    async def ended(self, execution_id: str) -> Json:
        """The execution once it has ended."""
        await self.until(lambda: self.stored(execution_id).is_terminal)
        return await self.execution(execution_id)

    def stored(self, execution_id: str) -> Execution:
        """The execution as it stands in the database."""
        found = self.sandbox.executions.get(execution_id)
        assert found is not None
        return found

    async def make(self, operation: str, **body: Any) -> Json:
        """Start and wait for success."""
        found = await self.ended(await self.start(operation, **body))
        assert found["status"] == "succeeded", found
        return found

    async def made(self, operation: str = "generate-image", **body: Any) -> str:
        """The id of a freshly made file."""
        found = await self.make(operation, **({"prompt": "a pear"} | body))
        return str(found["results"][0]["fileId"])

    async def until(self, fits: Callable[[], bool]) -> None:
        """Wait until it fits; it is asked after each step of the event loop."""
        with anyio.fail_after(SOON):
            await waiting.until(fits)

    async def upload(self, content: bytes, name: str = "pear.png", **more: Any) -> Json:
        """Upload, and wait until the file is looked at."""
        made = await self.post("/v1/files/upload", {"displayName": name, **more})
        answer = await self.put(made["uploadUrl"], content)
        assert answer.status_code == 200, answer.text
        await self.until(lambda: self.file(made["fileId"]).state in ("ready", "failed"))
        return await self.post(f"/v1/files/{made['fileId']}/hydrate")

    def file(self, file_id: str) -> File:
        """The file as it stands in the database."""
        found = self.sandbox.files.get(file_id)
        assert found is not None
        return found

    async def put(self, url: str, content: bytes) -> httpx.Response:
        """Upload without the key, and with a content type that is wrong."""
        return await self.client.put(url, content=content, headers={"authorization": "", "content-type": "text/plain"})

    async def fetch(self, url: str, **options: Any) -> httpx.Response:
        """Open a URL as a browser does: without the key."""
        headers = {**options.pop("headers", {}), "authorization": ""}
        return await self.client.request(options.pop("method", "GET"), url, headers=headers, **options)


@asynccontextmanager
async def driving(data_dir: Path, clock: TurnableClock | None = None, **settings: Any) -> AsyncIterator[Driver]:
    """Start a sandbox on a data directory, and end it. With the usual limits it shares the module's workers."""
    turnable = clock or TurnableClock()
    values: Mapping[str, Any] = {"toolbox": tiny.TOOLBOX, "workers": 1, **settings}
    config = SandboxConfig(data_dir, KEY, base_url=BASE, clock=turnable, **values)
    app = create_app(config)
    if not settings.keys() & {"toolbox", "worker_limits"}:
        pool = app.state.sandbox.pool
        pool.open = partial(WORKERS.opened, pool)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client,
    ):
        yield Driver(app, client, turnable)
