"""A VideoGen service in virtual time that breaks wherever a plan says so, and remembers what really happened."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx

from tests.faults.videos import Videos
from tests.virtual import VirtualClock
from videogen_mcp.clock import Clock

FAULTS = (
    "refused",
    "reset_before",
    "reset_after",
    "silence_before",
    "silence_after",
    "500_before",
    "502_after",
    "503",
    "503_later",
    "503_later_after",
    "429",
    "429_after",
    "429_bare",
    "cut",
    "wrong_json",
    "html",
    "drip",
    "backwards",
    "odd_status",
    "no_results",
    "doubled",
    "stale",
    "swapped",
)
"""`_before`: the request is not read; `_after`: it is carried out and the answer is lost. `doubled`: the answer to the
next request on the connection is this one's again; `stale`: the first one that this address ever gave; `swapped`: that
to somebody else's request. None of them reaches a request that has a connection of its own."""

AFTER_THE_FACT = {
    "reset_after",
    "silence_after",
    "502_after",
    "503_later_after",
    "429_after",
    "cut",
    "wrong_json",
    "html",
}
"""Faults that hide something which was carried out."""

UNKNOWABLE = {"503_later_after", "429_after"}
"""Where no list shows what was started, nobody can look whether such a refusal is the truth."""

UNLISTED = ("/timeline-interchange", "/files/import-url", "/assistants")
"""Submits of today's API that no list shows; the older one lists nothing at all."""

SOMEBODY = "somebody"
ME = "me"


@dataclass
class Job:
    """One execution as it really is."""

    execution_id: str
    tool: str
    began: float
    seconds: float
    ends: str = "succeeded"
    cancelled_at: float | None = None
    owner: str = ME
    bend: float = 1.0
    """Below 1 the percentage is quick at first and slow at the end, above 1 the other way round."""

    def status(self, now: float) -> str:
        if self.cancelled_at is not None:
            return "cancelled"
        return self.ends if now - self.began >= self.seconds else "running"

    def percent(self, now: float) -> float:
        part = min(1.0, (now - self.began) / self.seconds) if self.seconds else 1.0
        return 100.0 * float(part**self.bend)


