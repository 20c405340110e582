"""Recipes for bells, alarms, games, electronics, and the drone that stands in for anything unknown."""

from __future__ import annotations

import numpy as np

from videogen_sandbox.engines.sound.dsp import (
    Manner,
    Stage,
    arch,
    band,
    buzz,
    clock,
    decay,
    filtered,
    glide,
    grains,
    moments,
    noise,
    peaks,
    size,
    strokes,
    struck,
    wander,
)

BELL_PARTIALS = (
    (0.5, 0.5, 1.0), (1.0, 0.8, 0.75), (1.19, 0.9, 0.55), (1.5, 0.4, 0.45), (2.0, 1.0, 0.4),
    (2.51, 0.35, 0.25), (3.01, 0.3, 0.18), (4.17, 0.2, 0.1), (5.43, 0.12, 0.06), (6.8, 0.08, 0.04),
)  # fmt: skip
"""Partials of a church bell: ratio to the prime, level, and how long it rings: hum, prime, tierce, quint, nominal …"""


def bell(stage: Stage, manner: Manner) -> None:
    """A cast bell with its inharmonic partials; the hum rings longest."""
    big = manner.has("church", "big", "huge", "cathedral", "tower", "large", "deep")
    small = manner.has("bicycle", "bike", "hand", "desk", "reception", "service", "small", "little", "jingle", "school")
    prime = (220 if big else 1_150 if small else 440) * manner.pitch
    ring = 2.6 if big else 0.5 if small else 1.5
    for at in strokes(stage, manner, 3.2 if big else 1.2 if small else 2.4, jitter=0.02):
        length = min(ring * 5, stage.seconds - at + 0.02)
        modes = [(prime * ratio, 0.25 * level, ring * last) for ratio, level, last in BELL_PARTIALS]
        modes += [(frequency * 1.0023, level * 0.6, last) for frequency, level, last in modes]
        stage.add(struck(length, modes), at, 0.7)
        stage.add(noise(stage.rng, 0.05, band(1_500, 9_000)) * decay(0.05, 0.005, 0.0005), at, 0.1)
    stage.room(0.5, 0.15)


def doorbell(stage: Stage, manner: Manner) -> None:
    """Ding, dong."""
    for at in strokes(stage, manner, 3.5, first=0.08, jitter=0.0):
        for late, pitch in ((0.0, 659.3), (0.55, 523.3)):
            tone = pitch * manner.pitch
            stage.add(
                struck(1.8, [(tone, 1, 0.35), (tone * 2.76, 0.3, 0.12), (tone * 5.4, 0.12, 0.05)]), at + late, 0.6
            )
    stage.room(0.3, 0.2)


def chime(stage: Stage, manner: Manner) -> None:
    """Magic: a shimmering run of small bells up a pentatonic scale."""
    rng = stage.rng
    scale = 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24, 26, 28, 31]) / 12)
    for at in strokes(stage, manner, 4.0, first=0.05):
        for number, step in enumerate(scale):
            pitch, late = 784 * step * manner.pitch, number * 0.055 / manner.pace + rng.uniform(0, 0.012)
            tone = [(pitch, 1, 0.35), (pitch * 2.004, 0.35, 0.2), (pitch * 3.97, 0.2, 0.09)]
            stage.add(struck(2.2, tone), at + late, 0.22, -0.7 + 1.4 * number / len(scale))
        dust = struck(0.12, [(6_300, 1, 0.02), (7_900, 0.7, 0.015), (9_700, 0.5, 0.01)])
        stage.add(grains(rng, 2.4, moments(rng, 1.8, 26), dust, 0.6) * decay(2.4, 0.7, 0.3), at + 0.2, 0.05)
    stage.room(0.5, 0.3, 9_000)


def laser(stage: Stage, manner: Manner) -> None:
    """Shots: bright tones that drop within a quarter of a second."""
    rng = stage.rng
    for at in strokes(stage, manner, 0.55, jitter=0.2):
        length = rng.uniform(0.2, 0.34)
        t = clock(length)
        pitch = manner.pitch * (170 + rng.uniform(2_000, 3_200) * np.exp(-t / 0.06))
        shot = glide(pitch, (1, 0.5, 0.33, 0.25, 0.2)) + 0.6 * glide(pitch * 1.012, (1, 0.5, 0.33))
        stage.add(shot * decay(length, 0.09, 0.002), at, 0.5, rng.uniform(-0.6, 0.6))
    stage.room(0.15, 0.2, 9_000)


def siren(stage: Stage, manner: Manner) -> None:
    """Wail by default; two tones for an ambulance, a slow howl for an air raid."""
    t = clock(stage.seconds)
    if manner.has("ambulance", "european", "fire"):
        high = (t * manner.pace % 1.2) < 0.6
        pitch = np.where(high, 960.0, 770.0) * manner.pitch
    elif manner.has("air", "raid", "tornado", "war"):
        pitch = manner.pitch * (230 + 330 * (0.5 - 0.5 * np.cos(2 * np.pi * t * manner.pace / 7)))
    else:
        pitch = manner.pitch * (620 + 800 * (0.5 - 0.5 * np.cos(2 * np.pi * t * manner.pace / 3.4)))
    horn = glide(pitch, (1, 0.6, 0.45, 0.3, 0.2, 0.12, 0.08))
    stage.add(filtered(horn, band(450, 3_200, 1.0)), level=0.5)
    stage.room(0.45, 0.25, 4_000)


