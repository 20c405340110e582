"""The operations of the API that this client uses: method, path, rate limit and the eras that have them.

The submits of tools are not listed: a workflow names its own path, and `tool_submit` makes the operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

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


def _path_step(text: str) -> str:
    """Return the id `text` as one step of a path. Raise BadRequest for what cannot be an id."""
    if not text or len(text) > LONGEST_ID or not text.isprintable() or not text.strip("."):
        raise BadRequest("this is not an id of VideoGen", status=400, code="invalid_id")
    return quote(text, safe="")


def tool_submit(path: str) -> Operation:
    """Return the operation that starts the tool at `path` ("/v1/tools/…")."""
    return Operation("POST", path, "start", once=True)


GET_EXECUTION = Operation("GET", "/v1/tools/executions/{toolExecutionId}", "execution")
CANCEL_EXECUTION = Operation("POST", "/v1/tools/executions/{toolExecutionId}/cancel", "cancel")
LIST_EXECUTIONS = Operation(
    "GET",
    "/v1/tools/executions",
    "executions",
    eras=TODAY,
    missing="this version of the API does not list executions",
)

LIST_FILES = Operation("GET", "/v1/files", "files")
SEARCH_FILES = Operation("POST", "/v1/files/search", "search")
GET_FILE = Operation("GET", "/v1/files/{fileId}", "files")
HYDRATE_FILE = Operation("POST", "/v1/files/{fileId}/hydrate", "hydrate")
ARCHIVE_FILE = Operation("POST", "/v1/files/{fileId}/archive", "archive")
ENABLE_PUBLIC_PREVIEW = Operation("POST", "/v1/files/{fileId}/enable-public-preview", "preview")
DISABLE_PUBLIC_PREVIEW = Operation("POST", "/v1/files/{fileId}/disable-public-preview", "preview")
CREATE_UPLOAD = Operation("POST", "/v1/files/upload", "upload", once=True)

LIST_VOICES = Operation("GET", "/v1/resources/tts-voices", "resources")
LIST_AVATAR_PRESENTERS = Operation("GET", "/v1/resources/avatar-presenters", "resources", eras=SEED)
LIST_ENTITIES = Operation("GET", "/v1/entities", "entities", eras=TODAY)

LIST_WEBHOOKS = Operation("GET", "/v1/webhooks/endpoints", "webhooks")
CREATE_WEBHOOK = Operation("POST", "/v1/webhooks/endpoints", "webhook-create", once=True)
DELETE_WEBHOOK = Operation("DELETE", "/v1/webhooks/endpoints/{endpointId}", "webhook-delete", once=True, has_body=False)

GET_ACCOUNT = Operation("GET", "/v1/me", "account", eras=TODAY)
