"""What stands behind a connection that failed, in words that a user can do something with."""

from __future__ import annotations

import errno
import socket
import ssl

import anyio
import httpx
import pytest

from videogen_mcp.api.causes import Cause, cause_of


def connecting(*behind: BaseException) -> httpx.ConnectError:
    """What httpx raises for them: httpcore's error, and anyio's, which groups those of several addresses."""
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = behind[0]
    for one, earlier in zip(behind[1:], behind, strict=False):
        earlier.__context__ = one
    return error


def untrusted(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


CAUSES: list[tuple[Exception | None, str, str | None]] = [
    (None, "no whole answer within 30 s", None),
    (httpx.ReadTimeout(""), "nothing came in time", None),
    (httpx.PoolTimeout(""), "all connections are busy", None),
    (httpx.ConnectTimeout(""), "no connection in time", "Check the network"),
    (connecting(TimeoutError(110, "timed out")), "no connection in time", "HTTPS_PROXY"),
    (connecting(socket.gaierror(socket.EAI_NONAME, "?")), "its name is not known (DNS)", "VIDEOGEN_BASE_URL"),
    (connecting(socket.gaierror(socket.EAI_AGAIN, "?")), "no name server (DNS) answers", "Check the network"),
    (connecting(ConnectionRefusedError(111, "no")), "the connection was refused", "Check the network"),
    (connecting(OSError(errno.ENETUNREACH, "no")), "no way leads to its network", "Check the network"),
    (connecting(OSError(errno.ENETUNREACH, "no"), ConnectionRefusedError()), "the connection was refused", "Check"),
    (connecting(anyio.EndOfStream()), "the connection was cut while it was set up", "HTTPS_PROXY"),
    (connecting(untrusted(19, "self-signed")), "its certificate is not trusted here (self-signed)", "SSL_CERT_FILE"),
    (connecting(untrusted(10, "expired")), "its certificate is not trusted here (expired)", "clock of this machine"),
    (httpx.ReadError(""), "ReadError", None),
]


@pytest.mark.parametrize(("problem", "words", "remedy"), CAUSES)
def test_a_failed_connection_has_a_reason_and_what_can_be_done(
    problem: Exception | None, words: str, remedy: str | None
) -> None:
    cause = cause_of(problem, 30.0)
    assert cause.words == words
    assert (cause.remedy is None) is (remedy is None)
    assert (remedy or "") in (cause.remedy or "")


def test_a_proxy_that_cannot_be_reached_is_named_by_its_variable() -> None:
    cause = cause_of(connecting(ConnectionRefusedError()), 30.0, "HTTPS_PROXY (proxy:3128)")
    assert cause == Cause(
        "the proxy of HTTPS_PROXY (proxy:3128) cannot be reached: the connection was refused",
        "Correct or remove HTTPS_PROXY, or name the API's host in NO_PROXY",
    )


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [("407 Proxy Authentication Required", "USER:PASSWORD"), ("403 Forbidden", "who runs the proxy")],
)
def test_what_a_proxy_says_is_passed_on(answer: str, remedy: str) -> None:
    cause = cause_of(httpx.ProxyError(answer), 30.0, "HTTPS_PROXY (proxy:3128)")
    assert cause.words == f"the proxy of HTTPS_PROXY (proxy:3128) does not let this server through: {answer}"
    assert remedy in (cause.remedy or "")


def test_what_is_not_encrypted_as_expected_hints_at_the_addresses() -> None:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    cause = cause_of(connecting(error), 30.0)
    assert cause.words == "no encrypted connection came about (wrong version number)"
    assert "http://" in (cause.remedy or "")
