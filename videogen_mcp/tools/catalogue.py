"""Who can speak: voices for text_to_speech, presenters for generate_avatar_clip."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from videogen_mcp.api.operations import LIST_LANGUAGES
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import Reply, bounded
from videogen_mcp.tools.annotations import READING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.workflows.audio import as_tag, language_tag
from videogen_mcp.workflows.base import TEXT
from videogen_mcp.workflows.languages import LONGEST
from videogen_mcp.workflows.schema import UNPUBLISHED, published
from videogen_mcp.workflows.spellings import one_word

if TYPE_CHECKING:
    from videogen_mcp.api.library_models import Language
    from videogen_mcp.api.models import Presenter, Voice

SHOWN = 50
"""Rows on one page: about 5 kB."""

MOST_PAGES = 400
"""The last page that may be asked for: what a whole list at the service has at most."""

T = TypeVar("T")

ABOUT = 120
"""Characters of a description: one sentence."""

GENDERS = dict.fromkeys(("woman", "women", "lady", "girl"), "female") | dict.fromkeys(("man", "men", "guy"), "male")
"""Words of a query for what the service calls genders."""
PageNumber = Annotated[int, Field(ge=1, le=MOST_PAGES), WithJsonSchema({"type": "integer"})]


Gender = Annotated[
    Literal["any", "female", "male", "neutral"],
    one_word(f="female", woman="female", women="female", m="male", man="male", men="male", all="any"),
]


Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), TEXT]

Spoken = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST)] | None, BeforeValidator(as_tag), TEXT
]
"""A language by its tag or name; one that nobody knows is answered with those that there are."""


class ListVoices(Arguments):
    """Arguments of list_voices."""

    query: Words = Field(default="", description="Name, or words like calm british older woman; they rank.")
    language: Spoken = Field(default=None, description="Like en or pt-BR.")
    for_videos: bool = Field(default=False, description="True: also those that only videos can use.")
    gender: Gender = Field(default="any", json_schema_extra=UNPUBLISHED)
    unusual: bool = Field(default=False, json_schema_extra=UNPUBLISHED)
    """Also deprecated ones."""
    page: PageNumber = 1


class ListPresenters(Arguments):
    """Arguments of list_presenters."""

    query: Words = Field(default="", description="Name, or words like young man office; they rank.")
    page: PageNumber = 1


def catalogue_tools(caches: Caches) -> list[Tool]:
    """Return list_voices and list_presenters."""

    async def list_voices(arguments: ListVoices, call: Call) -> Reply:
        upstream = await call.connect()
        known = await caches.voices.all(upstream)
        if not arguments.unusual:
            known = usable(known) if arguments.for_videos else speaking(known)
        spoken = speakers(known, arguments.language) if arguments.language else known
        if arguments.language and not spoken:
            has_list = upstream.dialect.has(LIST_LANGUAGES)
            return no_speaker(arguments.language, await caches.languages.all(upstream) if has_list else [])
        asked = [voice for voice in spoken if arguments.gender in ("any", (voice.display_gender or "").lower())]
        return voices_reply(best(asked, _words_of_voice, arguments.query), arguments.page)

    async def list_presenters(arguments: ListPresenters, call: Call) -> Reply:
        known = presenting(await caches.presenters.all(await call.connect()))
        own_first = sorted(known, key=lambda presenter: presenter.is_built_in is not False)
        return presenters_reply(best(own_first, _words_of_presenter, arguments.query), arguments.page)

    return [
        Tool(
            Purpose("list_voices"),
            title="List voices",
            description="Voices for text_to_speech, videos and narrator edits, best match first, with language, accent"
            " and gender. Not needed where any good voice will do.",
            arguments=ListVoices,
            handler=list_voices,
            annotations=READING,
            input_schema=published(ListVoices),
        ),
        Tool(
            Purpose("list_presenters"),
            title="List presenters",
            description="People to show on screen, own actors first, best match first, for presenter_id, actors and"
            " entity_ids.",
            arguments=ListPresenters,
            handler=list_presenters,
            annotations=READING,
            input_schema=published(ListPresenters),
        ),
    ]


def speaking(voices: Sequence[Voice]) -> list[Voice]:
    """Those that text_to_speech takes: not deprecated, and not for the vendor's own video projects only."""
    return [voice for voice in voices if voice.supports_direct_tool_execution and not voice.is_deprecated]


def presenting(presenters: Sequence[Presenter]) -> list[Presenter]:
    """Those with a face that speaks, and all own actors: pictures and storyboards can show these."""
    return [one for one in presenters if one.has_avatar_presenter or one.is_built_in is False]


def usable(voices: Sequence[Voice]) -> list[Voice]:
    """Those that finished videos take: not deprecated."""
    return [voice for voice in voices if not voice.is_deprecated]


