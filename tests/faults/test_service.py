"""The service in virtual time answers as today's API promises."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import anyio
import httpx
from jsonschema import Draft202012Validator

from tests.faults.service import Service
from tests.virtual import run_virtually

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "openapi-current.json").read_text(encoding="utf-8"))
PROJECT = "/v1/projects/{projectId}"
STARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "workflowRunId": ("/v1/workflows/script-to-video", {"autoExport": True, "remixActions": [{"type": "ADD_ZOOM"}]}),
    "exportId": (PROJECT + "/export", {"quality": "HIGH"}),
    "remixActionIds": (PROJECT + "/remix", {"remixActions": [{"type": "ADD_ZOOM"}], "saveAsNewProject": False}),
    "interchangeJobId": (PROJECT + "/timeline-interchange", {"format": "SRT"}),
    "fileImportId": ("/v1/files/import-url", {"url": "https://cdn.example/pear.png"}),
    "messageId": ("/v1/assistants", {"message": "Shorter."}),
}
READS = (
    "/v1/workflows/runs",
    "/v1/workflows/runs/{workflowRunId}",
    PROJECT + "/exports",
    PROJECT + "/exports/{exportId}",
    PROJECT + "/remix-actions",
    "/v1/timeline-interchange/{interchangeJobId}",
    "/v1/files/imports/{fileImportId}",
    "/v1/assistant-messages/{messageId}",
)


def problems(method: str, path: str, response: httpx.Response) -> list[str]:
    responses = CONTRACT["paths"][path][method]["responses"]
    assert str(response.status_code) in responses, (method, path, response.status_code)
    schema = responses[str(response.status_code)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": CONTRACT["components"]}
    return [f"{method} {path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(response.json())]


def test_its_videos_have_the_shapes_of_the_contract() -> None:
    async def main() -> list[str]:
        found: list[str] = []
        ids = {"projectId": "vg_proj_given"}
        async with httpx.AsyncClient(transport=Service(random.Random(1)), base_url="https://api.example") as http:
            for name, (path, body) in STARTS.items():
                response = await http.post(path.format(**ids), json=body)
                found += problems("post", path, response)
                ids[name] = response.json()[name]
            for _ in ("running", "ended"):
                for path in READS:
                    found += problems("get", path, await http.get(path.format(**ids)))
                await anyio.sleep(60)
            cancel = "/v1/workflows/runs/{workflowRunId}/cancel"
            found += problems("post", cancel, await http.post(cancel.format(**ids)))
        return found

    assert run_virtually(main) == []
