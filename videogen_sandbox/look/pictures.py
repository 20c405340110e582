"""Still and animated pictures as a person sees them: upright, sRGB, 8 bits, alpha kept."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import ExifTags, Image, ImageChops, ImageCms, ImageFile, PngImagePlugin, UnidentifiedImageError

from videogen_sandbox.look import kinds, other_kinds
from videogen_sandbox.look.errors import CUT_OFF, TOO_LARGE, Unreadable
from videogen_sandbox.look.shots import Shot

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "TIFF", "JPEG2000", "ICO", "PPM", "PSD", "HEIF")

MAX_PIXELS = 120_000_000
"""Pixels that are decoded: the 108 megapixels of phones; 480 MB. JPEGs are made smaller while they are decoded
and may have twice as many."""

EFFORT = 2_000_000_000
"""Pixels that are decoded for the overview of an animation, whose pictures build on one another."""

TEXT_BYTES = 256 * 1024 * 1024
"""Of text in a PNG, which says nothing about whether its picture can be read."""

FAULTS = (
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError),
    *(struct.error, zlib.error, MemoryError, RuntimeError, ImageCms.PyCMSError),
)
"""What Pillow's decoders let through on broken files."""

BROKEN = "The picture is cut off or broken: nothing of it can be read."

_TWELVE_BITS = 4_095

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
"""Colours that both have stay as they are, as image programs show prints."""


@dataclass(frozen=True)
class Picture:
    """A picture in RGB, or RGBA (straight alpha) where some of it is transparent.

    `width` and `height` are its own, upright; `image` is smaller where that was asked for. `share`: how much of it
    could be read, 0 to 1; the rest is black or transparent. `profile`: the name of its colour profile, if it had one.
    """

    image: Image.Image
    width: int
    height: int
    format: str
    share: float
    profile: str | None

    @property
    def broken(self) -> bool:
        """Whether the end of it is missing or damaged."""
        return self.share < 1

    @property
    def reduced(self) -> bool:
        """Whether `image` is smaller than the picture."""
        return self.image.size != (self.width, self.height)


@dataclass(frozen=True)
class Header:
    """What a picture says of itself. `frames` is more than 1 for animations; `has_alpha` promises transparency only."""

    width: int
    height: int
    format: str
    mime: str
    frames: int
    has_alpha: bool


def header(path: Path) -> Header | None:
    """Return what a picture of one of FORMATS says of itself, without decoding it; None when it is none.

    Raise Unreadable when it says nothing that makes sense.
    """
    with _lenient():
        try:
            with _opened(path) as image:
                width, height = image.size[::-1] if _turned(image) else image.size
                frames = getattr(image, "n_frames", 1) if image.format in ("GIF", "WEBP", "PNG", "AVIF") else 1
                mime = Image.MIME["JPEG" if image.format == "MPO" else str(image.format)]
                return Header(width, height, _name(image), mime, int(frames), image.has_transparency_data)
        except UnidentifiedImageError:
            return None
        except FAULTS as error:
            raise Unreadable(BROKEN) from error


def read(path: Path, side: int | None = None) -> Picture:
    """Return a picture (the first one of several), at most `side` pixels long and high.

    What is cut off is read as far as it goes. Raise Unreadable: no picture, broken, or too large.
    """
    try:
        return _read(path, side)
    except UnidentifiedImageError as error:
        raise Unreadable("It is no picture of a known kind.") from error
    except FAULTS:
        try:
            return _read_damaged(path.read_bytes(), side)
        except FAULTS as error:
            raise Unreadable(BROKEN) from error


def whole(path: Path, side: int | None = None) -> Picture:
    """Return a picture as `read` does. Raise Unreadable for what is cut off, too, and say how much there is of it."""
    picture = read(path, side)
    if picture.broken:
        raise Unreadable(f"The picture is cut off or damaged: {picture.share:.0%} of it can be read.", CUT_OFF)
    return picture


