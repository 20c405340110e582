"""The arguments of tools: their base model, and what is wrong with them in the tool's words."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_snake

from videogen_mcp.calls.replies import bounded
from videogen_mcp.workflows.base import TEXT
from videogen_mcp.workflows.schema import bounds

NAMED = 3
"""Complaints in one answer: who sends more mistakes sees the rest once these are mended."""

WANTED = {"int": "an integer", "float": "a number", "bool": "true or false", "string": "a string"}
WANTED |= {"list": "a list", "dict": "a list"}
"""What is wanted where pydantic's error is `int_parsing`, `string_type` and the like; maps are published as lists."""

SHOWN_BY: Mapping[int | str, str] = {
    "file_id": "find_files",
    "execution_id": "list_executions",
    "project_id": "find_projects",
    "entity_id": "find_entities",
    "endpoint_id": "list_webhooks",
    "presenter_id": "list_presenters",
}
"""Argument → the tool that lists what it may be."""

MOST_ROWS = 100
"""Rows of one search at the service, and about what a model's context bears."""


class Arguments(BaseModel):
    """Base of argument models: nothing unknown, nothing that is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


def _within(value: object) -> object:
    return MOST_ROWS if isinstance(value, int | float) and value > MOST_ROWS else value


Limit = Annotated[int, Field(ge=1, le=MOST_ROWS), BeforeValidator(_within)]
"""How many rows are wanted; who wants more gets as many as there are in one answer."""

Query = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), TEXT]
"""Words to find something by."""

Cursor = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), TEXT]
"""Where a list goes on: `next_cursor` of the answer before."""


def complaints(refusal: ValidationError, schema: Mapping[str, Any]) -> str:
    """Return what is wrong with the arguments, in the tool's words, separated by semicolons.

    `schema` is the tool's own, which names the arguments and their bounds.
    """
    known: Mapping[str, Mapping[str, Any]] = schema["properties"]
    lines: dict[str, None] = {}
    strangers: list[str] = []
    for error in refusal.errors(include_url=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        if error["type"] == "extra_forbidden" and len(error["loc"]) == 1 and not _near(name, known):
            strangers.append(name)
        else:
            lines[_complaint(cast("dict[str, Any]", error), known)] = None
    return _listed([*lines, *([_unknown(strangers, known)] if strangers else [])])


def where_from(refusal: ValidationError) -> str | None:
    """Return what shows the first id that is missing; None where none is."""
    for error in refusal.errors(include_url=False, include_context=False, include_input=False):
        if error["type"] in ("missing", "string_too_short") and error["loc"] and error["loc"][0] in SHOWN_BY:
            return f"{SHOWN_BY[error['loc'][0]]} shows those that exist"
    return None


def _listed(lines: list[str]) -> str:
    more = [f"{len(lines) - NAMED} more"] if len(lines) > NAMED else []
    return "; ".join([*lines[:NAMED], *more])


def _complaint(error: dict[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    place = error["loc"]
    argument = str(place[0]) if place else ""
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden" and len(place) == 1:
        return f"{_named(argument)} is not an argument of this tool; did you mean {_near(argument, known)}?"
    where = argument + "".join(f"[{part}]" if isinstance(part, int) else f".{bounded(part, 60)}" for part in place[1:3])
    if "[key]" in place:
        where = f"a name in {argument}"
    if kind == "extra_forbidden":
        where = where.rpartition(".")[0]
        return f"{where} does not take {_named(str(place[-1]))}"
    if kind == "missing":
        return f"{where} is missing"
    if kind in ("string_too_short", "too_short"):
        return f"{where} is empty"
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if kind == "string_too_long" else "entries"
        given = error["input"]
        has = f", not {len(given):,}" if isinstance(given, str | list) else ""
        return f"{where} takes at most {context['max_length']:,} {unit}{has}"
    if kind in ("value_error", "assertion_error"):
        reason = str(context.get("error") or error["msg"]).removeprefix("Value error, ")
        return f"{where} {reason}" if where else reason
    if kind == "literal_error":
        return f"{where} is one of {context.get('expected', '').replace(chr(39), '').replace(' or ', ', ')}"
    within = bounds(argument, known.get(argument, {})) if len(place) == 1 else ""
    if kind in ("greater_than_equal", "less_than_equal"):
        limit = f"at least {context.get('ge'):g}" if "ge" in context else f"at most {context.get('le'):g}"
        return f"{where} must be {within or limit}"
    wanted, _, fault = kind.partition("_")
    if wanted in WANTED and fault.startswith(("type", "parsing", "from_float")):
        wanted = WANTED[wanted]
        return f"{where} must be {', '.join(filter(None, (wanted, within)))}"
    reason = error["msg"][:1].lower() + error["msg"][1:]
    return f"{where} {reason.replace('input should be', 'must be').replace('input should', 'must')}".strip()


def _near(argument: str, known: Mapping[str, Any]) -> str | None:
    """Return the argument that a name which is none comes near."""
    return next(iter(difflib.get_close_matches(to_snake(argument[:60]), known, n=1)), None)


def _unknown(names: list[str], known: Mapping[str, Any]) -> str:
    shown = [_named(name) for name in names[:NAMED]]
    if len(names) > NAMED:
        shown.append(f"{len(names) - NAMED} more")
    listed = (
        f"{', '.join(shown[:-1])} and {shown[-1]} are not arguments" if shown[1:] else f"{shown[0]} is not an argument"
    )
    return f"{listed} of this tool; it takes {', '.join(known) or 'none'}"


def _named(argument: str) -> str:
    return bounded(argument, 60) or "an empty name"
