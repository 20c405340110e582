"""Gemini CLI, without a terminal (`gemini -p`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.clients.drivers.plain import Given


def main(given: Given) -> None:
    server = {"command": given.command, "args": given.args, "env": given.env, "trust": True}
    settings = {
        "mcpServers": {"videogen": server},
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
        "privacy": {"usageStatisticsEnabled": False},
    }
    home = Path.home() / ".gemini"
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text(json.dumps(settings))
    os.environ.update(GEMINI_API_KEY="none", GOOGLE_GEMINI_BASE_URL=given.model, GEMINI_CLI_TRUST_WORKSPACE="true")
    command = ["gemini", "-p", "Go on.", "--approval-mode", "yolo", "-m", "gemini-2.5-flash"]
    os.execvp(command[0], command)


main(Given.read())
