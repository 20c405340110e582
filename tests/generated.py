"""What is tried while one works (`make test`), and what in CI alone (`.ci/run`): examples of hypothesis, slow tests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Case = TypeVar("Case")

PROFILE = "HYPOTHESIS_PROFILE"
"""The environment variable that chooses: "quick" (where it is not set) or "full"."""

LEAST = 25
"""Examples that the quick profile tries of a test that has as many."""

QUICK_SHARE = 40
"""The quick profile tries one in so many."""


def load_profile() -> None:
    """Register both profiles and take the one that the environment names. Both try the same examples every time."""
    every = settings(
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    settings.register_profile("quick", every, max_examples=LEAST)
    settings.register_profile("full", every, max_examples=100)
    settings.load_profile(os.environ.get(PROFILE, "quick"))


def is_full() -> bool:
    """Whether all examples are tried."""
    return settings.get_current_profile_name() == "full"


def examples(number: int, quick: int | None = None) -> settings:
    """The decorator of a test that the full profile tries `number` times, and the quick one `quick` times.

    Where `quick` is not given it is one in QUICK_SHARE, at least LEAST.
    """
    few = max(number // QUICK_SHARE, min(LEAST, number)) if quick is None else quick
    return settings(max_examples=number if is_full() else few)


def in_ci(instead: str) -> pytest.MarkDecorator:
    """The mark of a test that the full profile alone runs; `instead` names what shows a part of it quickly."""
    return pytest.mark.skipif(not is_full(), reason=f"CI's; here {instead}")


def some(cases: Sequence[Case], every: int = 3) -> Sequence[Case]:
    """All cases in the full profile, else one of `every`: of what many alike are made with one code."""
    return cases if is_full() else cases[::every]
