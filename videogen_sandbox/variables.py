"""Variables of the environment that the command `videogen-sandbox` reads: options of a sandbox in the background."""

from __future__ import annotations

ALLOW_IMPORT = "VIDEOGEN_SANDBOX_ALLOW_IMPORT"
"""Hosts for `--allow-import`, separated by commas."""

MAX_DISK = "VIDEOGEN_SANDBOX_MAX_DISK"
"""The size for `--max-disk`."""

SETTINGS = (ALLOW_IMPORT, MAX_DISK)
"""What a client that starts a sandbox hands on to it."""
