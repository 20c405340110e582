from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.generated import is_full, some
from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.loudness import loudness
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.music.form import form
from videogen_sandbox.engines.music.harmony import SCALES, Key, voiced
from videogen_sandbox.engines.music.instruments import MANNERS, play, strike
from videogen_sandbox.engines.music.music import compose
from videogen_sandbox.engines.music.piece import Piece, piece, write_music
from videogen_sandbox.engines.music.reading import Wish, read
from videogen_sandbox.engines.music.styles import DRUM_LEVELS, STYLES

RATE = 48_000


@cache
def played(prompt: str) -> Piece:
    return piece(prompt, 1, 12.0 if is_full() else 8.0)


def wish(prompt: str, seed: int = 1) -> Wish:
    return read(prompt, np.random.default_rng(seed))


def pitch(tone: Sound, near: float) -> float:
    """The fundamental of a tone in Hz, within a semitone of `near`."""
    strength = np.abs(np.fft.rfft(tone[4_000:], 1 << 19))
    frequency = np.arange(len(strength)) * RATE / (1 << 19)
    candidates = near * 2 ** (np.linspace(-1, 1, 401) / 12)
    sums = np.interp(np.outer(candidates, (1, 2, 3, 4)), frequency, strength).sum(axis=1)
    return float(candidates[int(np.argmax(sums))])


def onsets(sound: Sound) -> Sound:
    """How much louder the spectrum gets, 93 times a second."""
    frames = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=1), 2_048)[::512]
    spectrum = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(2_048))))
    return np.asarray(np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1), np.float32)


def tempo_fits(sound: Sound, tempo: float) -> float:
    """How much of the onsets repeats with each beat, compared with a tempo a ninth off: above 1 if it does."""
    strength = onsets(sound)
    strength = strength - strength.mean()
    related = np.correlate(strength, strength, "full")[len(strength) - 1 :]

    def at(one: float) -> float:
        return float(
            max(np.interp(60 / one * RATE / 512 * beats, np.arange(len(related)), related) for beats in (1, 2))
        )

    return at(tempo) / max(at(tempo * 8 / 9), at(tempo * 9 / 8), 1e-9)


def share_in_key(sound: Sound, key: Key) -> float:
    """Share of the energy from 100 to 1,000 Hz that lies on the tones of a key."""
    window = 32_768
    frames = sound.mean(axis=1)[: len(sound) // window * window].reshape(-1, window) * np.hanning(window)
    energy = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).sum(axis=0)
    frequency = np.arange(len(energy)) * RATE / window
    heard = (frequency > 100) & (frequency < 1_000)
    classes = np.round(12 * np.log2(frequency[heard] / 440) + 9).astype(int) % 12
    tones = [(key.tonic + step) % 12 for step in SCALES[key.scale]]
    return float(energy[heard][np.isin(classes, tones)].sum() / energy[heard].sum())


@pytest.mark.parametrize("name", some(sorted(MANNERS)))
def test_every_instrument_is_in_tune_to_a_fifth_of_a_semitone(name: str) -> None:
    keys = (45, 60, 72)
    asked = [440 * 2 ** ((key - 69) / 12) for key in keys]
    heard = [pitch(play(name, key, 1.5), wanted) for key, wanted in zip(keys, asked, strict=True)]
    assert [12 * np.log2(one / wanted) for one, wanted in zip(heard, asked, strict=True)] == pytest.approx(
        [0, 0, 0], abs=0.2
    )


def test_every_drum_is_heard_at_once_and_dies_away() -> None:
    for name in DRUM_LEVELS:
        stroke = np.abs(strike(name))
        assert stroke[: RATE // 10].max() > 0.15, name
        assert stroke[-200:].max() < 0.1, name


def test_a_held_tone_goes_on_and_a_struck_one_fades() -> None:
    levels = {
        name: [float(np.sqrt((tone[RATE * at : RATE * (at + 1)] ** 2).mean())) for at in (1, 4)]
        for name, tone in ((name, play(name, 60, 5.5)) for name in ("strings", "piano"))
    }
    assert levels["strings"][1] > 0.5 * levels["strings"][0]
    assert levels["piano"][1] < 0.5 * levels["piano"][0]


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("calm ambient piano for meditation", "ambient"),
        ("upbeat corporate background music", "corporate"),
        ("epic cinematic trailer", "epic"),
        ("dark suspense", "dark"),
        ("a sad, emotional ballad", "sad"),
        ("lofi beats to study to", "lo-fi"),
        ("swing for a late lounge", "jazz"),
        ("driving techno", "electronic"),
        ("folk guitar round a campfire", "acoustic"),
        ("a silly tune for kids", "playful"),
        ("something for my slides", "corporate"),
        ("solo piano", "ambient"),
    ],
)
def test_words_choose_the_style(prompt: str, style: str) -> None:
    assert wish(prompt).style.name == style


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("epic, in D minor", "D minor"),
        ("a song in the key of B flat major", "B flat major"),
        ("jazz in F# mixolydian", "F# mixolydian"),
        ("a waltz, e♭ major", "E flat major"),
    ],
)
def test_words_choose_the_key(prompt: str, key: str) -> None:
    assert wish(prompt).key.name == key


