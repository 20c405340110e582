"""A recording, slides, a storyboard, a prompt and a film each become a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.generated import in_ci
from tests.sandbox.engines.videos.conftest import Frames, Project, built, chord
from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, write_wav
from videogen_sandbox.engines.speech.speech import speak, utter
from videogen_sandbox.engines.speech.voice import RATE
from videogen_sandbox.engines.videos import from_storyboard, recordings
from videogen_sandbox.engines.videos.assets import of
from videogen_sandbox.engines.videos.frame import frame_size
from videogen_sandbox.engines.videos.timeline import timeline

STYLE = {"type": "AI_IMAGE", "aiStyle": ""}


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sentences by another voice, with a pause between them."""
    text = "The cows stood in the field.\nA boat came over the lake."
    said = utter(text, voice="miles", speed=1.0, seed=1, report=lambda _: None)
    return write_wav(tmp_path_factory.mktemp("speech") / "speech.wav", said, RATE)


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of three pages: red, green and blue, each with a white box."""
    pages = []
    for colour in ("#c03030", "#30a030", "#3030c0"):
        page = Image.new("RGB", (400, 300), colour)
        ImageDraw.Draw(page).rectangle((150, 100, 250, 200), fill="white")
        pages.append(page)
    path = tmp_path_factory.mktemp("deck") / "deck.pdf"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def middle(project: Project, time: float) -> list[float]:
    """The colour of the middle of a frame beside the box of a slide."""
    picture = project.picture(time)
    height, width = picture.shape[:2]
    part = picture[height // 2 - 20 : height // 2 + 20, round(width * 0.3) : round(width * 0.34)]
    return [float(value) for value in part.mean(axis=(0, 1))]


def test_a_recording_is_kept_and_its_pictures_follow_its_phrases(speech: Path, tmp_path: Path) -> None:
    body = {"visualStyle": STYLE, "visualPacing": "FAST"}
    project = built(tmp_path / "voice", "voiceover-to-video", body, {"fileId": [speech]})
    phrases = recordings.read(speech)
    shots = project.schedule.shots
    assert len(phrases) == len(shots) == 2
    assert shots[1].start == pytest.approx(phrases[1].start, abs=0.2)
    assert 0 < project.schedule.duration - phrases[-1].end < 2
    assert "transcript" in project.document.notes[0]
    assert not project.schedule.words


def test_the_words_of_a_recording_make_its_captions_and_pictures(speech: Path, tmp_path: Path) -> None:
    words = [("The", 0.3), ("cows", 0.5), ("stood", 0.9), ("in", 1.2), ("the", 1.3), ("field.", 1.4)]
    transcript = {"words": [{"word": word, "startSeconds": at, "endSeconds": at + 0.2} for word, at in words]}
    body = {"visualStyle": STYLE, "captionStyle": {}, "transcript": transcript}
    project = built(tmp_path / "worded", "voiceover-to-video", body, {"fileId": [speech]})
    assert project.document.visuals[0].prompt == "The cows stood in the field."
    assert project.document.notes == ()
    bare = project.edited({"type": "DISABLE_CAPTIONS"})
    assert (np.abs(project.picture(1.0) - bare.picture(1.0)).sum(axis=2) > 90).sum() > 500


def test_speech_that_was_made_here_gets_captions_and_subtitles(tmp_path: Path) -> None:
    made = speak(Task("text-to-speech", {"ttsText": "The cows stood. A boat came."}, {}, 1, tmp_path), lambda _: None)
    words = [{"word": word, "startSeconds": start, "endSeconds": end} for word, start, end in made.words]
    body = {"visualStyle": STYLE, "captionStyle": {}, "transcript": {"words": words}}
    project = built(tmp_path / "spoken", "voiceover-to-video", body, {"fileId": [made.path]})
    bare = project.changed(captions=None)
    time = made.words[1][1] + 0.1
    assert (np.abs(project.picture(time) - bare.picture(time)).sum(axis=2) > 90).sum() > 500
    cues = timeline(project.data, project.assets.folder).captions
    assert " ".join(cue.text for cue in cues) == "The cows stood. A boat came."
    assert cues[0].start == pytest.approx(made.words[0][1], abs=0.1)


def test_a_direction_shows_what_it_says_when_it_says(speech: Path, tmp_path: Path) -> None:
    scenes = [{"startSeconds": 0.7, "endSeconds": 1.2, "description": "a lighthouse"}]
    body = {"visualStyle": STYLE, "scenes": scenes}
    project = built(tmp_path / "directed", "voiceover-to-video", body, {"fileId": [speech]})
    (shot,) = (shot for shot in project.schedule.shots if shot.visual.prompt == "a lighthouse")
    assert [shot.start, shot.end] == pytest.approx([0.7, 1.2], abs=0.15)


def noise(rng: np.random.Generator) -> Sound:
    return np.asarray(0.1 * rng.standard_normal(3 * SOUND_RATE), np.float32)


@pytest.mark.parametrize("what", ["silence", "noise", "music"])
def test_a_recording_without_speech_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    if what == "music":
        path = chord(tmp_path)
    else:
        samples = noise(np.random.default_rng(1)) if what == "noise" else np.zeros(2 * SOUND_RATE, np.float32)
        write_wav(path, samples, SOUND_RATE)
    with pytest.raises(EngineError) as refusal:
        built(tmp_path / "none", "voiceover-to-video", {"visualStyle": STYLE}, {"fileId": [path]})
    assert refusal.value.code == "no_speech"


def test_slides_are_shown_whole_while_their_scripts_are_said(deck: Path, tmp_path: Path) -> None:
    scripts = ["This is the first slide.", "", "And this is the end."]
    project = built(tmp_path / "slides", "slideshow-to-video", {"slideScripts": scripts}, {"fileId": [deck]})
    shots = project.schedule.shots
    for shot, strongest in zip(shots, range(3), strict=True):
        colours = middle(project, shot.start + 0.4)
        assert int(np.argmax(colours)) == strongest
    assert [len(section.lines) for section in project.document.sections] == [1, 0, 1]
    assert shots[1].end - shots[1].start == pytest.approx(4, abs=0.5)
    picture = project.picture(0.5)
    white = np.argwhere((picture > 230).all(axis=2))
    assert np.ptp(white, axis=0) == pytest.approx([160, 160], abs=4)  # the box is still a square, a third of the height


def test_slides_without_notes_are_silent_and_say_so(deck: Path, tmp_path: Path) -> None:
    project = built(tmp_path / "silent", "slideshow-to-video", {}, {"fileId": [deck]})
    assert not project.schedule.voice
    assert "slideScripts" in project.document.notes[0]


@pytest.fixture(scope="module")
def bare_deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of two pages: a black and a red bar on white, and a green page with a white box."""
    bare, green = Image.new("RGB", (400, 300), "white"), Image.new("RGB", (400, 300), "#30a030")
    ImageDraw.Draw(bare).rectangle((100, 100, 300, 140), fill="black")
    ImageDraw.Draw(bare).rectangle((100, 180, 300, 220), fill="#d02020")
    ImageDraw.Draw(green).rectangle((150, 100, 250, 200), fill="white")
    path = tmp_path_factory.mktemp("bare") / "bare.pdf"
    bare.save(path, save_all=True, append_images=[green])
    return path


