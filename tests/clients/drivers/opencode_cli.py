"""opencode, without a terminal (`opencode run`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.clients.drivers.plain import Given


def main(given: Given) -> None:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "scripted",
        "options": {"baseURL": f"{given.model}/v1", "apiKey": "none"},
        "models": {"scripted": {"name": "scripted"}},
    }
    server = {"type": "local", "command": [given.command, *given.args], "environment": given.env, "enabled": True}
    settings = {
        "model": "scripted/scripted",
        "small_model": "scripted/scripted",
        "provider": {"scripted": provider},
        "mcp": {"videogen": server},
        "autoupdate": False,
        "share": "disabled",
    }
    Path("opencode.json").write_text(json.dumps(settings))
    os.environ["OPENCODE_DISABLE_MODELS_FETCH"] = "true"
    command = ["opencode", "run", "Go on."]
    os.execvp(command[0], command)


main(Given.read())
