from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.apps_host import chromium
from tests.e2e.node import OLDEST, SOURCE, node, packages
from tests.e2e.upstream import Gateway, Sandbox, gateway
from tests.generated import is_full
from videogen_sandbox.process import launcher


def without_node() -> str | None:
    """Why clients on Node are left out, if they are: CI fetches them, which takes npm ten seconds."""
    if not is_full() and not packages(SOURCE).exists():
        return "Clients on Node: CI fetches them, and so does: pytest tests/e2e/test_node_clients.py"
    return None if node() else f"Clients on Node: there is no Node {OLDEST} or newer with npm."


MISSING = {
    "test_node_clients.py": without_node(),
    "test_player.py": None if chromium() else "The player in a browser: there is no Chromium.",
    "test_packages.py": None if shutil.which("uv") or not is_full() else "What is published: there is no uv.",
}
"""Module → why it is left out, if it is."""

collect_ignore = [module for module, why in MISSING.items() if why]
if not is_full():
    collect_ignore.append("test_packages.py")  # Two environments of more than a hundred megabytes.


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and why."""
    for why in filter(None, MISSING.values()):
        terminalreporter.write_line(f"Not tried: {why}")


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state directory for tests that may share one sandbox, journal and history; its sandbox is ended afterwards."""
    folder = tmp_path_factory.mktemp("state")
    yield folder
    launcher.stop(folder)


@pytest.fixture
def own_state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state directory of one test alone, with a sandbox of its own if one was started."""
    folder = tmp_path / "state"
    yield folder
    launcher.stop(folder)


@pytest.fixture(scope="session")
def sandbox(state_dir: Path) -> Sandbox:
    """The sandbox of the shared state directory, asked directly."""
    return Sandbox.of(state_dir)


@pytest.fixture
def way(sandbox: Sandbox) -> Iterator[Gateway]:
    """A gateway to the shared sandbox: a server with `way.settings` may have a state directory of its own."""
    with gateway(sandbox) as opened:
        yield opened
