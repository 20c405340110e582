"""A file on the web on its way to VideoGen: the service fetches it, this server only asks for that and polls."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from videogen_mcp.api import operations
from videogen_mcp.api.errors import (
    BadRequest,
    ConnectionFailed,
    NotSupported,
    RateLimited,
    ServiceFault,
    Unclear,
    VideoGenError,
)
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import bounded
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.media.addresses import refuse_address, shown
from videogen_mcp.media.limits import (
    IMPORT_KEPT,
    IMPORT_LIMIT,
    IMPORTS_KEPT,
    READY_FIRST,
    READY_GROWTH,
    READY_LAST,
)
from videogen_mcp.media.shared import SharedTransfers, Transfer
from videogen_mcp.media.sniff import KIND_WORDS, TAKEN
from videogen_mcp.media.uploads import NAME_LENGTH, Uploaded, Wanted, ready, usable

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution, File

log = logging.getLogger(__name__)

CHECK = "Check the address with the user, or give the file another way"


@dataclass(frozen=True)
class Imports:
    """Has the service import addresses, the same one once in IMPORT_KEPT seconds."""

    clock: Clock
    transfers: SharedTransfers[Uploaded]
    _imported: dict[Hashable, tuple[float, str]] = field(default_factory=dict)

    async def fetch(self, wanted: Wanted, upstream: Upstream, call: Call) -> Uploaded:
        """Return the file at the address `wanted.path`, once it is upstream and ready for use.

        When the call's time ends before, the import goes on without it. Raises Refusal for an address that cannot be
        used (before anything is sent) and for what is there, other VideoGenErrors for the service.
        """
        refuse_address(wanted.path, upstream)
        if not upstream.dialect.has(operations.IMPORT_URL):
            raise Refusal(
                "not_supported", f"{shown(wanted.path)} is an address, and this version of the API imports none"
            )
        key = (upstream.account, wanted.path, wanted.name, wanted.temporary)

        async def work(transfer: Transfer[Uploaded]) -> Uploaded:
            return await self._import(key, wanted, upstream, transfer)

        imported = await self.transfers.join(key, work, call)
        if wanted.kind is not None:
            _refuse_other_type(imported.file, wanted)
        return imported

    async def _import(
        self, key: Hashable, wanted: Wanted, upstream: Upstream, transfer: Transfer[Uploaded]
    ) -> Uploaded:
        client, name = upstream.client, shown(wanted.path)
        at, known = self._imported.get(key, (0.0, None))
        if known is not None and self.clock.monotonic() - at <= IMPORT_KEPT:
            file = await usable(known, None, client, self.clock, transfer)
            if file is not None:
                return Uploaded(file, reused=True)
        transfer.report(f"asking for the import of {name}", at_once=True)
        import_id = await _begun(wanted, upstream)
        file_id = await self._ended(import_id, name, upstream, transfer)
        self._imported[key] = self.clock.monotonic(), file_id
        while len(self._imported) > IMPORTS_KEPT:
            del self._imported[next(iter(self._imported))]
        return Uploaded(await ready(file_id, name, client, self.clock, transfer), reused=False)

    async def _ended(self, import_id: str, name: str, upstream: Upstream, transfer: Transfer[Uploaded]) -> str:
        """Poll an import to its end and return the file's id. Raises Refusal when there is none."""
        began, pause = self.clock.monotonic(), READY_FIRST
        while True:
            state = await _state(import_id, upstream)
            if state is not None and (state.is_terminal or state.awaits_approval):
                return _file_id(state, name)
            if self.clock.monotonic() - began > IMPORT_LIMIT:
                raise Refusal(
                    "import_not_ready",
                    f"{name} is still being imported after {IMPORT_LIMIT / 60:.0f} min",
                    "Call find_files later: when it is there, give its file id",
                )
            percent = state.progress_percentage if state is not None else None
            done = "" if percent is None else f", {percent:.0f} %"
            transfer.report(f"importing {name}{done}", at_once=True)
            await self.clock.sleep(pause)
            pause = min(pause * READY_GROWTH, READY_LAST)


async def _begun(wanted: Wanted, upstream: Upstream) -> str:
    """Ask for an import and return its id. It is not asked for again when it is unclear whether it began."""
    payload: dict[str, Any] = {"url": wanted.path}
    if wanted.name is not None:
        payload["displayName"] = wanted.name[:NAME_LENGTH]
    if wanted.temporary:
        payload["isTemporary"] = True
    name = shown(wanted.path)
    try:
        return await _import_id(payload, upstream)
    except (BadRequest, NotSupported) as refusal:
        raise Refusal("import_refused", f"VideoGen does not import {name}: {bounded(refusal.message)}") from None
    except VideoGenError as error:
        if not error.may_have_started:
            raise
        raise Refusal(
            "import_unclear",
            f"it is not known whether the import of {name} began: {bounded(error.message)}",
            "Call find_files: when it is there, give its file id; otherwise call again, for an import costs nothing",
            request_id=error.request_id,
        ) from None


async def _import_id(payload: dict[str, Any], upstream: Upstream) -> str:
    # The models of the API are there once the client is; hosts measure how fast the tools are listed before that.
    from videogen_mcp.api.library_models import StartedImport
    from videogen_mcp.api.parsing import one

    started = await upstream.client.submit(operations.IMPORT_URL, one(StartedImport), payload=payload)
    return started.file_import_id


async def _state(import_id: str, upstream: Upstream) -> Execution | None:
    """The import as it stands; None when the service cannot say just now."""
    from videogen_mcp.api.library_models import UrlImport
    from videogen_mcp.api.parsing import one

    try:
        return (await upstream.client.call(operations.GET_IMPORT, one(UrlImport), import_id)).state()
    except (ConnectionFailed, Unclear, RateLimited, ServiceFault) as error:
        log.info("polling the import %s failed: %s", import_id, error.message)
        return None


def _file_id(state: Execution, name: str) -> str:
    if state.status == "succeeded" and state.results:
        return state.results[0].file_id
    if state.status == "succeeded":
        raise Refusal(
            "import_without_file",
            f"{name} was imported, but the service does not say as which file",
            "Call find_files: it is among the newest; give its file id",
        )
    if state.status == "failed":
        reason = (bounded(state.error.message, 300) if state.error else None) or "the service gives no reason"
        raise Refusal("import_failed", f"VideoGen could not import {name}: {reason}", CHECK)
    raise Refusal("import_failed", f"the import of {name} was stopped ({bounded(state.status, 40)})", CHECK)


def _refuse_other_type(file: File, wanted: Wanted) -> None:
    """Raise Refusal when a file is of another kind than the argument takes."""
    assert wanted.kind is not None
    taken = TAKEN.get(wanted.kind, (wanted.kind,))
    animated = file.type == "IMAGE" and bool(file.duration_seconds)
    if file.type is None or file.type in taken or (animated and "VIDEO" in taken):
        return
    takes, found = KIND_WORDS.get(wanted.kind, wanted.kind.lower()), KIND_WORDS.get(file.type, file.type.lower())
    raise Refusal(
        "wrong_media_type",
        f"it takes a {takes}, and {shown(wanted.path)} is a {found} (file {file.file_id})",
        f"Give a {takes} file or its file id",
    )
