"""The configuration of a sandbox, with its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from videogen_sandbox.clock import Clock, SystemClock
from videogen_sandbox.engines import ENGINES
from videogen_sandbox.faults import Faults

Dialect = Literal["v0", "v2"]

StartedBy = Literal["command", "client"]
"""Who started a sandbox: somebody with the command `videogen-sandbox`, or a client in the background."""

MAX_UPLOAD_BYTES = 4 * 1024**3
"""Of one upload. It guards the disk: VideoGen documents no limit; 4 GiB is a long film in good quality."""

JOB_SECONDS = 900.0
"""Wall clock for one result or upload. The slowest engine (upscaling a 30 s clip) takes about 200 s on 2 cores."""

JOB_MEMORY_BYTES = 6 * 1024**3
"""Address space of a worker. Background removal on onnxruntime peaks at 0.6 GB resident but maps several GB."""

JOB_FILE_BYTES = 2 * 1024**3
"""The largest file that a worker may write."""

INPUT_BYTES = 2 * 1024**3
"""The largest input that an engine is given."""

LINK_SECONDS: Mapping[Dialect, float] = {"v0": 3600.0, "v2": 7 * 86400.0}
"""Lifetime of signed URLs: the seed document's example shows an hour, today's OpenAPI says 7 days."""

MAX_DISK_BYTES = 20 * 10**9
"""What a sandbox keeps at most: some hundred videos of a few minutes, and less than what is free on most machines."""

UPLOAD_LINK_SECONDS = 3600.0
"""Lifetime of an upload URL. VideoGen says only "short-lived"; 4 GiB take an hour on a 10 Mbit/s line."""

TEMPORARY_SECONDS = 24 * 3600.0
"""How long temporary files are kept at least (VideoGen docs)."""

OWNERS = "alive"
"""The folder of a data directory in which each process that serves it owns a lock. The name is that of version 0.1."""


def engine_table() -> dict[str, str]:
    """Return operation → "package.module:function" of the built-in engines."""
    return {operation: f"videogen_sandbox.engines.{place}" for operation, place in ENGINES.items()}


@dataclass(frozen=True)
class Toolbox:
    """The functions that workers run, each as "package.module:function"."""

    engines: Mapping[str, str] = field(default_factory=engine_table)
    build: str = "videogen_sandbox.engines.videos.build:build"
    edit: str = "videogen_sandbox.engines.videos.edit:edit"
    export: str = "videogen_sandbox.engines.videos.export:export"
    interchange: str = "videogen_sandbox.engines.videos.interchange:interchange"
    probe: str = "videogen_sandbox.engines.media.probe:probe"
    render: str = "videogen_sandbox.engines.media.renditions:render"
    portrait: str = "videogen_sandbox.engines.presenters.avatar:portrait"
    preview_clip: str = "videogen_sandbox.engines.presenters.avatar:preview_clip"


@dataclass(frozen=True)
class WorkerLimits:
    """What one worker process may use: seconds for one result, bytes of address space, bytes of one file."""

    seconds: float = JOB_SECONDS
    memory_bytes: int = JOB_MEMORY_BYTES
    file_bytes: int = JOB_FILE_BYTES
    jobs: int = 100
    """A worker is replaced after so many jobs, which bounds the memory that a leaking library holds."""


@dataclass(frozen=True)
class SandboxConfig:
    """What a sandbox is made with.

    Signed URLs begin with `base_url`, by which clients reach the sandbox. `rate_limits` is group → requests an hour,
    in place of the documented ones (`contract.limits.DOCUMENTED`). `private_webhooks` and `public_webhooks` allow
    targets of webhooks besides this machine (`contract.webhook_targets`), `import_hosts` are those that files may be
    imported from (`contract.import_sources`). When `max_disk_bytes` are in use, nothing more is made. The gallery says
    how to begin by `started_by`.
    """

    data_dir: Path
    api_key: str
    base_url: str
    dialect: Dialect = "v2"
    rate_limits: Mapping[str, int] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=SystemClock)
    workers: int = 2
    worker_limits: WorkerLimits = field(default_factory=WorkerLimits)
    toolbox: Toolbox = field(default_factory=Toolbox)
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    max_disk_bytes: int = MAX_DISK_BYTES
    private_webhooks: bool = False
    public_webhooks: bool = False
    import_hosts: frozenset[str] = frozenset()
    started_by: StartedBy = "command"

    @property
    def link_seconds(self) -> float:
        """Seconds for which signed links work in this dialect."""
        return LINK_SECONDS[self.dialect]
