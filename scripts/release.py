"""Build what is published, from what is committed, and check it: `make release-check`.

    python -m scripts.release [--address URL] [--tag vVERSION] [--out FOLDER]

Needs git and uv. The commit is unpacked into a clean folder, the sdist is built there, the wheel from the sdist, the
bundle around the wheel. Leaves with 1 and the list of problems where there are any. docs/releasing.md says what
comes before and after.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from email import message_from_bytes
from pathlib import Path

from scripts import bundle, versions
from videogen_mcp import __version__

ROOT = versions.ROOT

PACKER = "@anthropic-ai/mcpb@2.1.2"
"""The official packer of bundles, which also validates them."""

LARGEST = 20_000_000
"""Bytes of one file. The wheel has 5.5 MB, mostly the network that cuts pictures out."""

IN_WHEEL = re.compile(r"(?:videogen_mcp|videogen_sandbox)/|videogen_mcp_server-[^/]+\.dist-info/")
IN_SDIST = (
    "videogen_mcp/",
    "videogen_sandbox/",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "server.json",
    "pyproject.toml",
)
LICENCES = ("licenses/LICENSE", "licenses/videogen_sandbox/assets/NOTICE.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Build and check; leave with 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="Build and check what is published.")
    parser.add_argument("--address", help="of the repository, for the links of README on PyPI: https://…/OWNER/NAME")
    parser.add_argument("--tag", help="the tag that is to be published, such as v0.2.0")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER", help="(dist)")
    asked = parser.parse_args(arguments)
    if shutil.which("uv") is None:
        sys.exit("There is no uv, which builds the packages: https://docs.astral.sh/uv/getting-started/installation/")
    problems = list(version_problems(asked.tag, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as temporary:
        source, built = Path(temporary) / "source", Path(temporary) / "built"
        unpack(source)
        if asked.address:
            page = source / "README.md"
            text = with_absolute_links(page.read_text(encoding="utf-8"), asked.address, f"v{__version__}")
            page.write_text(text, encoding="utf-8", newline="\n")
        try:
            run("uv", "build", "--quiet", "--out-dir", str(built), str(source))
        except subprocess.CalledProcessError as error:
            sys.exit(f"uv build ended with {error.returncode}; what it says is above.")
        (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
        bundled = built / f"videogen-{__version__}.mcpb"
        bundle.write(bundle.files(wheel), bundled)
        problems += [*wheel_problems(wheel), *sdist_problems(sdist)]
        problems += [*tried(wheel), *described(wheel, sdist), *validated(bundled)]
        asked.out.mkdir(parents=True, exist_ok=True)
        for path in (wheel, sdist, bundled):
            kept = Path(shutil.copy(path, asked.out))
            digest = hashlib.sha256(kept.read_bytes()).hexdigest()
            sys.stdout.write(f"{kept}  {kept.stat().st_size / 1e6:.1f} MB  sha256 {digest}\n")
    if not asked.address:
        sys.stdout.write("Without --address the links of README lead nowhere on PyPI: do not upload these.\n")
    if problems:
        sys.exit("\n".join(problems))
    sys.stdout.write("Everything is in order.\n")


def unpack(folder: Path) -> None:
    """Put the commit that is checked out into a folder, without what is not committed."""
    command = ["git", "archive", "--format=zip", "HEAD"]
    packed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)


def run(*command: str) -> str:
    """Run a command and return what it prints. Raise CalledProcessError, its own words on stderr."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout


def version_problems(tag: str | None, changelog: str) -> Iterable[str]:
    """Yield what is wrong with the versions; with a tag, also where it or the changelog do not fit."""
    different = {version for found in versions.everywhere().values() for version in found} - {__version__}
    if different:
        yield f"Not all files say {__version__}; some say {', '.join(sorted(different))}: python -m scripts.versions"
    if tag is not None and tag != f"v{__version__}":
        yield f"The tag {tag} is not v{__version__}."
    if tag is not None and not re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.M):
        yield f"CHANGELOG.md has no section `## [{__version__}] - YYYY-MM-DD`."


def wheel_problems(wheel: Path) -> Iterable[str]:
    """Yield what should not be in the wheel, what is missing, and what its metadata lack."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (place,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(place))
    yield from (f"The wheel has {name}, which is not of the packages." for name in names if not IN_WHEEL.match(name))
    yield from (f"The wheel has {name}." for name in names if "__pycache__" in name)
    yield from (f"The wheel lacks {end}." for end in LICENCES if not any(name.endswith(end) for name in names))
    if wheel.stat().st_size > LARGEST:
        yield f"The wheel has {wheel.stat().st_size / 1e6:.0f} MB."
    for field in ("Summary", "License-Expression", "Requires-Python", "Description-Content-Type"):
        if not metadata[field]:
            yield f"The metadata lack {field}."


def sdist_problems(sdist: Path) -> Iterable[str]:
    """Yield what should not be in the sdist."""
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    allowed = (*IN_SDIST, "PKG-INFO", ".gitignore")
    yield from (f"The sdist has {name}." for name in names if name and not name.startswith(allowed))


def tried(wheel: Path) -> Iterable[str]:
    """Yield what is wrong when the wheel is installed alone, without any extra, and asked for its version."""
    said = run("uvx", "--isolated", "--from", str(wheel), "videogen-mcp", "--version").strip()
    if said != f"videogen-mcp {__version__}":
        yield f"The installed wheel says {said!r}."


def described(*files: Path) -> Iterable[str]:
    """Yield what keeps PyPI from showing the page (twine, which renders README as PyPI does)."""
    done = subprocess.run(
        ["uvx", "twine", "check", "--strict", *map(str, files)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        yield f"twine: {done.stdout}{done.stderr}"


def validated(bundled: Path) -> Iterable[str]:
    """Yield what the official packer says against the bundle; that it was not asked, where there is no Node."""
    npx = shutil.which("npx")
    if npx is None:
        sys.stdout.write("The bundle was not validated by its official packer: there is no npx.\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(bundled) as archive:
            archive.extractall(folder)
        done = subprocess.run(
            [npx, "--yes", PACKER, "validate", str(Path(folder) / "manifest.json")],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    if done.returncode:
        yield f"mcpb: {done.stdout}{done.stderr}"


def with_absolute_links(text: str, address: str, tag: str) -> str:
    """Return a page with its relative links made absolute, as PyPI shows it apart from the repository.

    Pictures become links to the files themselves (`raw`), all others to their pages (`blob`), as GitHub has them.
    """

    def absolute(match: re.Match[str]) -> str:
        kind = "raw" if match["picture"] else "blob"
        return f"{match['before']}{address.rstrip('/')}/{kind}/{tag}/{match['path']})"

    return re.sub(r"(?P<before>(?P<picture>!)?\[[^\]]*\]\()(?!\w+:|#)(?P<path>[^)\s]+)\)", absolute, text)


if __name__ == "__main__":
    main()
