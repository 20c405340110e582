"""URL imports, entities, languages and the assistant, as the VideoGen API sends them (see `models` too)."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from videogen_mcp.api.models import ErrorBody, Execution, Id, Maybe, Offer, Status, Wire
from videogen_mcp.api.project_models import StartedRun, outputs


class StartedImport(Wire):
    """An import of a URL that was started."""

    file_import_id: Id


class UrlImport(Wire):
    """An import of a file or page from the web. The service documents id and status only."""

    file_import_id: Id
    status: Status
    error: Maybe[ErrorBody] = None
    file_id: Maybe[Id] = None

    def state(self) -> Execution:
        """Return it as an execution, whose file is what was imported."""
        return Execution(
            execution_id=self.file_import_id, status=self.status, results=outputs(self.file_id), error=self.error
        )


class Reference(Wire):
    """A file of an entity. The default one shows it."""

    file_id: Id
    description: Maybe[str] = None
    is_default: Maybe[bool] = None


class ActorConfig(Wire):
    """What an actor can do."""

    voice_display_name: Maybe[str] = None
    has_voice: Maybe[bool] = None
    has_avatar_presenter: Maybe[bool] = None


class Entity(Wire):
    """An actor, a product, a style of pictures or of slides that can be used again and again."""

    entity_id: Id
    entity_type: Maybe[str] = None
    name: Maybe[str] = None
    description: Maybe[str] = None
    actor_config: Maybe[ActorConfig] = None
    references: list[Reference] = Field([])
    created_at: Maybe[float] = None
    updated_at: Maybe[float] = None
    is_built_in: Maybe[bool] = None

    @field_validator("references", mode="before")
    @classmethod
    def _null_is_none(cls, references: Any) -> Any:
        return [] if references is None else references


class ArchivedEntity(Wire):
    """An entity that was taken out of the lists."""

    entity_id: Id


class Language(Wire):
    """A language that videos can be translated to."""

    language_code: Id
    name: Maybe[str] = None


class GeneratedText(Wire):
    """Text that the service wrote."""

    text: str


class StartedMessage(Wire):
    """A reply of the assistant that is on its way. The first one of a chat names the chat and its project."""

    message_id: Id
    assistant_id: Maybe[Id] = None
    project_id: Maybe[Id] = None
    project_url: Maybe[str] = None


class Suggestion(Wire):
    """A workflow that the assistant suggests; it is started by approving the action."""

    action_id: Id
    workflow_type: Maybe[str] = None
    title: Maybe[str] = None
    description: Maybe[str] = None


class AssistantMessage(Wire):
    """A message of a chat. Those of the user (`role`) have neither offers nor a generation."""

    message_id: Id
    role: Maybe[str] = None
    status: Status
    content: Maybe[str] = None
    workflow_suggestions: Maybe[list[Suggestion]] = None
    actions: Maybe[list[Offer]] = None
    generation: Maybe[StartedRun] = None
    error: Maybe[ErrorBody] = None
    created_at: Maybe[float] = None

    def state(self) -> Execution:
        """Return it as an execution, which has text instead of files. A suggested workflow is an offer too."""
        offered = {offer.action_id: offer for offer in self.actions or ()}
        for one in self.workflow_suggestions or ():
            suggested = Offer(action_id=one.action_id, kind="GENERATE", label=one.title or one.workflow_type)
            offered.setdefault(one.action_id, suggested)
        generation = self.generation
        return Execution(
            execution_id=self.message_id,
            status=self.status,
            error=self.error,
            may_lack_files=True,
            text=self.content,
            offers=list(offered.values()),
            generation_id=generation.workflow_run_id if generation is not None else None,
            project_id=generation.project_id if generation is not None else None,
            project_url=generation.project_url if generation is not None else None,
        )


class Assistant(Wire):
    """A chat with all its messages, oldest first."""

    assistant_id: Id
    project_id: Maybe[Id] = None
    project_url: Maybe[str] = None
    messages: list[AssistantMessage] = Field([])
