"""What a tool is: its schema is made for who asks for it, and calls do not."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings
from videogen_mcp.workflows import base, schema

pytestmark = pytest.mark.anyio


async def test_schemas_are_made_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    published = schema.published

    def noted(model: Any) -> dict[str, Any]:
        made.append(model.__name__)
        return published(model)

    monkeypatch.setattr(base, "published", noted)
    async with open_parts(Settings(sandbox="off", journal=False)) as parts:
        tools = build_handlers(parts).tools
        assert made == []
        assert "prompt" in tools.by_name["generate_image"].input_schema["properties"]
    assert made == ["GenerateImage"]
