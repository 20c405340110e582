"""What the assistant starts: the same requests as over the API, checked as those are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.import_sources import AllowedSources
from videogen_sandbox.contract.lookups import Lookups
from videogen_sandbox.contract.remix import read_edits
from videogen_sandbox.contract.requests import contract
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.contract.workflows import check_edits, read_run_request
from videogen_sandbox.engines import EngineError
from videogen_sandbox.storage.projects import Project
from videogen_sandbox.videos import Videos

LOOK = "Clear flat illustration, soft light"
"""The style of a video whose sentence says nothing of one."""

VIDEO, EDITS = "POST /v1/workflows/script-to-video", "POST /v1/projects/{projectId}/remix"


class AssistantStarts:
    """See `jobs.messages.Starts`. A refusal of the request is the error of the reply."""

    def __init__(self, videos: Callable[[], Videos], lookups: Lookups, sources: AllowedSources) -> None:
        """`videos` returns what starts executions, which itself needs the runner of this one."""
        self._videos = videos
        self._lookups = lookups
        self._sources = sources

    def video(self, project: Project, script: str) -> tuple[Json, Callable[[], None]]:
        """Return what a run that speaks a script answers, and what starts it. Raise EngineError."""
        style = {"type": "AI_IMAGE", "aiStyle": LOOK}
        captions = [{"type": "ENABLE_CAPTIONS"}]
        sent = {"script": script, "visualStyle": style, "remixActions": captions, "autoExport": True}
        try:
            body = contract("v2").body(VIDEO, sent)
            request = read_run_request("script-to-video", body, self._lookups, self._sources)
            self._videos().refuse_built(project)
        except Refusal as refusal:
            raise EngineError(refusal.code or "invalid_request", refusal.message) from None
        return self._videos().run_in(project, request)

    def edits(self, project: Project, actions: Sequence[Json]) -> tuple[Sequence[str], Callable[[], None]]:
        """Return the ids of edits, and what starts them. Raise EngineError."""
        try:
            body = contract("v2").body(EDITS, {"remixActions": list(actions)})
            edits = read_edits(body["remixActions"], self._lookups)
            check_edits(edits)
            self._videos().refuse_busy(project, edited=False)
        except Refusal as refusal:
            raise EngineError(refusal.code or "invalid_request", refusal.message) from None
        chain = self._videos().edit_chain(edits, project.id)
        return [edit.id for edit in chain], lambda: self._videos().add_edits(chain)
