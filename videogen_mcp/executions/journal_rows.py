"""The rows of the journal, as they are read and written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Protocol

import anyio

from videogen_mcp.database.database import Session
from videogen_mcp.executions.journal_store import JournalStore
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.timing import SETTLED

LABEL_LENGTH = 80
"""Characters of a prompt that are kept: enough to recognise it, too few to be a copy."""

OPEN_STATES = ("submitting", "unclear", "running", "awaiting_approval")


class Cut(NamedTuple):
    """When a call was cut, by the clock and by the machine's own time, and the seconds it had taken by then.

    So long after that it counts as cut, in seconds: a client that polls by itself may still do so until then.
    """

    at: float
    boot: str | None
    uptime: float
    elapsed: float
    counts_after: float = 0.0


@dataclass(frozen=True)
class Entry:
    """One submitted execution as the journal knows it. Times are Unix seconds."""

    key: str
    workflow: str
    label: str
    execution_id: str | None
    state: str
    process: int
    submitted_at: float
    accepted_at: float | None
    ended_at: float | None
    delivered_at: float | None
    error: str | None
    kind: str
    project_id: str | None
    files: tuple[str, ...]
    owner: str | None = None
    """The process that submitted it, by its lock; None where it could hold none."""
    boot: str | None = None
    uptime: float | None = None
    """When it was submitted by the machine's own time: seconds since its start `boot`."""
    listed: tuple[str, ...] | None = None
    """The newest executions in the account's list just before the POST left; None where it was not read."""
    listed_at: float | None = None
    listed_up: float | None = None
    """When that list was asked for, by the clock and by the machine's own time; None until the POST is about to
    leave."""
    attended: bool | None = None
    """Whether a call waits for it."""
    cut: Cut | None = None
    """When the call that waited for it was cut before it was answered."""
    took: float | None = None
    """Seconds from the submit to the end, where the end was seen as it came."""
    project_url: str | None = None
    edits: tuple[str, ...] = ()
    """The types of the edits that were asked for, in order."""
    actions: tuple[str, ...] = ()
    """Their ids, in order; the first one is the execution's."""
    then_export: Mapping[str, Any] | None = None
    """The body of the export that is to follow; None where none was asked for."""
    halted: bool = False
    """The export is not wanted any more."""
    parent: str | None = None
    """The key of the row that this one, an export, follows."""
    save_to: str | None = None
    """Where its results are to be saved, as the last call said that did."""
    archived: tuple[str, ...] = ()
    """Those of its files that were archived from here."""
    requested: int = 1
    settings: str | None = None
    """How many results were asked for, and what was decided for the caller, in words."""
    subject: str | None = None
    """The person or token that asked for it, where these share a key."""

    @property
    def is_open(self) -> bool:
        """Whether its end is not known yet."""
        return self.state in OPEN_STATES


COLUMNS = ", ".join(field.name for field in fields(Entry))


class RowOwner(Protocol):
    """Who writes rows: this process, as it tells others that it runs."""

    name: str

    def hold(self) -> str | None:
        """Return the name for a row, which tells others that this process runs; None where they cannot be told."""
        ...

    def gave_sign(self, name: str) -> bool | None:
        """Return whether that one was heard of when it was listened for; None where that was not done lately."""
        ...

    async def listen_for(self, name: str) -> None:
        """Wait for a sign of life of that one, for some seconds."""
        ...

    async def runs(self, name: str, within: Session | None = None) -> bool | None:
        """Return whether the process of that name runs; None when it cannot be known. `within`: the transaction that
        is open."""
        ...

    def tidy(self) -> None:
        """Have what processes that are gone left behind removed."""
        ...

    def release(self) -> None:
        """This process writes nothing any more."""
        ...


