"""With which settings a server for many does not start, and why."""

from __future__ import annotations

import importlib.util
import sys

from videogen_mcp.installation import this_installation
from videogen_mcp.loopback import is_loopback
from videogen_mcp.setting_problems import unencrypted
from videogen_mcp.settings import Settings


def obstacles(settings: Settings, host: str) -> list[str]:
    """Return why a hosted server does not start at `host`, each as sentences; nothing when it may start, or is not
    hosted.

    A server of one user starts with settings that it cannot use and tells him so in its answers; one for many would
    tell everybody, or do without what was to protect it.
    """
    if not settings.hosted:
        return []
    problems = [*settings.problems, *unencrypted("VIDEOGEN_BASE_URL", settings.base_url)]
    found = list(dict.fromkeys(map(str, problems)))
    login = settings.http_tokens or settings.oidc or settings.blocks("hosting")
    if settings.api_key is not None and not login and not is_loopback(host):
        found.append(
            f"{host} can be reached from other machines, and VIDEOGEN_API_KEY is set without anything that tells who"
            " may spend it. Set VIDEOGEN_MCP_HTTP_TOKEN or VIDEOGEN_MCP_OIDC_ISSUER; or remove VIDEOGEN_API_KEY, and"
            " every caller sends a key of his own; or use --host 127.0.0.1."
        )
    if settings.api_key is not None and settings.api_key in (token.value for token in settings.http_tokens):
        found.append(
            "VIDEOGEN_MCP_HTTP_TOKEN holds VIDEOGEN_API_KEY itself, which would give it away. Write a token of its own."
        )
    if settings.sandbox == "on":
        found.append("VIDEOGEN_MCP_SANDBOX is on, and a server for many has no sandbox. Remove it.")
    if not settings.journal and settings.blocks("service") is None:
        found.append(
            "VIDEOGEN_MCP_JOURNAL is off, and a server for many needs the journal: its processes count what each person"
            " started in it, and find each other's executions. Remove it."
        )
    if settings.database is not None:
        found += _database_obstacles(settings.database, settings.database_listen)
    return found


def cautions(settings: Settings) -> list[str]:
    """Return what the operator of a hosted server should know of its settings, each as sentences."""
    found = []
    if settings.database is not None and not settings.secrets:
        found.append(
            "VIDEOGEN_MCP_SECRETS is not set, so that other servers at the same database cannot answer for the tasks of"
            " this one. Give all of them the same secrets."
        )
    if settings.api_key is None and (settings.http_tokens or settings.oidc):
        found.append(
            "VIDEOGEN_API_KEY is not set, so that tokens and logins let nobody spend anything: every caller has to send"
            " a key of his own."
        )
    return found


def _database_obstacles(address: str, listen_address: str | None) -> list[str]:
    if sys.platform == "win32":
        return ["VIDEOGEN_MCP_DATABASE cannot be used on Windows: psycopg needs another event loop than Windows has."]
    if importlib.util.find_spec("psycopg") is None:
        return [f"VIDEOGEN_MCP_DATABASE needs psycopg; install it with: {this_installation().adding('postgres')}"]
    listening = _unusable("VIDEOGEN_MCP_DATABASE_LISTEN", listen_address) if listen_address is not None else []
    return [*_unusable("VIDEOGEN_MCP_DATABASE", address), *listening]


def _unusable(variable: str, address: str) -> list[str]:
    from videogen_mcp.database.postgres import BadAddress, checked  # psycopg, where a database is set

    try:
        checked(address)
    except BadAddress as fault:
        return [f"{variable} cannot be used: {fault}."]
    return []
