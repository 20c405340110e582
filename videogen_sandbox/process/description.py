"""What the detached sandbox of a state directory leaves there for other processes to find it by."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from videogen_sandbox.config import OWNERS
from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.loopback import is_loopback
from videogen_sandbox.process.machine import machine_id


@dataclass(frozen=True)
class Description:
    """What a detached sandbox writes once it answers."""

    base_url: str
    key: str
    pid: int
    version: str
    dialect: str
    instance: str
    """Random; tells the process that started a sandbox that this is the one."""

    machine: str = ""
    """`machine.machine_id` of its process; empty in version 0.1."""

    @classmethod
    def load(cls, path: Path) -> Description | None:
        """Return what the file holds; None when it is missing, unreadable or not a description."""
        try:
            raw = json.loads(path.read_text())
            found = cls(**{name: raw[name] for name in cls.__dataclass_fields__ if name != "machine" or name in raw})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        texts = (found.base_url, found.key, found.version, found.dialect, found.instance, found.machine)
        if not all(isinstance(text, str) for text in texts) or not isinstance(found.pid, int):
            return None
        return found if found.port is not None else None

    @property
    def port(self) -> int | None:
        """The port in the base URL; None where that is no address of this machine with a port."""
        try:
            where = urlsplit(self.base_url)
            return where.port if is_loopback(where.hostname or "") else None
        except ValueError:
            return None

    def is_of(self, pid: int) -> bool:
        """Return whether the process with that id on this machine wrote it, whatever name the machine has by now."""
        return self.pid == pid and self.machine != "" and self.machine == machine_id()

    def save(self, path: Path) -> None:
        """Write the file atomically, readable by the user only."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        draft.replace(path)


@dataclass(frozen=True)
class StateFiles:
    """The files of the detached sandbox in a state directory. Their names are those of version 0.1."""

    state_dir: Path

    @property
    def data_dir(self) -> Path:
        """Its database and media."""
        return self.state_dir / "sandbox"

    @property
    def description(self) -> Path:
        """Its `Description`, which outlives it: the next one takes over address and key."""
        return self.state_dir / "sandbox.json"

    @property
    def log(self) -> Path:
        """Its stdout and stderr."""
        return self.state_dir / "sandbox.log"

    def owner_lock(self) -> FileLock:
        """Return the lock that the sandbox owns while it runs."""
        return FileLock(self.state_dir / "sandbox.lock")

    def start_lock(self) -> FileLock:
        """Return the lock that a process owns while it starts or stops the sandbox."""
        return FileLock(self.state_dir / "sandbox.start")


def owner_locks(data_dir: Path) -> list[FileLock]:
    """Return the locks of all sandboxes, detached or not, that serve a data directory or did until they died."""
    return [FileLock(path) for path in sorted((data_dir / OWNERS).glob("*.lock"))]
