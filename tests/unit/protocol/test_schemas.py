"""Published schemas: what strict converters and validators of clients take, and what no client is promised in vain."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
from mcp import Client
from mcp.types import GetPromptResult, TextContent

from videogen_mcp.calls.replies import Answer, AnswerFile
from videogen_mcp.protocol.prompts import RECIPES
from videogen_mcp.protocol.this_server import URI as THIS_SERVER
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset

pytestmark = pytest.mark.anyio

Schema = dict[str, Any]

KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "description"),
    *("minimum", "maximum", "maxItems", "maxLength"),
}
"""What every converter tried takes: openai-agents 0.24 (strict), google-genai 2.34, google-adk 2.13,
langchain-google-genai, langchain-mcp-adapters 0.3, llama-index, pydantic-ai 2.68 and crewai-tools 1.15. One or another
of them refuses or drops anyOf, $ref, format, pattern, const, nullable and default."""

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}

OF_SOME = {"project_id", "project_url", "text", "offers", "started_execution_id"}
"""Fields that not every kind of execution has."""

PREFIXED = 64
"""Characters of a tool's name with the prefix that hosts put before it ("mcp__videogen__")."""

LONGEST_DESCRIPTION = 1024
"""Characters of a function's description (OpenAI)."""

DEEPEST = 5
"""Levels of objects and lists that OpenAI's strict mode takes in its first edition; later ones take 10."""

MOST_PROPERTIES = 100
"""In all, likewise; later ones take 5,000."""

PATHS = re.compile(r"\bpaths?\b|\bfolders?\b|\blocal\b|directory|download_file|file:|~/", re.IGNORECASE)
"""Words of what a server on the network cannot do."""


@asynccontextmanager
async def surface(tmp_path: Path, *, local_files: bool) -> AsyncIterator[Client]:
    settings = Settings(state_dir=tmp_path, journal=False, toolsets=frozenset(get_args(Toolset)))
    async with open_parts(settings, local_files=local_files) as parts, Client(build_handlers(parts).server()) as client:
        yield client


@pytest.fixture(params=[True, False], ids=["stdio", "http"])
async def tools(request: pytest.FixtureRequest, tmp_path: Path) -> list[dict[str, Any]]:
    async with surface(tmp_path, local_files=request.param) as client:
        listed = (await client.list_tools()).tools
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]


def parts_of(schema: Schema, where: str = "") -> Iterator[tuple[str, Schema]]:
    """Each schema within a schema, with the way to it."""
    yield where, schema
    for name, inner in schema.get("properties", {}).items():
        yield from parts_of(inner, f"{where}/{name}")
    if "items" in schema:
        yield from parts_of(schema["items"], f"{where}[]")


async def test_input_schemas_hold_what_every_converter_takes(tools: list[dict[str, Any]]) -> None:
    for tool in tools:
        assert re.fullmatch(r"[a-z0-9_]+", tool["name"])
        assert len("mcp__videogen__" + tool["name"]) <= PREFIXED
        for where, schema in parts_of(tool["inputSchema"], tool["name"]):
            assert set(schema) <= KEYWORDS, where
            assert schema["type"] in TYPES, where
            if schema["type"] == "object":  # A free map is refused by strict modes and has no properties for Gemini.
                assert schema["additionalProperties"] is False, where
                assert set(schema.get("required", [])) <= set(schema["properties"]), where
            if schema["type"] == "array":
                assert "items" in schema, where
            assert all(value and isinstance(value, TYPES[schema["type"]]) for value in schema.get("enum", [])), where


async def test_names_and_sizes_are_within_what_every_model_api_takes(tools: list[dict[str, Any]]) -> None:
    for tool in tools:
        assert re.match("[a-z]", tool["name"]), "Gemini: a function's name begins with a letter"
        assert 0 < len(tool["description"]) <= LONGEST_DESCRIPTION, tool["name"]
        parts = list(parts_of(tool["inputSchema"], tool["name"]))
        names = [name for _, schema in parts for name in schema.get("properties", {})]
        assert all(re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name) for name in names), "Anthropic's keys"
        assert len(names) <= MOST_PROPERTIES, tool["name"]
        assert all(where.count("/") + where.count("[]") < DEEPEST for where, _ in parts), tool["name"]


async def test_strict_mode_leaves_a_way_to_say_nothing(tools: list[dict[str, Any]]) -> None:
    """OpenAI's strict mode makes every argument required: a choice needs a word for no choice."""
    for tool in tools:
        required = tool["inputSchema"].get("required", [])
        for name, schema in tool["inputSchema"]["properties"].items():
            if "enum" in schema and name not in required:
                assert {"any", "auto", "all"} & set(schema["enum"]), f"{tool['name']}.{name}"


async def test_bounds_stand_in_the_words_too(tools: list[dict[str, Any]]) -> None:
    for tool in tools:
        for name, schema in tool["inputSchema"]["properties"].items():
            for keyword in ("minimum", "maximum", "maxItems", "maxLength"):
                if keyword in schema:
                    number = re.escape(f"{schema[keyword]:g}")
                    assert re.search(rf"\b{number}\b", schema["description"]), f"{tool['name']}.{name}"


async def test_output_schemas_declare_types_and_what_answers_hold(tools: list[dict[str, Any]]) -> None:
    declared = {tool["name"]: tool["outputSchema"] for tool in tools if "outputSchema" in tool}
    assert {"generate_image", "wait_for_execution", "cancel_execution"} <= set(declared)
    for name, whole in declared.items():
        for where, schema in parts_of(whole, name):
            assert schema["type"] in TYPES, where
        fields = set(whole["properties"])
        answered = {field for field, declared in Answer.model_fields.items() if not declared.exclude}
        always = answered - OF_SOME | {"note", "sandbox"}
        assert always <= fields <= {*always, *OF_SOME, "executions"}
        assert set(whole["properties"]["files"]["items"]["properties"]) == set(AnswerFile.model_fields)
    assert set(declared["wait_for_execution"]["properties"]) >= OF_SOME


async def test_over_http_nothing_speaks_of_local_files(tmp_path: Path) -> None:
    async with surface(tmp_path, local_files=False) as client:
        listed = (await client.list_tools()).tools
        words = [json.dumps(tool.model_dump(mode="json", exclude_none=True), ensure_ascii=False) for tool in listed]
        words += [prompt.model_dump_json() for prompt in (await client.list_prompts()).prompts]
        words += [one.model_dump_json() for one in (await client.list_resources()).resources]
        words += [one.model_dump_json() for one in (await client.list_resource_templates()).resource_templates]
        words += [str(one) for one in (await client.read_resource(THIS_SERVER)).contents]
        for recipe in RECIPES:
            given = {argument.name: "4" for argument in recipe.arguments if argument.required}
            words += [said(await client.get_prompt(recipe.name, given))]
    assert not [found for text in words if (found := PATHS.search(text))]


async def test_on_this_machine_media_arguments_name_paths(tmp_path: Path) -> None:
    async with surface(tmp_path, local_files=True) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        (product,) = [one for one in (await client.list_prompts()).prompts if one.name == "product_cutout_video"]
    image = listed["upscale_image"].input_schema["properties"]["image"]
    several = listed["generate_image"].input_schema["properties"]["reference_images"]
    assert image["description"] == "File id, URL or path."
    assert several["description"] == "File ids, URLs or paths. At most 4."
    assert "path" in str((product.arguments or [])[0].description)


def said(result: GetPromptResult) -> str:
    return "".join(one.content.text for one in result.messages if isinstance(one.content, TextContent))
