"""Serves bytes: signed URLs, public previews, and the pictures of presenters. Range requests are answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from videogen_sandbox.catalogue import PRESENTERS
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.signed_links import ASSETS, BadSignature, Expired
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.pool import WorkerFailed
from videogen_sandbox.jobs.portraits import CLIP, SIZES
from videogen_sandbox.service import Sandbox
from videogen_sandbox.storage.files import File

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""The URL is the permission, so any page may use it."""

SVG_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""An uploaded SVG that is opened by itself is a document, and must not have the rights of the sandbox's pages."""

SEGMENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".ts": "video/mp2t",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".aac": "audio/aac",
    ".m4a": "audio/mp4",
}
"""Media types of the files in an HLS folder."""

INLINE = ("image/", "video/", "audio/")
"""Types that a browser may show; everything else is sent as a download."""


async def signed(request: Request) -> Response:
    """GET or HEAD of a signed URL; with ?download=1 as a download."""
    sandbox: Sandbox = request.app.state.sandbox
    token, file_id, rendition, name = (request.path_params[key] for key in ("token", "file_id", "rendition", "name"))
    with _refusing():
        sandbox.links.check(token, file_id, rendition, sandbox.clock.time())
    if rendition == ASSETS:
        return _asset(sandbox, file_id, name)
    return await _rendition(request, sandbox, _present(sandbox, file_id), rendition, name)


async def shown(request: Request) -> Response:
    """GET or HEAD of the short signed URL of what shows a file; with ?download=1 as a download."""
    sandbox: Sandbox = request.app.state.sandbox
    file_id, name = request.path_params["file_id"], request.path_params["name"]
    with _refusing():
        rendition = sandbox.links.shown(name.partition(".")[0], file_id, sandbox.clock.time())
    return await _rendition(request, sandbox, _present(sandbox, file_id), rendition, name)


async def public(request: Request) -> Response:
    """GET or HEAD of the permanent URL of a file whose public preview is on."""
    sandbox: Sandbox = request.app.state.sandbox
    file_id, rendition, name = (request.path_params[key] for key in ("file_id", "rendition", "name"))
    file = sandbox.files.get(file_id)
    if file is None or file.archived or not file.public:
        raise Refusal(404, "There is no public preview here.")
    return await _rendition(request, sandbox, file, rendition, name)


async def presenter(request: Request) -> Response:
    """GET or HEAD of portrait.png, thumbnail.png or preview.mp4 of a presenter."""
    sandbox: Sandbox = request.app.state.sandbox
    slug, name = request.path_params["slug"], request.path_params["name"]
    if slug not in {one.slug for one in PRESENTERS} or (name not in SIZES and name != CLIP):
        raise Refusal(404, "There is no such picture.")
    path = await _picture(sandbox, slug, name)
    kind = "video/mp4" if name == CLIP else "image/png"
    return FileResponse(path, media_type=kind, headers={**HEADERS, "Cache-Control": "max-age=86400"})


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise Refusal (403) for a signed URL that is not valid, or not any more."""
    try:
        yield
    except BadSignature:
        raise Refusal(403, "This URL is not valid: it was changed or not made here.") from None
    except Expired as expired:
        when = datetime.fromtimestamp(expired.at, timezone.utc).isoformat(timespec="seconds")
        raise Refusal(403, f"This URL expired at {when}. Hydrating the file gives a fresh one.") from None


def _present(sandbox: Sandbox, file_id: str) -> File:
    """Return the file of a signed URL. Raise Refusal (404) when it is gone."""
    file = sandbox.files.get(file_id)
    if file is None or file.archived:
        raise Refusal(404, "The file is archived." if file else "The file does not exist any more.")
    return file


async def _rendition(request: Request, sandbox: Sandbox, file: File, form: str, name: str) -> Response:
    rendition = file.renditions.get(form)
    path = sandbox.files.path(file, form)
    if rendition is None or path is None:
        raise Refusal(404, "The file has no such form.")
    if form == "hls":
        path = _inside(path.parent, name)
        kind = SEGMENT_TYPES.get(path.suffix, "application/octet-stream")
    else:
        kind = rendition.mime or "application/octet-stream"
        if file.presenter:
            path = await _picture(sandbox, file.presenter, rendition.path)
    if not path.is_file():
        raise Refusal(404, "The file has no such form.")
    headers = dict(HEADERS)
    if kind == "image/svg+xml":
        headers["Content-Security-Policy"] = SVG_POLICY
    if "download" in request.query_params or not kind.startswith((*INLINE, "application/vnd.apple")):
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return FileResponse(path, media_type=kind, headers=headers)


def _asset(sandbox: Sandbox, project_id: str, name: str) -> Response:
    """An asset of a project, for programs that open its timeline."""
    path = _inside(sandbox.projects.assets(project_id), name)
    if not path.is_file():
        raise Refusal(404, "The project has no such asset.")
    return FileResponse(path, headers=HEADERS)


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file in a folder. Raise Refusal (404) when `name` leads out of it."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Refusal(404, "There is no such segment.")
    return path


async def _picture(sandbox: Sandbox, slug: str, name: str) -> Path:
    try:
        return await sandbox.portraits.picture(slug, name)
    except (EngineError, WorkerFailed) as error:
        raise Refusal(503, f"The presenter could not be drawn: {error.message}") from None
