"""What is published agrees with itself, with the registry's rules, and with what a release checks."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import videogen_mcp
from scripts import release, versions
from videogen_mcp.settings import VARIABLES

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests" / "contract" / "server-json.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def entry() -> dict[str, Any]:
    """What the registry is given."""
    loaded: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files in which the version stands."""
    for path in versions.everywhere():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def wheel_with(folder: Path, *more: str) -> Path:
    """A wheel with what every one has, and these files."""
    info = "videogen_mcp_server-0.2.0.dist-info"
    metadata = "Summary: a\nLicense-Expression: MIT\nRequires-Python: >=3.10\nDescription-Content-Type: text/markdown\n"
    wheel = folder / "w.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{info}/METADATA", metadata)
        for name in (*(f"{info}/{licence}" for licence in release.LICENCES), *more):
            archive.writestr(name, "")
    return wheel


def test_a_release_without_uv_says_where_it_is_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="There is no uv"):
        release.main([])


def test_every_file_says_the_same_version() -> None:
    assert {version for found in versions.everywhere().values() for version in found} == {videogen_mcp.__version__}


def test_the_version_is_found_wherever_it_stands() -> None:
    assert {"pyproject.toml", "uv.lock", "server.json", "CHANGELOG.md"} < set(versions.everywhere())
    assert len(versions.everywhere()["server.json"]) == 3
    assert sum("plugin.json" in path for path in versions.everywhere()) == 4


def test_a_version_is_set_in_all_files_but_those_that_are_generated(copy: Path) -> None:
    versions.set_everywhere("1.2.3rc1", copy)

    said = {path: set(found) for path, found in versions.everywhere(copy).items() if not path.startswith("plugins/")}
    assert set().union(*said.values()) == {"1.2.3rc1"}


def test_after_a_release_a_new_section_of_the_changelog_begins(copy: Path) -> None:
    changelog = copy / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\nWords.\n\n## [0.2.0] - 2026-12-01\n\n- One.\n")

    versions.set_everywhere("0.3.0", copy)

    assert changelog.read_text().startswith(
        "# Changelog\n\nWords.\n\n## [Unreleased] (0.3.0)\n\n## [0.2.0] - 2026-12-01\n\n- One.\n"
    )


def test_a_file_without_its_version_is_named(copy: Path) -> None:
    (copy / "server.json").write_text("{}")

    with pytest.raises(ValueError, match=r"server\.json"):
        versions.everywhere(copy)


@pytest.mark.parametrize(
    ("tag", "heading", "problem"),
    [
        (None, "[Unreleased] (V)", None),
        ("vV", "[V] - 2026-12-01", None),
        ("vV", "[Unreleased] (V)", "has no section"),
        ("V", "[V] - 2026-12-01", "The tag"),
        ("v9.9.9", "[V] - 2026-12-01", "The tag"),
    ],
)
def test_a_tag_has_to_be_the_version_of_a_dated_section(tag: str | None, heading: str, problem: str | None) -> None:
    version = videogen_mcp.__version__
    problems = list(
        release.version_problems(tag and tag.replace("V", version), f"## {heading.replace('V', version)}\n")
    )

    assert (problems == []) if problem is None else (problem in problems[0])


def test_a_wheel_of_the_packages_and_their_licences_is_in_order(tmp_path: Path) -> None:
    assert list(release.wheel_problems(wheel_with(tmp_path, "videogen_mcp/cli.py"))) == []


@pytest.mark.parametrize("name", ["tests/test_a.py", "docs/a.md", "videogen_mcp/__pycache__/a.pyc"])
def test_what_does_not_belong_into_a_wheel_is_named(tmp_path: Path, name: str) -> None:
    assert any(name in problem for problem in release.wheel_problems(wheel_with(tmp_path, name)))


def test_what_a_wheel_lacks_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as archive:
        archive.writestr("videogen_mcp_server-0.2.0.dist-info/METADATA", "Name: x\n")

    problems = " ".join(release.wheel_problems(tmp_path / "w.whl"))
    assert "NOTICE.md" in problems
    assert "License-Expression" in problems


def test_what_does_not_belong_into_an_sdist_is_named(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "s.tar.gz", "w:gz") as archive:
        for name in ("v-1/README.md", "v-1/videogen_mcp/cli.py", "v-1/plugins/README.md"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())

    assert list(release.sdist_problems(tmp_path / "s.tar.gz")) == ["The sdist has plugins/README.md."]


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("[a](docs/a.md)", "[a](https://x.example/o/n/blob/v1/docs/a.md)"),
        ("[a](docs/a.md#b)", "[a](https://x.example/o/n/blob/v1/docs/a.md#b)"),
        ("![a](docs/a.webp)", "![a](https://x.example/o/n/raw/v1/docs/a.webp)"),
        ("[a](https://b.example)", "[a](https://b.example)"),
        ("[a](#b)", "[a](#b)"),
        ("[a](mailto:b@c.example)", "[a](mailto:b@c.example)"),
    ],
)
def test_links_of_the_readme_lead_into_the_repository_from_pypi(link: str, absolute: str) -> None:
    assert release.with_absolute_links(link, "https://x.example/o/n/", "v1") == absolute


def test_the_registry_entry_is_valid(entry: dict[str, Any]) -> None:
    jsonschema.validate(entry, SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {"description": "x" * 101},
        {"name": "no-slash"},
        {"version": "^1.0.0"},
        {"version": "latest"},
        {"packages": []},
        {"surplus": 1},
    ],
    ids=str,
)
def test_what_the_registry_would_refuse_is_seen(entry: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**entry, **change}, SCHEMA)


def test_the_readme_proves_that_the_registry_entry_is_ours(entry: dict[str, Any]) -> None:
    assert f"<!-- mcp-name: {entry['name']} -->" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_registry_entry_names_the_distribution(entry: dict[str, Any]) -> None:
    (package,) = entry["packages"]
    assert f'\nname = "{package["identifier"]}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_registry_entry_brings_the_sandbox_of_its_version(entry: dict[str, Any]) -> None:
    (package,) = entry["packages"]
    (argument,) = package["runtimeArguments"]
    assert (argument["name"], argument["value"]) == (
        "--with",
        f"{package['identifier']}[sandbox]=={package['version']}",
    )


def test_who_installs_from_the_registry_is_asked_for_nothing_but_the_key(entry: dict[str, Any]) -> None:
    asked = {variable["name"] for package in entry["packages"] for variable in package["environmentVariables"]}
    assert asked == {"VIDEOGEN_API_KEY"} <= set(VARIABLES)
