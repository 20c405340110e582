"""In which eras of the protocol a test runs."""

from __future__ import annotations

import pytest

from tests.e2e.wire import ERAS, Era
from tests.generated import is_full


def in_eras(quick: Era) -> pytest.MarkDecorator:
    """Run a test once per `era` in `.ci/run`, and in `quick` alone elsewhere.

    For tests that start processes and wait, of what both eras do alike; neighbours take turns.
    """
    return pytest.mark.parametrize("era", ERAS if is_full() else [quick])
