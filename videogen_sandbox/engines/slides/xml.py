"""Finding parts of slides by their names alone: the same shapes stand in several namespaces (slides, diagrams)."""

from __future__ import annotations

import zipfile
from typing import Any

from pptx.exc import PythonPptxError

from videogen_sandbox.engines.slides.theme import local

BROKEN = (
    *(PythonPptxError, zipfile.BadZipFile, SyntaxError),
    *(
        AttributeError,
        IndexError,
        KeyError,
        NotImplementedError,
        OverflowError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    ),
)
"""What python-pptx and the drawing raise where a file lacks what the format promises: parts, attributes, numbers.
lxml's errors of syntax are SyntaxError."""


def child(element: Any, *path: str) -> Any:
    """Return the first child of that name, of that the next one …; None where one is not there."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def children(element: Any, name: str | None = None) -> list[Any]:
    """Return the children, those of one name where it is given; none of None."""
    return [] if element is None else [one for one in element if name in (None, local(one))]
