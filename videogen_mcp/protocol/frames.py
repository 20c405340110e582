"""One line of stdin: the JSON-RPC message in it, or the errors that answer it.

JSON-RPC 2.0, section 5.1: a request that cannot be read is answered with -32700, -32600 or -32602 and its own id, or
null where there is no usable id. Notifications and responses are never answered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCMessage,
    JSONRPCNotification,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import from_json

BYTE_ORDER_MARK = "\ufeff"

EXACT = 2**53
"""Whole numbers below it are the same in every JSON library, whether it holds them as integers or as doubles."""

NAMES = {PARSE_ERROR: "Parse error", INVALID_REQUEST: "Invalid request", INVALID_PARAMS: "Invalid params"}
"""What JSON-RPC 2.0 calls its errors."""

ONE_PER_LINE = "MCP takes one message per line; batches are not part of it"


@dataclass(frozen=True)
class Refused:
    """A line that holds no message: why, and the JSON-RPC responses (as JSON text) that say so to the client."""

    reason: str
    responses: tuple[str, ...] = ()


def read(line: bytes) -> JSONRPCMessage | Refused | None:
    """Return what a line holds; None when it is blank. Bytes that are not UTF-8 become replacement characters."""
    text = line.decode("utf-8", errors="replace").lstrip(BYTE_ORDER_MARK).strip()
    if not text:
        return None
    try:
        value = _parsed(text)
    except ValueError as error:
        reason = f"the line is not JSON ({error})"
        return Refused(reason, (_response(PARSE_ERROR, reason, _id_before_the_end(text, error)),))
    if isinstance(value, list):
        return _batch(value)
    return _message(value)


def _parsed(text: str) -> object:
    """Return the JSON value in `text`; raise ValueError. Halves of surrogate pairs (JavaScript cuts strings between
    them) become question marks."""
    try:
        parsed: object = from_json(text)
    except ValueError:
        try:
            lenient = json.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        parsed = from_json(json.dumps(lenient, ensure_ascii=False).encode("utf-8", errors="replace"))
    return parsed


def _message(value: object) -> JSONRPCMessage | Refused:
    if not isinstance(value, dict):
        return _refused(INVALID_REQUEST, "a message is a JSON object", None)
    if isinstance(value.get("id"), float) and value["id"].is_integer() and abs(value["id"]) < EXACT:
        value["id"] = int(value["id"])  # 1.0 is how some languages write 1
    try:
        message = jsonrpc_message_adapter.validate_python(value, by_name=False)
    except ValidationError:
        return _fault(value)
    return _fault(value) if isinstance(message, JSONRPCNotification) and "id" in value else message


def _fault(value: Mapping[str, Any]) -> Refused:
    """Return what is wrong with an object that is no message."""
    sent = value.get("id")
    answerable = sent if isinstance(sent, str) or _is_number(sent) else None
    if "method" not in value and ("result" in value or "error" in value):
        return _refused(INVALID_REQUEST, "a response has an id and either an object as result or an error", None)
    if value.get("jsonrpc") != "2.0":
        return _refused(INVALID_REQUEST, 'jsonrpc must be "2.0"', answerable)
    if not isinstance(value.get("method"), str):
        return _refused(INVALID_REQUEST, "method must be a string", answerable)
    if "id" not in value:
        return Refused("the params of a notification must be an object")
    if not isinstance(sent, str | int) or isinstance(sent, bool):
        return _refused(INVALID_REQUEST, "the id of a request must be a string or a whole number", answerable)
    return _refused(INVALID_PARAMS, "params must be an object", answerable)


def _batch(messages: list[Any]) -> Refused:
    """Return the refusal of every request in a batch; of the batch as a whole when no id is usable."""
    faults = [_fault(one) for one in messages if isinstance(one, dict) and "id" in one and "method" in one]
    ids = [json.loads(response)["id"] for fault in faults for response in fault.responses]
    known = [one for one in ids if one is not None] or [None]
    return Refused(ONE_PER_LINE, tuple(_response(INVALID_REQUEST, ONE_PER_LINE, one) for one in known))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refused(code: int, reason: str, request_id: str | float | None) -> Refused:
    return Refused(reason, (_response(code, reason, request_id),))


def _response(code: int, reason: str, request_id: str | float | None) -> str:
    error = {"code": code, "message": f"{NAMES[code]}: {reason}"}
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error})


def _id_before_the_end(text: str, error: ValueError) -> str | int | None:
    """Return the id of a request that is cut off or broken behind its id; None where there is none for certain."""
    end = error.pos if isinstance(error, json.JSONDecodeError) else len(text)
    try:
        begun: object = from_json(text[:end], allow_partial=True)
    except ValueError:
        return None
    if not isinstance(begun, dict) or (list(begun)[-1:] == ["id"] and text[-1].isdigit()):  # the id itself may be cut
        return None
    found = begun.get("id")
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None
