"""Runs the checks, all at once, and hands over what they find in their order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import anyio

from videogen_mcp.api.responses import clean
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error

LONGEST = 15.0
"""Seconds for one check, and so for all of them together."""

Look = Callable[[Context], Awaitable[Finding | Iterable[Finding]]]


@dataclass(frozen=True)
class Check:
    """What is looked at, by the name that stands in the report."""

    name: str
    look: Look


@dataclass
class _Running:
    check: Check
    ended: anyio.Event = field(default_factory=anyio.Event)
    found: list[Finding] = field(default_factory=list)


async def examine(
    context: Context,
    checks: Sequence[Check],
    found: Callable[[Finding], None],
    waiting: Callable[[str], None] = lambda name: None,
    longest: float = LONGEST,
) -> list[Finding]:
    """Run all checks and return what they find, in their order; `found` gets each as soon as its turn comes.

    `waiting` is called with the name of the check that is waited for. A check that fails or takes longer than
    `longest` seconds has an error as its finding. No finding has a secret in it.
    """
    running = [_Running(check) for check in checks]
    everything: list[Finding] = []
    async with anyio.create_task_group() as tasks:
        for one in running:
            tasks.start_soon(_run, one, context, longest)
        for one in running:
            if not one.ended.is_set():
                waiting(one.check.name)
            await one.ended.wait()
            for finding in one.found:
                found(finding)
                everything.append(finding)
    return everything


async def _run(running: _Running, context: Context, longest: float) -> None:
    try:
        with anyio.fail_after(longest):
            result = await running.check.look(context)
        findings = [result] if isinstance(result, Finding) else list(result)
    except TimeoutError:
        findings = [
            error(
                f"This check did not end within {longest:.0f} s.",
                "Something that it reads does not answer: a network drive, a name server or a database.",
            )
        ]
    except OSError as refused:
        where = f"{refused.filename}: " if refused.filename else ""
        findings = [
            error(
                f"This cannot be looked at ({where}{refused.strerror or type(refused).__name__}).",
                "Give this user the right to read what is named, or start this as the user to whom it belongs.",
            )
        ]
    except Exception as fault:  # noqa: BLE001 - a check that breaks is a finding, and the others go on
        findings = [
            error(
                f"This check itself failed ({type(fault).__name__}: {clean(str(fault))}).",
                "This is a fault of the doctor: please report this line to whoever gave you this server.",
            )
        ]
    running.found = [_named(running.check, finding, context) for finding in findings]
    running.ended.set()


def _named(check: Check, finding: Finding, context: Context) -> Finding:
    return replace(
        finding,
        name=f"{check.name} {finding.name}".strip(),
        message=context.redacted(finding.message),
        remedy=None if finding.remedy is None else context.redacted(finding.remedy),
    )
