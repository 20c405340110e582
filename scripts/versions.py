"""The version, which stands in several files: what each says, and how all are set.

python -m scripts.versions           what each says
python -m scripts.versions 0.3.0     set it everywhere, and write the plugins anew
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NUMBER = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"
"""A version as PyPI writes it (PEP 440): three numbers, and what a trial has after them."""


@dataclass(frozen=True)
class Place:
    """Where the version stands: a file, and an expression that is `times` in it, with the version as its one group."""

    path: str
    expression: str
    times: int = 1

    def found(self, text: str) -> list[str]:
        """Return what the text of the file says."""
        return re.findall(self.expression, text, re.MULTILINE)

    def with_version(self, text: str, version: str) -> str:
        """Return the text with the version in this place."""
        return re.sub(self.expression, lambda match: match[0].replace(match[1], version), text, flags=re.MULTILINE)


PLACES = (
    Place("pyproject.toml", rf'^version = "({NUMBER})"$'),
    Place("uv.lock", rf'^name = "videogen-mcp-server"\nversion = "({NUMBER})"$'),
    Place("videogen_mcp/__init__.py", rf'^__version__ = "({NUMBER})"$'),
    Place("videogen_sandbox/__init__.py", rf'^__version__ = "({NUMBER})"$'),
    Place("server.json", rf'"version": "({NUMBER})"', times=2),
    Place("server.json", rf'"videogen-mcp-server\[sandbox\]==({NUMBER})"'),
    Place("CHANGELOG.md", rf"\A(?:(?!^## ).*\n)*^## \[(?:Unreleased\] \()?({NUMBER})[\])]"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Set the version, or show it; leave with 1 when the files do not agree."""
    parser = argparse.ArgumentParser(description="The version, in all files in which it stands.")
    parser.add_argument("version", nargs="?", type=_version, help="the new one; left out: show what each file says")
    asked = parser.parse_args(arguments)
    if asked.version:
        set_everywhere(asked.version)
    found = everywhere()
    sys.stdout.writelines(f"{', '.join(sorted(set(versions))):10} {path}\n" for path, versions in found.items())
    if len({version for versions in found.values() for version in versions}) > 1:
        sys.exit("They do not agree.")


def everywhere(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the versions that stand in each file, by its path. Raise ValueError where one is missing."""
    found: dict[str, list[str]] = {}
    for place in PLACES:
        versions = place.found((root / place.path).read_text(encoding="utf-8"))
        if len(versions) != place.times:
            raise ValueError(f"{place.path} should have {place.expression} {place.times} times, not {len(versions)}")
        found.setdefault(place.path, []).extend(versions)
    for path in sorted((root / "plugins").rglob("*.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if "version" in manifest:
            found[path.relative_to(root).as_posix()] = [manifest["version"]]
    return found


def set_everywhere(version: str, root: Path = ROOT) -> None:
    """Write the version into every place. A released version keeps its section of the changelog: a new one begins."""
    for place in PLACES:
        path = root / place.path
        text = path.read_text(encoding="utf-8")
        changed = _begun(text, version) if place.path == "CHANGELOG.md" else place.with_version(text, version)
        path.write_text(changed, encoding="utf-8", newline="\n")
    if root == ROOT:  # In a process of its own, which imports the new version.
        subprocess.run([sys.executable, "-m", "scripts.plugins"], cwd=root, check=True, stdout=subprocess.DEVNULL)


def _begun(changelog: str, version: str) -> str:
    heading = f"## [Unreleased] ({version})"
    if re.search(r"^## \[Unreleased\]", changelog, re.MULTILINE):
        return re.sub(r"^## \[Unreleased\].*$", heading, changelog, count=1, flags=re.MULTILINE)
    return re.sub(r"^## ", f"{heading}\n\n## ", changelog, count=1, flags=re.MULTILINE)


def _version(text: str) -> str:
    if not re.fullmatch(NUMBER, text):
        raise argparse.ArgumentTypeError(f"a version is like 0.3.0 or 0.3.0rc1, not {text!r}")
    return text


if __name__ == "__main__":
    main()
