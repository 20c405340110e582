"""The official conformance suite of MCP, in the version that package-lock.json fixes, on a Node that can run it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.node import ROOT, WHEEL, installed, node_of_wheel

SOURCE = ROOT / "tests" / "conformance"

REVISIONS = ("2026-07-28", "2025-11-25")
"""The revisions of MCP whose requirements the suite has frozen. Each is run on its own wire."""

WITHIN = 180.0
"""Seconds for all scenarios of a revision; some two are usual on a free machine."""


@dataclass(frozen=True)
class Outcome:
    """What a run of the suite found. `checks`: scenario → the id and the status of each check.

    A status is "SUCCESS", "FAILURE", "WARNING", "SKIPPED" or "INFO".
    """

    code: int
    output: str
    checks: Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Suite:
    """The installed suite."""

    node: str
    script: Path

    @classmethod
    def installed(cls) -> Suite:
        """Installed on first use, on Node 22. Raises FileNotFoundError without that."""
        node = node_of_wheel()
        if node is None:
            raise FileNotFoundError(f"{WHEEL} is not there; run: make node")
        modules = installed(SOURCE, node.npm) / "node_modules"
        return cls(node.path, modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js")

    def run(self, url: str, folder: Path, *arguments: str) -> Outcome:
        """Run scenarios against a server: `--requirements REVISION`, or `--scenario NAME`. `folder` is for results."""
        command = [self.node, str(self.script), "server", "--url", url, "-o", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, stdin=subprocess.DEVNULL)
        checks = {
            re.sub(r"^server-|-\d{4}-\d\d-\d\dT[\d-]+Z$", "", found.parent.name): [
                (check["id"], check["status"]) for check in json.loads(found.read_text(encoding="utf-8"))
            ]
            for found in sorted(folder.glob("*/checks.json"))
        }
        return Outcome(done.returncode, done.stdout + done.stderr, checks)
