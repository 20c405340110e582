"""What is published, tried from a wheel in a local folder: the bundle, and what the registry's entry makes hosts run.

Only in CI: each environment is made of more than a hundred megabytes. Needs uv; the official packer needs Node.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from scripts import bundle, release
from tests import pages
from tests.e2e.node import OUTSIDE, ROOT, installed, node
from videogen_sandbox.process import launcher

pytestmark = pytest.mark.anyio

HANDSHAKE = 60.0
"""Seconds after which Claude Desktop gives a server up that has not answered `initialize`."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this checkout, which stands for the index."""
    made = tmp_path_factory.mktemp("index")
    bundle.wheel(made, OUTSIDE)
    return made


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """The wheel in it."""
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture
def unpacked(wheel: Path, tmp_path: Path) -> Path:
    """The bundle as a host unpacks it."""
    bundle.write(bundle.files(wheel), tmp_path / "videogen.mcpb")
    with zipfile.ZipFile(tmp_path / "videogen.mcpb") as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


@pytest.fixture
def host_environment(tmp_path: Path, folder: Path) -> Iterator[dict[str, str]]:
    """What a host's processes find: a new home, uv's cache as it is outside, the folder as an index, no setting."""
    cache = subprocess.run(["uv", "cache", "dir"], env=OUTSIDE, check=True, capture_output=True, text=True).stdout
    outside = {name: value for name, value in OUTSIDE.items() if not name.startswith(("VIDEOGEN", "VIRTUAL_ENV"))}
    yield {
        **outside,
        "HOME": os.environ["HOME"],
        "UV_CACHE_DIR": cache.strip(),
        "UV_FIND_LINKS": str(folder),
        "VIDEOGEN_MCP_STATE_DIR": str(tmp_path / "state"),
    }
    launcher.stop(tmp_path / "state")


async def made(command: list[str], environment: dict[str, str]) -> tuple[str, list[str], float]:
    """Start a server as a host does and have a picture made; the answer, the tools, and the seconds to the greeting."""
    began = time.monotonic()
    program = StdioServerParameters(command=command[0], args=command[1:], env=environment)
    async with Client(stdio_client(program), mode="legacy") as client:
        greeted = time.monotonic() - began
        tools = [tool.name for tool in (await client.list_tools()).tools]
        answer = await client.call_tool("generate_image", {"prompt": "a pear"})
    assert not answer.is_error
    return str(getattr(answer.content[0], "text", "")), tools, greeted


async def test_the_bundle_makes_a_picture_without_a_key(unpacked: Path, host_environment: dict[str, str]) -> None:
    """Whether its user left the key out, or the host leaves the place of it as it is written."""
    manifest = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))
    config = manifest["server"]["mcp_config"]
    command = [config["command"], *(part.replace("${__dirname}", str(unpacked)) for part in config["args"])]

    said, tools, greeted = await made(command, {**host_environment, **config["env"]})

    assert "generate_image succeeded" in said
    assert tools == [tool["name"] for tool in manifest["tools"]]
    assert greeted < HANDSHAKE


async def test_an_install_from_the_registry_makes_a_picture_without_a_key(host_environment: dict[str, str]) -> None:
    """By the command line that VS Code builds: the runtime, its arguments, then the package in its version."""
    entry = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    (package,) = entry["packages"]
    named = [part for argument in package["runtimeArguments"] for part in (argument["name"], argument["value"])]
    command = [package["runtimeHint"], *named, f"{package['identifier']}=={package['version']}"]
    asked = {variable["name"]: "" for variable in package["environmentVariables"]}

    said, _, _ = await made(command, {**host_environment, **asked})

    assert "generate_image succeeded" in said


def test_what_agents_are_told_to_type_sets_a_clone_up(host_environment: dict[str, str], tmp_path: Path) -> None:
    """INSTALL_FOR_AGENTS.md, line for line, where there is uv and no terminal; all but `login`, which needs one."""
    page = ROOT / "INSTALL_FOR_AGENTS.md"
    (set_up,) = (line for line in pages.inline_code(page) if line.startswith("uv sync"))
    lines = [line for block in pages.blocks(page) if block.language == "" for line in block.code.splitlines()]
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", ROOT.as_uri(), str(clone)], check=True, timeout=60)

    said = ""
    for line in [set_up, *(line for line in lines if "login" not in line)]:
        done = subprocess.run(
            shlex.split(line), cwd=clone, env=host_environment, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said += done.stdout

    assert "videogen was added" in said
    assert '"ok": true' in said


@pytest.mark.skipif(node() is None, reason="the packer runs on Node")
def test_the_official_packer_takes_the_bundle(unpacked: Path, tmp_path: Path) -> None:
    found = node()
    assert found is not None
    packer = installed(ROOT / "tests" / "node" / "packer", found.npm) / "node_modules" / ".bin" / "mcpb"
    for arguments in (["validate", str(unpacked / "manifest.json")], ["pack", str(unpacked), str(tmp_path / "p.mcpb")]):
        done = subprocess.run([found.path, str(packer), *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_is_in_order(wheel: Path) -> None:
    assert list(release.wheel_problems(wheel)) == []


def test_the_packer_that_releases_use_is_the_one_that_is_tried_here() -> None:
    package: dict[str, Any] = json.loads((ROOT / "tests" / "node" / "packer" / "package.json").read_text())
    assert [f"{name}@{version}" for name, version in package["dependencies"].items()] == [release.PACKER]
