"""From the end of an execution to the answer: fresh links, the journal's last word, then words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from videogen_mcp import telemetry
from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.call import Call, Followed
from videogen_mcp.calls.messages import Refusal, account_step
from videogen_mcp.calls.replies import (
    NAME_LENGTH,
    Answer,
    AnswerError,
    AnswerFile,
    AnswerOffer,
    Reply,
    bounded,
    timestamp,
    with_note,
)
from videogen_mcp.clock import Clock
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.saving import Saving
from videogen_mcp.executions.timing import DELIVERY_TIMEOUT, EXPIRES_SOON
from videogen_mcp.settings import DEFAULT_TOOLSETS, Toolset

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution, ExecutionResult, File, Offer, Source
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.media.downloads import Downloads

log = logging.getLogger(__name__)

LINKED = 20
"""Results that get links in one answer; more would fill a model's context. All ids are there."""

TEXT_LENGTH, OFFERS, OFFER_LENGTH = 4_000, 10, 300
"""Characters of what the assistant says, and of its offers as many, and so long: what an agent can act on."""

BILLED = "What was done before may be billed."
"""VideoGen does not say what it takes for an execution that is cancelled."""

THUMBNAIL_BYTES = 700_000
"""Largest picture put into an answer; hosts cut results at 1 MB with base64 counted."""


@dataclass(frozen=True)
class Delivery:
    """Builds answers. `thumbnails`: put a small picture of each image into them. `downloads` saves results on
    the disk; None where that is out of reach (HTTP). `saves`: every result, not only those of calls that ask for it
    (VIDEOGEN_MCP_SAVE). `toolsets` are on: what they have can be advised."""

    journal: Journal
    clock: Clock
    thumbnails: bool = False
    downloads: Downloads | None = None
    saves: bool = False
    toolsets: frozenset[Toolset] = DEFAULT_TOOLSETS

    async def answer(self, call: Call, followed: Followed, entry: Entry | None, upstream: Upstream) -> Reply:
        """Return the answer for what is known of the execution when the wait is over; `entry` is its row, where it has
        ended and was submitted from here."""
        state = followed.state
        if state is None or not (state.is_terminal or state.awaits_approval):
            return self.running(call, followed)
        answer = self._answer(call, followed, state.status)
        if state.is_terminal:
            took = entry.took if entry is not None else None
            answer.elapsed_seconds = None if took is None else round(took, 1)
            if entry is None or entry.delivered_at is None:  # Another replica may have told of it.
                telemetry.ended(state.execution_id, answer.workflow, state.status, took, account=upstream.account)
        pictures: tuple[bytes, ...] = ()
        note: str | None = None
        if state.status == "succeeded":
            files = await self._files(state.results, call, upstream)
            answer.text, answer.started_execution_id = bounded(state.text, TEXT_LENGTH), followed.started_id
            answer.offers = [_offer(offer) for offer in state.offers[:OFFERS]] or None
            if files or not state.may_lack_files:
                answer.files = [_file(file, one, upstream) for file, one in zip(files, state.results, strict=True)]
            if entry is not None and answer.files is not None:
                answer.requested = entry.requested if max(entry.requested, len(answer.files)) > 1 else None
                answer.settings = entry.settings
            pictures = await self._pictures(files, upstream) if self.thumbnails else ()
            answer.next_step = self._after_success(answer)
            if self.downloads is not None and answer.files and (self.saves or followed.save_to):
                saving = Saving(self.downloads, followed.save_to)
                await saving.run(answer.files, call, upstream)
                answer.next_step, note = saving.next_step or answer.next_step, saving.note
            if "files" in self.toolsets and any(file.saved_path is None for file in answer.files or ()):
                answer.original = "download_file" if self.downloads is not None else "get_file"
        elif state.status == "failed":
            answer.error, answer.next_step = _failure(state, followed.workflow)
        elif state.status == "cancelled":
            note = BILLED
        elif state.status == "awaiting_approval":
            pages = answer.project_url or (f"{upstream.base_url}/" if upstream.sandbox else None)
            where = f"at {pages}" if pages else "in VideoGen"
            answer.next_step = (
                f"Tell the user to approve it {where}, then call wait_for_execution with execution_id"
                f' "{state.execution_id}"; cancel_execution gives it up'
            )
        reply = with_note(answer.reply(pictures=pictures), note)
        if answer.error is None:
            reply = with_note(reply, followed.note)
        if state.is_terminal:
            told = partial(self.journal.delivered, upstream.account, state.execution_id)
            return replace(reply, on_delivery=(lambda: told(self.clock.time()),))
        return reply

    def refuse_saving(self, save_to: str | None, *, makes_files: bool = True) -> None:
        """Raise Refusal where a call asks for its results to be saved, and that cannot be."""
        if save_to is None:
            return
        if self.downloads is None:
            raise Refusal(
                "local_file_refused",
                "save_to: this server is reached over the network, and writes nothing on the caller's machine",
                "Leave save_to out; the answer has links",
            )
        if not makes_files:
            raise Refusal(
                "invalid_arguments",
                "save_to: this makes no file itself",
                "Leave save_to out; wait_for_execution takes it for what this starts",
            )

    def running(self, call: Call, followed: Followed) -> Reply:
        """Return the answer at the end of the budget: not an error, nothing lost, and how to go on."""
        answer = self._answer(call, followed, "running")
        answer.progress_percentage = followed.state.progress_percentage if followed.state is not None else None
        if call.several and followed.execution_id:
            return answer.reply()  # what to do is told once, for all that still run
        if followed.execution_id:
            answer.next_step = f'Call wait_for_execution with execution_id "{followed.execution_id}"'
        else:
            answer.next_step = (
                "The service has not confirmed the submit yet, so there is no id. Call list_executions to get it;"
                f" do not call {call.tool} again, or it may be made and billed twice"
            )
        return with_note(answer.reply(), followed.note)

    def _answer(self, call: Call, followed: Followed, status: str) -> Answer:
        state = followed.state
        return Answer.model_validate(
            {
                "status": status,
                "workflow": followed.workflow or _named_by(state),
                "execution_id": followed.execution_id,
                "elapsed_seconds": followed.elapsed(self.clock.monotonic()),
                "now": self.clock.time(),
                "project_id": followed.project_id or (state.project_id if state is not None else None),
                "project_url": followed.project_url or (state.project_url if state is not None else None),
            }
        )

    def _after_success(self, answer: Answer) -> str | None:
        """Return what to do with what was made, where that is not plain."""
        if answer.started_execution_id:
            return f'Call wait_for_execution with execution_id "{answer.started_execution_id}" for what it started'
        if answer.offers:
            project = f'project_id "{answer.project_id}"' if answer.project_id else "the project_id of its chat"
            return (
                "Ask the user, as it may cost credits; then call decide_assistant_action with"
                f" {project} and the action_id"
            )
        if any(file.preview_url is None for file in answer.files or ()):
            return "Call get_file with a file_id for links that work"
        if "videos" not in self.toolsets or answer.project_id is None or answer.text is not None:
            return None
        if answer.files is None:
            return "For the MP4: export_project with that project_id"
        if any(file.type == "VIDEO" for file in answer.files):
            return "For changes: edit_project with that project_id"
        return None

    async def _files(self, results: Sequence[ExecutionResult], call: Call, upstream: Upstream) -> list[File | None]:
        """The files with links that work. Where fetching fails or takes too long, an id without links remains."""
        files: list[File | None] = [result.file for result in results]

        async def refresh(place: int) -> None:
            try:
                files[place] = await upstream.client.hydrate(results[place].file_id)
            except VideoGenError as error:
                log.warning("no fresh links for %s: %s", results[place].file_id, error)

        stale = [place for place, file in enumerate(files[:LINKED]) if not self._has_link(file)]
        if stale:
            await call.report("fetching the links")
            with anyio.move_on_after(min(DELIVERY_TIMEOUT, call.remaining())):
                async with anyio.create_task_group() as tasks:
                    for place in stale:
                        tasks.start_soon(refresh, place)
        return files

    def _has_link(self, file: File | None) -> bool:
        source = _preview(file)
        return source is not None and (
            source.expires_at is None or source.expires_at > self.clock.time() + EXPIRES_SOON
        )

    async def _pictures(self, files: Sequence[File | None], upstream: Upstream) -> tuple[bytes, ...]:
        found = []
        for file in files[:LINKED]:
            source = file.thumbnail_source if file is not None and file.type == "IMAGE" else None
            if source is None or not source.is_ready or not source.url:
                continue
            picture = bytearray()
            try:
                with anyio.fail_after(DELIVERY_TIMEOUT):
                    async with upstream.client.download(source.url) as stream:
                        async for chunk in stream.chunks():
                            picture += chunk
                            if len(picture) > THUMBNAIL_BYTES:
                                break
            except (VideoGenError, TimeoutError) as error:
                log.info("no thumbnail: %s", error)
                continue
            if len(picture) <= THUMBNAIL_BYTES:
                found.append(bytes(picture))
        return tuple(found)


