"""Pictures that become SVG."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.generated import in_ci
from videogen_sandbox.engines import EngineError, Made, Task, vectorize
from videogen_sandbox.engines.drawing import icons, image, scene
from videogen_sandbox.engines.vectorize import LOGO, PHOTO, POSTER, preset_for
from videogen_sandbox.look import svg

Trace = Callable[..., Made]


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    def traced(source: Path, **body: str) -> Made:
        folder = tmp_path / "made"
        folder.mkdir(exist_ok=True)
        return vectorize.trace(Task("vectorize-image", body, {"imageFileId": [source]}, 1, folder), lambda _: None)

    return traced


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    icons.draw("fox", 256).save(tmp_path / "logo.png")
    return tmp_path / "logo.png"


def gradient(width: int, height: int, noise: float = 0.0) -> Image.Image:
    down, across = np.mgrid[0:height, 0:width]
    channels = np.stack([255 * across / width, 255 * down / height, 128 + 100 * np.sin((across + down) / 40)], -1)
    channels += np.random.default_rng(1).normal(0, noise or 1e-9, (height, width, 1))
    return Image.fromarray(channels.clip(0, 255).astype(np.uint8))


def rendered(path: Path, size: int) -> Image.Image:
    return Image.open(io.BytesIO(svg.render(svg.read(path), size))).convert("RGBA")


def test_the_svg_has_the_size_of_the_picture_and_looks_like_it(trace: Trace, logo: Path) -> None:
    made = trace(logo)
    root = ElementTree.fromstring(made.path.read_text("utf-8"))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("256", "256", "0 0 256 256")
    assert (made.kind, made.engine, made.placeholder, made.path.suffix) == ("IMAGE", "vtracer", False, ".svg")
    difference = ImageChops.difference(rendered(made.path, 256), Image.open(logo))
    assert sum(ImageStat.Stat(difference).mean) / 4 < 3


def test_transparency_stays(trace: Trace, logo: Path) -> None:
    made = rendered(trace(logo).path, 256).getchannel("A")
    assert made.getpixel((2, 2)) == 0
    assert made.getpixel((128, 150)) == 255


def test_flat_art_needs_few_shapes_and_little_space(trace: Trace, logo: Path) -> None:
    made = trace(logo)
    assert made.path.read_text("utf-8").count("<path") < 40
    assert made.path.stat().st_size < 30_000


@in_ci("flat art is held to few shapes and little space")
def test_a_drawn_picture_takes_a_tenth_of_what_curves_of_vtracer_took_and_looks_like_it(
    trace: Trace, tmp_path: Path
) -> None:
    picture = image.compose(scene.parse("A tabby cat on a sofa in a living room"), 1280, 720, seed=1)
    picture.save(tmp_path / "picture.png")
    made = trace(tmp_path / "picture.png")
    assert made.path.stat().st_size < 150_000
    difference = ImageChops.difference(rendered(made.path, 1280).convert("RGB"), picture)
    assert sum(ImageStat.Stat(difference).mean) / 3 < 3


def test_a_rare_colour_is_not_lost_to_many_shades_of_another(trace: Trace, tmp_path: Path) -> None:
    picture = Image.linear_gradient("L").convert("RGB")
    picture.paste("#a81f28", (120, 90, 129, 99))
    picture.save(tmp_path / "spot.png")
    drawn = np.asarray(rendered(trace(tmp_path / "spot.png").path, 256).convert("RGB"), int)
    assert np.abs(drawn[94, 124] - (168, 31, 40)).max() < 12


def test_corners_stay_sharp_and_round_things_round(trace: Trace, tmp_path: Path) -> None:
    logo = Image.new("RGBA", (300, 200))
    pen = ImageDraw.Draw(logo)
    pen.rectangle((20, 40, 99, 119), fill="#c81e46")
    pen.ellipse((140, 40, 239, 139), fill="#1e46c8")
    logo.save(tmp_path / "logo.png")
    alpha = np.asarray(rendered(trace(tmp_path / "logo.png").path, 2_400).getchannel("A"))
    assert alpha[40 * 8 + 3, 20 * 8 + 3] == 255
    assert alpha[40 * 8 - 3, 20 * 8 - 3] == 0
    down, across = np.nonzero(alpha[:, 1_100:] > 127)
    away = np.hypot(down / 8 - 90, (across + 1_100) / 8 - 190)
    assert away.max() < 51.2
    assert abs(len(away) / 64 / (np.pi * 50**2) - 1) < 0.02


def test_a_gradient_is_not_run_together_into_one_area(trace: Trace, tmp_path: Path) -> None:
    picture = gradient(320, 200)
    picture.save(tmp_path / "gradient.png")
    made = rendered(trace(tmp_path / "gradient.png").path, 320).convert("RGB")
    assert sum(ImageStat.Stat(ImageChops.difference(made, picture)).mean) / 3 < 16


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGB", (50, 50), "red"), LOGO),
        (icons.draw("fox", 200), LOGO),
        (Image.linear_gradient("L").convert("RGB").quantize(24).convert("RGB"), POSTER),
        (gradient(200, 120), PHOTO),
        (gradient(200, 120, noise=14), PHOTO),
    ],
)
def test_the_preset_follows_the_number_of_colours_that_matter(picture: Image.Image, expected: vectorize.Preset) -> None:
    assert preset_for(picture) == expected


def test_large_pictures_are_traced_smaller_and_keep_their_size(trace: Trace, tmp_path: Path) -> None:
    Image.new("RGB", (3_000, 60), "red").save(tmp_path / "large.webp", lossless=True)
    root = ElementTree.fromstring(trace(tmp_path / "large.webp").path.read_text("utf-8"))
    assert (root.get("width"), root.get("viewBox")) == ("3000", "0 0 2048 41")


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_tiny_pictures_work(trace: Trace, tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "#3366cc").save(tmp_path / "tiny.gif")
    root = ElementTree.fromstring(trace(tmp_path / "tiny.gif").path.read_text("utf-8"))
    assert (root.get("width"), root.get("height")) == (str(size[0]), str(size[1]))


def test_a_turned_photo_is_traced_upright(trace: Trace, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40), "orange").save(tmp_path / "turned.jpg", exif=exif)
    root = ElementTree.fromstring(trace(tmp_path / "turned.jpg").path.read_text("utf-8"))
    assert (root.get("width"), root.get("height")) == ("40", "60")


def test_an_empty_picture_gives_an_empty_drawing(trace: Trace, tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30)).save(tmp_path / "clear.png")
    assert rendered(trace(tmp_path / "clear.png").path, 40).getbbox() is None


def test_an_svg_is_a_vector_already(trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "drawing.png").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    with pytest.raises(EngineError) as refusal:
        trace(tmp_path / "drawing.png")
    assert refusal.value.code == "already_vector"


def test_what_is_no_picture_is_refused(trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(EngineError) as refusal:
        trace(tmp_path / "text.png")
    assert refusal.value.code == "unreadable_media"


def test_the_same_picture_gives_the_same_svg(trace: Trace, logo: Path) -> None:
    first = trace(logo).path.read_bytes()
    assert trace(logo).path.read_bytes() == first


def test_the_mark_is_drawn_only_when_asked_for(trace: Trace, tmp_path: Path) -> None:
    Image.new("RGB", (640, 360), "#d09040").save(tmp_path / "plain.png")
    assert 'id="mark"' not in trace(tmp_path / "plain.png").path.read_text("utf-8")
    marked = np.asarray(rendered(trace(tmp_path / "plain.png", watermarkMode="VIDEO_GEN").path, 640).convert("L"))
    corner, rest = marked[300:, 400:], marked[:290]
    assert corner.min() < corner.max() - 60
    assert rest.max() - rest.min() < 6


@pytest.mark.parametrize("size", [(1, 2_000), (4_000, 1)])
def test_a_picture_of_one_line_is_traced_too(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (200, 40, 40)).save(tmp_path / "line.png")
    made = vectorize.trace(
        Task("vectorize-image", {}, {"imageFileId": [tmp_path / "line.png"]}, 1, tmp_path), lambda _: None
    )
    drawing = svg.read(made.path)
    assert (drawing.width, drawing.height) == size
