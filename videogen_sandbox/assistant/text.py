"""Small texts by templates and by choosing sentences: what the sandbox has instead of a language model. Pure."""

from __future__ import annotations

import random
import re
from collections import Counter

TOKENS_PER_WORD = 4 / 3
"""Of English text in the usual tokenizers."""

SUMMARY_SENTENCES = 3
"""Of a summary, when nothing says how long it should be."""

_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_WORD = re.compile(r"[\w'-]+")
_ASKS = re.compile(
    r"^(?:please\s+)?(?:write|create|make|generate|give|draft|summari[sz]e|explain|describe|tell)\b(?:\s+me)?\s*"
    r"(?:an?|the|some)?\s*(?:[\w-]+\s+){0,4}?(?:about|on|of|for)\s+",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(\d{1,3}|one|two|three|four|five)\s+(?:sentences?|bullets?|points?|lines?)\b", re.IGNORECASE)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_STOP = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or"),
        *("that", "the", "this", "to", "was", "with", "you", "your"),
    }
)
"""Words that say nothing of what a sentence is about."""


def generated(prompt: str, system: str | None, temperature: float, max_tokens: int) -> str:
    """Return a text for a prompt of at most `max_tokens` tokens, roughly counted.

    A prompt of several sentences is summed up by its own sentences; a short one is taken as a subject. Words in the
    prompt or in `system` say in which form: a title, bullets, a script, or how many sentences. The same request gives
    the same text; a higher temperature chooses other sentences.
    """
    instructions = f"{system or ''}\n{prompt}".lower()
    chance = random.Random(f"{prompt}\n{system}\n{temperature}")
    given = [sentence.strip() for sentence in _SENTENCE.findall(prompt) if len(_WORD.findall(sentence)) > 3]
    count = _asked_sentences(instructions)
    if len(given) > 2:
        sentences = _chosen(given, count or SUMMARY_SENTENCES, temperature, chance)
    else:
        sentences = script_about(subject_of(prompt), variant=chance.randrange(3) if temperature else 0)
        sentences = sentences[:count] if count else sentences
    if re.search(r"\b(?:title|headline)\b", instructions):
        text = subject_of(prompt).rstrip(".!?").title()
    elif re.search(r"\b(?:bullets?|list)\b", instructions):
        text = "\n".join(f"- {sentence}" for sentence in sentences)
    else:
        text = " ".join(sentences)
    return _shortened(text, int(max_tokens / TOKENS_PER_WORD))


def subject_of(text: str) -> str:
    """Return what a request is about: "Make a video about tides" → "tides"."""
    line = " ".join(text.split())
    return _ASKS.sub("", line, count=1).strip(" .!?\"'") or line


def script_about(subject: str, variant: int = 0) -> list[str]:
    """Return three plain sentences to be spoken about a subject."""
    name = subject[:120]
    capital = name[:1].upper() + name[1:]
    first = (f"This is a short video about {name}.", f"Let us look at {name}.", f"Today it is all about {name}.")
    return [
        first[variant % len(first)],
        f"{capital}: there is more to it than meets the eye.",
        "Thank you for watching.",
    ]


def _asked_sentences(instructions: str) -> int | None:
    match = _COUNT.search(instructions)
    return None if match is None else _NUMBERS.get(match[1]) or max(1, int(match[1]))


def _chosen(sentences: list[str], count: int, temperature: float, chance: random.Random) -> list[str]:
    """The sentences with the words that come up most often, in their order."""
    words = Counter(word for sentence in sentences for word in _content(sentence))

    def weight(sentence: str) -> float:
        content = _content(sentence)
        mean = sum(words[word] for word in content) / max(len(content), 1)
        return mean + temperature * chance.random()

    weights = [weight(sentence) for sentence in sentences]
    best = sorted(range(len(sentences)), key=lambda index: -weights[index])[:count]
    return [sentences[index] for index in sorted(best)]


def _content(sentence: str) -> list[str]:
    return [word for word in _WORD.findall(sentence.lower()) if word not in _STOP]


def _shortened(text: str, words: int) -> str:
    """At most so many words (at least one), whole lines kept."""
    found = list(re.finditer(r"\S+", text))
    limit = max(words, 1)
    return text if len(found) <= limit else text[: found[limit - 1].end()]
