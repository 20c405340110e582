from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from tests.sandbox.pages.stores import BASE, KEY, FixedClock, Stores
from videogen_sandbox.api.error_handlers import on_http_exception, on_refusal
from videogen_sandbox.config import SandboxConfig
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.pages import Library, Place, as_pages, routes
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Executions
from videogen_sandbox.storage.files import Files
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.overview import Overview
from videogen_sandbox.storage.projects import Projects


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with contextlib.closing(Database(tmp_path / "sandbox.sqlite")) as opened:
        (tmp_path / "alive").mkdir()
        leases = Leases(opened, tmp_path / "alive", FixedClock())
        yield Stores(
            Overview(opened),
            Files(opened, tmp_path / "files"),
            Executions(opened),
            Projects(opened, tmp_path / "projects"),
            leases,
            Links(b"secret", BASE),
        )
        leases.close()


@pytest.fixture
def place() -> Place:
    return Place(BASE, "command")


@pytest.fixture
def app(stores: Stores, place: Place, tmp_path: Path) -> Starlette:
    """The pages, with errors as the whole sandbox answers them."""
    library = Library(
        stores.overview,
        stores.files,
        stores.executions,
        stores.projects,
        stores.leases,
        stores.links,
        FixedClock(),
        place,
    )
    handlers = {Refusal: as_pages(on_refusal), HTTPException: as_pages(on_http_exception)}
    app = Starlette(routes=routes(library, stores.jobs, place, KEY), exception_handlers=handlers)
    app.state.sandbox = Configured(SandboxConfig(tmp_path, KEY, BASE))
    return app


class Configured:
    """As much of a sandbox as errors need."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config


@pytest.fixture
def browser(app: Starlette) -> Iterator[TestClient]:
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with TestClient(app, base_url=BASE, client=("127.0.0.1", 40_000), headers=headers) as client:
        yield client
