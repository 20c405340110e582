"""Arguments about a call, and not about what it asks for: where its results go, and how long it waits for them.

They are published bare: the server's instructions and `wait_for_execution` describe them once for all tools.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from videogen_mcp.workflows.spellings import place

PATH_CHARACTERS = 4_096
"""The longest path a Linux system takes; ids are far shorter."""

LONGEST_WAIT = 600.0
"""Seconds that a call may ask to wait. Who wants more gets as much; no host listens longer (`calls.hosts`)."""

SaveTo = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=PATH_CHARACTERS),
    BeforeValidator(place),
    WithJsonSchema({"type": "string"}),
]
"""A folder or a file of this machine."""


def _shortened(value: object) -> object:
    return LONGEST_WAIT if isinstance(value, int | float) and value > LONGEST_WAIT else value


WaitSeconds = Annotated[
    float, Field(ge=0, le=LONGEST_WAIT), BeforeValidator(_shortened), WithJsonSchema({"type": "number"})
]
"""How long a call waits for an execution; 0: only until it is submitted, or polled once."""
