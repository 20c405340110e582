from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.suite import Suite
from tests.e2e.listening import Listening, listening
from tests.generated import is_full
from videogen_sandbox.process import launcher

collect_ignore_glob = [] if is_full() else ["test_*"]
"""CI runs the suite (`.ci/run`), and `make conformance`: it is 100 packages of Node."""


@pytest.fixture(scope="session")
def suite() -> Suite:
    return Suite.installed()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """The server as people start it, in the sandbox."""
    state_dir: Path = tmp_path_factory.mktemp("state")
    with listening(state_dir) as running:
        yield running
    launcher.stop(state_dir)
