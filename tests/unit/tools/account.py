"""An account of today's VideoGen in memory: projects, entities, files, languages and text; answers can be lost."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import httpx
from mcp import Client

from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import DIALECTS
from videogen_mcp.api.operations import Era
from videogen_mcp.calls.upstream import Account as NamedAccount
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset

BASE_URL = "http://api.test"
MADE_AT = 1_795_000_000


@dataclass
class Account:
    """What is there, and what was asked. `lost` and `unheard` name requests ("POST references") whose answer is lost
    after, or that are lost before anything happens; `refused` gives some a status and a body,
    `gateway` so too after the service has done what was asked. Each is used up."""

    projects: list[dict[str, Any]] = field(default_factory=list)
    exports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    imports: list[dict[str, Any]] = field(default_factory=list)
    voices: list[dict[str, Any]] = field(default_factory=list)
    text: str = "Tides rise.\n\nTwice a day."
    asked: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    refused: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    gateway: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    page_size: int = 200

    def project(self, number: int, **values: Any) -> dict[str, Any]:
        """Add a project, newer than those before."""
        project = {
            "projectId": f"vg_proj_{number}",
            "assistantId": f"vg_asst_{number}",
            "title": f"Tides {number}",
            "aspectRatio": {"width": 9, "height": 16},
            "status": "ready",
            "createdAt": MADE_AT + number,
            "updatedAt": MADE_AT + number,
            "projectUrl": f"https://app.videogen.io/project/vg_proj_{number}",
            **values,
        }
        self.projects.insert(0, project)
        return project

    def run(self, project_id: str, status: str, **values: Any) -> None:
        """Add a run of a project, newer than those before."""
        run = {"workflowRunId": f"vg_work_{len(self.runs) + 1}", "projectId": project_id, "status": status, **values}
        self.runs.insert(0, run)

    def file(self, **values: Any) -> dict[str, Any]:
        """Add a file that can be used."""
        file_id = f"vg_file_{len(self.files) + 1:06d}"
        source = {"status": "ready", "url": f"https://cdn.test/{file_id}?sig=1", "expiresAt": 2_000_000_000}
        shown = {"type": "IMAGE", "scope": "GLOBAL", "displayName": "a pear", "downloadSource": source, **values}
        self.files[file_id] = {"fileId": file_id, **shown}
        return self.files[file_id]

    def entity(self, kind: str = "ACTOR", name: str = "Mo", description: str = "", **values: Any) -> dict[str, Any]:
        """Add an entity, an own one unless `values` say otherwise."""
        entity_id = f"vg_enti_{len(self.entities) + 1}"
        self.entities[entity_id] = {
            "entityId": entity_id,
            "entityType": kind,
            "name": name,
            "description": description,
            "references": [],
            "createdAt": MADE_AT,
            "updatedAt": MADE_AT,
            "isBuiltIn": False,
            **values,
        }
        return self.entities[entity_id]

    def count(self, request: str) -> int:
        """How often something like "POST references" was asked."""
        return self.asked.count(request)

    # -- HTTP --------------------------------------------------------------------------------------------------------

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, or lose it."""
        path = request.url.path
        last = path.rsplit("/", 1)[-1]
        named = re.sub(r"^vg_([a-z]+)_.*", r"{\1}", last)
        name = f"{request.method} {named}"
        self.asked.append(name)
        if name in self.unheard:
            self.unheard.remove(name)
            raise httpx.ReadError("lost on the way", request=request)
        body = json.loads(request.content) if "json" in request.headers.get("content-type", "") else {}
        self.bodies.append(body)
        if name in self.refused:
            status, why = self.refused.pop(name)
            return httpx.Response(status, json=why)
        status, value = self._value(request, path.split("/")[2:], last, body)
        if name in self.lost:
            self.lost.remove(name)
            raise httpx.ReadError("the answer is lost", request=request)
        status, value = self.gateway.pop(name, (status, value))
        return httpx.Response(status, json=value)

    def _value(self, request: httpx.Request, steps: list[str], last: str, body: dict[str, Any]) -> tuple[int, Any]:
        if request.method == "PUT":
            return 200, {}
        if steps[0] == "projects":
            return self._project(request, steps)
        if steps[0] == "workflows":
            return 200, self._page(request, "workflowRuns", self.runs)
        if steps[0] == "entities":
            return self._entity(request, steps, last, body)
        if steps[0] == "files":
            return self._file(steps, last, body)
        if steps[0] == "text":
            return 200, {"text": self.text}
        if last == "tts-voices":
            return 200, {"ttsVoices": self.voices, "hasMore": False, "nextCursor": None}
        if last == "languages":
            return 200, {"languages": [{"languageCode": "de", "name": "German"}, {"languageCode": "en"}]}
        return 404, {"message": "There is no such operation."}

    def _project(self, request: httpx.Request, steps: list[str]) -> tuple[int, Any]:
        if len(steps) == 1:
            return 200, self._page(request, "projects", self.projects)
        project = next((one for one in self.projects if one["projectId"] == steps[1]), None)
        if project is None:
            return 404, {"message": "Project not found.", "code": "not_found"}
        if steps[-1] == "exports":
            return 200, self._page(request, "exports", self.exports.get(steps[1], []))
        return 200, project

    def _entity(self, request: httpx.Request, steps: list[str], last: str, body: dict[str, Any]) -> tuple[int, Any]:
        if len(steps) == 1 and request.method == "POST":
            return 200, self.entity(body["entityType"], body["name"], body.get("description", ""))
        if len(steps) == 1:
            kind = request.url.params.get("entityType")
            shown = [one for one in self.entities.values() if kind in (None, one["entityType"])]
            return 200, self._page(request, "entities", shown[::-1])
        entity = self.entities.get(steps[1])
        if entity is None:
            return 404, {"message": "Entity not found.", "code": "not_found"}
        if last == "archive":
            del self.entities[steps[1]]
            return 200, {"entityId": steps[1], "archived": True}
        if last == "update":
            entity.update(body)
        if last == "references":
            entity["references"].append({"description": "", "isDefault": False, **body})
        if last == "remove":
            entity["references"] = [one for one in entity["references"] if one["fileId"] != body["fileId"]]
        return 200, entity

    def _file(self, steps: list[str], last: str, body: dict[str, Any]) -> tuple[int, Any]:
        if last == "upload":
            file = self.file(displayName=body["displayName"])
            return 200, {"fileId": file["fileId"], "uploadUrl": f"https://upload.test/{file['fileId']}"}
        if last == "import-url":
            self.imports.append({"url": body["url"], "fileId": self.file()["fileId"]})
            return 202, {"fileImportId": f"vg_fimp_{len(self.imports)}"}
        if steps[1] == "imports":
            found = self.imports[int(last.rpartition("_")[2]) - 1]
            return 200, {"fileImportId": last, "status": "succeeded", "fileId": found["fileId"]}
        if steps[1] not in self.files:
            return 404, {"message": "File not found.", "code": "not_found"}
        return 200, self.files[steps[1]]

    def _page(self, request: httpx.Request, key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        begin = int(request.url.params.get("cursor", "0"))
        end = begin + min(int(request.url.params["limit"]), self.page_size)
        more = end < len(rows)
        return {key: rows[begin:end], "hasMore": more, "nextCursor": str(end) if more else None}


@dataclass
class Agent:
    """A client of a server whose service is the account."""

    client: Client
    account: Account

    async def call(self, tool: str, **arguments: Any) -> tuple[dict[str, Any], str, bool]:
        """Structure, text and whether it is an error."""
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(getattr(block, "text", "") for block in result.content)
        return dict(result.structured_content or {}), text, bool(result.is_error)


@asynccontextmanager
async def agent_of(account: Account, folder: Path, *, era: Era = "v2", sandbox: bool = False) -> AsyncIterator[Agent]:
    """An agent with every tool; files of `folder` may be read."""
    settings = Settings(
        api_key="key",
        toolsets=frozenset(get_args(Toolset)),
        allowed_dirs=(folder,),
        state_dir=folder / "state",
        journal=False,
    )
    transport = httpx.MockTransport(account.answer)
    client = VideoGen(api_key="key", base_url=BASE_URL, dialect=era, transport=transport)

    async def connect(named: NamedAccount) -> Upstream:
        return Upstream(client, DIALECTS[era], named.name, sandbox, BASE_URL)

    async with client, open_parts(settings, connect=connect) as parts, Client(build_handlers(parts).server()) as agent:
        yield Agent(agent, account)
