"""When each written word is heard: from the durations that the voice itself computed, not from a recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from videogen_sandbox.engines.speech.voice import RATE, Phoneme, Samples, Token, speaker

FADE_OUT = 0.25
"""Seconds by which the model's last phoneme outlasts what is heard of it (measured against pocketsphinx)."""


@dataclass(frozen=True)
class Word:
    """A word as it is written, punctuation included; `start` and `end` in seconds."""

    text: str
    start: float
    end: float

    def moved(self, seconds: float) -> Word:
        """Return the word that much later."""
        return Word(self.text, self.start + seconds, self.end + seconds)


def say_words(sentence: str, voice: str, speed: float, seed: int | np.random.Generator) -> tuple[Samples, list[Word]]:
    """Return a sentence as mono samples at 24 kHz, and each word of `sentence.split()` with its time.

    `seed`, or a generator that goes on from sentence to sentence, makes the breath noise. No samples and no words
    where there is nothing to say. A word without a sound of its own (a dash) lasts no time.
    """
    rng = np.random.default_rng(seed)
    sounds: list[Samples] = []
    heard: list[Phoneme] = []
    begin = 0.0
    for piece in speaker().phonemes(sentence):
        sound, phonemes = speaker().say_timed(piece, voice, speed, rng)
        heard += [Phoneme(one.sign, begin + one.start, begin + one.end) for one in phonemes]
        sounds.append(sound)
        begin += len(sound) / RATE
    if not sounds:
        return np.zeros(0, np.float32), []
    words = _written(sentence.split(), _spoken(speaker().tokens(sentence), heard))
    last = max(words, key=lambda word: word.end)
    end = max(last.start, begin - FADE_OUT)
    return np.concatenate(sounds), [Word(word.text, word.start, min(word.end, end)) for word in words]


def as_written(written: Sequence[str], said: Sequence[Word]) -> list[Word]:
    """Return the words of a text with the times of what was said for them, where some are pronounced otherwise.

    Words that are said as others share their time; one without a sound of its own stands with the word before.
    """
    words: list[Word] = []
    matcher = SequenceMatcher(None, written, [word.text for word in said], autojunk=False)
    for _, first, last, begin, end in matcher.get_opcodes():
        if first == last:
            continue
        texts = written[first:last]
        heard = [word for word in said[begin:end] if word.end > word.start]
        if len(texts) == end - begin:
            timed = [(text, word.start, word.end) for text, word in zip(texts, said[begin:end], strict=True)]
        elif heard:
            share = (heard[-1].end - heard[0].start) / len(texts)
            start = heard[0].start
            timed = [(text, start + share * place, start + share * (place + 1)) for place, text in enumerate(texts)]
        else:
            timed = [(text, 0.0, 0.0) for text in texts]
        for text, start, stop in timed:
            if stop > start:
                words.append(Word(text, start, stop))
            elif words:
                words[-1] = Word(f"{words[-1].text} {text}", words[-1].start, words[-1].end)
    return words


def _spoken(tokens: Sequence[Token], heard: Sequence[Phoneme]) -> list[Word]:
    """The tokens that are heard, with their times: both are the same phonemes in the same order."""
    sounding = [one for one in heard if _sounds(one.sign)]
    spoken: list[Word] = []
    place = 0
    for token in tokens:
        signs = [sign for sign in token.phonemes if _sounds(sign)]
        own = sounding[place : place + len(signs)]
        place += len(signs)
        if own:
            spoken.append(Word(token.text, own[0].start, own[-1].end))
    return spoken


def _sounds(sign: str) -> bool:
    """Whether a sign is a sound or the stress on it, not a pause or a gap."""
    return sign.isalpha() or sign in "ˈˌ"


def _written(written: Sequence[str], spoken: Sequence[Word]) -> list[Word]:
    """The words as written, each with the time of what is spoken for it, found by the letters they share."""
    owners = _owners(written, [word.text for word in spoken])
    times: list[tuple[float, float] | None] = [None] * len(written)
    for token, owned in zip(spoken, owners, strict=True):
        for number in owned:
            before = times[number]
            times[number] = (token.start if before is None else before[0], token.end)
    words = []
    end = spoken[0].start if spoken else 0.0
    for text, time in zip(written, times, strict=True):
        start, end = time or (end, end)
        words.append(Word(text, start, end))
    return words


def _owners(written: Sequence[str], spoken: Sequence[str]) -> list[list[int]]:
    """For every spoken token the numbers of the written words it belongs to ("one thousand" to "1,000")."""
    letters = [(letter, number) for number, word in enumerate(written) for letter in word.lower()]
    sounds = [(letter, number) for number, word in enumerate(spoken) for letter in word.lower()]
    matcher = SequenceMatcher(None, [letter for letter, _ in letters], [letter for letter, _ in sounds], autojunk=False)
    owners: list[list[int]] = [[] for _ in spoken]
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            word, token = letters[block.a + step][1], sounds[block.b + step][1]
            if word not in owners[token]:
                owners[token].append(word)
    taken = {word for owned in owners for word in owned}
    before = -1
    for token, owned in enumerate(owners):
        if not owned:
            after = next((min(later) for later in owners[token + 1 :] if later), len(written))
            free = [word for word in range(before + 1, after) if word not in taken]
            owned.append(free[0] if free else max(before, 0))
        before = max(before, *owned)
    return owners
