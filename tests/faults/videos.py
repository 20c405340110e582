"""Finished videos of the service in virtual time: runs, projects, exports, edits, timelines, imports, messages.

Shapes and rules are those of today's API: an edited copy is another project, edits of a project are done one after
another, a run with autoExport runs until its MP4 is there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from videogen_mcp.clock import Clock

Answer = tuple[int, Any, dict[str, str]]

NOT_FOUND: Answer = (404, {"message": "unknown", "code": "not_found"}, {})


@dataclass
class Work:
    """Something that runs for a while, as it really is."""

    id: str
    began: float
    seconds: float
    project: str = ""
    type: str = ""
    ends: str = "succeeded"
    cancelled_at: float | None = None
    exports: bool = False
    about: str = ""
    generation: dict[str, Any] | None = None

    def status(self, now: float) -> str:
        if self.cancelled_at is not None:
            return "cancelled"
        if now < self.began:
            return "pending"
        return self.ends if now - self.began >= self.seconds else "running"

    def percent(self, now: float) -> float:
        return 100.0 * min(1.0, max(0.0, now - self.began) / self.seconds) if self.seconds else 100.0

    @property
    def file_id(self) -> str:
        return f"vg_file_{self.id.removeprefix('vg_')}"


@dataclass
class Videos:
    """`seconds()` draws how long the next thing takes, `file` makes a file's JSON of its id and type."""

    clock: Clock
    seconds: Callable[[], float]
    file: Callable[[str, str], dict[str, Any]]
    ends: Callable[[], str] = lambda: "succeeded"
    runs: dict[str, Work] = field(default_factory=dict)
    exports: dict[str, Work] = field(default_factory=dict)
    edits: dict[str, Work] = field(default_factory=dict)
    others: dict[str, Work] = field(default_factory=dict)
    """Timelines, imports and messages."""
    projects: list[str] = field(default_factory=lambda: ["vg_proj_given"])
    bodies: dict[str, Any] = field(default_factory=dict)
    """What was sent, by the id of what it started."""
    approval: Any = None
    """What an approval of what the assistant offers starts: the body of a remix, or of a run."""
    life: str = ""
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def answer(self, request: httpx.Request, body: Any) -> Answer:
        match request.method, *request.url.path.split("/")[2:]:
            case "POST", "workflows", name:
                return self._run(name, body)
            case "GET", "workflows", "runs":
                return self.page(request, "workflowRuns", [self.run(work) for work in self.runs.values()])
            case "GET", "workflows", "runs", run_id:
                return self._one(self.runs, run_id, self.run)
            case "POST", "workflows", "runs", run_id, "cancel":
                return self._cancel(run_id)
            case "GET", "projects":
                return self.page(request, "projects", [self.project(project) for project in self.projects])
            case method, "projects", project, *rest:
                if project not in self.projects:
                    return NOT_FOUND
                return self._of_project(request, method, project, rest, body)
            case "GET", "timeline-interchange", job_id:
                return self._one(self.others, job_id, self.timeline)
            case "POST", "files", "import-url":
                return 202, {"fileImportId": self._other("vg_fimp_").id}, {}
            case "GET", "files", "imports", import_id:
                return self._one(self.others, import_id, self.imported)
            case "POST", "assistants":
                project = self._project()
                message = self._other("vg_mesg_", project, body["message"]).id
                started = {"messageId": message, "assistantId": f"vg_asst_{project}"}
                return 202, {**started, "projectId": project, "projectUrl": url(project)}, {}
            case "GET", "assistants", assistant:
                told = [self.message(work) for work in self.others.values() if work.id.startswith("vg_mesg_")]
                return 200, {"assistantId": assistant, "messages": told}, {}
            case "POST", "assistants", assistant, *_:
                reply = self._other("vg_mesg_", about=str(body.get("message") or body.get("decision")))
                if body.get("decision") == "APPROVE":
                    self._approve(reply, assistant.removeprefix("vg_asst_"))
                return 202, {"messageId": reply.id}, {}
            case "GET", "assistant-messages", message_id:
                return self._one(self.others, message_id, self.message)
        return NOT_FOUND

    def _of_project(self, request: httpx.Request, method: str, project: str, rest: list[str], body: Any) -> Answer:
        match method, *rest:
            case ("GET",):
                return 200, self.project(project), {}
            case "POST", "export":
                export = Work(self._id("vg_expo_"), self.now, self.seconds(), project, ends=self.ends())
                self.exports[export.id], self.bodies[export.id] = export, body
                return 202, {"exportId": export.id}, {}
            case "GET", "exports":
                return self.page(request, "exports", [self.export(work) for work in self._mine(self.exports, project)])
            case "GET", "exports", export_id:
                known = {work.id: work for work in self._mine(self.exports, project)}
                return self._one(known, export_id, self.export)
            case "POST", "timeline-interchange":
                return 202, {"interchangeJobId": self._other("vg_inte_", project, body.get("format", "OTIO")).id}, {}
            case "POST", "remix":
                return self._remix(project, body)
            case "GET", "remix-actions":
                edits = [self.edit(work) for work in self._mine(self.edits, project)]
                return self.page(request, "remixActions", edits)
        return NOT_FOUND

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def somebody_exports(self, project: str, seconds: float = 20.0) -> Work:
        """Somebody exports the project in the web app."""
        export = Work(self._id("vg_expo_"), self.now, seconds, project)
        self.exports[export.id] = export
        return export

    # -- what is started -----------------------------------------------------------------------------------------------

    def _run(self, name: str, body: Any) -> Answer:
        project = self._project()
        run = Work(self._id("vg_work_"), self.now, self.seconds(), project, ends=self.ends())
        run.type, run.exports = name.replace("-", "_").upper(), bool(body.get("autoExport"))
        run.about = str(body.get("script") or body.get("prompt"))
        self.runs[run.id], self.bodies[run.id] = run, body
        edits = [self._id("vg_rmix_") for _ in body.get("remixActions", ())]
        ids = {"workflowRunId": run.id, "projectId": project, "projectUrl": url(project)}
        return 202, {**ids, "remixActionIds": edits}, {}

    def _remix(self, project: str, body: Any) -> Answer:
        project = self._project() if body.get("saveAsNewProject") else project
        begins = max([self.now, *(work.began + work.seconds for work in self._mine(self.edits, project))])
        made = []
        for action in body["remixActions"]:
            edit = Work(self._id("vg_rmix_"), begins, self.seconds(), project, action["type"], self.ends())
            begins += edit.seconds
            self.edits[edit.id], self.bodies[edit.id] = edit, body
            made.append(edit.id)
        return 202, {"projectId": project, "projectUrl": url(project), "remixActionIds": made}, {}

    def _approve(self, message: Work, project: str) -> None:
        if "remixActions" in (self.approval or {}):
            self._remix(project, self.approval)
        elif self.approval:
            _, message.generation, _ = self._run("script-to-video", self.approval)

    def _other(self, prefix: str, project: str = "", about: str = "") -> Work:
        work = Work(self._id(prefix), self.now, self.seconds(), project, ends=self.ends(), about=about)
        self.others[work.id] = work
        return work

    def _cancel(self, run_id: str) -> Answer:
        run = self.runs.get(run_id)
        if run is None:
            return NOT_FOUND
        if run.status(self.now) in ("pending", "running"):
            run.cancelled_at = self.now
        ids = {"workflowRunId": run.id, "projectId": run.project, "projectUrl": url(run.project)}
        return 202, {**ids, "remixActionIds": []}, {}

    def _project(self) -> str:
        self.projects.append(self._id("vg_proj_"))
        return self.projects[-1]

    def _id(self, prefix: str) -> str:
        return f"{prefix}{self.life}{next(self.numbers):06d}"

    def _mine(self, works: dict[str, Work], project: str) -> list[Work]:
        return [work for work in works.values() if work.project == project]

    # -- what is shown -------------------------------------------------------------------------------------------------

    def _one(self, works: dict[str, Work], work_id: str, show: Callable[[Work], dict[str, Any]]) -> Answer:
        return (200, show(works[work_id]), {}) if work_id in works else NOT_FOUND

    def page(self, request: httpx.Request, key: str, oldest_first: list[Any]) -> Answer:
        start, size = int(request.url.params.get("cursor", 0)), int(request.url.params.get("limit", 50))
        shown = oldest_first[::-1][start : start + size]
        more = start + size < len(oldest_first)
        return 200, {key: shown, "hasMore": more, "nextCursor": str(start + size) if more else None}, {}

    def _state(self, work: Work) -> dict[str, Any]:
        status = work.status(self.now)
        error = {"message": "no", "code": "content_policy"} if status == "failed" else None
        return {"status": status, "progressPercentage": work.percent(self.now), "attemptIndex": 0, "error": error}

    def _done(self, work: Work) -> bool:
        return work.status(self.now) == "succeeded"

    def project(self, project: str) -> dict[str, Any]:
        known = {"projectId": project, "projectUrl": url(project), "assistantId": f"vg_asst_{project}"}
        return {**known, "title": project, "status": "ready", "createdAt": 0, "updatedAt": 0}

    def run(self, work: Work) -> dict[str, Any]:
        done = self._done(work) and work.exports
        shown = {"workflowRunId": work.id, "workflowType": work.type, **self._state(work), **_of(work)}
        return {
            **shown,
            **dict.fromkeys(("downloadUrl", "downloadUrlExpiresAt", "thumbnailUrl", "thumbnailUrlExpiresAt")),
            "exportId": f"vg_expo_{work.id}" if done else None,
            "exportFileId": work.file_id if done else None,
        }

    def export(self, work: Work) -> dict[str, Any]:
        done = self._done(work)
        return {
            "exportId": work.id,
            "projectId": work.project,
            **self._state(work),
            **dict.fromkeys(("downloadUrl", "downloadUrlExpiresAt", "thumbnailUrl", "thumbnailUrlExpiresAt")),
            "exportFileId": work.file_id if done else None,
            "file": self.file(work.file_id, "VIDEO") if done else None,
        }

    def edit(self, work: Work) -> dict[str, Any]:
        return {"remixActionId": work.id, "type": work.type, **self._state(work), **_of(work)}

    def timeline(self, work: Work) -> dict[str, Any]:
        done = self._done(work)
        return {
            "interchangeJobId": work.id,
            "projectId": work.project,
            "format": work.about,
            "mediaDelivery": "REMOTE_URLS",
            **self._state(work),
            **dict.fromkeys(("downloadUrl", "downloadUrlExpiresAt")),
            "interchangeFileId": work.file_id if done else None,
            "file": self.file(work.file_id, "TEXT") if done else None,
        }

    def imported(self, work: Work) -> dict[str, Any]:
        """Only the id and the status are documented, the rest is assumed."""
        return {
            "fileImportId": work.id,
            "status": work.status(self.now),
            "fileId": work.file_id if self._done(work) else None,
        }

    def message(self, work: Work) -> dict[str, Any]:
        state = self._state(work)
        return {
            "messageId": work.id,
            "role": "assistant",
            "status": state["status"],
            "content": f"About {work.about}." if self._done(work) else None,
            "attachments": [],
            "workflowSuggestions": [],
            "actions": [{"actionId": "act_1", "kind": "APPLY_EDIT", "label": "Do it", "requiresApp": False}],
            "generation": work.generation if self._done(work) else None,
            "error": state["error"],
            "createdAt": int(self.clock.time()),
        }


def url(project: str) -> str:
    return f"https://app.videogen.io/projects/{project}"


def _of(work: Work) -> dict[str, Any]:
    return {"projectId": work.project, "projectUrl": url(work.project)}
