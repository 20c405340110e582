"""What tools tell hosts about themselves. Everything happens at a service, so all of them reach the open world.

The protocol's default of the idempotent hint is False; the others are said, as directories of servers want them.
"""

from __future__ import annotations

from mcp_types import ToolAnnotations

READING = ToolAnnotations(read_only_hint=True, open_world_hint=True)
"""Changes nothing."""

PAID = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
"""Each call makes (and bills) something new."""

ADDING = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
"""Adds something that costs nothing; again, it adds another."""

KEEPING = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
"""Adds something; again, it changes nothing more."""

REMOVING = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True)
"""Takes something away; again, it changes nothing more."""
