"""Publishes webhooks of what has ended."""

from __future__ import annotations

from dataclasses import replace

from videogen_sandbox.answers import Answers
from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.responses import Wire
from videogen_sandbox.contract.webhooks import export_payload, file_payload, message_payload, run_payload, tool_payload
from videogen_sandbox.jobs.webhooks import Webhooks
from videogen_sandbox.storage.executions import Executions
from videogen_sandbox.storage.files import Files
from videogen_sandbox.storage.messages import Messages


class Announcements:
    """Both methods are to be called in the transaction of the change they publish."""

    def __init__(
        self,
        *,
        webhooks: Webhooks,
        answers: Answers,
        wire: Wire,
        executions: Executions,
        files: Files,
        messages: Messages,
        clock: Clock,
        link_seconds: float,
    ) -> None:
        self._webhooks = webhooks
        self._answers = answers
        self._wire = wire
        self._executions = executions
        self._files = files
        self._messages = messages
        self._clock = clock
        self._link_seconds = link_seconds

    def ended(self, execution_id: str) -> None:
        """Publish the end of an execution. Edits, timeline documents and imports have no events (VideoGen OpenAPI).

        The export at the end of a run is told by the event of the run: `project_export` is for exports that the API
        started.
        """
        execution = self._executions.get(execution_id)
        if execution is None:
            return
        now = self._clock.time()
        if execution.kind == "make":
            self._webhooks.publish(tool_payload(self._answers.tool(execution, resign=False), now))
        elif execution.kind == "run":
            self._webhooks.publish(run_payload(self._answers.run(execution, resign=False), now))
        elif execution.kind == "export" and execution.chain is None:
            self._webhooks.publish(export_payload(self._answers.export(execution, resign=False), now))
        elif execution.kind == "message" and (message := self._messages.get(execution.id)):
            self._webhooks.publish(message_payload(self._answers.message(message), now))

    def ingested(self, file_id: str) -> None:
        """Publish the outcome of an upload."""
        file = self._files.get(file_id)
        if file is None:
            return
        now = self._clock.time()
        signed = replace(file, signed_until=int(now + self._link_seconds))
        info = self._wire.file(signed, now, analysis=False)
        if file.state == "failed":
            error = dict(file.error or {"message": ""})
            self._webhooks.publish(file_payload("file.upload.failed", info, now, error))
            return
        events = ["file.upload.completed", "file.download_ready"]
        events += ["file.playback_ready"] if "hls" in file.renditions else []
        events += ["file.analysis_completed"] if file.scope != "TEMPORARY" else []
        for event in events:
            self._webhooks.publish(file_payload(event, info, now))
