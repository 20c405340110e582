"""Finds files by words, comparing with each file: a sandbox has hundreds of them, not millions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from videogen_sandbox.storage.files import File

NAME_WEIGHT = 2
"""A word in a file's name counts as two in its description."""

COVERED = 0.7
"""Share of the similarity that is the part of the query found; the rest is the cosine of the texts."""

_WORD = re.compile(r"\w+")
_ENDINGS = ("ing", "ies", "es", "ed", "s", "y")


def search(query: str, files: Sequence[File], limit: int) -> list[tuple[float, File]]:
    """Return at most `limit` files that share a word with the query, with their similarity (0 to 1), best first."""
    wanted = Counter(_stems(query))
    texts = [(file, _text(file)) for file in files]
    spread = Counter(stem for _, text in texts for stem in text)
    rarity = {stem: math.log(1 + len(texts) / spread[stem]) for stem in spread}
    hits = [(_similarity(wanted, text, rarity), file) for file, text in texts]
    found = [(similarity, file) for similarity, file in hits if similarity > 0]
    return sorted(found, key=lambda hit: (-hit[0], -hit[1].seq))[:limit]


def _similarity(wanted: Counter[str], text: Counter[str], rarity: dict[str, float]) -> float:
    common = wanted.keys() & text.keys()
    if not common:
        return 0.0
    usual = max(rarity.values())
    whole = sum(rarity.get(stem, usual) for stem in wanted)
    covered = sum(rarity[stem] for stem in common) / whole
    product = sum(wanted[stem] * text[stem] * rarity[stem] ** 2 for stem in common)
    lengths = [
        math.sqrt(sum((count * rarity.get(stem, usual)) ** 2 for stem, count in bag.items())) for bag in (wanted, text)
    ]
    similarity = COVERED * covered + (1 - COVERED) * product / (lengths[0] * lengths[1])
    return round(min(similarity, 1.0), 4)


def _text(file: File) -> Counter[str]:
    words = Counter({stem: NAME_WEIGHT * count for stem, count in Counter(_stems(file.display_name)).items()})
    words.update(_stems(" ".join(filter(None, (file.description, file.prompt, file.transcript)))))
    return words


def _stems(text: str) -> Iterable[str]:
    for word in _WORD.findall(text.lower()):
        ending = next((ending for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 3), "")
        yield word[: len(word) - len(ending)]
