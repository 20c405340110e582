"""The VideoGen REST API: one method per operation, whatever its version."""

from __future__ import annotations

import random as randomness
from collections.abc import AsyncIterable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import anyio
import httpx

from videogen_mcp.api import transfers
from videogen_mcp.api.dialects import DIALECTS, TEXT_TO_SPEECH, TOOLS, V0, V2, Dialect
from videogen_mcp.api.errors import BadRequest, BrokenAnswer, ConnectionFailed, NotFound, NotSupported
from videogen_mcp.api.http import Call, Connection
from videogen_mcp.api.models import (
    Execution,
    File,
    FoundFile,
    Me,
    Page,
    Presenter,
    Upload,
    Voice,
    WebhookEndpoint,
)
from videogen_mcp.api.readers import cut, entries, nothing, of_type, one, page
from videogen_mcp.api.readers import execution_id as read_execution_id
from videogen_mcp.api.transfers import Download
from videogen_mcp.api.transport import (
    API_TIMEOUTS,
    LONGEST_ID,
    NO_RETRY,
    READ_RETRY,
    SUBMIT_RETRY,
    SUBMIT_TIMEOUT,
    TRANSFER_TIMEOUTS,
    RateLimit,
    Timeouts,
)
from videogen_mcp.clock import Clock, SystemClock

T = TypeVar("T")

LARGEST_PAGE = 200
"""What `limit` may be at most (contract notes, section 9)."""

MOST_PAGES = 100
"""Pages read for one whole list: 20,000 voices or presenters. More is a server that pages in a circle."""

EXECUTIONS = TOOLS + "executions"
FILES = "/v1/files"
WEBHOOKS = "/v1/webhooks/endpoints"