@dataclass
class Service(httpx.AsyncBaseTransport):
    """`seconds()` draws how long the next execution takes. A request breaks as `choose_fault` says, where it is given,
    else by chance with `fault_rate`. With `others_rate`, a colleague starts one of the same kind at the same time."""

    rng: random.Random
    dialect: str = "v2"
    fault_rate: float = 0.0
    others_rate: float = 0.0
    choose_fault: Callable[[httpx.Request], str] | None = None
    gets_per_hour: int | None = None
    percentages: bool = True
    bend: float = 1.0
    latency: float = 0.05
    holds: bool = False
    """It holds polls as they prefer, as the sandbox does."""
    seconds: Callable[[], float] = lambda: 20.0
    ends: str = "succeeded"
    jobs: dict[str, Job] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    refused_429: int = 0
    clock: Clock = field(default_factory=VirtualClock)
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)
    """By group of operations: when its hour began, and the requests in it."""
    others: list[Job] = field(default_factory=list)
    """Executions that nobody here submitted; `jobs` are those of the servers under test."""
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    left_over: httpx.Response | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    """Of its executions."""
    videos: Videos = field(init=False)

    def __post_init__(self) -> None:
        self.videos = Videos(self.clock, lambda: self.seconds(), self._file, lambda: self.ends)

    @property
    def gets(self) -> int:
        """The requests of the hour in the group that had most."""
        return max((used for _, used in self.windows.values()), default=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if self.choose_fault is not None:
            fault = self.choose_fault(request)
        else:
            fault = self.rng.choice(FAULTS) if self.rng.random() < self.fault_rate else ""
            if fault in UNKNOWABLE and (self.dialect == "v0" or request.url.path.endswith(UNLISTED)):
                fault = fault.removesuffix("_after")
        if self.rng.random() < self.others_rate:
            self.somebody_makes("GENERATE_IMAGE", owner=SOMEBODY)
        await anyio.sleep(self.latency)
        if self.holds and (job := self.jobs.get(request.url.path.rsplit("/", 1)[-1])):
            left = job.began + job.seconds - self.clock.monotonic()
            await anyio.sleep(min(max(left, 0.0), float(request.headers.get("prefer", "wait=0").partition("=")[2])))
        await self._break_before(fault, request)
        status, body, headers = self._answer(request, fault)
        response = await self._break_after(fault, request, status, body, headers)
        return self._confuse(fault, request, response)

    def _confuse(self, fault: str, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        """Answer with another response, where the connection is one that others use too."""
        shared = request.headers.get("connection") != "close"
        if request.method != "GET" or isinstance(response.stream, _Cut | _Drip):
            return response
        path = request.url.path
        ours = httpx.Response(response.status_code, content=response.content, headers=dict(response.headers))
        first = self.answers.setdefault(path, ours)
        if shared and self.left_over is not None:
            response, self.left_over = self.left_over, None
        elif fault == "doubled":
            self.left_over = ours
        elif fault == "stale" and shared:
            response = first
        elif fault == "swapped" and shared:
            response = self.rng.choice(list(self.answers.values()))
        return httpx.Response(
            response.status_code, content=response.content, headers=dict(response.headers), request=request
        )

    def somebody_makes(self, tool: str, seconds: float = 20.0, owner: str = ME) -> Job:
        """Another program starts an execution, with the same key unless `owner` says otherwise."""
        number = len(self.others) + 1
        job = Job(f"vg_tool_{'z' * 12}{number:010d}", tool, self.clock.monotonic(), seconds, owner=owner)
        self.others.append(job)
        return job

    async def _break_before(self, fault: str, request: httpx.Request) -> None:
        if fault == "refused":
            raise httpx.ConnectError("refused", request=request)
        if fault == "reset_before":
            raise httpx.ReadError("reset", request=request)
        if fault == "silence_before":
            await anyio.sleep(60)
            raise httpx.ReadTimeout("silence", request=request)

    async def _break_after(
        self, fault: str, request: httpx.Request, status: int, body: Any, headers: dict[str, str]
    ) -> httpx.Response:
        if fault == "reset_after":
            raise httpx.ReadError("reset", request=request)
        if fault == "silence_after":
            await anyio.sleep(60)
            raise httpx.ReadTimeout("silence", request=request)
        raw = json.dumps(body).encode()
        if refusal := _REFUSALS.get(fault.removesuffix("_after")) if fault.endswith("_after") else None:
            return httpx.Response(refusal[0], content=b"<html>busy</html>", headers=dict(refusal[2]), request=request)
        if fault == "502_after":
            return httpx.Response(502, content=b"<html>bad gateway</html>", request=request)
        if fault == "html":
            return httpx.Response(200, content=b"<html>welcome</html>", request=request)
        if fault == "wrong_json":
            return httpx.Response(200, content=b'{"hello": [1, 2]}', request=request)
        if fault == "cut":
            return httpx.Response(status, stream=_Cut(raw, self.rng.randrange(len(raw)), request), request=request)
        if fault == "drip":
            return httpx.Response(status, stream=_Drip(raw), headers=headers, request=request)
        return httpx.Response(status, content=raw, headers=headers, request=request)

    def _answer(self, request: httpx.Request, fault: str) -> tuple[int, Any, dict[str, str]]:
        path = request.url.path
        refusal = _REFUSALS.get(fault)
        if refusal:
            return refusal[0], {"message": "not now", "code": refusal[1]}, dict(refusal[2])
        if group := _polled(request):
            self._count(group)
            refused, headers = self._limits(group)
            if refused:
                return 429, {"message": "too many", "code": "rate_limited"}, headers
            if group == "execution":
                return (*self._get(path.rsplit("/", 1)[-1], fault), headers)
            return (*self.videos.answer(request, None)[:2], headers)
        if request.method == "GET" and path == "/v1/tools/executions" and self.dialect == "v2":
            self._count("list")
            own = request.url.params.get("selfOnly") == "true"
            all_jobs = [*self.jobs.values(), *self.others]
            newest = sorted((job for job in all_jobs if not own or job.owner == ME), key=lambda job: -job.began)
            size = int(request.url.params.get("limit", 50))
            start = int(request.url.params.get("cursor", 0))
            page = [self._show(job, "") for job in newest[start : start + size]]
            more = start + size < len(newest)
            return 200, {"toolExecutions": page, "hasMore": more, "nextCursor": str(start + size) if more else None}, {}
        if request.method == "GET" and path == "/v1/me" and self.dialect == "v2":
            return 200, {"apiKeyId": "vg_key_1", "teamId": "vg_team_1", "email": "a@b.c", "displayName": "A"}, {}
        if path.startswith("/v1/tools/") and path.endswith("/cancel"):
            job = self.jobs.get(path.split("/")[-2])
            if job is None:
                return 404, {"message": "unknown"}, {}
            if job.status(self.clock.monotonic()) == "running":
                job.cancelled_at = self.clock.monotonic()
            return 202, {"toolExecutionId": job.execution_id}, {}
        if path.endswith("/hydrate"):
            file_id = path.split("/")[-2]
            return 200, self._file(file_id, _TYPES.get(file_id.split("_")[2], "IMAGE")), {}
        if request.method == "POST" and path.startswith("/v1/tools/"):
            return self._start(path)
        if self.dialect == "v2":
            return self.videos.answer(request, json.loads(request.content or b"{}"))
        return 404, {"message": "no such route", "code": "not_found"}, {}

    def _start(self, path: str) -> tuple[int, Any, dict[str, str]]:
        self._count("start")
        execution_id = f"vg_tool_{next(self.numbers):022d}"
        seconds = self.seconds()
        self.jobs[execution_id] = Job(
            execution_id,
            path.rsplit("/", 1)[-1].replace("-", "_").upper(),
            self.clock.monotonic(),
            seconds,
            self.ends,
            bend=self.bend,
        )
        return 202, {"toolExecutionId": execution_id}, {}

    def _limits(self, group: str) -> tuple[bool, dict[str, str]]:
        """Return whether the hour is used up for a group, and the headers about it."""
        if self.gets_per_hour is None:
            return False, {}
        now = self.clock.monotonic()
        began, used = self.windows.get(group, (0.0, 0))
        if now - began >= 3600:
            began, used = now, 0
        self.windows[group] = began, used + 1
        left = self.gets_per_hour - used - 1
        self.refused_429 += left < 0
        return left < 0, {
            "X-RateLimit-Limit": str(self.gets_per_hour),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": str(int(self.clock.time() + 3600 - (now - began))),
        }

    def _get(self, execution_id: str, fault: str) -> tuple[int, Any]:
        job = self.jobs.get(execution_id) or next((o for o in self.others if o.execution_id == execution_id), None)
        if job is None:
            return 404, {"message": "unknown execution", "code": "not_found"}
        return 200, self._show(job, fault)

    def _show(self, job: Job, fault: str) -> dict[str, Any]:
        now = self.clock.monotonic()
        status = job.status(now)
        if fault == "backwards":
            status = "pending"
        if fault == "odd_status":
            status = "polishing"
        done = status == "succeeded"
        shown: dict[str, Any] = {"toolExecutionId": job.execution_id, "status": status, "toolType": job.tool}
        if self.dialect == "v2":
            shown |= {"attemptIndex": 0, "results": [], "error": None}
            if self.percentages:
                shown["progressPercentage"] = job.percent(now)
        if done and fault != "no_results":
            file_id = job.execution_id.replace("tool", "file")
            shown["results"] = [{"fileId": file_id, "type": "IMAGE", "file": self._file(file_id)}]
            if fault == "no_file":
                del shown["results"][0]["file"]
        if status == "failed":
            shown["error"] = {"message": "no", "code": "content_policy"}
        return shown

    def _file(self, file_id: str, kind: str = "IMAGE") -> dict[str, Any]:
        url = {"status": "ready", "url": f"https://media.example/{file_id}", "expiresAt": int(self.clock.time() + 3600)}
        return {"fileId": file_id, "type": kind, "scope": "GLOBAL", "previewSource": url, "downloadSource": url}

    def _count(self, what: str) -> None:
        self.requests[what] = self.requests.get(what, 0) + 1


_TYPES = {"work": "VIDEO", "expo": "VIDEO", "inte": "TEXT"}
"""By what made a file."""


def _polled(request: httpx.Request) -> str:
    """Return the rate-limit group of a poll; empty for everything else."""
    if request.method != "GET":
        return ""
    match request.url.path.split("/")[2:]:
        case ["tools", "executions", _]:
            return "execution"
        case ["workflows", "runs", _]:
            return "run"
        case ["projects", _, "exports", _]:
            return "export"
        case ["projects", _, "remix-actions"]:
            return "remix-actions"
    return ""


_REFUSALS: Mapping[str, tuple[int, str | None, dict[str, str]]] = {
    "500_before": (500, None, {}),
    "503": (503, None, {}),
    "503_later": (503, None, {"Retry-After": "2"}),
    "429": (429, "rate_limited", {"Retry-After": "3"}),
    "429_bare": (429, "rate_limited", {}),
}


class _Cut(httpx.AsyncByteStream):
    def __init__(self, raw: bytes, at: int, request: httpx.Request) -> None:
        self.raw, self.at, self.request = raw, at, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.raw[: self.at]
        raise httpx.RemoteProtocolError("peer closed connection", request=self.request)


class _Drip(httpx.AsyncByteStream):
    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for place in range(0, len(self.raw), 8):
            await anyio.sleep(1.0)
            yield self.raw[place : place + 8]
