from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tests.generated import in_ci
from videogen_sandbox.engines import EngineError, Made, Task
from videogen_sandbox.engines.matting import looks, matting
from videogen_sandbox.engines.matting.edges import cut
from videogen_sandbox.engines.matting.matting import MAX_SECONDS, cut_out_image, cut_out_video, mask
from videogen_sandbox.engines.matting.motion import between, steady
from videogen_sandbox.engines.matting.net import Plane, find
from videogen_sandbox.engines.matting.parts import main_parts, parts, same_parts
from videogen_sandbox.engines.media.decode import VideoReader, read_sound
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.media.probe import probe

Alpha = NDArray[np.float64]
SKIN, COAT, HAIR = (233, 178, 140), (150, 40, 60), (70, 40, 30)


@lru_cache(maxsize=4)
def lawn(width: int, height: int, seed: int = 1) -> Image.Image:
    """Blotches and blades of green."""
    rng = np.random.default_rng(seed)
    light = np.zeros((height, width))
    for grain, strength in ((2, 16), (5, 20), (14, 16), (60, 20)):
        spots = Image.fromarray(rng.integers(0, 255, (height // grain + 2, width // grain + 2), dtype=np.uint8))
        light += (np.asarray(spots.resize((width, height), Image.Resampling.BICUBIC), float) / 255 - 0.5) * strength * 2
    return Image.fromarray(np.clip(np.array([92.0, 128, 60]) + light[..., None], 0, 255).astype(np.uint8))


@lru_cache(maxsize=16)
def figure(width: int, height: int, shift: int = 0) -> Image.Image:
    """A person drawn without any background: RGBA with exact alpha."""
    scale = 4
    large = Image.new("RGBA", (width * scale, height * scale))
    draw = ImageDraw.Draw(large)
    unit = height * scale / 100
    x = width * scale / 2 + shift * scale
    draw.rounded_rectangle((x - 26 * unit, 56 * unit, x + 26 * unit, 112 * unit), 16 * unit, fill=COAT)
    draw.rectangle((x - 6 * unit, 46 * unit, x + 6 * unit, 60 * unit), fill=SKIN)
    draw.ellipse((x - 17 * unit, 12 * unit, x + 17 * unit, 40 * unit), fill=HAIR)
    draw.ellipse((x - 15 * unit, 16 * unit, x + 15 * unit, 52 * unit), fill=SKIN)
    for side in (-6, 6):
        draw.ellipse((x + (side - 2) * unit, 29 * unit, x + (side + 2) * unit, 33 * unit), fill=(30, 30, 40))
    return large.reduce(scale)


def photo(width: int = 640, height: int = 360, shift: int = 0) -> tuple[Image.Image, Alpha]:
    """The figure on the lawn, and its true alpha."""
    drawn, scene = figure(width, height, shift), lawn(width, height).copy()
    scene.paste(drawn, mask=drawn.getchannel("A"))
    return scene, np.asarray(drawn.getchannel("A"), float) / 255


def overlap(found: NDArray[np.uint8], truth: Alpha) -> float:
    """Soft intersection over union."""
    return float(np.minimum(found / 255, truth).sum() / np.maximum(found / 255, truth).sum())


def image_task(folder: Path, path: Path) -> Task:
    return Task("remove-image-background", {}, {"imageFileId": [path]}, 3, folder)


def removed(tmp_path: Path, image: Image.Image, **saving: object) -> tuple[Made, NDArray[np.uint8]]:
    image.save(tmp_path / "in.png", **saving)  # type: ignore[arg-type]  # Pillow's options are untyped
    made = cut_out_image(image_task(tmp_path, tmp_path / "in.png"), lambda _: None)
    with Image.open(made.path) as cut_out:
        assert cut_out.mode == "RGBA"
        return made, np.asarray(cut_out)


@pytest.fixture(scope="module", autouse=True)
def asked() -> Iterator[Callable[[Image.Image], Plane]]:
    """Asks the network once about each picture: many tests show it the same, and it thinks for a third of a second."""
    answers: dict[tuple[object, ...], Plane] = {}

    def ask(picture: Image.Image) -> Plane:
        shown = (picture.mode, picture.size, picture.tobytes())
        if shown not in answers:
            answers[shown] = find(picture)
        return np.copy(answers[shown])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looks, "find", ask)  # of pictures
        patch.setattr(matting, "find", ask)  # of films
        yield ask


def test_the_network_says_the_same_of_the_same_picture(asked: Callable[[Image.Image], Plane]) -> None:
    scene, _ = photo()
    assert np.array_equal(asked(scene), find(scene))


def test_the_mask_of_a_drawn_person_is_nearly_the_true_alpha() -> None:
    scene, truth = photo()
    found = mask(scene)
    assert (found.mode, found.size) == ("L", scene.size)
    assert overlap(np.asarray(found), truth) >= 0.95


@pytest.fixture(scope="module")
def cut_out(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, NDArray[np.uint8]]:
    """The figure without the lawn."""
    return removed(tmp_path_factory.mktemp("cut-out"), photo()[0])


def test_the_cut_out_has_clean_edges_without_the_old_background(cut_out: tuple[Made, NDArray[np.uint8]]) -> None:
    made, pixels = cut_out
    _, truth = photo()
    assert overlap(pixels[..., 3], truth) >= 0.95
    share = pixels[..., 3:] / 255
    on_white = pixels[..., :3] * share + 255 * (1 - share)
    wanted = np.asarray(figure(640, 360).convert("RGB")) * truth[..., None] + 255 * (1 - truth[..., None])
    edge = (truth > 0.02) & (truth < 0.98)
    assert np.abs(on_white - wanted)[edge].mean() < 30
    green = on_white[..., 1] - on_white[..., 0]
    assert (green[edge] > 40).mean() < 0.05
    assert (pixels[pixels[..., 3] == 0][:, :3] == 0).all()
    assert (made.kind, made.engine, made.placeholder) == ("IMAGE", "u2netp", False)


def test_a_turned_photo_comes_out_upright(tmp_path: Path) -> None:
    scene, truth = photo()
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90° clockwise
    _, pixels = removed(tmp_path, scene.rotate(90, expand=True), exif=exif)
    assert pixels.shape[:2] == (360, 640)
    assert overlap(pixels[..., 3], truth) >= 0.95


@pytest.mark.usefixtures("disc_found")
def test_what_was_transparent_stays_transparent(tmp_path: Path) -> None:
    scene, _ = photo()
    scene.putalpha(255)
    scene.paste((0, 0, 0, 0), (0, 0, 640, 140))
    _, pixels = removed(tmp_path, scene)
    assert pixels[:140, :, 3].max() == 0
    assert pixels[160:250, 280:360, 3].min() == 255


def test_a_picture_without_a_subject_is_refused_in_words(tmp_path: Path) -> None:
    lawn(320, 240).save(tmp_path / "in.png")
    with pytest.raises(EngineError, match="stands out") as refusal:
        cut_out_image(image_task(tmp_path, tmp_path / "in.png"), lambda _: None)
    assert refusal.value.code == "no_subject"


def test_text_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "in.png").write_text("a pear")
    with pytest.raises(EngineError) as refusal:
        cut_out_image(image_task(tmp_path, tmp_path / "in.png"), lambda _: None)
    assert refusal.value.code == "unreadable_media"


def test_the_same_picture_gives_the_same_bytes(cut_out: tuple[Made, NDArray[np.uint8]], tmp_path: Path) -> None:
    again, _ = removed(tmp_path, photo()[0])
    assert again.path.read_bytes() == cut_out[0].path.read_bytes()


@in_ci("test_generated_files cuts out of small pictures")
def test_a_tiny_picture_is_cut_too() -> None:
    scene, _ = photo(24, 16)
    assert mask(scene).size == (24, 16)


def film(path: Path, *, seconds: float = 1.0, fps: int = 24, sound: bool = True, moving: bool = True) -> list[Alpha]:
    """A film of the figure walking over the lawn; returns the true alphas."""
    width, height, count = 480, 270, round(seconds * fps)
    tone = np.sin(2 * np.pi * 440 * np.arange(round(48_000 * seconds)) / 48_000).astype(np.float32) * 0.3
    truths = []
    with VideoWriter(path, width=width, height=height, fps=fps, sound=tone if sound else None) as writer:
        for number in range(count):
            scene, truth = photo(width, height, shift=4 * number - 2 * count if moving else 0)
            writer.write(np.asarray(scene))
            truths.append(truth)
    return truths


def video_task(folder: Path, path: Path) -> Task:
    return Task("remove-video-background", {}, {"videoFileId": [path]}, 3, folder)


@dataclass(frozen=True)
class Walk:
    """The figure's walk over the lawn: half a second, cut out."""

    truths: list[Alpha]
    made: Made
    progress: list[float]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    folder = tmp_path_factory.mktemp("walk")
    truths = film(folder / "in.mp4", seconds=0.5)
    progress: list[float] = []
    return Walk(truths, cut_out_video(video_task(folder, folder / "in.mp4"), progress.append), progress)


def test_a_film_keeps_its_subject_its_pace_and_its_sound(walk: Walk) -> None:
    media = probe(walk.made.path)
    assert (media.mime, media.codec, media.width, media.height) == ("video/webm", "vp9", 480, 270)
    assert media.has_alpha
    assert media.has_audio
    assert media.duration == pytest.approx(0.5, abs=0.06)
    with VideoReader(walk.made.path, alpha=True) as reader:
        both = zip(reader.pictures(), walk.truths, strict=True)
        assert min(overlap(picture[..., 3], truth) for picture, truth in both) >= 0.9


def test_a_film_does_not_flicker(walk: Walk) -> None:
    with VideoReader(walk.made.path, alpha=True) as reader:
        alphas = [picture[..., 3] / 255 for picture in reader.pictures()]
    both = zip(pairwise(alphas), pairwise(walk.truths), strict=True)
    changes = [float(np.abs(b - a)[np.abs(d - c) < 1 / 255].mean()) for (a, b), (c, d) in both]
    assert np.mean(changes) < 0.002


def test_nothing_of_the_background_is_left_under_the_alpha(walk: Walk) -> None:
    with VideoReader(walk.made.path.with_name("in.mp4")) as reader:
        before = next(reader.pictures())
    with av.open(str(walk.made.path)) as container:  # FFmpeg's own decoder, which ignores the alpha
        after = next(container.decode(video=0)).to_ndarray(format="rgb24")
    clear = np.asarray(Image.fromarray((walk.truths[0] * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(41))) == 0
    assert clear.mean() > 0.3
    assert np.std(after[clear], axis=0).max() < 4
    assert np.abs(after[clear].astype(int) - before[clear]).mean() > 40


def test_progress_of_a_film_rises_to_one(walk: Walk) -> None:
    assert walk.progress == sorted(walk.progress)
    assert walk.progress[-1] == 1.0


def test_beside_it_lies_an_mp4_over_a_flat_colour(walk: Walk) -> None:
    flat = walk.made.extras["flat"]
    media = probe(flat)
    assert (media.mime, media.codec, media.has_alpha, media.has_audio) == ("video/mp4", "h264", False, True)
    with VideoReader(flat) as reader:
        corner = next(reader.pictures())[:20, :20]
    assert np.abs(corner.astype(int) - (247, 247, 250)).max() <= 6
    for path in (walk.made.path, flat):
        assert np.abs(read_sound(path, rate=48_000)).max() > 0.2


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of sixty pictures a second in which nothing moves."""
    path = tmp_path_factory.mktemp("still") / "in.mp4"
    film(path, seconds=0.1, fps=60, sound=False, moving=False)
    return path


@pytest.fixture
def disc_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network finds a disc in every picture, and takes no time."""
    for module in (looks, matting):
        monkeypatch.setattr(module, "find", lambda _: disc(160, 160, 120))


@pytest.mark.usefixtures("disc_found")
def test_a_mark_is_set_on_both_films_when_asked_for(still: Path, tmp_path: Path) -> None:
    body = {"watermarkMode": "VIDEO_GEN"}
    made = cut_out_video(Task("remove-video-background", body, {"videoFileId": [still]}, 3, tmp_path), lambda _: None)
    with VideoReader(made.path, alpha=True) as reader:
        assert next(reader.pictures())[-30:, -80:, 3].max() > 100
    with VideoReader(made.extras["flat"]) as reader:
        assert next(reader.pictures())[-30:, -80:].min() < 160


def test_the_same_film_gives_the_same_bytes(walk: Walk, tmp_path: Path) -> None:
    again = cut_out_video(video_task(tmp_path, walk.made.path.with_name("in.mp4")), lambda _: None)
    first, second = (
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in (made.path, made.extras["flat"])]
        for made in (walk.made, again)
    )
    assert first == second


def test_a_film_without_a_subject_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matting, "find", lambda _: disc(160, 160, 3))
    with VideoWriter(tmp_path / "in.mp4", width=320, height=180, fps=10) as writer:
        for _ in range(5):
            writer.write(np.asarray(lawn(320, 180)))
    with pytest.raises(EngineError) as refusal:
        cut_out_video(video_task(tmp_path, tmp_path / "in.mp4"), lambda _: None)
    assert refusal.value.code == "no_subject"
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_a_film_that_is_too_long_is_refused_before_any_work(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "in.mp4", width=64, height=64, fps=5) as writer:
        for _ in range(round((MAX_SECONDS + 2) * 5)):
            writer.write(np.zeros((64, 64, 3), np.uint8))
    seen: list[float] = []
    with pytest.raises(EngineError, match="30 are the most") as refusal:
        cut_out_video(video_task(tmp_path, tmp_path / "in.mp4"), seen.append)
    assert refusal.value.code == "media_too_long"
    assert seen == []


