"""docs/tools.md: every tool with its arguments, what it answers, and a call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from scripts.docs import answers
from scripts.docs.arguments import MEANINGS
from scripts.docs.markers import Row, table
from scripts.docs.operations import ERA_WORDS
from videogen_mcp import workflows
from videogen_mcp.settings import DEFAULT_TOOLSETS, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.base import range_text
from videogen_mcp.workflows.examples import FirstOf, ProjectOf, ResultOf
from videogen_mcp.workflows.schema import accepted, bounds

TOOLSET_WORDS: Mapping[Toolset, str] = {
    "workflows": "Single media: each makes files.",
    "videos": "Finished videos with their projects; [finished-videos.md](finished-videos.md) explains them.",
    "executions": "What runs and what has run; [executions.md](executions.md) explains them.",
    "files": "Files of the account and of this machine.",
    "catalogue": "Who can speak and who can be shown.",
    "entities": "People, products, looks and slide themes that stay the same.",
    "editor": "Timelines for other programs, VideoGen's assistant, texts.",
    "webhooks": "Who is told when something ends.",
}

TYPES = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}

LINE = 120
"""Characters of an example on one line; longer ones are indented."""


def page(listed: Sequence[tuple[Toolset, Tool]]) -> str:
    """Return docs/tools.md."""
    sections = [_section(toolset, [tool for one, tool in listed if one == toolset]) for toolset in get_args(Toolset)]
    return f"""\
# Tools

<!-- Written by `make docs` from the tools' schemas; change the code or scripts/docs/ instead. -->

Examples are the `params` of `tools/call`. Ids in them stand for those of your account.

## Every call

