"""What a file says about what was made."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_sandbox.directives import Directives
from videogen_sandbox.jobs.results import export_file
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.projects import Project

RESULT = {
    "kind": "VIDEO", "description": "", "duration": 1.0, "sha256": "", "renditions": {}, "engine": "", "seed": 1,
    "engineVersion": "", "placeholder": True, "words": [("Hello", 0.0, 0.5)],
}  # fmt: skip


@pytest.mark.parametrize(
    ("section", "language"), [({"lines": [{"text": "Hello."}]}, "en"), ({"recording": {"asset": "voice.wav"}}, None)]
)
def test_the_language_of_an_export_is_known_where_the_sandbox_spoke(
    section: dict[str, Any], language: str | None
) -> None:
    export = Execution("vg_expo_1", "export", {"temporary": False}, Directives(), 0, 0.0, kind="export")
    project = Project("vg_proj_1", "vg_asst_1", "Hello", {"width": 16, "height": 9}, 0, 0, {"sections": [section]})
    made = export_file(export, project, RESULT, 0, 0)
    assert (made.transcript, made.language) == ("Hello", language)
