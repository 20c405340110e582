"""The operations under /v1/files."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import flag, page_of
from videogen_sandbox.config import UPLOAD_LINK_SECONDS
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.fields import Fields
from videogen_sandbox.contract.responses import STREAMED
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.ids import new_id, well_formed
from videogen_sandbox.storage.search import search

SEED_TYPES = ("IMAGE", "VIDEO", "AUDIO")
TYPES = (*SEED_TYPES, "PDF", "SLIDESHOW", "TEXT", "LOTTIE")

MAX_NAME = 500
MAX_QUERY = 2_000
"""Characters, limits of this sandbox."""

MAX_WORDS = 20_000
"""Of a transcript that comes with an upload: two hours of speech."""


async def show_all(call: ApiCall) -> Response:
    """GET /v1/files, newest first: a page today, everything in the seed era."""
    sandbox = call.sandbox
    if not call.today:
        return JSONResponse({"files": [sandbox.file_json(file) for file in sandbox.files.listed()]})
    for name in ("selfOnly", "includeExportFiles", "includeProjectFiles"):
        flag(call.request, name)
    return page_of(
        call.request,
        "files",
        lambda before, limit: sandbox.files.listed(before=before, limit=limit),
        sandbox.file_json,
    )


async def find(call: ApiCall) -> Response:
    """POST /v1/files/search."""
    sandbox = call.sandbox
    fields = Fields(await call.body())
    query = fields.text("query", most=MAX_QUERY)
    if query is None:
        raise invalid("query", "is required")
    fields.flag("selfOnly")
    hits = search(query, sandbox.files.searched(), fields.whole("numResults", 1, 100) or 10)
    return JSONResponse(
        {"results": [{"similarity": similarity, "file": sandbox.file_json(file)} for similarity, file in hits]}
    )


async def show(call: ApiCall) -> Response:
    """GET /v1/files/{fileId}: as it stands, nothing is signed anew."""
    return JSONResponse(call.sandbox.file_json(_file(call)))


async def create_upload(call: ApiCall) -> Response:
    """POST /v1/files/upload: a file without bytes, and where to put them."""
    sandbox = call.sandbox
    fields = Fields(await call.body())
    name = fields.text("displayName", most=MAX_NAME)
    if name is None:
        raise invalid("displayName", "is required")
    # upload_file of SDK 0.0.38 sends "type": null by default.
    unset = "type" not in fields or (not call.today and fields.null("type"))
    kind = None if unset else fields.choice("type", TYPES if call.today else SEED_TYPES, "")
    temporary = fields.flag("isTemporary")
    now = sandbox.clock.time()
    file = File(
        id=new_id("vg_file_"),
        state="awaiting",
        type=kind,
        scope="TEMPORARY" if temporary else "GLOBAL",
        display_name=name,
        created_at=now,
        transcript=_transcript(fields) if call.today else None,
    )
    if call.today:
        fields.flag("hideFromUi")
    sandbox.files.add(file)
    url = sandbox.links.upload(file.id, int(now + UPLOAD_LINK_SECONDS))
    return JSONResponse({"fileId": file.id, "uploadUrl": url})


def _transcript(fields: Fields) -> str | None:
    """Return the words of a transcript that comes with an upload. Raise Refusal (400)."""
    if fields.null("transcript") or (transcript := fields.object("transcript")) is None:
        return None
    transcript.text("languageCode", most=40, nullable=True)
    words = []
    last = 0.0
    for word in transcript.objects("words", most=MAX_WORDS):
        start, end = word.number("startSeconds", 0, 1e6), word.number("endSeconds", 0, 1e6)
        text = word.text("word", most=200)
        if start is None or end is None or text is None:
            raise invalid("transcript", "needs startSeconds, endSeconds and word in each of its words")
        if not last <= start < end:
            raise invalid("transcript", "must have its words in order, each ending after it starts, none overlapping")
        last = end
        words.append(text)
    if not words:
        raise invalid("transcript", "needs at least one word")
    return " ".join(words)


async def hydrate(call: ApiCall) -> Response:
    """POST /v1/files/{fileId}/hydrate: fresh signed URLs."""
    return JSONResponse(call.sandbox.file_json(call.sandbox.hydrated(_changeable(call, built_in=True))))


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
    return JSONResponse(call.sandbox.file_json(call.sandbox.files.get(file.id) or file))


OPERATIONS = [
    Operation("GET", "/v1/files", "files", show_all),
    Operation("POST", "/v1/files/search", "search", find),
    Operation("POST", "/v1/files/upload", "upload", create_upload),
    Operation("GET", "/v1/files/{fileId}", "files", show),
    Operation("POST", "/v1/files/{fileId}/hydrate", "hydrate", hydrate),
    Operation("POST", "/v1/files/{fileId}/archive", "other", archive),
    Operation("POST", "/v1/files/{fileId}/enable-public-preview", "other", enable_public_preview),
    Operation("POST", "/v1/files/{fileId}/disable-public-preview", "other", disable_public_preview),
]
