"""The sandbox as an ASGI application: VideoGen's REST API, the bytes of its files, and its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from videogen_sandbox import pages
from videogen_sandbox.api import (
    assistants,
    entities,
    files,
    imports,
    media,
    projects,
    resources,
    text,
    tools,
    uploads,
    webhooks,
    workflows,
)
from videogen_sandbox.api.error_handlers import on_fault, on_http_exception, on_refusal
from videogen_sandbox.api.middleware import FaultInjection, RequestIds
from videogen_sandbox.api.operations import Operation, endpoint
from videogen_sandbox.config import SandboxConfig
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.requests import contract
from videogen_sandbox.service import Sandbox

OPERATIONS: tuple[Operation, ...] = (
    *tools.OPERATIONS,
    *imports.OPERATIONS,  # before files: "/v1/files/{fileId}" fits their paths too
    *files.OPERATIONS,
    *workflows.OPERATIONS,
    *projects.OPERATIONS,
    *entities.OPERATIONS,
    *assistants.OPERATIONS,
    *text.OPERATIONS,
    *resources.OPERATIONS,
    *webhooks.OPERATIONS,
)

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""Routed to every path of the API, so that one that a path does not have is answered with 405 as JSON."""


def create_app(config: SandboxConfig) -> Starlette:
    """Return the application. `app.state.sandbox` has its parts, `app.state.busy()` tells whether work is left.

    Opens the data directory; jobs run during the application's lifespan. Raise storage.database.DataUnusable.
    """
    sandbox = Sandbox(config)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            async with sandbox.running():
                yield
        finally:
            sandbox.close()

    place = pages.Place(config.base_url.rstrip("/"), config.started_by)
    library = pages.Library(
        sandbox.overview,
        sandbox.files,
        sandbox.executions,
        sandbox.projects,
        sandbox.leases,
        sandbox.links,
        config.clock,
        place,
    )
    middleware = [Middleware(RequestIds)]
    if config.faults:
        middleware.append(Middleware(FaultInjection, faults=config.faults, dialect=config.dialect))
    app = Starlette(
        routes=[*_api(config), *_bytes(), *pages.routes(library, sandbox.jobs, place, config.api_key)],
        middleware=middleware,
        exception_handlers={
            Refusal: pages.as_pages(on_refusal),
            HTTPException: pages.as_pages(on_http_exception),
            Exception: pages.as_pages(on_fault),
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.sandbox = sandbox
    app.state.busy = sandbox.busy
    return app


def _api(config: SandboxConfig) -> list[Route]:
    paths: defaultdict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in OPERATIONS:
        if operation.name in contract(config.dialect).operations:
            paths[operation.path][operation.method] = operation
    return [Route(path, endpoint(operations), methods=METHODS) for path, operations in paths.items()]


def _bytes() -> list[Route]:
    return [
        Route("/upload/{token}/{file_id}", uploads.put_upload, methods=["PUT"]),
        Route("/media/{file_id}/{name}", media.shown),
        Route("/signed/{token}/{file_id}/{rendition}/{name:path}", media.signed),
        Route("/public/{file_id}/{rendition}/{name:path}", media.public),
        Route("/presenters/{slug}/{name}", media.presenter),
    ]
