"""What an agent reads when the sandbox of this machine cannot be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from videogen_mcp.api.errors import BadSetting, VideoGenError
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.local_sandbox import find_or_start
from videogen_sandbox.process import launcher
from videogen_sandbox.process.errors import SandboxUnavailable, StateDirUnusable


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reason", "error", "says"),
    [
        (SandboxUnavailable("It is not installed."), Refusal, "It is not installed."),
        (StateDirUnusable("It runs on another machine."), BadSetting, "Set VIDEOGEN_MCP_STATE_DIR"),
    ],
)
async def test_the_reason_comes_with_the_setting_that_helps(
    reason: SandboxUnavailable,
    error: type[VideoGenError],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise reason

    monkeypatch.setattr(launcher, "find_or_start", refuse)
    with pytest.raises(error) as refusal:
        await find_or_start(tmp_path, dialect="v2")
    assert str(reason) in str(refusal.value)
    assert says in str(refusal.value)


def test_importing_it_does_not_import_the_sandbox() -> None:
    program = "import sys, videogen_mcp.local_sandbox; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20)
    assert "videogen_sandbox" not in loaded.stdout.split()
