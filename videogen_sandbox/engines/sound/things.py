"""Recipes for machines, objects and impacts."""

from __future__ import annotations

import numpy as np

from videogen_sandbox.engines.sound.dsp import (
    RATE,
    Manner,
    Signal,
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


def explosion(stage: Stage, manner: Manner) -> None:
    """Blast, falling boom, rolling rumble and debris."""
    rng = stage.rng
    for at in strokes(stage, manner, 7.0, first=0.12):
        length = min(5.0, stage.seconds - at)
        if length < 0.2:
            continue
        t = clock(length)
        boom = glide(manner.pitch * (32 + 75 * np.exp(-t / 0.12)), (1, 0.3)) * decay(length, 0.35)
        stage.add(np.tanh(2.2 * boom), at, 0.8)
        for pan in (-0.7, 0.7):
            stage.add(noise(rng, 0.6, band(200, 9_000, 0.7)) * decay(0.6, 0.05, 0.001), at, 0.55, pan)
            stage.add(noise(rng, length, band(60, 900, 1.0)) * decay(length, 0.3, 0.01), at, 0.5, pan)
            rumble = decay(length, 0.9, 0.1) * wander(rng, length, 5, 0.4, 1.0)
            stage.add(noise(rng, length, band(30, 160, 1.5)) * rumble, at + 0.05, 0.4, pan)
            chip = noise(rng, 0.02, band(1_200, 6_000)) * decay(0.02, 0.004, 0.0003)
            instants = rng.exponential(0.9, 20 + int(60 * manner.force)) + 0.15
            debris = grains(rng, length, instants[instants < length], chip, 0.9)
            stage.add(debris * np.exp(-t / 1.2)[: len(debris)], at, 0.05, pan)
    stage.room(0.5, 0.25, 3_000)
    stage.sound = np.tanh(1.2 * stage.sound)


def gunshot(stage: Stage, manner: Manner) -> None:
    """A dry crack with its echo."""
    for at in strokes(stage, manner, 1.6, first=0.1, jitter=0.15):
        stage.add(noise(stage.rng, 0.25, band(300, 10_000, 0.8)) * decay(0.25, 0.012, 0.0003), at, 1.0)
        stage.add(noise(stage.rng, 0.4, band(60, 500, 1.0)) * decay(0.4, 0.04, 0.0005), at, 0.8)
    stage.room(0.35, 0.35, 3_500)
    stage.sound = np.tanh(1.4 * stage.sound)


def fireworks(stage: Stage, manner: Manner) -> None:
    """A rising whistle, a bang high up, crackling stars."""
    rng = stage.rng
    for at in strokes(stage, manner, 2.6, first=0.05, jitter=0.25):
        pan, rise = rng.uniform(-0.7, 0.7), rng.uniform(0.7, 1.1)
        whistle = glide(np.linspace(900, 2_600, size(rise)) * rng.uniform(0.9, 1.1)) * arch(rise, 0.6)
        stage.add(whistle, at, 0.08, pan)
        bang = at + rise + 0.1
        stage.add(noise(rng, 0.9, band(50, 1_200, 1.0)) * decay(0.9, 0.07, 0.001), bang, 0.9, pan)
        spark = noise(rng, 0.012, band(2_500, 9_000)) * decay(0.012, 0.002, 0.0002)
        stars = grains(rng, 1.5, rng.exponential(0.4, 140), spark, 0.7) * decay(1.5, 0.4, 0.15)
        stage.add(stars, bang + 0.2, 0.12, pan)
    stage.room(0.5, 0.3, 3_500)


def footsteps(stage: Stage, manner: Manner) -> None:
    """Heel and toe, left and right, on the ground that the prompt names."""
    rng = stage.rng
    hurry = 1.45 if manner.has("running", "run", "runs", "jogging", "sprinting") else 1.0
    crunchy = manner.has("gravel", "snow", "leaves", "sand", "forest", "grass", "dirt", "pebbles")
    hollow = manner.has("wood", "wooden", "floorboards", "stairs", "attic", "floor", "parquet")
    for number, at in enumerate(strokes(stage, manner, 0.53 / hurry, jitter=0.04)):
        pan, level = (-0.25 if number % 2 else 0.25), rng.uniform(0.8, 1.05)
        for late, share, pitch in ((0.0, 1.0, 105.0), (0.09 / (manner.pace * hurry), 0.55, 150.0)):
            body = struck(0.12, [(pitch * manner.pitch, 1.0, 0.012), (pitch * 1.8 * manner.pitch, 0.4, 0.007)])
            stage.add(body, at + late, (0.45 if crunchy else 0.9) * share * level, pan)
            if hollow:
                plank = struck(0.2, [(210 * rng.uniform(0.95, 1.05), 0.8, 0.03), (470, 0.4, 0.018), (820, 0.2, 0.01)])
                stage.add(plank, at + late, 0.5 * share * level, pan)
            if crunchy:
                grit = noise(rng, 0.006, band(1_500, 8_000)) * decay(0.006, 0.0012, 0.0002)
                crunch = grains(rng, 0.16, moments(rng, 0.14, 450), grit, 0.8) * arch(0.16, 0.3)
                stage.add(crunch, at + late, 0.16 * share * level, pan)
            else:
                tap = noise(rng, 0.05, band(700, 4_500, 1.0)) * decay(0.05, 0.006, 0.0008)
                stage.add(tap, at + late, 0.16 * share * level, pan)
                stage.add(noise(rng, 0.1, band(2_000, 7_000, 1.0)) * arch(0.1), at + late + 0.03, 0.012 * share, pan)
    stage.room(0.12 if crunchy else 0.2, 0.1 if crunchy else 0.25)


def knock(stage: Stage, manner: Manner) -> None:
    """Knuckles on a door, in threes unless a number is named."""
    rng = stage.rng
    count = manner.count or 3
    gap = 0.23 / manner.pace
    rounds = 1 if manner.count else max(1, int((stage.seconds + 1) / (count * gap + 1.7)))
    for turn in range(rounds):
        for number in range(count):
            at = 0.1 + turn * (count * gap + 1.7) + number * gap + rng.uniform(-0.01, 0.01)
            pitch = manner.pitch * rng.uniform(0.97, 1.03)
            wood = [
                (165 * pitch, 1, 0.022),
                (330 * pitch, 0.7, 0.016),
                (545 * pitch, 0.5, 0.011),
                (910 * pitch, 0.25, 0.006),
            ]
            stage.add(struck(0.25, wood), at, rng.uniform(0.85, 1.0))
            stage.add(noise(rng, 0.03, band(900, 4_000)) * decay(0.03, 0.003, 0.0003), at, 0.25)
    stage.room(0.15, 0.25)


def slam(stage: Stage, manner: Manner) -> None:
    """A door: latch, heavy thud, the frame rattles."""
    rng = stage.rng
    for at in strokes(stage, manner, 6.0, first=0.12):
        stage.add(noise(rng, 0.1, band(150, 900)) * arch(0.1), max(0.0, at - 0.09), 0.06)
        stage.add(struck(0.6, [(52, 1, 0.07), (88, 0.9, 0.05), (143, 0.7, 0.035), (231, 0.4, 0.025)]), at, 1.0)
        stage.add(noise(rng, 0.4, band(80, 2_200, 1.0)) * decay(0.4, 0.028, 0.0008), at, 0.5)
        for late in (0.012, 0.055, 0.085, 0.13):
            latch = struck(0.08, [(rng.uniform(1_700, 2_600), 1, 0.006), (rng.uniform(3_200, 4_600), 0.7, 0.004)])
            stage.add(latch, at + late, 0.16 * rng.uniform(0.5, 1), 0.2)
    stage.room(0.35, 0.4, 3_500)


def creak(stage: Stage, manner: Manner) -> None:
    """A hinge that sticks and slips, ever faster."""
    rng = stage.rng
    for at in strokes(stage, manner, 3.6, first=0.1):
        length = min(2.3 / manner.pace, max(0.5, stage.seconds - at))
        share = np.linspace(0, 1, size(length))
        pitch = manner.pitch * (38 + 150 * share**1.6) * wander(rng, length, 7, 0.75, 1.25)
        body = peaks((620, 90, 1), (1_150, 120, 0.8), (1_900, 200, 0.6), (3_100, 400, 0.3))
        stage.add(filtered(buzz(pitch, 9_000), body) * arch(length, 0.6) * wander(rng, length, 9, 0.3, 1), at, 0.9)
    stage.room(0.3, 0.3)


def glass(stage: Stage, manner: Manner) -> None:
    """A pane breaks: the blow, splinters, shards that ring on the floor."""
    rng = stage.rng
    for at in strokes(stage, manner, 5.0, first=0.1):
        stage.add(noise(rng, 0.25, band(1_200, 14_000, 1.0)) * decay(0.25, 0.018, 0.0005), at, 0.6)
        for _ in range(30 + round(60 * manner.force)):
            late = min(rng.exponential(0.22), 1.6)
            pitch = rng.uniform(2_200, 9_500) * manner.pitch
            ring = rng.uniform(0.006, 0.05)
            shard = struck(ring * 7, [(pitch, 1, ring), (pitch * 1.47, 0.6, ring * 0.7), (pitch * 2.09, 0.3, ring / 2)])
            stage.add(shard, at + late, 0.2 * rng.uniform(0.2, 1) * 0.6**late, rng.uniform(-0.8, 0.8))
    stage.room(0.2, 0.2, 9_000)


def metal(stage: Stage, manner: Manner) -> None:
    """Metal on metal, with a long inharmonic ring."""
    rng = stage.rng
    for at in strokes(stage, manner, 1.7, jitter=0.2):
        base = rng.uniform(380, 520) * manner.pitch
        ratios = (1.0, 1.59, 2.14, 2.65, 3.41, 4.27, 5.36, 6.73, 8.11)
        modes = [
            (base * ratio * rng.uniform(0.99, 1.01), 0.9**n, 0.35 / (1 + 0.3 * n)) for n, ratio in enumerate(ratios)
        ]
        stage.add(struck(1.8, modes), at, 0.3, rng.uniform(-0.3, 0.3))
        stage.add(noise(rng, 0.06, band(2_000, 12_000)) * decay(0.06, 0.006, 0.0003), at, 0.25)
    stage.room(0.25, 0.25, 9_000)


def impact(stage: Stage, manner: Manner) -> None:
    """A blow: body, skin and air."""
    for at in strokes(stage, manner, 1.5, first=0.08, jitter=0.12):
        t = clock(0.4)
        body = glide(manner.pitch * (55 + 110 * np.exp(-t / 0.02))) * decay(0.4, 0.05)
        stage.add(np.tanh(2 * body), at, 0.9)
        stage.add(noise(stage.rng, 0.15, band(250, 3_000, 1.0)) * decay(0.15, 0.014, 0.0006), at, 0.45)
    stage.room(0.18, 0.2)


def whoosh(stage: Stage, manner: Manner) -> None:
    """Air moves past: brighter and louder towards the middle, from one side to the other."""
    rng = stage.rng
    for at in strokes(stage, manner, 1.9, first=0.02, jitter=0.1):
        length = min(1.15 / manner.pace, max(0.25, stage.seconds - at))
        share = np.linspace(0, 1, size(length))
        swell = arch(length, 0.48, 2.2)
        centre = np.log2(260 + 2_600 * swell * (0.5 + manner.force)) + np.log2(manner.pitch)
        side = rng.choice((-1.0, 1.0)) * np.cos(np.pi * share)
        angle = (side + 1) * np.pi / 4
        for octave in np.arange(7.0, 13.6, 0.5):
            weight = np.exp(-(((octave - centre) / 0.7) ** 2))
            layer = noise(rng, length, band(2 ** (octave - 0.3), 2 ** (octave + 0.3))) * weight * swell
            stage.add(layer * np.cos(angle), at, 0.4, -1)
            stage.add(layer * np.sin(angle), at, 0.4, 1)


def engine(stage: Stage, manner: Manner) -> None:
    """A combustion engine: firing pulses through an exhaust, revs that rise and fall."""
    rng, seconds = stage.rng, stage.seconds
    light = manner.has("motorcycle", "motorbike", "scooter", "moped", "chainsaw", "lawnmower", "drone")
    base = (62 if light else 34) * manner.pitch * manner.pace**0.5
    revs = base * wander(rng, seconds, 0.6, 0.85, 1.3 + 1.6 * manner.force)
    revs = revs * wander(rng, seconds, 18, 0.985, 1.015)
    pulses = buzz(revs, 3_500) * (0.75 + 0.25 * np.sign(np.sin(np.pi * np.cumsum(revs) / RATE)))
    exhaust = filtered(pulses, peaks((95, 70, 1), (190, 110, 0.9), (430, 260, 0.6), (1_100, 900, 0.3)))
    air = noise(rng, seconds, band(150, 2_500, 1.0)) * np.clip(pulses, 0, 1) ** 0.7
    stage.add(np.tanh(3 * exhaust), level=0.6)
    stage.add(air, level=0.35, pan=-0.3)
    stage.bed(band(80, 1_200, 1.0), 0.03)


def helicopter(stage: Stage, manner: Manner) -> None:
    """Rotor blades that chop the air over a turbine."""
    rng, seconds = stage.rng, stage.seconds
    turns = np.cumsum(10.5 * manner.pace * wander(rng, seconds, 0.4, 0.96, 1.04)) / RATE
    chop = np.exp(-5 * (turns % 1)) + 0.15
    for pan in (-0.6, 0.6):
        stage.add(noise(rng, seconds, band(50, 500, 1.0)) * chop, level=0.6, pan=pan)
        stage.add(noise(rng, seconds, band(600, 4_000, 1.0)) * chop**2, level=0.12, pan=pan)
    stage.add(glide(np.full(size(seconds), 640.0 * manner.pitch), (0.4, 0.2, 0.1)), level=0.03)


def train(stage: Stage, manner: Manner) -> None:
    """Wheels over rail joints, da-dum, above a rolling floor of sound."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(50, 600, 1.0), 0.14, wander(rng, seconds, 3, 0.7, 1.0))
    stage.bed(band(900, 5_000, 1.0), 0.025)
    for at in strokes(stage, manner, 0.78, jitter=0.01):
        for late, level in ((0.0, 1.0), (0.13, 0.8), (0.26, 0.5)):
            clack = struck(0.15, [(140, 1, 0.02), (410, 0.7, 0.014), (1_250, 0.35, 0.008)])
            stage.add(clack, at + late / manner.pace, 0.5 * level, rng.uniform(-0.2, 0.2))
    if manner.has("whistle", "horn", "steam"):
        for at in (0.4, 1.5):
            chord = sum(glide(np.full(size(0.9), pitch), (1, 0.4, 0.2)) for pitch in (311.0, 370.0, 440.0, 554.0))
            stage.add(np.asarray(chord) * arch(0.9, 0.3, 0.5), at, 0.16)
    stage.room(0.25, 0.15)


def typing(stage: Stage, manner: Manner) -> None:
    """Keys go down and up in words; now and then the space bar."""
    rng = stage.rng
    at, left = 0.05, int(rng.integers(3, 9))
    while at < stage.seconds:
        space = left == 0
        pan = 0.0 if space else rng.uniform(-0.4, 0.4)
        pitch = (0.55 if space else rng.uniform(0.85, 1.15)) * manner.pitch
        for late, level in ((0.0, 1.0), (rng.uniform(0.05, 0.09), 0.45)):
            key = struck(0.04, [(1_700 * pitch, 0.6, 0.004), (2_900 * pitch, 0.5, 0.003), (320 * pitch, 0.8, 0.008)])
            click = noise(rng, 0.012, band(2_500, 9_000)) * decay(0.012, 0.0016, 0.0002)
            stage.add(key, at + late, 0.4 * level * rng.uniform(0.7, 1), pan)
            stage.add(click, at + late, 0.22 * level, pan)
        left = int(rng.integers(3, 9)) if space else left - 1
        at += (rng.uniform(0.09, 0.19) + (rng.uniform(0, 0.5) if space and rng.random() < 0.3 else 0)) / manner.pace
    stage.room(0.06, 0.12)


def ticking(stage: Stage, manner: Manner) -> None:
    """A clock: tick and tock, one a second."""
    slow = 1.0 if manner.has("grandfather", "tower", "wall") else 0.5
    for number, at in enumerate(strokes(stage, manner, slow, jitter=0.002)):
        pitch = (1.0 if number % 2 else 0.82) * manner.pitch * (0.6 if slow == 1.0 else 1.0)
        stage.add(
            struck(0.06, [(2_300 * pitch, 1, 0.004), (3_900 * pitch, 0.6, 0.003), (820 * pitch, 0.5, 0.008)]), at, 0.8
        )
        stage.add(noise(stage.rng, 0.01, band(3_000, 10_000)) * decay(0.01, 0.001, 0.0002), at, 0.2)
    stage.room(0.15, 0.2)


def drums(stage: Stage, manner: Manner) -> None:
    """A roll if one is named, else a simple kit groove."""
    rng = stage.rng
    if manner.has("roll", "drumroll"):
        hits = strokes(stage, manner, 0.055, jitter=0.08)
        for number, at in enumerate(hits):
            stage.add(_snare(rng), at, 0.35 + 0.5 * number / len(hits), rng.uniform(-0.1, 0.1))
        stage.room(0.25, 0.2)
        return
    step = 60 / (104 * manner.pace) / 2
    for number, at in enumerate(np.arange(0.03, stage.seconds - 0.1, step)):
        t = clock(0.3)
        if number % 8 in (0, 3, 4) and not (number % 8 == 3 and rng.random() < 0.5):
            stage.add(glide(manner.pitch * (45 + 95 * np.exp(-t / 0.03))) * decay(0.3, 0.06), at, 0.9)
        if number % 4 == 2:
            stage.add(_snare(rng), at, 0.6)
        stage.add(noise(rng, 0.08, band(6_000, 14_000)) * decay(0.08, 0.012, 0.0005), at, 0.1, 0.35)
    stage.room(0.15, 0.15)


def _snare(rng: np.random.Generator) -> Signal:
    """One stroke on a snare drum."""
    return struck(0.18, [(185, 0.8, 0.03), (330, 0.4, 0.02)]) + 0.5 * noise(rng, 0.18, band(1_200, 9_000)) * decay(
        0.18, 0.035
    )
