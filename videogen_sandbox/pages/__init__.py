"""The web pages of the sandbox: a gallery, and a page for each file and project."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from videogen_sandbox import __version__
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.pages.captions import web_vtt
from videogen_sandbox.pages.gallery import gallery
from videogen_sandbox.pages.grouping import Query
from videogen_sandbox.pages.guard import HEADERS, is_foreign, refused
from videogen_sandbox.pages.html import Html
from videogen_sandbox.pages.library import Library
from videogen_sandbox.pages.notices import FRESH, as_pages
from videogen_sandbox.pages.player import player
from videogen_sandbox.pages.project import project_page
from videogen_sandbox.pages.views import Place
from videogen_sandbox.storage.executions import Execution

__all__ = ["Library", "Place", "as_pages", "routes"]

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
"""Of the files in static/."""

STATIC = Path(__file__).parent / "static"

ARCHIVED = "“{name}” was archived: it is in no list any more. Its page ends with it."


class Jobs(Protocol):
    """What the buttons of the pages do."""

    def approve(self, execution: Execution) -> None:
        """Let an execution begin that waits for an approval."""
        ...

    def cancel(self, execution: Execution) -> None:
        """Cancel an execution and what was to follow it."""
        ...


def routes(library: Library, jobs: Jobs, place: Place, api_key: str) -> list[Route]:
    """Return the routes of all pages, each behind the guard. They run on the thread of the event loop (`Database`).

    They raise Refusal, which `as_pages` makes a page of.
    """
    deeds: dict[str, Callable[[Execution], None]] = {
        "approve": jobs.approve,
        "reject": jobs.cancel,
        "cancel": jobs.cancel,
    }

    def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return refused(request, api_key) or answer(request)

        return endpoint

    def show_gallery(request: Request) -> Response:
        accepted = request.headers.get("accept", "")
        if "application/json" in accepted and "text/html" not in accepted:
            about = {"name": "VideoGen sandbox", "version": __version__, "baseUrl": place.base_url}
            return JSONResponse({**about, "gallery": f"{place.base_url}/", "health": f"{place.base_url}/health"})
        return _fresh(request, gallery(library.gallery(Query.of(request.query_params))))

    def show_file(request: Request) -> Response:
        file_id = request.path_params["file_id"]
        shown = library.file(file_id)
        if shown is None:
            raise Refusal(404, "There is no file with this id. It was removed, or it never was in this sandbox.")
        if shown.file.archived:
            raise Refusal(404, ARCHIVED.format(name=shown.file.display_name))
        made_by = library.execution(shown.file.execution_id or "")
        is_export = made_by is not None and made_by.kind == "export"
        project = library.project(made_by.project_id or "") if made_by and is_export else None
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return _fresh(request, player(shown, library.relatives(file_id), project, origin, library.now))

    def show_captions(request: Request) -> Response:
        shown = library.file(request.path_params["file_id"])
        if shown is None or shown.file.archived or not shown.file.words:
            raise Refusal(404, "There are no captions here.")
        return Response(web_vtt(shown.file), media_type="text/vtt; charset=utf-8", headers=FRESH)

    def show_project(request: Request) -> Response:
        project_id = request.path_params["project_id"]
        shown = library.project(project_id)
        if shown is None:
            raise Refusal(404, "There is no project with this id. It was removed, or it never was in this sandbox.")
        return _fresh(request, project_page(shown, library.relatives(project_id), library.now))

    def act(request: Request) -> Response:
        if is_foreign(request):
            raise Refusal(403, "This is for the buttons of these pages. Programs cancel by the API.")
        execution = library.execution(request.path_params["execution_id"])
        deed = deeds.get(request.path_params["deed"])
        if execution is None or deed is None:
            raise Refusal(404, "There is no such execution, or nothing of that name can be done with one.")
        deed(execution)
        return RedirectResponse(_page_of(request), 303, headers=FRESH)

    def show_asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _assets():
            raise Refusal(404, "There is no such file.")
        content, kind = _assets()[name]
        return Response(content, media_type=kind, headers={**HEADERS, "Cache-Control": "no-cache"})

    return [
        Route("/", guarded(show_gallery)),
        Route("/media/{file_id}", guarded(show_file)),
        Route("/captions/{file_id}.vtt", guarded(show_captions)),
        Route("/projects/{project_id}", guarded(show_project)),
        Route("/executions/{execution_id}/{deed}", guarded(act), methods=["POST"]),
        Route("/assets/{name}", guarded(show_asset)),
    ]


def _fresh(request: Request, html: Html) -> Response:
    """Return a page, or nothing (304) to a script that has the same one already."""
    tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={**FRESH, "ETag": tag})
    return HTMLResponse(html, headers={**FRESH, "ETag": tag})


def _page_of(request: Request) -> str:
    """Return the page of this origin that a request was sent from; the gallery where that is not told."""
    own = f"{request.url.scheme}://{request.url.netloc}/"
    sent_from = request.headers.get("referer", "")
    return "/" + sent_from.removeprefix(own).lstrip("/\\") if sent_from.startswith(own) else "/"


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    """Return name → content and type of what the pages load."""
    found = (path for path in STATIC.iterdir() if path.suffix in TYPES)
    return {path.name: (path.read_bytes(), TYPES[path.suffix]) for path in found}
