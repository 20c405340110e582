"""The JSON schemas of argument models as they are published: without what tells a model nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

NOISE = ("title", "default")
"""Schema keywords that cost a model's context and tell it nothing."""


def published(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an argument model, references resolved, without titles, defaults, nulls and class texts."""
    schema = model.model_json_schema()
    slim: dict[str, Any] = _slim(schema, schema.get("$defs", {}))
    slim.pop("description", None)
    return slim


def _slim(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_slim(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _slim(
            {**definitions[node["$ref"].rsplit("/", 1)[-1]], **{k: v for k, v in node.items() if k != "$ref"}},
            definitions,
        )
    choices = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return _slim({**{k: v for k, v in node.items() if k != "anyOf"}, **choices[0]}, definitions)
    slim: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            slim[key] = {name: _slim(one, definitions) for name, one in value.items()}
        elif key not in NOISE and key != "$defs":
            slim[key] = _slim(value, definitions)
    if "properties" in slim:
        slim.pop("description", None)
    return slim
