"""README's ten things to say: what they mean is done in the sandbox, as a model would ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.docs.sentences import SENTENCES
from tests.e2e.test_media import photo
from tests.e2e.wire import Answer, Server, serving
from tests.generated import is_full
from videogen_mcp.demo_files import deck
from videogen_mcp.workflows.examples import FileOf, FirstOf, OwnFile, ProjectOf

LONGEST = 500.0
"""Seconds for one call, on a busy machine: two of them make films."""


def done(server: Server, tool: str, arguments: dict[str, Any]) -> Answer:
    """Call a tool and go on while it runs."""
    answer = server.start(tool, **arguments).answer(LONGEST)
    assert not answer.is_error, answer.text
    if answer.structured.get("status") == "running":
        return done(server, "wait_for_execution", {"execution_id": answer.execution_id})
    return answer


@pytest.mark.skipif(not is_full(), reason="makes films, which takes minutes; `.ci/run` does it")
@pytest.mark.timeout(1_200)
def test_what_people_say_is_done(own_state_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    photo(folder)
    (folder / "talk.pdf").write_bytes(deck())
    made: dict[str, Answer] = {}

    def given(value: Any) -> Any:
        if isinstance(value, ProjectOf):
            return made[value].structured["project_id"]
        if isinstance(value, FileOf):
            return made[value].file_id
        if isinstance(value, FirstOf):
            return made[value].structured["voices"][0]["voice_id"]
        return str(folder / value) if isinstance(value, OwnFile) else value

    settings = {"VIDEOGEN_MCP_OUTPUT_DIR": str(folder), "VIDEOGEN_MCP_ALLOWED_DIRS": str(folder)}
    with serving(own_state_dir, client="claude-ai", settings=settings) as server:
        for one in SENTENCES:
            if one.looked_up:
                made["list_voices"] = done(server, "list_voices", dict(one.looked_up))
            made[one.tool] = done(server, one.tool, {name: given(value) for name, value in one.arguments.items()})

    saved = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert "cut-out.png" in saved
    assert len([path for path in saved if path.startswith("bakery/")]) == 3
    assert made["edit_project"].structured["project_id"] != made["script_to_video"].structured["project_id"]
    assert made["list_executions"].structured["total"] == 8
