"""Recipes for weather, water, fire, animals and people."""

from __future__ import annotations

import numpy as np

from videogen_sandbox.engines.sound.dsp import (
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


def rain(stage: Stage, manner: Manner) -> None:
    """A wide hiss, a dense patter of small drops and a few near ones."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(900, 9_000, 1.0), 0.05 + 0.1 * manner.force, wander(rng, seconds, 0.4, 0.8, 1.1))
    stage.bed(band(150, 700, 1.0), 0.05 * manner.force)
    for pan in (-0.9, -0.3, 0.3, 0.9):
        drop = noise(rng, 0.012, band(2_000, 9_000)) * decay(0.012, 0.0018, 0.0003)
        stage.add(grains(rng, seconds, moments(rng, seconds, 60 + 300 * manner.force), drop, 0.5), level=0.05, pan=pan)
    for at in moments(rng, seconds, 3 + 5 * manner.force):
        pitch = rng.uniform(900, 2_600) * manner.pitch
        drop = struck(0.06, [(pitch, 1, 0.008), (pitch * 1.9, 0.4, 0.004)])
        stage.add(drop, at, 0.05 * rng.uniform(0.3, 1.2), rng.uniform(-0.8, 0.8))


def wind(stage: Stage, manner: Manner) -> None:
    """Gusts: a low roar and whistling bands that follow one another."""
    rng, seconds = stage.rng, stage.seconds
    gust = wander(rng, seconds, 0.5 * manner.pace, 0.25, 1.0) ** (0.6 + manner.force)
    stage.bed(band(60, 350, 1.0), 0.35, gust)
    for centre in (330, 480, 700, 1_020):
        pitch = centre * manner.pitch
        tone = noise(rng, seconds, peaks((pitch, pitch * 0.16, 1.0)))
        swell = np.clip(wander(rng, seconds, 0.8, -0.4, 1.0), 0, 1) * gust**2
        stage.add(tone * swell, level=0.12 + 0.2 * manner.force, pan=rng.uniform(-0.7, 0.7))
    stage.bed(band(1_500, 6_000, 1.0), 0.03 * manner.force, gust**2)


def thunder(stage: Stage, manner: Manner) -> None:
    """A crack that breaks into a rolling rumble, again and again if there is time."""
    rng = stage.rng
    for at in strokes(stage, manner, 8.0, first=0.15):
        length = min(7.5, stage.seconds - at)
        if length < 0.2:
            continue
        for step in range(2 + int(4 * manner.force)):
            crack = noise(rng, 0.5, band(150, 2_500, 1.0)) * decay(0.5, 0.05)
            level = 0.5 * manner.force * rng.uniform(0.4, 1)
            stage.add(crack, at + step * rng.uniform(0.03, 0.12), level, rng.uniform(-0.6, 0.6))
        for pan in (-0.6, 0.6):
            rolls = np.zeros(size(length))
            for begin in np.concatenate(([0.0], np.sort(rng.uniform(0.1, length * 0.6, 6)))):
                roll = decay(length, rng.uniform(0.35, 0.9), 0.06) * rng.uniform(0.4, 1.0) * 0.7 ** (begin / 1.5)
                start = size(begin) - 1
                rolls[start:] += roll[: len(rolls) - start]
            stage.add(noise(rng, length, band(28, 140, 1.5)) * rolls, at, 0.55, pan)
            stage.add(noise(rng, length, band(120, 500, 1.0)) * rolls**2, at, 0.12, pan)


def stream(stage: Stage, manner: Manner) -> None:
    """Running water: a soft rush and hundreds of small rising bubbles."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(300, 3_500, 1.0), 0.05 + 0.12 * manner.force, wander(rng, seconds, 1.5, 0.7, 1.1))
    for at in moments(rng, seconds, 45):
        length = rng.uniform(0.02, 0.09)
        t = clock(length)
        pitch = np.exp(rng.normal(np.log(750), 0.45)) * manner.pitch * (1 + 5 * t)
        bubble = glide(np.asarray(pitch)) * decay(length, length / 4, 0.004)
        stage.add(bubble, at, 0.1 * float(np.exp(rng.normal(0, 0.6))), rng.uniform(-0.8, 0.8))


def waves(stage: Stage, manner: Manner) -> None:
    """Surf: every few seconds a wave swells, breaks with spray and runs back over the sand."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(50, 400, 1.0), 0.08, wander(rng, seconds, 0.5, 0.5, 1.0))
    gap = 5.5 / manner.pace
    for at in np.arange(-0.35 * gap, seconds, gap):
        length = gap * 1.5
        skip = max(0.0, -at)
        swell, spray = arch(length, 0.42, 1.4), arch(length, 0.55, 2.2)
        for pan in (-0.8, 0.8):
            low = noise(rng, length, band(120, 900, 1.0)) * swell * 0.3
            high = noise(rng, length, band(1_500, 8_000, 1.0)) * spray * (0.1 + 0.15 * manner.force)
            stage.add((low + high)[size(skip) - 1 :], max(at, 0.0), rng.uniform(0.8, 1.1), pan)


def drip(stage: Stage, manner: Manner) -> None:
    """Single drops that fall into still water in a hollow place."""
    for at in strokes(stage, manner, 0.9, jitter=0.3):
        t = clock(0.16)
        pitch = stage.rng.uniform(600, 1_300) * manner.pitch * (1 + 4.5 * np.clip(t - 0.015, 0, 1))
        stage.add(glide(pitch) * decay(0.16, 0.025, 0.003), at, 0.6, stage.rng.uniform(-0.5, 0.5))
    stage.room(0.25, 0.35)


def splash(stage: Stage, manner: Manner) -> None:
    """Something falls into water: slap, cavity, spray, bubbles."""
    rng = stage.rng
    for at in strokes(stage, manner, 4.0, first=0.1):
        stage.add(noise(rng, 0.3, band(80, 700)) * decay(0.3, 0.04), at, 0.5)
        for pan in (-0.6, 0.6):
            stage.add(noise(rng, 1.4, band(900, 7_000, 1.0)) * arch(1.4, 0.12, 1.5), at + 0.03, 0.25, pan)
        for late in moments(rng, 1.2, 50):
            t = clock(0.05)
            bubble = glide(rng.uniform(350, 1_400) * manner.pitch * (1 + 6 * t)) * decay(0.05, 0.012, 0.003)
            stage.add(bubble, at + 0.15 + late, 0.14 * (1 - late / 1.3), rng.uniform(-0.7, 0.7))
    stage.room(0.15, 0.15)


def fire(stage: Stage, manner: Manner) -> None:
    """A hearth: low flutter, hiss and crackles that come in bursts."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(40, 260, 1.0), 0.05 + 0.1 * manner.force, wander(rng, seconds, 6, 0.3, 1.0))
    stage.bed(band(2_500, 9_000, 1.0), 0.012 + 0.02 * manner.force, wander(rng, seconds, 2, 0.5, 1.0))
    for pan in (-0.6, 0.0, 0.6):
        bursts = [begin + moments(rng, 0.25, rng.uniform(6, 60)) for begin in moments(rng, seconds, 3.5)]
        instants = np.concatenate([moments(rng, seconds, 5 + 10 * manner.force), *bursts])
        for centre in (1_300, 2_700, 5_200):
            snap = noise(rng, 0.02, peaks((centre, centre * 0.8, 1.0))) * decay(0.02, 0.0025, 0.0002)
            chosen = instants[rng.random(len(instants)) < 0.4]
            stage.add(grains(rng, seconds, chosen, snap, 0.8), level=0.09, pan=pan)
    for at in moments(rng, seconds, 0.7):
        pop = struck(0.08, [(rng.uniform(180, 500), 1, 0.012), (rng.uniform(700, 1_500), 0.7, 0.006)])
        stage.add(pop, at, 0.35 * rng.uniform(0.4, 1), rng.uniform(-0.5, 0.5))


def birds(stage: Stage, manner: Manner) -> None:
    """A few birds, each with its own song, in open air."""
    rng, seconds = stage.rng, stage.seconds
    stage.bed(band(500, 4_000, 1.0), 0.004)
    for _ in range(2 + round(4 * manner.force)):
        home, pan = rng.uniform(2_300, 5_200) * manner.pitch, rng.uniform(-0.9, 0.9)
        syllable, gap = rng.uniform(0.06, 0.16), rng.uniform(0.03, 0.09)
        bend, trill, loud = rng.uniform(-0.5, 0.6), rng.uniform(0, 0.12), rng.uniform(0.12, 0.4)
        at = rng.uniform(0, min(1.5, seconds / 2))
        while at < seconds:
            for note in range(rng.integers(2, 8)):
                share = np.linspace(0, 1, size(syllable))
                shake = trill * np.sin(2 * np.pi * 28 * clock(syllable))
                pitch = home * (1 + bend * share * (1 - 0.5 * share) + shake + 0.06 * (note % 3))
                stage.add(glide(pitch, (1, 0.12, 0.04)) * arch(syllable, 0.35), at, loud, pan)
                at += (syllable + gap) / manner.pace
            at += rng.uniform(0.5, 2.2) / manner.pace
    stage.room(0.3, 0.12)


def crickets(stage: Stage, manner: Manner) -> None:
    """A summer night: several crickets that pulse at their own pace."""
    rng, seconds = stage.rng, stage.seconds
    t = clock(seconds)
    stage.bed(band(200, 1_500, 1.0), 0.006)
    for _ in range(5):
        chirp_rate, offset = rng.uniform(1.6, 2.8) * manner.pace, rng.uniform(0, 1)
        chirping = ((t * chirp_rate + offset) % 1) < rng.uniform(0.3, 0.6)
        pulse = np.clip(np.sin(2 * np.pi * rng.uniform(28, 36) * t), 0, 1) ** 2
        gate = filtered(chirping.astype(float), band(0.01, 60))
        tone = np.sin(2 * np.pi * rng.uniform(4_100, 5_000) * manner.pitch * t)
        stage.add(tone * pulse * np.clip(gate, 0, 1), level=rng.uniform(0.05, 0.25), pan=rng.uniform(-0.9, 0.9))


def heartbeat(stage: Stage, manner: Manner) -> None:
    """Lub-dub, about 66 a minute."""
    for at in strokes(stage, manner, 0.91, jitter=0.01):
        for late, pitch, level in ((0.0, 58.0, 1.0), (0.29 / manner.pace**0.5, 74.0, 0.65)):
            t = clock(0.25)
            thump = glide(pitch * manner.pitch * (0.75 + 0.5 * np.exp(-t / 0.03)), (1, 0.35, 0.15))
            stage.add(thump * decay(0.25, 0.04, 0.012), at + late, level)
            stage.add(noise(stage.rng, 0.1, band(40, 220)) * decay(0.1, 0.02, 0.008), at + late, 0.12 * level)


def applause(stage: Stage, manner: Manner) -> None:
    """Many pairs of hands, each with its own pace, palm and place; it swells and dies down."""
    rng, seconds = stage.rng, stage.seconds
    people = 20 + round(110 * manner.force)
    for _ in range(10):
        centre = rng.uniform(800, 2_300)
        clap = noise(rng, 0.03, peaks((centre, 900, 1.0), (centre * 2.3, 2_500, 0.3)))
        clap *= decay(0.03, 0.0035, 0.0005)
        claps = int(seconds * 6 * manner.pace) + 2
        hands = []
        for _ in range(max(1, people // 10)):
            gap = 1 / (rng.uniform(3.4, 5.6) * manner.pace)
            hands.append(rng.uniform(0, gap) + np.cumsum(rng.normal(gap, 0.06 * gap, claps)))
        together = np.concatenate(hands)
        together = together[together < seconds]
        stage.add(grains(rng, seconds, together, clap, 0.4), level=0.09, pan=rng.uniform(-0.9, 0.9))
    swell = np.interp(clock(seconds), [0, 0.08 * seconds, 0.65 * seconds, seconds], [0.4, 1, 1, 0.3])
    stage.sound *= swell[: len(stage.sound), None]
    stage.room(0.25, 0.3)


VOWELS = (
    ((730, 110, 1.0), (1_090, 130, 0.5), (2_440, 200, 0.15)),
    ((530, 100, 1.0), (1_840, 150, 0.35), (2_480, 200, 0.15)),
    ((300, 80, 1.0), (2_250, 170, 0.25), (3_000, 220, 0.15)),
    ((570, 100, 1.0), (840, 110, 0.6), (2_410, 200, 0.1)),
    ((330, 80, 1.0), (900, 110, 0.35), (2_240, 200, 0.08)),
)
"""Formants (Hz, bandwidth, level) of five vowels of an average man (Peterson and Barney, 1952)."""


def crowd(stage: Stage, manner: Manner) -> None:
    """Murmur: voices with their own pitch that babble syllables no one can make out."""
    rng, seconds = stage.rng, stage.seconds
    cheer = manner.has("cheer", "cheering", "cheers", "stadium", "shouting", "yelling")
    sides: list[list[Signal]] = [[np.zeros(size(seconds)) for _ in VOWELS] for _ in (0, 1)]
    for _ in range(14):
        base = rng.choice((110.0, 125.0, 190.0, 215.0)) * rng.uniform(0.85, 1.2) * manner.pitch * (1.6 if cheer else 1)
        voice = buzz(base * wander(rng, seconds, 4, 0.85, 1.2), 5_000)
        talking = np.clip(wander(rng, seconds, 0.5, -0.5, 1.6), 0, 1)
        pan = rng.uniform(0.1, 0.9)
        at = 0.0
        while at < seconds:
            length = rng.uniform(0.5, 1.6) if cheer else rng.uniform(0.1, 0.28) / manner.pace
            start, vowel = size(at) - 1, 0 if cheer else int(rng.integers(len(VOWELS)))
            part = voice[start : start + size(length)] * arch(length, 0.3, 0.6)[: len(voice) - start]
            part = part * talking[start : start + len(part)] * rng.uniform(0.4, 1)
            sides[0][vowel][start : start + len(part)] += part * (1 - pan)
            sides[1][vowel][start : start + len(part)] += part * pan
            at += length + rng.exponential(0.05)
    for side, layers in enumerate(sides):
        for layer, formants in zip(layers, VOWELS, strict=True):
            stage.sound[:, side] += filtered(layer, peaks(*formants))[: len(stage.sound)] * 1.6
    stage.bed(band(250, 1_200, 1.0), 0.03 + (0.1 if cheer else 0.02) * manner.force)
    stage.room(0.35, 0.5, 4_000)


def bark(stage: Stage, manner: Manner) -> None:
    """A dog: two or three barks, a pause, again."""
    rng = stage.rng
    pitch = manner.pitch * (1.7 if manner.has("puppy", "small", "little", "tiny") else 1.0)
    barks = strokes(stage, manner, 0.42, jitter=0.08)
    for number, at in enumerate(barks):
        if manner.count is None and number % 5 >= 3:
            continue
        length = 0.22 / pitch**0.4
        share = np.linspace(0, 1, size(length))
        voice = buzz(pitch * (260 + 260 * np.sin(np.pi * share**0.6)) * rng.uniform(0.94, 1.06), 6_000)
        rough = voice + 0.35 * noise(rng, length, band(500, 4_000, 1.0)) * arch(length, 0.2)
        formed = filtered(rough, peaks((650 * pitch**0.5, 300, 1), (1_250 * pitch**0.5, 400, 0.8), (2_900, 900, 0.3)))
        stage.add(formed * arch(length, 0.22, 0.8), at, 0.9, 0.1)
    stage.room(0.12, 0.2)


def meow(stage: Stage, manner: Manner) -> None:
    """A cat: the vowel opens and closes while the pitch bows."""
    for at in strokes(stage, manner, 2.2, first=0.1):
        length = min(0.85 / manner.pace, max(0.3, stage.seconds - at))
        share = np.linspace(0, 1, size(length))
        voice = buzz(manner.pitch * (520 + 230 * np.sin(np.pi * share**0.7) - 60 * share), 9_000)
        closed = filtered(voice, peaks((450, 200, 1), (2_300, 300, 0.7), (3_600, 500, 0.3)))
        opened = filtered(voice, peaks((950, 250, 1), (1_700, 300, 0.8), (3_900, 600, 0.3)))
        openness = np.sin(np.pi * share) ** 1.5
        stage.add((closed * (1 - openness) + opened * openness) * arch(length, 0.35, 0.7), at, 0.9)
    stage.room(0.12, 0.15)


def breath(stage: Stage, manner: Manner) -> None:
    """Breathing in and, longer, out."""
    gap = 3.4 / manner.pace
    for at in np.arange(0.1, stage.seconds, gap):
        for late, length, centre, level in ((0.0, 0.36, 1_900, 0.7), (0.45, 0.45, 1_100, 1.0)):
            air = noise(stage.rng, gap * length, peaks((centre, 900, 1), (centre * 2.6, 2_000, 0.4)))
            stage.add(air * arch(gap * length, 0.4, 1.2), at + late * gap, 0.2 * level)
