"""The VideoGen REST API: one method per operation, whatever its era."""

from __future__ import annotations

import copy
import random as randomness
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Literal, TypeVar

import anyio
import httpx

from videogen_mcp.api import operations, transfers
from videogen_mcp.api.dialects import DIALECTS, V0, V2, Dialect
from videogen_mcp.api.errors import BadSetting, BrokenAnswer, ConnectionFailed, NotFound
from videogen_mcp.api.http import ApiRequest, Connection
from videogen_mcp.api.library_models import Language
from videogen_mcp.api.limits import Group, RateLimit
from videogen_mcp.api.models import Execution, File, FoundFile, Page, Presenter, Upload, Voice, WebhookEndpoint
from videogen_mcp.api.operations import BOTH_ERAS, Operation, submit_at
from videogen_mcp.api.parsing import Parse, entries, json_object, nothing, one, page, page_of
from videogen_mcp.api.parsing import execution_id as parse_execution_id
from videogen_mcp.api.pools import Pools
from videogen_mcp.api.retries import NO_RETRY, READ_RETRY, SUBMIT_RETRY, UNSENT_RETRY
from videogen_mcp.api.speakers import DefaultSpeakers
from videogen_mcp.api.timeouts import API_TIMEOUTS, SUBMIT_TIMEOUT, TRANSFER_TIMEOUTS, Timeouts
from videogen_mcp.api.transfers import Download
from videogen_mcp.clock import Clock, SystemClock

T = TypeVar("T")

LARGEST_PAGE = 200
"""What `limit` may be at most (contract notes, section 9)."""

MOST_PAGES = 100
"""Pages read for one whole list: 20,000 voices or presenters. More is a server that pages in a circle."""


