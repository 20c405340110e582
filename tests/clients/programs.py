"""Runs the programs of docs/frameworks.md as their readers do, in the environments of the clients that are tried: the
model is the scripted one, which the frameworks find by the variables of its vendor."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.clients import environments
from tests.clients.dialects import Call
from tests.clients.model import Model, Script, serving
from tests.clients.table import CLIENTS, Client

FOLDER = environments.ROOT / "docs" / "frameworks"

PROGRAMS: Mapping[str, str] = {
    "openai-agents": "openai_agents.py",
    "google-adk": "google_adk.py",
    "pydantic-ai": "pydantic_ai_agent.py",
    "langchain": "langchain_agent.py",
    "llama-index": "llama_index_agent.py",
    "vercel-ai": "vercel_ai.mjs",
}
"""The file of each client that has one."""

COMMAND = "/path/to/videogen_mcp/.venv/bin/videogen-mcp"
"""What stands in the programs for where the reader's server is."""

WISH = "Draw a harbour at dusk."

LAST_WORD = "Done."
"""What the scripted model ends with."""

LIMIT = 180.0
"""Seconds for one program, with the start of a sandbox on a busy machine."""


def run(client: Client, folder: Path, state: Path, tools: list[str]) -> str | None:
    """Run a client's program in `folder`; return why it did not do what its reader wants, None where it did.

    `state` is where the server keeps its own, `tools` are the names of all that it has.
    """
    environment = environments.installed(client)
    program = written(client, folder, environment)
    model = Model(_script(), tools)
    with serving(model) as base_url:
        start = ["node"] if program.suffix == ".mjs" else [str(environment / "bin" / "python")]
        try:
            done = subprocess.run(
                [*start, str(program), WISH],
                cwd=folder,
                env={**_without_ours(environments.variables(environment, folder)), **_settings(base_url, state)},
                capture_output=True,
                text=True,
                timeout=LIMIT,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return f"{LIMIT:.0f} s passed"
    if done.returncode or LAST_WORD not in done.stdout:
        return f"exit code {done.returncode}: {(done.stdout + done.stderr)[-800:]}"
    texts = [text for _, text in model.transcript]
    return None if len(texts) == 1 and "vg_file_" in texts[0] else f"no file: {texts}"


def written(client: Client, folder: Path, environment: Path) -> Path:
    """Return a copy of a client's program, with the command of this server, beside the packages that Node looks for."""
    folder.mkdir(parents=True)
    source = (FOLDER / PROGRAMS[client.name]).read_text(encoding="utf-8")
    if COMMAND not in source:
        raise ValueError(f"{PROGRAMS[client.name]} does not start {COMMAND}")
    program = folder / PROGRAMS[client.name]
    program.write_text(source.replace(COMMAND, _command()), encoding="utf-8")
    if program.suffix == ".mjs":
        (folder / "node_modules").symlink_to(environment / "node_modules")
    return program


def clients() -> list[Client]:
    """Return the clients that have a program."""
    return [client for client in CLIENTS if client.name in PROGRAMS]


def _command() -> str:
    """The command of this environment; raise FileNotFoundError where it is not installed."""
    folder = Path(sys.executable).parent
    if (command := shutil.which("videogen-mcp", path=str(folder))) is None:
        raise FileNotFoundError(f"{folder} has no videogen-mcp")
    return command


def _script() -> Script:
    yield [Call("generate_image", {"prompt": "A harbour at dusk", "aspect_ratio": "1:1"})]


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """Readers have the framework's packages and not this repository."""
    return {name: value for name, value in environment.items() if name != "PYTHONPATH"}


def _settings(model: str, state: Path) -> dict[str, str]:
    """The variables by which each vendor's library finds its model, and the server its state."""
    return {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"{model}/v1",
        "OPENAI_API_BASE": f"{model}/v1",  # LlamaIndex's name for it.
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "GOOGLE_API_KEY": "none",
        "GOOGLE_GEMINI_BASE_URL": model,
        "VIDEOGEN_MCP_STATE_DIR": str(state),
    }
