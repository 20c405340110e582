"""Rebuild the pictures' assets from pinned packages: the icon set and the font of `videogen_sandbox/assets`.

    python scripts/build_assets.py           # writes the files
    python scripts/build_assets.py --check   # only says whether the committed files are what this would write

The packages come through their ordinary clients (`npm pack`, `pip download`) and must have the sums below.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import lzma
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent.parent / "videogen_sandbox" / "assets"

ICONS_PACKAGE = "@iconify-json/fluent-emoji-flat@1.2.6"
ICONS_SHA256 = "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175"
FONT_PACKAGE = "manimgx-fonts==2026.9.26.post1"
FONT_SHA256 = "e5e21178263ddec3eef9414d2b52a1c90ac01062d3e9067460f3359f854c3e17"
FONT_MEMBER = "manimgx_fonts/NotoSans[wght].ttf"

SKIN_TONE = re.compile(r"-(light|medium-light|medium|medium-dark|dark)(-|$)")
"""Icons of one skin tone; `engines.drawing.sprites` makes the tones itself from the neutral icon."""

SIGNS = re.compile(
    r"-(button|oclock|thirty|square|circle|banknote)$|^keycap-|^input-|(?<!and)-arrow$|arrow-|triangle-pointed"
)
"""Signs that no picture can use."""

LEFT_OUT_CATEGORIES = ("Symbols", "Flags", "Smileys & Emotion")
KEPT = (
    *("musical-note", "musical-notes", "recycling-symbol", "radioactive", "infinity", "warning", "yin-yang"),
    *("alien", "alien-monster", "bomb", "ghost", "red-heart", "robot", "skull"),
)
"""Of those categories what a picture can use."""

XZ = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}
"""The settings that make the smallest file of SVG text."""


def fetch(command: list[str], folder: Path, sha256: str) -> bytes:
    """Return the one file that `command` downloads into `folder`. Raise ValueError when its sum is another."""
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ValueError(f"{file.name} has the sum {found}, expected {sha256}")
    return content


def icons(package: bytes) -> bytes:
    """Return the drawings a scene can use as xz-compressed JSON: category → name → SVG."""
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        drawings = _member(tar, "package/icons.json")["icons"]
        categories = _member(tar, "package/metadata.json")["categories"]
    for left_out in LEFT_OUT_CATEGORIES:
        categories[left_out] = [name for name in categories[left_out] if name in KEPT]
    kept = {
        title: {name: drawings[name]["body"] for name in names if name in drawings and _is_kept(name)}
        for title, names in sorted(categories.items())
    }
    text = json.dumps(kept, separators=(",", ":"))
    return lzma.compress(text.encode(), filters=[XZ])


def _is_kept(name: str) -> bool:
    return not SKIN_TONE.search(name) and not SIGNS.search(name)


def _member(tar: tarfile.TarFile, name: str) -> Any:
    file = tar.extractfile(name)
    assert file is not None, name
    return json.load(file)


def font(package: bytes) -> bytes:
    """Return Noto Sans with its weight axis: Latin, Greek and Cyrillic."""
    with zipfile.ZipFile(io.BytesIO(package)) as wheel:
        return wheel.read(FONT_MEMBER)


def built() -> Iterator[tuple[Path, bytes]]:
    """Yield every asset with the content it should have."""
    with tempfile.TemporaryDirectory() as folder:
        yield ASSETS / "icons.json.xz", icons(fetch(["npm", "pack", ICONS_PACKAGE], Path(folder), ICONS_SHA256))
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", ".", FONT_PACKAGE]
        yield ASSETS / "NotoSans.ttf", font(fetch(download, Path(folder), FONT_SHA256))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a committed file differs")
    check = parser.parse_args().check
    differing = 0
    for path, content in built():
        same = path.is_file() and path.read_bytes() == content
        differing += not same
        print(f"{path.name}: {len(content):,} bytes, {'unchanged' if same else 'differs' if check else 'written'}")
        if not check:
            path.write_bytes(content)
    return int(check and differing > 0)


if __name__ == "__main__":
    sys.exit(main())
