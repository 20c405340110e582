"""What came of the clients: results.json, and the page that is written from it (docs/clients.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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

NOTES = ("calls itself", "protocol", "tools", "progress", "calls at once", "calls it cut", "paid", "tried on")
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
    def key(self) -> tuple[str, Transport]:
        """What there is one result of."""
        return self.client, self.transport

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
        words = f"{self.wishes} wishes, {self.submits} executions"
        return f"paid twice: {words}" if self.submits > self.wishes else words


@dataclass
class Conversion:
    """What a converter of schemas makes of the tools: its name (converters.py), its package, and what is wrong."""

    converter: str
    package: str
    problems: list[str]


@dataclass
class Results:
    """All that is written down."""

    runs: list[Result]
    conversions: list[Conversion]


def read(path: Path = RESULTS) -> Results:
    """Return what is written down, in the order of the table of clients; what is no longer in it is left out."""
    written = json.loads(path.read_text(encoding="utf-8"))
    runs = [_result(row) for row in written["runs"]]
    order = [(client.name, transport) for client in CLIENTS for transport in client.transports]
    converters = [name for client in CLIENTS for name in client.converters]
    conversions = [Conversion(**row) for row in written["conversions"]]
    return Results(
        sorted((row for row in runs if row.key in order), key=lambda row: order.index(row.key)),
        sorted(
            (row for row in conversions if row.converter in converters), key=lambda row: converters.index(row.converter)
        ),
    )


def write(new: Results, path: Path = RESULTS) -> None:
    """Write results down; those of other clients stay."""
    old = read(path)
    runs = {row.key: row for row in [*old.runs, *new.runs]}
    conversions = {row.converter: row for row in [*old.conversions, *new.conversions]}
    whole = Results([runs[key] for key in sorted(runs)], [conversions[name] for name in sorted(conversions)])
    path.write_text(json.dumps(asdict(whole), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _result(row: dict[str, Any]) -> Result:
    findings = {check: Finding(**one) for check, one in row.pop("findings").items()}
    return Result(wire=Wire(**row.pop("wire")), findings=findings, **row)


def line(result: Result) -> str:
    """Return a line for the terminal."""
    said = [f"{check}: {one.words}" for check, one in result.findings.items()]
    return f"{'ok  ' if result.good else 'FAIL'} {result.client} {result.version} {result.transport}: " + "; ".join(
        [*said, result.paid]
    )


def conversion_line(conversion: Conversion) -> str:
    """Return a line for the terminal."""
    verdict = "FAIL" if conversion.problems else "ok  "
    return f"{verdict} {conversion.converter} of {conversion.package}: " + (
        "; ".join(conversion.problems) or "all tools"
    )


def page() -> str:
    """Return docs/clients.md."""
    written = read()
    checked = _table(("client", "version", "over", *CHECKS.values()), map(_checked, written.runs))
    noted = _table(("client", "over", *NOTES), map(_noted, written.runs))
    settings = [(one.title, one.limit, one.settings, " and ".join(one.ci) or "no") for one in CLIENTS]
    converted = [(f"`{row.converter}`", row.package, "; ".join(row.problems) or "all") for row in written.conversions]
    return f"""\
# Clients, tried

<!-- Written by `make docs` from tests/clients/results.json, which `make test-clients` writes. -->

Each client is installed in the version named, starts this server with the sandbox, and is driven by a model that plays
a script (`tests/clients/conversation.py`): it makes calls and does what the answers say. Limits are the clients' own. A
call that its client cut is made again, as models do.

{checked}

`file`: what was asked for came. More than one call: the first answer said `running`, and `wait_for_execution` went on,
or the client had stopped listening, and the model made the call again. Over HTTP the server takes no local paths.

{noted}

A wish is something that was to be made: with as many executions, nothing was paid twice. Over HTTP nothing is recorded
of what passes between client and server.

## What to set

{_table(("client", "its own limit", "for long executions", "tried in CI"), settings)}

## Schemas

What converters of schemas keep of the tools: every argument, its choices, and what is required
(`tests/clients/converters.py`). LlamaIndex alone drops the fields of objects within lists; a refusal names them.

{_table(("converter", "of", "tools"), converted)}

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
