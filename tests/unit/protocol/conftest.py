from __future__ import annotations

import re

import pytest

from videogen_mcp.calls.replies import ANSWER_SCHEMA, Answer, AnswerError, AnswerFile
from videogen_mcp.protocol import skills
from videogen_mcp.tools.base import Tool

OF_FILES = {"download_url", "thumbnail_url", "links_expire_at", "command"}
"""What get_file and create_upload say beyond other answers."""


ERROR_CODES = "skill://videogen-when-something-breaks/references/error-codes.md"


@pytest.fixture(scope="session")
def error_codes() -> set[str]:
    """The codes that the skill explains."""
    rows = re.findall(r"^\| (`[^|]+) \|", skills.texts()[ERROR_CODES], re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


@pytest.fixture(scope="session")
def known_names(every_tool: dict[str, Tool], error_codes: set[str]) -> set[str]:
    """What a text for agents may name: tools, their arguments, what answers hold, and error codes."""
    arguments = {name for tool in every_tool.values() for name in tool.input_schema["properties"]}
    fields = {*ANSWER_SCHEMA["properties"], *Answer.model_fields, *AnswerFile.model_fields, *AnswerError.model_fields}
    return {*every_tool, *arguments, *fields, *OF_FILES, *error_codes}
