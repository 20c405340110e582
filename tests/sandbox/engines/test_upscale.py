from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from videogen_sandbox.engines import EngineError, Made, Task
from videogen_sandbox.engines.media.decode import Picture, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.upscale import enlarge, upscale
from videogen_sandbox.engines.upscale.enlarge import Pixels, doubled
from videogen_sandbox.engines.upscale.upscale import (
    MAX_SECONDS,
    by_filter,
    by_the_network,
    enlarge_image,
    enlarge_video,
)


def drawing(width: int, height: int, transparent: bool = False) -> Image.Image:
    """Discs, lines and a soft gradient, drawn smoothly at any size."""
    scale = 4
    image = Image.new("RGBA", (width * scale, height * scale), (0, 0, 0, 0) if transparent else (214, 196, 170, 255))
    draw = ImageDraw.Draw(image)
    unit = width * scale / 100
    for number, colour in enumerate([(180, 40, 40), (40, 110, 60), (50, 60, 150), (230, 180, 40)]):
        x, y = (14 + 23 * number) * unit, (20 + 9 * (number % 3)) * unit
        draw.ellipse((x - 9 * unit, y - 9 * unit, x + 9 * unit, y + 9 * unit), fill=colour)
        draw.line((x - 10 * unit, y + 16 * unit, x + 10 * unit, y + 28 * unit), fill=(60, 30, 20), width=round(unit))
    return image.resize((width, height), Image.Resampling.LANCZOS).convert("RGBA" if transparent else "RGB")


def psnr(found: NDArray[np.generic], truth: NDArray[np.generic]) -> float:
    """Peak signal to noise ratio in dB."""
    return float(10 * np.log10(255**2 / np.mean((found.astype(float) - truth.astype(float)) ** 2)))


def small_and_large() -> tuple[Image.Image, Pixels]:
    truth = drawing(640, 384)
    return truth.resize((320, 192), Image.Resampling.BICUBIC), np.asarray(truth)


def enlarged(folder: Path, image: Image.Image, **saving: object) -> Made:
    image.save(folder / "in.png", **saving)  # type: ignore[arg-type]  # Pillow's options are untyped
    return enlarge_image(Task("upscale-image", {}, {"imageFileId": [folder / "in.png"]}, 1, folder), lambda _: None)


