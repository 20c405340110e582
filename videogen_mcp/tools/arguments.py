"""The arguments of tools: their base model, what is clearly meant made right, and complaints in the tool's words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from videogen_mcp.calls.replies import bounded


class Arguments(BaseModel):
    """Base of argument models: nothing unknown, nothing that is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


def parsed(arguments: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return the arguments with JSON text made lists and objects where those are wanted: some hosts send them so."""
    unfolded = dict(arguments)
    for name, value in arguments.items():
        field = model.model_fields.get(name)
        if field is None or not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
            continue
        if "list" in str(field.annotation) or "dict" in str(field.annotation):
            try:
                unfolded[name] = json.loads(value)
            except ValueError:
                continue
    return unfolded


def complaints(refusal: ValidationError, model: type[BaseModel]) -> str:
    """Return what is wrong with the arguments, in the tool's words, separated by semicolons."""
    known = list(model.model_fields)
    lines = [_complaint(cast("dict[str, Any]", error), known) for error in refusal.errors(include_url=False)]
    return "; ".join(dict.fromkeys(lines))


def _complaint(error: dict[str, Any], known: list[str]) -> str:
    place = error["loc"]
    argument = str(place[0]) if place else ""
    where = argument + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place[1:2])
    if "[key]" in place:
        where = f"a name in {argument}"
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        shown = bounded(argument, 60) or "an empty name"
        near = difflib.get_close_matches(argument, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known) or 'none'}"
        return f"{shown} is not an argument of this tool; {hint}"
    if kind == "missing":
        return f"{where} is missing"
    if kind == "string_too_short":
        return f"{where} is empty"
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if kind == "string_too_long" else "entries"
        return f"{where} takes at most {context.get('max_length')} {unit}"
    if kind == "too_short":
        return f"{where} needs at least {context.get('min_length')} entries"
    if kind in ("value_error", "assertion_error"):
        reason = str(context.get("error") or error["msg"]).removeprefix("Value error, ")
        return f"{where} {reason}" if where else reason
    if kind == "literal_error":
        return f"{where} is one of {context.get('expected', '').replace(chr(39), '').replace(' or ', ', ')}"
    reason = error["msg"][:1].lower() + error["msg"][1:]
    return f"{where} {reason.replace('input should be', 'must be').replace('input should', 'must')}".strip()