def alarm(stage: Stage, manner: Manner) -> None:
    """Four quick beeps, a pause, again."""
    for at in strokes(stage, manner, 1.0, jitter=0.0):
        for number in range(4):
            t = clock(0.075)
            beep = glide(np.full(len(t), 2_050.0 * manner.pitch), (1, 0.0, 0.3, 0.0, 0.12)) * arch(0.075, 0.5, 0.3)
            stage.add(beep, at + number * 0.125 / manner.pace, 0.6)


def beep(stage: Stage, manner: Manner) -> None:
    """A plain electronic tone, repeated."""
    for at in strokes(stage, manner, 1.0, jitter=0.0):
        length = 0.16 / manner.pace
        stage.add(
            glide(np.full(size(length), 1_000.0 * manner.pitch), (1, 0.08, 0.04)) * arch(length, 0.5, 0.25), at, 0.6
        )


def buzzer(stage: Stage, manner: Manner) -> None:
    """The buzzer for a wrong answer in a quiz."""
    for at in strokes(stage, manner, 2.0, jitter=0.0):
        length = min(0.9, max(0.2, stage.seconds - at))
        pitch = np.full(size(length), 118.0 * manner.pitch)
        stage.add(np.tanh(3 * buzz(pitch, 4_000) + 2 * buzz(pitch * 1.26, 4_000)) * arch(length, 0.5, 0.15), at, 0.7)


def phone(stage: Stage, manner: Manner) -> None:
    """An old telephone: two bells struck twenty times a second, two seconds on, one off."""
    for at in strokes(stage, manner, 3.0, jitter=0.0):
        for hit in np.arange(0, min(1.9, stage.seconds - at), 0.05):
            pitch = (1_320 if round(hit / 0.05) % 2 else 1_580) * manner.pitch
            stage.add(
                struck(0.3, [(pitch, 1, 0.05), (pitch * 2.7, 0.5, 0.03), (pitch * 4.9, 0.2, 0.015)]), at + hit, 0.25
            )
    stage.room(0.12, 0.15)


def horn(stage: Stage, manner: Manner) -> None:
    """A car horn: two reeds a third apart."""
    for number, at in enumerate(strokes(stage, manner, 1.6, jitter=0.1)):
        length = 0.3 if number % 3 == 0 else 0.8
        reeds = buzz(np.full(size(length), 415.0 * manner.pitch)) + buzz(np.full(size(length), 523.0 * manner.pitch))
        voice = filtered(reeds, peaks((900, 900, 1), (2_300, 1_200, 0.6)))
        stage.add(voice * arch(length, 0.5, 0.15), at, 0.8)
    stage.room(0.3, 0.2)


def coin(stage: Stage, manner: Manner) -> None:
    """The two square notes of an arcade machine."""
    for at in strokes(stage, manner, 1.1, jitter=0.05):
        for late, length, pitch in ((0.0, 0.08, 987.8), (0.08, 0.55, 1_318.5)):
            square = glide(np.full(size(length), pitch * manner.pitch), (1, 0, 0.33, 0, 0.2, 0, 0.14))
            fall = np.ones(size(length)) if late == 0 else decay(length, 0.12, 0.001)
            stage.add(square * fall, at + late, 0.45)


def powerup(stage: Stage, manner: Manner) -> None:
    """A game tune that climbs."""
    for at in strokes(stage, manner, 2.0, jitter=0.0):
        for number, step in enumerate((0, 4, 7, 12, 16, 19, 24)):
            pitch = 392 * 2 ** (step / 12) * manner.pitch
            square = glide(np.full(size(0.14), pitch), (1, 0, 0.33, 0, 0.2)) * decay(0.14, 0.06, 0.001)
            stage.add(square, at + number * 0.075 / manner.pace, 0.4)


def jump(stage: Stage, manner: Manner) -> None:
    """A game figure that jumps: a tone that leaps up."""
    for at in strokes(stage, manner, 1.0, jitter=0.1):
        pitch = manner.pitch * np.geomspace(260, 920, size(0.24))
        stage.add(glide(pitch, (1, 0, 0.25, 0, 0.1)) * arch(0.24, 0.25, 0.5), at, 0.6)


def click(stage: Stage, manner: Manner) -> None:
    """A button or a shutter: two dry clicks."""
    for at in strokes(stage, manner, 1.2, jitter=0.1):
        for late, level in ((0.0, 1.0), (0.07, 0.6)):
            tick = struck(0.04, [(2_600 * manner.pitch, 0.8, 0.003), (1_150 * manner.pitch, 0.8, 0.005)])
            stage.add(tick, at + late, 0.7 * level)
            stage.add(noise(stage.rng, 0.02, band(2_000, 9_000)) * decay(0.02, 0.003, 0.0002), at + late, 0.35 * level)
    stage.room(0.05, 0.1)


