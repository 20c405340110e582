"""What the detached sandbox of a state directory leaves there for others to find it by."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from videogen_sandbox.process.locks import FileLock


@dataclass(frozen=True)
class Description:
    """What a detached sandbox writes down once it answers."""

    base_url: str
    key: str
    pid: int
    version: str
    dialect: str
    instance: str
    """Random; tells the starter that this is the one it started."""

    @classmethod
    def load(cls, path: Path) -> Description | None:
        """What stands in the file; None when it is missing, cannot be read or is not one of ours."""
        try:
            raw = json.loads(path.read_text())
            found = cls(**{name: raw[name] for name in cls.__dataclass_fields__})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        texts = (found.base_url, found.key, found.version, found.dialect, found.instance)
        return found if all(isinstance(text, str) for text in texts) and isinstance(found.pid, int) else None

    def save(self, path: Path) -> None:
        """Write it for the user's eyes only, all at once."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        draft.replace(path)


@dataclass(frozen=True)
class Home:
    """The places of the detached sandbox in a state directory."""

    state_dir: Path

    @property
    def data_dir(self) -> Path:
        return self.state_dir / "sandbox"

    @property
    def description(self) -> Path:
        return self.state_dir / "sandbox.json"

    @property
    def log(self) -> Path:
        return self.state_dir / "sandbox.log"

    def life(self) -> FileLock:
        """Held by the sandbox while it lives, with its process id inside."""
        return FileLock(self.state_dir / "sandbox.lock")

    def turn(self) -> FileLock:
        """Held by the one process that starts or ends the sandbox just now."""
        return FileLock(self.state_dir / "sandbox.start")


def new_key() -> str:
    """A key as today's API hands them out, that opens nothing but this sandbox."""
    return "sk_videogen_sandbox_" + secrets.token_urlsafe(24)


def proof(key: str, nonce: str) -> str:
    """What /health answers: shows that the key is known there, without the key being sent to whoever listens."""
    return hmac.new(key.encode(), nonce.encode(), hashlib.sha256).hexdigest()
