"""Who can speak: voices for text_to_speech, presenters for generate_avatar_clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from videogen_mcp.api.operations import LIST_LANGUAGES
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import Reply, bounded, in_quotes
from videogen_mcp.tools.annotations import READING
from videogen_mcp.tools.arguments import Arguments, Query
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.ranking import Facts, Ranked, rank
from videogen_mcp.tools.speakers import NAMED, accents, accents_text, speakers, speaking, speaks, usable
from videogen_mcp.workflows.audio import as_tag
from videogen_mcp.workflows.base import TEXT
from videogen_mcp.workflows.languages import LONGEST, region_of, tag_of
from videogen_mcp.workflows.schema import UNPUBLISHED

if TYPE_CHECKING:
    from videogen_mcp.api.library_models import Language
    from videogen_mcp.api.models import Presenter, Voice

SHOWN = 10
"""Rows on one page, the nearest to the wish: at most 1.5 kB."""

MOST_PAGES = 2_000
"""The last page that may be asked for: what a whole list at the service has at most."""

ABOUT = 60
"""Characters of a name or description: enough to choose by."""

WISH, MISSING = 80, 6
"""Characters of a wish, and words that nobody fits, that an answer repeats."""

ALSO = ("gender", "accent", "age", "mood", "style", "tone", "use", "use_case")
"""Arguments that models think of; each is a part of the wish."""

T = TypeVar("T")

PageNumber = Annotated[int, Field(ge=1, le=MOST_PAGES), WithJsonSchema({"type": "integer"})]


Spoken = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST)] | None, BeforeValidator(as_tag), TEXT
]
"""A language by its tag or name; one that nobody knows is answered with those that there are."""


class _Wish(Arguments):
    """Arguments of a list that a wish ranks; what models also call parts of it belongs to its words."""

    @model_validator(mode="before")
    @classmethod
    def _in_one(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        also = {name for name in ALSO if isinstance(given.get(name), str)}
        if isinstance(language := given.get("language"), str) and region_of(language) and tag_of(language) is None:
            also.add("language")  # British is an accent
        parts = [str(given[name]) for name in ("query", *sorted(also)) if given.get(name)]
        others = {name: value for name, value in given.items() if name not in also}
        return {**others, "query": " ".join(parts)} if len(others) < len(given) else given


class ListVoices(_Wish):
    """Arguments of list_voices."""

    query: Query = Field(default="", description="Name, or words like calm british older woman; they rank.")
    language: Spoken = Field(default=None, description="Like en or pt-BR.")
    for_videos: bool = Field(default=False, description="True: also those that only videos can use.")
    unusual: bool = Field(default=False, json_schema_extra=UNPUBLISHED)
    """Also deprecated ones."""
    page: PageNumber = 1


class ListPresenters(_Wish):
    """Arguments of list_presenters."""

    query: Query = Field(default="", description="Name, or words like young man office; they rank.")
    page: PageNumber = 1


def catalogue_tools(caches: Caches) -> list[Tool]:
    """Return list_voices and list_presenters."""

    async def list_voices(arguments: ListVoices, call: Call) -> Reply:
        upstream = await call.connect()
        known = await caches.voices.all(upstream)
        if not arguments.unusual:
            known = usable(known) if arguments.for_videos else speaking(known)
        if arguments.language and not speakers(known, arguments.language):
            has_list = upstream.dialect.has(LIST_LANGUAGES)
            languages = await caches.languages.all(upstream) if has_list else []
            return no_speaker(arguments.language, known, languages)
        return voices_reply(known, arguments.query, arguments.language, arguments.page)

    async def list_presenters(arguments: ListPresenters, call: Call) -> Reply:
        known = presenting(await caches.presenters.all(await call.connect()))
        return presenters_reply(known, arguments.query, arguments.page)

    return [
        Tool(
            Purpose("list_voices"),
            title="List voices",
            description="Voices for text_to_speech, videos and narrator edits, best match first, with language, accent"
            " and gender. Not needed where any good voice will do.",
            arguments=ListVoices,
            handler=list_voices,
            annotations=READING,
        ),
        Tool(
            Purpose("list_presenters"),
            title="List presenters",
            description="People to show on screen, own actors first, best match first, for presenter_id, actors and"
            " entity_ids.",
            arguments=ListPresenters,
            handler=list_presenters,
            annotations=READING,
        ),
    ]


def presenting(presenters: Sequence[Presenter]) -> list[Presenter]:
    """Those with a face that speaks, and all own actors: pictures and storyboards can show these."""
    return [one for one in presenters if one.has_avatar_presenter or one.is_built_in is False]


def no_speaker(language: str, voices: Sequence[Voice], languages: Sequence[Language]) -> Reply:
    """No voice speaks a language: what they speak instead, and whether finished videos can be translated to it."""
    asked, found = bounded(language, LONGEST), accents(voices)
    structured: dict[str, Any] = {"voices": [], "total": 0, "accents": dict(list(found.items())[:NAMED])}
    text = f'No voice speaks "{asked}", and one of another language would read it wrongly.'
    if found:
        text += f" There are {accents_text(found)}."
    primary = language.partition("-")[0].casefold()
    if any(one.language_code.partition("-")[0].casefold() == primary for one in languages):
        structured["next_step"] = f"edit_project can translate a finished video to {asked}"
        text += f"\n{structured['next_step']}."
    return Reply(text, structured)


def voices_reply(voices: Sequence[Voice], wish: str = "", language: str | None = None, page: int = 1) -> Reply:
    """One page of the voices that speak a language (None: any), nearest to the wish first; where none fits, or many are
    there and no wish, the languages and accents to choose from."""
    spoken = speakers(voices, language) if language else voices
    ranked = rank(spoken, _facts_of_voice, wish)
    note = ""
    if language and spoken and speaks(spoken[0], language) == "other accent":
        note = f'No voice has the accent of "{bounded(language, LONGEST)}"; these speak the language.'
    choose = note or not ranked.whole or (len(spoken) > SHOWN and not wish)
    shown = [_voice(one) for one in _near(ranked)]
    return _reply("voices", shown, ranked, wish, page, note, accents(spoken) if choose else {})


def presenters_reply(presenters: Sequence[Presenter], wish: str = "", page: int = 1) -> Reply:
    """One page of presenters, nearest to the wish first; own actors come before others as near, and stay in."""
    own_first = sorted(presenters, key=lambda presenter: presenter.is_built_in is not False)
    ranked = rank(own_first, _facts_of_presenter, wish)
    near = _near(ranked)
    near += [one for one in ranked.rows[len(near) :] if one.is_built_in is False]
    return _reply("presenters", [_presenter(one) for one in near], ranked, wish, page)


def _near(ranked: Ranked[T]) -> list[T]:
    """Those that fit at all, where some fit all of the wish; else everybody."""
    return ranked.rows[: ranked.near] if ranked.whole else ranked.rows


def _reply(
    kind: str,
    shown: Sequence[dict[str, str]],
    ranked: Ranked[Any],
    wish: str,
    page: int,
    note: str = "",
    found: Mapping[str, int] | None = None,
) -> Reply:
    """A page of the rows to show, below a line that says how they fit; `found` are the accents to choose from."""
    total, rows = len(ranked.rows), list(shown[(page - 1) * SHOWN : page * SHOWN])
    structured: dict[str, Any] = {kind: rows, "total": total}
    if wish.strip():
        structured["fitting"] = ranked.whole
    if ranked.missing:
        structured["missing_words"] = [bounded(word, WISH) for word in ranked.missing[:MISSING]]
    heading = [note] if note else []
    if total and not rows:
        heading.append(f"There is no page {page}: {len(shown)} {kind} fill {-(-len(shown) // SHOWN)}.")
    else:
        heading.append(_how_it_fits(kind, ranked, wish))
    if found:
        structured["accents"] = dict(list(found.items())[:NAMED])
        heading.append(f"There are {accents_text(found)}.")
    if note:
        structured["note"] = note
    lines = [" ".join(heading), *("- " + ", ".join(_told(row)) for row in rows)]
    if rows and len(shown) > page * SHOWN:
        structured["next_page"] = page + 1
        lines.append(f"More on page {page + 1}.")
    return Reply("\n".join(lines), structured)


def _how_it_fits(kind: str, ranked: Ranked[Any], wish: str) -> str:
    total, asked = len(ranked.rows), in_quotes(bounded(wish.strip(), WISH) or "")
    kind, fit = kind if total != 1 else kind[:-1], "fits" if ranked.whole == 1 else "fit"
    if not wish.strip() or not total:
        return f"{total} {kind}."
    if ranked.whole:
        return f"{ranked.whole} of {total} {kind} {fit} {asked}; best first."
    if not ranked.near:
        return f"None of {total} {kind} fits {asked}."
    nobody = ", ".join(in_quotes(bounded(word, WISH) or "") for word in ranked.missing[:MISSING])
    return f"None of {total} {kind} fits all of {asked}; nearest first." + (f" Nobody fits {nobody}." if nobody else "")


def _voice(voice: Voice) -> dict[str, str]:
    return _row(
        voice_id=voice.voice_id,
        name=bounded(voice.display_name, ABOUT),
        gender=(voice.display_gender or "").lower(),
        language="any language" if voice.supports_all_languages else bounded(voice.language_code, ABOUT),
        accent=bounded(voice.accent, ABOUT),
        description=bounded(voice.description, ABOUT),
        note=_unusual(voice),
    )


def _presenter(presenter: Presenter) -> dict[str, str]:
    return _row(
        presenter_id=presenter.presenter_id,
        name=bounded(presenter.name, ABOUT),
        gender=(presenter.gender or "").lower(),
        description=bounded(presenter.description, ABOUT),
        picture=presenter.picture_file_id or presenter.image_url or presenter.thumbnail_url,
        note=_ownership(presenter),
    )


def _facts_of_voice(voice: Voice) -> Facts:
    said = (voice.display_gender, voice.accent, voice.description, voice.voice_id)
    return Facts(voice.display_name or "", " ".join(filter(None, said)), voice.language_code or "")


def _facts_of_presenter(presenter: Presenter) -> Facts:
    own = "own" if presenter.is_built_in is False else None
    said = (presenter.gender, presenter.description, presenter.presenter_id, own)
    return Facts(presenter.name or "", " ".join(filter(None, said)))


def _told(row: dict[str, str]) -> list[str]:
    """The facts of a row; what people wrote is quoted."""
    quoted = ("name", "description")
    return [
        in_quotes(fact) if name in quoted else f"picture {fact}" if name == "picture" else fact
        for name, fact in row.items()
    ]


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
