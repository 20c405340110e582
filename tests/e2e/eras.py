"""In which eras of the protocol a test runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.e2e.wire import ERAS, Era
from tests.generated import is_full


def eras(quick: Era) -> Sequence[Era]:
    """Both eras in `.ci/run`, and `quick` alone elsewhere.

    For tests that start processes and wait, of what both eras do alike; neighbours take turns.
    """
    return ERAS if is_full() else [quick]


def in_eras(quick: Era) -> pytest.MarkDecorator:
    """Run a test once per `era` of those."""
    return pytest.mark.parametrize("era", eras(quick))
