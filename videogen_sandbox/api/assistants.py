"""The operations of the assistant: chats, messages, and decisions on what it offers."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.contract.workflows import title_of
from videogen_sandbox.directives import BadDirective, Directives, read_directives
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.ids import new_id
from videogen_sandbox.storage.messages import Message
from videogen_sandbox.storage.projects import Project


async def start(call: ApiCall) -> Response:
    """POST /v1/assistants: a chat with a project of its own, of which nothing is built yet."""
    sandbox = call.sandbox
    body = await call.body()
    directives, text = _read(body["message"])
    sandbox.check_disk()
    project = sandbox.videos.new_project(title_of(text))
    asked = {"text": text, "autoGenerate": body["autoGenerate"]}
    reply = _send(call, project, body["message"], asked, directives, new=True)
    return JSONResponse(
        {
            "messageId": reply,
            "assistantId": project.assistant_id,
            "projectId": project.id,
            "projectUrl": sandbox.links.project(project.id),
        },
        202,
    )


async def show(call: ApiCall) -> Response:
    """GET /v1/assistants/{assistantId}: the chat, oldest message first."""
    sandbox = call.sandbox
    project = _project(call)
    return JSONResponse(
        {
            "assistantId": project.assistant_id,
            "projectId": project.id,
            "projectUrl": sandbox.links.project(project.id),
            "messages": [sandbox.answers.message(found) for found in sandbox.messages.listed(project.assistant_id)],
        }
    )


async def send(call: ApiCall) -> Response:
    """POST /v1/assistants/{assistantId}/messages."""
    sent = (await call.body())["message"]
    project = _project(call)
    directives, text = _read(sent)
    reply = _send(call, project, sent, {"text": text, "autoGenerate": False}, directives)
    return JSONResponse({"messageId": reply}, 202)


async def act(call: ApiCall) -> Response:
    """POST /v1/assistants/{assistantId}/actions/{actionId}: approve or reject an offered action, once."""
    decision = (await call.body())["decision"]
    project = _project(call)
    wanted = call.path("actionId")
    replies = call.sandbox.executions.listed(kind="message", project_id=project.id)
    offers: list[Any] = [action for reply in replies for action in reply.outcome.get("actions", ())]
    offer = next((action for action in offers if action["actionId"] == wanted), None)
    if offer is None:
        raise Refusal(404, f"Action {wanted[:80]} not found in this chat.")
    if any(reply.body.get("offer", {}).get("actionId") == wanted for reply in replies):
        raise Refusal(409, "This action has been decided on already.", code="already_decided")
    said = f"{'Approved' if decision == 'APPROVE' else 'Rejected'}: {offer['label']}"
    reply = _send(call, project, said, {"offer": offer, "decision": decision}, Directives())
    return JSONResponse({"messageId": reply}, 202)


async def show_message(call: ApiCall) -> Response:
    """GET /v1/assistant-messages/{messageId}."""
    wanted = call.path("messageId")
    message = call.sandbox.messages.get(wanted)
    if message is None:
        raise Refusal(404, f"Message {wanted[:80]} not found.")
    return JSONResponse(call.sandbox.answers.message(message))


def _send(
    call: ApiCall, project: Project, content: str, asked: Json, directives: Directives, *, new: bool = False
) -> str:
    """Store a user's message with the reply that is to be made, and return the reply's id."""
    sandbox, now = call.sandbox, call.sandbox.clock.time()
    reply_id, assistant = new_id("vg_asms_"), project.assistant_id
    said = Message(new_id("vg_asms_"), assistant, "user", content, now)
    reply = Message(reply_id, assistant, "assistant", "", now)
    execution = Execution(
        reply_id,
        "assistant-message",
        {"assistantId": assistant, **asked},
        directives,
        0,
        now,
        kind="message",
        project_id=project.id,
    )

    def store() -> None:
        if new:
            sandbox.projects.add(project)
        sandbox.messages.add(said)
        sandbox.messages.add(reply)

    sandbox.jobs.start(execution, also=store)
    return reply_id


def _read(text: str) -> tuple[Directives, str]:
    """Return the directives in a message, and the message without them. Raise Refusal (400)."""
    try:
        directives, rest = read_directives(text)
    except BadDirective as error:
        raise Refusal(400, f"{error}.") from None
    if directives.approval:
        raise Refusal(400, "[[approval]] is for executions; a message has no such state.")
    return directives, rest


def _project(call: ApiCall) -> Project:
    wanted = call.path("assistantId")
    project = call.sandbox.projects.of_assistant(wanted)
    if project is None:
        raise Refusal(404, f"Assistant {wanted[:80]} not found.")
    return project


OPERATIONS = [
    Operation("POST", "/v1/assistants", "assistant", start),
    Operation("GET", "/v1/assistants/{assistantId}", "assistant", show),
    Operation("POST", "/v1/assistants/{assistantId}/messages", "assistant", send),
    Operation("POST", "/v1/assistants/{assistantId}/actions/{actionId}", "assistant", act),
    Operation("GET", "/v1/assistant-messages/{messageId}", "message", show_message),
]
