"""What both HTTP servers of this package do with sockets and signals: listen, say where, and be told to end."""

from __future__ import annotations

import signal
import socket
import sys

BACKLOG = 512
"""Connections that may wait for the first answers: agents and frameworks bring many at once."""

ENDING_SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if isinstance(number := getattr(signal, name, None), signal.Signals)
]
"""SIGHUP is the closed terminal; SIGBREAK is Ctrl+Break on Windows."""


def listener(host: str, port: int) -> socket.socket:
    """A listening socket at `host`:`port` (0: any free one). Raises OSError when there is none to be had.

    Clients may connect from now on: the kernel keeps them waiting until the first answer.
    """
    trouble: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            if sys.platform == "win32":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # Its own last connections linger.
            made.bind(address)
            made.listen(BACKLOG)
        except OSError as refused:
            made.close()
            trouble = trouble or refused
        else:
            return made
    raise trouble or OSError(f"{host} has no address")


def named(host: str) -> str:
    """A host as addresses have it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
