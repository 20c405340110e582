"""What README and docs say of tools, clients and settings is what the code says."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel

from scripts import set_up
from scripts.docs import answers, documents, markers, reference
from scripts.docs.sentences import SENTENCES
from videogen_mcp.calls.replies import ASSISTANT_ANSWER_SCHEMA, AnswerError, AnswerFile
from videogen_mcp.settings import DEFAULT_TOOLSETS, Toolset
from videogen_mcp.tools.base import Tool


@pytest.mark.anyio
async def test_the_pages_are_what_make_docs_would_write() -> None:
    written = await documents.documents()
    stale = [path.name for path, text in written.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: make docs"


def test_a_place_without_a_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="hosts"):
        markers.filled("<!-- table: hosts -->\n<!-- end -->\n", {"tools": "| a |"})


@pytest.mark.anyio
async def test_a_part_without_a_place_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "README", documents.DOCS / "player.md")
    with pytest.raises(ValueError, match="settings"):
        await documents.documents()


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- table: hosts -->\n| old |\n<!-- end -->\nafter\n"
    assert markers.filled(text, {"hosts": "| new |"}) == text.replace("old", "new")


def test_the_reference_explains_every_field_of_answers_about_executions() -> None:
    assert set(answers.EXECUTION) == {*ASSISTANT_ANSWER_SCHEMA["properties"], "executions"}
    assert set(answers.FILE) == fields(AnswerFile)
    assert set(answers.ERROR) == fields(AnswerError)


def fields(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def test_every_argument_has_a_meaning(every_tool: dict[str, Tool]) -> None:
    bare = {
        f"{tool.name}.{name}"
        for tool in every_tool.values()
        for name, _, _, meaning in reference.argument_rows(tool)
        if not meaning
    }
    assert bare == set()


def test_every_toolset_has_words() -> None:
    assert set(reference.TOOLSET_WORDS) == set(get_args(Toolset))


@pytest.mark.anyio
async def test_ten_sentences_lead_to_tools_that_are_on_by_default() -> None:
    on = {tool.name for toolset, tool in await documents.tools() if toolset in DEFAULT_TOOLSETS}
    assert len(SENTENCES) == 10
    assert {one.tool for one in SENTENCES} <= on


def test_the_readme_says_how_much_is_fetched() -> None:
    readme = documents.README.read_text(encoding="utf-8")
    assert [size for size in set_up.ABOUT.values() if size not in readme] == []
