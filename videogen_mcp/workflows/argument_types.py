"""Types of arguments that several workflows share, beyond those of `base`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from videogen_mcp.workflows.base import Identifier, PathId
from videogen_mcp.workflows.spellings import identifiers

Identifiers = Annotated[list[Identifier], BeforeValidator(identifiers)]


def _project_id(text: str) -> str:
    """The id, also of a project's page. Raises ValueError for ids of other things."""
    if "://" in text and (shown := re.search(r"vg_proj_[A-Za-z0-9_-]+", text)):
        return shown[0]
    if text.startswith("vg_") and not text.startswith("vg_proj_"):
        raise ValueError("takes the id of a project (vg_proj_…), not of something else: find_projects shows them")
    return text


ProjectId = Annotated[PathId, AfterValidator(_project_id)]


def automatic_at(number: int) -> BeforeValidator:
    """Return the check before an argument that a host which fills in everything leaves to the service by `number`."""
    return BeforeValidator(lambda value: None if value == number and not isinstance(value, bool) else value)


# What leaves them to the service is below their least value, so that only the greatest is published as a keyword.

ClipSeconds = Annotated[
    Annotated[int, Field(ge=1, le=30)] | None,
    automatic_at(0),
    WithJsonSchema({"type": "integer", "maximum": 30}),
]
GraphicSeconds = Annotated[
    Annotated[int, Field(ge=1, le=300)] | None,
    automatic_at(0),
    WithJsonSchema({"type": "integer", "maximum": 300}),
]
SoundSeconds = Annotated[
    Annotated[float, Field(ge=1, le=30)] | None,
    automatic_at(0),
    WithJsonSchema({"type": "number", "maximum": 30}),
]
Speed = Annotated[Annotated[float, Field(ge=0.5, le=2)] | None, automatic_at(0)]
"""How many times as fast as the voice's own speed."""

Influence = Annotated[
    Annotated[float, Field(ge=0, le=1)] | None,
    automatic_at(-1),
    WithJsonSchema({"type": "number"}),
]