@pytest.mark.parametrize("network", [True, False])
def test_twice_the_size_is_nearer_to_the_truth_than_bicubic(network: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not network:
        monkeypatch.setattr(enlarge, "has_network", lambda: False)
    small, truth = small_and_large()
    bicubic = np.asarray(small.resize((640, 384), Image.Resampling.BICUBIC))
    assert psnr(doubled(np.asarray(small)), truth) >= psnr(bicubic, truth) + 0.3


def test_colours_stay_as_they_are() -> None:
    small, _ = small_and_large()
    means = [pixels.reshape(-1, 3).mean(axis=0) for pixels in (np.asarray(small), doubled(np.asarray(small)))]
    assert np.abs(means[0] - means[1]).max() < 0.5


def test_the_picture_comes_out_twice_as_large(tmp_path: Path) -> None:
    made = enlarged(tmp_path, drawing(101, 64))
    media = probe(made.path)
    assert (media.mime, media.width, media.height, media.has_alpha) == ("image/png", 202, 128, False)
    assert (made.kind, made.placeholder) == ("IMAGE", False)
    assert made.engine == enlarge.engine()[0]
    assert "202x128" in made.description


def test_transparency_is_enlarged_without_dark_edges(tmp_path: Path) -> None:
    truth = np.asarray(drawing(400, 240, transparent=True)).astype(float)
    made = enlarged(tmp_path, drawing(200, 120, transparent=True))
    with Image.open(made.path) as image:
        assert image.mode == "RGBA"
        found = np.asarray(image).astype(float)
    bicubic = np.asarray(drawing(200, 120, transparent=True).resize((400, 240), Image.Resampling.BICUBIC)).astype(float)
    white = [p[..., :3] * p[..., 3:] / 255 + 255 - p[..., 3:] for p in (found, bicubic, truth)]
    assert psnr(white[0], white[2]) > psnr(white[1], white[2])


def test_a_turned_photo_comes_out_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = enlarged(tmp_path, drawing(96, 64).rotate(90, expand=True), exif=exif)
    with Image.open(made.path) as image:
        assert image.size == (192, 128)
        assert psnr(np.asarray(image), np.asarray(drawing(192, 128))) > 28


def test_a_picture_that_would_get_too_large_is_refused_with_its_size(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="2100x20") as refusal:
        enlarged(tmp_path, Image.new("RGB", (2_100, 20)))
    assert refusal.value.code == "media_too_large"


def test_one_pixel_becomes_four(tmp_path: Path) -> None:
    with Image.open(enlarged(tmp_path, Image.new("RGB", (1, 1), (200, 100, 50))).path) as image:
        assert image.size == (2, 2)
        assert np.abs(np.asarray(image).astype(int) - (200, 100, 50)).max() <= 3


def test_a_mark_is_set_when_asked_for(tmp_path: Path) -> None:
    drawing(200, 120, transparent=True).save(tmp_path / "in.png")
    inputs, found = {"imageFileId": [tmp_path / "in.png"]}, []
    for mode in ("VIDEO_GEN", "AUTO"):
        task = Task("upscale-image", {"watermarkMode": mode}, inputs, 1, tmp_path)
        with Image.open(enlarge_image(task, lambda _: None).path) as image:
            found.append(np.asarray(image))
    marked, plain = found
    differing = np.argwhere((marked != plain).any(axis=2))
    assert len(differing) > 100
    assert (differing.min(axis=0) > (180, 280)).all()
    assert plain[differing[:, 0], differing[:, 1], 3].max() == 0
    assert marked[differing[:, 0], differing[:, 1], 3].max() > 200


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = (enlarged(tmp_path, drawing(160, 100)).path.read_bytes() for _ in range(2))
    assert first == again


def film(path: Path, width: int = 160, height: int = 96, seconds: float = 1.0, fps: int = 12) -> None:
    tone = np.sin(2 * np.pi * 330 * np.arange(round(48_000 * seconds)) / 48_000).astype(np.float32) * 0.3
    still = np.asarray(drawing(width, height))
    with VideoWriter(path, width=width, height=height, fps=fps, sound=tone, crf=12) as writer:
        for number in range(round(seconds * fps)):
            writer.write(np.roll(still, 2 * number, axis=1))


def grown(folder: Path, path: Path, seen: list[float] | None = None) -> Made:
    task = Task("upscale-video", {}, {"videoFileId": [path]}, 1, folder)
    return enlarge_video(task, (lambda _: None) if seen is None else seen.append)


def test_a_film_comes_out_twice_as_large_with_its_sound(tmp_path: Path) -> None:
    film(tmp_path / "in.mp4")
    seen: list[float] = []
    made = grown(tmp_path, tmp_path / "in.mp4", seen)
    media = probe(made.path)
    assert (media.mime, media.codec, media.width, media.height) == ("video/mp4", "h264", 320, 192)
    assert media.duration == pytest.approx(1.0, abs=0.05)
    assert media.fps == pytest.approx(12)
    assert np.abs(read_sound(made.path, rate=48_000)).max() > 0.2
    assert made.engine == enlarge.engine()[0]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    with VideoReader(made.path) as reader:
        pictures = list(reader.pictures())
    wanted = np.asarray(drawing(320, 192))
    assert len(pictures) == 12
    assert min(psnr(picture, np.roll(wanted, 4 * n, axis=1)) for n, picture in enumerate(pictures)) > 26


def test_a_large_film_goes_through_the_filter(tmp_path: Path) -> None:
    film(tmp_path / "in.mp4", width=960, height=540, seconds=0.25)
    made = grown(tmp_path, tmp_path / "in.mp4")
    assert made.engine == "lanczos and unsharp"
    assert (probe(made.path).width, probe(made.path).height) == (1920, 1080)


def test_the_filter_is_nearer_to_the_truth_than_bicubic_too() -> None:
    small, truth = small_and_large()
    (large,) = by_filter(iter([np.asarray(small)]), 320, 192)
    bicubic = np.asarray(small.resize((640, 384), Image.Resampling.BICUBIC))
    assert psnr(large, truth) >= psnr(bicubic, truth)
    assert np.abs(large.reshape(-1, 3).mean(axis=0) - truth.reshape(-1, 3).mean(axis=0)).max() < 1


def test_pictures_keep_their_order_when_several_are_in_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upscale, "network", lambda: lambda picture: picture.repeat(2, axis=0).repeat(2, axis=1))
    shades = [np.full((24, 32, 3), 20 * number, np.uint8) for number in range(12)]
    with ThreadPoolExecutor(3) as pool:
        large = [int(picture.mean().round()) for picture in by_the_network(iter(shades), pool)]
    assert large == [20 * number for number in range(12)]


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    film(tmp_path / "in.mp4", seconds=0.5)
    sums = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sums.add(hashlib.sha256(grown(tmp_path / name, tmp_path / "in.mp4").path.read_bytes()).hexdigest())
    assert len(sums) == 1


