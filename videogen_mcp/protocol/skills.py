"""Skills over MCP (`io.modelcontextprotocol/skills`, SEP-2640): what an agent may want to read before it begins.

The files of `videogen_mcp/skills` are served as they are, byte for byte, whatever this server offers: clients keep
approvals by their digests, and the same folders can be installed without a server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mcp import MCPError
from mcp_types import INVALID_PARAMS, Resource, TextResourceContents

FOLDER = Path(__file__).resolve().parents[1] / "skills"
SCHEME = "skill://"
MAIN = "/SKILL.md"

MARKDOWN = "text/markdown"
DIRECTORY = "inode/directory"
"""The media types of files and folders; the extension names the latter."""

LASTS: dict[str, Any] = {"ttlMs": 3_600_000, "cacheScope": "public"}
"""Clients may keep answers for an hour: only another version of the package has other files."""

Frontmatter = dict[str, str | dict[str, str]]


def listed() -> dict[str, Any]:
    """Return the result of skills/list."""
    return {"resultType": "complete", "skills": list(_skills().values()), **LASTS}


def got(uri: str) -> dict[str, Any]:
    """Return the result of skills/get for the URI of a SKILL.md. Raise MCPError where there is none."""
    if uri not in _skills():
        raise MCPError(INVALID_PARAMS, f"There is no such skill; there are {', '.join(_skills())}.", {"uri": uri})
    return {"resultType": "complete", "skill": _skills()[uri], **LASTS}


def directory(uri: str) -> dict[str, Any]:
    """Return the result of resources/directory/read: what is in a folder, without what is in its folders.

    Raise MCPError where the URI, which has no slash at its end, is none of a folder.
    """
    inside = [path.removeprefix(f"{uri}/").split("/") for path in texts() if path.startswith(f"{uri}/")]
    kinds = {name: DIRECTORY if deeper else MARKDOWN for name, *deeper in inside}
    if not uri.startswith(SCHEME) or not kinds:
        raise MCPError(INVALID_PARAMS, "There is no such folder of a skill.", {"uri": uri})
    entries = [{"uri": f"{uri}/{name}", "name": name, "mimeType": kind} for name, kind in kinds.items()]
    return {"resultType": "complete", "resources": entries}


def resources() -> list[Resource]:
    """Return the main file of each skill, for clients that know resources and no skills."""
    return [
        Resource(
            uri=uri,
            name=skill["frontmatter"]["name"],
            description=skill["frontmatter"]["description"],
            mime_type=MARKDOWN,
        )
        for uri, skill in _skills().items()
    ]


def contents(uri: str) -> TextResourceContents | None:
    """Return a file of a skill; None where there is none at this very URI."""
    text = texts().get(uri)
    return None if text is None else TextResourceContents(uri=uri, text=text, mime_type=MARKDOWN)


@cache
def texts() -> Mapping[str, str]:
    """Return every file by its URI, skill by skill and main files first."""
    paths = sorted(FOLDER.rglob("*.md"), key=lambda path: (path.relative_to(FOLDER).parts[0], len(path.parts), path))
    return {SCHEME + path.relative_to(FOLDER).as_posix(): path.read_bytes().decode() for path in paths}


@cache
def _skills() -> Mapping[str, dict[str, Any]]:
    """Return every skill as clients get it, by the URI of its main file."""
    return {
        uri: {
            "uri": uri,
            "frontmatter": frontmatter(text),
            "resources": [
                _digested(file, content)
                for file, content in texts().items()
                if file.startswith(uri.removesuffix("SKILL.md"))
            ],
        }
        for uri, text in texts().items()
        if uri.endswith(MAIN)
    }


def _digested(uri: str, text: str) -> dict[str, Any]:
    raw = text.encode()
    return {"uri": uri, "digest": f"sha256:{hashlib.sha256(raw).hexdigest()}", "size": len(raw)}


def frontmatter(text: str) -> Frontmatter:
    """Return the header of a SKILL.md as JSON has it.

    Of YAML it is `name: text` in one line, without quotes, and names without text that have such lines below them,
    indented by two spaces.
    """
    header = text.split("---\n", 2)[1]
    fields: Frontmatter = {}
    inner: dict[str, str] = {}
    for line in header.splitlines():
        name, _, value = line.partition(":")
        if line.startswith("  "):
            inner[name.strip()] = value.strip()
        elif value:
            fields[name] = value.strip()
        else:
            fields[name] = inner = {}
    return fields
