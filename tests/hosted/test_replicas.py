"""The measure of replicas that die (`python -m tests.hosted.measure`), with a few calls."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.generated import is_full
from tests.hosted.measure import measure

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="servers share no PostgreSQL on Windows"),
    pytest.mark.skipif(not is_full(), reason="it starts and kills servers for seconds: in CI"),
]


async def test_nothing_is_lost_doubled_or_told_to_others_when_replicas_and_the_database_die(tmp_path: Path) -> None:
    report = await measure(tmp_path, calls=8, seed=1, away=3.0)
    assert report.problems == []
