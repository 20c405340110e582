"""Write the plugins: one folder that Claude Code, Codex, Cursor and Gemini CLI can load, and one in the portable form.

    python -m scripts.plugins            plugins/, as it is checked in
    python -m scripts.plugins --here     dist/plugins/, which starts this checkout by its absolute path

The hosts copy a plugin into a cache of their own, so that no path leads from it back to a checkout; hence the second
form. All of plugins/ but the icon's SVG is written from here; a test holds it equal.

The portable form (Agent Plugins 1.0) has a folder of its own, because Codex reads it in preference to its own, which
alone can hand on a key.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts import starting
from scripts.icon import png
from scripts.starting import Command
from videogen_mcp import __version__
from videogen_mcp.protocol import skills

ROOT = Path(__file__).resolve().parent.parent
CHECKED_IN = ROOT / "plugins"
HERE = ROOT / "dist" / "plugins"

NAME = "videogen"
PORTABLE = f"portable/{NAME}"
"""Where the portable form is. A plugin's folder is called like the plugin."""

AUTHOR = {"name": "the videogen_mcp authors"}
DESCRIPTION = "Make and edit images, clips, speech, sound and finished videos with VideoGen"
KEYWORDS = ["mcp", "video", "image", "speech", "music"]
KEY_WORDS = "Leave it empty to try everything in the sandbox on this machine, without an account."

SECONDS = 600
"""How long a host is to wait for one call: the longest that `wait_seconds` asks for."""

AGENT_PLUGINS = "https://agent-plugins.org/schemas/1.0.0"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the folder; of the one for this machine say how it is installed."""
    parser = argparse.ArgumentParser(description="Write the plugin for the hosts that have plugins.")
    parser.add_argument("--here", action="store_true", help="for this machine: it starts this checkout")
    asked = parser.parse_args(arguments)
    if asked.here:
        write(files(starting.here()), HERE)
        sys.stdout.write("\n".join(advice(HERE)) + "\n")
    else:
        write(files(starting.checked_in()), CHECKED_IN)


def advice(folder: Path) -> list[str]:
    """Return the lines that install the plugin from a folder."""
    return [
        f"{folder} is written. To install it:",
        f'  Claude Code   claude plugin marketplace add "{folder}" && claude plugin install {NAME}@{NAME}',
        f'  Codex         codex plugin marketplace add "{folder}" && codex plugin add {NAME}@{NAME}',
        f'  Gemini CLI    gemini extensions install "{folder / NAME}"',
        f"  Cursor        link or copy {folder / NAME} to ~/.cursor/plugins/local/{NAME}",
        f"  others        {folder / PORTABLE} is in the form of Agent Plugins 1.0 (agent-plugins.org)",
    ]


def write(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write the files into a folder, in place of what an earlier version had there."""
    for stale in (NAME, PORTABLE):
        shutil.rmtree(folder / stale, ignore_errors=True)
    for path, data in contents.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def files(command: Command) -> dict[str, bytes]:
    """Return everything by its path in the folder; `command` starts the server."""
    manifests = {
        ".claude-plugin/marketplace.json": claude_marketplace(),
        ".agents/plugins/marketplace.json": codex_marketplace(),
        ".cursor-plugin/marketplace.json": cursor_marketplace(),
        f"{NAME}/.claude-plugin/plugin.json": claude(command),
        f"{NAME}/.codex-plugin/plugin.json": codex(),
        f"{NAME}/.codex-plugin/mcp.json": codex_servers(command),
        f"{NAME}/.cursor-plugin/plugin.json": cursor(command),
        f"{NAME}/gemini-extension.json": gemini(command),
        f"{PORTABLE}/plugin.json": portable(),
        f"{PORTABLE}/mcp.json": portable_servers(starting.by_a_name(command)),
    }
    icon = png()
    return {
        **{path: (json.dumps(value, indent=2) + "\n").encode() for path, value in manifests.items()},
        **in_both(NAME, readme(command, NATIVE_KEYS)),
        **in_both(PORTABLE, readme(starting.by_a_name(command), PORTABLE_KEYS)),
        f"{NAME}/icon.png": icon,
        f"{NAME}/.claude-plugin/icon.png": icon,
    }


def in_both(folder: str, page: str) -> dict[str, bytes]:
    """Return what both forms have: a page, the licence, the skills."""
    copied = {
        f"{folder}/skills/{path.relative_to(skills.FOLDER).as_posix()}": path.read_bytes()
        for path in sorted(skills.FOLDER.rglob("*.md"))
    }
    return {f"{folder}/README.md": page.encode(), f"{folder}/LICENSE": (ROOT / "LICENSE").read_bytes(), **copied}


def about() -> dict[str, Any]:
    """What every manifest says."""
    return {"name": NAME, "version": __version__, "description": DESCRIPTION, "author": AUTHOR, "license": "MIT"}


def server(command: Command) -> dict[str, Any]:
    """How an MCP server is started, in the words that all hosts share."""
    program, *rest = command
    return {"command": program, "args": rest}


def claude_marketplace() -> dict[str, Any]:
    """Source: Claude Code's documentation of plugin marketplaces."""
    entry = {"name": NAME, "source": f"./{NAME}", "description": DESCRIPTION, "category": "media"}
    return {"name": NAME, "owner": AUTHOR, "metadata": {"description": DESCRIPTION}, "plugins": [entry]}


