"""Both packages call the same hosts this machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import videogen_mcp.loopback
import videogen_sandbox.loopback


@pytest.mark.parametrize("is_loopback", [videogen_mcp.loopback.is_loopback, videogen_sandbox.loopback.is_loopback])
@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((name, True) for name in ("localhost", "LOCALHOST", "localhost.", "app.localhost", "App.Localhost.")),
        *((name, True) for name in ("127.0.0.1", "127.0.0.1.", "127.8.8.8", "::1", "[::1]", "0:0:0:0:0:0:0:1")),
        *((name, True) for name in ("::ffff:127.0.0.1", "[::ffff:127.0.0.1]")),
        *((name, False) for name in ("", ".", "[]", "mylocalhost", "localhost.example.com", "localhost.example")),
        *((name, False) for name in ("0.0.0.0", "::", "10.0.0.7", "127.0.0.1.example.com", "::ffff:10.0.0.7")),
        *((name, False) for name in ("[::1]:80", "localhost:80", "127.0.0.1:80", "api.videogen.io")),
    ],
)
def test_both_packages_agree_on_what_this_machine_is(
    is_loopback: Callable[[str], bool], host: str, expected: bool
) -> None:
    assert is_loopback(host) is expected
