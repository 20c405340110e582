"""The kind `message`: replies of the assistant, and what they start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from videogen_sandbox.assistant.edits import Edit
from videogen_sandbox.assistant.replies import VIDEO_CREDITS, Reply, answer
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.work import Note, Outcome
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.ids import new_id
from videogen_sandbox.storage.projects import Project, Projects


class Starts(Protocol):
    """What a reply can start, each in the transaction that stores the reply. Raises EngineError when it cannot."""

    def video(self, project: Project, script: str) -> tuple[Json, Callable[[], None]]:
        """Return StartWorkflowRunResponse of a run that speaks a script, and what starts it."""
        ...

    def edits(self, project: Project, actions: Sequence[Json]) -> tuple[Sequence[str], Callable[[], None]]:
        """Return the ids of edits, and what starts them."""
        ...


class Replies:
    """Makes replies: to a message, or to a decision on what was offered before."""

    def __init__(self, projects: Projects, starts: Starts) -> None:
        self._projects = projects
        self._starts = starts

    async def __call__(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Return the content of a reply, what it offers, and what it starts."""
        project = self._projects.get(execution.project_id or "")
        if project is None:
            raise EngineError("not_found", "The project of this chat does not exist any more.")
        if offer := execution.body.get("offer"):
            return self._decided(project, offer, execution.body["decision"])
        reply = answer(
            execution.body["text"],
            has_video=project.document is not None,
            auto_generate=execution.body["autoGenerate"],
        )
        if reply.start and reply.script:
            return self._video(project, reply.script, reply.content)
        return Outcome(values={"content": reply.content, **_offers(reply)})

    def _decided(self, project: Project, offer: Mapping[str, Any], decision: str) -> Outcome:
        if decision == "REJECT":
            return Outcome(values={"content": f"Nothing was changed: “{offer['label']}” was rejected."})
        if script := offer.get("script"):
            return self._video(project, script, "The video is being made.")
        ids, store = self._starts.edits(project, offer["edits"])
        content = f"“{offer['label']}” is being applied ({', '.join(ids)})."
        return Outcome(values={"content": content}, store=store)

    def _video(self, project: Project, script: str, content: str) -> Outcome:
        started, store = self._starts.video(project, script)
        return Outcome(values={"content": content, "generation": started}, store=store)


def _offers(reply: Reply) -> Json:
    """What a reply lets the user decide on: one action for all edits that were understood, or for a video."""
    if reply.script:
        action_id = new_id("vg_actn_")
        title, described = "Make the video", "A narrated video of the script, exported as an MP4."
        suggestion = {
            "actionId": action_id,
            "workflowType": "SCRIPT_TO_VIDEO",
            "title": title,
            "description": described,
        }
        offer = _action(action_id, "GENERATE", title, reply.script[:500], VIDEO_CREDITS)
        return {"actions": [{**offer, "script": reply.script}], "suggestions": [suggestion]}
    if not reply.edits:
        return {}
    label = ", ".join(edit.words for edit in reply.edits)
    offer = _action(new_id("vg_actn_"), "APPLY_EDIT", label[:1].upper() + label[1:], label, _cost(reply.edits))
    return {"actions": [{**offer, "edits": [edit.action for edit in reply.edits]}]}


def _action(action_id: str, kind: str, label: str, summary: str, cost: int) -> Json:
    detail = {"summary": summary, "creditsRemaining": None, "estimatedCredits": cost}
    return {"actionId": action_id, "kind": kind, "label": label, "requiresApp": False, "detail": detail}


def _cost(edits: Sequence[Edit]) -> int:
    return sum(edit.credits for edit in edits)