class JournalRows:
    """Reads and writes rows. Never raises for a place that fails."""

    def __init__(self, store: JournalStore, machine: Machine, owner: RowOwner) -> None:
        """Take the rows of `store`, which are written in the time of `machine`, by `owner`."""
        self._store = store
        self._machine = machine
        self._owner = owner
        self._used = anyio.Event()

    def close(self) -> None:
        """Close the journal; what was written stays."""
        self._store.close()
        self._owner.release()

    def least_age(self, entry: Entry, now: float) -> float:
        """Return how many seconds ago it was submitted at the least, by the machine's own time where that is known."""
        machine = self._machine
        exact = machine.since(entry.boot, entry.uptime)
        if exact is not None:
            return exact
        return machine.uptime() if entry.boot and machine.boot else now - entry.submitted_at

    def greatest_age(self, entry: Entry, now: float) -> float | None:
        """Return how many seconds ago it was submitted at the most; None where that cannot be known."""
        exact = self._machine.since(entry.boot, entry.uptime)
        if exact is not None or entry.boot is not None:
            return exact
        return max(now - entry.submitted_at, 0.0)

    def is_own(self, entry: Entry) -> bool:
        """Return whether this process submitted it, since it started."""
        return entry.process == os.getpid() and entry.owner in (None, self._owner.name)

    async def _submits(self, row: Entry, within: Session | None = None) -> bool:
        """Return whether the process that wrote the row may still run, and be sending its submit; asked `within` a
        transaction."""
        runs = await self._owner.runs(row.owner, within) if row.owner else None
        if runs is not None:
            return runs
        age = self._machine.since(row.boot, row.uptime)
        return age is not None and age < SETTLED

    def _new_row(self, key: str, **values: Any) -> dict[str, Any]:
        """Return the row of a submit that this process is about to send."""
        machine = self._machine
        ours = {"process": os.getpid(), "owner": self._owner.hold(), "boot": machine.boot, "uptime": machine.uptime()}
        values["label"] = values["label"][:LABEL_LENGTH]
        if machine.shared:
            values["submitted_at"] = ours["uptime"]  # every server's rows are ordered by it
        return {"key": key, **values, **ours, "state": "submitting"}

    def _post(self, sql: str, values: Sequence[Any], *, durable: bool = False) -> None:
        self._store.post(sql, values, durable=durable)
        self._used.set()

    def _set(self, key: str, *, durable: bool = False, **values: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        self._post(f"UPDATE executions SET {columns} WHERE key = ?", (*values.values(), key), durable=durable)

    async def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        rows = await self._store.read(f"SELECT {COLUMNS} FROM executions WHERE {where}", values)
        return [as_entry(row) for row in rows]


def as_entry(row: Sequence[Any]) -> Entry:
    """Return a row of COLUMNS as an entry."""
    values = dict(zip((field.name for field in fields(Entry)), row, strict=True))
    listed, cut = values["listed"], values["cut"]
    values["files"] = tuple(json.loads(values["files"]))
    values["listed"] = None if listed is None else tuple(json.loads(listed))
    values["cut"] = None if cut is None else Cut(*json.loads(cut))
    values["edits"] = tuple(json.loads(values["edits"] or "[]"))
    values["actions"] = tuple(json.loads(values["actions"] or "[]"))
    values["archived"] = tuple(json.loads(values["archived"] or "[]"))
    values["then_export"] = json.loads(values["then_export"] or "null")
    values["halted"] = bool(values["halted"])
    values["requested"] = values["requested"] or 1
    return Entry(**values)


def inserting(row: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
    """Return the statement that adds a row, unless there is one of that key, and its values."""
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO executions ({', '.join(row)}) VALUES ({marks}) ON CONFLICT DO NOTHING", tuple(row.values())


def project_values(project_id: str | None, project_url: str | None, actions: Sequence[str]) -> dict[str, Any]:
    """Return the columns of what became known with the id of an execution; what is not known keeps its place."""
    known = {
        "project_id": project_id,
        "project_url": project_url,
        "actions": json.dumps(list(actions)) if actions else None,
    }
    return {name: value for name, value in known.items() if value is not None}
