"""Who calls, as the protocol tells it, in both eras."""

from types import SimpleNamespace
from typing import Any

import pytest

from videogen_mcp.calls.upstream import Account
from videogen_mcp.protocol.handlers import caller_of


def context(version: str, *, token: object = None, request: object = None) -> Any:
    session = SimpleNamespace(
        client_params=SimpleNamespace(client_info=SimpleNamespace(name="Some Host")),
        client_capabilities=None,
        can_send_request=False,
        report_progress=lambda *_: None,
    )
    meta = {} if token is None else {"progress_token": token}
    return SimpleNamespace(session=session, meta=meta, request=request, protocol_version=version)


@pytest.mark.parametrize(
    ("given", "habits"),
    [
        (context("2025-11-25"), "acme|some host|handshake|stdio|silent"),
        (context("2025-11-25", token=0), "acme|some host|handshake|stdio|progress"),
        (context("2026-07-28", token="t"), "acme|some host|modern|stdio|progress"),
        (context("2026-07-28", request=object()), "acme|some host|modern|http|silent"),
    ],
)
def test_a_limit_is_learned_by_account_name_era_transport_and_progress(given: Any, habits: str) -> None:
    assert caller_of(given, Account("acme", "key")).habits == habits
