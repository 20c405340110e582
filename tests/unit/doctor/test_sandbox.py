"""The sandbox: its parts, and whether one runs. None is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.doctor.conftest import HERE, Make, look
from videogen_mcp import local_sandbox
from videogen_mcp.doctor.checks import sandbox

pytestmark = pytest.mark.anyio


async def test_one_that_is_installed_and_does_not_run_is_left_so(make: Make, home: Path) -> None:
    (found,) = await look(sandbox.sandbox, make(VIDEOGEN_API_KEY=""))
    assert found.status == "ok"
    assert "makes pictures, films, speech and cut-outs, slides" in found.message
    assert "the first call starts one" in found.message
    assert not (home / "state").exists()


async def test_one_that_runs_is_told_with_its_version(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_sandbox, "running", lambda state_dir: ("http://127.0.0.1:7777", "0.0.1"))
    (found,) = await look(sandbox.sandbox, make())
    assert found.message.startswith("Version 0.0.1 runs at http://127.0.0.1:7777")
    assert "replaced" in found.message


@pytest.mark.parametrize(("key", "status"), [("", "error"), ("sk_videogen_live_1", "skipped")])
async def test_without_its_extra_it_is_an_error_only_where_it_is_needed(
    make: Make, monkeypatch: pytest.MonkeyPatch, key: str, status: str
) -> None:
    monkeypatch.setattr(local_sandbox, "missing_modules", lambda: ["av", "numpy"])
    (found,) = await look(sandbox.sandbox, make(VIDEOGEN_API_KEY=key))
    assert found.status == status
    assert "missing: av, numpy" in found.message
    if status == "error":
        assert found.remedy == f"Type: `{HERE.adding('sandbox')}`; or set VIDEOGEN_API_KEY."


async def test_an_engine_without_its_module_is_a_warning(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "find_spec", lambda name: None if name in ("pptx", "pyanime4k") else object())
    first, second = await look(sandbox.sandbox, make())
    assert first.message == "It is installed without what it needs for slides (missing: pptx)."
    assert (first.status, second.status) == ("warning", "ok")


async def test_a_server_for_many_has_none(make: Make) -> None:
    (found,) = await look(sandbox.sandbox, make(VIDEOGEN_MCP_HTTP_TOKEN="t" * 32))
    assert found.status == "skipped"
