"""A small VideoGen on loopback that loses connections on purpose. It keeps hashes, not bytes, so it needs no memory."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import SocketAttribute, SocketStream

PIECE = 64 * 1024
SIGNATURE = "signature-that-nobody-may-see"
KEY = "sk_videogen_live_fedcba9876543210"


@dataclass
class Stored:
    """A file as the service has it. `content(start, length)` gives bytes of what can be downloaded."""

    file_id: str
    name: str
    type: str | None = "IMAGE"
    scope: str = "GLOBAL"
    size: int = 0
    sha256: str = ""
    state: str = "awaiting"
    pending_polls: int = 0
    """Hydrations that still show it as being prepared."""
    archived: bool = False
    public: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    content: Callable[[int, int], bytes] | None = None


@dataclass
class Loopback:
    """What the service does and was asked. The lists of breaks are used up one a transfer: bytes after which the
    connection is reset (None: not at all)."""

    files: dict[str, Stored] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    upload_breaks: list[int | None] = field(default_factory=list)
    download_breaks: list[int | None] = field(default_factory=list)
    upload_statuses: list[int] = field(default_factory=list)
    """Statuses of the next PUTs before one is taken."""
    download_statuses: list[int] = field(default_factory=list)
    api_breaks: list[str] = field(default_factory=list)
    """Paths' last words ("upload", "hydrate") whose next answer is lost."""
    knows_ranges: bool = True
    polls_after_upload: int = 0
    ends_as: str = "ready"
    upload_error: dict[str, str] | None = None
    public_after: int = 0
    """Polls after which a public copy has its address."""
    imports: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the imports that were asked for."""
    import_polls: int = 0
    """Polls that show an import as running before it ends."""
    import_end: dict[str, Any] = field(default_factory=lambda: {"status": "succeeded"})
    """How imports end; a succeeded one has a file, whose type is told by the ending of the address."""
    during_upload: Callable[[int], None] | None = None
    """Called with the bytes that have come."""
    url: str = ""
    ranges: list[int] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    """Of its files."""
    etag: str = '"one"'

    def add(self, content: bytes | Callable[[int, int], bytes], **values: Any) -> Stored:
        """A finished file that can be downloaded."""
        file_id = f"vg_file_{next(self.numbers):022d}"
        stored = Stored(file_id, values.pop("name", "a pear"), state="ready", **values)
        if isinstance(content, bytes):
            data = content
            stored.size, stored.content = len(data), lambda start, length: data[start : start + length]
        else:
            stored.content = content
        self.files[file_id] = stored
        return stored

    def count(self, request: str) -> int:
        """How often something like "POST upload" was asked."""
        return sum(1 for line in self.log if line == request)

    # -- HTTP, as little of it as needed -----------------------------------------------------------------------------

    async def handle(self, stream: SocketStream) -> None:
        """One connection, one request."""
        async with stream:
            try:
                await self._serve(stream)
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return

    async def _serve(self, stream: SocketStream) -> None:
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            buffer += await stream.receive()
        head, _, rest = buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        path = target.partition("?")[0]
        if path.startswith("/put/"):
            await self._put(stream, path, headers, rest)
        elif path.startswith("/media/"):
            await self._media(stream, path, headers)
        else:
            while len(rest) < int(headers.get("content-length", "0")):
                rest += await stream.receive()
            assert headers["authorization"] == f"Bearer {KEY}"
            await self._api(stream, method, path, json.loads(rest) if rest else {})

    async def _api(self, stream: SocketStream, method: str, path: str, body: dict[str, Any]) -> None:
        last = path.rsplit("/", 1)[-1]
        named = {"vg_file_": "file", "vg_fimp_": "import"}.get(last[:8], last)
        self.log.append(f"{method} {named}")
        status, answer = self.answer(method, path, last, body)
        if last in self.api_breaks:
            self.api_breaks.remove(last)
            return
        await _send(stream, status, json.dumps(answer).encode())

    def answer(self, method: str, path: str, last: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body for a request of the API; `last` is the end of its path."""
        if path == "/v1/files/upload":
            file_id = f"vg_file_{next(self.numbers):022d}"
            scope = "TEMPORARY" if body.get("isTemporary") else "GLOBAL"
            self.files[file_id] = Stored(file_id, body["displayName"], body.get("type"), scope)
            return 200, {"fileId": file_id, "uploadUrl": f"{self.url}/put/{file_id}?X-Signature={SIGNATURE}"}
        if path == "/v1/files":
            shown = [self.json(one, False) for one in self.files.values() if not one.archived and one.state == "ready"]
            return 200, {"files": shown[::-1], "hasMore": False, "nextCursor": None}
        if path == "/v1/files/search":
            hits = [one for one in self.files.values() if body["query"] in one.name]
            return 200, {"results": [{"similarity": 0.8, "file": self.json(one, False)} for one in hits]}
        if last == "import-url":
            self.imports.append(body)
            return 202, {"fileImportId": f"vg_fimp_{len(self.imports)}"}
        if last.startswith("vg_fimp_"):
            return 200, self._import(last)
        found = re.search(r"vg_file_\w+", path)
        stored = self.files.get(found[0]) if found else None
        if stored is None:
            return 404, {"message": "File not found.", "code": "not_found"}
        if stored.archived and last in ("hydrate", "enable-public-preview"):
            return 409, {"message": "The file is archived."}
        if last == "archive":
            stored.archived = True
        elif last == "enable-public-preview":
            stored.public, stored.pending_polls = True, self.public_after
        elif last == "disable-public-preview":
            stored.public = False
        answer = self.json(stored, last == "hydrate")
        if method == "GET" or last == "hydrate":
            stored.pending_polls = max(stored.pending_polls - 1, 0)
        return 200, answer

    def _import(self, import_id: str) -> dict[str, Any]:
        if self.import_polls:
            self.import_polls -= 1
            return {"fileImportId": import_id, "status": "running"}
        end = {"fileImportId": import_id, **self.import_end}
        if end["status"] == "succeeded" and "fileId" not in end:
            address = self.imports[int(import_id.rpartition("_")[2]) - 1]["url"]
            kinds = {"mp4": "VIDEO", "mp3": "AUDIO", "pdf": "PDF"}
            kind = kinds.get(address.rpartition(".")[2], "IMAGE")
            stored = self.add(b"x" * 100, type=kind)
            stored.state = self.ends_as
            end["fileId"] = stored.file_id
        return end

    def json(self, stored: Stored, signed: bool) -> dict[str, Any]:
        """A file on the wire, today's dialect."""
        status = (
            stored.state
            if stored.state in ("ready", "failed") and not (stored.pending_polls and not stored.public)
            else "pending"
        )
        source: dict[str, Any] = {"status": status}
        if status == "ready":
            source = {"status": "pending"}
            if signed:
                url = f"{self.url}/media/{stored.file_id}?X-Signature={SIGNATURE}"
                source = {"status": "ready", "url": url, "expiresAt": 2_000_000_000, "fileBytes": stored.size or None}
        static: dict[str, Any] | None = None
        if stored.public:
            static = {"status": "pending"}
            if not stored.pending_polls:
                static = {"status": "ready", "url": f"{self.url}/public/{stored.file_id}.png", "expiresAt": None}
        return {
            "fileId": stored.file_id,
            "type": stored.type,
            "scope": stored.scope,
            "displayName": stored.name,
            "downloadSource": None if stored.archived else source,
            "staticPublicPreviewSource": static,
            "isPublicPreviewEnabled": stored.public,
            "uploadError": self.upload_error,
            **stored.extra,
        }

    async def _put(self, stream: SocketStream, path: str, headers: dict[str, str], rest: bytes) -> None:
        self.log.append("PUT")
        assert "authorization" not in headers
        size, came, digest = int(headers["content-length"]), len(rest), hashlib.sha256(rest)
        status = self.upload_statuses.pop(0) if self.upload_statuses else 200
        limit = self.upload_breaks.pop(0) if self.upload_breaks else None
        while came < size:
            if limit is not None and came >= limit:
                return await _reset(stream)
            piece = await stream.receive(PIECE)
            came += len(piece)
            digest.update(piece)
            if self.during_upload is not None:
                self.during_upload(came)
        stored = self.files[path.rsplit("/", 1)[-1]]
        if status == 200:
            stored.size, stored.sha256 = size, digest.hexdigest()
            stored.state, stored.pending_polls = self.ends_as, self.polls_after_upload
        await _send(stream, status, b"")
        return None

    async def _media(self, stream: SocketStream, path: str, headers: dict[str, str]) -> None:
        assert "authorization" not in headers
        stored = self.files[path.rsplit("/", 1)[-1]]
        assert stored.content is not None
        if self.download_statuses and (status := self.download_statuses.pop(0)) != 200:
            return await _send(stream, status, b"<Error>expired</Error>")
        asked = re.match(r"bytes=(\d+)-", headers.get("range", ""))
        start = int(asked[1]) if asked and self.knows_ranges else 0
        if headers.get("if-range", self.etag) != self.etag:
            start = 0
        self.ranges.append(start)
        limit = self.download_breaks.pop(0) if self.download_breaks else None
        status = 206 if start else 200
        more = [f"ETag: {self.etag}"]
        if start:
            more.append(f"Content-Range: bytes {start}-{stored.size - 1}/{stored.size}")
        await stream.send(_head(status, stored.size - start, more))
        at = start
        while at < stored.size:
            if limit is not None and at >= limit:
                return await _reset(stream)
            piece = stored.content(at, min(PIECE, stored.size - at))
            await stream.send(piece)
            at += len(piece)
        return None


def _head(status: int, length: int, more: list[str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {length}", "Connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode()


async def _send(stream: SocketStream, status: int, body: bytes) -> None:
    await stream.send(_head(status, len(body), ["Content-Type: application/json"]) + body)


async def _reset(stream: SocketStream) -> None:
    """Drop the connection so that the other side sees a reset, not an end."""
    stream.extra(SocketAttribute.raw_socket).setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER, 0 s
    await stream.aclose()


@asynccontextmanager
async def loopback() -> AsyncIterator[Loopback]:
    """A running service; `url` is its address."""
    service = Loopback()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    service.url = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, service.handle)
        yield service
        tasks.cancel_scope.cancel()
