"""What the recorder of stdio (`tap.py`) wrote down, in figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Wire:
    """`name` and `protocol` are the client's own words. `asked`: whether its calls asked for progress; `progress`: the
    most that came for one call. `at_once`: the most calls that waited at the same time; `cut`: how many the client
    cancelled while they waited."""

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
        lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return cls.of((process, who, message) for _, process, who, message in lines if isinstance(message, dict))

    @classmethod
    def of(cls, messages: Iterable[tuple[int, str, dict[str, Any]]]) -> Wire:
        """Return the figures of (process, who, message) in their order."""
        wire = cls()
        waiting: set[tuple[int, Any]] = set()
        progress: Counter[tuple[int, Any]] = Counter()
        for process, who, message in messages:
            params = message.get("params") or {}
            if who == "client":
                wire._greeted(params)
            if message.get("method") == "tools/call":
                waiting.add((process, message["id"]))
                wire.asked = wire.asked or "progressToken" in (params.get("_meta") or {})
                wire.at_once = max(wire.at_once, len(waiting))
            elif message.get("method") == "notifications/cancelled":
                if (process, params["requestId"]) in waiting:  # opencode also cancels what was answered.
                    waiting.discard((process, params["requestId"]))
                    wire.cut += 1
            elif message.get("method") == "notifications/progress":
                progress[process, params["progressToken"]] += 1
            elif who == "server":
                waiting.discard((process, message.get("id")))
        wire.progress = max(progress.values(), default=0)
        return wire

    def _greeted(self, params: dict[str, Any]) -> None:
        """Note what a client says of itself, in its handshake or with every request."""
        meta = params.get("_meta") or {}
        about = params.get("clientInfo") or meta.get("io.modelcontextprotocol/clientInfo") or {}
        self.name = about.get("name") or self.name
        version = meta.get("io.modelcontextprotocol/protocolVersion") or params.get("protocolVersion")
        self.protocol = version or self.protocol
