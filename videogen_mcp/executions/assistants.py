"""Which assistant is asked: that of a project, which only the project knows, and what it has offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen_mcp.api import operations
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import bounded

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.workflows.base import AssistantOf

OFFERS = 5
"""Offers that a refusal names: the last ones are those that are meant."""


async def assistant_id(wanted: AssistantOf, client: VideoGen) -> str:
    """Return the id of a project's assistant.

    Raise Refusal where the project has none, or where it has not offered the action that is to be decided: a decision
    can be paid, so it must not be about something else. Raises VideoGenError.
    """
    from videogen_mcp.api.library_models import Assistant
    from videogen_mcp.api.parsing import one  # With the first question: hosts measure how fast the tools are listed.
    from videogen_mcp.api.project_models import Project

    project = await client.call(operations.GET_PROJECT, one(Project), wanted.project_id)
    if project.assistant_id is None:
        raise Refusal("not_supported", "project_id: this project is too old to have an assistant", "Use edit_project")
    if wanted.action_id is not None:
        chat = await client.call(operations.GET_ASSISTANT, one(Assistant), project.assistant_id)
        offers = {offer.action_id: offer.label for message in chat.messages for offer in message.state().offers}
        if wanted.action_id not in offers:
            last = [f"{action} ({bounded(label or 'no label', 60)})" for action, label in offers.items()][-OFFERS:]
            raise Refusal(
                "not_found",
                f"the assistant has not offered an action {bounded(wanted.action_id, 60)}",
                f"It offered {', '.join(last)}" if last else "It has offered none: ask_assistant first",
            )
    return project.assistant_id
