"""Node and the MCP clients that run on it, in the versions that tests/node/package-lock.json fixes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "node"

INSTALL_LIMIT = 240.0
"""Seconds for fetching some 200 packages; a quarter of a minute is usual."""

OUTSIDE = dict(os.environ)
"""The environment before the tests hide what is the user's: npm has its registry and its cache from there."""

OLDEST = 20
"""The Node of the clients' oldest dependency that matters."""


def node() -> str | None:
    """Node's path, if there is one that can run the clients."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    return found if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST else None


def installed(source: Path, npm: Sequence[str]) -> Path:
    """The folder of the packages that a folder's lock file names, in .cache/node; whole or not at all.

    `npm`: the command.
    """
    lock = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / "node" / lock
    if not folder.exists():
        draft = folder.with_name(f"{lock}.{os.getpid()}")
        draft.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, draft)
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=draft, env=OUTSIDE, check=True, timeout=INSTALL_LIMIT)
        try:
            draft.rename(folder)
        except OSError:
            shutil.rmtree(draft)  # Another process was quicker.
    return folder


@dataclass(frozen=True)
class Clients:
    """The installed clients."""

    node: str
    folder: Path

    @classmethod
    def installed(cls) -> Clients:
        """Installed on first use."""
        path = node()
        assert path is not None
        return cls(path, installed(SOURCE, ["npm"]))

    def agent(self, asked: Mapping[str, Any], *, within: float) -> list[dict[str, Any]]:
        """Run agent.mjs; what each of its calls brought."""
        script = shutil.copy(SOURCE / "agent.mjs", self.folder)
        done = self._run([self.node, str(script), json.dumps(asked)], within)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def inspector(self, *arguments: str, home: Path, within: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run the Inspector's command line."""
        script = self.folder / "node_modules" / ".bin" / "mcp-inspector"
        catalogue = {"MCP_CATALOG_PATH": str(home / "catalogue.json")}
        return self._run([self.node, str(script), "--cli", *arguments], within, catalogue)

    def _run(
        self, command: Sequence[str], within: float, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=within,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
