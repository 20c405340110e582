"""VideoGen's own editor agent: asked in words, it edits, or offers steps that somebody has to decide."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.argument_types import ProjectId
from videogen_mcp.workflows.base import PROMPT_CHARACTERS, TEXT, AssistantOf, PathId, Workflow
from videogen_mcp.workflows.examples import ProjectOf, arguments
from videogen_mcp.workflows.spellings import one_word

Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=PROMPT_CHARACTERS), TEXT]


class AskAssistant(Workflow):
    """Ask VideoGen's own editor agent for a change that edit_project has no kind for (shorten scene 3), or for a new
    video. Paid steps come back as offers to decide.
    """

    kind = "assistant_message"
    makes_files = False
    toolset = "editor"
    path = "/v1/assistants"
    title = "Ask assistant"
    typical_seconds = (60, 300)
    eras = ("v2",)
    example = arguments(message="Which voices would suit a film about tides?", project_id=ProjectOf("script_to_video"))

    message: Message
    project_id: ProjectId | None = Field(
        default=None, exclude=True, description="Of the video to change; omitted: a new project."
    )
    start_video: bool = Field(
        default=False,
        serialization_alias="autoGenerate",
        description="True: it starts the video at once, which is paid.",
    )

    @model_validator(mode="after")
    def _starts_new_ones_only(self) -> AskAssistant:
        if self.start_video and self.project_id is not None:
            raise PydanticCustomError("not_new", "start_video starts a new project: leave it or project_id out")
        return self

    def subject(self) -> str:
        """The message."""
        return self.message

    def assistant_of(self) -> AssistantOf | None:
        """The project's own; None: a new one."""
        return None if self.project_id is None else AssistantOf(self.project_id)

    def submit_path(self, assistant_id: str = "") -> str:
        """The path of a new chat, or of the messages of a project's assistant."""
        return f"{self.path}/{quote(assistant_id, safe='')}/messages" if assistant_id else self.path


class DecideAssistantAction(Workflow):
    """Approve or reject a step that ask_assistant offered. Approving may be paid: ask the user first."""

    kind = "assistant_message"
    makes_files = False
    toolset = "editor"
    path = "/v1/assistants/{assistantId}/actions/{actionId}"
    title = "Decide assistant action"
    typical_seconds = (60, 300)
    eras = ("v2",)
    example = arguments(project_id=ProjectOf("script_to_video"), action_id="vg_actn_1", decision="reject")

    project_id: ProjectId = Field(exclude=True)
    action_id: PathId = Field(exclude=True, serialization_alias="actionId")
    decision: Annotated[
        Literal["approve", "reject"],
        one_word(approved="approve", yes="approve", true="approve", rejected="reject", no="reject", false="reject"),
        PlainSerializer(str.upper, return_type=str),
    ]

    def assistant_of(self) -> AssistantOf | None:
        """The project's own, which must have offered the action."""
        return AssistantOf(self.project_id, self.action_id)

    def subject(self) -> str:
        """The decision and what it is about."""
        return f"{self.decision} {self.action_id}"
