"""How much memory does a 2 GB file take on its way up and down, and how fast is it, with five broken connections each?

The file is sparse (an MP4 whose picture data are zeros) and really goes over loopback, into a service in a process of
its own that keeps hashes, not bytes. Measured against the promise of less than 60 MB of additional memory, and beside
the same upload the plain way: httpx with the file read at once, for a tenth of the size.

    python -m bench.transfer [--gigabytes 2] [--breaks 5]
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx

from bench.figures import Figure, tell
from tests.loopback import KEY, Loopback, Stored, loopback
from videogen_mcp.api.client import VideoGen
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.clock import SystemClock
from videogen_mcp.executions.journal import Journal
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.shared import SharedTransfers
from videogen_mcp.media.uploads import Uploads, Wanted

PROMISE = 60.0
"""MB of additional memory."""

BLOCK = 1 << 20


def box(kind: bytes, body: bytes) -> bytes:
    """One box of an MP4 file."""
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def head(size: int) -> bytes:
    """The beginning of an MP4 file of `size` bytes: all but the picture data, which follow it."""
    video = box(b"hdlr", bytes(8) + b"vide" + bytes(12))
    front = box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", box(b"trak", box(b"mdia", video)))
    return front + (1).to_bytes(4, "big") + b"mdat" + (size - len(front)).to_bytes(8, "big")


def sparse(place: str, size: int) -> Path:
    """A film of `size` bytes that takes no room on the disk."""
    path = Path(place).resolve() / "long.mp4"
    with path.open("wb") as file:
        file.write(head(size))
        file.truncate(size)
    return path


def megabytes() -> float:
    """The most memory this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


async def serve(size: int, breaks: int) -> None:
    """The service: one file of `size` bytes to download, and `breaks` broken connections each way; ends with stdin."""
    beginning = head(size)

    def content(start: int, length: int) -> bytes:
        known = beginning[start : start + length]
        return known + bytes(length - len(known))

    async with loopback() as service:
        service.files["vg_file_long"] = Stored("vg_file_long", "long", "VIDEO", "GLOBAL", size, "", "ready")
        service.files["vg_file_long"].content = content
        marks: list[int | None] = [size * (place + 1) // (breaks + 2) for place in range(breaks)]
        service.upload_breaks, service.download_breaks = [*marks], [*marks]
        print(service.url, flush=True)
        await anyio.to_thread.run_sync(sys.stdin.read)
        print(*_account(service), flush=True)


def _account(service: Loopback) -> Iterator[object]:
    yield from (service.count("PUT"), len(service.ranges))
    yield from {stored.sha256 for stored in service.files.values() if stored.sha256}


@contextmanager
def service_process(size: int, breaks: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service in a process of its own, and its address."""
    command = [sys.executable, "-m", "bench.transfer", "--serve", str(size), "--breaks", str(breaks)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


@dataclass(frozen=True)
class Took:
    """Seconds up and down, MB more memory, and whether what came back is what was sent."""

    sent: float
    fetched: float
    growth: float
    equal: bool


async def measure(size: int, breaks: int) -> Took:
    """Up and down, and what it took."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as place, service_process(size, breaks) as (process, url):
        source = sparse(place, size)
        folder = source.parent
        allowed = AllowedPaths((folder,), folder)
        async with VideoGen(api_key=KEY, base_url=url, dialect="v2") as client, anyio.create_task_group() as tasks:
            upstream = Upstream(client, await client.dialect(), "bench", False, url)

            async def connect(account: Account) -> Upstream:
                return upstream

            call = Call.begin(Purpose("bench"), Caller("bench"), clock, 1e6, connect)
            uploads = Uploads(allowed, Journal.in_file(None), clock, SharedTransfers(tasks, clock))
            downloads = Downloads(allowed, lambda kind: folder, clock, SharedTransfers(tasks, clock))
            before = megabytes()
            began = time.perf_counter()
            await uploads.upload(Wanted(str(source)), upstream, call)
            sent, middle = time.perf_counter() - began, megabytes()
            began = time.perf_counter()
            saved = await downloads.download("vg_file_long", upstream, call, name="back")
            fetched, after = time.perf_counter() - began, megabytes()
            tasks.cancel_scope.cancel()
        puts, gets, came = process.communicate()[0].split()
        equal = came == sha256(source) == sha256(saved.path)
    growth = after - before
    print(f"{size / 1e9:.1f} GB up:   {sent:6.1f} s, {middle - before:5.1f} MB more memory, {puts} tries")
    print(f"{size / 1e9:.1f} GB down: {fetched:6.1f} s, {after - middle:5.1f} MB more memory, {gets} parts")
    print(f"equal hashes: {equal}; additional memory {growth:.1f} MB, promised below {PROMISE:.0f} MB")
    return Took(sent, fetched, growth, equal)


def plain(size: int) -> float:
    """For comparison: the MB more memory that a file read at once takes."""
    with tempfile.TemporaryDirectory() as place, service_process(size, 0) as (process, url):
        source = sparse(place, size)
        before = megabytes()
        headers = {"Authorization": f"Bearer {KEY}"}
        upload = httpx.post(f"{url}/v1/files/upload", json={"displayName": "short"}, headers=headers).json()
        httpx.put(upload["uploadUrl"], content=source.read_bytes(), timeout=600)
        growth = megabytes() - before
        print(f"plain httpx, {size / 1e9:.1f} GB up: {growth:.1f} MB more memory")
        process.communicate()
    return growth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--breaks", type=int, default=5)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve is not None:
        anyio.run(serve, chosen.serve, chosen.breaks)
        return
    size = int(chosen.gigabytes * 1e9)
    took = anyio.run(measure, size, chosen.breaks)
    at_once = plain(size // 10)
    kept = took.equal and took.growth < PROMISE
    tell(
        Figure(
            f"a file of {size / 1e9:.1f} GB up and down, {chosen.breaks} broken connections each way",
            f"{took.growth:.1f} MB more memory, {took.sent:.0f} s up, {took.fetched:.0f} s down",
            f"the plain way {at_once:.0f} MB for a tenth of it",
            target=f"below {PROMISE:.0f} MB, and nothing changed",
            met=kept,
        )
    )
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
