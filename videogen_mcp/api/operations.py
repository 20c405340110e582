"""The operations of the API: method, path, rate limit and the eras that have them.

The submits of tools and workflows are not listed: each names its own path, and `submit_at` makes the operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from videogen_mcp.api.errors import BadRequest
from videogen_mcp.api.limits import Group

Era = Literal["v0", "v2"]
"""`v0` is the seed era (SDK 0.0.38), `v2` is today (SDK 2.5.3); contract notes, section 14."""

BOTH_ERAS: tuple[Era, ...] = ("v0", "v2")
SEED: tuple[Era, ...] = ("v0",)
TODAY: tuple[Era, ...] = ("v2",)

LONGEST_ID = 500
"""Characters. Ids have about 30; a longer one is somebody's text, not an id, and would make an absurd URL."""


@dataclass(frozen=True)
class Operation:
    """One operation of the API."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    """Below the base URL; ids in braces, as in "/v1/files/{fileId}"."""
    group: Group
    once: bool = False
    """It creates or removes something, so it is sent again only where nothing can have happened."""
    has_body: bool = True
    """A success has a JSON body."""
    same_ids: bool = True
    """Its response is about the things that the path names, and about no other ones."""
    eras: tuple[Era, ...] = BOTH_ERAS
    missing: str = "this version of the API does not have this operation"
    """Why a call fails in the other era."""

    def fill(self, *ids: str) -> str:
        """Return the path with `ids` in place of its braces, in order.

        Raise BadRequest for text that cannot be an id, ValueError for too few or too many ids.
        """
        named = self.named(*ids)
        return "/".join(
            _path_step(named[step[1:-1]]) if step.startswith("{") else step for step in self.path.split("/")
        )

    def named(self, *ids: str) -> dict[str, str]:
        """Return `ids` by the names they have in the path ("fileId"). A response uses the same names.

        Raise ValueError for too few or too many ids.
        """
        names = [step[1:-1] for step in self.path.split("/") if step.startswith("{")]
        return dict(zip(names, ids, strict=True))

    def ids_in(self, path: str) -> dict[str, str] | None:
        """Return the ids by name in `path`, which `fill` made or somebody wrote; None where it is another path."""
        steps, own = path.split("/"), self.path.split("/")
        if len(steps) != len(own):
            return None
        places = [(mine[1:-1], step) for mine, step in zip(own, steps, strict=True) if mine.startswith("{")]
        fixed = all(mine == step for mine, step in zip(own, steps, strict=True) if not mine.startswith("{"))
        return {name: unquote(step) for name, step in places} if fixed else None


def _path_step(text: str) -> str:
    """Return the id `text` as one step of a path. Raise BadRequest for what cannot be an id."""
    if not text or len(text) > LONGEST_ID or not text.isprintable() or not text.strip("."):
        raise BadRequest("this is not an id of VideoGen", status=400, code="invalid_id")
    return quote(text, safe="")


TOOLS, WORKFLOWS = "/v1/tools/", "/v1/workflows/"
"""What begins the paths of the submits that are not listed."""

NO_PROJECTS = "this version of the API makes no finished videos and has no projects"
NO_ENTITIES = "this version of the API has no entities"
NO_ASSISTANT = "this version of the API has no assistant"
NO_IMPORTS = "this version of the API imports no URLs"


def submit_at(path: str) -> tuple[Operation, tuple[str, ...]]:
    """Return the operation that starts something at `path`, which has its ids in it, and these ids.

    Raise BadRequest where the API has none there: an id that is none may have broken the path.
    """
    if path.startswith(TOOLS):
        return Operation("POST", path, "start", once=True), ()
    if path.startswith(WORKFLOWS):
        return Operation("POST", path, "run-start", once=True, eras=TODAY, missing=NO_PROJECTS), ()
    for operation in SUBMITS:
        if (ids := operation.ids_in(path)) is not None:
            return operation, tuple(ids.values())
    raise BadRequest("an id in it is not an id of VideoGen", status=400, code="invalid_id")


GET_EXECUTION = Operation("GET", "/v1/tools/executions/{toolExecutionId}", "execution")
CANCEL_EXECUTION = Operation("POST", "/v1/tools/executions/{toolExecutionId}/cancel", "cancel")
LIST_EXECUTIONS = Operation(
    "GET",
    "/v1/tools/executions",
    "executions",
    eras=TODAY,
    missing="this version of the API does not list executions",
)

_RUN = "/v1/workflows/runs/{workflowRunId}"
LIST_RUNS = Operation("GET", "/v1/workflows/runs", "runs", eras=TODAY, missing=NO_PROJECTS)
GET_RUN = Operation("GET", _RUN, "run", eras=TODAY, missing=NO_PROJECTS)
CANCEL_RUN = Operation("POST", _RUN + "/cancel", "run-cancel", eras=TODAY, missing=NO_PROJECTS)

_PROJECT = "/v1/projects/{projectId}"
LIST_PROJECTS = Operation("GET", "/v1/projects", "projects", eras=TODAY, missing=NO_PROJECTS)
GET_PROJECT = Operation("GET", _PROJECT, "projects", eras=TODAY, missing=NO_PROJECTS)
EXPORT_PROJECT = Operation("POST", _PROJECT + "/export", "export-start", once=True, eras=TODAY, missing=NO_PROJECTS)
LIST_EXPORTS = Operation("GET", _PROJECT + "/exports", "exports", eras=TODAY, missing=NO_PROJECTS)
GET_EXPORT = Operation("GET", _PROJECT + "/exports/{exportId}", "export", eras=TODAY, missing=NO_PROJECTS)
REMIX_PROJECT = Operation(
    "POST",
    _PROJECT + "/remix",
    "remix",
    once=True,
    same_ids=False,  # A copy is another project.
    eras=TODAY,
    missing=NO_PROJECTS,
)
LIST_REMIX_ACTIONS = Operation("GET", _PROJECT + "/remix-actions", "remix-actions", eras=TODAY, missing=NO_PROJECTS)
CREATE_TIMELINE = Operation(
    "POST", _PROJECT + "/timeline-interchange", "timeline-start", once=True, eras=TODAY, missing=NO_PROJECTS
)
GET_TIMELINE = Operation(
    "GET", "/v1/timeline-interchange/{interchangeJobId}", "timeline", eras=TODAY, missing=NO_PROJECTS
)

LIST_FILES = Operation("GET", "/v1/files", "files")
SEARCH_FILES = Operation("POST", "/v1/files/search", "search")
GET_FILE = Operation("GET", "/v1/files/{fileId}", "files")
HYDRATE_FILE = Operation("POST", "/v1/files/{fileId}/hydrate", "hydrate")
ARCHIVE_FILE = Operation("POST", "/v1/files/{fileId}/archive", "archive")
ENABLE_PUBLIC_PREVIEW = Operation("POST", "/v1/files/{fileId}/enable-public-preview", "preview")
DISABLE_PUBLIC_PREVIEW = Operation("POST", "/v1/files/{fileId}/disable-public-preview", "preview")
CREATE_UPLOAD = Operation("POST", "/v1/files/upload", "upload", once=True)
IMPORT_URL = Operation("POST", "/v1/files/import-url", "import-start", once=True, eras=TODAY, missing=NO_IMPORTS)
GET_IMPORT = Operation("GET", "/v1/files/imports/{fileImportId}", "import", eras=TODAY, missing=NO_IMPORTS)

LIST_VOICES = Operation("GET", "/v1/resources/tts-voices", "resources")
LIST_AVATAR_PRESENTERS = Operation("GET", "/v1/resources/avatar-presenters", "resources", eras=SEED)
LIST_LANGUAGES = Operation(
    "GET",
    "/v1/resources/languages",
    "resources",
    eras=TODAY,
    missing="this version of the API does not list languages",
)

_ENTITY = "/v1/entities/{entityId}"
LIST_ENTITIES = Operation("GET", "/v1/entities", "entities", eras=TODAY, missing=NO_ENTITIES)
CREATE_ENTITY = Operation("POST", "/v1/entities", "entities", once=True, eras=TODAY, missing=NO_ENTITIES)
GET_ENTITY = Operation("GET", _ENTITY, "entities", eras=TODAY, missing=NO_ENTITIES)
UPDATE_ENTITY = Operation("POST", _ENTITY + "/update", "entities", eras=TODAY, missing=NO_ENTITIES)
ARCHIVE_ENTITY = Operation("POST", _ENTITY + "/archive", "entities", eras=TODAY, missing=NO_ENTITIES)
ADD_REFERENCE = Operation("POST", _ENTITY + "/references", "entities", once=True, eras=TODAY, missing=NO_ENTITIES)
REMOVE_REFERENCE = Operation(
    "POST", _ENTITY + "/references/remove", "entities", once=True, eras=TODAY, missing=NO_ENTITIES
)

_ASSISTANT = "/v1/assistants/{assistantId}"
START_ASSISTANT = Operation("POST", "/v1/assistants", "assistant", once=True, eras=TODAY, missing=NO_ASSISTANT)
GET_ASSISTANT = Operation("GET", _ASSISTANT, "assistant", eras=TODAY, missing=NO_ASSISTANT)
SEND_MESSAGE = Operation("POST", _ASSISTANT + "/messages", "assistant", once=True, eras=TODAY, missing=NO_ASSISTANT)
DECIDE_ACTION = Operation(
    "POST", _ASSISTANT + "/actions/{actionId}", "assistant", once=True, eras=TODAY, missing=NO_ASSISTANT
)
GET_MESSAGE = Operation("GET", "/v1/assistant-messages/{messageId}", "message", eras=TODAY, missing=NO_ASSISTANT)

GENERATE_TEXT = Operation(
    "POST",
    "/v1/text/generate",
    "text",
    once=True,
    eras=TODAY,
    missing="this version of the API writes no text",
)

LIST_WEBHOOKS = Operation("GET", "/v1/webhooks/endpoints", "webhooks")
CREATE_WEBHOOK = Operation("POST", "/v1/webhooks/endpoints", "webhook-create", once=True)
DELETE_WEBHOOK = Operation("DELETE", "/v1/webhooks/endpoints/{endpointId}", "webhook-delete", once=True, has_body=False)

GET_ACCOUNT = Operation("GET", "/v1/me", "account", eras=TODAY)

SUBMITS = (
    EXPORT_PROJECT,
    REMIX_PROJECT,
    CREATE_TIMELINE,
    IMPORT_URL,
    START_ASSISTANT,
    SEND_MESSAGE,
    DECIDE_ACTION,
)
"""What starts something that runs for a while and is followed, beside the tools and workflows."""
