"""Finished videos by a real MCP client on a fresh sandbox: one call from a script to an MP4, then one to change it.

What is measured is the file that the client gets: its length, what a recogniser understands, what is on the picture.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pysubs2
import pytest
from mcp import Client

from tests.e2e.test_media import call, clip
from tests.generated import in_ci, is_full
from tests.hearing import heard, word_errors
from tests.sandbox.engines.decks import write_pdf
from tests.sandbox.engines.videos.conftest import frames, pictures, sound
from videogen_mcp.server import open_server
from videogen_mcp.settings import COMPLETION, Settings
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.media.loudness import loudness
from videogen_sandbox.engines.media.probe import probe

pytestmark = pytest.mark.timeout(300)

SENTENCES = """
Every morning the old man walks down to the sea. He has a small boat and a good dog. The water is cold, but the sun
is warm. He rows out past the rocks and waits for the fish. Sometimes it rains, and he sings a song about the rain.
At noon he eats bread and cheese under the tall tree. Children come to hear his stories about the great storm. In the
evening he goes home along the river. The lights of the town are red and gold. Nobody there has ever seen a man who is
so happy.
"""

SCRIPT, QUALITY = (SENTENCES, "auto") if is_full() else ("He has a small boat and a good dog. The water is cold.", "sd")
"""A hundred words in 720p in `.ci/run`, and thirteen of them in 480p elsewhere."""

WORDS = re.findall(r"[a-z']+", SCRIPT.lower())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def settings(place: Path, state_dir: Path) -> Settings:
    return Settings(sandbox="on", state_dir=state_dir, output_dir=place, allowed_dirs=(place,), wait=COMPLETION)


async def made(settings: Settings, tool: str, name: str, **arguments: Any) -> tuple[dict[str, Any], Path]:
    """The answer of one call, and the file that it made, saved."""
    async with open_server(settings) as server, Client(server) as client:
        answer = await call(client, tool, **arguments)
        saved = await call(client, "download_file", file_id=answer["files"][0]["file_id"], name=name)
    return answer, Path(saved["path"])


Made = tuple[dict[str, Any], Path]


@pytest.fixture(scope="module")
def upright(settings: Settings) -> Made:
    """A script in one call: 9:16, captions, music."""
    asked = {
        "script": SCRIPT,
        "aspect_ratio": "9:16",
        "captions": "on",
        "music": "calm piano",
        "export_quality": QUALITY,
    }
    return anyio.run(partial(made, settings, "script_to_video", "upright", **asked))


@pytest.fixture(scope="module")
def wide(settings: Settings, upright: Made) -> Made:
    """The same project in 16:9 without captions."""
    edits = [{"kind": "resize", "value": "16:9"}, {"kind": "no_captions"}]
    asked = {"project_id": upright[0]["project_id"], "edits": edits, "export_quality": QUALITY}
    return anyio.run(partial(made, settings, "edit_project", "wide", **asked))


@pytest.fixture(scope="module")
def quiet(settings: Settings, upright: Made, wide: Made) -> Made:
    """The wide one without music, as a copy."""
    asked = {
        "project_id": upright[0]["project_id"],
        "edits": [{"kind": "music", "value": "none"}],
        "as_copy": True,
        "export_quality": QUALITY,
    }
    return anyio.run(partial(made, settings, "edit_project", "quiet", **asked))


def test_its_captions_are_saved_beside_it(upright: Made) -> None:
    cues = pysubs2.load(str(upright[1].with_suffix(".srt")))
    assert re.findall(r"[a-z']+", " ".join(cue.plaintext for cue in cues).lower()) == WORDS
    assert 0 <= cues[0].start < cues[-1].end <= (probe(upright[1]).duration or 0) * 1000


def test_one_call_answers_with_the_film_its_run_and_its_project(upright: Made) -> None:
    answer, _ = upright
    assert answer["status"] == "succeeded"
    assert answer["execution_id"].startswith("vg_work_")
    assert answer["project_id"].startswith("vg_proj_")
    assert answer["project_url"].startswith("http://127.0.0.1:")
    (file,) = answer["files"]
    assert file["type"] == "VIDEO"
    assert file["preview_url"].startswith("http://127.0.0.1:")


def test_the_film_is_as_long_as_its_narration_and_has_the_shape_asked_for(upright: Made) -> None:
    media = probe(upright[1])
    assert media.width is not None
    assert media.height is not None
    assert media.width / media.height == pytest.approx(9 / 16, abs=0.01)
    assert media.duration is not None
    assert 100 < 60 * len(WORDS) / media.duration < 300  # words a minute


@in_ci("test_speech has the voice, test_soundtrack what music leaves of it")
def test_a_recogniser_understands_the_narration_over_the_music(upright: Made) -> None:
    assert word_errors(WORDS, heard(sound(upright[1]), SOUND_RATE)) <= 0.2


def test_the_picture_changes_with_the_sentences(upright: Made) -> None:
    jumps = np.abs(np.diff(frames(upright[1]), axis=0)).mean(axis=(1, 2, 3))
    assert (jumps > 12).sum() >= SCRIPT.count(".") - 1


def test_edited_it_is_wide_has_no_captions_and_sounds_the_same(upright: Made, wide: Made) -> None:
    media = probe(wide[1])
    assert media.width is not None
    assert media.height is not None
    assert media.width / media.height == pytest.approx(16 / 9, abs=0.01)
    assert wide[0]["project_id"] == upright[0]["project_id"]
    before, after = sound(upright[1])[:, 0], sound(wide[1])[:, 0]
    length = min(len(before), len(after))
    assert np.corrcoef(before[:length], after[:length])[0, 1] > 0.9
    assert caption_pixels(wide[1]) < 50 < caption_pixels(upright[1])


def caption_pixels(film: Path) -> int:
    """White pixels in the lower third that are gone a second after the last word: letters, and nothing drawn."""
    found = pictures(film, [1.0, 2.5, 4.0, 5.5] if is_full() else [0.5, 1.3, 2.1, 2.9])
    white = [(one[one.shape[0] * 2 // 3 :] > 235).all(axis=-1) for one in found]
    return int(np.median([np.logical_xor(before, after).sum() for before, after in pairwise(white)]))


@in_ci("test_soundtrack measures the same of the mix")
def test_music_lies_between_24_and_14_lu_below_the_voice(wide: Made, quiet: Made) -> None:
    mixed, spoken = sound(wide[1]), sound(quiet[1])
    length = min(len(mixed), len(spoken))
    assert abs(len(mixed) - len(spoken)) < SOUND_RATE // 2
    gain = float(np.sum(mixed[:length] * spoken[:length]) / np.sum(spoken[:length] ** 2))
    music = mixed[:length] - gain * spoken[:length]
    assert -24 <= loudness(music) - loudness(gain * spoken[:length]) <= -14


@in_ci("test_edit_chains edits copies, test_api_projects makes them")
def test_a_copy_is_a_project_of_its_own(upright: Made, quiet: Made) -> None:
    assert quiet[0]["project_id"] != upright[0]["project_id"]


@pytest.fixture(scope="module")
def recording(settings: Settings) -> Path:
    """What somebody has recorded: here a voice of the sandbox, as a file on disk."""
    said = {"text": "The river is long. It ends in the sea."}
    return anyio.run(partial(made, settings, "text_to_speech", "recording", **said))[1]


@in_ci("slides go the same way, and test_workflows builds it of a recording")
def test_a_recording_becomes_a_film_of_its_length(settings: Settings, recording: Path) -> None:
    _, film = anyio.run(
        partial(made, settings, "voiceover_to_video", "over", audio=str(recording), export_quality=QUALITY)
    )
    length, spoken = probe(film).duration, probe(recording).duration
    assert length is not None
    assert spoken is not None
    assert abs(length - spoken) < 2


def test_pages_become_a_film_that_shows_each(settings: Settings, place: Path) -> None:
    pages = 5 if is_full() else 3
    deck = write_pdf(place / "deck.pdf", ["WWWW " * number for number in range(1, pages + 1)])
    scripts = ["One.", "Two.", "Three.", "Four.", "Five."][:pages]
    asked = {"deck": str(deck), "slide_scripts": scripts, "export_quality": QUALITY}
    _, film = anyio.run(partial(made, settings, "slideshow_to_video", "deck", **asked))
    jumps = np.abs(np.diff(frames(film), axis=0)).mean(axis=(1, 2, 3))
    assert probe(film).kind == "VIDEO"
    assert (jumps > 0.3).sum() >= pages - 1


@in_ci("slides go the same way, and test_workflows builds it of scenes")
def test_scenes_become_a_film(settings: Settings) -> None:
    scenes = [
        {"prompt": "a red boat on the sea", "seconds": 1},
        {"prompt": "a cat", "seconds": 1, "words": "Good cat."},
    ]
    asked = {"scenes": scenes, "aspect_ratio": "1:1", "export_quality": QUALITY}
    _, film = anyio.run(partial(made, settings, "storyboard_to_video", "board", **asked))
    length = probe(film).duration
    assert length == pytest.approx(2, abs=1)


def test_a_local_clip_is_restyled_and_keeps_its_length(settings: Settings, place: Path) -> None:
    source = clip(place)
    asked = {"video": str(source), "prompt": "hand-drawn, soft colours"}
    _, film = anyio.run(partial(made, settings, "video_to_video", "restyled", **asked))
    length = probe(film).duration
    assert length == pytest.approx(1.0, abs=0.3)