@pytest.mark.parametrize(
    ("width", "height", "seconds", "code"),
    [(64, 64, MAX_SECONDS + 2, "media_too_long"), (2_200, 64, 0.5, "media_too_large")],
)
def test_what_is_too_much_is_refused_before_any_work(
    tmp_path: Path, width: int, height: int, seconds: float, code: str
) -> None:
    with VideoWriter(tmp_path / "in.mp4", width=width, height=height, fps=5) as writer:
        for _ in range(round(seconds * 5)):
            writer.write(np.zeros((height, width, 3), np.uint8))
    seen: list[float] = []
    with pytest.raises(EngineError) as refusal:
        grown(tmp_path, tmp_path / "in.mp4", seen)
    assert refusal.value.code == code
    assert seen == []


def seen_without_alpha(path: Path) -> list[Picture]:
    """The pictures of a film in FFmpeg's own decoder, which ignores the alpha."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False) for frame in container.decode(video=0)]


@pytest.mark.parametrize("way", ["network", "filter"])
def test_a_transparent_film_stays_transparent_and_what_was_hidden_is_gone(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upscale, "has_network", lambda: way == "network" and enlarge.has_network())
    subject = np.zeros((64, 96, 4), np.uint8)
    subject[..., 1] = 255  # a green that was removed, and is still under the alpha
    subject[16:48, 24:72] = (200, 30, 30, 255)
    with av.open(str(tmp_path / "in.mov"), "w") as container:
        stream = container.add_stream("png", rate=5)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgba"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(subject, format="rgba")))
        container.mux(stream.encode(None))

    made = grown(tmp_path, tmp_path / "in.mov")

    media = probe(made.path)
    assert (media.mime, media.width, media.height, media.has_alpha) == ("video/webm", 192, 128, True)
    with VideoReader(made.path, alpha=True) as reader:
        pictures = list(reader.pictures())
    assert len(pictures) == 3
    for picture in pictures:
        assert picture[..., 3][:20].max() < 10 < 245 < picture[40:88, 60:132, 3].min()
        assert np.abs(picture[44:84, 64:128, :3].astype(int) - (200, 30, 30)).max() < 16
    for picture in seen_without_alpha(made.path):
        red, green, _ = picture.astype(int).transpose(2, 0, 1)
        assert (green - red).max() < 40
    assert "transparent as it was" in made.description


def test_a_film_that_could_be_transparent_and_is_not_is_an_mp4(tmp_path: Path) -> None:
    drawing(48, 32).save(tmp_path / "in.gif", save_all=True, append_images=[drawing(48, 32).rotate(90)], loop=0)
    made = grown(tmp_path, tmp_path / "in.gif")
    assert made.path.suffix == ".mp4"
    assert "transparent" not in made.description
