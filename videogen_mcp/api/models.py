"""What the VideoGen API sends, as Python objects.

Only ids and a status are indispensable: a response without them is broken. Everything else is read leniently, because
the service changes faster than we do: unknown fields are kept, unknown values of enums stay text, and a value of the
wrong type counts as absent instead of costing somebody a paid result. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

T = TypeVar("T")
S = TypeVar("S")

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
"""Statuses that never change again. `awaiting_approval` is not one: it ends a wait, not the execution."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""Opaque, as the API gives it."""


Status = Annotated[
    str,
    StringConstraints(min_length=1),
    AfterValidator(lambda status: "cancelled" if status == "canceled" else status),
]
"""How something that runs for a while stands: pending, running, succeeded, failed, cancelled, awaiting_approval, or a
word that came later."""


def _absent_if_odd(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Maybe = Annotated[T | None, WrapValidator(_absent_if_odd)]
"""A value that may be missing, null or of a type we do not expect; the latter reads as None."""


def _or(default: bool) -> WrapValidator:
    def read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            return default

    return WrapValidator(read)


class Wire(BaseModel):
    """Base of everything that comes over the wire: camelCase there, snake_case here.

    Fields that are not declared are kept, but not shown: they may be signed URLs.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        extra="allow",
        allow_inf_nan=False,
        defer_build=True,
        protected_namespaces=(),
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        declared = type(self).model_fields
        return ((name, value) for name, value in super().__repr_args__() if name in declared)


class ErrorBody(Wire):
    """Why something failed; the same shape as an HTTP error's body."""

    message: str = ""
    code: Maybe[str] = None
    requirement: Maybe[dict[str, Any]] = None
    internal_error_code: Maybe[str] = None

    @model_validator(mode="before")
    @classmethod
    def _other_shapes(cls, data: Any) -> Any:
        """Gateways in front of the API answer `{"error": …}`, `{"detail": "…"}` or a bare string."""
        if isinstance(data, str):
            return {"message": data}
        if isinstance(data, dict) and not isinstance(data.get("message"), str):
            inner = data.get("error", data.get("detail"))
            if isinstance(inner, str):
                return {**data, "message": inner}
            if isinstance(inner, dict):
                return {**inner, "message": str(inner.get("message", ""))}
            return {**data, "message": ""}
        return data


class Source(Wire):
    """One rendition of a file. `url` is signed and expires, except for the static public one."""

    status: Maybe[str] = None
    url: Maybe[str] = Field(None, repr=False)
    expires_at: Maybe[float] = None
    width: Maybe[int] = None
    height: Maybe[int] = None
    file_bytes: Maybe[int] = None

    @property
    def is_ready(self) -> bool:
        """Whether there is something to fetch (it may have expired meanwhile)."""
        return self.status == "ready" and bool(self.url)


class File(Wire):
    """A media file of the account, in the words of both eras."""

    file_id: Id
    type: Maybe[str] = None
    scope: Maybe[str] = None
    display_name: Maybe[str] = None
    description: Maybe[str] = None
    duration_seconds: Maybe[float] = None
    transcript: Any = None
    transcript_text: Maybe[str] = None
    thumbnail_source: Maybe[Source] = None
    preview_source: Maybe[Source] = None
    download_source: Maybe[Source] = None
    hls_source: Maybe[Source] = None
    static_public_preview_source: Maybe[Source] = None
    is_public_preview_enabled: Maybe[bool] = None
    public_hls_url: Maybe[str] = None
    public_playback_id: Maybe[str] = None
    source_tool_type: Maybe[str] = None
    source_tool_execution_id: Maybe[str] = None
    upload_error: Maybe[ErrorBody] = None

    @model_validator(mode="after")
    def _one_transcript(self) -> File:
        """The seed era sends the transcript as text, today's API as timed words: `transcript_text` reads the same."""
        if self.transcript_text is None:
            if isinstance(self.transcript, str):
                self.transcript_text = self.transcript
            elif isinstance(self.transcript, dict) and isinstance(self.transcript.get("words"), list):
                words = [word.get("word") for word in self.transcript["words"] if isinstance(word, dict)]
                self.transcript_text = " ".join(word for word in words if isinstance(word, str)) or None
        return self


class ExecutionResult(Wire):
    """One output of an execution. Today's API always brings the hydrated file, the seed era only sometimes."""

    file_id: Id
    type: Maybe[str] = None
    file: Maybe[File] = None

    @model_validator(mode="after")
    def _its_own_file(self) -> ExecutionResult:
        """A file with another id than the result names is not its file; it counts as absent."""
        if self.file is not None and self.file.file_id != self.file_id:
            self.file = None
        return self


class OfferDetail(Wire):
    """What an offered action is about and costs."""

    summary: Maybe[str] = None
    credits_remaining: Maybe[int] = None
    estimated_credits: Maybe[int] = None


class Offer(Wire):
    """An action that VideoGen's assistant offers: it is done when somebody approves it."""

    action_id: Id
    kind: Maybe[str] = None
    label: Maybe[str] = None
    requires_app: Maybe[bool] = None
    """It can only be done in the web app."""
    detail: Maybe[OfferDetail] = None


class Execution(Wire):
    """Something that runs for a while, as it stands: of a tool as the service sends it, of all other kinds made from
    what it sends (`state` of their models)."""

    execution_id: Id = Field(alias="toolExecutionId")
    status: Status
    tool_type: Maybe[str] = None
    """What is run, as the service names it in upper case."""
    progress_percentage: Maybe[float] = None
    results: list[ExecutionResult] = []
    error: Maybe[ErrorBody] = None
    project_id: Maybe[Id] = None
    project_url: Maybe[str] = None
    may_lack_files: bool = Field(False, exclude=True)
    """It can succeed without files, so that no results are no reason to ask again."""
    next_step_due: bool = Field(False, exclude=True)
    """What was started has ended well, and what is to follow it has not begun."""
    unlisted: bool = Field(False, exclude=True)
    """The list that shows such executions does not show it, nor anything that it could be waiting behind."""
    text: Maybe[str] = None
    """What the assistant says."""
    offers: list[Offer] = []
    generation_id: Maybe[Id] = None
    """The run that the assistant started."""

    @field_validator("results", mode="before")
    @classmethod
    def _null_is_none_yet(cls, results: Any) -> Any:
        return [] if results is None else results

    @property
    def is_terminal(self) -> bool:
        """Whether it will never change again."""
        return self.status in TERMINAL

    @property
    def awaits_approval(self) -> bool:
        """Whether it stands still until somebody approves it, so that polling does not help (today's API only)."""
        return self.status == "awaiting_approval"


class Voice(Wire):
    """A voice for text to speech."""

    voice_id: Id
    language_code: Maybe[str] = None
    display_name: Maybe[str] = None
    display_gender: Maybe[str] = None
    accent: Maybe[str] = None
    description: Maybe[str] = None
    supports_direct_tool_execution: Annotated[bool, _or(True)] = True
    supports_all_languages: Annotated[bool, _or(False)] = False
    is_deprecated: Annotated[bool, _or(False)] = False

    @property
    def in_words(self) -> str:
        """It and its accent: "voice Heart (American, en-US)"."""
        facts = ", ".join(filter(None, (self.accent, self.language_code)))
        return f"voice {self.display_name or self.voice_id}" + (f" ({facts})" if facts else "")


class Presenter(Wire):
    """Somebody who can speak in an avatar clip: an avatar presenter of the seed era or an ACTOR entity of today."""

    presenter_id: Id = Field(validation_alias=AliasChoices("avatarPresenterId", "entityId"))
    name: Maybe[str] = Field(None, validation_alias=AliasChoices("name", "displayName"))
    gender: Maybe[str] = Field(None, validation_alias=AliasChoices("displayableGender", "displayGender", "gender"))
    description: Maybe[str] = None
    image_url: Maybe[str] = None
    thumbnail_url: Maybe[str] = None
    picture_file_id: Maybe[Id] = None
    """The file that shows an actor; presenters of the seed era have URLs alone."""
    has_avatar_presenter: Annotated[bool, _or(True)] = True

    @property
    def in_words(self) -> str:
        """Who it is: "presenter Amara"."""
        return f"presenter {self.name or self.presenter_id}"

    """False: an actor without a face, which cannot be used for a clip."""
    is_built_in: Maybe[bool] = None
    """False: an actor of the account's own. Presenters of the seed era do not say it; all of them are VideoGen's."""

    @model_validator(mode="before")
    @classmethod
    def _from_entity(cls, data: Any) -> Any:
        """An entity keeps its abilities in actorConfig, and its pictures in references."""
        if not isinstance(data, dict):
            return data
        config, pictures = data.get("actorConfig"), data.get("references")
        if isinstance(pictures, list):
            known = [one for one in pictures if isinstance(one, dict)]
            shown = next((one for one in known if one.get("isDefault")), next(iter(known), {}))
            data = {"pictureFileId": shown.get("fileId"), **data}
        if isinstance(config, dict):
            data = {"hasAvatarPresenter": config.get("hasAvatarPresenter") is not False, **data}
        return data


class WebhookEndpoint(Wire):
    """Where the service reports to. The secret comes once, with the response that created the endpoint."""

    endpoint_id: Id
    url: Maybe[str] = None
    events: Maybe[list[str]] = None
    description: Maybe[str] = None
    created_at: Maybe[float] = None
    signing_secret: Maybe[str] = Field(None, repr=False)
    signing_secret_last4: Maybe[str] = Field(None, alias="signingSecretLast4")


class Upload(Wire):
    """A file that waits for its bytes. The URL is signed: it works for whoever holds it."""

    file_id: Id
    upload_url: Annotated[str, StringConstraints(min_length=1)] = Field(repr=False)


class FoundFile(Wire):
    """One hit of a semantic search; similarity 0 to 1."""

    similarity: Maybe[float] = None
    file: File


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list. `next_cursor` is opaque and only good for the list it came from."""

    items: list[T]
    has_more: bool = False
    next_cursor: str | None = None

    def map(self, change: Callable[[T], S]) -> Page[S]:
        """Return the same page with every item changed."""
        return Page([change(item) for item in self.items], self.has_more, self.next_cursor)
