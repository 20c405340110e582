"""Fetches a file from a URL: from hosts that are allowed only, within limits of size and time.

A name is resolved once and its checked address is connected to; each redirect is checked as the first URL was. httpx
is imported for the first file: see `videogen_sandbox.jobs.webhooks`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

import anyio

from videogen_sandbox import __version__
from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.import_sources import AllowedSources
from videogen_sandbox.engines import EngineError
from videogen_sandbox.loopback import is_loopback
from videogen_sandbox.networks import LOOPBACK, Resolve, is_address, resolve

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 2 * 1024**3
"""Of one file: the largest input that an engine is given."""

MAX_SECONDS = 600.0
"""For one file, redirects included: 2 GiB in ten minutes are 30 Mbit/s."""

SILENCE_SECONDS = 30.0
"""Without a byte, after which the other side is given up."""

MAX_REDIRECTS = 5

BLOCK = 1 << 20
"""Bytes that are written to the disk at once."""

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched. `name` is the last part of its URL, `sha256` in hexadecimal digits."""

    path: Path
    name: str
    sha256: str


class Fetcher:
    """Fetches files into folders."""

    def __init__(
        self,
        allowed: AllowedSources,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._allowed = allowed
        self._clock = clock
        self._transport = transport
        self._resolve = resolve

    async def fetch(self, url: str, folder: Path) -> Fetched:
        """Return the file at a URL. Raise EngineError: import_refused, import_failed, file_limit or time_limit."""
        import httpx

        fetched: Fetched | None = None

        async def alarm() -> None:
            await self._clock.sleep(MAX_SECONDS)
            group.cancel_scope.cancel()

        failure: EngineError | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(alarm)
            try:
                fetched = await self._followed(httpx.URL(url), folder)
            except EngineError as error:
                failure = error
            except httpx.InvalidURL:
                failure = EngineError("import_refused", "This is not a URL.")
            except (httpx.HTTPError, OSError) as error:
                failure = EngineError("import_failed", f"The file could not be fetched: {type(error).__name__}.")
            group.cancel_scope.cancel()
        if failure:
            raise failure
        if fetched is None:
            raise EngineError("time_limit", f"Fetching took longer than the {MAX_SECONDS:g} s that are allowed.")
        return fetched

    async def _followed(self, url: httpx.URL, folder: Path) -> Fetched:
        import httpx

        came_from: str | None = None
        # The proxies and credentials in the user's environment are not meant for this.
        async with httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=SILENCE_SECONDS) as client:
            for _ in range(MAX_REDIRECTS + 1):
                addresses = await self._addresses(url, came_from)
                found = await self._get(client, url, addresses, folder)
                if isinstance(found, Fetched):
                    return found
                came_from, url = url.host, found
        raise EngineError("import_failed", f"The URL redirects more than {MAX_REDIRECTS} times.")

    async def _addresses(self, url: httpx.URL, came_from: str | None) -> Sequence[str]:
        """Return the addresses of a URL that may be connected to. Raise EngineError when there is none."""
        if problem := self._allowed.url_problem(str(url)):
            raise EngineError("import_refused", f"The URL {problem}.")
        host = url.host.rstrip(".")
        if is_address(host):
            found: Sequence[str] = [host]
        elif is_loopback(host):
            found = LOOPBACK
        else:
            found = await self._resolve(host, url.port or {"http": 80, "https": 443}[url.scheme])
        problems = {address: self._allowed.address_problem(host, address, came_from) for address in found}
        if refused := next(filter(None, problems.values()), None):
            raise EngineError("import_refused", f"The URL {refused}.")
        return found

    async def _get(
        self, client: httpx.AsyncClient, url: httpx.URL, addresses: Sequence[str], folder: Path
    ) -> Fetched | httpx.URL:
        """Return the file at a URL, from the first address that takes the connection, or where it redirects to."""
        import httpx

        headers = {"host": url.netloc.decode("ascii"), "user-agent": f"videogen-sandbox/{__version__}"}
        extensions = {"sni_hostname": url.raw_host.decode("ascii")}
        for address in addresses:
            target = url.copy_with(
                host=address
            )  # The checked address is connected to; the name is for the certificate.
            try:
                async with client.stream("GET", target, headers=headers, extensions=extensions) as response:
                    if response.has_redirect_location:
                        return url.join(response.headers["location"])
                    if not response.is_success:
                        raise EngineError("import_failed", f"The URL answered with status {response.status_code}.")
                    return await _written(response, url, folder)
            except httpx.ConnectError:
                if address == addresses[-1]:
                    raise
        raise EngineError("import_failed", "The host has no address.")


async def _written(response: httpx.Response, url: httpx.URL, folder: Path) -> Fetched:
    too_large = EngineError("file_limit", f"The file is larger than the {MAX_BYTES // 1024**2} MiB that are allowed.")
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > MAX_BYTES:
        raise too_large
    name = PurePosixPath(unquote(url.path)).name
    suffix = PurePosixPath(name).suffix
    path = folder / f"original{suffix.lower() if _SUFFIX.fullmatch(suffix) else ''}"
    digest = hashlib.sha256()
    size = 0
    async with await anyio.open_file(path, "wb") as file:
        async for block in response.aiter_bytes(BLOCK):
            size += len(block)
            if size > MAX_BYTES:
                raise too_large
            digest.update(block)
            await file.write(block)
    return Fetched(path, name, digest.hexdigest())