def test_a_scale_alone_leaves_the_tonic_open() -> None:
    assert {wish("something minor", seed).key.scale for seed in range(5)} == {"minor"}
    assert len({wish("something minor", seed).key.tonic for seed in range(9)}) > 2


def test_words_choose_tempo_length_and_drums() -> None:
    assert wish("house at 126 bpm, 20 seconds, no drums").tempo == 126
    assert [wish(words).seconds for words in ("20 seconds", "a 1:30 song", "2 minutes", "90s pop", "calm")] == [
        20, 90, 120, 90, None,
    ]  # fmt: skip
    assert wish("rock without drums").drums is None
    assert wish("calm with soft percussion").drums == "shaker"
    assert wish("slow folk").tempo < wish("folk").tempo < wish("fast folk").tempo


def test_named_instruments_are_heard_and_a_solo_is_alone() -> None:
    named = wish("upbeat with flute").style.layers
    assert any(layer.instrument == "flute" and layer.energy == 0 for layer in named)
    alone = wish("solo guitar")
    assert {layer.instrument for layer in alone.style.layers} == {"guitar"}
    assert alone.drums is None


@pytest.mark.parametrize("bars", [1, 2, 5, 6, 9, 10, 13, 27, 28, 64, 120])
def test_a_form_has_the_asked_bars_and_builds_up(bars: int) -> None:
    sections = form(bars)
    assert sum(section.bars for section in sections) == bars
    assert all(section.bars > 0 for section in sections)
    if bars >= 10:
        assert [sections[0].part, sections[-1].part] == ["intro", "outro"]
        assert max(section.energy for section in sections) > sections[0].energy
    if bars >= 16:
        assert {"verse", "chorus"} <= {section.part for section in sections}


def test_chords_move_little_and_keep_all_their_tones() -> None:
    key = Key(2, "minor")
    chords: list[Sequence[int]] = []
    for degree in (0, 5, 2, 6, 3, 4, 0):
        chords.append(voiced(key.chord(degree), chords[-1] if chords else None, 52, 72))
        assert {one % 12 for one in chords[-1]} == set(key.chord(degree))
    moves = [abs(a - b) for before, after in pairwise(chords) for a, b in zip(before, after, strict=True)]
    assert sum(moves) / len(moves) < 2.5
    assert all(52 <= one <= 72 for chord in chords for one in chord)


@pytest.mark.parametrize("style", some([style.name for style in STYLES]))
def test_a_piece_is_in_its_key_and_at_its_loudness_without_clipping(style: str) -> None:
    made = played(style)
    assert made.wish.style.name == style
    assert loudness(made.sound) == pytest.approx(-16, abs=0.5)
    assert np.abs(made.sound).max() <= 10 ** (-2.1 / 20)
    assert share_in_key(made.sound, made.wish.key) > 0.8
    notes = [note.key for note in made.score.notes if note.key is not None]
    tones = {(made.wish.key.tonic + step) % 12 for step in SCALES[made.wish.key.scale]}
    assert {one % 12 for one in notes} <= tones


@pytest.mark.parametrize("prompt", ["corporate at 120 bpm", "techno at 126 bpm", "folk at 96 bpm"])
def test_the_tempo_that_is_asked_for_is_heard(prompt: str) -> None:
    made = played(prompt)
    assert made.tempo == float(prompt.split()[-2])
    assert tempo_fits(made.sound, made.tempo) > 1.5


def test_moods_sound_different() -> None:
    def centroid(prompt: str) -> float:
        sound = played(prompt).sound.mean(axis=1)
        energy = np.abs(np.fft.rfft(sound))
        return float((energy * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / energy.sum())

    assert centroid("dark") < 0.7 * centroid("corporate")
    strokes = {name: len(played(name).score.notes) for name in ("ambient", "corporate")}
    assert strokes["corporate"] > 2 * strokes["ambient"]


def test_films_get_music_of_the_exact_length_that_comes_to_an_end() -> None:
    sound = write_music("epic", 3, 7.3)
    assert sound.shape == (2, round(7.3 * RATE))
    assert sound.dtype == np.float32
    assert np.abs(sound[:, -20:]).max() < 0.002
    assert np.abs(sound[:, : RATE * 4]).max() > 0.2
    assert write_music("calm", 3, 1.0).shape == (2, RATE)


def test_same_words_and_seed_give_the_same_samples_and_another_seed_another_piece() -> None:
    first, again, other = (piece("folk", seed, 4.0).sound for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_tool_writes_m4a_as_long_as_the_words_say(tmp_path: Path) -> None:
    seen: list[float] = []
    bytes_of = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        task = Task("generate-music", {"prompt": "playful, in G major, 6 seconds"}, {}, 7, tmp_path / name)
        made = compose(task, seen.append)
        bytes_of.append(made.path.read_bytes())
    media = probe(made.path)
    assert (media.kind, media.has_audio) == ("AUDIO", True)
    assert media.duration == pytest.approx(6, abs=0.1)
    assert "G major" in made.description
    assert bytes_of[0] == bytes_of[1]
    assert seen[-1] == 1.0


def test_a_prompt_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refusal:
        compose(Task("generate-music", {"prompt": " … "}, {}, 7, tmp_path), lambda _share: None)
    assert refusal.value.code == "empty_prompt"
