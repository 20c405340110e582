"""The two ways in which a process is a sandbox: in the foreground, or detached as the one of a state directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from videogen_sandbox import __version__
from videogen_sandbox.process.description import Description, StateFiles
from videogen_sandbox.process.errors import SandboxUnavailable
from videogen_sandbox.process.keys import new_key
from videogen_sandbox.process.launcher import PROBE_TIMEOUT
from videogen_sandbox.process.limits import allow_large_files, first_unwritable
from videogen_sandbox.process.listening import DEFAULT_HOST, DEFAULT_PORT, base_url, first_listener
from videogen_sandbox.process.machine import machine_id
from videogen_sandbox.process.requirements import require_extra

if TYPE_CHECKING:
    from videogen_sandbox.config import Dialect
    from videogen_sandbox.faults import Faults

PRIVATE = 0o077
"""The umask of a sandbox: what it writes is for this user only, also in a directory that others can look into."""

IDLE_EXIT = 600.0
"""Seconds without a request or a running job after which a detached sandbox exits."""


def serve_foreground(
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    data_dir: Path,
    dialect: Dialect = "v2",
    idle_exit: float | None = None,
    key: str | None = None,
    faults: Faults | None = None,
    private_webhooks: bool = False,
    public_webhooks: bool = False,
    import_hosts: frozenset[str] = frozenset(),
    max_disk_bytes: int | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. The first line on stdout is the base URL, a space and the key, once it answers.

    Port 0 takes a free one, no key a random one. Webhooks go to this machine; `private_webhooks` and `public_webhooks`
    allow other targets (`contract.webhook_targets`). Files may be imported from `import_hosts` too
    (`contract.import_sources`); nothing more is made when `max_disk_bytes` are in use (None: the default). `idle_exit`
    is in seconds without a request or a running job.

    Raise SandboxUnavailable when the extra is missing, the port is taken, or the data are removed while it runs.
    """
    require_extra()
    allow_large_files()
    from videogen_sandbox.config import MAX_DISK_BYTES, SandboxConfig
    from videogen_sandbox.faults import Faults
    from videogen_sandbox.process import serving

    listener = first_listener(host, [port])
    if listener is None:
        raise SandboxUnavailable(
            f"Port {port} of {host} cannot be used. Choose another one, or --port 0 for a free one."
        )
    with listener:
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SandboxUnavailable(f"The data directory cannot be made: {error}.") from None
        if unwritable := first_unwritable(data_dir):
            raise SandboxUnavailable(f"{unwritable} is not writable.")
        url = base_url(host, listener)
        api_key = key or new_key()
        os.umask(PRIVATE)
        serving.run(
            SandboxConfig(
                data_dir,
                api_key,
                url,
                dialect,
                faults=faults or Faults(),
                private_webhooks=private_webhooks,
                public_webhooks=public_webhooks,
                import_hosts=import_hosts,
                max_disk_bytes=max_disk_bytes or MAX_DISK_BYTES,
            ),
            listener,
            ready=lambda: print(url, api_key, flush=True),  # noqa: T201 - the line is the interface
            idle_exit=idle_exit,
        )


def serve_detached(
    state_dir: Path,
    *,
    instance: str,
    dialect: Dialect,
    idle_exit: float = IDLE_EXIT,
    import_hosts: frozenset[str] = frozenset(),
    max_disk_bytes: int | None = None,
) -> bool:
    """Serve as the one sandbox of a state directory until it is idle; False when there is one already.

    `import_hosts` and `max_disk_bytes` are those of `serve_foreground`. Takes over address and key of the one before.

    Raise SandboxUnavailable when no port is free, the system allows too little, or its data are removed while it runs.
    """
    allow_large_files()
    from videogen_sandbox.config import MAX_DISK_BYTES, SandboxConfig
    from videogen_sandbox.process import serving

    files = StateFiles(state_dir.absolute())
    lock = files.owner_lock()
    if not lock.acquire(PROBE_TIMEOUT):
        return False
    lock.write_owner()
    before = Description.load(files.description)
    port = (before.port if before else None) or DEFAULT_PORT
    listener = first_listener(DEFAULT_HOST, [port, DEFAULT_PORT, 0])
    if listener is None:
        raise SandboxUnavailable(f"No port of {DEFAULT_HOST} can be listened on.")
    files.data_dir.mkdir(exist_ok=True, mode=0o700)
    url = base_url(DEFAULT_HOST, listener)
    key = before.key if before else new_key()
    description = Description(url, key, os.getpid(), __version__, dialect, instance, machine_id())
    os.umask(PRIVATE)
    serving.run(
        SandboxConfig(
            files.data_dir,
            key,
            url,
            dialect,
            import_hosts=import_hosts,
            max_disk_bytes=max_disk_bytes or MAX_DISK_BYTES,
            started_by="client",
        ),
        listener,
        ready=lambda: description.save(files.description),
        idle_exit=idle_exit,
        instance=instance,
    )
    lock.release()
    return True