@pytest.mark.usefixtures("disc_found")
def test_sixty_pictures_a_second_are_halved(still: Path, tmp_path: Path) -> None:
    made = cut_out_video(video_task(tmp_path, still), lambda _: None)
    assert probe(made.path).fps == pytest.approx(30)
    assert probe(made.path).duration == pytest.approx(0.1, abs=0.04)


def disc(x: float, y: float, radius: float) -> NDArray[np.float32]:
    rows, columns = np.mgrid[:320, :320]
    return np.asarray(np.clip(radius - np.hypot(rows - y, columns - x), 0, 1), dtype=np.float32)


def test_a_mask_between_two_looks_lies_where_the_subject_is_by_then() -> None:
    halfway = between(disc(80, 100, 30), disc(200, 140, 40), 0.5)
    truth = disc(140, 120, 35)
    assert np.minimum(halfway, truth).sum() / np.maximum(halfway, truth).sum() > 0.95


def test_masks_of_different_things_only_fade() -> None:
    one, other = disc(60, 60, 10), disc(200, 200, 90)
    assert np.allclose(between(one, other, 0.25), one * 0.75 + other * 0.25)


def test_an_edge_is_found_by_colour_where_the_mask_is_vague() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[:, :104], picture[:, 104:] = (220, 60, 40), (30, 90, 160)
    ramp = np.clip((107 - np.arange(200)) / 10 + 0.5, 0, 1).astype(np.float32)  # half way 3 pixels too far right
    alpha = cut(picture, np.tile(ramp, (200, 1))).alpha[100].astype(int)
    assert (alpha[:103] > 230).all()
    assert (alpha[106:] < 25).all()


