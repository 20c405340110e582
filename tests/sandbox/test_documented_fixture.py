"""The fixture that docs/sandbox.md gives to those who test agents works as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pages
from tests.generated import is_full

USED = """
import httpx

def test_the_sandbox_answers(videogen):
    headers = {"Authorization": "Bearer " + videogen["VIDEOGEN_API_KEY"]}
    assert httpx.get(videogen["VIDEOGEN_BASE_URL"] + "/v1/me", headers=headers).status_code == 200
"""


@pytest.mark.skipif(not is_full(), reason="starts pytest and a sandbox; `.ci/run` does it")
def test_a_sandbox_for_a_whole_run_of_pytest(tmp_path: Path) -> None:
    (block,) = [block for block in pages.blocks(pages.ROOT / "docs" / "sandbox.md") if block.language == "python"]
    (tmp_path / "conftest.py").write_text(block.code, encoding="utf-8")
    (tmp_path / "test_agent.py").write_text(USED, encoding="utf-8")
    commands = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-W",
            "error",
            "--rootdir",
            str(tmp_path),
            ".",
        ],
        cwd=tmp_path,
        env={**os.environ, "PATH": commands},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
