"""Webhook messages: what they say, how they are signed.

Payloads follow VideoGen's documentation (contract NOTES section 12), signatures the Standard Webhooks specification.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

SECRET_BYTES = 24
"""Of randomness in a signing secret; Standard Webhooks asks for 24 to 64."""


def new_secret() -> str:
    """Return a signing secret: "whsec_" and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """Return the webhook-signature header (Standard Webhooks, symmetric "v1"). `timestamp` in Unix seconds."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((message.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def tool_payload(execution: Mapping[str, Any], occurred_at: float) -> dict[str, Any]:
    """Return the payload for a finished execution in wire form: results if it succeeded, error if it failed."""
    status = execution["status"]
    payload = {
        "event": f"tool_execution.{status}",
        "toolExecutionId": execution["toolExecutionId"],
        "occurredAt": int(occurred_at),
        "toolType": execution["toolType"],
    }
    if status == "succeeded":
        payload["results"] = execution["results"]
    if status == "failed":
        payload["error"] = execution["error"]
    return payload


def file_payload(
    event: str, file: Mapping[str, Any], occurred_at: float, error: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the payload for an uploaded file in hydrated wire form."""
    payload = {"event": event, "fileId": file["fileId"], "occurredAt": int(occurred_at), "file": file}
    return {**payload, "error": error} if error is not None else payload


def run_payload(run: Mapping[str, Any], occurred_at: float) -> dict[str, Any]:
    """Return the payload for a finished workflow run in wire form: error only if it failed."""
    left_out = ("status", "progressPercentage", "attemptIndex", "error")
    payload = {name: value for name, value in run.items() if name not in left_out}
    return _ended("workflow_run", run, payload, occurred_at)


def export_payload(export: Mapping[str, Any], occurred_at: float) -> dict[str, Any]:
    """Return the payload for a finished export in wire form: error only if it failed."""
    payload = {name: export[name] for name in ("exportId", "projectId", "exportFileId")}
    return _ended("project_export", export, payload, occurred_at)


def message_payload(message: Mapping[str, Any], occurred_at: float) -> dict[str, Any]:
    """Return the payload for a finished reply of the assistant in wire form."""
    return {
        "event": f"assistant_message.{message['status']}",
        "messageId": message["messageId"],
        "occurredAt": int(occurred_at),
        "message": message,
    }


def _ended(subject: str, state: Mapping[str, Any], payload: Mapping[str, Any], occurred_at: float) -> dict[str, Any]:
    found = {"event": f"{subject}.{state['status']}", "occurredAt": int(occurred_at), **payload}
    return {**found, "error": state["error"]} if state["status"] == "failed" else found
