"""The JSON schema of an argument model as it is published: no byte that tells a model nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from inspect import get_annotations
from typing import Any

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

Notes = dict[str, JsonValue]

UNPUBLISHED: Notes = {"unpublished": True}
"""`json_schema_extra` of an argument that is taken from who knows it, and not shown to a model: few want it."""

BLANKS: Notes = {"blanks": ["none"]}
"""`json_schema_extra` of an argument for which "none" is a value."""

EMPTY_ENTRIES: Notes = {"blanks": [""]}
"""`json_schema_extra` of a list in which empty entries are values."""

FOR_THIS_SERVER = ("unpublished", "blanks")
"""Keywords that no client sees."""

LEFT_OUT = ("title", "minLength", "minItems", *FOR_THIS_SERVER)
"""Keywords that cost context and say nothing: the name again, that nothing is empty."""


class Generator(GenerateJsonSchema):
    """Leaves out what is taken out again, before it costs time: hosts measure how fast the tools are listed."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """The schema of the value; what is so without it is not told."""
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        """The schema of the value; null is taken everywhere and told nowhere."""
        return self.generate_inner(schema["schema"])

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """As it is."""
        return value


Definitions = Mapping[str, dict[str, Any]]


def published(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of `model` with references resolved and without titles, defaults, nulls and class texts.

    Bounds stand in the descriptions too: some clients drop the keywords (Codex, llama-index, opencode with Gemini).
    Required arguments come first, then those that the class itself declares; what it inherits comes last.
    The caller may change it.
    """
    made: dict[str, Any] = json.loads(_published(model))
    return made


@cache
def _published(model: type[BaseModel]) -> str:
    """As JSON, of which copies are quick, and once: a process may have the tools of many accounts, 0.05 s each."""
    schema = model.model_json_schema(schema_generator=Generator)
    definitions: Definitions = schema.get("$defs", {})
    described = {name: one for name, one in schema.get("properties", {}).items() if not one.get("unpublished")}
    required: list[str] = schema.get("required", [])
    declared = [get_annotations(base) for base in model.__mro__]

    def inheritance(name: str) -> int:
        return next(steps for steps, names in enumerate(declared) if name in names)

    order = sorted(described, key=lambda name: (name not in required, inheritance(name)))
    slim: dict[str, Any] = {
        "type": "object",
        "properties": {name: _described(name, _slim(described[name], definitions, LEFT_OUT)) for name in order},
    }
    if required:
        slim["required"] = required
    if schema.get("additionalProperties") is False:
        slim["additionalProperties"] = False
    return json.dumps(slim)


@cache
def accepted(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of all that `model` takes: what is `published`, what is not, and arguments by their old names.

    Nobody may change it.
    """
    schema = model.model_json_schema(schema_generator=Generator)
    described = {name: _slim(one, schema.get("$defs", {}), ("title",)) for name, one in schema["properties"].items()}
    formerly: Mapping[str, str] = getattr(model, "formerly", {})
    return {
        "properties": described | {old: described[name] for old, name in formerly.items()},
        "required": schema.get("required", []),
    }


def bounds(name: str, schema: Mapping[str, Any]) -> str:
    """Return what an argument may be at least and at most, in words; empty where nothing says so.

    `schema` is the argument's own; a name that ends in "_seconds" gives the unit.
    """
    unit = " s" if name.endswith("_seconds") else ""
    if "minimum" in schema and "maximum" in schema:
        return f"{schema['minimum']:g} to {schema['maximum']:g}{unit}"
    if "maxItems" in schema:
        return f"at most {schema['maxItems']}"
    if "maxLength" in schema:
        return f"at most {schema['maxLength']} characters"
    return ""


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    words = bounds(name, schema)
    if words:
        said = schema.get("description", "")
        schema["description"] = f"{said} {words[0].upper()}{words[1:]}.".lstrip()
    return schema


def _slim(node: Any, definitions: Definitions, left_out: Iterable[str]) -> Any:
    """One part of a schema: an argument, its entries, what they hold."""
    if isinstance(node, list):
        return [_slim(one, definitions, left_out) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _slim({**definitions[node["$ref"].rsplit("/", 1)[-1]], **beside}, definitions, left_out)
    slim: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            slim[key] = {name: _slim(one, definitions, left_out) for name, one in value.items()}
        elif key not in left_out:
            slim[key] = _slim(value, definitions, left_out)
    if "properties" in slim:
        slim.pop("description", None)
    return slim