def spot(picture: Frames, x: float, y: float) -> list[float]:
    """The colour at shares of a frame's width and height."""
    height, width = picture.shape[:2]
    row, column = round(y * height), round(x * width)
    return [float(value) for value in picture[row - 3 : row + 3, column - 3 : column + 3].mean(axis=(0, 1))]


@in_ci("a theme that is read from its words colours the margins")
def test_a_theme_colours_bare_slides_margins_and_captions(bare_deck: Path, tmp_path: Path) -> None:
    swatch = Image.new("RGB", (90, 60), (20, 60, 140))
    ImageDraw.Draw(swatch).rectangle((60, 0, 90, 60), fill=(240, 170, 30))
    swatch.save(tmp_path / "theme.png")
    body = {"slideScripts": ["Hello there."], "captionStyle": {}}
    plain = built(tmp_path / "plain", "slideshow-to-video", body, {"fileId": [bare_deck]})
    inputs = {"fileId": [bare_deck], "slideshowThemeEntityId": [tmp_path / "theme.png"]}
    body |= {"slideshowTheme": {"name": "House", "description": None}}
    project = built(tmp_path / "themed", "slideshow-to-video", body, inputs)
    first, second = (project.picture(shot.start + 0.2) for shot in project.schedule.shots)
    assert spot(first, 0.05, 0.5) == pytest.approx([20, 60, 140], abs=8)  # the margin
    page, bar, red = spot(first, 0.3, 0.1), spot(first, 0.5, 0.3), spot(first, 0.5, 0.5)
    assert page[2] > page[0] + 20 > 200
    assert bar[2] > bar[0] + 15
    assert max(bar) < 90
    assert red == pytest.approx(spot(plain.picture(0.2), 0.5, 0.5), abs=6)
    assert spot(second, 0.5, 0.2) == pytest.approx([48, 160, 48], abs=8)  # its own ground
    style = project.document.captions
    assert style is not None
    assert style.spoken_text_color is not None
    assert style.spoken_text_color.rgb == pytest.approx((240, 170, 30), abs=8)
    time = project.schedule.words[0].start + 0.1
    said = project.picture(time) - project.changed(captions=None).picture(time)
    assert np.abs(said).sum() > 0
    assert project.edited({"type": "ENABLE_CAPTIONS"}).document.captions == style


