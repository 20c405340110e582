"""What the tests of files share: allowed of their own, a clock that never makes anybody wait, a service that breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio.lowlevel
import pytest

from tests.loopback import KEY, Loopback, loopback
from tests.photos import grain
from videogen_mcp.api.client import VideoGen
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.executions.journal import Journal
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.expected import ExpectedUploads
from videogen_mcp.media.imports import Imports
from videogen_mcp.media.limits import IMPORT_KEPT
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.shared import SharedTransfers
from videogen_mcp.media.uploads import Uploads


@dataclass
class FakeClock:
    """Time that only passes when somebody sleeps, and then at once."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now + 1_790_000_000

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await anyio.lowlevel.checkpoint()


@dataclass
class Studio:
    """The parts that move files, with their surroundings."""

    allowed: AllowedPaths
    journal: Journal
    clock: FakeClock
    service: Loopback
    upstream: Upstream
    uploads: Uploads
    imports: Imports
    expected: ExpectedUploads
    downloads: Downloads
    output: Path
    said: list[str] = field(default_factory=list)

    @property
    def resolver(self) -> MediaResolver:
        """As on stdio."""
        return MediaResolver(self.uploads, self.imports, self.expected)

    @property
    def remote_resolver(self) -> MediaResolver:
        """As over HTTP."""
        return MediaResolver(None, self.imports, self.expected)

    def of_account(self, account: str) -> Upstream:
        """The same service, as another account reaches it."""
        return replace(self.upstream, account=account)

    def call(self, tool: str = "upload_file") -> Call:
        async def send(progress: float, total: float | None, message: str) -> None:
            self.said.append(message)

        async def connect(account: Account) -> Upstream:
            return self.upstream

        return Call.begin(Purpose(tool), Caller("test", send), self.clock, 1_000_000.0, connect)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with the usual things in it; what lies beside it is out of bounds."""
    folder = tmp_path / "home"
    for inside in ("Pictures", ".ssh", "Videos/VideoGen"):
        (folder / inside).mkdir(parents=True)
    (folder / ".ssh" / "id_ed25519").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "private.png").write_bytes(b"\x89PNG\r\n\x1a\nhunter2")
    return folder


@pytest.fixture
def allowed(home: Path) -> AllowedPaths:
    return AllowedPaths((home.resolve(),), home.resolve(), (home.resolve() / "state",))


@pytest.fixture
def photo(home: Path) -> Path:
    """A real picture of some 50 kB."""
    path = home / "Pictures" / "photo.png"
    grain(256, 192, 60).save(path)
    return path


@pytest.fixture
async def service() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def studio(home: Path, allowed: AllowedPaths, clock: FakeClock, service: Loopback) -> AsyncIterator[Studio]:
    journal = Journal.in_file(None)
    client = VideoGen(api_key=KEY, base_url=service.url, dialect="v2", clock=clock, random=lambda: 0.0)
    upstream = Upstream(client, await client.dialect(), "test", False, service.url)
    output = home / "Videos" / "VideoGen"
    async with client, anyio.create_task_group() as tasks:
        uploads = Uploads(allowed, journal, clock, SharedTransfers(tasks, clock))
        imports = Imports(clock, SharedTransfers(tasks, clock, keep=IMPORT_KEPT))
        expected = ExpectedUploads(journal, clock, SharedTransfers(tasks, clock))
        downloads = Downloads(allowed, lambda kind: output, clock, SharedTransfers(tasks, clock))
        yield Studio(allowed, journal, clock, service, upstream, uploads, imports, expected, downloads, output)
        tasks.cancel_scope.cancel()
    journal.close()
