from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.graphics.colours import COLOURS
from videogen_sandbox.engines.graphics.figures import Figure, count, data
from videogen_sandbox.engines.graphics.graphics import FPS, animate, frame_at, frames
from videogen_sandbox.engines.graphics.layout import Stage
from videogen_sandbox.engines.graphics.motion import State
from videogen_sandbox.engines.graphics.reading import read
from videogen_sandbox.engines.graphics.scenes import things, usual_seconds
from videogen_sandbox.engines.graphics.sprites import Thing, draw, letters, panel
from videogen_sandbox.engines.media import canvas
from videogen_sandbox.engines.media.decode import Picture, VideoReader
from videogen_sandbox.engines.media.fonts import BOLD, font
from videogen_sandbox.engines.media.probe import probe

pytestmark = pytest.mark.usefixtures("small_films")

Mask = npt.NDArray[np.bool_]

SMALL = {"width": 640, "height": 360}
SQUARE = {"aspectRatio": {"width": 4, "height": 1}}
"""Of a request whose film has less than half of the usual pixels."""


def staged(prompt: str, *, ground: tuple[int, int, int] | None = (0, 0, 0), pictures: int = 0) -> Stage:
    return Stage(640, 360, usual_seconds(read(prompt, pictures)), COLOURS["blue"], ground)


def shown(prompt: str, time: float, *, ground: tuple[int, int, int] | None = (0, 0, 0)) -> Picture:
    """The frame of a graphic at a share of its length, RGBA."""
    stage = staged(prompt, ground=ground)
    made = things(read(prompt, 0), stage, [])
    count = round(stage.seconds * FPS)
    return np.asarray(frame_at(stage, made, min(count - 1, round(time * count)) / FPS), np.uint8)


def white(picture: Picture) -> Mask:
    return np.asarray(picture[..., :3].min(axis=2) > 140)


def cropped(mask: Mask) -> Mask:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def likeness(seen: Mask, words: str) -> float:
    """Overlap of what is seen with the words as the font writes them, both brought to one size; 1 for the same."""
    drawn = Image.new("L", (2_000, 200))
    ImageDraw.Draw(drawn).text((10, 10), words, font=font(100, BOLD), fill=255)
    wanted = cropped(np.asarray(drawn) > 127)
    size = wanted.shape[::-1]
    scaled = np.asarray(Image.fromarray(cropped(seen)).convert("L").resize(size, Image.Resampling.BILINEAR)) > 127
    return float((scaled & wanted).sum() / (scaled | wanted).sum())


@pytest.mark.parametrize("words", ["Bread takes time", "Größe 10", "Привет"])
def test_a_title_shows_its_words_to_the_letter(words: str) -> None:
    seen = white(shown(f'a title "{words}"', 0.6))
    assert likeness(seen, words) > 0.8
    assert likeness(seen, words[::-1]) < 0.6


def test_letters_are_large_enough_and_inside_the_safe_area() -> None:
    for prompt in ('"Hi"', '"A headline that has a great many words in it and needs several lines to be read at all"'):
        seen = white(shown(prompt, 0.6))
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        assert 0.05 * 640 < columns[0] < columns[-1] < 0.95 * 640
        assert 0.05 * 360 < rows[0] < rows[-1] < 0.95 * 360
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], seen.any(axis=1).astype(int), [0]]))))[::2]
        assert runs.max() > 0.03 * 360


def test_things_come_and_go() -> None:
    lit = [int(white(shown('"Hello there"', time)).sum()) for time in (0.0, 0.5, 1.0)]
    assert lit[1] > 500
    assert lit[0] == lit[2] == 0


def test_slow_movements_do_not_tremble() -> None:
    block = panel(20, 20, (255, 255, 255))
    places = []
    for step in range(12):
        frame = Image.new("RGBA", (60, 40))
        draw(frame, Thing(block, 10, 10, lambda moved: State(right=moved)), 0.3 * step)
        alpha = np.asarray(frame.getchannel("A"), float)
        places.append(float((alpha.sum(axis=0) @ np.arange(60)) / alpha.sum()))
    assert np.diff(places) == pytest.approx([0.3] * 11, abs=0.02)


def test_fading_a_thing_leaves_its_picture_as_it_is() -> None:
    word = letters("Word", 30, (255, 255, 255), shadow=False)
    before = word.tobytes()
    draw(Image.new("RGBA", (200, 80)), Thing(word, 3, 3, lambda _time: State(opacity=0.4)), 0.0)
    assert word.tobytes() == before