def shots_at(path: Path, times: Sequence[float] | None, count: int, side: int) -> tuple[list[Shot], float]:
    """Return pictures of an animation and how long it is in seconds.

    `times` in seconds, ascending; None: `count` of them, spread evenly over its pictures. Raise Unreadable.
    """
    shots: list[Shot] = []
    began = 0.0
    with _lenient():
        try:
            with _opened(path) as image:
                _refuse_large(image, *image.size)
                frames = min(getattr(image, "n_frames", 1), max(1, EFFORT // (image.width * image.height)))
                wanted = {round(place * (frames - 1) / max(count - 1, 1)) for place in range(count)}
                left = list(times or ())
                for number in range(frames):
                    image.seek(number)
                    image.load()  # tells how long it is shown, too
                    seconds = max(float(image.info.get("duration", 100)), 10.0) / 1000
                    asked = bool(left) and (left[0] < began + seconds or number == frames - 1)
                    if asked or (times is None and number in wanted):
                        shots.append(Shot(round(began, 3), _finished(image, image.copy(), side)))
                        left = [time for time in left if time >= began + seconds]
                    began += seconds
        except FAULTS as error:
            if not shots:
                raise Unreadable(BROKEN) from error
    return shots, round(began, 3)


def animation_seconds(path: Path) -> float | None:
    """Return how long an animated picture lasts; None for a still one. Raise Unreadable."""
    about = header(path)
    return shots_at(path, [], 0, 1)[1] if about is not None and about.frames > 1 else None


@contextmanager
def readable_film(path: Path) -> Iterator[Path]:
    """Give the film at `path`; of an animation that FFmpeg does not read, a lossless copy. Raise Unreadable."""
    with path.open("rb") as file:
        head = file.read(kinds.HEAD)
    if not kinds.is_animation(head):
        yield path
        return
    with TemporaryDirectory(prefix="videogen-film-") as folder:
        copy = Path(folder) / "animation.png"
        try:
            with _opened(path) as image:
                image.save(copy, "PNG", save_all=True, compress_level=1)
        except FAULTS as error:
            raise Unreadable(BROKEN) from error
        yield copy


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture in sRGB: RGB or RGBA. A profile that is broken or of another kind of colours is ignored."""
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    if image.mode in ("P", "PA", "1", "RGBA", "LA", "La", "RGBa", "RGBX", "YCbCr", "HSV"):
        image = image.convert("L" if image.mode in ("LA", "La", "1") else "RGB")
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            managed = ImageCms.profileToProfile(image, own, _SRGB, _INTENT, "RGB")
            image = managed if managed is not None else image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # the numbers are the best that is known of its colours
    image = image.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        image.putalpha(alpha)
    return image


@contextmanager
def _lenient() -> Iterator[None]:
    """Read what is cut off, as browsers do."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


@contextmanager
def _opened(file: Path | io.BytesIO) -> Iterator[Image.Image]:
    """A picture, not decoded yet. Pillow's own limits are put aside: sizes are checked here, texts do not matter."""
    before = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    _know_heif()
    Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY = None, TEXT_BYTES, TEXT_BYTES
    try:
        with warnings.catch_warnings(), ExitStack() as opening:
            warnings.simplefilter("ignore")  # of odd tags, which do no harm
            # Given a path, Pillow 13.0 maps uncompressed TIFFs into memory, and garbles those that are stored sideways.
            stream = opening.enter_context(file.open("rb")) if isinstance(file, Path) else file
            image = opening.enter_context(Image.open(stream, formats=FORMATS))
            if kinds.is_raw_photo(image):
                raise Unreadable(f"It is {other_kinds.RAW_PHOTO}.")
            yield image
    finally:
        Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY = before


@cache
def _know_heif() -> None:
    """Make Pillow open HEIC. (It turns those pictures upright by itself, as their container says.)"""
    from pi_heif import register_heif_opener

    register_heif_opener()


def _read_damaged(data: bytes, side: int | None) -> Picture:
    """Read as far as it goes what has no end, a wrong length or faults in it."""
    if (filled := _filled(data)) is not None:
        picture, other = (_read(io.BytesIO(one), side) for one in filled)
        box = ImageChops.difference(picture.image, other.image).getbbox(alpha_only=False)
        lost = (box[2] - box[0]) * (box[3] - box[1]) if box else 0
        return replace(picture, share=1 - lost / (picture.image.width * picture.image.height))
    if data.startswith(b"RIFF"):
        data = data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]
    with _lenient():
        return _read(io.BytesIO(data), side, lenient=True)


def _filled(data: bytes) -> tuple[bytes, bytes] | None:
    """Two ways to put something in place of what is missing, which differ in all that is shown of it; None for formats
    whose decoders leave it out.

    Where all of a JPEG is there, its decoder never comes to what is put before the end.
    """
    if data.startswith(_JPEG_START):
        begun = data.rstrip(b"\xff")
        return begun + _JPEG_END, begun + _NO_PICTURE * len(data) + _JPEG_END
    if data.startswith(b"BM"):
        missing = min(max(int.from_bytes(data[2:6], "little") - len(data), 0), 4 * MAX_PIXELS)
        return data + bytes(missing), data + b"\xff" * missing
    return None


_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_NO_PICTURE = b"\x55"
"""Bits that change what a JPEG shows wherever they are decoded."""


def _read(file: Path | io.BytesIO, side: int | None, *, lenient: bool = False) -> Picture:
    with _opened(file) as image:
        width, height = image.size
        if side is not None:
            image.draft(None, (side, side))  # JPEGs only
        _refuse_large(image, width, height)
        image.load()
        share = _share(image) if lenient else 1.0
        shown = _finished(image, image, side)
        if _turned(image):
            width, height = height, width
        return Picture(shown, width, height, _name(image), share, _profile_name(image))


def _share(image: Image.Image) -> float:
    """How much of a picture was there: decoders fill what is missing at the end with zeros. TIFFs are upright already,
    so their end may be at any side."""
    box = image.getbbox(alpha_only=False)
    if box is None:
        return 0.0
    left, top, right, bottom = box
    if image.format == "TIFF":
        return min((right - left) / image.width, (bottom - top) / image.height)
    return bottom / image.height


def _refuse_large(image: Image.Image, width: int, height: int) -> None:
    """Raise Unreadable where too many pixels would be decoded; `width` and `height` are those before any reduction."""
    if image.width * image.height > MAX_PIXELS or width * height > 2 * MAX_PIXELS:
        raise Unreadable(
            f"A picture of {width}x{height} pixels ({width * height / 1e6:.0f} megapixels) is too large to be"
            f" decoded here; {MAX_PIXELS // 1_000_000} megapixels are the most.",
            TOO_LARGE,
        )


def _finished(opened: Image.Image, image: Image.Image, side: int | None) -> Image.Image:
    """A decoded picture made small first, then right."""
    if image.mode in ("P", "PA", "1") or image.mode.startswith(("I", "F")):
        image = _eight_bits(image) if image.mode.startswith(("I", "F")) else image
        if image.mode in ("P", "PA"):
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if side is not None and max(image.size) > side:
        factor = max(image.size) // (2 * side)
        image = image.reduce(factor) if factor > 1 and image.mode != "1" else image
        scale = side / max(image.size)
        if scale < 1:
            size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
            image = image.convert("L") if image.mode == "1" else image
            image = image.resize(size, Image.Resampling.LANCZOS)
    shown = to_srgb(image, opened.info.get("icc_profile"))
    way = _WAYS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    return shown if way is None else shown.transpose(way)


_WAYS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Orientation (Exif 2.3, tag 274) → what makes the picture upright."""


def _turned(image: Image.Image) -> bool:
    """Whether its width is its height. Of a PNG that is not decoded yet only the part before the pixels is asked."""
    exif = image.getexif() if image.format != "PNG" else Image.Exif()
    if image.format == "PNG" and (data := image.info.get("exif")):
        exif.load(data)
    return exif.get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 12, 16 or 32 bits or in floating point, scaled by what its numbers mean."""
    numbers = image if image.mode == "F" else image.convert("I").convert("F")
    low, high = numbers.getextrema()
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    if not (low == low and high == high and abs(low) < 1e30 and abs(high) < 1e30):
        raise Unreadable("Its pixels are no numbers.")
    if image.mode == "F":
        top = 1.0 if high <= 1 else 255.0 if high <= 255 else high
    elif image.mode == "I" and high > 65_535:
        top = high
    else:
        top = _TWELVE_BITS if image.format == "TIFF" and 255 < high <= _TWELVE_BITS else 65_535
    bottom = min(low, 0.0)
    scale = 255 / max(top - bottom, 1e-9)
    return numbers.point(lambda value: value * scale - bottom * scale).convert("L")


def _name(image: Image.Image) -> str:
    return "jpeg" if image.format == "MPO" else str(image.format).lower()


def _profile_name(image: Image.Image) -> str | None:
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()[:60] or None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def from_png(data: bytes) -> Image.Image:
    """Return a PNG of our own making, RGB or RGBA."""
    return to_srgb(Image.open(io.BytesIO(data)), None)
