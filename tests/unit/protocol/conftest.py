from __future__ import annotations

import pytest

from videogen_mcp.calls.replies import Answer, AnswerError, AnswerFile
from videogen_mcp.protocol.guides import MEANINGS
from videogen_mcp.tools.base import Tool

OF_FILES = {"download_url", "thumbnail_url", "links_expire_at"}
"""What get_file says beyond other answers."""


@pytest.fixture(scope="session")
def known_names(every_tool: dict[str, Tool]) -> set[str]:
    """What a text for agents may name: tools, their arguments, what answers hold, and error codes."""
    arguments = {name for tool in every_tool.values() for name in tool.input_schema["properties"]}
    fields = {*Answer.model_fields, *AnswerFile.model_fields, *AnswerError.model_fields}
    return {*every_tool, *arguments, *fields, *OF_FILES, *MEANINGS}