def codex_marketplace() -> dict[str, Any]:
    """Codex takes a plugin only from a sub-folder of its marketplace."""
    return {
        "name": NAME,
        "interface": {"displayName": "VideoGen"},
        "plugins": [
            {
                "name": NAME,
                "source": {"source": "local", "path": f"./{NAME}"},
                "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"},
                "category": "Creativity",
            }
        ],
    }


def cursor_marketplace() -> dict[str, Any]:
    """Source: cursor/plugins, .cursor-plugin/marketplace.json."""
    entry = {"name": NAME, "source": NAME, "description": DESCRIPTION}
    return {"name": NAME, "owner": AUTHOR, "metadata": {"description": DESCRIPTION}, "plugins": [entry]}


def claude(command: Command) -> dict[str, Any]:
    """Claude Code asks for the key when the plugin is enabled and keeps it with its own secrets."""
    return {
        **about(),
        "keywords": KEYWORDS,
        "mcpServers": {
            NAME: {
                **server(command),
                "env": {"VIDEOGEN_API_KEY": "${user_config.api_key}"},
                "timeout": SECONDS * 1000,
            }
        },
        "userConfig": {
            "api_key": {
                "type": "string",
                "title": "VideoGen API key",
                "description": KEY_WORDS,
                "sensitive": True,
                "required": False,
            }
        },
    }


def codex() -> dict[str, Any]:
    """The servers are in a file that no other host reads: a plugin's `.mcp.json` would be Claude Code's as well."""
    return {
        **about(),
        "keywords": KEYWORDS,
        "skills": "./skills/",
        "mcpServers": "./.codex-plugin/mcp.json",
        "interface": {
            "displayName": "VideoGen",
            "shortDescription": DESCRIPTION,
            "developerName": AUTHOR["name"],
            "category": "Creativity",
            "capabilities": ["Read", "Write"],
            "logo": "./icon.png",
        },
    }


def codex_servers(command: Command) -> dict[str, Any]:
    """Codex hands on those variables of its user that are named here."""
    passed = {"env_vars": ["VIDEOGEN_API_KEY"], "tool_timeout_sec": SECONDS}
    return {"mcpServers": {NAME: {**server(command), **passed}}}


def cursor(command: Command) -> dict[str, Any]:
    """Source: cursor/plugins, schemas/plugin.schema.json; no key that is not in it."""
    env = {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}"}
    return {
        **about(),
        "displayName": "VideoGen",
        "keywords": KEYWORDS,
        "logo": "icon.png",
        "skills": "./skills/",
        "mcpServers": {NAME: {**server(command), "env": env}},
    }


def gemini(command: Command) -> dict[str, Any]:
    """Gemini CLI asks for a setting when the extension is installed; a sensitive one goes to the system's key store."""
    setting = {
        "name": "VideoGen API key",
        "description": KEY_WORDS,
        "envVar": "VIDEOGEN_API_KEY",
        "sensitive": True,
    }
    env = {"VIDEOGEN_API_KEY": "${VIDEOGEN_API_KEY}"}
    return {
        "name": NAME,
        "version": __version__,
        "description": DESCRIPTION,
        "mcpServers": {NAME: {**server(command), "env": env, "timeout": SECONDS * 1000}},
        "settings": [setting],
    }


def portable() -> dict[str, Any]:
    """Agent Plugins 1.0; it has no way to hand a key on, which `videogen-mcp login` keeps instead."""
    return {"$schema": f"{AGENT_PLUGINS}/plugin.schema.json", **about(), "keywords": KEYWORDS}


def portable_servers(command: Command) -> dict[str, Any]:
    """A field that this schema does not know, or a program by its absolute path, makes hosts skip the server."""
    return {
        "$schema": f"{AGENT_PLUGINS}/mcp.schema.json",
        "mcpServers": {NAME: {"type": "stdio", **server(command)}},
    }


NATIVE_KEYS = (
    "Claude Code and Gemini CLI ask for the key; Codex and Cursor hand on\n`VIDEOGEN_API_KEY` of the environment;"
    " everywhere `videogen-mcp login` keeps one for you."
)
PORTABLE_KEYS = "This form of a\nplugin cannot hand on a key: `videogen-mcp login` keeps one for you."


def readme(command: Command, keys: str) -> str:
    """Return the page that directories show; `keys` says how a key gets to the server."""
    return f"""\
# VideoGen

Lets an agent make and edit media with [VideoGen](https://videogen.io): finished videos with narration, pictures,
captions and music; single images, clips, speech, sounds, music and graphics. It brings an MCP server, called `{NAME}`,
and {len(list(skills.FOLDER.glob("*/SKILL.md")))} skills that say how its tools go together.

The server is started by `{starting.line(command)}`.{_on_the_path(command)}

Without an API key everything is made by a sandbox on this machine: nothing is billed, and nothing leaves it. With a key
the media are made by VideoGen and billed there. {keys}
"""


def _on_the_path(command: Command) -> str:
    if command != starting.BY_NAME:
        return ""
    return (
        "\nThat command comes with the server, which has to be installed first: in a clone of its repository, with\n"
        "`uv tool install --editable '.[sandbox]'`. Where a host does not find it on its PATH, `make plugins` in the\n"
        "clone writes a plugin that starts it by its absolute path."
    )


if __name__ == "__main__":
    main()
