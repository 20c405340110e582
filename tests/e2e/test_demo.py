"""`videogen-mcp demo` as people run it: its own process, a real server, a real sandbox, files on disk."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from rich.filesize import decimal

from videogen_sandbox.engines.media.probe import probe

LIMIT = 120
"""Seconds for one picture; five on two free cores, and CI's may be busy."""


def demo(state_dir: Path, output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VIDEOGEN_MCP_STATE_DIR": str(state_dir), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "videogen_mcp", "demo", "--output", str(output), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", timeout=LIMIT, stdin=subprocess.DEVNULL
    )


def demo_on_a_terminal(state_dir: Path, output: Path) -> tuple[int, str]:
    """Return the exit code, and what the terminal, of 80 columns, got."""
    ours, terminal = os.openpty()
    environment = {**os.environ, "VIDEOGEN_MCP_STATE_DIR": str(state_dir), "TERM": "xterm", "COLUMNS": "80"}
    command = [sys.executable, "-m", "videogen_mcp", "demo", "--output", str(output)]
    process = subprocess.Popen(
        command, env=environment, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    written = b""
    with os.fdopen(ours, "rb", 0) as screen, contextlib.suppress(OSError):  # EIO: nobody has the other end any more.
        while select.select([screen], [], [], LIMIT)[0]:
            written += screen.read(65_536)
    return process.wait(LIMIT), written.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are of POSIX")
def test_without_an_account_it_makes_a_picture_shows_where_it_is_and_ends_by_itself(
    state_dir: Path, tmp_path: Path
) -> None:
    code, written = demo_on_a_terminal(state_dir, tmp_path / "out")

    assert code == 0
    screen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;.*?\x1b\\", "", written)
    assert len(screen.partition("generate_image ")[0].splitlines()) <= 15
    gallery = re.search(r"See it here: (http://127\.0\.0\.1:\d+/)\r", screen)
    assert gallery
    assert f";{gallery[1]}\x1b\\" in written
    assert re.search(r"To end it now:\s+\S.* sandbox --stop", screen)
    assert screen.rstrip().endswith("press a key to keep the page up for longer.")
    (saved,) = (tmp_path / "out").iterdir()
    size = re.escape(decimal(saved.stat().st_size))
    assert re.search(rf"{re.escape(saved.name)} +image +{size} +\d+\.\d", screen)
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
