"""How the server was installed, and what is advised for it."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest

from videogen_mcp.installation import DISTRIBUTION, Installation, Way, this_installation

WHEEL = f"{DISTRIBUTION} @ file:///wheels/videogen_mcp_server-0.2.0-py3-none-any.whl"
FROM_INDEX = f"{DISTRIBUTION}==0.2.0"
PYTHON = Path("/home/mei/env/bin/python")


class Installed(metadata.Distribution):
    """A distribution with these words in PEP 610's file."""

    def __init__(self, origin: dict[str, object] | None) -> None:
        self.came_from = origin

    def read_text(self, filename: str) -> str | None:
        if filename == "METADATA":
            return f"Name: {DISTRIBUTION}\nVersion: 0.2.0\nRequires-Dist: nowhere-to-be-had; extra == 'postgres'\n"
        return json.dumps(self.came_from) if filename == "direct_url.json" and self.came_from is not None else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "somewhere" / ".venv"
    found.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(found))
    return found


def installed(monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None) -> Installation:
    """This installation, if the distribution had come from there."""
    known = metadata.distribution
    monkeypatch.setattr(
        metadata, "distribution", lambda name: Installed(origin) if name == DISTRIBUTION else known(name)
    )
    return this_installation()


def test_this_checkout_is_started_by_its_own_script() -> None:
    here = this_installation()

    assert here.way is Way.CHECKOUT
    assert Path(here.source) == Path(__file__).resolve().parents[2]
    assert here.command == (str(Path(sys.executable).parent / "videogen-mcp"),)
    assert "sandbox" in here.extras


@pytest.mark.parametrize(
    ("mark", "way"),
    [
        ("uv-receipt.toml", Way.TOOL),
        ("pipx_metadata.json", Way.TOOL),
        ("../manifest.json", Way.BUNDLE),
        (None, Way.ENVIRONMENT),
    ],
)
def test_marks_in_the_environment_tell_what_keeps_it(
    prefix: Path, monkeypatch: pytest.MonkeyPatch, mark: str | None, way: Way
) -> None:
    if mark is not None:
        (prefix / mark).touch()

    assert installed(monkeypatch, {"url": "file:///wheels/w.whl", "archive_info": {}}).way is way


def test_an_environment_in_the_cache_of_uv_is_of_uvx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/home/mei/.cache/uv/archive-v0/8Kd3")

    assert installed(monkeypatch, None).way is Way.ONCE


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (None, FROM_INDEX),
        ({"url": "file:///wheels/w.whl", "archive_info": {}}, f"{DISTRIBUTION} @ file:///wheels/w.whl"),
        (
            {"url": "https://example.com/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}},
            f"{DISTRIBUTION} @ git+https://example.com/r.git@abc123",
        ),
        ({"url": "file:///home/mei/a%20folder", "dir_info": {"editable": True}}, "/home/mei/a folder"),
    ],
)
def test_the_source_is_where_this_copy_came_from(
    prefix: Path, monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None, source: str
) -> None:
    assert installed(monkeypatch, origin).source == source


def test_an_extra_counts_when_all_it_needs_is_there(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "postgres" not in installed(monkeypatch, None).extras


@pytest.mark.parametrize(
    ("installation", "line"),
    [
        (Installation(Way.CHECKOUT, PYTHON, "/src/v"), f"{PYTHON} -m pip install --editable '/src/v[sandbox]'"),
        (
            Installation(Way.CHECKOUT, PYTHON, "/src/v", has_pip=False),
            f"uv pip install --python {PYTHON} --editable '/src/v[sandbox]'",
        ),
        (
            Installation(Way.ENVIRONMENT, PYTHON, FROM_INDEX, ("postgres",)),
            f"{PYTHON} -m pip install '{DISTRIBUTION}[postgres,sandbox]==0.2.0'",
        ),
        (
            Installation(Way.TOOL, PYTHON, WHEEL, ("look",)),
            f"uv tool install --force '{WHEEL.replace(' ', '[sandbox] ', 1)}'",
        ),
        (
            Installation(Way.TOOL, PYTHON, FROM_INDEX, pipx=True),
            f"pipx install --force '{DISTRIBUTION}[sandbox]==0.2.0'",
        ),
        (Installation(Way.ONCE, PYTHON, FROM_INDEX), f"uvx --from '{DISTRIBUTION}[sandbox]==0.2.0' videogen-mcp"),
    ],
    ids=lambda value: value.way.name if isinstance(value, Installation) else "",
)
@pytest.mark.skipif(sys.platform == "win32", reason="the quotes are those of a POSIX shell")
def test_the_line_that_adds_the_sandbox_keeps_what_there_is(installation: Installation, line: str) -> None:
    assert installation.adding("sandbox") == line


@pytest.mark.parametrize(
    ("installation", "line"),
    [
        (Installation(Way.CHECKOUT, PYTHON, "/src/v", has_pip=False), f"uv pip install --python {PYTHON} socksio"),
        (Installation(Way.ENVIRONMENT, PYTHON, FROM_INDEX), f"{PYTHON} -m pip install socksio"),
        (Installation(Way.TOOL, PYTHON, FROM_INDEX), f"uv tool install --force --with socksio {FROM_INDEX}"),
        (Installation(Way.TOOL, PYTHON, FROM_INDEX, pipx=True), f"pipx inject {DISTRIBUTION} socksio"),
        (Installation(Way.ONCE, PYTHON, FROM_INDEX), f"uvx --with socksio --from {FROM_INDEX} videogen-mcp"),
    ],
    ids=lambda value: value.way.name if isinstance(value, Installation) else "",
)
def test_the_line_that_adds_a_library_adds_it_beside_the_server(installation: Installation, line: str) -> None:
    assert installation.adding_library("socksio") == line


def test_without_its_script_it_is_started_as_a_module(tmp_path: Path) -> None:
    python = tmp_path / "python"

    assert Installation(Way.ENVIRONMENT, python, FROM_INDEX).command == (str(python), "-m", "videogen_mcp")


def test_of_uvx_not_the_environment_is_started_again_which_may_be_gone_tomorrow() -> None:
    command = Installation(Way.ONCE, PYTHON, WHEEL, ("look", "sandbox")).command

    assert Path(command[0]).name in ("uvx", "uvx.exe")
    assert command[1:] == ("--from", WHEEL.replace(" ", "[sandbox] ", 1), "videogen-mcp")
    assert not any(str(PYTHON.parent) in word for word in command)


def test_a_command_on_the_path_is_advised_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "videogen-mcp"
    script.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    here = Installation(Way.ENVIRONMENT, tmp_path / "python", FROM_INDEX)

    assert here.running("doctor") == "videogen-mcp doctor"
    monkeypatch.setenv("PATH", "/nowhere")
    assert here.running("doctor") == f"{script} doctor"
