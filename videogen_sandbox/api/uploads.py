"""PUT of the bytes of a new file to its signed URL."""

from __future__ import annotations

import errno
import hashlib
import re
import secrets
from pathlib import Path, PurePosixPath

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.signed_links import BadSignature, Expired
from videogen_sandbox.service import Sandbox
from videogen_sandbox.storage.files import File, Rendition

BLOCK = 1 << 20
"""Bytes that are buffered before they are written to the disk."""

UNPROCESSED = ("TEXT", "LOTTIE")
"""Types of today's API that the sandbox stores without reading them."""

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


async def put_upload(request: Request) -> Response:
    """PUT /upload/…: store the body. The content type is ignored; the bytes are probed."""
    sandbox: Sandbox = request.app.state.sandbox
    file = _expected(sandbox, request.path_params["token"], request.path_params["file_id"])
    _refuse_size(sandbox, request.headers.get("content-length", ""))
    suffix = PurePosixPath(file.display_name.replace("\\", "/")).suffix
    name = f"original{suffix.lower() if _SUFFIX.fullmatch(suffix) else ''}"
    draft = sandbox.unfinished() / f"upload-{secrets.token_hex(8)}"
    try:
        size, digest = await _receive(request, draft, sandbox.config.max_upload_bytes)
        _accept(sandbox, file, draft, Rendition(name, "application/octet-stream", bytes=size), digest)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        raise Refusal(
            413, "The upload is larger than files of the sandbox may get on this machine (ulimit -f)."
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return Response(status_code=200)


def _accept(sandbox: Sandbox, file: File, draft: Path, download: Rendition, digest: str) -> None:
    """Make a complete upload the bytes of its file. Raise Refusal when another one was accepted meanwhile.

    The bytes are moved in the transaction that accepts them, so those that are stored are always the accepted ones.
    """
    ready = file.type in UNPROCESSED
    with sandbox.database.transaction():
        _awaiting(sandbox, file.id)
        sandbox.files.uploaded(file.id, digest, download, "ready" if ready else "processing")
        folder = sandbox.files.folder(file.id)
        folder.mkdir(parents=True, exist_ok=True)
        draft.replace(folder / download.path)
        if ready:
            sandbox.announcements.ingested(file.id)
        else:
            sandbox.jobs.ingest(file.id)


def _expected(sandbox: Sandbox, token: str, file_id: str) -> File:
    try:
        sandbox.links.check(token, file_id, "upload", sandbox.clock.time())
    except BadSignature:
        raise Refusal(403, "The upload URL is not valid. Take it as POST /v1/files/upload gave it.") from None
    except Expired:
        raise Refusal(403, "The upload URL has expired. POST /v1/files/upload gives a new one.") from None
    return _awaiting(sandbox, file_id)


def _awaiting(sandbox: Sandbox, file_id: str) -> File:
    """Return a file that has no bytes yet. Raise Refusal when it has some (409) or is gone (404)."""
    file = sandbox.files.get(file_id)
    if file is None or file.archived:
        raise Refusal(404, "The file of this upload does not exist any more.")
    if file.state != "awaiting":
        raise Refusal(409, "These bytes have been uploaded already. POST /v1/files/upload makes another file.")
    return file


def _refuse_size(sandbox: Sandbox, length: str) -> None:
    if length.isascii() and length.isdigit() and int(length[:20]) > sandbox.config.max_upload_bytes:
        raise _too_large(sandbox.config.max_upload_bytes)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"An upload may have at most {limit} bytes.")


async def _receive(request: Request, draft: Path, limit: int) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of the body. Raise Refusal when it is too large or the connection breaks."""
    digest = hashlib.sha256()
    size = 0
    block = bytearray()
    async with await anyio.open_file(draft, "wb") as file:
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                block += chunk
                if len(block) >= BLOCK:
                    await anyio.to_thread.run_sync(digest.update, bytes(block))
                    await file.write(bytes(block))
                    block.clear()
        except ClientDisconnect:
            raise Refusal(400, "The upload broke off. It may be sent again to the same URL.") from None
        digest.update(block)
        await file.write(bytes(block))
    return size, digest.hexdigest()
