"""`videogen-mcp install HOST`: writes this server into the configuration of a host, or takes it out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from videogen_mcp import kept_key
from videogen_mcp.commands import PROGRAM, complain, remark, say
from videogen_mcp.commands.key_check import checked_by
from videogen_mcp.installation import this_installation
from videogen_mcp.installing import entries
from videogen_mcp.installing.entry_keys import KEY, KEY_FILE, EntryKey, entry_key, key_problem, own_key
from videogen_mcp.installing.hosts import BY_NAME, NAME, Host, Machine, this_machine
from videogen_mcp.installing.install import Done, Installer
from videogen_mcp.installing.keys import WHERE, Keeper, NotKept, asked
from videogen_mcp.settings import VARIABLES, Settings

PROMPT = f"VideoGen API key (from {WHERE}; not shown as you type; empty: use the sandbox): "


def describe(parser: argparse.ArgumentParser) -> None:
    """Give the parser its arguments."""
    parser.description = (
        "Writes this server into the configuration of a host, as an entry called `videogen`. All else in the file\n"
        "stays as it is, and a backup is kept beside it. No key is written there: on a terminal you are asked for\n"
        f"one, which is kept as by `{PROGRAM} login`. Without any the server uses the sandbox of this machine."
    )
    parser.epilog = f"example:\n  {PROGRAM} install claude-desktop"
    parser.add_argument("host", metavar="HOST", choices=tuple(BY_NAME), help=f"one of {', '.join(BY_NAME)}")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--print", dest="prints", action="store_true", help="print the entry instead, to be pasted")
    what.add_argument("--remove", action="store_true", help="take the entry out again")
    parser.add_argument("--replace", action="store_true", help=f"also where another server is called {NAME}")
    parser.add_argument("--key-stdin", action="store_true", help="read the key from standard input, as `login` does")


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Install, print or remove; 1 where a file could not be changed or a key was refused."""
    settings = Settings.from_environment(environment)
    machine = this_machine(environment, settings.home)
    if machine is None:
        return complain("this user has no home folder, so no host keeps a configuration here")
    host = BY_NAME[arguments.host]
    installer = Installer.here(host, machine)
    if arguments.remove:
        return _report(host, installer.take_out(), None)
    login = f"`{this_installation().running('login')}`"
    if arguments.prints:
        key = entry_key(host, settings, environment, login)
        return _print(host, machine, {**host.shape(this_installation().command), **key.fields})
    there = installer.there()
    if not _key_is_settled(arguments, settings, environment, own_key(host, there) is not None):
        return 1
    return _install(installer, entry_key(host, settings, environment, login, there), settings, arguments.replace)


def _install(installer: Installer, key: EntryKey, settings: Settings, replace: bool) -> int:
    host, machine, installation = installer.host, installer.machine, this_installation()
    seen = installer.cli is not None or host.is_seen(machine)
    entry = {**host.shape(installation.command), **key.fields}
    code = _report(host, done := installer.put(entry, replace=replace), entry)
    if any(one.refused is None for one in done):
        _tell(host, machine, installation.command, key.words, seen)
        if entries.is_off(installer.there()):
            say(f"  note:    the entry is switched off, as it was; switch it on in {host.title}")
        if key.sandbox and "sandbox" not in installation.extras:
            say(f"  note:    the sandbox is not installed here; this adds it: {installation.adding('sandbox')}")
        _tell_settings(host, settings, machine.environment)
    return code


def _key_is_settled(
    arguments: argparse.Namespace, settings: Settings, environment: Mapping[str, str], has_own: bool
) -> bool:
    """Ask for a key where there is a terminal and no key yet, and keep it. False where one was given and not kept.

    `has_own`: the entry that is there has one.
    """
    file = kept_key.key_file(environment, settings.home)
    known = has_own or settings.key_source is not None or key_problem(settings) is not None
    is_asked = not known and sys.stdin is not None and sys.stdin.isatty()
    if file is None or not (arguments.key_stdin or is_asked):
        return True
    try:
        text = asked(PROMPT)
        if text is None and arguments.key_stdin:
            complain("nothing was written: standard input holds no key")
            return False
        if text is not None:
            say(Keeper(file, checked_by(settings)).keep(text))
    except NotKept as refused:
        complain(f"nothing was written: the key was not kept. {refused}.")
        return False
    return True


def _print(host: Host, machine: Machine, entry: Mapping[str, Any]) -> int:
    files = " and ".join(str(file) for file in host.files(machine))
    remark(f"Paste this into {files}, beside what is there:")
    return 0 if say(entries.block(host, entry).rstrip()) else 1


def _report(host: Host, done: Sequence[Done], entry: Mapping[str, Any] | None) -> int:
    for one in done:
        if one.refused is not None:
            hint = " --replace puts this one in its place." if one.is_foreign and entry is not None else ""
            complain(f"{one.file} {one.refused}. It was left as it is.{hint}")
            continue
        say(f"{host.title}: {NAME} {one.change} {one.file}{f' (by `{one.by}`)' if one.by else ''}")
        if one.backup is not None:
            say(f"  before:  {one.backup}")
        if one.unread is not None:
            say(f"  note:    this file has {one.unread}, which {host.title} does not read")
    refused = [one for one in done if one.refused is not None]
    if refused and entry is not None:
        say(f"To do it by hand, paste this into {refused[0].file}:")
        say(entries.block(host, entry).rstrip())
    return 1 if refused else 0


def _tell(host: Host, machine: Machine, command: Sequence[str], key: str, seen: bool) -> None:
    say(f"  starts:  {' '.join(command)}")
    say(f"  key:     {key}")
    say(f"  next:    {host.after}")
    say(f"  log:     {host.logs(machine)}")
    if not seen:
        say(f"  note:    nothing of {host.title} was found on this machine before")
    if not Path(command[0]).is_absolute():
        say(f"  note:    {command[0]} was not found on the PATH; {host.title} may not find it either")


def _tell_settings(host: Host, settings: Settings, environment: Mapping[str, str]) -> None:
    """Say what VideoGen thinks of the key, what is wrong with the settings of this shell, and which the host will not
    know of."""
    if settings.api_key is not None and settings.blocks("service") is None:
        try:
            unchecked = checked_by(settings)(settings.api_key)
            say("  checked: VideoGen accepts the key" if unchecked is None else f"  note:    {unchecked}")
        except NotKept as refused:
            say(f"  note:    {refused}.")
    for problem in settings.problems:
        if problem != key_problem(settings):  # That stands in the line about the key.
            say(f"  note:    {problem}")
    here = [name for name in VARIABLES if environment.get(name) and name not in (KEY, KEY_FILE)]
    if here:
        say(f"  note:    {', '.join(here)} of this shell is not written there; `{host.env}` of the entry takes it")
