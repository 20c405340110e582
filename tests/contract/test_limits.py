"""The server's table of VideoGen's limits and the sandbox's are the same."""

from __future__ import annotations

from videogen_mcp.api.limits import HOURLY_LIMITS
from videogen_sandbox.contract.limits import DOCUMENTED


def test_both_packages_know_the_same_documented_limits() -> None:
    assert DOCUMENTED == HOURLY_LIMITS
