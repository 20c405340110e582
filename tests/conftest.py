"""What every test stands on: an environment without the user's settings, loggers as they were, hypothesis' profiles."""

from __future__ import annotations

import gc
import itertools
import os
import random
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import certifi
import pytest

from tests.databases import place as place
from tests.generated import load_profile
from tests.isolation import databases_closed, environment_restored, logging_restored
from tests.journals import journal_database as journal_database
from tests.journals import journal_url as journal_url
from tests.journals import journals as journals
from tests.postgres import one_database as one_database
from tests.postgres import postgres as postgres
from tests.postgres import postgres_url as postgres_url

ROOT = Path(__file__).resolve().parents[1]

load_profile()


WORKER_MEMORY = 2.2e9
"""Bytes that a worker grows to, a third of them for cutting out films."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two workers more than cores, where they have memory: tests of whole processes wait as long as they work."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not hasattr(os, "sysconf"):
        return cores
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(min(cores + 2, int(memory / WORKER_MEMORY)), 2)


SLOW = ("tests/e2e", "tests/contract", "tests/faults", "tests/sandbox/engines")
"""What takes seconds a test; of the rest, a hundred tests do."""

PROCESSES = "tests/e2e"
"""What shares a sandbox and a server that is forked. Each worker that runs a part of it starts its own, 3 s of CPU."""

FILM = "tests/sandbox/engines/videos"
"""The modules of this folder look at one film."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector, which need not look at what was collected later either: all of it stays.

    It takes a fifth of the time otherwise, and some 5 % of the tests'.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let each worker collect the modules of a folder in an order of its own.

    To collect is to import, and in a fresh clone to compile: workers in step would all compile the same modules.
    """
    report = yield
    if is_worker(collector.config) and isinstance(collector, pytest.Dir):
        random.Random(os.environ["PYTEST_XDIST_WORKER"]).shuffle(report.result or [])
    return report


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, object, object]:
    """Bring the modules into one order, let pytest-randomly shuffle it alike for all workers, and `spread` the slow."""
    items.sort(key=lambda item: item.path)
    result = yield
    if is_worker(config):
        items[:] = spread(items, config.workerinput["workercount"])  # type: ignore[attr-defined]
    return result


def spread(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Let every worker begin with its share of the slow modules, so that none is left with them at the end.

    Half of the workers have those of PROCESSES, which mostly wait, the others the rest of them. xdist's worksteal gives
    each worker as many tests, in their order: those that are not slow are what it may take away again.
    """
    modules: dict[str, list[pytest.Item]] = {}
    rest: list[pytest.Item] = []
    for item in items:
        where = item.path.relative_to(ROOT).as_posix()
        if where.startswith(SLOW):
            modules.setdefault(FILM if where.startswith(FILM) else where, []).append(item)
        else:
            rest.append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    half = max(workers // 2, 1)
    waiting, working = itertools.cycle(shares[:half]), itertools.cycle(shares[half:] or shares)
    for where, module in modules.items():
        share = next(waiting if where.startswith(PROCESSES) else working)
        share += module
    for share in shares:
        missing = max(len(items) // workers - len(share), 0)
        share += rest[:missing]
        del rest[:missing]
    return [*itertools.chain(*shares), *rest]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how the order of a run that failed is had again."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None and terminalreporter.stats.keys() & {"failed", "error"}:
        terminalreporter.write_line(f"The same order again: --randomly-seed={seed}")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def move(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], None]:
    """Moves the process into an empty home folder, for every platform's idea of one."""
    homes, number = tmp_path_factory.mktemp("homes"), itertools.count()
    home = homes

    def into_an_empty_home() -> None:
        nonlocal home
        if any(home.iterdir()) or home == homes:  # nine of ten tests leave theirs as it was
            home = homes / str(next(number))
            home.mkdir()
        os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
        os.environ["LOCALAPPDATA"] = str(home / "AppData" / "Local")
        os.environ["APPDATA"] = str(home / "AppData" / "Roaming")

    return into_an_empty_home


@pytest.fixture(scope="session", autouse=True)
def nothing_of_the_user(move: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of VideoGen, no folder and no cache of the user reaches a test or a process that it starts.

    Processes keep their bytecode: some tests start ten, and compiling is most of what a start costs. One certificate
    is trusted: httpx reads all of them for each client, 30 ms, and nothing here is asked over TLS.
    """
    with environment_restored():
        for name in list(os.environ):
            if name.startswith(("VIDEOGEN", "XDG_", "SSL")):
                del os.environ[name]
        os.environ["SSL_CERT_FILE"] = str(one_certificate(tmp_path_factory.mktemp("certificates")))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        move()
        yield


def one_certificate(folder: Path) -> Path:
    """The first of those that are trusted, as a file."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    path = folder / "one.pem"
    path.write_text(first + end)
    return path


@pytest.fixture(autouse=True)
def nothing_is_left_behind(move: Callable[[], None], nothing_of_the_user: None) -> Iterator[None]:
    """Each test begins in an empty home folder and leaves environment, working directory and loggers as they were."""
    with environment_restored(), logging_restored(), databases_closed():
        move()
        yield
