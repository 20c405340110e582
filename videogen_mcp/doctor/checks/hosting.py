"""A server for many: whether it would start, and whether its database and its login answer."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

import anyio

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.replies import sentence
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, skipped, warning
from videogen_mcp.doctor.threads import in_thread

DATABASE = 6.0
"""Seconds for the database. Its own connection gives up later, and tries again."""

LOGIN = 6.0
"""Seconds for the issuer's description."""


async def hosting(context: Context) -> list[Finding]:
    """Return what keeps a hosted server from starting, and what it would do without."""
    settings = context.settings
    if not settings.hosted:
        return [skipped("No setting of a server for many is set.")]
    from videogen_mcp.protocol.hosting import cautions, obstacles

    known = {str(problem) for problem in settings.problems}
    reasons = obstacles(settings, "127.0.0.1")
    findings = [
        error(*_halves(reason, "Until then no server for many starts.")) for reason in reasons if reason not in known
    ]
    if known:
        findings.append(error("No server for many starts with these settings.", "Mend those that are named above."))
    findings += [warning(*_halves(words, "Set it, unless that is meant.")) for words in cautions(settings)]
    if not findings:
        findings.append(ok("A server for many can start with these settings."))
    if settings.database is not None and not reasons:
        findings.append(await _database(settings.database))
    if settings.oidc is not None:
        findings.append(await _login(settings.oidc.issuer, context))
    return findings


def _halves(words: str, otherwise: str) -> tuple[str, str]:
    """Return what is wrong and what to do about it, which is the last sentence where there are several."""
    wrong, _, step = words.rpartition(". ")
    return (f"{wrong}.", step) if wrong else (words, otherwise)


async def _database(address: str) -> Finding:
    from videogen_mcp.database import postgres

    host = urlsplit(address).hostname or "its address"
    trouble: str | None = "it did not answer in time"
    with anyio.move_on_after(DATABASE):
        trouble = await in_thread(partial(postgres.trouble, address))
    if trouble is not None:
        return error(
            f"The database at {host} cannot be used: {trouble}.",
            "Check that it runs and can be reached from here, and VIDEOGEN_MCP_DATABASE.",
            "database",
        )
    return ok(f"The database at {host} answers.", "database")


async def _login(issuer: str, context: Context) -> Finding:
    import httpx

    from videogen_mcp.protocol.oidc import IssuerAway, fetcher
    from videogen_mcp.setting_values import DISCOVERY

    try:
        with anyio.fail_after(LOGIN):
            await context.reach.find(httpx.URL(issuer))
            described = await fetcher(context.pools)(issuer.rstrip("/") + DISCOVERY)
    except (IssuerAway, VideoGenError, TimeoutError) as away:
        return error(
            sentence(f"The issuer {issuer} cannot be asked: {str(away) or 'it did not answer in time'}"),
            "Check VIDEOGEN_MCP_OIDC_ISSUER, and that the issuer can be reached from here.",
            "login",
        )
    named = described.get("issuer") if isinstance(described, dict) else None
    if named != issuer:
        return error(
            f"The issuer calls itself {str(named)[:200]!r}, and tokens would be refused.",
            "Write VIDEOGEN_MCP_OIDC_ISSUER to the letter as the issuer names itself.",
            "login",
        )
    return ok(f"The issuer {issuer} answers.", "login")
