"""The account for which a request over HTTP is made: written down with it before MCP sees it, and read by handlers."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from videogen_mcp.calls.upstream import Account

ACCOUNT = "videogen_mcp.account"
"""Its name in a request's ASGI scope, beside those of ASGI."""


def write_down(scope: MutableMapping[str, Any], account: Account | None) -> None:
    """Note with a request (its ASGI scope) for which account it is made; None: it does not say."""
    scope[ACCOUNT] = account


def account_in(scope: MutableMapping[str, Any]) -> Account | None:
    """Return the account that was written down with a request; None where it does not say."""
    account = scope.get(ACCOUNT)
    return account if isinstance(account, Account) else None
