"""MCP Tasks over the real wires: begun by one process, which is killed, and seen to its file by another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from tests.e2e.listening import Listening, listening
from tests.e2e.upstream import Sandbox
from tests.e2e.wire import LONG, META, VERSIONS, serving

TASKS: dict[str, Any] = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
BELL = {"prompt": "a bell for a task [[delay 3s]]", "duration_seconds": 1}


def over_http(server: Listening, method: str, header: str | None = None, **params: Any) -> httpx.Response:
    """Send a request of today's protocol; `header` is its Mcp-Name."""
    about = {"protocolVersion": VERSIONS["modern"], "clientCapabilities": TASKS}
    meta = {f"{META}{key}": value for key, value in about.items()}
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": VERSIONS["modern"],
        "mcp-method": method,
        **({"mcp-name": header} if header is not None else {}),
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return httpx.post(server.mcp, json=body, headers=headers, timeout=LONG)


def test_a_task_outlives_its_process_and_another_one_brings_its_file(state_dir: Path, sandbox: Sandbox) -> None:
    with serving(state_dir) as first:
        first.capabilities = TASKS
        call = {"name": "generate_sound_effect", "arguments": BELL}
        task = first.request("tools/call", call).result()
        assert (task["resultType"], task["status"]) == ("task", "working")
        seen = first.request("tasks/get", {"taskId": task["taskId"]}).result()
        assert (seen["resultType"], seen["status"]) == ("complete", "working")
        first.kill()
    with listening(state_dir) as other:
        task_id, execution_id = task["taskId"], seen["statusMessage"].rpartition(" ")[2]
        assert over_http(other, "tasks/get", "another", taskId=task_id).status_code == 400
        refused = over_http(other, "tasks/get", task_id[:-4], taskId=task_id[:-4]).json()
        assert refused["error"]["code"] == -32602
        waiting = {"name": "wait_for_execution", "arguments": {"execution_id": execution_id}}
        over_http(other, "tools/call", "wait_for_execution", **waiting)
        seen = over_http(other, "tasks/get", task_id, taskId=task_id).json()["result"]
        made = seen["result"]["structuredContent"]
        assert over_http(other, "tasks/cancel", taskId=task_id).json()["result"]["resultType"] == "complete"
    assert seen["status"] == "completed"
    assert httpx.get(made["files"][0]["preview_url"]).status_code == 200
    assert sandbox.execution(made["execution_id"])["status"] == "succeeded"