def pop(stage: Stage, manner: Manner) -> None:
    """A cork or a bubble: a short tone that shoots up."""
    for at in strokes(stage, manner, 0.8, jitter=0.25):
        pitch = manner.pitch * stage.rng.uniform(0.8, 1.25) * np.geomspace(320, 1_150, size(0.07))
        stage.add(glide(pitch, (1, 0.2)) * decay(0.07, 0.014, 0.002), at, 0.8, stage.rng.uniform(-0.4, 0.4))
    stage.room(0.08, 0.15)


def electricity(stage: Stage, manner: Manner) -> None:
    """Mains hum with sparks that jump."""
    rng, seconds = stage.rng, stage.seconds
    arcs = np.clip(wander(rng, seconds, 5, -1.0, 1.2), 0, 1)
    hum = buzz(np.full(size(seconds), 100.0 * manner.pitch), 9_000)
    stage.add(np.tanh(4 * filtered(hum, band(90, 5_000, 1.0))) * (0.15 + arcs), level=0.4)
    spark = noise(rng, 0.008, band(2_000, 12_000)) * decay(0.008, 0.001, 0.0001)
    stage.add(grains(rng, seconds, moments(rng, seconds, 160), spark, 0.5) * arcs, level=0.12, pan=0.2)


def static(stage: Stage, manner: Manner) -> None:
    """Radio noise that drifts, with a whistle between the stations."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(500, 5_000, 1.0), 0.22, wander(rng, seconds, 4, 0.5, 1.0))
    whistle = glide(manner.pitch * wander(rng, seconds, 0.7, 500, 2_600))
    stage.add(whistle * np.clip(wander(rng, seconds, 1.0, -0.8, 1.0), 0, 1), level=0.09)
    spit = noise(rng, 0.01, band(1_500, 7_000)) * decay(0.01, 0.002, 0.0002)
    stage.add(grains(rng, seconds, moments(rng, seconds, 9), spit, 0.5), level=0.15)


def riser(stage: Stage, manner: Manner) -> None:
    """Tension: tones and noise that climb to the end."""
    seconds = stage.seconds
    share = np.linspace(0, 1, size(seconds))
    for step in (1.0, 1.498, 2.003):
        stage.add(glide(manner.pitch * step * 90 * 2 ** (3 * share), (1, 0.5, 0.3, 0.2)) * share**1.5, level=0.25)
    stage.bed(band(1_500, 9_000, 1.0), 0.25, share**2.5)
    stage.room(0.3, 0.2)


def robot(stage: Stage, manner: Manner) -> None:
    """A computer that thinks: random short tones."""
    rng = stage.rng
    for at in np.arange(0.03, stage.seconds - 0.05, 0.085 / manner.pace):
        if rng.random() < 0.75:
            pitch = (
                manner.pitch * 330 * 2 ** (rng.integers(0, 25) / 12) * np.linspace(1, rng.uniform(0.8, 1.3), size(0.07))
            )
            stage.add(glide(pitch, (1, 0, 0.3, 0, 0.15)) * arch(0.07, 0.3, 0.5), at, 0.4, rng.uniform(-0.4, 0.4))
    stage.room(0.1, 0.15)


def hum(stage: Stage, manner: Manner) -> None:
    """A fan, a fridge, a spaceship: steady low tones under soft air."""
    rng, seconds = stage.rng, stage.seconds
    for ratio, level in ((1, 1.0), (2, 0.5), (3, 0.22), (4.02, 0.12)):
        pitch = 58 * ratio * manner.pitch * wander(rng, seconds, 0.5, 0.995, 1.005)
        stage.add(glide(pitch) * wander(rng, seconds, 0.8, 0.7, 1.0), level=0.3 * level, pan=rng.uniform(-0.5, 0.5))
    stage.bed(band(120, 1_400, 1.0), 0.05 + 0.05 * manner.force)


MINOR, MAJOR = (1.0, 1.1892, 1.4983, 2.0, 2.3784), (1.0, 1.2599, 1.4983, 2.0, 2.5198)


def drone(stage: Stage, manner: Manner) -> None:
    """A slowly moving chord, for anything there is no recipe for; dark or bright as the words say."""
    rng, seconds = stage.rng, stage.seconds
    dark = manner.has("dark", "sad", "scary", "horror", "tense", "eerie", "ominous", "night", "evil", "ghost", "creepy")
    root = float(rng.choice((98.0, 110.0, 123.5, 130.8, 146.8))) * manner.pitch * (0.5 if dark else 1.0)
    for ratio in MINOR if dark else MAJOR:
        for cents in (-4, 5):
            pitch = root * ratio * 2 ** (cents / 1_200) * wander(rng, seconds, 0.4, 0.998, 1.002)
            swell = wander(rng, seconds, 0.35 * manner.pace, 0.25, 1.0)
            stage.add(glide(pitch, (1, 0.4, 0.25, 0.12, 0.06)) * swell, level=0.16, pan=cents / 6)
    stage.room(0.8, 0.35, 3_000)
