"""The configuration files of hosts: whether they can be read, and what they start as this server."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from videogen_mcp import setting_values
from videogen_mcp.doctor.checks.configured import of_problem, unfilled
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, skipped, warning
from videogen_mcp.doctor.threads import in_thread
from videogen_mcp.installing import entries, files
from videogen_mcp.installing.hosts import HOSTS, NAME, Host, Machine
from videogen_mcp.installing.refusals import Refused
from videogen_mcp.settings import VARIABLES, Settings

FILLED_IN = re.compile(r"\$\{[^}]*\}|\{env:[^}]*\}")
"""What a host replaces with a variable of its own environment, or with what it asked its user for."""

VENDOR = re.compile(r"videogen", re.IGNORECASE)
"""How entries that are not ours show that they are about VideoGen: in their name, their command or their address."""


async def hosts(context: Context) -> list[Finding]:
    """Return what each host that is found here starts as this server, and where it logs."""
    if context.machine is None:
        return [skipped("This user has no home folder, and so no configuration of hosts.")]
    return await in_thread(partial(_hosts, context, context.machine))


def _hosts(context: Context, machine: Machine) -> list[Finding]:
    found = [replace(finding, name=host.name) for host in HOSTS for finding in _of(host, machine, context)]
    return found or [skipped("No configuration of a host that `videogen-mcp install` knows was found.")]


def _of(host: Host, machine: Machine, context: Context) -> Iterator[Finding]:
    """Yield what is found of one host; nothing where it is not on this machine."""
    try:
        seen = host.files(machine) if host.is_seen(machine) else ()
    except OSError as refused:
        yield warning(
            f"Whether {host.title} is here cannot be seen ({refused.filename}: {refused.strerror}).",
            "Start this as the user of that program, to whom the folder belongs.",
        )
        return
    for file in seen:
        yield from in_file(host, file, machine, context)


def in_file(host: Host, file: Path, machine: Machine, context: Context) -> Iterator[Finding]:
    """Yield what a configuration file says about this server."""
    install = f"Type: `{context.installation.running('install', host.name)}`"
    try:
        content = files.content(file)
        servers = entries.servers_in(host, content)
    except Refused as refused:
        yield error(
            f"{file} {refused}. {host.title} starts no server of it.",
            "Mend it there; `install` leaves it as it is until then.",
        )
        return
    if content is not None and (unread := entries.unread(host, content)) is not None:
        yield error(f"{file} has {unread}, which {host.title} does not read.", "Remove them from the file.")
    ours = {name: entry for name, entry in servers.items() if entries.is_ours(entry)}
    for name, entry in servers.items():
        if name not in ours and _is_about_videogen(name, entry):
            yield _foreign(host, file, name, entry, install)
    if len(ours) > 1:
        yield warning(
            f"{file} starts this server {len(ours)} times ({', '.join(ours)}): its tools are there as often.",
            "Remove all but one of these entries.",
        )
    if not ours and NAME not in servers:
        yield Finding("skipped", f"{host.title} does not know this server ({file}).", install)
    for name, entry in ours.items():
        yield from _entry(host, file, name, entry, machine, install)


def _entry(
    host: Host, file: Path, name: str, entry: Mapping[str, Any], machine: Machine, install: str
) -> Iterator[Finding]:
    """Yield what is wrong with an entry of ours, else that nothing is."""
    where = f"{name!r} in {file}"
    found = [*_command(host, where, entry, machine, install), *_variables(host, where, entry)]
    if entries.is_off(entry):
        found.append(warning(f"The entry {where} is switched off.", f"Switch it on in {host.title}."))
    yield from found or [
        ok(f"{host.title} starts {entries.program_of(entry)} ({where}). Its log: {host.logs(machine)}.")
    ]


def _command(host: Host, where: str, entry: Mapping[str, Any], machine: Machine, install: str) -> Iterator[Finding]:
    """Yield why a host could not start the program of an entry."""
    program = entries.program_of(entry)
    if "/" not in program and "\\" not in program:
        there = shutil.which(program, path=machine.environment.get("PATH", os.defpath))
        if there is None:
            yield error(f"The entry {where} starts {program!r}, which is nowhere on the PATH (ENOENT).", install)
        else:
            yield warning(
                f"The entry {where} starts {program!r} by its name alone: a program that was not started from a"
                " terminal may not find it (ENOENT).",
                f"Write {there} in its place; or {install[0].lower()}{install[1:]}",
            )
    elif not Path(program).is_absolute():
        yield error(
            f"The entry {where} starts {program!r}, a path that depends on the folder of {host.title}.", install
        )
    elif not Path(program).is_file():
        yield error(f"The entry {where} starts {program}, which does not exist (ENOENT).", install)
    elif not os.access(program, os.X_OK):
        yield error(f"The entry {where} starts {program}, which may not be executed (EACCES).", install)


def _variables(host: Host, where: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what this server will find wrong with the variables of an entry, in its own words."""
    given = entry.get(host.env)
    if given is None:
        return
    if not isinstance(given, dict):
        yield error(f"The entry {where} has no object as {host.env!r}.", f"Write {{}} or remove {host.env!r} there.")
        return
    variables = {name: value for name, value in given.items() if isinstance(value, str)}
    for name in given.keys() - variables.keys():
        yield warning(f"The entry {where} has something else than a text as {name}.", "Write its value in quotes.")
    if host.passing is not None:
        variables = {name: value for name, value in variables.items() if not FILLED_IN.fullmatch(value.strip())}
    for name, value in variables.items():
        if name in VARIABLES and setting_values.UNSET.fullmatch(value.strip()):
            finding = unfilled(name)
            yield replace(finding, message=f"In the entry {where}: {finding.message}")
    for problem in Settings.from_environment(variables).problems:
        if problem.variable in variables:
            finding = of_problem(problem)
            yield replace(finding, message=f"In the entry {where}: {finding.message}")
    key = variables.get("VIDEOGEN_API_KEY", "")
    if setting_values.plain(key) not in (None, key):
        yield warning(
            f"In the entry {where}: VIDEOGEN_API_KEY has quotes or spaces around the key, and is taken without them.",
            "Write the key alone.",
        )


def _foreign(host: Host, file: Path, name: str, entry: Any, install: str) -> Finding:
    """Return an entry that is about VideoGen and starts another server."""
    if name == NAME:
        return warning(
            f"{file} {entries.NotOurs(entry)}, so that {host.title} does not use this one.",
            f"Rename that entry if you want both; then {install[0].lower()}{install[1:]}",
        )
    what = entries.host_of(entry) or entries.program_of(entry)
    return ok(f"{file} also has {name!r}, another server of VideoGen ({what}).")


def _is_about_videogen(name: str, entry: Any) -> bool:
    arguments = entry.get("args") if isinstance(entry, dict) else None
    words = [
        name,
        entries.host_of(entry),
        entries.program_of(entry),
        *(arguments if isinstance(arguments, list) else []),
    ]
    return name == NAME or any(VENDOR.search(word) for word in words if isinstance(word, str))
