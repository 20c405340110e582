"""What the recorder of stdio (`tap.py`) wrote down, in figures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Wire:
    """`name` and `protocol` are the client's own words. `asked`: whether its calls asked for progress; `progress`: the
    most that came for one call. `at_once`: the most calls that waited at the same time; `cut`: how many
    calls the client cancelled."""

    name: str = ""
    protocol: str = ""
    asked: bool = False
    progress: int = 0
    at_once: int = 0
    cut: int = 0

    @classmethod
    def read(cls, path: Path) -> Wire:
        """Return the figures of a record; empty ones where there is none, as over HTTP."""
        if not path.exists():
            return cls()
        lines = path.read_text(encoding="utf-8").splitlines()
        return cls.of((who, message) for _, who, message in map(json.loads, lines))

    @classmethod
    def of(cls, messages: Iterable[tuple[str, Any]]) -> Wire:
        """Return the figures of (who, message) in their order."""
        wire = cls()
        waiting: set[Any] = set()
        progress: dict[Any, int] = {}
        for who, message in messages:
            if not isinstance(message, dict):
                continue
            if who == "client":
                wire._client(message)
                if message.get("method") == "tools/call":
                    waiting.add(message["id"])
                    wire.at_once = max(wire.at_once, len(waiting))
                elif message.get("method") in ("initialize", "server/discover"):  # Another process.
                    waiting.clear()
                    progress.clear()
            elif message.get("method") == "notifications/progress":
                token = message["params"]["progressToken"]
                progress[token] = progress.get(token, 0) + 1
                wire.progress = max(wire.progress, progress[token])
            elif "result" in message or "error" in message:
                waiting.discard(message.get("id"))
        return wire

    def _client(self, message: dict[str, Any]) -> None:
        params = message.get("params") or {}
        meta = params.get("_meta") or {}
        about = params.get("clientInfo") or meta.get("io.modelcontextprotocol/clientInfo") or {}
        self.name = about.get("name") or self.name
        self.protocol = (
            meta.get("io.modelcontextprotocol/protocolVersion") or params.get("protocolVersion") or self.protocol
        )
        self.cut += message.get("method") == "notifications/cancelled"
        if message.get("method") == "tools/call":
            self.asked = self.asked or "progressToken" in meta
