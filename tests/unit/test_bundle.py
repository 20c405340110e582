"""The bundle for desktop programs: what is in it, and what its manifest says. tests/e2e/test_packages.py runs it."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts import bundle, locked
from videogen_mcp import __version__
from videogen_mcp.protocol import listing, prompts
from videogen_mcp.settings import VARIABLES, Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WHEEL = "videogen_mcp_server-9-py3-none-any.whl"


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a bundle around a wheel of four bytes."""
    wheel = tmp_path_factory.mktemp("wheel") / WHEEL
    wheel.write_bytes(b"code")
    return bundle.files(wheel)


@pytest.fixture(scope="module")
def manifest(contents: dict[str, bytes]) -> dict[str, Any]:
    """What the host reads."""
    loaded: dict[str, Any] = json.loads(contents["manifest.json"])
    return loaded


def test_the_manifest_is_of_the_version_that_knows_the_server_type_uv(manifest: dict[str, Any]) -> None:
    assert (manifest["manifest_version"], manifest["server"]["type"]) == ("0.4", "uv")
    assert manifest["version"] == __version__


def test_what_is_started_is_in_the_bundle(manifest: dict[str, Any], contents: dict[str, bytes]) -> None:
    server = manifest["server"]
    assert server["entry_point"] in contents
    assert server["mcp_config"]["args"][-1] == server["entry_point"]
    compile(contents[server["entry_point"]], server["entry_point"], "exec")


def test_every_tool_that_is_listed_by_default_is_shown_before_installing(manifest: dict[str, Any]) -> None:
    listed = listing.listing(Settings(state_dir=Path("/nowhere")), local_files=True)
    assert [tool["name"] for tool in manifest["tools"]] == [tool.name for tool in listed]
    assert all(tool["description"] for tool in manifest["tools"])


def test_every_prompt_is_shown_with_the_places_of_its_arguments(manifest: dict[str, Any]) -> None:
    assert [prompt["name"] for prompt in manifest["prompts"]] == [one.name for one in prompts.recipes(local_files=True)]
    for prompt in manifest["prompts"]:
        assert prompt["arguments"]
        assert all(f"${{arguments.{name}}}" in prompt["text"] for name in prompt["arguments"])


def test_the_key_is_secret_and_may_be_left_out(manifest: dict[str, Any]) -> None:
    (key,) = manifest["user_config"].values()
    assert (key["sensitive"], key["required"], key["default"]) == (True, False, "")


def test_a_key_that_was_left_out_is_none_also_where_the_host_leaves_the_place_itself(manifest: dict[str, Any]) -> None:
    (variable,) = manifest["server"]["mcp_config"]["env"].items()
    name, place = variable
    assert name in VARIABLES
    for left_out in (place, manifest["user_config"]["api_key"]["default"]):
        settings = Settings.from_environment({name: left_out}, Path("/home/ada"))
        assert settings.api_key is None
        assert settings.problems == ()


def test_the_range_of_pythons_is_one_for_node_and_the_same_for_uv(
    manifest: dict[str, Any], contents: dict[str, bytes]
) -> None:
    semver = manifest["compatibility"]["runtimes"]["python"]
    assert "," not in semver
    assert tomllib.loads(contents["pyproject.toml"].decode())["project"]["requires-python"] == semver.replace(" ", ",")
    assert contents[".python-version"].decode().strip() == f"cpython{semver.replace(' ', ',')}"


def test_the_one_dependency_is_the_wheel_in_the_bundle(contents: dict[str, bytes]) -> None:
    project = tomllib.loads(contents["pyproject.toml"].decode())
    assert project["project"]["dependencies"] == [f"videogen-mcp-server[sandbox]=={__version__}"]
    assert project["tool"]["uv"]["sources"] == {"videogen-mcp-server": {"path": f"server/{WHEEL}"}}
    assert contents[f"server/{WHEEL}"] == b"code"


def test_what_the_wheel_needs_is_installed_in_the_versions_that_are_tested(contents: dict[str, bytes]) -> None:
    project = tomllib.loads(contents["pyproject.toml"].decode())
    assert project["tool"]["uv"]["constraint-dependencies"] == locked.constraints("sandbox")


LOCK = """
[[package]]
name = "videogen-mcp-server"
version = "9"
dependencies = [{ name = "a", extra = ["more"] }]
[package.optional-dependencies]
sandbox = [{ name = "b" }, { name = "videogen-mcp-server", extra = ["look"] }]
look = [{ name = "e" }]
[package.dev-dependencies]
dev = [{ name = "d" }]
[[package]]
name = "a"
version = "1"
[package.optional-dependencies]
more = [{ name = "c" }]
other = [{ name = "d" }]
[[package]]
name = "b"
version = "2"
resolution-markers = ["python_full_version < '3.11'"]
[[package]]
name = "b"
version = "3"
resolution-markers = ["python_full_version >= '3.12'", "python_full_version == '3.11.*'"]
dependencies = [{ name = "a" }]
[[package]]
name = "c"
version = "4"
dependencies = [{ name = "b" }]
[[package]]
name = "d"
version = "5"
[[package]]
name = "e"
version = "6"
"""


def test_a_lock_says_what_an_extra_needs_with_all_that_it_needs_in_turn() -> None:
    assert locked.constraints("sandbox", LOCK) == [
        "a==1",
        "b==2 ; python_full_version < '3.11'",
        "b==3 ; python_full_version >= '3.12' or python_full_version == '3.11.*'",
        "c==4",
        "e==6",
    ]


def test_the_icon_is_a_png_of_512_pixels(contents: dict[str, bytes]) -> None:
    icon = contents["icon.png"]
    assert icon.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(icon[16:20], "big"), int.from_bytes(icon[20:24], "big")) == (512, 512)


def test_two_builds_are_the_same_file(contents: dict[str, bytes], tmp_path: Path) -> None:
    for name in ("one", "two"):
        bundle.write(contents, tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one").namelist()[0] == "manifest.json"