def speakers(voices: Sequence[Voice], language: str) -> list[Voice]:
    """The voices of a language, of its region where there are any; none of what is no language."""
    try:
        asked, region = language_tag(language)
    except ValueError:
        return []
    voices = [voice for voice in voices if _speaks(voice, asked)]
    return [voice for voice in voices if region and _tag(voice) == (asked, region)] or voices


def best(rows: Sequence[T], words_of: Callable[[T], Sequence[str | None]], query: str) -> list[T]:
    """Return the rows that have a word of the query, those with most of them first; all rows without a query.

    Each word of the query begins a word of the row, so that "male" does not find "female". A row whose first words,
    its name, are the whole query comes before all others.
    """
    wanted = [GENDERS.get(word, word) for word in re.findall(r"\w+", query.casefold())]
    if not wanted:
        return list(rows)
    ranked = []
    for row in rows:
        facts = words_of(row)
        words = re.findall(r"\w+", " ".join(fact or "" for fact in facts).casefold())
        found = sum(any(word.startswith(one) for word in words) for one in wanted)
        named = (facts[0] or "").casefold() == query.casefold()
        if found:
            ranked.append((named, found, row))
    return [row for _, _, row in sorted(ranked, key=lambda one: one[:2], reverse=True)]


def no_speaker(language: str, languages: Sequence[Language]) -> Reply:
    """No voice speaks the language; which there are."""
    rows = [_row(language=one.language_code, name=bounded(one.name, ABOUT)) for one in languages]
    structured: dict[str, Any] = {"voices": [], "total": 0}
    text = f'No voice speaks "{bounded(language, LONGEST)}".'
    if rows:
        structured["languages"] = rows
        text += " There are " + "; ".join(" ".join(row.values()) for row in rows) + "."
    return Reply(text, structured)


def voices_reply(voices: Sequence[Voice], page: int = 1) -> Reply:
    """One page of voices as rows and as lines."""
    rows = [
        _row(
            voice_id=voice.voice_id,
            name=bounded(voice.display_name, ABOUT),
            gender=(voice.display_gender or "").lower(),
            language="any" if voice.supports_all_languages else voice.language_code,
            accent=bounded(voice.accent, ABOUT),
            description=bounded(voice.description, ABOUT),
            note=_unusual(voice),
        )
        for voice in _on(page, voices)
    ]
    return _reply("voices", rows, len(voices), page, "No voice fits; try another language or other words.")


def presenters_reply(presenters: Sequence[Presenter], page: int = 1) -> Reply:
    """One page of presenters as rows and as lines."""
    rows = [
        _row(
            presenter_id=presenter.presenter_id,
            name=bounded(presenter.name, ABOUT),
            gender=(presenter.gender or "").lower(),
            description=bounded(presenter.description, ABOUT),
            picture_url=presenter.image_url or presenter.thumbnail_url,
            note=_ownership(presenter),
        )
        for presenter in _on(page, presenters)
    ]
    return _reply("presenters", rows, len(presenters), page, "No presenter fits; try fewer words or none.")


def _on(page: int, rows: Sequence[T]) -> Sequence[T]:
    return rows[(page - 1) * SHOWN : page * SHOWN]


def _reply(kind: str, rows: list[dict[str, str]], total: int, page: int, nothing: str) -> Reply:
    structured: dict[str, Any] = {kind: rows, "total": total}
    if total and not rows:
        nothing = f"There is no page {page}: {total} {kind} fill {-(-total // SHOWN)}."
    lines = ["- " + ", ".join(_told(row)) for row in rows] or [nothing]
    if rows and total > page * SHOWN:
        structured["next_page"] = page + 1
        lines.append(f"{total} in all; page {page + 1} goes on.")
    return Reply("\n".join(lines), structured)


def _told(row: dict[str, str]) -> list[str]:
    """The facts of a row; what people wrote is quoted."""
    return [f'"{fact}"' if name in ("name", "description") else fact for name, fact in row.items()]


def _ownership(presenter: Presenter) -> str | None:
    if presenter.is_built_in is not False:
        return None
    return "own" if presenter.has_avatar_presenter else "own, has no face that speaks: not for presenter_id"


def _unusual(voice: Voice) -> str | None:
    if voice.is_deprecated:
        return "deprecated"
    return None if voice.supports_direct_tool_execution else "for videos only"


def _row(**facts: str | None) -> dict[str, str]:
    """Absent values are left out, never null."""
    return {name: fact for name, fact in facts.items() if fact}


def _speaks(voice: Voice, language: str) -> bool:
    return voice.supports_all_languages or _tag(voice)[0] == language


def _tag(voice: Voice) -> tuple[str, str]:
    """The voice's language; the catalogue may hold codes that we do not know."""
    try:
        return language_tag(voice.language_code or "")
    except ValueError:
        return "", ""


def _words_of_voice(voice: Voice) -> Sequence[str | None]:
    return voice.display_name, voice.display_gender, voice.accent, voice.description, voice.voice_id


def _words_of_presenter(presenter: Presenter) -> Sequence[str | None]:
    return presenter.name, presenter.gender, presenter.description, presenter.presenter_id
