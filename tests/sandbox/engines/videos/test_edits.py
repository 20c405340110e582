"""Every kind of edit changes what is seen or heard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.generated import in_ci
from tests.sandbox.engines.videos.conftest import Frames, Project, built, chord
from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.videos.checks import edits_problem, edits_refusal
from videogen_sandbox.engines.videos.edit import CHANGES
from videogen_sandbox.engines.videos.frame import FPS

ROOT = Path(__file__).parents[4]

WHITE = {"red": 255, "green": 255, "blue": 255}
RED = {"red": 230, "green": 20, "blue": 30}
MOMENT = 0.9
"""Seconds. In the first shot, while its words are said."""


def difference(one: Frames, other: Frames) -> float:
    return float(np.abs(one - other).mean())


def sharpness(picture: Frames) -> float:
    """How suddenly the hardest edges of a picture begin."""
    return float(np.percentile(np.abs(np.diff(picture.mean(axis=2), n=2, axis=1)), 99.8))


def pitch(sound: Sound) -> float:
    """The lowest strong frequency of a voice, Hz, by autocorrelation over its loud parts."""
    mono = sound.mean(axis=1)[::4]
    found = []
    for start in range(0, len(mono) - 600, 600):
        part = mono[start : start + 600]
        if np.abs(part).max() > 0.15:
            same = np.correlate(part, part, "full")[599:]
            lag = int(np.argmax(same[30:180])) + 30
            if same[lag] > 0.5 * same[0]:
                found.append(SOUND_RATE / 4 / lag)
    return float(np.median(found))


def after_the_last_word(project: Project) -> float:
    """RMS of what is heard once nobody speaks any more."""
    end = round((project.schedule.words[-1].end + 0.3) * SOUND_RATE)
    return float(np.sqrt(np.mean(project.heard()[end : end + SOUND_RATE // 3] ** 2)))


def test_captions_are_shown_in_the_style_asked_for_and_hidden_again(project: Project) -> None:
    style = {
        "verticalAlignment": "TOP",
        "textColor": RED,
        "spokenTextColor": None,
        "backgroundStyle": {
            "type": "RECT",
            "backgroundColor": {"red": 255, "green": 255, "blue": 255},
            "opacityProportion": 1,
        },
    }
    shown = project.edited({"type": "ENABLE_CAPTIONS", "captionStyle": style})
    picture, bare = shown.picture(MOMENT), project.picture(MOMENT)
    changed = np.flatnonzero((np.abs(picture - bare).sum(axis=2) > 60).any(axis=1))
    assert changed.max() < picture.shape[0] * 0.3
    letters = (np.abs(picture - np.array([RED["red"], RED["green"], RED["blue"]])) < 70).all(axis=2)
    assert letters.sum() > 200
    assert difference(shown.edited({"type": "DISABLE_CAPTIONS"}).picture(MOMENT), bare) == 0


def test_a_larger_caption_takes_more_room(project: Project) -> None:
    def rows(size: int) -> int:
        style = {"fontSize": size, "backgroundStyle": None}
        picture = project.edited({"type": "ENABLE_CAPTIONS", "captionStyle": style}).picture(MOMENT)
        return int((np.abs(picture - project.picture(MOMENT)).sum(axis=2) > 90).any(axis=1).sum())

    assert rows(90) > 1.3 * rows(50)


@pytest.mark.parametrize("kind", ["FADE", "RISE", "PAN", "POP", "WIPE", "DYNAMIC"])
def test_transitions_show_both_pictures_at_the_cut(project: Project, kind: str) -> None:
    edited = project.edited({"type": "ADD_TRANSITIONS", "assetTransition": kind, "sectionTransition": None})
    cut = edited.schedule.shots[1].start
    before, middle, after = (edited.picture(cut + offset) for offset in (-0.4, -2 / FPS, 0.4))
    assert difference(middle, before) > 3
    assert difference(middle, after) > 3
    section = edited.schedule.shots[2].start  # that scope was left alone: a hard cut
    assert difference(edited.picture(section - 1 / FPS), edited.picture(section - 3 / FPS)) < 3


def test_zoom_moves_a_still_much_further(project: Project) -> None:
    zoomed = project.edited({"type": "ADD_ZOOM"})
    plain, moved = (difference(one.picture(0.1), one.picture(2.4)) for one in (project, zoomed))
    assert moved > 1.5 * plain


def test_a_project_is_drawn_anew_for_another_shape(project: Project) -> None:
    wide = project.edited({"type": "RESIZE_PROJECT", "aspectRatio": {"width": 16, "height": 9}})
    assert wide.picture(MOMENT).shape[:2] == (480, 854)
    assert wide.schedule.words == project.schedule.words


def test_cleaning_up_cuts_pauses_and_fillers(tmp_path: Path) -> None:
    script = "Um, the dog slept in the, uh, garden. You know, he was tired.\nIt rained."
    body = {"script": script, "visualStyle": {"type": "AI_IMAGE", "aiStyle": ""}}
    rough = built(tmp_path / "rough", "script-to-video", body)
    clean = rough.edited({"type": "CLEAN_UP_TRANSCRIPT"})
    only_pauses = rough.edited({"type": "CLEAN_UP_TRANSCRIPT", "removeFillers": False, "minPauseSeconds": 0.3})
    said = [word.text for word in clean.schedule.words if word.text]
    assert said == ["The", "dog", "slept", "in", "the,", "garden.", "He", "was", "tired.", "It", "rained."]
    assert clean.schedule.duration < only_pauses.schedule.duration < rough.schedule.duration - 0.5
    gaps = [b.start - a.end for a, b in zip(only_pauses.schedule.words, only_pauses.schedule.words[1:], strict=False)]
    assert max(gaps) < 0.35
    silent = np.abs(only_pauses.heard().mean(axis=1)) < 0.003
    runs = np.diff(np.flatnonzero(np.concatenate([[True], ~silent, [True]])))[1:-1]
    assert runs.max() / SOUND_RATE < 0.45


def test_images_become_films(short: Project) -> None:
    moving = short.edited({"type": "CONVERT_IMAGES_TO_VIDEOS", "motionPrompt": "it is snowing"})
    assert all(visual.footage for visual in moving.document.visuals)
    step = difference(moving.picture(1.0), moving.picture(1.0 + 2 / FPS))
    assert step > 2 * difference(short.picture(1.0), short.picture(1.0 + 2 / FPS))


def test_images_are_drawn_in_another_style(project: Project) -> None:
    grey = project.edited({"type": "REGENERATE_IMAGES", "stylePrompt": "black and white photograph"}).picture(MOMENT)
    colours = project.picture(MOMENT)
    spread = [float((picture.max(axis=2) - picture.min(axis=2)).mean()) for picture in (grey, colours)]
    assert spread[0] < 5 < 25 < spread[1]


@in_ci("test_upscale shows the same of one picture")
def test_enlarged_pictures_are_sharper(short: Project) -> None:
    large = short.edited({"type": "UPSCALE_ASSETS"})
    before, after = (sharpness(one.picture(0.1, "ULTRA_HIGH")) for one in (short, large))
    assert after > 1.15 * before


def test_another_narrator_speaks_with_another_voice(project: Project) -> None:
    deep = project.edited({"type": "CHANGE_NARRATOR", "voiceId": "Miles", "voice": "miles", "voiceSpeed": 1.25})
    assert deep.schedule.words[-1].end < 0.9 * project.schedule.words[-1].end
    assert pitch(deep.heard()) < 0.75 * pitch(project.heard())


@in_ci("an actor's picture is seen, and test_avatar has who speaks")
def test_a_presenter_is_seen_speaking(project: Project) -> None:
    hosted = project.edited({"type": "CHANGE_NARRATOR", "voiceId": "Heart", "voice": "heart", "presenter": "hana"})
    shown = hosted.picture(MOMENT)
    place = np.argwhere(np.abs(shown - project.picture(MOMENT)).sum(axis=2) > 60)
    top, left = place.min(axis=0)
    bottom, right = place.max(axis=0)
    assert (bottom - top, right - left) == (pytest.approx(0.4 * 480, abs=12), pytest.approx(0.4 * 480, abs=12))
    face = (slice(top + 40, bottom - 60), slice(left + 50, right - 50))
    moments = [hosted.picture(time)[face] for time in (0.7, 0.9, 1.1, 1.3)]
    assert np.ptp(moments, axis=0).max() > 60  # the mouth opens and shuts


def test_an_own_actor_is_there_as_a_portrait(project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (60, 90), (10, 200, 220)).save(tmp_path / "actor.png")
    action = {"type": "CHANGE_NARRATOR", "voiceId": "Heart", "voice": "heart"}
    hosted = project.edited(action, actorEntityId=[tmp_path / "actor.png"])
    spots = (np.abs(hosted.picture(MOMENT) - np.array([10, 200, 220])) < 20).all(axis=2)
    assert spots.sum() > 0.8 * (0.4 * 480) ** 2
    gone = hosted.edited({**action, "actorEntityId": None})
    assert difference(gone.picture(MOMENT), project.picture(MOMENT)) == 0


def test_stock_visuals_are_shuffled(tmp_path: Path) -> None:
    body = {"script": "A dog ran.", "visualStyle": {"type": "STOCK"}, "aspectRatio": {"width": 4, "height": 1}}
    stock = built(tmp_path / "stock", "script-to-video", body)
    shuffled = stock.edited({"type": "SHUFFLE_STOCK_VISUALS"})
    assert difference(stock.picture(MOMENT), shuffled.picture(MOMENT)) > 5
    assert shuffled.schedule.words == stock.schedule.words
    assert difference(stock.picture(0.2), stock.picture(1.2)) > 1  # it moves


def test_music_is_written_from_words(project: Project) -> None:
    assert after_the_last_word(project) < 1e-4
    scored = project.edited({"type": "GENERATE_MUSIC", "prompt": "calm piano"})
    assert after_the_last_word(scored) > 1e-3


def test_music_is_set_turned_up_and_removed(project: Project, tmp_path: Path) -> None:
    soft = project.edited({"type": "SET_BACKGROUND_MUSIC", "volume": 0.2}, chord(tmp_path))
    loud = soft.edited({"type": "SET_BACKGROUND_MUSIC", "volume": 0.9})
    assert after_the_last_word(loud) > 2 * after_the_last_word(soft) > 1e-4
    gone = loud.edited({"type": "SET_BACKGROUND_MUSIC", "fileId": None})
    assert after_the_last_word(gone) < 1e-4


def test_a_logo_is_set_and_removed(project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), (255, 0, 255)).save(tmp_path / "logo.png")
    marked = project.edited({"type": "SET_LOGO", "position": "BOTTOM_LEFT", "sizePercent": 10}, tmp_path / "logo.png")
    shown = marked.picture(MOMENT)
    spots = np.argwhere((np.abs(shown - np.array([255, 0, 255])) < 60).all(axis=2))
    assert spots.min(axis=0)[0] > shown.shape[0] * 0.85
    assert spots.max(axis=0)[1] < shown.shape[1] * 0.2
    assert np.ptp(spots[:, 1]) == pytest.approx(0.1 * shown.shape[1], abs=4)
    assert difference(marked.edited({"type": "SET_LOGO", "fileId": None}).picture(MOMENT), project.picture(MOMENT)) == 0


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"type": "TRANSLATE_PROJECT", "languageCode": "de"}, "translation_unavailable"),
        ({"type": "SHUFFLE_STOCK_VISUALS"}, "nothing_to_edit"),
        ({"type": "SET_BACKGROUND_MUSIC", "volume": 0.5}, "nothing_to_edit"),
        ({"type": "SET_LOGO", "position": "TOP_LEFT"}, "nothing_to_edit"),
        ({"type": "RESIZE_PROJECT", "aspectRatio": {"width": 9, "height": 1}}, "unsupported_aspect_ratio"),
        ({"type": "REGENERATE_IMAGES", "stylePrompt": "x" * 5_000}, "style_too_long"),
        ({"type": "CHANGE_NARRATOR", "voice": "rachel"}, "unknown_voice"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_a_code(project: Project, action: Mapping[str, Any], code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        project.edited(action)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_a_logo_that_is_a_film_is_refused(project: Project, plain: Path) -> None:
    with pytest.raises(EngineError) as refusal:
        project.edited({"type": "SET_LOGO"}, plain)
    assert refusal.value.code == "invalid_logo"


@pytest.mark.parametrize(
    ("kinds", "contradict"),
    [
        (("ENABLE_CAPTIONS", "DISABLE_CAPTIONS"), True),
        (("SET_BACKGROUND_MUSIC", "ADD_ZOOM", "GENERATE_MUSIC"), True),
        (("RESIZE_PROJECT", "RESIZE_PROJECT"), True),
        (("ENABLE_CAPTIONS", "ADD_ZOOM", "SET_LOGO"), False),
    ],
)
def test_edits_that_contradict_each_other_are_refused_before_any_work(kinds: tuple[str, ...], contradict: bool) -> None:
    actions = [{"type": kind, "prompt": "calm", "stylePrompt": "calm"} for kind in kinds]
    refused = edits_refusal(actions)
    assert (refused is not None and refused.code == "contradicting_edits") == contradict
    assert (edits_problem(actions) is not None) == contradict


def test_every_kind_of_the_contract_has_an_edit() -> None:
    schema = json.loads((ROOT / "tests/contract/openapi-current.json").read_text())
    assert set(CHANGES) == set(schema["components"]["schemas"]["RemixActionType"]["enum"])
