"""Prepares text for the English voice: refuses other languages, applies replacements, spells out, splits.

Pure functions; nothing here makes sound.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_sandbox.engines import EngineError

MAX_CHARACTERS = 5_000
"""The longest text the sandbox speaks: about six minutes."""
FOREIGN_SHARE = 0.15
"""Share of letters of other scripts from which a text is not English any more; fewer are a name or a quotation, which
are named one by one."""

KNOWN_WRITINGS = ("LATIN", "GREEK", "MODIFIER")
"""How the Unicode names of the letters begin that may be spoken: also of signs (π) and apostrophes."""

MOST_NAMED = 60
"""Characters of the words that a refusal names."""

SENTENCE_PAUSE = 0.12
"""Seconds after a sentence, on top of the pause the model makes itself."""
PARAGRAPH_PAUSE = 0.45
"""Seconds after a paragraph."""

ONLY_ENGLISH = "The sandbox speaks English only; the real service speaks many languages."

STOP_WORDS = {
    "German": "der das und ist nicht ein eine ich wir sie es auf für mit dem den zu von auch wie sich ihr im wird",
    "French": "le la les et est un une des je vous nous dans pour avec que qui pas sur au il elle ce cette du sont",
    "Spanish": "el los las y es una de que en por con para su se lo como pero más este esta hola son muy yo tu mi al",
    "Italian": "il lo gli e è una di che per con non sono questo questa come ma nel della del anche più ciao io mi si",
    "Portuguese": "o os as e é um uma de que em para com não por se na no do da mais como mas este isso você olá eu",
    "Dutch": "de het een en is niet dat van ik je wij op voor met ook zijn maar hij wat deze naar er aan worden hoe",
    "Polish": "i w nie na się z to jest że do jak ale co po tak za od dla czy przez był już są tego",
    "Swedish": "och det är en ett att inte jag på som för med av den till vi har om hej också man från",
    "Danish": "og det er en et at ikke jeg på som for med af den til vi har om hej også fra",
    "Turkish": "ve bir bu için ile çok ne de da ben sen o gibi daha var değil mi merhaba ama kadar",
    "Indonesian": "dan yang di ini itu dengan untuk tidak dari saya kami akan pada adalah ke juga halo anda",
    "Czech": "a je to na se v že ne s do jak ale si jsem tak by pro jsou od nebo po",
    "Romanian": "și în de la cu pe un o nu este sunt că pentru din mai ce se dar bună",
    "Finnish": "ja on ei se että oli hän mutta niin kun tämä mitä olen hei ovat joka",
    "Hungarian": "a az és nem hogy egy is van ez de meg csak volt szia mint már",
    "Vietnamese": "và là của có không một cho với được những trong này tôi bạn xin",
}
"""Frequent short words per language, written for this check."""
ENGLISH_STOP_WORDS = (
    "the a an and is are was were be to of in on at it that this for with you i we they he she my your our not have "
    "has do does will would can could as but or if from by so what how when there their his her its me no all one up"
)

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
TITLES = "mr mrs ms dr prof sr jr st vs etc e.g i.e no vol fig approx inc ltd co"
SPOKEN_AS_WORD = "NASA NATO UNESCO UNICEF LASER RADAR SCUBA ASAP GIF JPEG AIDS FIFA IKEA LEGO OPEC OK"
"""Capitals that are a word, not letters."""

_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*\s+(?=\S)")
_WRAPPED = re.compile(r"(?<=[^\W\d_]|[,;])[ \t]*\r?\n[ \t]*(?=[a-z])")
_ACRONYM = re.compile(r"\b[A-Z]{2,5}s?\b")
_SYMBOLS = {
    "&": "and",
    "@": "at",
    "%": "percent",
    "+": "plus",
    "=": "equals",
    "°": "degrees",
    "#": "hash",
    "/": "slash",
    "™": "",
    "®": "",
    "©": "copyright",
    "→": "to",
    "\u00d7": "times",
    "÷": "divided by",
    "±": "plus or minus",
    "<": "less than",
    ">": "greater than",
    "~": "about",
    "*": "",
    "_": "",
    "|": "",
}
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)*\.[a-z]{2,6})((?:/[\w./-]*)?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """What is spoken in one go, and the silence after it in seconds."""

    text: str
    pause: float


@dataclass(frozen=True)
class Replacement:
    """Say `original` as `replacement`."""

    original: str
    replacement: str


def prepared(text: str, body: Mapping[str, Any]) -> str:
    """Return the words to speak after all checks and replacements that a request body asks for.

    Raise EngineError: text_too_long, unsupported_language, nothing_to_say.
    """
    if len(text) > MAX_CHARACTERS:
        raise EngineError(
            "text_too_long",
            f"The text has {len(text):,} characters; the sandbox speaks up to {MAX_CHARACTERS:,} at a time.",
        )
    asked = body.get("pronunciationReplacements") or ()
    text = replaced(text, [Replacement(str(item["original"]), str(item["replacement"])) for item in asked])
    code = body.get("speechLanguageCode")
    check_language(text, None if code is None else str(code))
    if not sentences(text):
        raise EngineError("nothing_to_say", "The text has no words that can be spoken.")
    return spelled_out(text) if body.get("autoExpandPronunciationReplacements") else text


def check_language(text: str, code: str | None) -> None:
    """Raise EngineError("unsupported_language") for a language other than English, and for words of other scripts,
    which the voice would leave out and the font of the captions may not have.

    With an English code (`en`, `en-GB` …) Latin text of any language gets an English reading, as asked for.
    """
    if code and not re.fullmatch(r"en(?:[-_]\w+)*", code.strip(), re.IGNORECASE):
        raise EngineError("unsupported_language", f"“{code}” is not available in the sandbox. {ONLY_ENGLISH}")
    letters = [letter for letter in text if letter.isalpha()]
    foreign = [
        letter for letter in letters if not unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN"))
    ]
    if letters and len(foreign) / len(letters) > FOREIGN_SHARE:
        script = unicodedata.name(foreign[0], "unknown").split()[0]
        script = "Chinese" if script == "CJK" else script.capitalize()
        raise EngineError("unsupported_language", f"The text is written in another script ({script}). {ONLY_ENGLISH}")
    if unknown := [word for word in re.findall(r"\w+", text) if _is_of_another_writing(word)]:
        named = ", ".join(dict.fromkeys(unknown))[:MOST_NAMED]
        raise EngineError("unsupported_language", f"Words in another script: {named}. {ONLY_ENGLISH}")
    language = None if code else foreign_language(text)
    if language:
        raise EngineError(
            "unsupported_language",
            f"The text seems to be {language}. {ONLY_ENGLISH} To hear it read as English, set the language to en.",
        )


def _is_of_another_writing(word: str) -> bool:
    letters = filter(str.isalpha, unicodedata.normalize("NFKC", word))
    return any(not unicodedata.name(letter, "").startswith(KNOWN_WRITINGS) for letter in letters)


def foreign_language(text: str) -> str | None:
    """Return the name of the language a Latin text is plainly written in; None for English and in doubt."""
    words = [word.lower() for word in _WORD.findall(text)]
    english = frozenset(ENGLISH_STOP_WORDS.split())
    counts = {
        language: sum(word in frozenset(known.split()) for word in words) for language, known in STOP_WORDS.items()
    }
    best = max(counts, key=lambda language: counts[language])
    distinct = {word for word in words if word in frozenset(STOP_WORDS[best].split()) - english}
    at_home = sum(word in english for word in words)
    plain = counts[best] >= 0.2 * len(words) and len(distinct) >= 2 and counts[best] > 1.5 * at_home
    return best if plain else None


def replaced(text: str, replacements: Iterable[Replacement]) -> str:
    """Return the text with each original replaced: whole words, any case, the longest first, in one pass."""
    wanted = {item.original.lower(): item.replacement for item in replacements if item.original.strip()}
    if not wanted:
        return text
    ordered = sorted(wanted, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(original)}(?!\w)" for original in ordered), re.IGNORECASE)
    return pattern.sub(lambda match: wanted[match[0].lower()], text)


def spelled_out(text: str) -> str:
    """Return the text with acronyms letter by letter, addresses and symbols in words. The voice reads numbers."""
    text = _ADDRESS.sub(lambda match: match[1].replace(".", " dot ") + match[2].replace("/", " slash "), text)
    if not text.isupper():
        text = _ACRONYM.sub(lambda match: _lettered(match[0]), text)
    for symbol, word in _SYMBOLS.items():
        if symbol in text:
            text = re.sub(rf"\s*{re.escape(symbol)}\s*", f" {word} ", text)
    return re.sub(r"[ \t]+", " ", text).strip()


def _lettered(acronym: str) -> str:
    """ "API" → "A.P.I.": the voice then names the letters. Words in capitals stay words."""
    if acronym in SPOKEN_AS_WORD.split() or acronym.lower() in ENGLISH_STOP_WORDS.split():
        return acronym
    if acronym.endswith("s"):
        return ".".join(acronym[:-1]) + ".'s"
    return ".".join(acronym) + "."


def paragraphs(text: str) -> list[str]:
    """Return the lines of a text; one that goes on in lower case was only wrapped, and is the same paragraph."""
    return re.split(r"\s*\n\s*", _WRAPPED.sub(" ", text.strip()))


def sentences(text: str) -> list[Sentence]:
    """Return the text in sentences, each with its pause. Titles and initials ("Dr. Smith", "J. K.") do not end one."""
    found: list[Sentence] = []
    for paragraph in paragraphs(text):
        pieces = _split(paragraph)
        found += [Sentence(piece, SENTENCE_PAUSE) for piece in pieces[:-1]]
        if pieces:
            found.append(Sentence(pieces[-1], PARAGRAPH_PAUSE))
    return found


def _split(paragraph: str) -> Sequence[str]:
    pieces: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        last = paragraph[start : end.start()].rsplit(None, 1)[-1].strip("(\"'\u201c").rstrip(".")
        initial = len(last) == 1 and last.isupper()
        goes_on = paragraph[end.end()].islower() or (
            paragraph[end.start() - 1] == "." and (initial or last.lower() in TITLES.split())
        )
        if not goes_on:
            pieces.append(paragraph[start : end.end()].strip())
            start = end.end()
    pieces.append(paragraph[start:].strip())
    return [piece for piece in pieces if any(letter.isalnum() for letter in piece)]