def test_a_lower_third_stands_low_and_left_with_name_and_role() -> None:
    wish = read("Lower third for Jane Doe, Head of Product", 0)
    assert (wish.kind, wish.texts) == ("lower third", ("Jane Doe", "Head of Product"))
    seen = shown("Lower third for Jane Doe, Head of Product", 0.6, ground=None)
    assert (seen[..., 3] > 0).sum() > 3_000
    rows, columns = np.nonzero(seen[..., 3])
    assert rows.min() > 0.6 * 360
    assert columns.max() < 0.7 * 640


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bars: Q1 12, Q2 18 and Q3 25", [("Q1", "12"), ("Q2", "18"), ("Q3", "25")]),
        ("a pie of figs 40%, pears 35%, plums 25% in red", [("figs", "40%"), ("pears", "35%"), ("plums", "25%")]),
        ("2024: $1,250; 2025: $2,000", [("2024", "$1,250"), ("2025", "$2,000")]),
        ("chart showing 30 cats, 12 dogs", [("cats", "30"), ("dogs", "12")]),
        ("growth with Berlin -3.5, Rome 2.25", [("Berlin", "-3.5"), ("Rome", "2.25")]),
        ("in 2026 we grow", []),
    ],
)  # fmt: skip
def test_the_data_of_a_chart_are_read_from_the_words(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(label, figure.written()) for label, figure in data(text)] == expected


def test_columns_are_as_high_as_their_values() -> None:
    seen = shown("bar chart: a 10, b 30, c 20", 0.7)
    blue = np.abs(seen[..., :3].astype(int) - COLOURS["blue"]).max(axis=2) < 40
    heights = [int(blue[:, third].any(axis=1).sum()) for third in np.array_split(np.arange(640), 3)]
    assert heights[0] * 3 == pytest.approx(heights[1], rel=0.05)
    assert heights[2] * 1.5 == pytest.approx(heights[1], rel=0.05)


@pytest.mark.parametrize("kind", ["line chart", "pie chart"])
def test_lines_and_pies_build_up(kind: str) -> None:
    early, late = (shown(f"{kind}: a 10, b 30, c 20", time) for time in (0.15, 0.7))
    counts = [int((picture[..., 2] > 128).sum()) for picture in (early, late)]
    assert 0 < counts[0] < 0.9 * counts[1]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("a counter from 0 to $1,250,000", 0, "$1,250,000"),
        ("count up to 500", 0, "500"),
        ("counter going from 20% to 95%", 20, "95%"),
        ("countdown from 10", 10, "0"),
    ],
)
def test_a_counter_runs_from_and_to_what_the_words_say(text: str, first: float, last: str) -> None:
    counted = count(text)
    assert counted is not None
    assert (counted.first, counted.last.written()) == (first, last)
    assert read(text, 0).kind == "counter"


def test_a_counter_ends_on_its_number() -> None:
    assert likeness(white(shown("counter from 0 to 480", 0.8)), "480") > 0.8
    assert Figure(3.5, "$", "k", 1).written(2) == "$2.0k"


@pytest.mark.parametrize(
    ("prompt", "kind", "texts"),
    [
        ("“Hello” and 'it's on' in red", "title", ("Hello", "it's on")),
        ("A title that says Welcome home on a blue background", "title", ("Welcome home",)),
        ("Make an animated title: Summer Sale", "title", ("Summer Sale",)),
        ("Spring is here", "title", ("Spring is here",)),
        ("checklist: flour, water and salt", "list", ("flour", "water", "salt")),
        ('"a" "b" "c" "d"', "list", ("a", "b", "c", "d")),
        ("a bar chart", "title", ("a bar chart",)),
    ],
)
def test_kind_and_words_come_from_the_prompt(prompt: str, kind: str, texts: tuple[str, ...]) -> None:
    wish = read(prompt, 0)
    assert wish.kind == kind
    assert wish.texts == texts


def test_colours_and_length_come_from_the_prompt() -> None:
    wish = read('"Go" in red on a white background, 4 seconds', 0)
    assert (wish.accent, wish.ground, wish.seconds) == (COLOURS["red"], COLOURS["white"], 4)
    assert read('"Go" in #336699', 0).accent == (0x33, 0x66, 0x99)


