"""The operations under /v1/files."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of
from videogen_sandbox.config import UPLOAD_LINK_SECONDS
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.responses import STREAMED
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.ids import new_id, well_formed
from videogen_sandbox.storage.search import search


async def show_all(call: ApiCall) -> Response:
    """GET /v1/files, newest first: a page today, everything in the seed era."""
    sandbox = call.sandbox
    if not call.today:
        return JSONResponse({"files": [sandbox.answers.file(file) for file in sandbox.files.listed()]})
    asked = {"EXPORT": call.query["includeExportFiles"], "PROJECT": call.query["includeProjectFiles"]}
    without = [scope for scope, included in asked.items() if not included]
    return page_of(
        call.query,
        "files",
        lambda before, limit: sandbox.files.listed(before=before, limit=limit, without=without),
        sandbox.answers.file,
    )


async def find(call: ApiCall) -> Response:
    """POST /v1/files/search."""
    sandbox = call.sandbox
    body = await call.body()
    hits = search(body["query"], sandbox.files.searched(), body["numResults"])
    return JSONResponse(
        {"results": [{"similarity": similarity, "file": sandbox.answers.file(file)} for similarity, file in hits]}
    )


async def show(call: ApiCall) -> Response:
    """GET /v1/files/{fileId}: as it stands, nothing is signed anew."""
    return JSONResponse(call.sandbox.answers.file(_file(call)))


async def create_upload(call: ApiCall) -> Response:
    """POST /v1/files/upload: a file without bytes, and where to put them."""
    sandbox = call.sandbox
    body = await call.body()
    sandbox.check_disk()
    now = sandbox.clock.time()
    transcript = body.get("transcript") or {}
    words = transcript.get("words")
    file = File(
        id=new_id("vg_file_"),
        state="awaiting",
        type=body.get("type"),
        scope="TEMPORARY" if body["isTemporary"] else "GLOBAL",
        display_name=body["displayName"],
        created_at=now,
        transcript=_transcript(words) if words else None,
        words=words,
        language=transcript.get("languageCode") if words else None,
    )
    sandbox.files.add(file)
    url = sandbox.links.upload(file.id, int(now + UPLOAD_LINK_SECONDS))
    return JSONResponse({"fileId": file.id, "uploadUrl": url})


def _transcript(words: Sequence[Json]) -> str:
    """Return the text of a ready-made transcript. Raise Refusal (400) unless its words follow each other."""
    ends = [0.0, *(word["endSeconds"] for word in words)]
    if not all(end <= word["startSeconds"] < word["endSeconds"] for end, word in zip(ends, words, strict=False)):
        raise invalid("transcript", "must have its words in order, each ending after it starts, none overlapping")
    return " ".join(word["word"] for word in words)


async def hydrate(call: ApiCall) -> Response:
    """POST /v1/files/{fileId}/hydrate: fresh signed URLs."""
    return JSONResponse(call.sandbox.answers.file(call.sandbox.answers.hydrated(_changeable(call, built_in=True))))


async def archive(call: ApiCall) -> Response:
    """POST /v1/files/{fileId}/archive: out of the lists; its signed URLs stop working."""
    file = _file(call)
    _refuse_built_in(file)
    call.sandbox.files.archive(file.id, call.sandbox.clock.time())
    return _current(call, file)


async def enable_public_preview(call: ApiCall) -> Response:
    """POST /v1/files/{fileId}/enable-public-preview. The seed era has it for video and audio only."""
    file = _changeable(call)
    if file.state != "ready":
        raise _conflict(call, "The file is not ready yet.")
    if not call.today and file.type not in STREAMED:
        raise Refusal(400, "Public preview is available for video and audio files only.")
    call.sandbox.files.set_public(file.id, True)
    return _current(call, file)


async def disable_public_preview(call: ApiCall) -> Response:
    """POST /v1/files/{fileId}/disable-public-preview. Signed URLs go on working."""
    file = _file(call)
    call.sandbox.files.set_public(file.id, False)
    return _current(call, file)


def _file(call: ApiCall) -> File:
    file_id = call.path("fileId")
    if not call.today and not well_formed("vg_file_", file_id):
        raise Refusal(400, "Malformed file id.", code="invalid_id")
    file = call.sandbox.files.get(file_id)
    if file is None:
        raise Refusal(404, f"File {file_id[:80]} not found.")
    return file


def _changeable(call: ApiCall, *, built_in: bool = False) -> File:
    file = _file(call)
    if file.archived:
        raise _conflict(call, "The file is archived.")
    if not built_in:
        _refuse_built_in(file)
    return file


def _refuse_built_in(file: File) -> None:
    if file.presenter:
        raise Refusal(403, "This file belongs to the catalogue and cannot be changed.")


def _conflict(call: ApiCall, message: str) -> Refusal:
    """409 came with today's API; the seed era says that the request is wrong."""
    return Refusal(409 if call.today else 400, message)


def _current(call: ApiCall, file: File) -> Response:
    return JSONResponse(call.sandbox.answers.file(call.sandbox.files.get(file.id) or file))


OPERATIONS = [
    Operation("GET", "/v1/files", "files", show_all),
    Operation("POST", "/v1/files/search", "search", find),
    Operation("POST", "/v1/files/upload", "upload", create_upload),
    Operation("GET", "/v1/files/{fileId}", "files", show),
    Operation("POST", "/v1/files/{fileId}/hydrate", "hydrate", hydrate),
    Operation("POST", "/v1/files/{fileId}/archive", "archive", archive),
    Operation("POST", "/v1/files/{fileId}/enable-public-preview", "preview", enable_public_preview),
    Operation("POST", "/v1/files/{fileId}/disable-public-preview", "preview", disable_public_preview),
]