- **Media** (`image`, `video`, `audio`, `reference_images` and others) is a file id, an `https:` URL, which VideoGen
  imports on the way (today's API only), or a path of this machine, which is uploaded on the way (not over HTTP).
- **`save_to`** saves the originals in the same call: into a folder (it exists, or ends with a slash) or under a file
  name. A relative one begins at `VIDEOGEN_MCP_OUTPUT_DIR`, else in `VideoGen` in your pictures, music or videos.
  Nothing is overwritten. It is not there over HTTP.
- **`wait_seconds`** says how long the call waits for the execution; 0 answers as soon as there is an id. A limit that
  is known of the client shortens it. Without it `VIDEOGEN_MCP_WAIT` counts, then [what is known of the
  client](executions.md#how-long-a-call-waits).
- **Null, blanks and empty lists** count as left out. Numbers may be text, `16x9` is `16:9`, `5s` is 5. What cannot be
  meant is refused before anything is started, with the argument's name.
- Where no default is named, the service decides.

## Answers about executions

{table(("field", "meaning"), _fields(answers.EXECUTION))}

Each of `files`:

{table(("field", "meaning"), _fields(answers.FILE))}

`error`:

{table(("field", "meaning"), _fields(answers.ERROR))}

What is not known is left out, never null. Text and `structuredContent` say the same.

{chr(10).join(sections)}"""


def example_of(tool: Tool) -> dict[str, Any]:
    """Return the arguments of a tool's example: of a workflow those of its declaration, with ids for what other calls
    make."""
    makers = {workflow.tool_name(): workflow for workflow in workflows.WORKFLOWS}
    if workflow := makers.get(tool.name):
        return {name: _given(value) for name, value in workflow.example.items()}
    if tool.name not in answers.CALLS:
        raise ValueError(f"scripts/docs/answers.py has no call of {tool.name}")
    return dict(answers.CALLS[tool.name])


def answer_of(tool: Tool) -> str:
    """Return what a tool answers, in words that name the fields."""
    if tool.output_schema is not None:
        return "Answers about [an execution](#answers-about-executions)."
    if tool.name not in answers.OTHERS:
        raise ValueError(f"scripts/docs/answers.py does not say what {tool.name} answers")
    return f"Answers {answers.OTHERS[tool.name]}."


def _section(toolset: Toolset, tools: Iterable[Tool]) -> str:
    off = "" if toolset in DEFAULT_TOOLSETS else f" Off until `VIDEOGEN_MCP_TOOLSETS` names `{toolset}`, or is `all`."
    return f"## Toolset {toolset}\n\n{TOOLSET_WORDS[toolset]}{off}\n\n" + "\n".join(map(_tool, tools))


def _tool(tool: Tool) -> str:
    rows = argument_rows(tool)
    arguments = table(("argument", "type", "default", "meaning"), rows) if rows else "It takes no arguments."
    parts = (f"### {tool.name}", _words(tool), arguments, _also(tool), answer_of(tool), _example(tool))
    return "\n\n".join(filter(None, parts)) + "\n"


def _words(tool: Tool) -> str:
    for workflow in workflows.WORKFLOWS:
        if workflow.tool_name() == tool.name:
            era = f" Only {ERA_WORDS[workflow.eras]} API has it." if len(workflow.eras) == 1 else ""
            return f"{workflow.purpose()} Takes {range_text(workflow.typical_seconds)}.{era}"
    return tool.description


def argument_rows(tool: Tool) -> list[Row]:
    """Return a row for each argument that a tool publishes: name, type, default, meaning."""
    required = tool.input_schema.get("required", ())
    return [
        (
            f"`{name}`",
            _type(schema),
            "required" if name in required else _default(tool, name),
            _meaning(name, schema),
        )
        for name, schema in tool.input_schema["properties"].items()
    ]


def _also(tool: Tool) -> str:
    """Arguments that are taken and shown to no model."""
    formerly: Mapping[str, str] = getattr(tool.arguments, "formerly", {})
    hidden = accepted(tool.arguments)["properties"].keys() - tool.input_schema["properties"].keys() - formerly.keys()
    names = [f"`{name}`" for name in tool.arguments.model_fields if name in hidden - {"save_to"}]
    names += [f"`{old}` for `{name}`" for old, name in formerly.items()]
    return f"Also taken, and not shown to models: {', '.join(names)}." if names else ""


def _meaning(name: str, schema: Mapping[str, Any]) -> str:
    """The published words, or ours where only bounds are published."""
    limits = bounds(name, schema)
    words = str(schema.get("description", ""))
    if words.rstrip(".").casefold() in ("", limits.casefold()):
        words = f"{MEANINGS.get(name, '')} {words}".strip()
    return words.replace("|", "\\|")


def _type(schema: Mapping[str, Any]) -> str:
    if choices := schema.get("enum"):
        return ", ".join(f"`{choice}`" for choice in choices)
    if schema.get("type") == "array":
        entries = schema.get("items", {})
        if fields := entries.get("properties"):
            needed = entries.get("required", ())
            return "list of {" + ", ".join(f"`{name}`{'' if name in needed else '?'}" for name in fields) + "}"
        return f"list of {_type(entries)}"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    return TYPES.get(str(schema.get("type")), "any")


def _default(tool: Tool, name: str) -> str:
    value = tool.arguments.model_fields[name].get_default(call_default_factory=True)
    if value in (None, "") or (isinstance(value, list | dict) and not value):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`" if not isinstance(value, str) else f"`{value}`"


def _example(tool: Tool) -> str:
    call = {"name": tool.name, "arguments": example_of(tool)}
    line = json.dumps(call, ensure_ascii=False)
    return f"```json\n{line if len(line) <= LINE else json.dumps(call, ensure_ascii=False, indent=2)}\n```"


def _given(value: Any) -> Any:
    if isinstance(value, list):
        return [_given(one) for one in value]
    if isinstance(value, ProjectOf):
        return "vg_proj_01"
    if isinstance(value, ResultOf):
        return "vg_file_01"
    if isinstance(value, FirstOf):
        return {"list_voices": "Heart", "list_presenters": "vg_enti_01"}.get(str(value), "vg_id_01")
    return str(value) if isinstance(value, str) else value


def _fields(meanings: Mapping[str, str]) -> list[Row]:
    return [(f"`{name}`", meaning) for name, meaning in meanings.items()]
