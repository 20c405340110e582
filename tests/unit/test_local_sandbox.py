"""What an agent reads when the sandbox of this machine cannot be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.local_sandbox import find_or_start
from videogen_sandbox.process import launcher
from videogen_sandbox.process.errors import SandboxUnavailable, StateDirUnusable


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (SandboxUnavailable("It is not installed."), False),
        (StateDirUnusable("It runs on another machine."), True),
    ],
)
async def test_the_reason_comes_with_the_setting_that_helps(
    error: SandboxUnavailable, remedy: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(launcher, "find_or_start", refuse)
    with pytest.raises(Refusal) as refusal:
        await find_or_start(tmp_path, dialect="v2")
    assert refusal.value.code == "sandbox_unavailable"
    assert str(error) in str(refusal.value)
    assert ("VIDEOGEN_MCP_STATE_DIR" in str(refusal.value)) is remedy
    assert "VIDEOGEN_API_KEY" in (refusal.value.next_step or "")


def test_importing_it_does_not_import_the_sandbox() -> None:
    program = "import sys, videogen_mcp.local_sandbox; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20)
    assert "videogen_sandbox" not in loaded.stdout.split()
