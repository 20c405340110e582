"""Checks requests against the API's contract and names the field that is wrong.

`requests.json` beside this module is the part of the contract that says what requests may say, for both eras and all
operations (scripts/derive_contract.py writes it). What it states in JSON Schema is checked here: types, required
fields, ranges, lengths, enums, nulls, URLs, and alternatives as that file uses them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import Refusal, invalid

Json = dict[str, Any]

_REQUESTS = Path(__file__).with_name("requests.json")
_NULL = {"type": "null"}
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/]\S*", re.IGNORECASE)
_WHOLE = re.compile(r"\+?[0-9]{1,9}")


class Contract:
    """What one era's contract lets a client send. Every method raises KeyError for an operation it does not have."""

    def __init__(self, dialect: Dialect, additions: Mapping[str, Json], required: Mapping[str, Any]) -> None:
        """`additions` are JSON Schema keywords by name of a field or schema, `required` those of all required fields.

        The contract's own keywords win over `additions`, and these over `required`.
        """
        era = json.loads(_REQUESTS.read_text(encoding="utf-8"))[dialect]
        self.operations: Mapping[str, Json] = era["operations"]
        """By method and path, such as "POST /v1/tools/generate-image"; `schemas` by name."""
        self.schemas: Mapping[str, Json] = {
            name: {**additions.get(name, {}), **_extended(schema, additions, required)}
            for name, schema in era["schemas"].items()
        }

    def needs_body(self, operation: str) -> bool:
        """Return whether a request of the operation must have a body."""
        return "optional" not in self.operations[operation]

    def body(self, operation: str, body: Json) -> Json:
        """Return the fields of a request body that the contract names: whole numbers as int, defaults filled in.

        Raise Refusal (400) with the path of the first field that is wrong, such as "scenes[2].durationSeconds".
        """
        found: Json = self._value(self.operations[operation]["body"], body, "")
        return found

    def query(self, operation: str, parameters: Mapping[str, str]) -> Json:
        """Return the query parameters that the contract names, as `body` does, each of the type it should have."""
        schema = self.operations[operation].get("query", {"properties": {}})
        found = {
            name: _from_text(self.resolved(inner)["type"], parameters[name])
            for name, inner in schema["properties"].items()
            if name in parameters
        }
        return self._object(schema, found, "")

    def resolved(self, schema: Json) -> Json:
        """Return a schema without `$ref` and with a `type` that has no "null" among others; `nullable` says so then."""
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return {**self.resolved(self.schemas[schema["$ref"].rsplit("/", 1)[1]]), **rest}
        if _NULL in schema.get("anyOf", ()):
            (other,) = (option for option in schema["anyOf"] if option != _NULL)
            return {**self.resolved(other), "nullable": True}
        if isinstance(schema.get("type"), list):
            (kind,) = (kind for kind in schema["type"] if kind != "null")
            return {**schema, "type": kind, "nullable": True}
        return schema

    def _value(self, schema: Json, value: Any, field: str) -> Any:
        schema = self.resolved(schema)
        if value is None:
            if "nullable" in schema:
                return None
            raise invalid(field, "must not be null")
        if "enum" in schema and (isinstance(value, bool) or value not in schema["enum"]):
            raise invalid(field, f"must be one of {_options(schema)}")
        if "discriminator" in schema:
            return self._variant(schema["discriminator"], value, field)
        if schema["type"] == "object":
            return self._object(schema, value, field)
        if schema["type"] == "array":
            return self._array(schema, value, field)
        return _SCALARS[schema["type"]](schema, value, field)

    def _variant(self, discriminator: Json, value: Any, field: str) -> Any:
        """An object whose schema is chosen by one of its fields."""
        name, mapping = discriminator["propertyName"], discriminator["mapping"]
        tag = {"type": "object", "properties": {name: {"type": "string", "enum": [*mapping]}}, "required": [name]}
        return self._value({"$ref": mapping[self._object(tag, value, field)[name]]}, value, field)

    def _object(self, schema: Json, value: Any, field: str) -> Json:
        if not isinstance(value, dict):
            raise invalid(field, "must be an object")
        prefix = f"{field}." if field else ""
        for name in schema.get("required", ()):
            if name not in value:
                raise invalid(prefix + name, "is required")
        either = [option["required"][0] for option in schema.get("anyOf", ())]
        if either and not value.keys() & set(either):
            raise Refusal(400, f"One of {_listed(prefix, either)} is required.")
        if len(value) < schema.get("minProperties", 0):
            raise Refusal(400, f"At least one of {_listed(prefix, schema['properties'])} is required.")
        found = dict(value) if schema.get("additionalProperties") else {}
        for name, inner in schema["properties"].items():
            if name in value:
                found[name] = self._value(inner, value[name], prefix + name)
            elif "default" in (resolved := self.resolved(inner)):
                found[name] = resolved["default"]
        return found

    def _array(self, schema: Json, value: Any, field: str) -> list[Any]:
        items, least, most = schema["items"], schema.get("minItems", 0), schema.get("maxItems", math.inf)
        if not isinstance(value, list):
            raise invalid(field, "must be a list")
        if len(value) > most:
            raise invalid(field, f"must have at most {most} entries, not {len(value)}")
        if len(value) < least:
            of = f" of {_options(known)}" if "enum" in (known := self.resolved(items)) else ""
            raise invalid(field, f"must have at least {least} {'entry' if least == 1 else 'entries'}{of}")
        return [self._value(items, item, f"{field}[{index}]") for index, item in enumerate(value)]


def _extended(schema: Json, additions: Mapping[str, Json], required: Mapping[str, Any]) -> Json:
    """An object's schema with the additions to its fields."""
    fields = {}
    for name, inner in schema.get("properties", {}).items():
        basis = required if name in schema.get("required", ()) else {}
        fields[name] = {**basis, **additions.get(name, {}), **inner}
    return {**schema, "properties": fields} if fields else schema


def _options(schema: Json) -> str:
    return ", ".join(str(one) for one in schema["enum"] if one is not None)


def _listed(prefix: str, names: Iterable[str]) -> str:
    return ", ".join(f'"{prefix}{name}"' for name in names)


def _from_text(kind: str, text: str) -> Any:
    """A query parameter as JSON would have it, or the text as it is when it is none of that type."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return int(text) if kind == "integer" and _WHOLE.fullmatch(text) else text


def _text(schema: Json, value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise invalid(field, "must be text")
    if len(value) > (most := schema.get("maxLength", math.inf)):
        raise invalid(field, f"must have at most {most} characters, not {len(value)}")
    if schema.get("minLength") and not value.strip():
        raise invalid(field, "must not be empty")
    if schema.get("format") == "uri" and not _URL.fullmatch(value):
        raise invalid(field, "must be a URL, such as https://example.com/path")
    return value


def _number(schema: Json, value: Any, field: str) -> float:
    """A finite number. 2.0 is a whole one, as in JSON Schema."""
    whole = schema["type"] == "integer"
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits or (isinstance(value, float) and not (value.is_integer() if whole else math.isfinite(value))):
        limits = f" from {low:g} to {high:g}" if high < math.inf else f" of at least {low:g}" if low > -math.inf else ""
        raise invalid(field, f"must be a {'whole ' if whole else ''}number{limits}")
    return int(value) if whole else value


def _boolean(schema: Json, value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise invalid(field, "must be true or false")
    return value


_SCALARS = {"string": _text, "number": _number, "integer": _number, "boolean": _boolean}
