"""What the workflows send is what today's contract describes: every field is one of it, with a value it allows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.examples import example_of
from tests.unit.workflows.test_edits import ACTIONS
from tests.workflow_calls import WHOLE, Whole
from videogen_mcp.workflows import WORKFLOWS, Workflow
from videogen_mcp.workflows.captions import look
from videogen_sandbox.contract.validation import Contract

TODAY = Contract("v2", {}, {})

LOOKS = [
    "on",
    "large, bold, yellow, black outline, top, left, Montserrat",
    "white box, 90px, highlight red, bottom, right",
    "word_box, thin",
    "wrapped",
]


def held(operation: str, body: dict[str, Any]) -> None:
    """The contract takes the body, and knows every field in it."""
    kept = TODAY.body(operation, body)
    assert unknown(body, kept) == []


def unknown(sent: Any, kept: Any, where: str = "") -> list[str]:
    """Where something was sent that the contract does not know."""
    if isinstance(sent, dict):
        return [
            fault
            for name, value in sent.items()
            for fault in ([f"{where}.{name}"] if name not in kept else unknown(value, kept[name], f"{where}.{name}"))
        ]
    if isinstance(sent, list):
        return [fault for one, other in zip(sent, kept, strict=True) for fault in unknown(one, other, f"{where}[]")]
    return []


@pytest.mark.parametrize("call", WHOLE, ids=lambda call: call.workflow.tool_name())
def test_a_call_with_every_argument_fits_the_contract(call: Whole) -> None:
    request = call.workflow.model_validate(call.arguments)
    held(f"POST {call.workflow.path}", request.wire())
    if (export := request.export_body()) is not None:
        held("POST /v1/projects/{projectId}/export", export)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.tool_name())
def test_the_example_fits_the_contract(workflow: type[Workflow]) -> None:
    held(f"POST {workflow.path}", workflow.model_validate(example_of(workflow)).wire())


@pytest.mark.parametrize(("edit", "action"), ACTIONS, ids=lambda one: str(list(one.values()))[:40])
def test_every_edit_fits_the_contract(edit: dict[str, Any], action: dict[str, Any]) -> None:
    held("POST /v1/projects/{projectId}/remix", {"remixActions": [action]})


@pytest.mark.parametrize("words", LOOKS)
def test_every_look_of_captions_fits_the_contract(words: str) -> None:
    body = {"fileId": "vg_file_1", "captionStyle": look(words).style}
    held("POST /v1/workflows/slideshow-to-video", body)
