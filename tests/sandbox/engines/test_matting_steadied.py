from __future__ import annotations

from itertools import pairwise

import numpy as np

from tests.sandbox.engines.test_matting import disc
from videogen_sandbox.engines.matting.net import Plane
from videogen_sandbox.engines.matting.steadied import Look, settled
from videogen_sandbox.engines.media.decode import Picture

GREY = np.full((90, 160, 3), 128, np.uint8)
SUBJECT = disc(160, 160, 60)


def film(*masks: Plane, pictures: tuple[Picture, ...] = ()) -> list[Plane]:
    """The settled masks of a film of which these were found."""
    shown = pictures or (GREY,) * len(masks)
    looks: list[Look] = [([picture], mask) for picture, mask in zip(shown, masks, strict=True)]
    return [mask for _, mask in settled(iter(looks))]


def test_a_sun_in_one_mask_goes() -> None:
    sun = disc(40, 270, 20)
    for place in range(3):
        masks = [SUBJECT.copy() for _ in range(3)]
        masks[place] = masks[place] + sun
        assert max(float(found[250:290, 20:60].max()) for found in film(*masks)) == 0


def test_a_second_subject_in_all_masks_stays_and_a_sun_does_not() -> None:
    first, second, sun = disc(110, 160, 40), disc(220, 160, 40), disc(40, 270, 20)
    for found in film(*[first + second + sun for _ in range(3)]):
        assert (found[160, 110], found[160, 220], found[270, 40]) == (1, 1, 0)


def test_what_is_found_later_in_an_unchanged_picture_is_no_subject() -> None:
    first, second = disc(110, 160, 40), disc(220, 160, 40)
    assert film(first, first + second, first + second)[2][160, 220] == 0


def test_a_helmet_does_not_turn_half_transparent() -> None:
    helmet = disc(190, 190, 12)
    for place in range(3):
        masks = [SUBJECT.copy() for _ in range(3)]
        masks[place] = masks[place] * (1 - 0.6 * helmet)
        assert min(float(found[190, 190]) for found in film(*masks)) > 0.95


def test_an_edge_that_trembles_is_calmed() -> None:
    trembling = [np.maximum(SUBJECT, disc(222, 160, 8) * (number % 2)) for number in range(6)]

    def change(masks: list[Plane]) -> float:
        return float(np.mean([np.abs(later - earlier).mean() for earlier, later in pairwise(masks)]))

    assert change(film(*trembling)) < 0.6 * change(trembling)


def test_a_subject_lost_in_an_unchanged_picture_is_kept() -> None:
    eyes = disc(160, 150, 8)
    assert float(film(SUBJECT.copy(), SUBJECT.copy(), eyes)[-1].sum()) > 0.9 * float(SUBJECT.sum())


def test_a_subject_that_turns_half_transparent_in_an_unchanged_picture_is_kept() -> None:
    eyes = disc(160, 150, 8)
    fading = film(SUBJECT.copy(), np.maximum(SUBJECT / 2, eyes), np.maximum(SUBJECT / 4, eyes), eyes)
    assert min(float(found[190, 190]) for found in fading) > 0.9


def test_a_subject_that_has_left_is_let_go() -> None:
    """Its place in the picture looks otherwise than before."""
    there = GREY.copy()
    there[20:70, 50:110] = (200, 60, 40)
    gone = np.zeros_like(SUBJECT)
    assert film(SUBJECT.copy(), SUBJECT.copy(), gone, pictures=(there, there, GREY))[-1].max() < 0.05


def test_another_scene_is_not_taken_for_a_part_that_goes() -> None:
    other = disc(60, 60, 20)
    found = film(SUBJECT.copy(), other, SUBJECT.copy(), pictures=(GREY, GREY // 4, GREY))
    assert found[1][60, 60] == 1


def test_where_nothing_moves_the_mask_is_the_very_same() -> None:
    first, second, third = film(SUBJECT, SUBJECT, SUBJECT)
    assert first is second is third


def test_one_picture_keeps_its_mask() -> None:
    assert film(SUBJECT)[0] is SUBJECT


def test_a_subject_may_come_into_an_unchanged_picture() -> None:
    assert film(np.zeros_like(SUBJECT), SUBJECT.copy(), SUBJECT.copy())[1][160, 160] == 1
