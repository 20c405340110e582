"""Pictures that the illustrator draws for prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.generated import is_full, some
from videogen_sandbox.engines import EngineError, Made, Task
from videogen_sandbox.engines.drawing import icons, image, kinds
from videogen_sandbox.engines.drawing.image import compose, flatten, frame_size, layers
from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.drawing.settings import ENCLOSED, OPEN_AIR
from videogen_sandbox.engines.drawing.sprites import sprite
from videogen_sandbox.engines.matting import matting

Draw = Callable[..., Made]


FOX = "a fox in a snowy forest at dusk"


def drawn(folder: Path, prompt: str, *, references: tuple[Path, ...] = (), **body: Any) -> Made:
    task = Task("generate-image", {"prompt": prompt, **body}, {"imageFileIds": references}, 1, folder)
    return image.draw(task, lambda _: None)


WIDTH, HEIGHT = (1280, 720) if is_full() else (640, 360)


@contextmanager
def half_size() -> Iterator[None]:
    """Outside `.ci/run` pictures of 16:9 are `WIDTH` x `HEIGHT`, and others as much smaller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image, "AREA", WIDTH * HEIGHT)
        yield


@pytest.fixture
def draw(tmp_path: Path) -> Iterator[Draw]:
    """Draws pictures through the engine."""
    with half_size():
        yield partial(drawn, tmp_path)


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Made:
    with half_size():
        return drawn(tmp_path_factory.mktemp("fox"), FOX)


def pixels(picture: Image.Image) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.asarray(picture.convert("RGB"), dtype=np.int16)


def small(prompt: str, seed: int = 1) -> np.ndarray[Any, np.dtype[np.int16]]:
    return pixels(compose(parse(prompt), 320, 180, seed))


@pytest.mark.parametrize(
    ("across", "down", "size"),
    [
        (16, 9, (1280, 720)),
        (4, 3, (1108, 832)),
        (7, 7, (1024, 1024)),
        (1, 1000, (320, 1920)),
    ],
)
def test_frames_have_even_sides_and_bounded_length(across: int, down: int, size: tuple[int, int]) -> None:
    assert frame_size(across, down) == size


def test_the_result_is_a_png_that_says_it_is_a_placeholder(fox: Made) -> None:
    with Image.open(fox.path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (WIDTH, HEIGHT))
    assert fox.placeholder
    assert fox.engine == "sandbox-scene"
    assert fox.description == ("A placeholder illustration: a fox in a snowy forest at dusk.")


def test_a_prompt_without_a_known_word_gives_a_picture_and_says_so(draw: Draw) -> None:
    made = draw("qwxz blorp")
    assert "nothing in the prompt is known" in made.description
    with Image.open(made.path) as picture:
        assert pixels(picture).std() > 10


def test_the_same_request_and_seed_give_the_same_bytes(draw: Draw, fox: Made) -> None:
    assert draw(FOX).path.read_bytes() == fox.path.read_bytes()


def test_another_seed_gives_another_picture() -> None:
    assert np.abs(small("a red car in a street", seed=5) - small("a red car in a street", seed=6)).mean() > 5


@pytest.mark.parametrize(
    ("width", "height", "time"), [(320, 180, "night"), (180, 320, "day")] if is_full() else [(128, 72, "night")]
)
def test_every_setting_can_be_drawn_in_both_orientations(width: int, height: int, time: str) -> None:
    scene = parse("a dog")
    pictures = {
        setting: compose(replace(scene, setting=setting, time=time), width, height, 3)
        for setting in (*OPEN_AIR, *ENCLOSED)
    }
    assert {picture.size for picture in pictures.values()} == {(width, height)}
    assert [setting for setting, picture in pictures.items() if pixels(picture).std() <= 8] == []


def test_night_is_darker_than_day() -> None:
    assert small("a village in the mountains at night").mean() < small("a village in the mountains by day").mean() - 40


def test_a_colour_word_colours_its_thing() -> None:
    red, blue = (np.asarray(sprite("automobile", 60, Random(1), tint)) for tint in ("#e23b3b", "#2f74d0"))
    assert (red[..., 0] > red[..., 2])[red[..., 3] > 128].mean() > 0.4
    assert (blue[..., 2] > blue[..., 0])[blue[..., 3] > 128].mean() > 0.4


