"""Links that add the server to a host by a click.

    python -m scripts.links [--here]

`make docs` writes a table of those that work everywhere into the docs; --here prints those of this checkout.
Sources: cursor.com/docs/mcp/install-links, code.visualstudio.com (MCP developer guide), lmstudio.ai/docs (deeplinks).
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from scripts import starting
from scripts.starting import Command

NAME = "videogen"

KEY_INPUT = "videogen_api_key"
"""VS Code asks for it once and keeps it among its secrets."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the links, a host each."""
    parser = argparse.ArgumentParser(description="Links that add the server to a host.")
    parser.add_argument("--here", action="store_true", help="for this machine: they start this checkout")
    command = starting.here() if parser.parse_args(arguments).here else starting.checked_in()
    sys.stdout.writelines(f"{host}: {link}\n" for host, link in links(command).items())


def links(command: Command) -> dict[str, str]:
    """Return the link of each host that has them, for a server that is started by `command`."""
    config = _packed(_server(command))
    code = quote(json.dumps(_for_code(command), separators=(",", ":")), safe="")
    return {
        "Cursor": f"cursor://anysphere.cursor-deeplink/mcp/install?name={NAME}&config={config}",
        "VS Code": f"vscode:mcp/install?{code}",
        "VS Code Insiders": f"vscode-insiders:mcp/install?{code}",
        "LM Studio": f"lmstudio://add_mcp?name={NAME}&config={config}",
    }


def web_links(command: Command) -> dict[str, str]:
    """Return links to pages of the hosts' makers that lead to those of `links`, for sites that allow only https."""
    made = links(command)
    return {
        "Cursor": f"https://cursor.com/en/install-mcp?{made['Cursor'].partition('?')[2]}",
        "VS Code": f"https://insiders.vscode.dev/redirect?url={quote(made['VS Code'], safe='')}",
        "VS Code Insiders": f"https://insiders.vscode.dev/redirect?url={quote(made['VS Code Insiders'], safe='')}",
    }


def rows() -> list[tuple[str, str, str]]:
    """Return the rows of the table in the docs: host, a link to click, and the host's own link as code."""
    command = starting.checked_in()
    web = web_links(command)
    return [
        (host, f"[add it]({web[host]})" if host in web else "paste the link", f"`{link}`")
        for host, link in links(command).items()
    ]


def _server(command: Command) -> dict[str, Any]:
    program, *rest = command
    return {"command": program, "args": rest}


def _for_code(command: Command) -> dict[str, Any]:
    asked = {"type": "promptString", "id": KEY_INPUT, "description": "VideoGen API key (empty: the sandbox)"}
    return {
        "name": NAME,
        "type": "stdio",
        **_server(command),
        "env": {"VIDEOGEN_API_KEY": f"${{input:{KEY_INPUT}}}"},
        "inputs": [{**asked, "password": True}],
    }


def _packed(config: Mapping[str, Any]) -> str:
    packed = base64.b64encode(json.dumps(config, separators=(",", ":")).encode()).decode()
    return quote(packed, safe="")


if __name__ == "__main__":
    main()
