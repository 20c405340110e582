"""Who calls, as the protocol tells it, in both eras."""

from types import SimpleNamespace
from typing import Any

import pytest

from videogen_mcp.calls.upstream import Account
from videogen_mcp.protocol.handlers import LONGEST_CLIENT, caller_of


def context(version: str, *, token: object = None, request: object = None, name: str = "Some Host") -> Any:
    session = SimpleNamespace(
        client_params=SimpleNamespace(client_info=SimpleNamespace(name=name)),
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


@pytest.mark.parametrize("name", ["\ud800host", "host\x00", "host\nhost", "h" * 100_000])
def test_a_name_can_be_written_down_whatever_a_client_calls_itself(name: str) -> None:
    client = caller_of(context("2026-07-28", name=name), Account("acme", "key")).client
    assert client.isprintable()
    assert 4 <= len(client) <= LONGEST_CLIENT
