"""Right and wrong values made from a JSON Schema of the contract, each wrong one with the field that is to blame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from videogen_sandbox.contract.validation import Contract, Json

OTHER_TYPE = {"string": 7, "number": "1", "integer": "1", "boolean": "yes", "array": "one", "object": ["one"]}
NOT_ONE = "NONE OF THEM"

Mistake = tuple[Any, str]
"""A wrong value and the path of the field that an error must name."""


def example(contract: Contract, schema: Json, *, whole: bool = True) -> Any:
    """Return a value that fits: with every field, or only with what is required."""
    schema = contract.resolved(schema)
    if "discriminator" in schema:
        return example(contract, {"$ref": next(iter(schema["discriminator"]["mapping"].values()))}, whole=whole)
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        needed = {*schema.get("required", ()), *(one["required"][0] for one in schema.get("anyOf", ())[:1])}
        needed |= {*[*schema["properties"]][: schema.get("minProperties", 0)]}
        return {
            name: example(contract, inner, whole=whole)
            for name, inner in schema["properties"].items()
            if whole or name in needed
        }
    if schema["type"] == "array":
        return [example(contract, schema["items"], whole=whole)]
    if schema["type"] == "string":
        return "https://example.com/pear" if schema.get("format") == "uri" else "a pear"
    return True if schema["type"] == "boolean" else schema.get("minimum", 1)


def mistakes(contract: Contract, schema: Json, field: str = "") -> Iterator[Mistake]:
    """Yield wrong values: other types, null, what is missing, out of range, too long, or not among the options."""
    schema = contract.resolved(schema)
    if field and "nullable" not in schema:
        yield None, field
    if "discriminator" in schema:
        yield from _variants(contract, schema["discriminator"], field)
        return
    if field:
        yield OTHER_TYPE[schema["type"]], field
    if "enum" in schema:
        yield NOT_ONE, field
    elif schema["type"] == "object":
        yield from _of_object(contract, schema, field)
    elif schema["type"] == "array":
        yield from _of_array(contract, schema, field)
    else:
        yield from ((value, field) for value in _out_of_range(schema))


def _variants(contract: Contract, discriminator: Json, field: str) -> Iterator[Mistake]:
    name = discriminator["propertyName"]
    yield "one", field
    yield {}, f"{field}.{name}"
    yield {name: NOT_ONE}, f"{field}.{name}"
    for target in discriminator["mapping"].values():
        for value, path in mistakes(contract, {"$ref": target}, field):
            if isinstance(value, dict) and path != f"{field}.{name}":
                yield value, path


def _of_object(contract: Contract, schema: Json, field: str) -> Iterator[Mistake]:
    right = example(contract, schema)
    prefix = f"{field}." if field else ""
    for name in schema.get("required", ()):
        yield {key: value for key, value in right.items() if key != name}, prefix + name
    either = [option["required"][0] for option in schema.get("anyOf", ())]
    if either:
        yield {key: value for key, value in right.items() if key not in either}, prefix + either[0]
    if schema.get("minProperties"):
        yield {}, prefix + next(iter(schema["properties"]))
    for name, inner in schema["properties"].items():
        for value, path in mistakes(contract, inner, prefix + name):
            yield {**right, name: value}, path


def _of_array(contract: Contract, schema: Json, field: str) -> Iterator[Mistake]:
    item = example(contract, schema["items"])
    if schema.get("minItems"):
        yield [], field
    if "maxItems" in schema:
        yield [item] * (schema["maxItems"] + 1), field
    for value, path in mistakes(contract, schema["items"], f"{field}[1]"):
        yield [item, value], path


def _out_of_range(schema: Json) -> Iterator[Any]:
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if schema["type"] == "integer":
        yield schema.get("minimum", 0) + 0.5
    if schema["type"] in ("integer", "number"):
        yield True
    if schema.get("minLength"):
        yield " \n"
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("format") == "uri":
        yield "not a URL"


def wrong_query(contract: Contract, schema: Json) -> Iterator[tuple[str, str]]:
    """Yield (name, wrong text) of the query parameters that cannot be any text."""
    for name, inner in schema["properties"].items():
        known = contract.resolved(inner)
        if "enum" in known or known["type"] == "boolean":
            yield name, NOT_ONE
        elif known["type"] == "integer":
            yield from (
                (name, text) for text in ("", "one", "1.5", str(known["minimum"] - 1), str(known["maximum"] + 1))
            )