class VideoGen:
    """A key's view of VideoGen. Use it as an async context manager, or call `aclose`.

    Every method that calls the API raises a VideoGenError and nothing else: ConnectionFailed (nothing was sent),
    Unclear (no whole response), BrokenAnswer (an unreadable one), an ApiError by status (NotFound, Forbidden,
    RateLimited …), BadRequest for an id that cannot be one. Methods name what they raise beyond these. Requests that
    change nothing when repeated are repeated where that helps (`retries.READ_RETRY`); what creates something, only
    where nothing can have happened.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        dialect: Literal["auto", "v0", "v2"] = "auto",
        transport: httpx.AsyncBaseTransport | None = None,
        pools: Pools | None = None,
        at_once: int | None = None,
        clock: Clock | None = None,
        random: Callable[[], float] = randomness.random,
        timeouts: Timeouts = API_TIMEOUTS,
        transfer_timeouts: Timeouts = TRANSFER_TIMEOUTS,
    ) -> None:
        """Send nothing yet.

        `transport` replaces the network. `pools` are shared with other keys, and closed by whoever made them; with
        `at_once` no more requests than that are under way, and each has a connection of its own, so that nobody takes
        all connections or is given the response to somebody else. `random` returns numbers from 0 to 1 for jitter.
        Raise BadSetting for a key or address that cannot be used.
        """
        self._clock = clock or SystemClock()
        self._shares_pools = pools is not None
        self._connection = Connection(
            api_key=api_key,
            base_url=base_url,
            pools=pools or Pools(transport),
            clock=self._clock,
            chance=random,
            at_once=at_once,
            timeouts=timeouts,
        )
        self._transfer_timeouts = transfer_timeouts
        self._dialect: Dialect | None = DIALECTS.get(dialect)
        self._asking: anyio.Lock | None = None
        self.speakers = DefaultSpeakers()
        """Shared with the clients of `with_options`."""
        self.alone = at_once is not None
        """Whether each request has a connection of its own (`with_options`)."""
        self.held = 0
        """Seconds that the service may hold each request (`with_options`)."""
        self.submit_retry = SUBMIT_RETRY
        """When a submit is sent again (`with_options`)."""

    def with_options(self, *, alone: bool = False, repeat_refused: bool = True, held: int = 0) -> VideoGen:
        """Return a client with the same connections that does as the options say; it needs no closing.

        `alone`: each request has a connection of its own, on which no earlier response can be taken for its own.
        `repeat_refused` False: a submit that was refused for now is not sent again; the caller looks first whether it
        was carried out all the same. `held`: seconds that the service may hold a request until the execution that it
        asks about has ended; only the sandbox does so.
        """
        view = copy.copy(self)
        view.alone = alone or self.alone
        view.held = held
        view.submit_retry = SUBMIT_RETRY if repeat_refused else UNSENT_RETRY
        return view

    async def __aenter__(self) -> VideoGen:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless they are shared."""
        if not self._shares_pools:
            await self._connection.pools.aclose()

    @property
    def limits(self) -> Mapping[Group, RateLimit]:
        """The last seen X-RateLimit-* of each group of operations that has been used."""
        return self._connection.limits

    async def dialect(self, *, within: float | None = None) -> Dialect:
        """Return the dialect of the API behind the base URL, found out once: only today's answers GET /v1/me."""
        if self._dialect is None:
            self._asking = asking = self._asking or anyio.Lock()
            async with asking:
                if self._dialect is None:
                    self._dialect = V2 if await self._has_account(within) else V0
            self._asking = None  # a server has many idle clients, and an unused lock takes as much as all else in one
        return self._dialect

    async def check_key(self, *, within: float | None = None) -> None:
        """Have the service look at the key, which `dialect` does only where it was not given. Raise Unauthorized."""
        await self._has_account(within)

    async def _has_account(self, within: float | None) -> bool:
        probe = ApiRequest(operations.GET_ACCOUNT, operations.GET_ACCOUNT.path, json_object)
        try:
            await self._connection.send(probe, within=within)
        except NotFound:
            await self._check_address(within)
            return False
        return True

    async def _check_address(self, within: float | None) -> None:
        """Tell the seed era from an address at which there is no API: that knows the list of voices. Raise
        BadSetting."""
        path = operations.LIST_VOICES.path
        try:
            await self._connection.send(ApiRequest(operations.LIST_VOICES, path, nothing), within=within)
        except NotFound:
            raise BadSetting(
                f"{self._connection.host} has no VideoGen API there: it knows neither {operations.GET_ACCOUNT.path} nor"
                f" {path}. VIDEOGEN_BASE_URL names the address; write https://api.videogen.io, or remove it"
            ) from None

    async def call(
        self,
        operation: Operation,
        parse: Parse[T],
        *ids: str,
        params: Mapping[str, str] | None = None,
        payload: Mapping[str, Any] | None = None,
        retry: bool = True,
        within: float | None = None,
    ) -> T:
        """Return what `parse` makes of the response to `operation` with `ids` in its path.

        A response about another id is a BrokenAnswer, and read again on another connection. `params` is the query,
        `payload` the JSON body in the names of the reached era. All attempts together take at most `within` seconds
        (default: `retries.READ_RETRY` or `submit_retry`, by the operation), and with `retry` False there is one. Raise
        NotSupported when the reached era does not have the operation.
        """
        path = operation.fill(*ids)
        if operation.eras != BOTH_ERAS:
            (await self.dialect(within=within)).require(operation)
        policy = NO_RETRY if not retry else self.submit_retry if operation.once else READ_RETRY
        about = operation.named(*ids) if operation.same_ids else {}
        request = ApiRequest(operation, path, parse, params or {}, payload, about, self.alone, self.held)
        return await self._connection.send(request, policy=policy, within=within)

    async def submit(
        self,
        operation: Operation,
        parse: Parse[T],
        *ids: str,
        payload: Mapping[str, Any],
        within: float = SUBMIT_TIMEOUT,
    ) -> T:
        """Submit something that runs for a while, inside `within` seconds, and return what `parse` makes of the
        response.

        `payload` is in today's wire names; None values count as not asked for. Repeated only where nothing can have
        started; when an error's `may_have_started` is set, it must not be submitted again. Raise NotSupported for an
        operation or an argument that the reached era does not have, BadRequest for what JSON cannot carry and where the
        account has no voice or presenter to choose.
        """
        deadline = self._clock.monotonic() + within

        def left() -> float:
            return deadline - self._clock.monotonic()

        with anyio.move_on_after(within) as scope:
            dialect = await self.dialect(within=left())
            dialect.require(operation)
            speaker = await self.speakers.choose(self, operation.path, payload, dialect, left())
            translated = dialect.translate(operation.path, {**payload, **speaker})
        if scope.cancelled_caught:
            raise ConnectionFailed(f"{self._connection.host} took too long to get ready for the request.")
        return await self.call(operation, parse, *ids, payload=translated, within=left())

    # executions

    async def start(self, path: str, payload: Mapping[str, Any], *, within: float = SUBMIT_TIMEOUT) -> str:
        """Start one execution of the tool at `path` ("/v1/tools/…") and return its id; see `submit`."""
        operation, ids = submit_at(path)
        return await self.submit(operation, parse_execution_id, *ids, payload=payload, within=within)

    async def execution(self, execution_id: str, *, retry: bool = True) -> Execution:
        """Return an execution as it stands. The URLs of its results are freshly signed."""
        return await self.call(operations.GET_EXECUTION, one(Execution), execution_id, retry=retry)

    async def executions(
        self, *, limit: int = 50, cursor: str | None = None, self_only: bool = False
    ) -> Page[Execution]:
        """Return a page of the account's executions, newest first; with `self_only` those of the key's owner.

        URLs in it may have expired. Raise NotSupported in the seed era.
        """
        params = {**paging(limit, cursor), **({"selfOnly": "true"} if self_only else {})}
        return await self.call(operations.LIST_EXECUTIONS, page(Execution, "toolExecutions"), params=params)

    async def cancel(self, execution_id: str) -> str:
        """Ask for the cancellation of an execution and return its id. Best effort: poll to see whether it worked."""
        return await self.call(operations.CANCEL_EXECUTION, parse_execution_id, execution_id)

    # files

    async def files(self, *, limit: int = 50, cursor: str | None = None) -> Page[File]:
        """Return a page of files, exports of projects among them, newest first. Sources are not signed; `hydrate` a
        file to get its URLs.

        The seed era sends everything; it is cut into pages here. Raise BadRequest there for a foreign cursor.
        """
        parse = page(File, "files")
        if (await self.dialect()).pages_lists:
            params = {**paging(limit, cursor), "includeExportFiles": "true"}
            return await self.call(operations.LIST_FILES, parse, params=params)
        return page_of((await self.call(operations.LIST_FILES, parse)).items, limit, cursor)

    async def search_files(self, query: str, limit: int = 10) -> list[FoundFile]:
        """Return at most `limit` (1 to 100) files whose content fits `query` by meaning, best first."""
        payload = {"query": query, "numResults": max(1, min(limit, 100))}
        return await self.call(operations.SEARCH_FILES, entries(FoundFile, "results"), payload=payload)

    async def file(self, file_id: str) -> File:
        """Return a file; its sources are not signed."""
        return await self.call(operations.GET_FILE, one(File), file_id)

    async def hydrate(self, file_id: str) -> File:
        """Return a file with freshly signed URLs."""
        return await self.call(operations.HYDRATE_FILE, one(File), file_id)

    async def archive(self, file_id: str) -> File:
        """Take a file out of lists and searches, and return it."""
        return await self.call(operations.ARCHIVE_FILE, one(File), file_id)

    async def enable_public_preview(self, file_id: str) -> File:
        """Make a public copy of a file, and return the file. Today it may take a while until the copy's URL is in the
        file; the seed era does it at once, for video and sound only."""
        return await self.call(operations.ENABLE_PUBLIC_PREVIEW, one(File), file_id)

    async def disable_public_preview(self, file_id: str) -> File:
        """Remove the public copy of a file, and return the file."""
        return await self.call(operations.DISABLE_PUBLIC_PREVIEW, one(File), file_id)

    async def create_upload(self, display_name: str, type: str | None = None, temporary: bool = False) -> Upload:  # noqa: A002 - the wire's word
        """Register a file whose bytes follow with `put_upload`. Without `type` the service finds it out."""
        payload: dict[str, Any] = {"displayName": display_name}
        if type is not None:
            payload["type"] = type
        if temporary:
            payload["isTemporary"] = True
        return await self.call(operations.CREATE_UPLOAD, one(Upload), payload=payload)

    async def put_upload(
        self,
        upload_url: str,
        content: AsyncIterable[bytes] | bytes,
        *,
        size: int,
        content_type: str | None = None,
    ) -> int:
        """Send the bytes of a registered file, streamed, and return the HTTP status. See `transfers.put`."""
        return await transfers.put(
            self._connection.pools,
            upload_url,
            content,
            size=size,
            content_type=content_type,
            now=self._clock.time(),
            timeouts=self._transfer_timeouts,
        )

    @asynccontextmanager
    async def download(self, url: str, *, start: int = 0, etag: str | None = None) -> AsyncIterator[Download]:
        """Open a signed URL for reading: `async with client.download(url) as stream`. See `transfers.get`."""
        times = self._transfer_timeouts
        async with (
            self._connection.slots,
            transfers.get(
                self._connection.pools, url, start=start, etag=etag, now=self._clock.time(), timeouts=times
            ) as stream,
        ):
            yield stream

    # catalogue

    async def voices(self, *, include_deprecated: bool = False, within: float | None = None) -> list[Voice]:
        """Return every voice, all pages."""
        params = {"includeDeprecatedVoices": "true"} if include_deprecated else {}
        return await self.whole_list(operations.LIST_VOICES, page(Voice, "ttsVoices"), params=params, within=within)

    async def presenters(self, *, within: float | None = None) -> list[Presenter]:
        """Return all who can be shown: presenters in the seed era, actors today, of whom some have no face that speaks
        (`Presenter.has_avatar_presenter`)."""
        dialect = await self.dialect(within=within)
        parse = page(Presenter, dialect.presenters_key)
        return await self.whole_list(dialect.list_presenters, parse, params=dialect.presenters_query, within=within)

    async def languages(self) -> list[Language]:
        """Return the languages that videos can be translated to. Raise NotSupported in the seed era."""
        return await self.call(operations.LIST_LANGUAGES, entries(Language, "languages"))

    # webhooks

    async def webhooks(self) -> list[WebhookEndpoint]:
        """Return every webhook endpoint, all pages."""
        return await self.whole_list(operations.LIST_WEBHOOKS, page(WebhookEndpoint, "endpoints"))

    async def create_webhook(self, url: str, events: list[str]) -> WebhookEndpoint:
        """Register an endpoint and return it. Only this response ever holds its signing secret."""
        payload = {"url": url, "events": events}
        return await self.call(operations.CREATE_WEBHOOK, one(WebhookEndpoint), payload=payload)

    async def delete_webhook(self, endpoint_id: str) -> None:
        """Remove an endpoint. Not repeated when unclear: a second attempt would not find it."""
        await self.call(operations.DELETE_WEBHOOK, nothing, endpoint_id)

    # lists and defaults

    async def whole_list(
        self,
        operation: Operation,
        parse: Parse[Page[T]],
        *ids: str,
        params: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> list[T]:
        """Return the items of all pages, each page inside `within` seconds. Raise BrokenAnswer after MOST_PAGES."""
        if not (await self.dialect(within=within)).pages_lists:
            return (await self.call(operation, parse, *ids, params=params, within=within)).items
        items: list[T] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            paged = {**(params or {}), **paging(LARGEST_PAGE, cursor)}
            found = await self.call(operation, parse, *ids, params=paged, within=within)
            items += found.items
            if not found.has_more or found.next_cursor is None:
                return items
            cursor = found.next_cursor
        raise BrokenAnswer(f"the list at {operation.path} does not end", may_have_started=False)


def paging(limit: int, cursor: str | None) -> dict[str, str]:
    """Return the query of one page: `limit` kept within 1 to LARGEST_PAGE, `cursor` of the page before it."""
    return {"limit": str(max(1, min(limit, LARGEST_PAGE))), **({} if cursor is None else {"cursor": cursor})}
