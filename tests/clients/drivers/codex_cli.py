"""Codex, without a terminal (`codex exec`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.clients.drivers.plain import Given

CONFIG = """\
model = "scripted"
model_provider = "scripted"

[model_providers.scripted]
name = "scripted"
base_url = {base_url}
wire_api = "responses"
env_key = "SCRIPTED_KEY"

[mcp_servers.videogen]
command = {command}
args = {args}

[mcp_servers.videogen.env]
{env}
"""


def main(given: Given) -> None:
    home = Path.home() / ".codex"
    home.mkdir(exist_ok=True)
    texts = {"base_url": f"{given.model}/v1", "command": given.command, "args": given.args}
    env = "\n".join(f"{name} = {json.dumps(value)}" for name, value in given.env.items())
    quoted = {name: json.dumps(text) for name, text in texts.items()}  # TOML's basic strings are JSON's.
    (home / "config.toml").write_text(CONFIG.format(env=env, **quoted))
    os.environ["SCRIPTED_KEY"] = "none"
    free = "--dangerously-bypass-approvals-and-sandbox"
    command = ["codex", "exec", "--skip-git-repo-check", free, "Go on."]
    os.execvp(command[0], command)


main(Given.read())
