"""Arguments that every workflow takes, so that no test needs a list of them."""

from __future__ import annotations

from typing import Any

from videogen_mcp.workflows import Workflow
from videogen_mcp.workflows.examples import FileOf, FirstOf, OwnFile, ProjectOf


def example_of(workflow: type[Workflow], file: str = "vg_file_1") -> dict[str, Any]:
    """Return the workflow's example, with `file` wherever it starts from a file and an id wherever it names one."""
    return {name: _filled(value, file) for name, value in workflow.example.items()}


def _filled(value: Any, file: str) -> Any:
    if isinstance(value, list):
        return [_filled(one, file) for one in value]
    if isinstance(value, FileOf | OwnFile):
        return file
    if isinstance(value, ProjectOf):
        return "vg_proj_1"
    return "vg_id_1" if isinstance(value, FirstOf) else value
