"""VideoGen's API: the way to it, what it says to the key, its time, and what is left of the hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import partial

from videogen_mcp.api.errors import BadSetting, RateLimited, VideoGenError
from videogen_mcp.api.limits import HOURLY_LIMITS, Group, RateLimit
from videogen_mcp.api.pools import base_address
from videogen_mcp.calls.messages import remedy
from videogen_mcp.calls.replies import duration_text, sentence
from videogen_mcp.doctor.checks.kept import submitted_within_the_hour
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, skipped, warning
from videogen_mcp.doctor.threads import in_thread
from videogen_mcp.loopback import is_loopback

LONGEST_SKEW = 300.0
"""Seconds between this machine's clock and the service's. Signed links and access tokens allow some minutes."""

ERAS = {"v0": "the API of the 0.0.38 SDK", "v2": "today's API"}

AGAIN = "Try again in a few minutes; if it stays so, tell VideoGen's support"

OTHER_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Variables by which other programs find certificates, and this one does not."""


async def network(context: Context) -> Finding:
    """Return which proxy and which certificates are used on the way to VideoGen."""
    url = base_address(context.settings.base_url)
    if is_loopback(url.host):
        return ok(f"{url.host} is this machine, which is reached without a proxy.")
    try:
        via = context.pools.proxy_name(url)
        context.pools.client(url)
    except VideoGenError as fault:
        found = refused(fault)
        return replace(found, status="warning") if context.settings.uses_sandbox else found
    environment = context.environment
    chosen = next((f"those of {name}" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environment.get(name)), None)
    ignored = [name for name in OTHER_BUNDLES if environment.get(name)]
    unread = f" Not read here, where SSL_CERT_FILE is: {', '.join(ignored)}." if ignored and chosen is None else ""
    return ok(
        f"{url.host} is reached {f'through the proxy of {via}' if via else 'without a proxy'}; certificates:"
        f" {chosen or 'those that come with this server'}.{unread}"
    )


async def api(context: Context) -> Finding:
    """Return what VideoGen says to the key, asked with a GET that costs nothing."""
    if (reason := _unasked(context)) is not None:
        return skipped(reason)
    answer = await context.reach.answer()
    if answer.unprepared:
        return skipped("VideoGen is not asked: the way there cannot be used, as said above (network).")
    if answer.error is not None:
        return refused(answer.error)
    via = f", through the proxy of {answer.via}" if answer.via else ""
    return ok(f"{answer.host} takes the key and speaks {ERAS[answer.era or 'v2']} ({answer.era}){via}.")


async def clock(context: Context) -> Finding:
    """Return whether this machine's clock agrees with the service's."""
    if (reason := _unasked(context)) is not None:
        return skipped(reason)
    answer = await context.reach.answer()
    if not answer.reached:
        return skipped(f"It is not known whether it is right: {answer.host} did not answer as the API does.")
    try:
        said = parsedate_to_datetime(answer.date or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return skipped(f"{answer.host} did not tell its time.")
    apart = answer.dated_at - said
    if abs(apart) <= LONGEST_SKEW:
        return ok(f"This machine's clock and that of {answer.host} agree.")
    return warning(
        f"This machine's clock is {duration_text(abs(apart))} {'ahead of' if apart > 0 else 'behind'} that of"
        f" {answer.host}: links to files look expired too early or too late, webhooks and access tokens are refused.",
        "Have the system set its time by itself (NTP).",
    )


async def limits(context: Context) -> list[Finding]:
    """Return what is used and left of the hour: by the journal of this machine, and by what the API says itself."""
    settings = context.settings
    if settings.hosted and settings.database is not None:
        return [skipped("They are counted in the database of VIDEOGEN_MCP_DATABASE.")]
    used = await in_thread(partial(submitted_within_the_hour, settings, context.account, context.clock.time()))
    findings = [_guarded(used, settings.max_executions)]
    if context.needs_api and settings.api_key is not None:
        findings += _left(context, (await context.reach.answer()).limits)
    return findings


def _guarded(used: int | None, limit: int | None) -> Finding:
    if used is None:
        return skipped("What was submitted within the last hour is not known: the journal cannot be read.")
    executions = f"{used} {'execution was' if used == 1 else 'executions were'} submitted within the last hour"
    if limit is None:
        return ok(
            f"{executions}; VideoGen allows {HOURLY_LIMITS['start']} for a key, and this server has no limit set."
        )
    if used < limit:
        return ok(f"{executions}, of {limit} that VIDEOGEN_MCP_MAX_EXECUTIONS allows.")
    return warning(
        f"{executions}, all that VIDEOGEN_MCP_MAX_EXECUTIONS ({limit}) allows: no more are started for now.",
        "Wait until the oldest is an hour old, or raise VIDEOGEN_MCP_MAX_EXECUTIONS.",
    )


def _left(context: Context, seen: Mapping[Group, RateLimit]) -> Iterator[Finding]:
    """Yield what the API says is left for groups of operations that were asked."""
    now = context.clock.time()
    for group, limit in seen.items():
        if limit.remaining is not None:
            until = "" if limit.reset_at is None else f" for the next {duration_text(max(limit.reset_at - now, 0.0))}"
            yield ok(f"The API says that {limit.remaining} requests are left{until}.", group)


def refused(fault: VideoGenError) -> Finding:
    """Return an error of the API in the words that calls are answered with."""
    if isinstance(fault, BadSetting):  # Its message is what is wrong, and what to write.
        wrong, _, step = fault.message.partition(". ")
        return error(f"{wrong.rstrip('.')}.", sentence(step or "Correct it, or remove it"))
    make = warning if isinstance(fault, RateLimited) else error
    return make(sentence(fault.message), sentence(remedy(fault) or AGAIN))


def _unasked(context: Context) -> str | None:
    """Return why VideoGen is not asked; None where it is."""
    if context.settings.uses_sandbox:
        return "VideoGen is not asked: calls go to the sandbox of this machine."
    if context.settings.blocks("service") is not None:
        return "VideoGen is not asked: a setting keeps calls from it, as said above."
    if context.settings.api_key is None:
        return "VideoGen is not asked: there is no key to ask with."
    return None
