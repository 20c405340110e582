"""`videogen-mcp login` at a real terminal."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

import pty

from tests.e2e.wire import environment
from videogen_mcp import kept_key

KEY = "sk_videogen_0123456789abcdef"

UNENCRYPTED = "http://api.example.com"
"""To which no key is sent, so that it is not checked."""


def at_a_terminal(command: list[str], typed: str, settings: dict[str, str]) -> tuple[int, str]:
    """Return the exit code of a command and all that was on its terminal, on which a line is typed when it asks."""
    process, terminal = pty.fork()
    if process == 0:
        os.execve(command[0], command, settings)
    screen = b""
    try:
        while part := os.read(terminal, 4096):
            screen += part
            if screen.endswith(b": ") and typed:
                os.write(terminal, f"{typed}\n".encode())
                typed = ""
    except OSError:  # Linux says so when nobody has the other end open any more.
        pass
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), screen.decode()


def test_what_is_typed_is_not_shown_and_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    settings = {**environment(tmp_path / "state"), "VIDEOGEN_BASE_URL": UNENCRYPTED}

    code, screen = at_a_terminal([sys.executable, "-m", "videogen_mcp", "login"], KEY, settings)

    assert code == 0, screen
    assert KEY not in screen
    assert "It could not be checked: VIDEOGEN_BASE_URL is 'http://api.example.com'" in screen
    file = kept_key.key_file(settings, Path(settings["HOME"]))
    assert file is not None
    assert kept_key.read(file) == KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
