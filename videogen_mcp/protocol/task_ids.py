"""Task ids: sealed tokens of what they name, so that no server has to remember which tasks there are.

Every process with the same keys opens them: those of the setting, else those in a folder of the state directory, one
file each. A key seals for KEY_SEALS seconds; then the next process that seals makes a new one, and it opens for as long
as the last task that it sealed lives.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mcp.server.mcpserver import AESGCMRequestStateCodec, InvalidRequestState

from videogen_mcp.calls.upstream import Account
from videogen_mcp.executions.kinds import Begun

log = logging.getLogger(__name__)

TTL = 7 * 86_400
"""Seconds that a task can be asked for: as long as VideoGen's links to results work."""

KEY_SEALS = 30 * 86_400
"""Seconds that a key of the state directory seals; any time will do, as the number of tokens is no matter."""

KEY_BYTES = 32
STAMP = 12
"""Digits of the Unix time at which a key was made, with which its file's name begins."""

PURPOSE = "task/2"
"""Stands in every token: the same keys may seal other things one day, and tasks something else in them."""


class UnknownTask(Exception):
    """The id names no task of this server and caller, or one whose time is over. The message says which."""


class TaskIds:
    """Seals and opens task ids. `keys` are the setting's, the sealing one first; without any, those in `folder` are
    used, and where that is None or cannot be written, one that ends with the process. `now` is the Unix time."""

    def __init__(self, keys: Sequence[str], folder: Path | None, now: Callable[[], float] = time.time) -> None:
        self._given = [key.encode() for key in keys]
        self._folder = None if keys else folder
        self._now = now
        self._ring: dict[str, bytes] = {}
        """The folder's keys by file name, which begins with when they were made."""
        self._own = secrets.token_bytes(KEY_BYTES)

    def seal(self, begun: Begun, account: Account) -> str:
        """Return the id of a task, of no use for other accounts and subjects."""
        payload = json.dumps([PURPOSE, account.name, account.subject, *begun], separators=(",", ":")).encode()
        return self._codec(sealing=True).seal(payload)

    def open(self, task_id: str, account: Account) -> Begun:
        """Return what a task id names. Raise UnknownTask."""
        begun = self._opened(task_id, account)
        if self._now() - begun.at >= TTL:
            raise UnknownTask("The task has expired; list_executions still shows what it began")
        return begun

    def _opened(self, task_id: str, account: Account) -> Begun:
        unknown = UnknownTask("There is no such task here")
        if not _is_canonical(task_id):
            raise unknown
        try:
            payload = self._codec().unseal(task_id)
        except InvalidRequestState:
            self._read()  # another process may have made a key
            try:
                payload = self._codec().unseal(task_id)
            except InvalidRequestState:
                raise unknown from None
        purpose, *rest = json.loads(payload)
        if purpose != PURPOSE:
            raise unknown
        name, subject, *begun, actions = rest
        if (name, subject) != (account.name, account.subject):
            raise unknown
        return Begun(*begun)._replace(actions=tuple(actions))

    # -- keys --------------------------------------------------------------------------------------------------------

    def _codec(self, *, sealing: bool = False) -> AESGCMRequestStateCodec:
        if self._given:
            return AESGCMRequestStateCodec(self._given)
        if sealing and self._wants_key():
            self._read()
            if self._wants_key():
                self._make()
        newest_first = [self._ring[name] for name in sorted(self._ring, reverse=True)]
        return AESGCMRequestStateCodec(list(dict.fromkeys([*newest_first, self._own])))

    def _wants_key(self) -> bool:
        return not self._ring or self._age(max(self._ring)) >= KEY_SEALS

    def _age(self, name: str) -> float:
        """Return how many seconds ago the key of that name was made."""
        return self._now() - int(name.partition("-")[0])

    def _read(self) -> None:
        """Take in the folder's keys; remove those that no living task was sealed with."""
        if self._folder is None:
            return
        try:
            paths = list(self._folder.glob(f"{'[0-9]' * STAMP}-*.key"))
        except OSError:  # in a folder that is not ours to enter; a task is sealed all the same, it is paid for
            paths = []
        for path in paths:
            with contextlib.suppress(OSError):  # gone meanwhile, or not ours to read: then there is one key less
                if self._age(path.stem) >= KEY_SEALS + TTL:
                    path.unlink()
                elif len(key := path.read_bytes()) == KEY_BYTES:
                    self._ring[path.stem] = key
        self._ring = {name: key for name, key in self._ring.items() if self._age(name) < KEY_SEALS + TTL}

    def _make(self) -> None:
        """Add a key to the folder, whole or not at all. Two processes may do so at once: then there are two."""
        if self._folder is None:
            return
        name, key = f"{int(self._now()):0{STAMP}d}-{secrets.token_hex(4)}", secrets.token_bytes(KEY_BYTES)
        draft = self._folder / f"{name}.draft"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, key)
            finally:
                os.close(descriptor)
            draft.rename(draft.with_suffix(".key"))
        except OSError as trouble:
            log.warning("tasks can only be asked for from this process: %s", trouble)
            return
        self._ring[name] = key


def _is_canonical(task_id: str) -> bool:
    """Return whether no other text stands for the same bytes: the last letter of base64 has bits that nobody reads."""
    version, dot, sealed = task_id.rpartition(".")
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except ValueError:
        return False
    return f"{version}{dot}{base64.urlsafe_b64encode(raw).decode().rstrip('=')}" == task_id
