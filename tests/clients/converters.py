"""What frameworks make of the tools' schemas, before a model sees them.

    python -m tests.clients.converters CONVERTER …

Runs in the environment of a client (table.py), and prints in JSON what is wrong: converter → sentences. Every argument
must still be there, with its choices, and what was required must still be. The schemas are those of the snapshots.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

SNAPSHOTS = Path(__file__).resolve().parents[1] / "snapshots" / "tools"


def openai_strict(tool: Schema) -> Schema:
    """OpenAI's strict mode, as the OpenAI Agents SDK converts for it."""
    from agents.strict_schema import ensure_strict_json_schema

    return dict(ensure_strict_json_schema(tool["inputSchema"]))


def google_genai(tool: Schema) -> Schema:
    """Gemini's own kind of schema, which has fewer keywords; one it lacks is an error."""
    from google.genai import types

    schema = types.JSONSchema(**tool["inputSchema"])
    converted = types.Schema.from_json_schema(
        json_schema=schema, api_option="GEMINI_API", raise_error_on_unsupported_field=True
    )
    return dict(converted.model_dump(mode="json", by_alias=True, exclude_none=True))


def google_adk(tool: Schema) -> Schema:
    """The same, as Google's ADK does it."""
    from google.adk.tools._gemini_schema_util import _to_gemini_schema

    return dict(_to_gemini_schema(tool["inputSchema"]).model_dump(mode="json", by_alias=True, exclude_none=True))


def langchain_openai(tool: Schema) -> Schema:
    """LangChain's tools for OpenAI, strict."""
    from langchain_core.utils.function_calling import convert_to_openai_tool

    given = {"title": tool["name"], "description": tool["description"], **tool["inputSchema"]}
    return dict(convert_to_openai_tool(given, strict=True)["function"]["parameters"])


def llama_index(tool: Schema) -> Schema:
    """LlamaIndex makes a pydantic model of a schema, and another schema of that."""
    from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

    spec = McpToolSpec(client=BasicMCPClient("unused"))
    return dict(spec.create_model_from_json_schema(tool["inputSchema"], model_name=tool["name"]).model_json_schema())


def pydantic_ai_openai(tool: Schema) -> Schema:
    """pydantic-ai for OpenAI, strict."""
    from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

    return dict(OpenAIJsonSchemaTransformer(tool["inputSchema"], strict=True).walk())


def pydantic_ai_google(tool: Schema) -> Schema:
    """pydantic-ai for Gemini."""
    from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer

    return dict(GoogleJsonSchemaTransformer(tool["inputSchema"], strict=True).walk())


CONVERTERS: dict[str, Callable[[Schema], Schema]] = {
    one.__name__: one
    for one in (
        openai_strict,
        google_genai,
        google_adk,
        langchain_openai,
        llama_index,
        pydantic_ai_openai,
        pydantic_ai_google,
    )
}


KNOWN_LOSSES = {"llama_index": re.compile(r"/\w+\[\]")}
"""What a framework does to every server's schemas. LlamaIndex makes a free map of an object within a list, so that a
model learns the object's fields from the list's description, or from the refusal of its first call."""


def problems(converter: str) -> list[str]:
    """Return what is wrong with each tool that a converter refuses or changes for the worse."""
    known = KNOWN_LOSSES.get(converter)
    return [
        f"{path.stem}: {problem}"
        for path in sorted(SNAPSHOTS.glob("*.json"))
        for problem in _problems(CONVERTERS[converter], json.loads(path.read_text(encoding="utf-8")))
        if known is None or not known.match(problem)
    ]


def _problems(convert: Callable[[Schema], Schema], tool: Schema) -> Iterator[str]:
    try:
        converted = convert(copy.deepcopy(tool))
    except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
        yield f"{type(error).__name__}: {error}"
        return
    yield from _lost(tool["inputSchema"], converted, converted.get("$defs", {}))


def _lost(schema: Schema, converted: Schema, definitions: Schema, where: str = "") -> Iterator[str]:
    """Name what a schema has and its conversion has not."""
    converted = _meant(converted, definitions)
    for name in set(schema.get("required", [])) - set(converted.get("required", [])):
        yield f"{where}/{name} is no longer required"
    for name, inner in schema.get("properties", {}).items():
        if name not in converted.get("properties", {}):
            yield f"{where}/{name} is lost"
        else:
            yield from _lost(inner, converted["properties"][name], definitions, f"{where}/{name}")
    if "items" in schema:
        yield from _lost(schema["items"], converted.get("items", {}), definitions, f"{where}[]")
    if missing := [word for word in schema.get("enum", []) if word not in json.dumps(converted)]:
        yield f"{where} has lost the choices {missing}"


def _meant(schema: Schema, definitions: Schema) -> Schema:
    """Return a schema without the words for "or null", and what it refers to in place of a reference."""
    for option in schema.get("anyOf", []):
        if option.get("type") != "null":
            return _meant(option, definitions)
    if "$ref" in schema:
        return _meant(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return schema


if __name__ == "__main__":
    # Whatever frameworks print while they are imported goes elsewhere.
    answer, sys.stdout = sys.stdout, sys.stderr
    json.dump({converter: problems(converter) for converter in sys.argv[1:]}, answer)
