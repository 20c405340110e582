"""The kind `make`: executions of tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videogen_sandbox.contract.requests import ToolRequest
from videogen_sandbox.jobs.inputs import Inputs
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.jobs.results import engine_job, result_file
from videogen_sandbox.jobs.work import NewFile, Note, Outcome
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File


def tool_execution(execution_id: str, request: ToolRequest, now: float) -> Execution:
    """Return the execution that a request asks for."""
    body = {**request.body, "count": request.count, "temporary": request.temporary}
    body["inputs"] = {name: [file.id for file in files] for name, files in request.inputs.items()}
    status = "awaiting_approval" if request.directives.approval else "pending"
    return Execution(execution_id, request.operation, body, request.directives, request.seed, now, status)


class Tools:
    """Has a worker run the engine of a tool."""

    def __init__(self, pool: Pool, inputs: Inputs, now: Callable[[], float], link_seconds: float) -> None:
        """`now` returns Unix seconds; the URLs of results are signed for `link_seconds`."""
        self._pool = pool
        self._inputs = inputs
        self._now = now
        self._link_seconds = link_seconds

    async def __call__(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Return the files that were made."""
        paths = await self._inputs.paths(execution.body["inputs"])
        done = await self._pool.run(engine_job(execution, paths, folder), note)
        results = enumerate(done["results"])
        return Outcome(
            [NewFile(self._row(execution, index, made), folder / f"result-{index}") for index, made in results]
        )

    def _row(self, execution: Execution, index: int, result: Mapping[str, Any]) -> File:
        now = self._now()
        inputs = self._inputs.rows(execution.body["inputs"])
        return result_file(execution, index, result, inputs, now, int(now + self._link_seconds))