@pytest.mark.parametrize(("style", "saturated"), [("black and white ", False), ("vibrant ", True)])
def test_a_style_treats_the_whole_picture(style: str, saturated: bool) -> None:
    picture = small(f"{style}parrot in the jungle")
    assert bool((picture.max(axis=2) - picture.min(axis=2)).mean() > 12) is saturated


@pytest.mark.parametrize(
    "prompt",
    [
        '</svg><image href="file:///etc/passwd"/><svg><script>alert(1)</script> a cat & a "dog"',
        "<!ENTITY x SYSTEM 'http://example.com'> &x; %s {0} ${jndi:ldap://x} $head cat",
        "猫 が 椅子 に 座る 🐈 кот ﷽ \u202e\u0000\ud800",
        "a cat " * 20_000,
    ],
)
def test_hostile_prompts_are_only_words(draw: Draw, monkeypatch: pytest.MonkeyPatch, prompt: str) -> None:
    seen: list[str] = []
    render = icons.render

    def watched(markup: str, *, with_font: bool = False) -> Image.Image:
        seen.append(markup)
        return render(markup, with_font=with_font)

    monkeypatch.setattr(icons, "render", watched)
    assert draw(prompt).path.stat().st_size > 10_000
    assert seen
    assert not any(bad in markup for markup in seen for bad in ("passwd", "script", "ENTITY", "jndi", "file:"))


def test_layers_put_together_are_the_picture() -> None:
    scene = parse("a duck on a lake in the rain")
    split = flatten(layers(scene, 320, 180, 4))
    whole = flatten(layers(scene, 320, 180, 4, split=False))
    assert np.abs(pixels(split) - pixels(whole)).max() <= 3


def test_layers_of_one_size_hold_subjects_that_know_how_they_move() -> None:
    pieces = layers(parse("an eagle over a sailboat and a whale at sea"), 320, 180, 4)
    assert {(placed.name, placed.motion) for placed in pieces.subjects} == {
        ("eagle", "fly"),
        ("sailboat", "float"),
        ("whale", "float"),
    }
    assert pieces.mid is not None
    assert pieces.background.size == pieces.mid.size == (320, 180)
    assert all(placed.image.mode == "RGBA" and 0 <= placed.depth <= 1 for placed in pieces.subjects)


@pytest.mark.parametrize("weather", ["rain", "snow", "fog"])
def test_what_falls_continues_over_the_edges(weather: str) -> None:
    falling = layers(parse(f"hills, {weather}"), 320, 180, 2).falling
    assert falling is not None
    alpha = np.asarray(falling.getchannel("A"), dtype=np.int16)
    seam = np.abs(alpha[:, 0] - alpha[:, -1]).mean()
    inside = np.abs(alpha[:, 1:] - alpha[:, :-1]).mean()
    assert seam <= inside * 2 + 4


@pytest.mark.parametrize(
    ("prompt", "upper", "lower"),
    [
        ("a cat on a sofa", "cat", "sofa"),
        ("an astronaut riding a horse on the moon", "astronaut", "horse"),
        ("a dragon flying over a castle", "dragon", "castle"),
        ("a dog wearing a top hat", "top-hat", "dog"),
    ],
)
def test_what_is_on_something_is_drawn_above_it(prompt: str, upper: str, lower: str) -> None:
    placed = {entry.name: entry for entry in layers(parse(prompt), 640, 360, 2).subjects}
    above = next(entry for name, entry in placed.items() if upper in name)
    below = next(entry for name, entry in placed.items() if lower in name)
    assert above.y < below.y
    overlap = min(above.x + above.image.width, below.x + below.image.width) - max(above.x, below.x)
    assert overlap > 0


@pytest.mark.parametrize(("count", "size"), [(2, (640, 360)), (1, (360, 640)), (7, (360, 640))])
def test_subjects_stay_in_the_picture(count: int, size: tuple[int, int]) -> None:
    pieces = layers(parse(f"{count} elephants"), *size, 3)
    assert len(pieces.subjects) == count
    for placed in pieces.subjects:
        visible = min(size[0], placed.x + placed.image.width) - max(0, placed.x)
        assert visible > placed.image.width * 0.75
        assert placed.y > -placed.image.height * 0.1


