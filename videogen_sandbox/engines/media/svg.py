"""SVG for engines: what the shared reader refuses is an EngineError here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videogen_sandbox.engines import EngineError
from videogen_sandbox.look import svg
from videogen_sandbox.look.errors import Unreadable
from videogen_sandbox.look.svg import Drawing, looks_like_svg

__all__ = ["Drawing", "looks_like_svg", "read", "render"]


def read(path: Path) -> Drawing:
    """Parse an SVG file. Raise EngineError for broken XML, entities, other roots, too much of anything."""
    with _refused():
        return svg.read(path)


def render(drawing: Drawing, long_side: int) -> bytes:
    """Return a PNG of the drawing, `long_side` pixels on its longer side, transparent where nothing is drawn.

    Raise EngineError when the renderer refuses it.
    """
    with _refused():
        return svg.render(drawing, long_side)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise EngineError(error.code, error.message) from error
