"""What hosts and model APIs say to each other: OpenAI's two APIs, Anthropic's, Gemini's, and one for hosts without a
model (`drivers/plain.py`). Requests are read, and answers written, as far as a scripted model needs it. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]

Dialect = Literal["chat", "responses", "messages", "gemini", "plain"]

PATHS: dict[str, Dialect] = {
    "/chat/completions": "chat",
    "/responses": "responses",
    "/messages": "messages",
    ":generateContent": "gemini",
    ":streamGenerateContent": "gemini",
    "/plain": "plain",
}
"""How the path of a request ends, and what is spoken there."""


@dataclass(frozen=True)
class Call:
    """A tool call; as the model makes it, `tool` is the name that the host gave the tool."""

    tool: str
    arguments: Json


@dataclass(frozen=True)
class Turn:
    """What the model is asked: the tools it has, and the results of all calls so far, as texts in their order."""

    tools: list[str]
    results: list[str]
    stream: bool


def dialect_of(path: str) -> Dialect | None:
    """Return what is spoken at a path (without query); None where nobody asks a model."""
    return next((dialect for end, dialect in PATHS.items() if path.endswith(end)), None)


def read(dialect: Dialect, path: str, body: Json) -> Turn:
    """Return what a request asks."""
    stream = "stream" in path if dialect == "gemini" else body.get("stream", False)
    return Turn(list(_tools(body)), [_text(one) for one in _results(dialect, body)], stream)


def _tools(body: Json) -> Iterator[str]:
    for tool in body.get("tools") or []:
        if isinstance(tool, str):
            yield tool
        elif declared := tool.get("functionDeclarations") or tool.get("function_declarations"):
            yield from (one["name"] for one in declared)
        elif tool.get("type") == "namespace":  # Codex puts the tools of a server into one.
            yield from (f"{tool['name']}::{one['name']}" for one in tool["tools"])
        else:
            yield (tool.get("function") or tool).get("name") or tool.get("type", "")


def _results(dialect: Dialect, body: Json) -> Iterator[Any]:
    if dialect == "plain":
        yield from body["results"]
    elif dialect == "chat":
        yield from (one["content"] for one in body["messages"] if one["role"] == "tool")
    elif dialect == "responses":
        items = body["input"] if isinstance(body["input"], list) else []
        yield from (one["output"] for one in items if str(one.get("type", "")).endswith("_call_output"))
    elif dialect == "messages":
        blocks = [block for one in body["messages"] if isinstance(one["content"], list) for block in one["content"]]
        yield from (block.get("content", "") for block in blocks if block["type"] == "tool_result")
    else:
        parts = [part for one in body["contents"] for part in one.get("parts") or []]
        answers = [part.get("functionResponse") or part.get("function_response") for part in parts]
        yield from (answer["response"] for answer in answers if answer)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(part.get("text") or json.dumps(part) for part in content)
    return json.dumps(content, ensure_ascii=False)


def write(dialect: Dialect, turn: int, answer: Sequence[Call] | str) -> tuple[Json, list[Json]]:
    """Return a whole answer, and the same as the events of a stream. `turn` makes the ids of its calls unique."""
    return WRITERS[dialect](turn, answer)


def _plain(turn: int, answer: Sequence[Call] | str) -> tuple[Json, list[Json]]:
    calls = [] if isinstance(answer, str) else answer
    return {"calls": [{"tool": call.tool, "arguments": call.arguments} for call in calls]}, []


def _chat(turn: int, answer: Sequence[Call] | str) -> tuple[Json, list[Json]]:
    message: Json = {"role": "assistant", "content": answer}
    reason = "stop"
    if not isinstance(answer, str):
        calls = [
            {
                "index": place,
                "id": f"call_{turn}_{place}",
                "type": "function",
                "function": {"name": call.tool, "arguments": json.dumps(call.arguments)},
            }
            for place, call in enumerate(answer)
        ]
        message, reason = {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
    head = {"id": f"chat_{turn}", "created": 1, "model": "scripted"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    chunk = {**head, "object": "chat.completion.chunk"}
    deltas = [{**message, "tool_calls": [call]} for call in message.get("tool_calls", [])] or [message]
    events = [{**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage})
    return whole, events


def _responses(turn: int, answer: Sequence[Call] | str) -> tuple[Json, list[Json]]:
    if isinstance(answer, str):
        text = {"type": "output_text", "text": answer, "annotations": []}
        output: list[Json] = [
            {"type": "message", "id": f"msg_{turn}", "role": "assistant", "status": "completed", "content": [text]}
        ]
    else:
        output = [_responses_call(f"{turn}_{place}", call) for place, call in enumerate(answer)]
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, **details}
    head = {"id": f"resp_{turn}", "object": "response", "created_at": 1, "status": "completed", "model": "scripted"}
    settings = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    whole = {**head, **settings, "output": output, "usage": usage}
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    events: list[Json] = [{"type": "response.created", "response": begun}]
    for place, item in enumerate(output):
        events += [
            {"type": f"response.output_item.{step}", "output_index": place, "item": item} for step in ("added", "done")
        ]
    events.append({"type": "response.completed", "response": whole})
    return whole, [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _responses_call(number: str, call: Call) -> Json:
    namespace, _, name = call.tool.rpartition("::")
    head = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "status": "completed"}
    of = {"namespace": namespace} if namespace else {}
    return {**head, **of, "name": name, "arguments": json.dumps(call.arguments)}


def _messages(turn: int, answer: Sequence[Call] | str) -> tuple[Json, list[Json]]:
    if isinstance(answer, str):
        reason = "end_turn"
        blocks: list[Json] = [{"type": "text", "text": answer}]
    else:
        reason = "tool_use"
        blocks = [
            {"type": "tool_use", "id": f"toolu_{turn}_{place}", "name": call.tool, "input": call.arguments}
            for place, call in enumerate(answer)
        ]
    stop = {"stop_reason": reason, "stop_sequence": None}
    usage = {"input_tokens": 1, "output_tokens": 1}
    head = {"id": f"msg_{turn}", "type": "message", "role": "assistant", "model": "scripted", "usage": usage}
    whole = {**head, "content": blocks, **stop}
    started = {**head, "content": [], "stop_reason": None, "stop_sequence": None}
    events: list[Json] = [{"type": "message_start", "message": started}]
    for place, block in enumerate(blocks):
        events += _messages_block(place, block)
    events += [{"type": "message_delta", "delta": stop, "usage": {"output_tokens": 1}}, {"type": "message_stop"}]
    return whole, events


def _messages_block(place: int, block: Json) -> list[Json]:
    empty: Json = {"text": ""} if block["type"] == "text" else {"input": {}}
    if block["type"] == "text":
        delta = {"type": "text_delta", "text": block["text"]}
    else:
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    return [
        {"type": "content_block_start", "index": place, "content_block": {**block, **empty}},
        {"type": "content_block_delta", "index": place, "delta": delta},
        {"type": "content_block_stop", "index": place},
    ]


def _gemini(turn: int, answer: Sequence[Call] | str) -> tuple[Json, list[Json]]:
    parts: list[Json] = [{"text": answer}] if isinstance(answer, str) else []
    if not isinstance(answer, str):
        parts = [{"functionCall": {"name": call.tool, "args": call.arguments}} for call in answer]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    whole: Json = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}
    return whole, [whole]


WRITERS = {"plain": _plain, "chat": _chat, "responses": _responses, "messages": _messages, "gemini": _gemini}
