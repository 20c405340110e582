"""Why no response came, and what can be done about it: what stands behind the errors of the connection."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import anyio
import httpx

CHECK_NETWORK = "Check the network of this machine, and VIDEOGEN_BASE_URL where it is set"
ONLY_BY_PROXY = f"{CHECK_NETWORK}; where only a proxy leads out, name it in HTTPS_PROXY"

UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})

EXPIRED, NOT_YET_VALID = 10, 9
"""What OpenSSL's verification says of dates (X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID)."""


@dataclass(frozen=True)
class Cause:
    """`words` say why, to be read after "could not be reached:"; `remedy` is what a user can do, where there is
    anything. Neither has an end mark."""

    words: str
    remedy: str | None = None


def cause_of(problem: Exception | None, limit: float, proxy: str | None = None) -> Cause:
    """Return why no response came; None as `problem` stands for the end of the `limit` seconds.

    `proxy` names the proxy on the way ("HTTPS_PROXY (proxy:3128)"); None where there is none.
    """
    if problem is None:
        return Cause(f"no whole answer within {limit:.0f} s")
    if isinstance(problem, httpx.PoolTimeout):
        return Cause("all connections are busy")
    if isinstance(problem, httpx.ProxyError):
        return _refused_by_proxy(str(problem), proxy)
    encrypted = next((error for error in _behind(problem) if isinstance(error, ssl.SSLError)), None)
    if encrypted is not None:
        return _of_encryption(encrypted)
    unconnected = _of_connection(problem)
    if unconnected is not None and proxy is not None:
        return Cause(
            f"the proxy of {proxy} cannot be reached: {unconnected.words}",
            f"Correct or remove {proxy.partition(' ')[0]}, or name the API's host in NO_PROXY",
        )
    if unconnected is not None:
        return unconnected
    if isinstance(problem, httpx.TimeoutException):
        return Cause("nothing came in time")
    return Cause(str(problem).rstrip(".") or type(problem).__name__)


def _of_connection(problem: Exception) -> Cause | None:
    """Return why there is no connection; None where there was one."""
    if isinstance(problem, httpx.ConnectTimeout):
        return Cause("no connection in time", ONLY_BY_PROXY)
    if not isinstance(problem, httpx.ConnectError | OSError):
        return None
    behind = list(_behind(problem))
    if any(isinstance(error, TimeoutError) for error in behind):
        return Cause("no connection in time", ONLY_BY_PROXY)
    for error in behind:
        if isinstance(error, socket.gaierror):
            silent = error.errno == getattr(socket, "EAI_AGAIN", None)
            return Cause("no name server (DNS) answers" if silent else "its name is not known (DNS)", CHECK_NETWORK)
    if any(isinstance(error, ConnectionRefusedError) for error in behind):
        return Cause("the connection was refused", ONLY_BY_PROXY)
    if any(isinstance(error, OSError) and error.errno in UNREACHABLE for error in behind):
        return Cause("no way leads to its network", ONLY_BY_PROXY)
    if any(isinstance(error, ConnectionResetError | anyio.BrokenResourceError | anyio.EndOfStream) for error in behind):
        return Cause("the connection was cut while it was set up", ONLY_BY_PROXY)
    return None


def _refused_by_proxy(answer: str, proxy: str | None) -> Cause:
    variable = (proxy or "").partition(" ")[0]
    words = f"the proxy{f' of {proxy}' if proxy else ''} does not let this server through: {answer}"
    if answer.startswith("407"):
        return Cause(words, f"Write user name and password into {variable}: http://USER:PASSWORD@HOST:PORT")
    return Cause(words, f"Ask who runs the proxy, or correct {variable}")


def _of_encryption(error: ssl.SSLError) -> Cause:
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"its certificate is not trusted here ({error.verify_message.rstrip('.')})"
        if error.verify_code in (EXPIRED, NOT_YET_VALID):
            return Cause(words, "Check the clock of this machine")
        return Cause(
            words,
            "Where a proxy or a virus scanner opens encrypted connections, name its certificate in SSL_CERT_FILE",
        )
    reason = (error.reason or "TLS failed").replace("_", " ").lower()
    return Cause(
        f"no encrypted connection came about ({reason})",
        "Check VIDEOGEN_BASE_URL and HTTPS_PROXY where they are set: one of them may have to begin with http://",
    )


def _behind(problem: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it: causes, contexts, and members of groups (one for each address tried)."""
    waiting, seen = [problem], set[int]()
    while waiting:
        error = waiting.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        waiting += [one for one in (error.__cause__, error.__context__) if one is not None]
        waiting += getattr(error, "exceptions", ())
