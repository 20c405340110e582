"""A host without a model of its own: it asks the scripted one over the plain dialect, and makes its calls at once."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Given:
    """What every driver is given as its argument, in JSON: the server's command or URL, and the model's base URL."""

    command: str
    args: list[str]
    env: dict[str, str]
    url: str
    model: str

    @classmethod
    def read(cls) -> Given:
        """Read the argument of this process."""
        return cls(**json.loads(sys.argv[1]))


async def converse(given: Given, tools: Sequence[str], call: Callable[[str, dict[str, Any]], Awaitable[Any]]) -> None:
    """Make the model's calls until it makes none, and hand back what came: texts, and exceptions as hosts word them."""
    results: list[str] = []
    while calls := await asyncio.to_thread(_ask, given.model, tools, results):
        made = [_attempt(call(one["tool"], one["arguments"])) for one in calls]
        results = await asyncio.gather(*made)


def _ask(model: str, tools: Sequence[str], results: Sequence[str]) -> list[dict[str, Any]]:
    body = json.dumps({"tools": list(tools), "results": list(results)}).encode()
    with urllib.request.urlopen(f"{model}/plain", body, timeout=30) as answer:
        return list(json.load(answer)["calls"])


async def _attempt(call: Awaitable[Any]) -> str:
    try:
        return str(await call)
    except Exception as error:  # noqa: BLE001 - whatever a client raises, a host would tell its model
        return f"{type(error).__name__}: {error}"


def text_of(blocks: Sequence[Any]) -> str:
    """Return the texts of a tool result's content."""
    return "\n".join(block.text for block in blocks if block.type == "text")
