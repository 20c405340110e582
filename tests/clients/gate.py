"""Whether the converters of schemas take every tool: each runs in its client's environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from tests.clients import environments
from tests.clients.results import Conversion
from tests.clients.table import Client

LIMIT = 120.0
"""Seconds for the converters of a client; most of it is importing."""


def conversions(client: Client) -> list[Conversion]:
    """Return what the converters of a client make of the tools; raise CalledProcessError where one does not run."""
    if not client.converters:
        return []
    folder = environments.installed(client)
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [str(folder / "bin" / "python"), "-m", "tests.clients.converters", *client.converters],
            env=environments.variables(folder, Path(home)),
            cwd=home,
            stdout=subprocess.PIPE,
            timeout=LIMIT,
            check=True,
        )
    return [Conversion(name, client.packages[0], found) for name, found in json.loads(done.stdout).items()]