def test_an_opaque_reference_that_is_not_spoken_of_lends_its_colours(draw: Draw, tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), "#c01fb0").save(tmp_path / "magenta.png")
    made = draw("mountains", references=(tmp_path / "magenta.png",))
    assert "in the colours of the reference" in made.description
    with Image.open(made.path) as picture:
        sky = pixels(picture)[: picture.height // 4].mean(axis=(0, 1))
    assert sky[0] > sky[1]
    assert sky[2] > sky[1]


def test_a_reference_with_transparency_is_placed_in_the_scene(draw: Draw, tmp_path: Path) -> None:
    cut = Image.new("RGBA", (100, 100))
    cut.paste("#00ff00", (20, 20, 80, 80))
    cut.save(tmp_path / "cut.png")
    made = draw("on a beach", references=(tmp_path / "cut.png",))
    assert "with the reference placed in it" in made.description
    with Image.open(made.path) as picture:
        green = pixels(picture)
    share = ((green[..., 1] > 220) & (green[..., 0] < 40) & (green[..., 2] < 40)).mean()
    assert 0.05 < share < 0.4


def test_a_reference_that_is_spoken_of_is_cut_out(draw: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper, mask = Image.new("RGB", (400, 300), "#d8c8b0"), Image.new("L", (400, 300))
    pot = icons.draw("teapot", 220)
    paper.paste(pot, (90, 40), pot)
    mask.paste(pot.getchannel("A"), (90, 40))
    if not is_full():  # test_matting asks the network
        monkeypatch.setattr(matting, "mask", lambda _: mask)
    paper.save(tmp_path / "teapot.jpg")
    made = draw("put this product in a forest", references=(tmp_path / "teapot.jpg",))
    with Image.open(made.path) as picture:
        colours = pixels(picture)
    red = (colours[..., 0] > 200) & (colours[..., 1] < 90) & (colours[..., 2] < 90)
    paper_left = (np.abs(colours - np.array([0xD8, 0xC8, 0xB0])).max(axis=2) < 12).mean()
    assert red.mean() > 0.03
    assert paper_left < 0.02


def test_a_broken_reference_is_refused(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(EngineError) as refusal:
        draw("a cat", references=(tmp_path / "broken.png",))
    assert refusal.value.code == "unreadable_media"


def test_the_mark_is_set_only_when_asked_for(draw: Draw, fox: Made) -> None:
    made = draw(FOX, watermarkMode="VIDEO_GEN")
    with Image.open(fox.path) as plain, Image.open(made.path) as marked:
        changed = np.argwhere(np.abs(pixels(marked) - pixels(plain)).max(axis=2) > 0)
    assert changed.size
    assert changed[:, 0].min() > 0.83 * HEIGHT
    assert changed[:, 1].min() > 0.7 * WIDTH


def test_every_known_thing_can_be_drawn() -> None:
    for name in some([*[*icons.bodies()][::20], *kinds.kinds().heights]):
        if name in icons.bodies():
            picture = sprite(name, 24, Random(3))
            assert picture.height == 24
            assert np.asarray(picture.getchannel("A")).max() > 100, name


def test_houses_have_light_in_their_windows_at_night() -> None:
    window = (0xFF, 0xDC, 0x8F)
    for time, lit in (("night", True), ("day", False)):
        (house,) = layers(parse(f"a house by {time}"), 640, 360, 2).subjects
        colours = {pixel[:3] for _, pixel in house.image.getcolors(1 << 20) or [] if isinstance(pixel, tuple)}
        assert (window in colours) is lit


@pytest.mark.parametrize("boat", ["boat", "canoe", "sailboat"])
def test_a_boat_lies_in_the_water_without_a_block_of_its_own(boat: str) -> None:
    shown = small(f"a {boat} on a lake")
    own = (np.abs(shown - np.array([0, 166, 237])) < 14).all(axis=-1)
    assert own.sum() < 400


def test_a_crowd_is_of_both_genders() -> None:
    names = {placed.name for placed in layers(parse("four doctors"), 640, 360, 2).subjects}
    assert names == {"woman-health-worker", "man-health-worker"}
