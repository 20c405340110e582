"""Figures that walk."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from videogen_sandbox.engines.drawing import kinds
from videogen_sandbox.engines.drawing.image import layers
from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.drawing.sprites import sprite
from videogen_sandbox.engines.film.actors import cast
from videogen_sandbox.engines.film.gait import STANDING, Walker, walker
from videogen_sandbox.engines.film.scene import scene_frames

ON_LEGS = ("dog", "cat", "cow", "giraffe", "person-walking", "robot", "man", "t-rex")

HEIGHT = 240
"""Of the figures, in pixels."""


def walking(name: str, facing: int = -1) -> Walker:
    found = walker(sprite(name, HEIGHT, Random(1)), facing)
    assert found is not None
    return found


def pose(figure: Walker, gone: float) -> NDArray[np.uint8]:
    """The figure after `gone` pixels, RGBA, with room beside it."""
    frame = Image.new("RGBa", (700, HEIGHT))
    figure.draw(frame, 200, 0, gone)
    return np.asarray(frame.convert("RGBA"))


def soles(figure: Walker, gone: float) -> NDArray[np.bool_]:
    """Where feet touch the ground, on a ground over which the figure, which faces left, goes to the left."""
    touching = (pose(figure, gone)[-6:-1, :, 3] > 127).any(axis=0)
    ground: NDArray[np.bool_] = np.roll(np.pad(touching, (300, 300)), -round(gone))
    return ground


def edges(ground: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where feet begin and end: every edge of one foot is hidden only where another stands over it."""
    return np.flatnonzero(np.diff(ground))


@pytest.mark.parametrize("name", ON_LEGS)
def test_a_foot_that_stands_does_not_slide(name: str) -> None:
    figure = walking(name)
    step = max(1, round(figure.length * 0.08))
    for before, after in pairwise(soles(figure, gone) for gone in range(0, 4 * figure.length, step)):
        assert min(abs(new - old) for new in edges(after) for old in edges(before)) <= 2


@pytest.mark.parametrize("name", ON_LEGS)
def test_legs_swing_and_come_back(name: str) -> None:
    figure = walking(name)
    cycle = figure.stride / STANDING
    first, half, again = (pose(figure, gone).astype(int) for gone in (0.0, cycle / 2, cycle))
    assert np.abs(first - half).mean() > 1
    assert np.array_equal(first, again)


@pytest.mark.parametrize("name", ["snake", "fox", "house"])
def test_what_shows_no_legs_does_not_walk(name: str) -> None:
    assert name not in kinds.kinds().walkers
    assert walker(sprite("snake", 120, Random(1)), -1) is None


@pytest.mark.parametrize(
    ("prompt", "motions"),
    [
        ("a dog on the beach", {"dog": "walk"}),
        ("a dog sits on the beach", {"dog": "nod"}),
        ("a robot in a city", {"robot": "walk"}),
        ("a woman walks through a park", {"woman-walking": "walk"}),
        ("a girl in a park", {"girl": "nod"}),
        ("a girl with a balloon walks through a park", {"girl": "walk", "balloon": "fly"}),
        ("a horse in a field", {"horse": "leap"}),
        ("a man running in a park", {"man-running": "leap"}),
        ("a fox in the forest", {"fox": "nod"}),
    ],
)
def test_who_goes_is_told_by_the_prompt_or_the_drawing(prompt: str, motions: dict[str, str]) -> None:
    assert {placed.name: placed.motion for placed in layers(parse(prompt), 160, 90, 1).subjects} == motions


def middle(frame: NDArray[np.int64]) -> float:
    """Share of the width at which the orange of the dog is."""
    orange = (frame[..., 0] > frame[..., 2] + 90) & (frame[..., 1] < 190)
    share: float = np.nonzero(orange)[1].mean() / frame.shape[1]
    return share


def test_a_dog_walks_across_the_picture() -> None:
    frames = [np.asarray(frame, int) for frame in scene_frames(parse("a dog in the snow"), 320, 180, 48, 24, 1)]
    places = [middle(frame) for frame in frames[::12]]
    steps = np.diff(places)
    assert abs(places[-1] - places[0]) > 0.1
    assert (np.sign(steps) == np.sign(steps[0])).all()


@pytest.mark.parametrize("prompt", ["a girl with a balloon walks through a park", "a knight riding a horse"])
def test_what_is_carried_goes_along(prompt: str) -> None:
    pieces = layers(parse(prompt), 352, 180, 1)
    actors = cast(pieces, 1, 3.0, (16.0, 336.0))
    assert len(actors) == 2
    assert actors[0].depth == actors[1].depth
