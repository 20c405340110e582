"""What else goes by the name of this server."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import videogen_mcp
from tests.unit.doctor.conftest import HERE, Make, look
from videogen_mcp.doctor.checks import installed

pytestmark = pytest.mark.anyio


async def test_this_installation_is_as_it_should_be(make: Make) -> None:
    (python,) = await look(installed.python, make())
    first, *others = await look(installed.installation, make())
    assert (python.status, first.status) == ("ok", "ok")
    assert f"videogen-mcp {videogen_mcp.__version__} from an environment of Python" in first.message
    assert [one for one in others if one.status == "error"] == []


def test_another_package_with_the_same_module_is_an_error() -> None:
    (found,) = installed.foreign_distributions(["videogen-mcp", "videogen_mcp_server"], HERE)
    assert found.status == "error"
    assert found.message.startswith("The package videogen-mcp is installed beside this one")
    assert "`/env/bin/python -m pip uninstall videogen-mcp videogen-mcp-server`" in (found.remedy or "")


def test_a_second_copy_on_the_path_of_imports_is_a_warning(tmp_path: Path) -> None:
    used, other = tmp_path / "a" / "videogen_mcp", tmp_path / "b" / "videogen_mcp"
    for folder in (used, other):
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    (found,) = installed.copies([str(used.parent), str(other.parent), str(tmp_path)], used)
    assert found.status == "warning"
    assert str(other) in found.message
    assert list(installed.copies([str(used.parent)] * 2, used)) == []


def test_other_code_than_what_was_installed_is_a_warning() -> None:
    (found,) = installed.mixed_versions("0.0.1", HERE)
    assert found.message.startswith("Version 0.0.1 runs, while ")
    assert list(installed.mixed_versions(videogen_mcp.__version__, HERE)) == []


async def test_a_command_of_another_copy_on_the_path_is_a_warning(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").touch()
    (tmp_path / "videogen-mcp").touch()
    monkeypatch.setattr(shutil, "which", lambda name, **_: "/elsewhere/videogen-mcp")
    context = replace(make(), installation=replace(HERE, python=tmp_path / "python"))
    found = {one.name: one for one in await look(installed.installation, context)}
    assert "/elsewhere/videogen-mcp" in found["other copy"].message
    assert found["other copy"].remedy == f"To run this one, type: `{tmp_path}/videogen-mcp doctor`"
