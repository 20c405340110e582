"""The web pages of the sandbox: a gallery, and a page for each file and project."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from videogen_sandbox.pages.gallery import gallery, live
from videogen_sandbox.pages.guard import HEADERS, refused
from videogen_sandbox.pages.library import Library
from videogen_sandbox.pages.player import missing, player
from videogen_sandbox.pages.project import project_page

__all__ = ["Library", "routes"]

FRESH = {**HEADERS, "Cache-Control": "no-store"}
"""Pages have signed links and change."""

ASSETS = {
    "pages.css": "text/css; charset=utf-8",
    "pages.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def routes(library: Library, api_key: str) -> list[Route]:
    """Return the routes of all pages, each behind the guard. They run on the thread of the event loop (`Database`)."""

    def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return refused(request, api_key) or answer(request)

        return endpoint

    def show_gallery(request: Request) -> Response:
        return HTMLResponse(gallery(library.executions(), library.projects(), library.files()), headers=FRESH)

    def show_live(request: Request) -> Response:
        return JSONResponse(live(library.executions(), library.projects(), library.files()), headers=FRESH)

    def show_file(request: Request) -> Response:
        shown = library.file(request.path_params["file_id"])
        if shown is None:
            return HTMLResponse(missing(), status_code=404, headers=FRESH)
        return HTMLResponse(player(shown), headers=FRESH)

    def show_project(request: Request) -> Response:
        shown = library.project(request.path_params["project_id"])
        if shown is None:
            return HTMLResponse(missing("project"), status_code=404, headers=FRESH)
        return HTMLResponse(project_page(shown), headers=FRESH)

    def show_asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            return HTMLResponse(missing(), status_code=404, headers=FRESH)
        headers = {**HEADERS, "Cache-Control": "no-cache"}
        return Response(_asset(name), media_type=ASSETS[name], headers=headers)

    return [
        Route("/", guarded(show_gallery)),
        Route("/live", guarded(show_live)),
        Route("/media/{file_id}", guarded(show_file)),
        Route("/projects/{project_id}", guarded(show_project)),
        Route("/assets/{name}", guarded(show_asset)),
    ]


@cache
def _asset(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()
