"""What is heard: the voice, the sound of clips, music that makes room for both, at one loudness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from videogen_sandbox.engines.media.decode import Sound, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.media.filters import Filter, filtered
from videogen_sandbox.engines.media.loudness import LOUDNESS, SILENT, gained, limited, loudness
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Music
from videogen_sandbox.engines.videos.music import read
from videogen_sandbox.engines.videos.narration import Piece
from videogen_sandbox.engines.videos.schedule import Schedule

VOICE = -17.0
"""LUFS of the voice alone."""

BETWEEN = 16.0
"""LU by which the music lies below the voice at the middle volume while nobody speaks."""

UNDER_SPEECH = 27.0
"""LU by which it does while somebody speaks."""

FARTHEST = 23.5
"""LU by which the music as a whole lies below the voice at most: less is not noticed as music any more. Where a
narration has hardly any pauses, this lifts it under the speech."""

BED: Sequence[Filter] = (
    ("acompressor", "threshold=-25dB:ratio=8:attack=2:release=120:knee=4:detection=peak"),
    ("equalizer", "frequency=1800:width_type=o:width=4.2:gain=-12"),
)
"""What makes music a bed for speech: plucks and drums are held back, which else hide single consonants, and room is
made between 400 Hz and 8 kHz, where consonants are. Basses and air stay. Set for music at `LOUDNESS`."""

ATTACK, RELEASE = 0.15, 0.9
"""Seconds in which music makes room and comes back. It comes back slowly, so that it stays down between sentences."""

AHEAD = 0.3
"""Seconds by which music begins to make room before a word, so that the first sounds of a sentence are clear."""

UNDER_SOUND = 14.0
"""LU by which the sound of clips and scenes lies below the voice."""

LOUDEST_MUSIC = 6.0
"""Decibels above the middle volume at full volume."""

FADE_IN, FADE_OUT = 0.6, 1.6
"""Seconds in which music begins and ends."""

JOIN = 1.0
"""Seconds of crossfade where a piece that is too short begins again."""

SPLICE = 0.006
"""Seconds of fade at each end of a stretch of voice: a hard cut clicks."""

_STEP = SOUND_RATE // 50
"""Samples between two values of the ducking curve: 20 ms."""

_SPEECH = 10 ** (-42 / 20)
"""RMS above which someone speaks."""


def soundtrack(document: Document, schedule: Schedule, assets: Assets, seconds: float) -> Sound | None:
    """Return the whole sound, samples x 2 at `SOUND_RATE`, `seconds` long; None for a video in which nothing is heard.

    About -16 LUFS, true peaks under -1 dBTP. Raise EngineError when given music or sound cannot be read.
    """
    length = round(seconds * SOUND_RATE)
    voice = gained(track(schedule.voice, assets, length), VOICE) if schedule.voice else None
    under = VOICE - UNDER_SOUND if schedule.voice else LOUDNESS
    around = gained(track(schedule.sounds, assets, length), under) if schedule.sounds else None
    music = _music(document.music, seconds, assets) if document.music and document.music.volume > 0 else None
    if music is not None and document.music is not None:
        lead = voice if voice is not None and loudness(voice) > SILENT else around
        music = _under(music, lead, document.music)
    heard = [part for part in (voice, around, music) if part is not None]
    if not heard:
        return None
    return limited(gained(np.sum(heard, axis=0, dtype=np.float32), LOUDNESS))


def track(pieces: Sequence[Piece], assets: Assets, length: int) -> Sound:
    """Return the pieces at their places, samples x 2, `length` samples in all; each begins and ends without a click."""
    whole = np.zeros((length, 2), np.float32)
    read: dict[str, Sound] = {}
    for piece in pieces:
        if piece.asset not in read:
            read = {piece.asset: read_sound(assets.path(piece.asset), rate=SOUND_RATE, channels=2)}
        begin, start = round(piece.source_start * SOUND_RATE), round(piece.start * SOUND_RATE)
        samples = read[piece.asset][begin : begin + round(piece.duration * SOUND_RATE)][: max(0, length - start)]
        whole[start : start + len(samples)] += _faded(samples, SPLICE, SPLICE)
    return whole


def _music(music: Music, seconds: float, assets: Assets) -> Sound:
    """The piece, as long as the video: begun again where it is too short, faded at both ends."""
    piece = read(music, seconds, assets)
    return _faded(_repeated(piece, round(seconds * SOUND_RATE)), FADE_IN, FADE_OUT)


def _repeated(sound: Sound, length: int) -> Sound:
    join = min(round(JOIN * SOUND_RATE), len(sound) // 4)
    whole = sound
    while len(whole) < length:
        ramp = np.linspace(0, 1, join, dtype=np.float32)[:, None]
        seam = whole[len(whole) - join :] * (1 - ramp) + sound[:join] * ramp
        whole = np.concatenate([whole[: len(whole) - join], seam, sound[join:]])
    return whole[:length]


def _under(music: Sound, lead: Sound | None, wanted: Music) -> Sound:
    """The music at its level: under what leads and ducked by it, or as loud as the video where nothing does."""
    change = 20 * np.log10(max(wanted.volume, 0.01) / 0.5)
    change = min(change, LOUDEST_MUSIC)
    if lead is None:
        return gained(music, LOUDNESS + change)
    speech = _speech(lead)[:, None]
    bed = filtered(gained(music, LOUDNESS), BED)
    mixed = gained(music, VOICE - BETWEEN) * (1 - speech) + gained(bed, VOICE - UNDER_SPEECH) * speech
    return gained(mixed, max(loudness(mixed), VOICE - FARTHEST) + change)


def _speech(lead: Sound) -> Sound:
    """How far the music makes room at each sample: 1 where somebody speaks, falling to 0 in longer pauses."""
    steps = -(-len(lead) // _STEP)
    mono = np.zeros(steps * _STEP, np.float32)
    mono[: len(lead)] = lead.mean(axis=1)
    loud = np.sqrt(np.mean(mono.reshape(steps, _STEP) ** 2, axis=1)) > _SPEECH
    ahead = round(AHEAD * SOUND_RATE / _STEP)
    speaks = np.convolve(loud, np.ones(ahead + 1))[ahead : ahead + steps] > 0  # now, or within that time
    down, up = (1 - np.exp(-_STEP / SOUND_RATE / (seconds / 3)) for seconds in (ATTACK, RELEASE))
    curve = np.empty(steps)
    value = 0.0
    for step, spoken in enumerate(speaks):
        value += (float(spoken) - value) * (down if spoken else up)
        curve[step] = value
    middle = np.arange(steps) * _STEP + _STEP / 2
    return np.interp(np.arange(len(lead)), middle, curve).astype(np.float32)


def _faded(sound: Sound, begin: float, end: float) -> Sound:
    """A copy that grows from silence and returns to it, in seconds."""
    faded: Sound = sound.copy()
    into, out = (min(round(seconds * SOUND_RATE), len(sound) // 2) for seconds in (begin, end))
    if into:
        faded[:into] *= np.linspace(0, 1, into, dtype=np.float32)[:, None]
    if out:
        faded[len(faded) - out :] *= np.linspace(1, 0, out, dtype=np.float32)[:, None]
    return faded
