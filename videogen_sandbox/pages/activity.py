"""Executions as lists: those that run with their progress and what can be done about them, and those that ended."""

from __future__ import annotations

from collections.abc import Sequence

from videogen_sandbox.pages.formats import operation_label, shorten, took
from videogen_sandbox.pages.html import Html, join, tag
from videogen_sandbox.pages.views import ExecutionView, GalleryView

SUBJECT_LENGTH = 140

DECISIONS = {"approve": "Approve", "reject": "Reject"}
"""What can be done about an execution that waits for an approval: part of a path → its button."""


def active(shown: GalleryView) -> Html:
    """Return what is being made, what waits for an approval first, and what failed just now; nothing for neither."""
    rows = [*map(row, shown.active), *map(row, shown.failed)]
    if not rows:
        return Html()
    counts = [
        f"{shown.asking} {'needs' if shown.asking == 1 else 'need'} approval" if shown.asking else "",
        f"{shown.others} being made" if shown.others else "",
        f"{len(shown.failed)} failed" if shown.failed else "",
    ]
    left = shown.asking + shown.others - len(shown.active)
    more = tag("p", f"and {left} more", class_="small") if left > 0 else None
    summary = tag("summary", tag("h2", "Now"), tag("span", ", ".join(filter(None, counts)), class_="small"))
    return tag("details", summary, tag("ul", rows, class_="rows"), more, open=True, id="now")


def history(ended: Sequence[ExecutionView]) -> Html:
    """Return the executions that ended, folded; nothing for none."""
    if not ended:
        return Html()
    count = f"{len(ended)} executions" if len(ended) > 1 else "1 execution"
    summary = tag("summary", tag("h2", "Ended"), tag("span", count, class_="small"))
    return tag("details", summary, tag("ul", [row(one) for one in ended], class_="rows"), id="ended")


def row(execution: ExecutionView, *, on_project: bool = False) -> Html:
    """Return a list item: subject, progress or outcome, time, and buttons or, where it ended, links.

    `on_project`: on the page of its project, to which no link is needed there.
    """
    return tag(
        "li",
        tag("p", what(execution), class_="subject", id=f"subject-{execution.execution_id}"),
        _error(execution) if execution.has_ended else _bar(execution),
        tag("p", _state(execution), " · ", tag("span", took(execution.seconds), class_="elapsed"), class_="small"),
        _links(execution, on_project) if execution.has_ended else _buttons(execution),
        data_key=execution.execution_id,
        class_=execution.status,
    )


def what(execution: ExecutionView) -> Html:
    """Return what is made, of which words."""
    subject = shorten(execution.prompt, SUBJECT_LENGTH)
    return join(tag("strong", operation_label(execution.operation)), " ", subject)


def state(execution: ExecutionView) -> str:
    """Return how an execution stands: what it waits for, its percentage, or how it ended."""
    if execution.status == "awaiting_approval":
        return "needs approval"
    if execution.has_ended:
        return execution.status
    if execution.status != "pending":
        return f"{execution.percent:.0f} %"
    return f"waiting, {execution.ahead} before it" if execution.ahead else "waiting for its turn"


def bar(execution: ExecutionView, labelled_by: str) -> Html:
    """Return a progress bar with the name that is in the element with the id `labelled_by`."""
    return tag("progress", value=round(execution.percent), max=100, aria_labelledby=labelled_by)


def _bar(execution: ExecutionView) -> Html | None:
    """The bar of what has begun, or begins by itself."""
    return None if execution.status == "awaiting_approval" else bar(execution, f"subject-{execution.execution_id}")


def _state(execution: ExecutionView) -> Html:
    return tag("span", state(execution), class_="state")


def _error(execution: ExecutionView) -> Html | None:
    return tag("p", execution.error, class_="error") if execution.error else None


def _links(execution: ExecutionView, on_project: bool) -> Html | None:
    paths = [f"/media/{file_id}" for file_id in execution.results]
    links = [
        tag("a", "Open" if len(paths) == 1 else f"Open {number}", href=path) for number, path in enumerate(paths, 1)
    ]
    if execution.project_id and not on_project:
        links.append(tag("a", "Project", href=f"/projects/{execution.project_id}"))
    return tag("p", links, class_="deeds") if links else None


def _buttons(execution: ExecutionView) -> Html:
    """Return the buttons of what has not ended. They are forms, so that they work without scripts."""
    deeds = DECISIONS if execution.status == "awaiting_approval" else {"cancel": "Cancel"}
    subject = f"{operation_label(execution.operation)} {shorten(execution.prompt, 60)}".strip()
    forms = [
        tag(
            "form",
            tag("button", words, class_=deed, aria_label=f"{words}: {subject}"),
            method="post",
            action=f"/executions/{execution.execution_id}/{deed}",
        )
        for deed, words in deeds.items()
    ]
    return tag("div", forms, class_="deeds")
