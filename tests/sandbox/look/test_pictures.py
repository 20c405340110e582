"""Pictures come out as a person sees them: upright, in sRGB, in 8 bits, with their alpha."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.photos import grain
from tests.sandbox.look.making import (
    BLUE,
    GREEN,
    HEIC,
    RED,
    YELLOW,
    chunk,
    corners,
    display_p3,
    near,
    png_bomb,
    quad,
)
from videogen_sandbox.look import Unreadable, pictures

UPRIGHT = [RED, GREEN, BLUE, YELLOW]


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright picture when it writes an orientation (Exif 2.3, figure of tag 274)."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tiff", "rgba.tiff"])
def test_every_orientation_of_exif_is_turned_upright(tmp_path: Path, orientation: int, ending: str) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    way = STORED[orientation]
    stored = quad() if way is None else quad().transpose(way)
    stored = stored.convert("RGBA") if ending.startswith("rgba") else stored

    picture = pictures.read(saved(tmp_path / f"photo.{ending}", stored, exif=exif))

    assert near(corners(picture.image), UPRIGHT)
    assert (picture.width, picture.height) == picture.image.size == quad().size


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA"])
def test_a_colour_profile_is_applied(tmp_path: Path, mode: str) -> None:
    profile = display_p3()
    wide = ImageCms.profileToProfile(
        quad(), ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
    )
    assert wide is not None
    assert not near(corners(wide), UPRIGHT)
    stored = wide.quantize(16) if mode == "P" else wide.convert(mode)

    picture = pictures.read(saved(tmp_path / "p3.png", stored, icc_profile=profile))

    assert near(corners(picture.image), UPRIGHT, tolerance=3)
    assert picture.profile == "P3"


def test_a_grey_profile_is_applied(tmp_path: Path) -> None:
    linear = _grey_profile(gamma=1.0)
    path = saved(tmp_path / "linear.png", Image.new("L", (8, 8), 128), icc_profile=linear)

    red, green, blue = pictures.read(path).image.getpixel((4, 4))  # type: ignore[misc]

    assert red == green == blue == pytest.approx(188, abs=2)  # half the light, in sRGB (IEC 61966-2-1)


@pytest.mark.parametrize("profile", [b"no profile at all", display_p3()[:200]])
def test_a_broken_profile_is_ignored(tmp_path: Path, profile: bytes) -> None:
    picture = pictures.read(saved(tmp_path / "odd.png", quad(), icc_profile=profile))

    assert near(corners(picture.image), UPRIGHT)


def test_a_profile_for_other_colours_is_ignored(tmp_path: Path) -> None:
    picture = pictures.read(saved(tmp_path / "odd.png", quad(), icc_profile=_grey_profile(1.0)))

    assert near(corners(picture.image), UPRIGHT)


def test_cmyk_is_shown_in_its_colours(tmp_path: Path) -> None:
    picture = pictures.read(saved(tmp_path / "print.jpg", quad().convert("CMYK"), quality=95))

    assert near(corners(picture.image), UPRIGHT)


def test_cmyk_with_a_profile_looks_as_it_is_printed(tmp_path: Path) -> None:
    ink = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    path = saved(tmp_path / "press.jpg", ink, quality=97, subsampling=0, icc_profile=_press_profile())

    # CIELAB (D50) to XYZ, Bradford to D65, IEC 61966-2-1
    assert near([pictures.read(path).image.getpixel((8, 8))], [(34, 143, 183)], tolerance=3)  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("sixteen.png", np.array([[0, 32_896, 65_535]], np.uint16)),
        ("twelve.tiff", np.array([[0, 2_056, 4_095]], np.uint16)),
        ("sixteen.tiff", np.array([[0, 32_896, 65_535]], np.uint16)),
        ("share.tiff", np.array([[0, 0.502, 1]], np.float32)),
        ("bytes.tiff", np.array([[0, 128, 255]], np.float32)),
    ],
)
def test_grey_of_many_bits_is_scaled_by_its_meaning(tmp_path: Path, name: str, numbers: np.ndarray) -> None:
    image = pictures.read(saved(tmp_path / name, Image.fromarray(numbers))).image

    assert [image.getpixel((place, 0)) for place in range(3)] == [(0, 0, 0), (128, 128, 128), (255, 255, 255)]


@pytest.mark.parametrize("name", ["a.png", "a.webp", "palette.png", "a.tiff"])
def test_transparency_is_kept(tmp_path: Path, name: str) -> None:
    image = quad()
    image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda value: 255 * (value > 127)))
    stored = image.quantize(16) if name == "palette.png" else image

    read = pictures.read(saved(tmp_path / name, stored, **({"lossless": True} if name == "a.webp" else {}))).image

    assert read.mode == "RGBA"
    assert [read.getpixel((9, 9))[3], read.getpixel((9, 63))[3]] == [0, 255]  # type: ignore[index]


def test_a_picture_that_is_nowhere_transparent_has_no_alpha(tmp_path: Path) -> None:
    assert pictures.read(saved(tmp_path / "a.png", quad().convert("RGBA"))).image.mode == "RGB"


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png"])
def test_of_a_picture_that_is_cut_off_the_rest_is_shown(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / name, grain(256, 256, 80).convert("RGB"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    picture = pictures.read(path)

    assert picture.share == pytest.approx(0.5, abs=0.07)
    upper = np.asarray(picture.image)[:64]
    assert upper.std() > 20


@pytest.mark.parametrize(("options", "missing"), [({}, 2), ({}, 1), ({"progressive": True}, 2)])
def test_a_photo_that_lacks_only_its_end_marker_is_whole(
    tmp_path: Path, options: dict[str, bool], missing: int
) -> None:
    path = saved(tmp_path / "photo.jpg", quad(), **options)
    path.write_bytes(path.read_bytes()[:-missing])

    assert near(corners(pictures.whole(path).image), UPRIGHT)


def test_what_is_cut_off_is_refused_with_how_much_there_is(tmp_path: Path) -> None:
    path = saved(tmp_path / "photo.png", grain(100, 100, 80))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])

    with pytest.raises(Unreadable, match=r"cut off or damaged: 2\d% of it can be read"):
        pictures.whole(path)


def test_a_length_that_is_too_large_does_no_harm(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.webp", quad(), lossless=True)
    data = path.read_bytes()
    path.write_bytes(data[:4] + (len(data) + 1_000).to_bytes(4, "little") + data[8:])

    assert near(corners(pictures.whole(path).image), UPRIGHT)


def test_heic_is_upright_and_in_its_colours() -> None:
    picture = pictures.read(HEIC)

    assert picture.format == "heif"
    assert (picture.width, picture.height) == (64, 36)
    assert near(corners(picture.image), UPRIGHT)


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.jp2", "image/jp2"),
        ("a.ico", "image/x-icon"),
        ("a.ppm", "image/x-portable-anymap"),
    ],
)
def test_less_usual_kinds_are_read(tmp_path: Path, name: str, mime: str) -> None:
    path = saved(tmp_path / name, quad(64, 64))
    header = pictures.header(path)

    assert header is not None
    assert header.mime == mime
    assert near(corners(pictures.read(path).image), UPRIGHT, tolerance=12)


@pytest.mark.parametrize("tags", [{50_706: b"\1\4\0\0"}, {271: "NIKON CORPORATION", 254: 1}])
def test_of_a_raw_photo_the_small_preview_is_not_taken_for_it(tmp_path: Path, tags: dict[int, Any]) -> None:
    path = saved(tmp_path / "raw.dng", quad(), format="TIFF", tiffinfo=tags)

    with pytest.raises(Unreadable, match="raw photo"):
        pictures.read(path)


def test_bytes_after_the_end_do_no_harm(tmp_path: Path) -> None:
    path = saved(tmp_path / "cached.gif", quad())
    path.write_bytes(path.read_bytes() + b"\n<!-- from the cache of a web server -->")

    picture = pictures.read(path)

    assert not picture.broken
    assert near(corners(picture.image), UPRIGHT)


def test_much_text_in_a_picture_does_no_harm(tmp_path: Path) -> None:
    path = saved(tmp_path / "chatty.png", quad())
    data = path.read_bytes()
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000)))
    path.write_bytes(data[:33] + text + data[33:])

    assert near(corners(pictures.read(path).image), UPRIGHT)


def test_a_picture_of_too_many_pixels_is_refused_with_its_size(tmp_path: Path) -> None:
    path = png_bomb(tmp_path / "bomb.png", side=12_000)

    assert pictures.header(path) == pictures.Header(12_000, 12_000, "png", "image/png", 1, has_alpha=False)
    with pytest.raises(Unreadable, match="12000x12000 pixels \\(144 megapixels\\)"):
        pictures.read(path, 1_024)


def test_a_photo_is_made_smaller_while_it_is_decoded(tmp_path: Path) -> None:
    picture = pictures.read(saved(tmp_path / "phone.jpg", quad(4_000, 3_000), quality=50), side=500)

    assert picture.image.size == (500, 375)
    assert (picture.width, picture.height) == (4_000, 3_000)
    assert near(corners(picture.image), UPRIGHT)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_an_animation_is_shown_from_its_first_picture_to_its_last(tmp_path: Path, name: str) -> None:
    colours = [(number * 20, 0, 0) for number in range(10)]
    first, *rest = (Image.new("RGB", (16, 16), colour) for colour in colours)
    path = saved(tmp_path / name, first, save_all=True, append_images=rest, duration=100)

    shots, seconds = pictures.shots_at(path, None, 4, 64)

    assert seconds == pytest.approx(1.0)
    assert [shot.time for shot in shots] == [0.0, 0.3, 0.6, 0.9]
    reds = [shot.image.convert("RGB").tobytes()[0] for shot in shots]
    assert reds == pytest.approx([0, 60, 120, 180], abs=6)


def test_one_picture_of_an_animation_is_the_one_shown_at_that_time(tmp_path: Path) -> None:
    first, *rest = (Image.new("RGB", (16, 16), (number * 20, 0, 0)) for number in range(10))
    path = saved(tmp_path / "a.gif", first, save_all=True, append_images=rest, duration=100)

    (shot,), _ = pictures.shots_at(path, [0.55], 1, 64)

    assert shot.image.convert("RGB").getpixel((8, 8)) == (100, 0, 0)


def _grey_profile(gamma: float) -> bytes:
    """An ICC profile of grey scale with a gamma (ICC.1, 9.3)."""
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    return _profile(b"mntr", b"GRAY", b"XYZ ", (b"kTRC", curve))


CYAN = (55, -20, -30)
"""L*, a*, b* of cyan ink on the paper of `_press_profile`."""


def _press_profile() -> bytes:
    """An ICC profile of a press (ICC.1, 10.10) on which cyan is `CYAN`, paper white, and everything else black."""
    straight = bytes(range(256))
    lab = {0b0000: (100, 0, 0), 0b1000: CYAN}
    points = [lab.get(inks, (0, 0, 0)) for inks in range(16)]  # C is the highest of four bits
    table = b"".join(bytes((round(light * 2.55), a + 128, b + 128)) for light, a, b in points)
    unity = struct.pack(">9i", *(65_536 * (place % 4 == 0) for place in range(9)))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + unity + straight * 4 + table + straight * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", (b"A2B0", lut))


def _profile(device: bytes, colours: bytes, connection: bytes, own: tuple[bytes, bytes]) -> bytes:
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63_190, 65_536, 54_061)
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(79)
    tags = ((b"desc", text), (b"wtpt", white), own, (b"cprt", b"text\0\0\0\0x\0\0\0"))
    at, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, data in tags:
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4s4s4s4s4s", at + len(body), b"lcms", b"\x02\x40\0\0", device, colours, connection)
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63_190, 65_536, 54_061)
    return head.ljust(128, b"\0") + table + body
