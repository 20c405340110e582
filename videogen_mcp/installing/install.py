"""Puts this server into the files of a host and takes it out, by the host's own program where that is safer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_mcp.installing import entries, files
from videogen_mcp.installing.hosts import NAME, Host, Machine
from videogen_mcp.installing.refusals import Refused

CLI_SECONDS = 60
"""What a host's program may take to change its file: it starts in a second, on a cold disk in ten."""

Run = Callable[[Sequence[str]], bool]
"""Runs a program to its end and returns whether it succeeded."""


@dataclass(frozen=True)
class Done:
    """What became of one file."""

    file: Path
    change: str = ""
    """What was done, to be read between the entry's name and the file's."""
    by: str | None = None
    """The host's program, if it was that which changed the file."""
    backup: Path | None = None
    refused: str | None = None
    """Why nothing was done, to be read after the file's name."""
    is_foreign: bool = False
    """Whether it was refused because another server has our name."""
    unread: str | None = None
    """What keeps the host from reading the file (`entries.unread`)."""


@dataclass(frozen=True)
class Installer:
    """Changes the files of one host. `run` is for the host's own program, at `cli`; None: the host has none here."""

    host: Host
    machine: Machine
    run: Run
    cli: str | None = None

    @classmethod
    def here(cls, host: Host, machine: Machine) -> Installer:
        """Return one that uses the host's program where the PATH has it.

        Not where that is a batch file (Windows): cmd.exe takes the quotes of JSON for its own.
        """
        cli = host.cli and shutil.which(host.cli, path=machine.environment.get("PATH", os.defpath))
        is_batch = bool(cli) and Path(str(cli)).suffix.lower() in (".bat", ".cmd")
        return cls(host, machine, run_in(machine.environment), None if is_batch else cli)

    def put(self, entry: Mapping[str, Any], *, replace: bool = False) -> list[Done]:
        """Write the entry into every file of the host."""
        return [self._tried(file, lambda file: self._put(file, entry, replace)) for file in self.files]

    def take_out(self) -> list[Done]:
        """Take the entry out of every file of the host."""
        return [self._tried(file, self._take_out) for file in self.files]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are changed."""
        return self.host.files(self.machine)

    def there(self) -> Any:
        """Return the entry that the first of its files has which has one, None where none has."""
        for file in self.files:
            with suppress(Refused):  # What is wrong with the file is said when it is to be changed.
                if (found := entries.entry_in(self.host, files.read(file).content)) is not None:
                    return found
        return None

    def _tried(self, file: Path, change: Callable[[Path], Done]) -> Done:
        try:
            return change(file)
        except Refused as refused:
            return Done(file, refused=str(refused), is_foreign=isinstance(refused, entries.NotOurs))

    def _put(self, file: Path, entry: Mapping[str, Any], replace: bool) -> Done:
        found = files.read(file)
        changed = entries.put(self.host, found.content, entry, replace=replace)
        unread = entries.unread(self.host, changed)
        if changed == found.content:
            return Done(file, "is already in", unread=unread)
        there, wanted = (entries.entry_in(self.host, content) for content in (found.content, changed))
        change = "took the place of another server in" if there is not None else "was added to"
        if entries.is_ours(there):
            change = "was updated in"
        if self.cli is not None and _variables(wanted) <= _variables(entry):
            backup = files.back_up(found)
            if there is not None:
                self._ask("remove", "-s", "user", NAME)
            self._ask("add-json", "-s", "user", NAME, json.dumps(wanted))
            found = files.read(file)
            if entries.entry_in(self.host, found.content) == wanted:
                return Done(file, change, f"{self.host.cli} mcp add-json", backup)
            changed = entries.put(self.host, found.content, wanted, replace=replace)
        return Done(file, change, backup=files.write(found, changed), unread=unread)

    def _take_out(self, file: Path) -> Done:
        found = files.read(file)
        changed = entries.take_out(self.host, found.content, files.backups(found))
        if changed is None:
            return Done(file, "is not in")
        if self.cli is not None:
            backup = files.back_up(found)
            self._ask("remove", "-s", "user", NAME)
            found = files.read(file)
            if entries.entry_in(self.host, found.content) is None:
                return Done(file, "was removed from", f"{self.host.cli} mcp remove", backup)
            changed = entries.take_out(self.host, found.content) or b""
        return Done(file, "was removed from", backup=files.write(found, changed))

    def _ask(self, *arguments: str) -> bool:
        """Let the host's program do something; what came of it, its file shows."""
        return self.cli is not None and self.run((self.cli, "mcp", *arguments))


def run_in(environment: Mapping[str, str]) -> Run:
    """Return what runs a program with an environment, without a terminal, and ends it after `CLI_SECONDS`."""

    def run(command: Sequence[str]) -> bool:
        try:
            ended = subprocess.run(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=CLI_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return ended.returncode == 0

    return run


def _variables(entry: Any) -> set[str]:
    """Return the names of an entry's variables. Those of others may hold keys, and a command line can be read by every
    user of the machine: such an entry is written into the file."""
    return set(entry.get("env") or {})
