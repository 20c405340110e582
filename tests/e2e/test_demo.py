"""`videogen-mcp demo` as people run it: its own process, a real server, a real sandbox, files on disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from videogen_sandbox.engines.media.probe import probe

LIMIT = 120
"""Seconds for one picture; five on two free cores, and CI's may be busy."""


def demo(state_dir: Path, output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VIDEOGEN_MCP_STATE_DIR": str(state_dir), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "videogen_mcp", "demo", "--output", str(output), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", timeout=LIMIT, stdin=subprocess.DEVNULL
    )


def test_without_an_account_it_makes_a_picture_and_shows_where_it_is(state_dir: Path, tmp_path: Path) -> None:
    done = demo(state_dir, tmp_path / "out")

    assert (done.returncode, done.stderr) == (0, "")
    assert "generate_image: done" in done.stdout
    assert re.search(r"generate_image · image · \d+\.\d kB\n", done.stdout)
    assert re.search(r"generate_image\.\w+ +vg_file_\w+ +\d+\.\d +\n", done.stdout)
    assert re.search(r"http://127\.0\.0\.1:\d+/\S+", done.stdout)
    (saved,) = (tmp_path / "out").iterdir()
    media = probe(saved)
    assert media.kind == "IMAGE"
    assert media.width is not None
    assert media.height is not None
    assert media.width * 9 == media.height * 16


def test_a_server_that_fails_is_reported_and_ends_with_exit_code_1(tmp_path: Path) -> None:
    state = tmp_path / "a-file"
    state.write_text("not a folder")
    done = demo(state, tmp_path / "out")

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "generate_image" in done.stdout + done.stderr
