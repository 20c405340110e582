"""Sockets and signals of an HTTP server: where it listens, how clients reach it, what ends it."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Iterable

log = logging.getLogger(__name__)

DEFAULT_HOST = "127.0.0.1"

DEFAULT_PORT = 8791
"""The documented one. A detached sandbox takes another when this is in use."""

BACKLOG = 512
"""Connections that may wait to be accepted: agents and frameworks open many at once."""

EXIT_SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if isinstance(number := getattr(signal, name, None), signal.Signals)
]
"""SIGHUP is the closed terminal; SIGBREAK is Ctrl+Break on Windows."""


def first_listener(host: str, ports: Iterable[int]) -> socket.socket | None:
    """Return a listening socket at the first free port; port 0 is any free one. None when no port is free."""
    return next((found for port in ports if (found := _try_listener(host, port)) is not None), None)


def base_url(host: str, listener: socket.socket) -> str:
    """Return the URL of a listener for clients on this machine; "0.0.0.0" and "::" are reached through loopback."""
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}"


def _try_listener(host: str, port: int) -> socket.socket | None:
    try:
        return _listener(host, port)
    except OSError as error:
        log.info("port %d of %s is not free: %s", port, host, error)
        return None


def _listener(host: str, port: int) -> socket.socket:
    """Listen at `host`:`port`. Raise OSError when no address of the host can be listened on.

    Clients may connect from now on: the kernel keeps them waiting until they are accepted.
    """
    failure: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            if sys.platform == "win32":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # Old connections linger in TIME_WAIT.
            made.bind(address)
            made.listen(BACKLOG)
        except OSError as error:
            made.close()
            failure = failure or error
        else:
            return made
    raise failure or OSError(f"{host} has no address")
