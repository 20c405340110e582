from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from tests.generated import in_ci
from tests.sandbox.engines.test_matting import disc, figure, lawn, overlap
from videogen_sandbox.engines.matting import looks
from videogen_sandbox.engines.matting.edges import cut
from videogen_sandbox.engines.matting.matting import mask
from videogen_sandbox.engines.matting.net import SIDE, Plane


def lawn_with(*places: tuple[int, int, int]) -> tuple[Image.Image, np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """People on a lawn of 960 x 540, each at left, top and height, and their true alpha."""
    alone = Image.new("RGBA", (960, 540))
    for left, top, height in places:
        alone.alpha_composite(figure(height, height), (left, top))
    scene = lawn(960, 540).copy()
    scene.paste(alone, mask=alone.getchannel("A"))
    return scene, np.asarray(alone.getchannel("A"), float) / 255


@in_ci("what closer looks add is shown with planned answers")
def test_a_small_subject_is_cut_as_well_as_a_large_one() -> None:
    scene, truth = lawn_with((600, 300, 120))
    assert overlap(np.asarray(mask(scene)), truth) > 0.95  # one look at the whole picture: 0.93


@in_ci("parts that stand apart are kept in test_matting")
def test_two_people_are_both_kept() -> None:
    scene, truth = lawn_with((80, 200, 300), (560, 200, 280))
    assert overlap(np.asarray(mask(scene)), truth) > 0.95


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Plane]:
    """What the network says, one look after the other."""
    planned: list[Plane] = []
    monkeypatch.setattr(looks, "find", lambda _: planned.pop(0))
    return planned


def test_a_closer_look_that_loses_the_subject_does_not_count(answers: list[Plane]) -> None:
    whole = disc(160, 160, 60)
    answers += [whole, disc(40, 40, 5)]
    assert np.abs(looks.subject(Image.new("RGB", (SIDE, SIDE))) - whole).mean() < 0.002


def test_what_the_widest_look_is_sure_of_does_not_turn_half_transparent(answers: list[Plane]) -> None:
    whole = disc(160, 160, 60)
    doubtful = disc(160, 160, 114) * (1 - 0.8 * disc(220, 200, 25))  # a helmet, seen from close by
    answers += [whole, doubtful, doubtful]
    found = looks.subject(Image.new("RGB", (SIDE, SIDE)))
    inside = np.asarray(Image.fromarray(disc(160, 160, 45)).resize(found.shape[::-1])) > 0.9
    assert found[inside].min() > 0.95


def test_closer_looks_lie_where_they_were_taken_and_are_turned_back(answers: list[Plane]) -> None:
    """The subject is left of the middle; the second look, mirrored, sees it enlarged and on the right."""
    whole = np.zeros((SIDE, SIDE), np.float32)
    whole[80:240, 40:120] = 1  # with a fifth of 160 around it: 8 to 152 across, 48 to 272 down
    second = np.zeros((SIDE, SIDE), np.float32)
    second[round(32 / 224 * SIDE) : round(192 / 224 * SIDE), round(32 / 144 * SIDE) : round(112 / 144 * SIDE)] = 1
    answers += [whole, second, np.zeros((SIDE, SIDE), np.float32)]
    found = looks.subject(Image.new("RGB", (SIDE, SIDE)))
    enlarged = np.asarray(Image.fromarray(whole).resize(found.shape[::-1]))
    assert np.abs(found - enlarged).mean() < 0.01


def test_nothing_found_is_an_empty_mask(answers: list[Plane]) -> None:
    answers += [np.zeros((SIDE, SIDE), np.float32)]
    assert looks.subject(Image.new("RGB", (64, 48))).max() == 0


def test_stripes_on_a_lawn_are_left_to_the_mask() -> None:
    """Black and white on both sides: a pixel's colour says nothing of where it belongs."""
    rng = np.random.default_rng(4)
    picture = np.repeat(rng.integers(0, 2, (200, 200, 1), dtype=np.uint8) * 200 + 20, 3, axis=2)
    picture[:, :100, 0] += 30
    ramp = np.clip((100 - np.arange(200)) / 10 + 0.5, 0, 1).astype(np.float32)
    alpha = cut(picture, np.tile(ramp, (200, 1))).alpha / 255
    assert np.abs(alpha - ramp).mean() < 0.01  # trusting colours: 0.02


def test_a_picture_takes_three_looks_each_closer(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, _ = lawn_with((300, 100, 400))
    seen: list[tuple[int, int]] = []

    def counted(picture: Image.Image) -> Plane:
        seen.append(picture.size)
        return disc(160, 160, 100)

    monkeypatch.setattr(looks, "find", counted)
    looks.subject(scene)
    assert seen[0] == (960, 540)
    assert len(seen) == 3
    assert all(later[0] <= earlier[0] and later[1] <= earlier[1] for earlier, later in pairwise(seen))