@pytest.mark.parametrize(
    ("asked", "ground", "headline"),
    [
        ("yellow", None, "yellow"),
        ("black", None, "white"),
        ("red", "white", "red"),
        ("navy", "black", "white"),
        (None, "black", "white"),
    ],
)
def test_a_headline_has_the_colour_asked_for_where_it_can_be_read(
    asked: str | None, ground: str | None, headline: str
) -> None:
    colours = {name: COLOURS[name] if name else None for name in (asked, ground)}
    stage = Stage(640, 360, 3.0, COLOURS["blue"], colours[ground], colours[asked])
    assert stage.headline == COLOURS[headline]


def made_from(folder: Path, prompt: str, files: Sequence[Path] = (), **body: Any) -> Task:
    folder.mkdir(exist_ok=True)
    inputs = {"fileIds": files} if files else {}
    return Task("generate-motion-graphic", {"prompt": prompt, **SQUARE, **body}, inputs, 3, folder)


def test_transparent_is_webm_with_alpha_and_a_flat_form(tmp_path: Path) -> None:
    made = animate(made_from(tmp_path, '"Hello"', durationSeconds=1), lambda _share: None)
    assert made.path.suffix == ".webm"
    with VideoReader(made.path, alpha=True) as reader:
        pictures = list(reader.pictures())
    assert len(pictures) == FPS
    middle = pictures[20]
    assert middle[5, 5, 3] < 8
    assert middle[..., 3].max() > 240
    flat = probe(made.extras["flat"])
    assert (flat.kind, flat.width, flat.height) == ("VIDEO", canvas.LONG_SIDE, canvas.LONG_SIDE // 4)


def test_nothing_is_drawn_but_words_and_given_files() -> None:
    bare, scenic = (shown(prompt, 0.5) for prompt in ('"Hello"', '"Hello" over a video of a fox in a forest, spoken'))
    assert (bare[..., 3] > 0).any()
    assert np.array_equal(bare, scenic)


@pytest.mark.parametrize("mode", ["DISABLED", "ENABLED"])
def test_switches_of_what_may_be_generated_change_nothing(mode: str, tmp_path: Path) -> None:
    """Nothing is generated for a graphic, so everything is as with all of them off."""
    names = ("generateImages", "generateVideoClips", "generateVoiceover", "searchStockMedia")
    prompt = '"Hello" over a forest'
    options: dict[str, Any] = {"durationSeconds": 1, "transparentBackground": False}
    made = animate(made_from(tmp_path / "auto", prompt, (), **options), lambda _share: None)
    switched = made_from(tmp_path / mode, prompt, (), subToolModes=dict.fromkeys(names, mode), **options)
    assert animate(switched, lambda _share: None).path.read_bytes() == made.path.read_bytes()
    assert not probe(made.path).has_audio


def test_opaque_is_mp4_and_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    tasks = [made_from(tmp_path / name, '"Hello"', durationSeconds=1, transparentBackground=False) for name in "ab"]
    first, again = (animate(task, lambda _share: None) for task in tasks)
    assert first.path.suffix == ".mp4"
    assert first.path.read_bytes() == again.path.read_bytes()


def test_a_given_picture_is_revealed(tmp_path: Path, photo: Callable[..., Path]) -> None:
    task = made_from(tmp_path / "g", "logo", [photo("logo.png")], durationSeconds=1, transparentBackground=False)
    with VideoReader(animate(task, lambda _share: None).path) as reader:
        pictures = [picture.astype(int) for picture in reader.pictures()]
    orange = [int((np.abs(picture - (250, 150, 30)).max(axis=2) < 30).sum()) for picture in pictures]
    assert orange[0] == 0
    assert orange[15] > 0.0025 * pictures[0].size / 3


@pytest.mark.parametrize(
    ("prompt", "body", "code"),
    [
        (" … ", {}, "empty_prompt"),
        ('"你好"', {}, "unsupported_text"),
        ('"a"', {"durationSeconds": 301}, "invalid_duration"),
    ],
)
def test_what_cannot_be_shown_is_refused(tmp_path: Path, prompt: str, body: dict[str, Any], code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        animate(made_from(tmp_path, prompt, **body), lambda _share: None)
    assert refusal.value.code == code


def test_frames_without_movement_are_not_drawn_again() -> None:
    stage = staged('"Hello"')
    drawn = list(frames(stage, things(read('"Hello"', 0), stage, []), 60))
    assert drawn[40] is drawn[41]
    assert drawn[3] is not drawn[4]


def test_frames_are_those_of_their_times() -> None:
    stage = staged('"Hello"')
    made = things(read('"Hello"', 0), stage, [])
    assert [one.tobytes() for one in frames(stage, made, 6)] == [
        frame_at(stage, made, number / FPS).tobytes() for number in range(6)
    ]
