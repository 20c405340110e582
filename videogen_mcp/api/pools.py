"""The connections: which httpx client sends what, made when first needed."""

from __future__ import annotations

import importlib.util
import logging
import ssl
import sys
from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import httpx

from videogen_mcp import __version__
from videogen_mcp.api.errors import BadSetting
from videogen_mcp.api.proxies import Proxies
from videogen_mcp.api.timeouts import Timeouts
from videogen_mcp.api.tls import tls_context
from videogen_mcp.loopback import is_loopback

CLIENT_TAG = f"videogen-mcp/{__version__}"

KEEPALIVE_EXPIRY = 4.0
"""Seconds an idle connection is kept for the next read. Common servers drop idle ones after 5 s (uvicorn, Node);
below that, a read rarely meets a connection that is closed at that moment."""

SUBMIT_KEEPALIVE = 0
"""Idle connections a submit may reuse. None: when a server closes an idle connection just as a request leaves,
nobody can tell whether it was read, and a submit could then not be repeated. A handshake costs 0.1 s."""


CONNECTIONS = 100
"""At once to one kind of address; httpx's own default."""


class _WithoutQueries(logging.Filter):
    """httpx logs every address it calls. Signed ones carry their signature in the query, so queries are left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None, userinfo=b"") if isinstance(arg, httpx.URL) else arg for arg in record.args
            )
        return True


def _look_for_no_sniffio() -> None:
    """Let imports of sniffio fail at once where it is not installed: httpcore 1.0 tries one six times in a request, and
    each time Python would search the whole path anew, for 35 to 100 microseconds."""
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # as the reference of the import system has it


def web_address(text: str) -> httpx.URL | None:
    """Return `text` as an http(s) URL with a host and without user name or password; None for anything else."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None
    return url if url.scheme in ("http", "https") and url.host and not url.userinfo else None


def base_address(text: str) -> httpx.URL:
    """Return the API's base URL without trailing slash and /v1. Raise BadSetting unless it is http(s) without query."""
    url = web_address(text.strip())
    if url is None or url.query or url.fragment:
        raise BadSetting("VIDEOGEN_BASE_URL must be an http or https address such as https://api.videogen.io.")
    path = url.path.rstrip("/").removesuffix("/v1")
    return url.copy_with(path=path or "/")


def checked_key(text: str) -> str:
    """Return the API key without white space around it. Raise BadSetting for one that no header can carry."""
    key = text.strip()
    if not key:
        raise BadSetting("VIDEOGEN_API_KEY is empty.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadSetting("VIDEOGEN_API_KEY holds characters that no key has (a line break, a space, an accent).")
    return key


def timeout(times: Timeouts, left: float | None = None) -> httpx.Timeout:
    """Return `times` as httpx wants them, none longer than nine tenths of the seconds that are `left`.

    A step should end by itself before the whole is cut: a TLS handshake that is cancelled leaves its socket open
    until the garbage collector comes by (httpcore 1.0 closes it after errors only).
    """

    def at_most(seconds: float) -> float:
        return seconds if left is None else max(0.001, min(seconds, 0.9 * left))

    return httpx.Timeout(
        connect=at_most(times.connect), read=at_most(times.read), write=at_most(times.write), pool=at_most(times.pool)
    )


class InTurn(httpx.AsyncBaseTransport):
    """Lets no more requests into a pool than it has connections; the others wait here, in their order.

    httpcore 1.0 goes through all requests that wait, and all connections for each, whenever a request begins or ends:
    with 400 at once each cost 30 ms of processor time.
    """

    def __init__(self, pool: httpx.AsyncBaseTransport, connections: int = CONNECTIONS) -> None:
        self._pool = pool
        self._turns = anyio.Semaphore(connections, fast_acquire=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises httpx.PoolTimeout where no connection is free within the request's time for that."""
        try:
            self._turns.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait(request)
        try:
            response = await self._pool.handle_async_request(request)
        except BaseException:
            self._turns.release()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Released(response.stream, self._turns)
        return response

    async def _wait(self, request: httpx.Request) -> None:
        try:
            with anyio.fail_after(request.extensions.get("timeout", {}).get("pool")):
                await self._turns.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("all connections are busy", request=request) from None

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Released(httpx.AsyncByteStream):
    """The body of a response whose connection is free for another request once it is closed."""

    def __init__(self, body: httpx.AsyncByteStream, turns: anyio.Semaphore) -> None:
        self._body = body
        self._turns: anyio.Semaphore | None = turns

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        turns, self._turns = self._turns, None
        try:
            await self._body.aclose()
        finally:
            if turns is not None:
                turns.release()


class Pools:
    """Hands out the httpx client for an address.

    Submits get one that never reuses a connection (`SUBMIT_KEEPALIVE`). This machine's own addresses are reached
    directly whatever the proxy settings say: the sandbox lives there. None follows redirects.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._clients: dict[tuple[bool, str, bool, bool], httpx.AsyncClient] = {}
        self._tls: ssl.SSLContext | None = None
        self._proxies: Proxies | None = None

    def client(self, url: httpx.URL, *, fresh: bool = False) -> httpx.AsyncClient:
        """Return the client for `url`; `fresh` ones open a connection per request.

        Raises BadSetting when the environment's proxies or certificates cannot be used.
        """
        local = is_loopback(url.host)
        proxy = None if local else self._proxy(url)
        key = (local, url.scheme, proxy is not None, fresh)
        if key not in self._clients:
            self._clients[key] = self._make(local, proxy, url.scheme == "https", fresh)
        return self._clients[key]

    def proxy_name(self, url: httpx.URL) -> str | None:
        """Return how messages name the proxy on the way to `url`; None where there is none. Raises BadSetting."""
        return None if self._transport is not None or is_loopback(url.host) else self._environment().named(url)

    def first_hop(self, url: httpx.URL) -> httpx.URL:
        """Return the address to which a connection for `url` is made: the proxy's, or itself. Raises BadSetting."""
        proxy = None if is_loopback(url.host) else self._proxy(url)
        return url if proxy is None else proxy.url

    def _environment(self) -> Proxies:
        self._proxies = self._proxies or Proxies.of_environment()
        return self._proxies

    def _proxy(self, url: httpx.URL) -> httpx.Proxy | None:
        return None if self._transport is not None else self._environment().proxy(url)

    def _make(self, local: bool, proxy: httpx.Proxy | None, encrypted: bool, fresh: bool) -> httpx.AsyncClient:
        logger = logging.getLogger("httpx")
        if not any(isinstance(present, _WithoutQueries) for present in logger.filters):
            logger.addFilter(_WithoutQueries())
        _look_for_no_sniffio()
        if self._transport is None and self._tls is None and (encrypted or not local):
            self._tls = tls_context()  # some 20 ms of reading certificates: once, and only if needed
        return httpx.AsyncClient(
            transport=self._transport or InTurn(self._pool(proxy, fresh)),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": CLIENT_TAG},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # keys share it; none gets another's cookies
        )

    def _pool(self, proxy: httpx.Proxy | None, fresh: bool) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=self._tls if self._tls is not None else False,
            proxy=proxy,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=SUBMIT_KEEPALIVE if fresh else 20,
                keepalive_expiry=KEEPALIVE_EXPIRY,
            ),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()
