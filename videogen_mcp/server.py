"""Where the parts meet: settings in, MCP server out. Read this first.

agent → tools (workflows as tools) → executions.runner → api.client → VideoGen or the sandbox
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import anyio
from anyio.abc import TaskGroup
from mcp.server.mcpserver import MCPServer

from videogen_mcp import __version__
from videogen_mcp.api.errors import BadSetting, VideoGenError
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.executions.answers import bounded
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.errands import Errands
from videogen_mcp.executions.failures import Refusal
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.runner import Runner
from videogen_mcp.executions.submission import Submitter
from videogen_mcp.executions.times import GONE_WITH_PROCESS
from videogen_mcp.executions.upstream import SANDBOX_ACCOUNT, Upstream, account_of
from videogen_mcp.executions.watcher import Watcher
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.ongoing import Ongoing
from videogen_mcp.media.paths import Grounds
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.uploads import Uploads
from videogen_mcp.sandbox.process import SandboxUnavailable, find_or_start
from videogen_mcp.settings import Settings
from videogen_mcp.tools.base import ModelTool
from videogen_mcp.tools.catalogue import catalogue_tools
from videogen_mcp.tools.executions import History, execution_tools
from videogen_mcp.tools.files import file_tools
from videogen_mcp.tools.workflows import workflow_tools
from videogen_mcp.workflows import WORKFLOWS

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution

log = logging.getLogger(__name__)

INSTRUCTIONS = """\
VideoGen makes and edits images, video clips, speech, sound effects and avatar clips. Each result is a file with an id \
that other tools take as input. Making takes seconds to minutes: a tool that answers status "running" has lost \
nothing, wait_for_execution goes on where it stopped. Never start the same request twice to be sure: \
list_executions shows what runs and what ended undelivered."""


@asynccontextmanager
async def open_server(settings: Settings, clock: Clock | None = None) -> AsyncIterator[MCPServer[None]]:
    """The MCP server for these settings, with everything it holds; leaving lets submits on the wire finish.

    Nothing is reached before the first call.
    """
    clock = clock or SystemClock()
    journal = Journal(settings.state_dir / "journal.sqlite3" if settings.journal else None)
    journal.prune(clock.time())
    async with AsyncExitStack() as held:
        held.callback(journal.close)
        tasks = await held.enter_async_context(anyio.create_task_group())
        held.callback(tasks.cancel_scope.cancel)
        connector = Connector(settings, clock, journal, tasks)
        held.push_async_callback(connector.close)
        errands = Errands(tasks)
        held.push_async_callback(errands.settle, GONE_WITH_PROCESS)
        transfers = await held.enter_async_context(anyio.create_task_group())
        held.callback(transfers.cancel_scope.cancel)
        grounds = Grounds.of(settings)
        uploads = Uploads(grounds, journal, clock, Ongoing(transfers, clock))
        downloads = Downloads(grounds, settings.output_dir, clock, Ongoing(transfers, clock))
        runner = Runner(
            connect=connector.connect,
            journal=journal,
            clock=clock,
            tasks=tasks,
            errands=errands,
            submitter=Submitter(journal, clock, errands, settings.max_executions),
            delivery=Delivery(journal, clock, settings.thumbnails, downloads.save if settings.save else None),
            resolve=MediaResolver(uploads).resolve,
            wait=settings.wait,
            cancel_upstream=settings.on_cancel == "cancel",
        )
        yield build_server(settings, runner, History(runner, journal, clock), uploads, downloads)


def build_server(
    settings: Settings, runner: Runner, history: History, uploads: Uploads | None, downloads: Downloads | None
) -> MCPServer[None]:
    """The tools of the chosen toolsets as one MCP server; `uploads` and `downloads` where local files are in reach."""
    toolsets = {
        "workflows": partial(workflow_tools, runner, WORKFLOWS),
        "executions": partial(execution_tools, runner, history),
        "files": partial(file_tools, runner, uploads, downloads),
        "catalogue": partial(catalogue_tools, runner.connect, runner.clock),
    }
    tools: list[ModelTool] = [tool for name, build in toolsets.items() if name in settings.toolsets for tool in build()]
    return MCPServer(
        name="videogen",
        title="VideoGen",
        description="Make and edit media with VideoGen",
        instructions=INSTRUCTIONS,
        website_url="https://videogen.io",
        version=__version__,
        tools=list(tools),
        log_level=settings.log_level,
        subscriptions=False,
    )


@dataclass
class Connector:
    """Reaches the upstream the settings mean, once; the sandbox again whenever it had to start anew."""

    settings: Settings
    clock: Clock
    journal: Journal
    tasks: TaskGroup
    _upstream: Upstream | None = None
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def connect(self) -> Upstream:
        """The upstream, ready for use. Raises VideoGenError with what to do when there is none."""
        async with self._lock:
            if self.settings.uses_sandbox:
                return await self._sandbox()
            if self._upstream is None:
                if self.settings.api_key is None:
                    raise BadSetting(
                        "VIDEOGEN_API_KEY is not set and VIDEOGEN_MCP_SANDBOX is off. Set the key in the host's"
                        " configuration of this server, or set VIDEOGEN_MCP_SANDBOX=auto to use the sandbox"
                    )
                self._upstream = await self._open(self.settings.base_url, self.settings.api_key)
            return self._upstream

    async def close(self) -> None:
        """Close the connections."""
        if self._upstream is not None:
            await self._upstream.client.aclose()

    async def _sandbox(self) -> Upstream:
        try:
            address = await find_or_start(self.settings.state_dir, dialect=self._sandbox_dialect)
        except SandboxUnavailable as reason:
            raise Refusal("sandbox_unavailable", str(reason), _WITHOUT_SANDBOX) from None
        if self._upstream is None or self._upstream.base_url != address.base_url:
            await self.close()
            self._upstream = await self._open(address.base_url, address.api_key, sandbox=True)
        return self._upstream

    async def _open(self, base_url: str, api_key: str, *, sandbox: bool = False) -> Upstream:
        # httpx and the models of the API cost a tenth of a second that a host measures before the first call.
        from videogen_mcp.api.client import VideoGen

        client = VideoGen(
            api_key=api_key,
            base_url=base_url,
            dialect=self._sandbox_dialect if sandbox else self.settings.dialect,
            clock=self.clock,
        )
        try:
            dialect = await client.dialect()
        except BaseException:
            await client.aclose()
            raise
        watcher = Watcher(
            client,
            self.clock,
            self.tasks,
            jitter=random.random,
            lists=dialect.lists_executions,
            ended=self._ended,
            unreachable=self._revive if sandbox else None,
        )
        account = SANDBOX_ACCOUNT if sandbox else account_of(base_url, api_key)
        return Upstream(client, watcher, account, sandbox, dialect.lists_executions, base_url)

    @property
    def _sandbox_dialect(self) -> Literal["v0", "v2"]:
        return "v0" if self.settings.dialect == "v0" else "v2"

    async def _revive(self) -> None:
        """The sandbox went away under a running watch: start it again, it takes up what it had begun."""
        try:
            await self.connect()
        except VideoGenError as error:
            log.warning("the sandbox is gone and does not start again: %s", error)

    def _ended(self, state: Execution) -> None:
        self.journal.ended(
            state.execution_id,
            state=state.status,
            now=self.clock.time(),
            files=[result.file_id for result in state.results],
            error=bounded(state.error.message, 200) if state.error else None,
        )


_WITHOUT_SANDBOX = "Set VIDEOGEN_API_KEY in the host's configuration of this server to use VideoGen itself"