class VideoGen:
    """A key's view of VideoGen. Use it as an async context manager, or call `aclose`.

    Every method raises a VideoGenError and nothing else. Reads and calls that change nothing when repeated are
    repeated by themselves where that helps (`transport.READ_RETRY`); what creates something only where nothing can
    have happened.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        dialect: Literal["auto", "v0", "v2"] = "auto",
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        random: Callable[[], float] = randomness.random,
        timeouts: Timeouts = API_TIMEOUTS,
        transfer_timeouts: Timeouts = TRANSFER_TIMEOUTS,
    ) -> None:
        """Nothing is sent yet. `random` gives numbers from 0 to 1 for jitter. Raises BadSetting for a key or
        address that cannot be used."""
        self._clock = clock or SystemClock()
        self._connection = Connection(
            api_key=api_key,
            base_url=base_url,
            transport=transport,
            clock=self._clock,
            chance=random,
            timeouts=timeouts,
        )
        self._transfer_timeouts = transfer_timeouts
        self._dialect: Dialect | None = DIALECTS.get(dialect)
        self._dialect_lock = anyio.Lock()
        self._default_voices: list[Voice] | None = None

    async def __aenter__(self) -> VideoGen:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.pools.aclose()

    @property
    def limits(self) -> Mapping[str, RateLimit]:
        """The last seen X-RateLimit-* of each group of calls that has been used: "start", "execution", "list",
        "cancel", "files", "hydrate", "upload", "search", "archive", "preview", "voices", "presenters", "webhooks",
        "webhook_changes", "me"."""
        return self._connection.limits

    async def dialect(self, *, within: float | None = None) -> Dialect:
        """The version of the API behind the base URL, found out once: only today's answers GET /v1/me."""
        if self._dialect is None:
            async with self._dialect_lock:
                if self._dialect is None:
                    try:
                        await self._read("/v1/me", "me", one(Me), within=within)
                        self._dialect = V2
                    except NotFound:
                        self._dialect = V0
        return self._dialect

    # executions

    async def start(self, path: str, body: Mapping[str, Any], *, within: float = SUBMIT_TIMEOUT) -> str:
        """Submit one execution of the tool at `path` ("/v1/tools/…") and return its id, inside `within` seconds.

        `body` is in today's wire names; None values count as not asked for. Repeated only where nothing can have
        started; when an error's `may_have_started` is set, it must not be submitted again. Raises NotSupported for
        an argument that the reached version of the API does not have.
        """
        deadline = self._clock.monotonic() + within

        def left() -> float:
            return deadline - self._clock.monotonic()

        with anyio.move_on_after(within) as scope:
            dialect = await self.dialect(within=left())
            request = dialect.request(path, body)
            if path == TEXT_TO_SPEECH and not dialect.chooses_voice and "voiceId" not in request:
                request["voiceId"] = await self._default_voice(request.get("speechLanguageCode"), left())
        if scope.cancelled_caught:
            raise ConnectionFailed(f"{self._connection.host} took too long to get ready for the request.")
        call = Call("POST", path, "start", read_execution_id, body=request, submit=True)
        return await self._connection.call(call, policy=SUBMIT_RETRY, within=left())

    async def execution(self, execution_id: str, *, retry: bool = True) -> Execution:
        """How an execution stands. Result addresses are freshly signed."""
        path = f"{EXECUTIONS}/{_id(execution_id)}"
        policy = READ_RETRY if retry else NO_RETRY
        return await self._connection.call(Call("GET", path, "execution", one(Execution)), policy=policy)

    async def executions(
        self, *, limit: int = 50, cursor: str | None = None, self_only: bool = False
    ) -> Page[Execution]:
        """The account's executions, newest first; `self_only`: this key's. Addresses in it may be stale.

        Raises NotSupported in the seed era.
        """
        if not (await self.dialect()).lists_executions:
            raise NotSupported(EXECUTIONS, "this version of the API does not list executions")
        params = {**_paging(limit, cursor), **({"selfOnly": "true"} if self_only else {})}
        return await self._read(EXECUTIONS, "list", page(Execution, "toolExecutions"), params)

    async def cancel(self, execution_id: str) -> str:
        """Ask for an end; best effort, so look at the execution afterwards. Returns its id."""
        return await self._post(f"{EXECUTIONS}/{_id(execution_id)}/cancel", "cancel", read_execution_id)

    # files

    async def files(self, *, limit: int = 50, cursor: str | None = None, type: str | None = None) -> Page[File]:  # noqa: A002 - the wire's word
        """One page of files, newest first. Sources are not signed; `hydrate` one to get its addresses.

        `type` ("IMAGE", "VIDEO", "AUDIO" …) filters what came, so a page may be shorter than `limit` and still have
        a next one. The seed era sends everything; it is cut into pages here.
        """
        if (await self.dialect()).pages_lists:
            found = await self._read(FILES, "files", page(File, "files"), _paging(limit, cursor))
            return Page(of_type(found.items, type), found.has_more, found.next_cursor)
        whole = await self._read(FILES, "files", page(File, "files"))
        return cut(of_type(whole.items, type), limit, cursor)

    async def search_files(self, query: str, limit: int = 10) -> list[FoundFile]:
        """Files whose content means what `query` says, best first (1 to 100)."""
        body = {"query": query, "numResults": max(1, min(limit, 100))}
        return await self._post(f"{FILES}/search", "search", entries(FoundFile, "results"), body)

    async def file(self, file_id: str) -> File:
        """One file, sources not signed."""
        return await self._read(f"{FILES}/{_id(file_id)}", "files", one(File))

    async def hydrate(self, file_id: str) -> File:
        """One file with freshly signed addresses."""
        return await self._post(f"{FILES}/{_id(file_id)}/hydrate", "hydrate", one(File))

    async def archive(self, file_id: str) -> File:
        """Take a file out of lists and searches."""
        return await self._post(f"{FILES}/{_id(file_id)}/archive", "archive", one(File))

    async def enable_public_preview(self, file_id: str) -> File:
        """Make a public copy for everybody. Today it may take a while until its address is in the file; the seed
        era does it at once, for video and sound only."""
        return await self._post(f"{FILES}/{_id(file_id)}/enable-public-preview", "preview", one(File))

    async def disable_public_preview(self, file_id: str) -> File:
        """Take the public copy away."""
        return await self._post(f"{FILES}/{_id(file_id)}/disable-public-preview", "preview", one(File))

    async def create_upload(self, display_name: str, type: str | None = None, temporary: bool = False) -> Upload:  # noqa: A002 - the wire's word
        """Register a file whose bytes follow with `put_upload`. Without `type` the service finds it out."""
        body: dict[str, Any] = {"displayName": display_name}
        if type is not None:
            body["type"] = type
        if temporary:
            body["isTemporary"] = True
        return await self._create(f"{FILES}/upload", "upload", one(Upload), body)

    async def put_upload(
        self,
        upload_url: str,
        content: AsyncIterable[bytes] | bytes,
        *,
        size: int,
        content_type: str | None = None,
    ) -> int:
        """Send the bytes, streamed; the status of the success. See `transfers.put`."""
        return await transfers.put(
            self._connection.pools,
            upload_url,
            content,
            size=size,
            content_type=content_type,
            now=self._clock.time(),
            timeouts=self._transfer_timeouts,
        )

    def download(self, url: str, *, start: int = 0, etag: str | None = None) -> AbstractAsyncContextManager[Download]:
        """`async with client.download(url) as stream:` the bytes behind a signed address. See `transfers.get`."""
        return transfers.get(
            self._connection.pools,
            url,
            start=start,
            etag=etag,
            now=self._clock.time(),
            timeouts=self._transfer_timeouts,
        )

    # catalogue

    async def voices(self, *, include_deprecated: bool = False) -> list[Voice]:
        """Every voice, all pages."""
        params = {"includeDeprecatedVoices": "true"} if include_deprecated else {}
        return await self._whole("/v1/resources/tts-voices", "voices", page(Voice, "ttsVoices"), params)

    async def presenters(self) -> list[Presenter]:
        """Everybody who can speak in an avatar clip: presenters in the seed era, actors with a face today."""
        dialect = await self.dialect()
        read = page(Presenter, dialect.presenters_key)
        found = await self._whole(dialect.presenters_path, "presenters", read, dialect.presenters_query)
        return [presenter for presenter in found if presenter.has_avatar_presenter]

    # webhooks and account

    async def webhooks(self) -> list[WebhookEndpoint]:
        """Every endpoint, all pages."""
        return await self._whole(WEBHOOKS, "webhooks", page(WebhookEndpoint, "endpoints"), {})

    async def create_webhook(self, url: str, events: list[str], description: str | None = None) -> WebhookEndpoint:
        """Register an endpoint. Only this answer ever holds its signing secret."""
        body: dict[str, Any] = {"url": url, "events": events}
        if description is not None:
            body["description"] = description
        return await self._create(WEBHOOKS, "webhook_changes", one(WebhookEndpoint), body)

    async def delete_webhook(self, endpoint_id: str) -> None:
        """Remove an endpoint. Not repeated when unclear: the second attempt would not find it."""
        path = f"{WEBHOOKS}/{_id(endpoint_id)}"
        call = Call("DELETE", path, "webhook_changes", nothing, submit=True, has_answer=False)
        await self._connection.call(call, policy=SUBMIT_RETRY)

    async def me(self) -> Me:
        """Whose key this is. Raises NotSupported in the seed era."""
        if not (await self.dialect()).has_account:
            raise NotSupported("/v1/me", "this version of the API does not tell whose key it is")
        return await self._read("/v1/me", "me", one(Me))

    # how they are sent

    async def _read(
        self,
        path: str,
        group: str,
        read: Callable[[Any], T],
        params: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> T:
        return await self._connection.call(Call("GET", path, group, read, params=params or {}), within=within)

    async def _post(self, path: str, group: str, read: Callable[[Any], T], body: Mapping[str, Any] | None = None) -> T:
        """A POST that may be repeated: it changes nothing, or nothing more the second time."""
        return await self._connection.call(Call("POST", path, group, read, body=body))

    async def _create(self, path: str, group: str, read: Callable[[Any], T], body: Mapping[str, Any]) -> T:
        call = Call("POST", path, group, read, body=body, submit=True)
        return await self._connection.call(call, policy=SUBMIT_RETRY)

    async def _whole(
        self,
        path: str,
        group: str,
        read: Callable[[Any], Page[T]],
        params: Mapping[str, str],
        within: float | None = None,
    ) -> list[T]:
        if not (await self.dialect(within=within)).pages_lists:
            return (await self._read(path, group, read, params, within)).items
        items: list[T] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            found = await self._read(path, group, read, {**params, **_paging(LARGEST_PAGE, cursor)}, within)
            items += found.items
            if not found.has_more or found.next_cursor is None:
                return items
            cursor = found.next_cursor
        raise BrokenAnswer(f"the list at {path} does not end", may_have_started=False)

    async def _default_voice(self, language: object, within: float) -> str:
        """Today's API wants a voice named: the first that may be used directly, of the language if there is one."""
        if self._default_voices is None:
            read = page(Voice, "ttsVoices")
            found = await self._whole("/v1/resources/tts-voices", "voices", read, {}, within)
            self._default_voices = [v for v in found if v.supports_direct_tool_execution and not v.is_deprecated]
        voice = choose_voice(self._default_voices, language if isinstance(language, str) else None)
        if voice is None:
            raise NotSupported("voiceId", "the account has no voice that can be used directly, so name one")
        return voice.voice_id


def choose_voice(voices: list[Voice], language: str | None) -> Voice | None:
    """The first voice of `language` ("en" fits "en-US"), else the first that speaks any, else the first."""
    if language:
        primary = language.split("-")[0].lower()
        for voice in voices:
            if (voice.language_code or "").split("-")[0].lower() == primary:
                return voice
        for voice in voices:
            if voice.supports_all_languages:
                return voice
    return voices[0] if voices else None


def _id(text: str) -> str:
    """`text` as one step of a path. Raises BadRequest for what cannot be an id."""
    if not text or len(text) > LONGEST_ID or not text.isprintable() or not text.strip("."):
        raise BadRequest("this is not an id of VideoGen", status=400, code="invalid_id")
    return quote(text, safe="")


def _paging(limit: int, cursor: str | None) -> dict[str, str]:
    return {"limit": str(max(1, min(limit, LARGEST_PAGE))), **({} if cursor is None else {"cursor": cursor})}
