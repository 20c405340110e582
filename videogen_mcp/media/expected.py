"""Files that are registered and whose bytes come from the caller's machine: the first use of one waits until it is
ready."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.media.limits import KNOWN_FILES
from videogen_mcp.media.shared import SharedTransfers, Transfer
from videogen_mcp.media.uploads import NOT_READY, UploadMemory, until_ready

if TYPE_CHECKING:
    from videogen_mcp.api.models import File


@dataclass(frozen=True)
class ExpectedUploads:
    """The files that were registered, by this process or another one with the same memory."""

    memory: UploadMemory
    clock: Clock
    transfers: SharedTransfers[File]
    _usable: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    """Files, by account and id, that need not be waited for any more, or never did."""

    def expect(self, file_id: str, upstream: Upstream) -> None:
        """Remember a file that is registered."""
        self.memory.uploaded(upstream.account, _key(file_id), file_id, self.clock.time())

    async def arrive(self, file_id: str, call: Call) -> None:
        """Wait until a file that is expected can be used; return at once for all others. Raises Refusal when it cannot.

        When the call's time ends before, it is waited for without the call, and the same call made again goes on.
        """
        upstream = await call.connect()
        key = (upstream.account, file_id)
        if key in self._usable:
            return

        async def work(transfer: Transfer[File]) -> File:
            return await until_ready(file_id, file_id, upstream.client, self.clock, transfer)

        if await self.memory.upload(upstream.account, _key(file_id)) is not None:
            try:
                await self.transfers.join(key, work, call)
            except Refusal as refusal:
                if refusal.code != NOT_READY:
                    raise
                raise Refusal(
                    NOT_READY,
                    f"the bytes of {file_id} have not come, or the service is still preparing it",
                    "Run the command of create_upload if that was not done yet, then call again",
                ) from None
        self._usable[key] = None
        while len(self._usable) > KNOWN_FILES:
            self._usable.popitem(last=False)


def _key(file_id: str) -> str:
    """Where the memory of contents has a file whose content nobody here has seen."""
    return f"expected:{file_id}"
