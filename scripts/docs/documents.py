"""Which pages are generated, whole or in parts.

README.md, docs/ and the skills keep their own words; what stands between `<!-- table: NAME -->` or
`<!-- program: FILE -->` and `<!-- end -->` is replaced. docs/operations.md, docs/clients.md and docs/tools.md are
written whole. The tools come from the server itself, as a client lists them. A test fails while what is written
differs from what would be.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import get_args

from scripts import links
from scripts.docs import operations, reference
from scripts.docs.host_rows import install_rows, listening_rows
from scripts.docs.markers import Row, filled, places, table
from scripts.docs.sentences import SENTENCES
from tests.clients import programs, results
from videogen_mcp import workflows
from videogen_mcp.media import sniff
from videogen_mcp.protocol import skills
from videogen_mcp.server import every_tool, open_parts
from videogen_mcp.settings import DEFAULT_TOOLSETS, HOSTING, VARIABLES, Settings, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.workflows.base import range_text

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"

WHOLE = ("operations.md", "clients.md", "tools.md")
"""Pages of docs/ that have no words of their own."""

MEASURED = ("ergonomics.md", "figures.md")
"""Pages of docs/ that benches write."""

HOSTED_SETTINGS = (*HOSTING, "VIDEOGEN_MCP_SECRETS", "VIDEOGEN_MCP_MAX_EXECUTIONS")
"""What docs/hosting.md explains; README has the others."""


async def documents() -> dict[Path, str]:
    """Return the whole text of every generated page as it should be."""
    listed = await tools()
    parts = {
        "tools": table(("toolset", "tools", "without a setting"), toolset_rows(listed)),
        "hosts": table(("client", "a call answers within", "because"), listening_rows()),
        "install": table(("host", "in a terminal", "its log"), install_rows()),
        "settings": table(
            ("variable", "meaning", "default"), setting_rows(name for name in VARIABLES if name not in HOSTING)
        ),
        "hosting": table(("variable", "meaning", "default"), setting_rows(HOSTED_SETTINGS)),
        "workflows": table(("Tool", "What it does", "Usually takes"), maker_rows("workflows")),
        "videos": table(("Tool", "What it does", "Usually takes"), maker_rows("videos")),
        "links": table(("host", "by a click", "its own link"), links.rows()),
        "formats": table(("Kind", "Formats"), format_rows()),
        "sentences": table(("say", "it means"), sentence_rows()),
        "frameworks": table(("framework", "stops listening after", "set"), framework_rows()),
        **{path.name: program(path) for path in sorted(programs.FOLDER.glob("*.*"))},
    }
    written = {path: path.read_text(encoding="utf-8") for path in written_pages()}
    if unplaced := sorted(set(parts) - set().union(*map(places, written.values()))):
        raise ValueError(f"there is no place for {unplaced}")
    return {
        **{path: filled(text, parts) for path, text in written.items()},
        DOCS / "operations.md": operations.page(),
        DOCS / "clients.md": results.page(),
        DOCS / "tools.md": reference.page(listed),
    }


def written_pages() -> list[Path]:
    """Return the pages that people write, and that may have places for generated parts."""
    pages = [page for page in sorted(DOCS.glob("*.md")) if page.name not in (*WHOLE, *MEASURED)]
    return [README, *pages, *sorted(skills.FOLDER.rglob("*.md"))]


async def tools() -> list[tuple[Toolset, Tool]]:
    """Return every tool in the order in which clients see them, with the toolset it is in."""
    with tempfile.TemporaryDirectory() as state:
        settings = Settings(state_dir=Path(state), journal=False)
        async with open_parts(settings) as here, open_parts(settings, local_files=False) as elsewhere:
            listed = list(every_tool(here, Caches.of(here.clock)))
            names = {tool.name for _, tool in listed}
            listed += [
                (toolset, replace(tool, description=f"{tool.description} Over HTTP only."))
                for toolset, tool in every_tool(elsewhere, Caches.of(elsewhere.clock))
                if tool.name not in names
            ]
    return sorted(listed, key=lambda one: get_args(Toolset).index(one[0]))


def toolset_rows(listed: Iterable[tuple[Toolset, Tool]]) -> list[Row]:
    """Return a row for each toolset: its tools, with links to the reference, and whether it is on."""
    rows: list[Row] = []
    for toolset in get_args(Toolset):
        names = [tool.name for one, tool in listed if one == toolset]
        linked = ", ".join(f"[`{name}`](docs/tools.md#{name})" for name in names)
        rows.append((f"`{toolset}`", linked, "on" if toolset in DEFAULT_TOOLSETS else "off"))
    return rows


def maker_rows(toolset: Toolset) -> list[Row]:
    """Return a row for each workflow of a toolset, with the first sentence about it."""
    return [
        (
            f"`{workflow.tool_name()}`",
            re.split(r"[.;] ", workflow.purpose().rstrip("."))[0],
            range_text(workflow.typical_seconds),
        )
        for workflow in workflows.workflows_of("auto", toolset)
    ]


def format_rows() -> list[Row]:
    """Return a row for each kind of media, with the formats that are recognised."""
    formats = [value for value in vars(sniff).values() if isinstance(value, sniff.Found)]
    return [
        (words, ", ".join(endings))
        for kind, words in sniff.KIND_WORDS.items()
        if (endings := sorted({found.ending for found in formats if found.kind == kind}))
    ]


def setting_rows(names: Iterable[str]) -> list[Row]:
    """Return a row for each of these variables."""
    return [(f"`{name}`", *VARIABLES[name]) for name in names]


def sentence_rows() -> list[Row]:
    """Return a row for each thing that people say: the words, and the call."""
    return [(one.words, one.call) for one in SENTENCES]


def framework_rows() -> list[Row]:
    """Return a row for each framework: when it stops listening by itself, and what to set for long executions."""
    return [(f"{one.title} {one.version}", one.limit, one.settings) for one in programs.clients()]


def program(path: Path) -> str:
    """Return a program as a block of code."""
    language = {".py": "python", ".mjs": "js"}[path.suffix]
    return f"```{language}\n{path.read_text(encoding='utf-8').rstrip()}\n```"
