from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.generated import in_ci
from tests.hearing import heard, word_errors
from tests.sandbox.engines.videos.conftest import (
    EXPORTED,
    SCRIPT,
    SHORT_BODY,
    Frames,
    Project,
    built,
    chord,
    frames,
    sound,
)
from videogen_sandbox.engines import Made
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.media.loudness import loudness
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.videos.document import CaptionStyle, Colour, Music, load
from videogen_sandbox.engines.videos.frame import FPS
from videogen_sandbox.engines.videos.overlays import END_SECONDS
from videogen_sandbox.engines.videos.soundtrack import soundtrack, track


def test_a_script_becomes_a_film_of_the_shape_and_length_of_its_narration(project: Project, plain: Path) -> None:
    media = probe(plain)
    spoken = project.schedule.words[-1].end
    assert (media.width, media.height, media.fps, media.has_audio) == (
        EXPORTED,
        round(EXPORTED * 16 / 9 / 4) * 4,
        FPS,
        True,
    )
    assert media.duration == pytest.approx(project.schedule.duration, abs=0.1)
    assert 0 < project.schedule.duration - spoken < 2


@in_ci("test_speech has the voice that speaks it")
def test_a_recogniser_understands_the_narration(plain: Path) -> None:
    assert word_errors(re.findall(r"[a-z']+", SCRIPT.lower()), heard(sound(plain), SOUND_RATE)) <= 0.2


def test_the_picture_changes_with_each_sentence_and_not_between(project: Project, plain_frames: Frames) -> None:
    starts = [line[0].start for line in project.schedule.lines]
    jumps = np.abs(np.diff(plain_frames, axis=0)).mean(axis=(1, 2, 3))
    cuts = (np.flatnonzero(jumps > 12) + 1) / FPS
    assert len(cuts) == len(starts) - 1
    assert cuts == pytest.approx(starts[1:], abs=0.35)
    assert all(cut <= start for cut, start in zip(cuts, starts[1:], strict=True))


def test_a_still_moves_gently(plain_frames: Frames) -> None:
    first, later = plain_frames[5], plain_frames[35]
    assert 0.3 < np.abs(first - later).mean() < 12


def test_the_same_document_gives_the_same_bytes(short: Project, short_film: Made, tmp_path: Path) -> None:
    again = built(tmp_path / "again", "script-to-video", SHORT_BODY)
    assert again.data == short.data
    assert again.exported().path.read_bytes() == short_film.path.read_bytes()


def test_an_export_brings_the_words_of_its_script_with_their_times(short: Project, short_film: Made) -> None:
    assert [word for word, _, _ in short_film.words] == str(SHORT_BODY["script"]).split()
    times = [time for _, start, end in short_film.words for time in (start, end)]
    assert times == sorted(times)
    assert times[-1] < short.schedule.duration


def test_documents_survive_json(project: Project) -> None:
    assert load(json.loads(json.dumps(project.data))) == project.document


def test_what_is_made_is_kept(short: Project) -> None:
    short.exported()
    kept = {path.name: path.stat().st_mtime_ns for path in short.assets.folder.iterdir()}
    short.exported()
    assert {path.name: path.stat().st_mtime_ns for path in short.assets.folder.iterdir()} == kept


def lit(image: Frames, colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    """Where a picture has a colour, about."""
    return np.asarray((np.abs(image - np.array(colour)) < 60).all(axis=-1))


def test_captions_stand_at_the_bottom_while_their_words_are_said(project: Project) -> None:
    yellow = Colour(red=255, green=230, blue=0)
    captioned = project.changed(captions=CaptionStyle(spoken_text_color=yellow))
    seconds = [(line[1].start + line[1].end) / 2 for line in project.schedule.lines]
    last = project.schedule.duration - 2 / FPS
    with_them, without = ([one.picture(time) for time in (*seconds, last)] for one in (captioned, project))
    for shown, bare in zip(with_them[:-1], without[:-1], strict=True):
        rows = np.flatnonzero((np.abs(shown - bare).mean(axis=2) > 40).any(axis=1))
        assert shown.shape[0] * 0.7 < rows.min()
        assert rows.max() < shown.shape[0] * 0.95
        assert lit(shown, (255, 255, 255)).sum() > 150  # of letters some four pixels wide
        assert lit(shown, yellow.rgb).sum() > 30
    assert np.abs(with_them[-1] - without[-1]).max() == 0  # after the last word the caption is gone


def test_music_lies_under_the_voice_and_comes_back_when_nobody_speaks(project: Project, tmp_path: Path) -> None:
    music = Music(asset=project.assets.keep(chord(tmp_path), "given"))
    planned = project.schedule
    whole = soundtrack(project.document.model_copy(update={"music": music}), planned, project.assets, planned.duration)
    assert whole is not None
    spoken = track(planned.voice, project.assets, len(whole))
    gain = float(np.sum(whole * spoken) / np.sum(spoken * spoken))
    alone = whole - gain * spoken  # the limiter bends only the highest peaks
    assert -24 <= loudness(alone) - loudness(whole) <= -14


def test_the_sound_is_as_loud_as_the_web_wants_it_and_never_clips(plain: Path) -> None:
    exported = sound(plain)
    assert loudness(exported) == pytest.approx(-16, abs=1)
    assert np.abs(exported).max() < 10 ** (-1 / 20)


def test_the_end_screen_and_the_mark_are_there_when_asked_for(short: Project, short_film: Made) -> None:
    plain, shown = frames(short_film.path), frames(short.exported(endScreen=True, watermark=True).path)
    assert len(shown) == pytest.approx(len(plain) + END_SECONDS * FPS, abs=1)
    corner = np.abs(shown[20] - plain[20])[-15:, -60:]
    assert corner.mean() > 10
    assert shown[-1].mean() < 40 < plain[-1].mean()  # a dark card