def test_parts_are_what_hangs_together() -> None:
    drawn = ["##..#", ".#..#", ".####", ".....", "#.##."]
    labels = parts(np.array([[sign == "#" for sign in row] for row in drawn]))
    assert labels[0, 0] == labels[0, 4] == labels[2, 2] != 0
    assert len(set(labels[4, [0, 2]]) | {int(labels[0, 0])}) == 3
    assert labels[3].max() == 0
    assert labels.max() == 3


def test_faint_things_beside_the_subject_go_and_certain_ones_stay() -> None:
    subject, cloud, ball = disc(160, 200, 60), disc(60, 40, 25) * 0.5, disc(270, 250, 9)
    assert np.allclose(main_parts(subject + cloud + ball), subject + ball)


def test_a_film_is_looked_at_more_often_where_the_subject_moves() -> None:
    assert steady(disc(100, 100, 40), disc(104, 101, 40))
    assert not steady(disc(100, 100, 40), disc(160, 100, 40))
    assert not steady(disc(100, 100, 40), disc(100, 100, 40) + disc(180, 100, 30))


def test_a_film_keeps_of_clouds_and_a_boat_the_boat() -> None:
    boat, clouds = disc(115, 165, 40), disc(60, 30, 38) + disc(180, 40, 33)
    assert np.allclose(same_parts(boat + clouds), boat)


def test_a_film_keeps_two_subjects_side_by_side() -> None:
    both = disc(70, 180, 50) + disc(230, 170, 40)
    assert np.allclose(same_parts(both), both)


def test_the_subject_of_a_film_stays_so_at_the_border() -> None:
    subject, moon = disc(10, 160, 60), disc(220, 120, 30)
    assert np.allclose(same_parts(subject + moon, disc(40, 160, 60)), subject)


def test_only_what_has_come_into_a_film_is_a_new_subject() -> None:
    first, second = disc(110, 160, 40), disc(220, 160, 40)
    assert np.allclose(same_parts(first + second, first, second > 0), first + second)
    assert np.allclose(same_parts(first + second, first, first > 0), first)
