"""What both HTTP servers of this package do with sockets and signals: listen, say where, and be told to end."""

from __future__ import annotations

import logging
import signal
import socket
import sys

from videogen_mcp import __version__
from videogen_mcp.telemetry import EVENTS

BACKLOG = 512
"""Connections that may wait for the first answers: agents and frameworks bring many at once."""

ENDING_SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if isinstance(number := getattr(signal, name, None), signal.Signals)
]
"""SIGHUP is the closed terminal; SIGBREAK is Ctrl+Break on Windows."""


class CannotListen(Exception):
    """The address is not to be had. The message says why and what to do."""


def listener(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket at `host`:`port` (0: any free one). Raises CannotListen when there is none to be had.

    Clients may connect from now on: the kernel keeps them waiting until the first answer. It deals them out between
    sockets that share the port (Linux).
    """
    trouble: OSError | None = None
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as unknown:
        raise CannotListen(f"{host} is no address of this machine ({unknown.strerror})") from None
    for family, kind, protocol, _, address in addresses:
        made = socket.socket(family, kind, protocol)
        try:
            if sys.platform == "win32":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # Its own last connections linger.
                if shared:
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            made.bind(address)
            made.listen(BACKLOG)
        except OSError as refused:
            made.close()
            trouble = trouble or refused
        else:
            return made
    why = trouble.strerror if trouble is not None else "it has no address"
    raise CannotListen(f"port {port} of {host} cannot be had ({why}): another program may use it; choose one by --port")


def say_where(host: str, port: int, path: str, more: str = "") -> None:
    """One line on stderr: the address that is served, which other programs wait for. A hosted server logs it."""
    words = f"videogen-mcp {__version__} listens on http://{named(host)}:{port}{path}{more}"
    if EVENTS.isEnabledFor(logging.INFO):
        EVENTS.info("%s", words, extra={"facts": {"event": "listening"}})
    else:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()


def named(host: str) -> str:
    """A host as addresses have it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
