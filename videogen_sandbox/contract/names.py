"""The ids of what the sandbox brings along: voices, presenters and their portraits."""

from __future__ import annotations

from videogen_sandbox.config import Dialect
from videogen_sandbox.storage.ids import stable_id


def voice_id(slug: str) -> str:
    """Return the id of a voice, the same in both eras."""
    return stable_id("vg_voic_", slug)


def presenter_id(slug: str, dialect: Dialect) -> str:
    """Return the id of the presenter in the seed era, of the actor entity today."""
    return stable_id("vg_pres_" if dialect == "v0" else "vg_enti_", slug)


def portrait_id(slug: str) -> str:
    """Return the id of the file that shows a presenter."""
    return stable_id("vg_file_", f"portrait {slug}")
