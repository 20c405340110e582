"""The settings: where each comes from, which say nothing, and which cannot be used."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping

from videogen_mcp import key_shapes, setting_values
from videogen_mcp.calls.messages import KEYS_PAGE
from videogen_mcp.connector import NO_KEY, NO_KEY_REMEDY
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, warning
from videogen_mcp.installation import shell_line
from videogen_mcp.setting_problems import KEPT_KEY, KeySource, Problem
from videogen_mcp.settings import VARIABLES

KEY, KEY_FILE = "VIDEOGEN_API_KEY", "VIDEOGEN_API_KEY_FILE"
KEYS = (KEY, KEY_FILE, KEPT_KEY)
"""Variables that `key` tells about, and `settings` does not."""

NONE_SET = "None is set in this environment; hosts set theirs in their own configuration."

SANDBOX_IS_ON = "VIDEOGEN_MCP_SANDBOX is on, so that the sandbox is used, and nothing is billed."

SOURCES: Mapping[KeySource, str] = {
    "environment": f"in {KEY}",
    "file of VIDEOGEN_API_KEY_FILE": f"in the file that {KEY_FILE} names",
    "kept by login": "kept by `videogen-mcp login`",
}


async def settings(context: Context) -> list[Finding]:
    """Return which variables count, and those that do not."""
    environment = context.environment
    known = [name for name in VARIABLES if name in environment]
    saying = [name for name in known if setting_values.plain(environment[name]) is not None]
    silent = [name for name in known if name not in saying]
    return [
        ok(f"From the environment: {', '.join(saying)}." if saying else NONE_SET),
        *(_silent(name, environment[name]) for name in silent),
        *(of_problem(problem) for problem in context.settings.problems if problem.variable not in KEYS),
    ]


def _silent(name: str, value: str) -> Finding:
    """Return that a variable counts as not set."""
    if not value.strip("\"'` \t\r\n"):
        return ok(f"{name} is empty, and counts as not set.", name)
    return unfilled(name)


def unfilled(name: str) -> Finding:
    """Return that a variable holds what a host was to replace, and counts as not set."""
    return warning(
        f"{name} holds a placeholder that nobody has filled in, and counts as not set.",
        "Fill it in where the host asks for it, or remove it from the host's configuration.",
        name,
    )


def of_problem(problem: Problem, name: str | None = None) -> Finding:
    """Return a setting that cannot be used, in the words that calls are answered with."""
    remedy = problem.remedy if problem.remedy.endswith("?") else f"{problem.remedy}."
    make = warning if problem.concern == "nothing" else error
    return make(f"{problem.variable} {problem.fault}.", remedy, problem.variable if name is None else name)


async def key(context: Context) -> list[Finding]:
    """Return whether there is a key, where it comes from, and whether it may be one."""
    problems = [problem for problem in context.settings.problems if problem.variable in KEYS]
    if problems:
        return [of_problem(problem, name="") for problem in problems]
    if context.settings.api_key is None:
        return [_without(context)]
    return [await _shape(context, context.settings.api_key), *_readable_by_others(context)]


def _without(context: Context) -> Finding:
    if context.settings.hosted:
        return ok("There is none, and callers send their own.")
    if context.settings.uses_sandbox:
        return ok("There is none: the sandbox of this machine makes the media, and nothing is billed.")
    return error(f"{NO_KEY}.", f"{NO_KEY_REMEDY}.")


async def _shape(context: Context, key: str) -> Finding:
    source = SOURCES[context.settings.key_source or "environment"]
    given = context.environment.get(KEY) if context.settings.key_source == "environment" else None
    unused = f" {SANDBOX_IS_ON}" if context.settings.uses_sandbox else ""
    trimmed = ", taken without what stands around it" if given not in (None, key) else ""
    there = f"There is one, {source}{trimmed}.{unused}{_passed_over(context)}"
    if key_shapes.is_familiar(key) or not context.needs_api or (await context.reach.answer()).era is not None:
        return ok(there)
    return warning(
        f"{there} It looks unlike those that VideoGen is known to make (sk_videogen_live_…).",
        f"Compare it with what {KEYS_PAGE} shows, unless the API takes it.",
    )


def _passed_over(context: Context) -> str:
    """Return that another key is not used, since that in VIDEOGEN_API_KEY counts."""
    named = setting_values.plain(context.environment.get(KEY_FILE, "")) is not None
    return f" {KEY_FILE} is not read then." if named and context.settings.key_source == "environment" else ""


def _readable_by_others(context: Context) -> Iterator[Finding]:
    """Yield that the file of the key can be read by other users of this machine."""
    if os.name != "posix" or context.settings.key_source != "file of VIDEOGEN_API_KEY_FILE":
        return
    text = setting_values.plain(context.environment[KEY_FILE]) or ""
    file = setting_values.folder(text, context.settings.home, context.environment)
    if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield warning(
            f"Other users of this machine can read {file}.", f"Type: `{shell_line('chmod', '600', str(file))}`", "file"
        )
