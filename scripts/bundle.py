"""Build the bundle that desktop programs install by a double click: dist/videogen-VERSION.mcpb.

    python -m scripts.bundle [--wheel FILE] [--out FOLDER]

It is a zip (MCPB, manifest 0.4) for hosts that bring uv: a manifest, an icon, the program that is started, and a
project of which the one dependency is the wheel of this version, which lies in it. So it needs nothing of ours on a
package index; what the wheel depends on is fetched when the host installs it, in the versions of uv.lock.
The same wheel gives the same file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.icon import png
from scripts.locked import constraints
from videogen_mcp import __version__
from videogen_mcp.installation import DISTRIBUTION
from videogen_mcp.protocol import listing, prompts
from videogen_mcp.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"

PYTHONS = ">=3.10 <3.14"
"""Those that are tested. With a space, as the host reads it as semver; uv wants a comma there (PEP 440). uv takes one
that is on the machine, and fetches one only where there is none: some networks have a package index and no GitHub."""

ENTRY_POINT = "server/main.py"

MAIN = '''\
"""What the host starts: the MCP server on stdio."""

from videogen_mcp.cli import main

if __name__ == "__main__":
    main(["serve"])
'''

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the oldest that a zip can say."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the bundle and say where it is."""
    parser = argparse.ArgumentParser(description="Build the .mcpb bundle.")
    parser.add_argument("--wheel", type=Path, help="of this version (built when left out)")
    parser.add_argument("--out", type=Path, default=DIST, metavar="FOLDER", help="(dist)")
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    bundle = asked.out / f"videogen-{__version__}.mcpb"
    write(files(asked.wheel or wheel(asked.out)), bundle)
    sys.stdout.write(f"{bundle} ({bundle.stat().st_size / 1e6:.1f} MB)\n")


def wheel(folder: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Build the wheel of this checkout into `folder`, with these variables, and return its path.

    Raise CalledProcessError, the reason on stderr."""
    with tempfile.TemporaryDirectory() as temporary:
        uv = shutil.which("uv")
        command = [uv, "build", "--quiet", "--wheel", "--out-dir"] if uv else pip_wheel()
        subprocess.run([*command, temporary, str(ROOT)], check=True, stdin=subprocess.DEVNULL, env=environment)
        (built,) = Path(temporary).glob("*.whl")
        return Path(shutil.copy(built, folder))


def pip_wheel() -> list[str]:
    """The command of pip that builds a wheel; the folder for it and the source follow."""
    return [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]


def files(built: Path) -> dict[str, bytes]:
    """Return what is in the bundle, by path."""
    place = f"server/{built.name}"
    written = {
        "manifest.json": json.dumps(manifest(), indent=2, ensure_ascii=False) + "\n",
        "pyproject.toml": pyproject(place),
        ".python-version": f"cpython{PYTHONS.replace(' ', ',')}\n",
        ENTRY_POINT: MAIN,
    }
    return {
        **{path: text.encode() for path, text in written.items()},
        "icon.png": png(),
        place: built.read_bytes(),
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
    }


def write(contents: Mapping[str, bytes], bundle: Path) -> None:
    """Write the zip, the manifest first."""
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            member = zipfile.ZipInfo(path, EPOCH)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)


def pyproject(place: str) -> str:
    """Return the project that uv installs; `place` is the path of the wheel in it."""
    tested = "".join(f'    "{line}",\n' for line in constraints("sandbox"))
    return f"""\
[project]
name = "videogen-bundle"
version = "{__version__}"
description = "The MCP server for VideoGen, as a bundle"
requires-python = "{PYTHONS.replace(" ", ",")}"
dependencies = ["{DISTRIBUTION}[sandbox]=={__version__}"]

[tool.uv]
package = false
constraint-dependencies = [
{tested}]

[tool.uv.sources]
{DISTRIBUTION} = {{ path = "{place}" }}
"""


def manifest() -> dict[str, Any]:
    """Return the manifest; tools and prompts are those that the server lists by default."""
    return {
        "manifest_version": "0.4",
        "name": "videogen",
        "display_name": "VideoGen",
        "version": __version__,
        "description": "Images, video clips, speech, sound and avatars with VideoGen; paid results are never lost.",
        "long_description": (
            "Makes and edits media with VideoGen: finished videos with narration, pictures, captions and music; single"
            " images, clips, speech, sounds, music and graphics. Without an API key everything is made by a sandbox on"
            " this machine: nothing is billed and nothing leaves it."
        ),
        "author": {"name": "the videogen_mcp authors"},
        "license": "MIT",
        "keywords": ["video", "image", "speech", "music", "avatar"],
        "icon": "icon.png",
        "icons": [{"src": "icon.png", "size": "512x512"}],
        "server": {
            "type": "uv",
            "entry_point": ENTRY_POINT,
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", ENTRY_POINT],
                "env": {"VIDEOGEN_API_KEY": "${user_config.api_key}"},
            },
        },
        "user_config": {
            "api_key": {
                "type": "string",
                "title": "VideoGen API key",
                "description": "Leave it empty to try everything in the sandbox on this machine, without an account.",
                "sensitive": True,
                "required": False,
                "default": "",
            }
        },
        "tools": tools(),
        "tools_generated": True,
        "prompts": recipes(),
        "prompts_generated": True,
        "compatibility": {"platforms": ["darwin", "win32", "linux"], "runtimes": {"python": PYTHONS}},
    }


def tools() -> list[dict[str, str]]:
    """Return name and description of each tool."""
    listed = listing.listing(Settings(state_dir=ROOT), local_files=True)
    return [{"name": tool.name, "description": tool.description or ""} for tool in listed]


def recipes() -> list[dict[str, Any]]:
    """Return each prompt with the arguments that it needs, and its text for them."""
    return [_prompt(recipe) for recipe in prompts.recipes(local_files=True)]


def _prompt(recipe: prompts.Recipe) -> dict[str, Any]:
    needed = [argument.name for argument in recipe.arguments if argument.required]
    (message,) = recipe.filled({name: f"${{arguments.{name}}}" for name in needed}).messages
    text = getattr(message.content, "text", "")
    return {"name": recipe.name, "description": recipe.description, "arguments": needed, "text": text}


if __name__ == "__main__":
    main()