def _preview(file: File | None) -> Source | None:
    """The rendition to look at: the permanent public one, else the signed preview, else the original."""
    if file is None:
        return None
    sources = (file.static_public_preview_source, file.preview_source, file.download_source)
    return next((source for source in sources if source is not None and source.is_ready), None)


def describe(file: File, upstream: Upstream) -> AnswerFile:
    """A file as answers show it: what it is, a link and until when the link works."""
    upstream.links.remember(file)
    source, best = _preview(file), file.download_source
    sized = best if best is not None and best.width else source
    return AnswerFile(
        file_id=file.file_id,
        type=bounded(file.type, 20),
        name=bounded(file.display_name, NAME_LENGTH),
        preview_url=source.url if source else None,
        preview_expires_at=timestamp(source.expires_at) if source else None,
        page_url=upstream.page(file.file_id),
        width=sized.width if sized else None,
        height=sized.height if sized else None,
        duration_seconds=file.duration_seconds,
    )


def _file(file: File | None, result: ExecutionResult, upstream: Upstream) -> AnswerFile:
    if file is not None:
        return describe(file, upstream)
    return AnswerFile(file_id=result.file_id, type=bounded(result.type, 20), page_url=upstream.page(result.file_id))


def _named_by(state: Execution | None) -> str | None:
    """Return the workflow that the service says was run, for what was not started from here."""
    return (bounded(state.tool_type, 60) or "").lower() or None if state is not None else None


def _offer(offer: Offer) -> AnswerOffer:
    detail = offer.detail
    return AnswerOffer(
        action_id=offer.action_id,
        kind=bounded(offer.kind, 40),
        label=bounded(offer.label, NAME_LENGTH),
        summary=bounded(detail.summary, OFFER_LENGTH) if detail is not None else None,
        estimated_credits=detail.estimated_credits if detail is not None else None,
        in_app_only=offer.requires_app or None,
    )


def _failure(state: Execution, workflow: str | None) -> tuple[AnswerError, str | None]:
    error = state.error
    code = (bounded(error.code, 60) if error else None) or "failed"
    described = AnswerError(
        code=code,
        message=(bounded(error.message) if error else None) or "The service gives no reason",
        requirement=error.requirement if error else None,
    )
    if (step := account_step(code, described.requirement)) is not None:
        return described, step
    again = f"call {workflow} again" if workflow else "start it again"
    return described, f"It will not go on by itself; change the request and {again} if it is still wanted"
