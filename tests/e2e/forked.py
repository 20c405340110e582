"""The other side of `processes.Forked`: what is imported before the fork, and what the fork does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

IMPORTED = (
    "anyio._backends._asyncio",
    "certifi",
    "httpcore",
    "httpx",
    "videogen_mcp.api.client",
    "videogen_mcp.cli",
    "videogen_mcp.commands.serve",
    "videogen_mcp.local_sandbox",
    "videogen_mcp.logs",
    "videogen_mcp.protocol.http",
    "videogen_mcp.protocol.stdio",
    "videogen_mcp.server",
    "videogen_mcp.tools.toolsets",
    "videogen_sandbox.process.launcher",
)
"""What a server has loaded after its first call."""


class Ends:
    """Descriptors that become stdin, stdout and stderr of the fork: they have other numbers there."""

    def __init__(self, *descriptors: int) -> None:
        self.descriptors = descriptors

    def __reduce__(self) -> tuple[Callable[..., Ends], tuple[Any, ...]]:
        return _arrived, tuple(DupFd(descriptor) for descriptor in self.descriptors)


def _arrived(*sent: Any) -> Ends:
    return Ends(*(descriptor.detach() for descriptor in sent))


def serve(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, ends: Ends) -> None:
    """Be `videogen-mcp` with these arguments, environment, working directory and standard streams."""
    for number, descriptor in enumerate(ends.descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)

    from videogen_mcp.cli import main

    main(arguments)
