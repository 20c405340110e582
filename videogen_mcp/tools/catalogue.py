"""Who can speak: voices for text_to_speech, presenters for generate_avatar_clip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints

from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import Reply, bounded
from videogen_mcp.tools.annotations import READING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.workflows.audio import LanguageTag, language_tag
from videogen_mcp.workflows.base import TEXT
from videogen_mcp.workflows.schema import published
from videogen_mcp.workflows.spellings import one_word

if TYPE_CHECKING:
    from videogen_mcp.api.models import Presenter, Voice

SHOWN = 50
"""Rows on one page: about 5 kB."""

MOST_PAGES = 400
"""The last page that may be asked for: what a whole list at the service has at most."""

T = TypeVar("T")

ABOUT = 120
"""Characters of a description: one sentence."""


PAGE = Field(default=1, ge=1, le=MOST_PAGES)


Gender = Annotated[
    Literal["any", "female", "male", "neutral"],
    one_word(f="female", woman="female", women="female", m="male", man="male", men="male", all="any"),
]


class ListVoices(Arguments):
    """Arguments of list_voices."""

    language: LanguageTag = Field(default=None, description="Like en or pt-BR.")
    query: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), TEXT] = Field(
        default="", description="Words of name, gender, accent or description."
    )
    gender: Gender = "any"
    unusual: bool = Field(default=False, description="Also deprecated ones and those text_to_speech does not take.")
    page: int = PAGE


class ListPresenters(Arguments):
    """Arguments of list_presenters."""

    page: int = PAGE


def catalogue_tools(caches: Caches) -> list[Tool]:
    """Return list_voices and list_presenters."""

    async def list_voices(arguments: ListVoices, call: Call) -> Reply:
        known = await caches.voices.all(await call.connect())
        asked = known if arguments.unusual else speaking(known)
        asked = [voice for voice in asked if arguments.gender in ("any", (voice.display_gender or "").lower())]
        return voices_reply(matching(asked, arguments.language or "", arguments.query), arguments.page)

    async def list_presenters(arguments: ListPresenters, call: Call) -> Reply:
        return presenters_reply(await caches.presenters.all(await call.connect()), arguments.page)

    return [
        Tool(
            Purpose("list_voices"),
            title="List voices",
            description="Voices for text_to_speech, with language, gender and accent.",
            arguments=ListVoices,
            handler=list_voices,
            annotations=READING,
            input_schema=published(ListVoices),
        ),
        Tool(
            Purpose("list_presenters"),
            title="List presenters",
            description="Presenters for generate_avatar_clip, with a picture where there is one.",
            arguments=ListPresenters,
            handler=list_presenters,
            annotations=READING,
            input_schema=published(ListPresenters),
        ),
    ]


def speaking(voices: Sequence[Voice]) -> list[Voice]:
    """Those that text_to_speech takes: not deprecated, and not for the vendor's own video projects only."""
    return [voice for voice in voices if voice.supports_direct_tool_execution and not voice.is_deprecated]


def matching(voices: Sequence[Voice], language: str, query: str) -> list[Voice]:
    """The voices of a language (of its region where there are any) that have every word of the query."""
    if language:
        asked, region = language_tag(language)
        voices = [voice for voice in voices if _speaks(voice, asked)]
        voices = [voice for voice in voices if region and _tag(voice) == (asked, region)] or voices
    return [voice for voice in voices if _has_words(voice, query)]


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
    return _reply("voices", rows, len(voices), page, "No voice fits; try another language or fewer words.")


def presenters_reply(presenters: Sequence[Presenter], page: int = 1) -> Reply:
    """One page of presenters as rows and as lines."""
    rows = [
        _row(
            presenter_id=presenter.presenter_id,
            name=bounded(presenter.name, ABOUT),
            gender=(presenter.gender or "").lower(),
            description=bounded(presenter.description, ABOUT),
            picture_url=presenter.image_url or presenter.thumbnail_url,
        )
        for presenter in _on(page, presenters)
    ]
    return _reply("presenters", rows, len(presenters), page, "This account has no presenters.")


def _on(page: int, rows: Sequence[T]) -> Sequence[T]:
    return rows[(page - 1) * SHOWN : page * SHOWN]


def _reply(kind: str, rows: list[dict[str, str]], total: int, page: int, nothing: str) -> Reply:
    structured: dict[str, Any] = {kind: rows, "total": total}
    if total and not rows:
        nothing = f"There is no page {page}: {total} {kind} fill {-(-total // SHOWN)}."
    lines = ["- " + ", ".join(row.values()) for row in rows] or [nothing]
    if rows and total > page * SHOWN:
        structured["next_page"] = page + 1
        lines.append(f"{total} in all; page {page + 1} goes on.")
    return Reply("\n".join(lines), structured)


def _unusual(voice: Voice) -> str | None:
    if voice.is_deprecated:
        return "deprecated"
    return None if voice.supports_direct_tool_execution else "not for text_to_speech"


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


def _has_words(voice: Voice, query: str) -> bool:
    """Each word of the query begins a word of the voice: "male" does not find "female"."""
    facts = (voice.display_name, voice.display_gender, voice.accent, voice.description, voice.voice_id)
    words = re.findall(r"\w+", " ".join(fact or "" for fact in facts).casefold())
    return all(any(word.startswith(part) for word in words) for part in re.findall(r"\w+", query.casefold()))
