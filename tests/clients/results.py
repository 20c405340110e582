"""What came of the clients: results.json, and the page that is written from it (docs/clients.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.clients.conversation import LONG, Finding
from tests.clients.record import Wire
from tests.clients.table import CLIENTS, NOT_RUN, Transport

RESULTS = Path(__file__).with_name("results.json")

CHECKS = {
    "repeated": "killed while it waits, the same call in the next session",
    "workflow": "a picture",
    "error": "a wrong argument",
    "five": "five calls in one turn",
    "local file": "a picture of this machine",
    "long": f"{LONG} s of work",
}
"""The checks of conversation.py, in the words of the table's head."""


NOTES = ("calls itself", "protocol", "tools", "progress", "calls at once", "calls it cut", "paid", "on")
"""The head of what is noted beside the checks."""


@dataclass
class Result:
    """What is written down of a client over a transport. `tools`: how many its model was offered. `submits`: how many
    executions it started; as many as it had `wishes`, or something was paid twice. `date`: ISO 8601."""

    client: str
    transport: Transport
    version: str
    date: str
    tools: int
    wishes: int
    submits: int
    wire: Wire
    findings: dict[str, Finding]

    @property
    def good(self) -> bool:
        """Whether every check came out well, and every wish was paid once."""
        return (
            self.findings.keys() == CHECKS.keys()
            and all(one.good for one in self.findings.values())
            and self.submits == self.wishes
        )

    @property
    def paid(self) -> str:
        """What was paid, in words."""
        if self.submits == self.wishes:
            return f"{self.wishes} wishes, {self.submits} executions"
        return f"paid twice: {self.wishes} wishes, {self.submits} executions"


def read(path: Path = RESULTS) -> list[Result]:
    """Return the results that are written down, in the order of the table of clients."""
    rows = [_result(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    order = [client.name for client in CLIENTS]
    return sorted(
        (row for row in rows if row.client in order),
        key=lambda row: (order.index(row.client), row.transport != "stdio"),
    )


def write(new: Iterable[Result], path: Path = RESULTS) -> None:
    """Write results down; those of other clients stay."""
    old = read(path) if path.exists() else []
    kept = {(row.client, row.transport): row for row in [*old, *new]}
    rows = sorted(kept.values(), key=lambda row: (row.client, row.transport))
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def _result(row: dict[str, object]) -> Result:
    whole = json.loads(json.dumps(row))
    findings = {check: Finding(**one) for check, one in whole.pop("findings").items()}
    return Result(wire=Wire(**whole.pop("wire")), findings=findings, **whole)


def line(result: Result) -> str:
    """Return a line for the terminal."""
    said = [f"{check}: {one.words}" for check, one in result.findings.items()]
    return f"{'ok  ' if result.good else 'FAIL'} {result.client} {result.version} {result.transport}: " + "; ".join(
        [*said, result.paid]
    )


def page() -> str:
    """Return docs/clients.md."""
    results = read()
    checked = _table(("client", "version", "", *CHECKS.values()), map(_checked, results))
    noted = _table(("client", "", *NOTES), map(_noted, results))
    settings = ((client.title, client.limit, client.settings) for client in CLIENTS)
    return f"""\
# Clients, tried

<!-- Written by `make docs` from tests/clients/results.json, which `make test-clients` writes. -->

Each client is installed in the version named, starts this server with the sandbox, and is driven by a model that plays
a script (`tests/clients/conversation.py`): it makes calls and does what the answers say. Limits are the clients' own. A
call that its client cut is made again, as models do.

{checked}

More than one call: the first answer said `running`, and `wait_for_execution` went on, or the client had stopped
listening, and the model made the call again.

{noted}

Over HTTP nothing is recorded of what passes between client and server.

## What to set

{_table(("client", "its own limit", "for long executions"), settings)}

## Not tried

{_table(("client", "why"), NOT_RUN.items())}
"""


def _title(result: Result) -> str:
    return next(client.title for client in CLIENTS if client.name == result.client)


def _checked(result: Result) -> list[str]:
    return [_title(result), result.version, result.transport, *(result.findings[check].words for check in CHECKS)]


def _noted(result: Result) -> list[str]:
    wire = result.wire
    recorded = ["-"] * 5
    if wire.name:
        progress = f"{wire.progress} notifications" if wire.asked else "not asked for"
        recorded = [f"`{wire.name}`", wire.protocol, progress, str(wire.at_once), str(wire.cut)]
    name, protocol, progress, at_once, cut = recorded
    return [
        *(_title(result), result.transport, name, protocol, str(result.tools), progress, at_once, cut),
        *(result.paid, result.date),
    ]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *map(list, rows)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |" for cells in lines
    )
