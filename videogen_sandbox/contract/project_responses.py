"""The responses about projects, and about what runs on them, as JSON objects. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from videogen_sandbox.contract.errors import error_body
from videogen_sandbox.contract.responses import Wire, standing
from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.storage.entities import Entity
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.messages import Message
from videogen_sandbox.storage.projects import Project

URLS = ("downloadUrl", "downloadUrlExpiresAt", "thumbnailUrl", "thumbnailUrlExpiresAt")
"""Of the video of a run or export; null until there is one."""


class ProjectWire:
    """Makes the JSON objects of today's dialect, which alone has projects."""

    def __init__(self, wire: Wire, links: Links) -> None:
        self._wire = wire
        self._links = links

    def project(self, project: Project, *, busy: bool) -> Json:
        """Return ProjectResponse. `busy` is whether something is being built or edited."""
        return {
            "projectId": project.id,
            "assistantId": project.assistant_id,
            "title": project.title,
            "aspectRatio": dict(project.aspect_ratio),
            "status": "generating" if busy else "ready",
            "createdAt": int(project.created_at),
            "updatedAt": int(project.updated_at),
            "projectUrl": self._links.project(project.id),
        }

    def started_run(self, run: Execution, edits: Sequence[Execution]) -> Json:
        """Return StartWorkflowRunResponse."""
        return {
            "workflowRunId": run.id,
            "projectId": run.project_id,
            "projectUrl": self._links.project(run.project_id or ""),
            "remixActionIds": [edit.id for edit in edits],
        }

    def run(self, run: Execution, video: File | None, now: float) -> Json:
        """Return WorkflowRun. `video` is what its export made."""
        return {
            "workflowRunId": run.id,
            "workflowType": run.tool_type,
            **self._state(run, now),
            **self._about(run),
            "exportId": run.outcome.get("exportId"),
            "exportFileId": video.id if video else None,
            **self._urls(video, now),
        }

    def export(self, export: Execution, video: File | None, now: float) -> Json:
        """Return ProjectExport."""
        return {
            "exportId": export.id,
            "projectId": export.project_id,
            **self._state(export, now),
            "exportFileId": video.id if video else None,
            "file": self._wire.file(video, now) if video else None,
            **self._urls(video, now),
        }

    def remix_action(self, edit: Execution, now: float) -> Json:
        """Return RemixActionRun."""
        return {"remixActionId": edit.id, "type": edit.tool_type, **self._state(edit, now), **self._about(edit)}

    def interchange(self, job: Execution, document: File | None, now: float) -> Json:
        """Return TimelineInterchange."""
        urls = self._urls(document, now)
        return {
            "interchangeJobId": job.id,
            "projectId": job.project_id,
            "format": job.body["format"],
            "mediaDelivery": job.body["mediaDelivery"],
            **self._state(job, now),
            "downloadUrl": urls["downloadUrl"],
            "downloadUrlExpiresAt": urls["downloadUrlExpiresAt"],
            "interchangeFileId": document.id if document else None,
            "file": self._wire.file(document, now) if document else None,
        }

    def url_import(self, execution: Execution, now: float) -> Json:
        """Return FileUrlImport."""
        status, percent, attempt = standing(execution, now)
        return {
            "fileImportId": execution.id,
            "status": status,
            "progressPercentage": percent,
            "attemptIndex": attempt,
            "error": _error(execution),
            "fileId": execution.results[0] if execution.results else None,
        }

    def entity(self, entity: Entity) -> Json:
        """Return Entity."""
        # hasAvatarPresenter is false: the sandbox lets only its drawn actors speak.
        actor = {"voiceDisplayName": None, "hasVoice": False, "hasAvatarPresenter": False}
        return {
            "entityId": entity.id,
            "entityType": entity.type,
            "name": entity.name,
            "description": entity.description,
            "actorConfig": actor if entity.type == "ACTOR" else None,
            "references": [
                {"fileId": one.file_id, "description": one.description, "isDefault": one.is_default}
                for one in entity.pictures
            ],
            "createdAt": int(entity.created_at),
            "updatedAt": int(entity.updated_at),
            "isBuiltIn": False,
        }

    def message(self, message: Message, reply: Execution | None, now: float) -> Json:
        """Return AssistantMessage. `reply` is the execution that makes an assistant's one."""
        base: Json = {"messageId": message.id, "role": message.role, "attachments": []}
        created = {"createdAt": int(message.created_at)}
        if reply is None:
            return {**base, "status": "succeeded", "content": message.content, **created}
        said: Mapping[str, Any] = reply.outcome
        return {
            **base,
            "status": standing(reply, now)[0],
            "content": said.get("content"),
            "workflowSuggestions": said.get("suggestions", []),
            "actions": [_offered(action) for action in said.get("actions", ())],
            "generation": said.get("generation"),
            "error": _error(reply),
            **created,
        }

    def _about(self, execution: Execution) -> Json:
        project_id = execution.project_id or ""
        return {"projectId": project_id, "projectUrl": self._links.project(project_id)}

    def _state(self, execution: Execution, now: float) -> Json:
        status, percent, attempt = standing(execution, now)
        return {
            "status": status,
            "progressPercentage": percent,
            "attemptIndex": attempt,
            "error": _error(execution),
        }

    def _urls(self, file: File | None, now: float) -> Json:
        info = self._wire.file(file, now) if file else {}
        return {name: info.get(name) for name in URLS}


def _error(execution: Execution) -> Json | None:
    if execution.status != "failed" or not execution.error:
        return None
    return error_body("v2", execution.error["message"], execution.error["code"])


def _offered(action: Mapping[str, Any]) -> Json:
    return {name: action[name] for name in ("actionId", "kind", "label", "requiresApp", "detail")}
