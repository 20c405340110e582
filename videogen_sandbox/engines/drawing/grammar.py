"""Tells verbs from the nouns that are written alike, and the way home from a home, by the words around them."""

from __future__ import annotations

from collections.abc import Sequence, Set

from videogen_sandbox.engines.drawing.words import Vocabulary, is_plural, singulars

ARTICLES = frozenset({"a", "an", "the", "some", "his", "her", "their", "its", "my", "our", "your", "of"})

_DETERMINERS = ARTICLES - {"of"} | {"this", "that", "these", "those", "every", "each", "one", "another", "no"}

_GROUP = 4
"""Words that a noun has before it at most: "the very old red fox"."""


def is_verb(words: Sequence[str], breaks: Set[int], at: int, known: Vocabulary) -> bool:
    """Return whether the word at `at`, which may be a noun, is what somebody does: "a ship leaves the harbour".

    `breaks` has the positions of the words before which there is a comma, a full stop or the like.
    """
    verbs = known.grammar
    word, start = words[at], _start(breaks, at)
    following = _next(words, breaks, at)
    bare = word in verbs["bare verbs"]
    if not (bare or word in verbs["verbs"] or word in verbs["past verbs"]) or following in verbs["finite"]:
        return False
    doer = at - 1
    while doer >= start and words[doer] in verbs["adverbs"]:
        doer -= 1
    if at == start or doer < start:
        return bare and following in _DETERMINERS  # "watch the birds"
    before = words[doer]
    if word in verbs["past verbs"]:
        named = words[max(start, doer - 1)] in ("a", "an") and not _is_subject(before, known)  # "a wild rose"
        attributes = (_DETERMINERS, known.relations, known.colours, known.sizes, known.seasons, verbs["qualities"])
        return not named and not any(before in table for table in attributes)
    if bare:
        goal = before == "to" and ("from" in words[start:doer] or words[doer - 1] in ("next", "close"))
        if before in verbs["helpers"]:
            return not goal
        seen = not verbs["perception"].isdisjoint(words[start:doer])
        several = is_plural(before) and (_is_subject(before, known) or following in _DETERMINERS | verbs["adverbs"])
        return several or (seen and _is_subject(before, known))
    if before in verbs["pronouns"]:
        return True
    if before in _DETERMINERS or any(before in table for table in _never_doers(known)):
        return False
    led = any(word in _DETERMINERS for word in words[max(start, doer - _GROUP) : doer])
    acts = before in known.weathers or (_is_subject(before, known) and not is_plural(before))
    return (led and acts) or following in _DETERMINERS


def is_homeward(words: Sequence[str], breaks: Set[int], at: int, known: Vocabulary) -> bool:
    """Return whether "home" at `at` is where somebody goes, as in "walks home" and "takes the children home"."""
    if words[at] != "home" or at in breaks:
        return False
    start = max(_start(breaks, at), at - 1 - _GROUP)
    moves = [place for place in range(start, at) if words[place] in known.grammar["movement"]]
    if not moves:
        return False
    way = words[moves[-1] + 1 : at]
    small = known.grammar["adverbs"] | known.grammar["objects"]
    taken = way[:1] and way[0] in _DETERMINERS and _is_subject(way[-1], known)
    return all(word in small for word in way) or bool(taken)


def _never_doers(known: Vocabulary) -> Sequence[Set[str]]:
    """Tables of words that do nothing: before one of them stands a noun."""
    return (known.relations.keys(), known.colours.keys(), known.sizes.keys(), known.numbers.keys(),
            known.seasons.keys(), ARTICLES)  # fmt: skip


def _is_subject(word: str, known: Vocabulary) -> bool:
    return any(single in known.subjects for single in singulars(word))


def _start(breaks: Set[int], at: int) -> int:
    """Where the part of the sentence with the word at `at` begins."""
    return max((place for place in breaks if place <= at), default=0)


def _next(words: Sequence[str], breaks: Set[int], at: int) -> str:
    return words[at + 1] if at + 1 < len(words) and at + 1 not in breaks else ""
