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
from videogen_mcp.media.limits import EXPECTED_UPLOADS
from videogen_mcp.media.names import quoted
from videogen_mcp.media.shared import SharedTransfers, Transfer
from videogen_mcp.media.uploads import NOT_READY, until_ready

if TYPE_CHECKING:
    from videogen_mcp.api.models import File


@dataclass(frozen=True)
class ExpectedUploads:
    """The files, by account and id, that this process has registered. Another one knows nothing of them, and leaves it
    to the service to refuse what is not ready."""

    clock: Clock
    transfers: SharedTransfers[File]
    _names: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)

    def expect(self, file_id: str, name: str, upstream: Upstream) -> None:
        """Remember a file; the oldest are forgotten beyond EXPECTED_UPLOADS."""
        self._names[upstream.account, file_id] = name
        while len(self._names) > EXPECTED_UPLOADS:
            self._names.popitem(last=False)

    async def arrive(self, file_id: str, call: Call) -> None:
        """Wait until a file that is expected can be used; return at once for all others. Raises Refusal when it cannot.

        When the call's time ends before, it is waited for without the call, and the same call made again goes on.
        """
        if not self._names:
            return
        upstream = await call.connect()
        key = (upstream.account, file_id)
        name = self._names.get(key)
        if name is None:
            return

        async def work(transfer: Transfer[File]) -> File:
            return await until_ready(file_id, name, upstream.client, self.clock, transfer)

        try:
            await self.transfers.join(key, work, call)
        except Refusal as refusal:
            if refusal.code != NOT_READY:
                self._names.pop(key, None)
                raise
            raise Refusal(
                NOT_READY,
                f"{quoted(name)} has not come, or the service is still preparing it",
                f"Run the command of create_upload for {file_id} if that was not done yet, then call again",
            ) from None
        self._names.pop(key, None)