@pytest.mark.parametrize(
    ("description", "ground", "notes"),
    [("Dark green with gold titles", (37, 89, 56), 0), ("Quiet and modern", None, 1)],
)
def test_a_theme_without_pictures_is_read_from_its_words(
    bare_deck: Path, tmp_path: Path, description: str, ground: tuple[int, int, int] | None, notes: int
) -> None:
    body = {"slideScripts": [], "slideshowTheme": {"name": "House", "description": description}}
    project = built(tmp_path / "told", "slideshow-to-video", body, {"fileId": [bare_deck]})
    theme = project.document.theme
    assert (theme and theme.ground.rgb) == ground
    assert len(project.document.notes) == notes
    if ground:
        assert spot(project.picture(0.2), 0.05, 0.5) == pytest.approx(ground, abs=8)


def test_more_scripts_than_slides_are_refused(deck: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refusal:
        built(tmp_path / "many", "slideshow-to-video", {"slideScripts": ["Hello."] * 4}, {"fileId": [deck]})
    assert refusal.value.code == "invalid_input"


def test_a_storyboard_is_filmed_scene_by_scene(tmp_path: Path) -> None:
    scenes = [
        {"prompt": "@[entity:e1|ACTOR|a fox] in the snow", "durationSeconds": 1},
        {"prompt": "a boat on the sea", "voiceoverScript": "The sea is calm."},
    ]
    body = {"scenes": scenes, "aspectRatio": {"width": 4, "height": 1}}
    project = built(tmp_path / "story", "storyboard-to-video", body)
    first, second = project.schedule.shots
    assert [first.start, first.end] == pytest.approx([0, 1], abs=0.4)
    assert second.end - second.start > 1.5
    assert project.document.visuals[0].prompt == "a fox in the snow"
    assert np.abs(project.picture(0.2) - project.picture(0.8)).mean() > 0.5  # it moves
    assert [word.text for word in project.schedule.words] == ["The", "sea", "is", "calm."]


@pytest.fixture(scope="module")
def lime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cut-out in a green that no drawing has."""
    return cut_out(tmp_path_factory.mktemp("lime") / "lime.png", (0, 255, 0))


@pytest.fixture(scope="module")
def magenta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another, in magenta."""
    return cut_out(tmp_path_factory.mktemp("magenta") / "magenta.png", (255, 0, 255))


def cut_out(path: Path, colour: tuple[int, int, int]) -> Path:
    picture = Image.new("RGBA", (60, 100))
    ImageDraw.Draw(picture).rectangle((10, 10, 50, 90), fill=colour)
    picture.save(path)
    return path


def shares(picture: Frames) -> tuple[float, float]:
    """How much of a frame is lime, and how much is magenta."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    lime = (green > 190) & (red < 90) & (blue < 90)
    magenta = (red > 190) & (green < 90) & (blue > 190)
    return float(lime.mean()), float(magenta.mean())


def test_the_cast_of_a_storyboard_is_seen_in_its_scenes(lime: Path, magenta: Path, tmp_path: Path) -> None:
    hero = {"type": "ACTOR", "name": "Rex the dog", "description": "", "pictured": True}
    bottle = {"type": "PRODUCT", "name": "Bottle", "description": "", "pictured": True}
    scenes = [{"prompt": "Rex the dog on a beach", "durationSeconds": 1}, {"prompt": "a street", "durationSeconds": 1,
              "cast": [bottle]}]  # fmt: skip
    inputs = {"actorEntityIds": [lime], "scenes.1.productEntityIds": [magenta]}
    body = {"scenes": scenes, "cast": [hero], "aspectRatio": {"width": 1, "height": 1}}
    project = built(tmp_path / "cast", "storyboard-to-video", body, inputs)
    first, second = (shares(project.picture(shot.start + 0.4)) for shot in project.schedule.shots)
    assert first[0] > 0.02
    assert first[1] < 0.001
    assert min(second) > 0.02
    assert project.document.visuals[0].prompt == "on a beach"  # no second dog


def test_cast_without_pictures_is_drawn_from_its_words(tmp_path: Path) -> None:
    scenes = [{"prompt": "in a garden"}, {"prompt": "in a street", "cast": [{"type": "ACTOR", "name": "Tom"}]}]
    rex = {"type": "ACTOR", "name": "Rex", "description": "an old dog", "pictured": False}
    task = Project({}, tmp_path).task("storyboard-to-video", {"scenes": scenes, "cast": [rex]})
    found = from_storyboard.document(task, of(task))
    assert [visual.prompt for visual in found.visuals] == ["in a garden, an old dog", "in a street, Tom"]


@pytest.mark.parametrize("place", ["mountains", "a kitchen"])
@in_ci("test_image has references that lend their colours")
def test_the_pictures_of_a_style_colour_what_is_drawn(place: str, tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), "#c01fb0").save(tmp_path / "style.png")
    body = {"scenes": [{"prompt": place, "durationSeconds": 1}], "aspectRatio": {"width": 4, "height": 1}}
    found = []
    for name, inputs in (("plain", {}), ("styled", {"scenes.0.visualStyleEntityId": [tmp_path / "style.png"]})):
        picture = built(tmp_path / name, "storyboard-to-video", body, inputs).picture(0.4)
        found.append(float((picture[..., 0] + picture[..., 2] - 2 * picture[..., 1]).mean()))
    plain, styled = found
    assert styled > plain + 30


def test_a_prompt_becomes_a_clip_of_the_length_asked_for(tmp_path: Path) -> None:
    body = {"prompt": "a red car in the rain", "durationSeconds": 1, "aspectRatio": {"width": 4, "height": 1}}
    project = built(tmp_path / "clip", "prompt-to-video-clip", body)
    assert project.schedule.duration == 1
    assert np.abs(project.heard()).max() > 0.01  # of rain


def test_a_film_is_restyled_and_keeps_its_length_and_sound(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    time = np.arange(2 * SOUND_RATE) / SOUND_RATE
    tone = np.asarray(0.3 * np.sin(2 * np.pi * 440 * time), np.float32)
    with VideoWriter(source, width=320, height=180, fps=25, sound=tone) as film:
        for number in range(50):
            film.write(np.full((180, 320, 3), (200, 60, 20 + 3 * number), np.uint8))
    body = {"prompt": "black and white, slow motion"}
    project = built(tmp_path / "restyled", "video-to-video", body, {"videoFileId": [source]})
    assert project.schedule.duration == pytest.approx(2, abs=0.1)
    assert frame_size(project.document.aspect_ratio, "STANDARD") == (854, 480)
    picture = project.picture(1.0)
    assert (picture.max(axis=2) - picture.min(axis=2)).mean() < 6
    spectrum = np.abs(np.fft.rfft(project.heard()[:SOUND_RATE].mean(axis=1)))
    assert np.argmax(spectrum) == pytest.approx(440, abs=2)


def test_featured_b_roll_has_its_place_among_the_pictures(tmp_path: Path) -> None:
    Image.new("RGB", (640, 360), (200, 30, 200)).save(tmp_path / "roll.png")
    body = {"script": "A dog ran. A cat slept.", "visualStyle": STYLE}
    project = built(tmp_path / "roll", "script-to-video", body, {"featuredBRollFileIds": [tmp_path / "roll.png"]})
    assert project.picture(0.5).mean(axis=(0, 1)) == pytest.approx([200, 30, 200], abs=6)
    assert project.document.visuals[1].kind == "drawn"


def test_the_timeline_names_assets_that_are_there_and_leaves_no_gap(project: Project) -> None:
    told = timeline(project.data, project.assets.folder)
    assert all((project.assets.folder / clip.source).is_file() for clip in [*told.video, *told.audio])
    assert [clip.start + clip.duration for clip in told.video] == pytest.approx(
        [*(clip.start for clip in told.video[1:]), told.duration]
    )
    assert " ".join(cue.text for cue in told.captions) == " ".join(word.text for word in project.schedule.words)
    assert [clip.kind for clip in told.audio] == ["voice"] * len(project.schedule.lines)
