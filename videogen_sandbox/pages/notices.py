"""Pages that say what is wrong, and lead back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from videogen_sandbox.pages.guard import HEADERS
from videogen_sandbox.pages.html import Html, join, page, tag

FRESH = {**HEADERS, "Cache-Control": "no-store"}
"""Of pages: they have signed links and change."""

TITLES = {
    403: "This link does not work",
    404: "There is nothing here",
    405: "That is not possible here",
    500: "The sandbox made a mistake",
}

KEPT = ("allow", "retry-after")
"""Headers of the answer for programs that the page has too."""

Handler = Callable[[Request, Exception], Awaitable[Response]]


def notice(status: int, message: str, *, file_page: str | None = None) -> Html:
    """Return a page about an error. `file_page` is the path of a page of a file that may help."""
    title = TITLES.get(status, "That did not work")
    ways = [tag("a", "Open the page of the file", href=file_page, class_="button") if file_page else None]
    ways.append(tag("a", "Go to the gallery", href="/", class_="button quiet" if file_page else "button"))
    body = join(tag("h1", title), tag("p", message), tag("p", *ways, class_="ways-on"))
    return page(f"{title} - VideoGen sandbox", tag("div", body, class_="notice-page"))


def as_pages(answer: Handler) -> Handler:
    """Return an exception handler that gives browsers a page where `answer` gives programs JSON with a `message`."""

    async def handle(request: Request, error: Exception) -> Response:
        response = await answer(request, error)
        if not wants_page(request):
            return response
        message = json.loads(bytes(response.body))["message"]
        html = notice(response.status_code, message, file_page=_file_page(request, response.status_code))
        kept = {name: value for name, value in response.headers.items() if name in KEPT}
        return HTMLResponse(html, response.status_code, {**FRESH, **kept})

    return handle


def wants_page(request: Request) -> bool:
    """Return whether a request is that of a browser for a page. The paths of the API have none."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def _file_page(request: Request, status: int) -> str | None:
    """Return the path of the page of the file whose link does not work; None where no file was meant, or it is gone."""
    file_id = request.path_params.get("file_id")
    return f"/media/{file_id}" if status == 403 and file_id else None
