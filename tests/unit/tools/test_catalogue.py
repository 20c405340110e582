"""Voices and presenters: who is listed, how they are found, what an answer holds and when the service is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
import pytest

from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V2
from videogen_mcp.api.errors import ConnectionFailed, VideoGenError
from videogen_mcp.api.models import Presenter, Voice
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import SANDBOX, Account, Connect, Upstream
from videogen_mcp.executions.journal import Journal
from videogen_mcp.tools.base import Tools
from videogen_mcp.tools.cache import FRESH, Caches
from videogen_mcp.tools.catalogue import (
    SHOWN,
    catalogue_tools,
    presenters_reply,
    voices_reply,
)

pytestmark = pytest.mark.anyio

Ask = Callable[..., Awaitable[Reply]]


def voice(name: str, language: str = "en-US", **facts: Any) -> Voice:
    return Voice(voice_id=f"vg_voic_{name}", display_name=name, language_code=language, **facts)


HEART = voice("Heart", display_gender="FEMALE", accent="American", description="Warm, clear narrator.")
MILES = voice("Miles", "en-GB", display_gender="MALE", accent="British", description="Deep and steady.")
INES = voice("Ines", "pt-BR", display_gender="FEMALE")
ANYONE = voice("Anyone", "en-US", supports_all_languages=True)
ODD = voice("Odd", "tlh-XX")
VOICES = [HEART, MILES, INES, ANYONE, ODD]
AMARA = {"entityId": "vg_enti_1", "name": "Amara", "description": "Studio wall.", "references": []}


@dataclass
class TurnedClock:
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Service:
    """Today's API with a few voices and presenters, which counts what it is asked."""

    asked: list[str] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=lambda: VOICES)
    actors: list[dict[str, Any]] = field(default_factory=lambda: [AMARA])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path.endswith("tts-voices"):
            rows = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in self.voices]
            return httpx.Response(200, json={"ttsVoices": rows, "hasMore": False, "nextCursor": None})
        if request.url.path.endswith("languages"):
            known = [{"languageCode": "de", "name": "German"}, {"languageCode": "en"}]
            return httpx.Response(200, json={"languages": known})
        return httpx.Response(200, json={"entities": self.actors, "hasMore": False, "nextCursor": None})


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def ask(service: Service, clock: TurnedClock) -> Ask:
    """Call a catalogue tool by its name."""
    transport = httpx.MockTransport(service.answer)
    client = VideoGen(api_key="key", base_url="http://api.test", dialect="v2", transport=transport, clock=clock)
    upstream = Upstream(client, V2, SANDBOX.name, sandbox=False, base_url="http://api.test")

    async def connect(account: Account) -> Upstream:
        return upstream

    caches = Caches.of(clock)

    async def call(name: str, **arguments: Any) -> Reply:
        return await called(connect, caches, clock, name, arguments)

    return call


async def called(connect: Connect, caches: Caches, clock: TurnedClock, name: str, arguments: dict[str, Any]) -> Reply:
    with closing(Journal.in_file(None)) as journal:
        async with anyio.create_task_group() as tasks:
            tools = Tools.of(catalogue_tools(caches), Calls(connect, clock, tasks, journal))
            replies = [await tools.call(name, arguments, Caller("test"))]
    return replies[0]


async def test_a_wish_ranks_all_voices_and_says_what_none_has(ask: Ask) -> None:
    reply = await ask("list_voices", query="deep older British woman")
    assert [row["name"] for row in reply.structured["voices"]] == ["Miles", "Heart", "Ines", "Anyone", "Odd"]
    assert (reply.structured["fitting"], reply.structured["missing_words"]) == (0, ["older"])
    first = reply.text.splitlines()[0]
    assert first.startswith(
        'None of 5 voices fits all of "deep older British woman"; nearest first. Nobody fits "older".'
    )
    assert "en-GB British (1)" in first


async def test_a_wish_that_nobody_fits_lists_everybody(ask: Ask) -> None:
    reply = await ask("list_voices", query="robot")
    assert len(reply.structured["voices"]) == len(VOICES)
    assert reply.text.startswith('None of 5 voices fits "robot". There are ')
    assert reply.structured["accents"]["en-US American"] == 1


async def test_a_wish_that_some_fit_says_how_many(ask: Ask) -> None:
    reply = await ask("list_voices", query="a warm woman")
    assert reply.structured["fitting"] == 1
    assert reply.text.startswith('1 of 5 voices fits "a warm woman"; best first.')
    assert "accents" not in reply.structured


async def test_an_accent_that_no_voice_has_is_said(ask: Ask) -> None:
    reply = await ask("list_voices", language="en-AU")
    assert {row["name"] for row in reply.structured["voices"]} == {"Heart", "Miles", "Anyone"}
    assert reply.text.startswith('No voice has the accent of "en-AU"; these speak the language.')
    assert reply.structured["note"] in reply.text


@pytest.mark.parametrize(
    ("arguments", "names"),
    [({}, ["Heart"]), ({"for_videos": True}, ["Heart", "Filmed"]), ({"unusual": True}, ["Heart", "Filmed", "Old"])],
)
async def test_voices_for_videos_only_are_listed_on_demand(
    ask: Ask, service: Service, arguments: dict[str, Any], names: list[str]
) -> None:
    service.voices = [
        HEART,
        voice("Filmed", supports_direct_tool_execution=False),
        voice("Old", is_deprecated=True),
    ]
    reply = await ask("list_voices", **arguments)
    assert [row["name"] for row in reply.structured["voices"]] == names


async def test_a_language_that_no_voice_speaks_is_answered_with_those_that_are_spoken(
    ask: Ask, service: Service
) -> None:
    service.voices = [HEART]
    for language in ("klingon", "German"):
        reply = await ask("list_voices", language=language)
        assert not reply.is_error
        assert reply.structured["accents"] == {"en-US American": 1}
        assert "There are en-US American (1)." in reply.text
    assert reply.structured["next_step"] == "edit_project can translate a finished video to de"
    assert service.asked.count("/v1/resources/languages") == 1


def test_a_voice_is_a_row_without_what_is_not_known() -> None:
    reply = voices_reply([HEART, voice("Plain")])
    assert reply.structured == {
        "voices": [
            {
                "voice_id": "vg_voic_Heart",
                "name": "Heart",
                "gender": "female",
                "language": "en-US",
                "accent": "American",
                "description": "Warm, clear narrator.",
            },
            {"voice_id": "vg_voic_Plain", "name": "Plain", "language": "en-US"},
        ],
        "total": 2,
    }
    assert reply.text.splitlines()[2] == '- vg_voic_Plain, "Plain", en-US'


def test_a_presenter_is_a_row_with_the_file_of_a_picture_where_there_is_one() -> None:
    shown = [{"fileId": "vg_file_2", "isDefault": False}, {"fileId": "vg_file_1", "isDefault": True}]
    actor = Presenter.model_validate({"entityId": "vg_enti_1", "displayGender": "MALE", "references": shown})
    reply = presenters_reply([actor])
    assert reply.structured["presenters"] == [{"presenter_id": "vg_enti_1", "gender": "male", "picture": "vg_file_1"}]
    assert reply.text.endswith("- vg_enti_1, male, picture vg_file_1")
    of_the_seed_era = Presenter.model_validate({"avatarPresenterId": "vg_pres_1", "imageUrl": "https://x/1.jpg"})
    assert presenters_reply([of_the_seed_era]).structured["presenters"][0]["picture"] == "https://x/1.jpg"


def test_ten_voices_with_all_that_is_said_of_them_fit_the_bytes() -> None:
    facts = {"display_gender": "FEMALE", "accent": "American", "description": "Warm and clear, made for stories " * 9}
    many = [voice(f"{number:022}", **facts) for number in range(SHOWN)]
    for number, one in enumerate(many):
        one.display_name = f"Margaret {number}"
    assert len(voices_reply(many).text.encode()) <= 1_600


def test_a_long_list_comes_in_pages() -> None:
    many = [voice(str(number)) for number in range(SHOWN + 3)]
    first, second = voices_reply(many), voices_reply(many, page=2)
    assert len(first.structured["voices"]) == SHOWN
    assert first.structured["next_page"] == 2
    assert first.text.startswith(f"{SHOWN + 3} voices.")
    assert first.text.endswith("More on page 2.")
    assert [row["name"] for row in second.structured["voices"]] == [str(SHOWN), str(SHOWN + 1), str(SHOWN + 2)]
    assert "next_page" not in second.structured


def test_a_page_beyond_the_last_one_says_how_many_there_are() -> None:
    assert voices_reply([HEART], page=2).text == "There is no page 2: 1 voices fill 1."


def test_unusual_voices_say_what_is_unusual() -> None:
    reply = voices_reply([voice("Old", is_deprecated=True), voice("Elsewhere", supports_direct_tool_execution=False)])
    assert [row["note"] for row in reply.structured["voices"]] == ["deprecated", "for videos only"]


async def test_the_service_is_asked_once_until_the_list_is_old(ask: Ask, service: Service, clock: TurnedClock) -> None:
    first = await ask("list_voices")
    clock.now += FRESH - 1
    assert (await ask("list_voices", language="pt")).structured["total"] == 2
    assert len(service.asked) == 1

    clock.now += 2
    assert (await ask("list_voices")).structured == first.structured
    assert len(service.asked) == 2


async def test_presenters_are_todays_actors(ask: Ask) -> None:
    reply = await ask("list_presenters")
    assert reply.structured == {
        "presenters": [{"presenter_id": "vg_enti_1", "name": "Amara", "description": "Studio wall."}],
        "total": 1,
    }


async def test_own_actors_come_first_and_are_marked(ask: Ask, service: Service) -> None:
    speaks, faceless = {"hasAvatarPresenter": True}, {"hasAvatarPresenter": False}
    service.actors = [
        {**AMARA, "isBuiltIn": True},
        {"entityId": "vg_enti_2", "name": "Mo", "isBuiltIn": False, "actorConfig": speaks},
        {"entityId": "vg_enti_3", "name": "Fox", "isBuiltIn": False, "actorConfig": faceless},
        {"entityId": "vg_enti_4", "name": "Owl", "isBuiltIn": True, "actorConfig": faceless},
    ]
    reply = await ask("list_presenters")
    assert reply.structured["presenters"] == [
        {"presenter_id": "vg_enti_2", "name": "Mo", "note": "own"},
        {
            "presenter_id": "vg_enti_3",
            "name": "Fox",
            "note": "own, has no face that speaks: not for presenter_id",
        },
        {"presenter_id": "vg_enti_1", "name": "Amara", "description": "Studio wall."},
    ]
    assert reply.text.splitlines()[1] == '- vg_enti_2, "Mo", own'


async def test_presenters_are_ranked_by_words(ask: Ask, service: Service) -> None:
    service.actors = [AMARA, {"entityId": "vg_enti_2", "name": "Ben", "description": "Studio desk, older man."}]
    reply = await ask("list_presenters", query="old man studio")
    assert [row["name"] for row in reply.structured["presenters"]] == ["Ben", "Amara"]
    reply = await ask("list_presenters", query="beach")
    assert [row["name"] for row in reply.structured["presenters"]] == ["Amara", "Ben"]
    assert reply.text.startswith('None of 2 presenters fits "beach".')


@pytest.mark.parametrize("name", ["list_voices", "list_presenters"])
async def test_a_service_out_of_reach_is_an_error_with_the_way_out(name: str, clock: TurnedClock) -> None:
    async def connect(account: Account) -> Upstream:
        error: VideoGenError = ConnectionFailed("Connection refused")
        raise error

    reply = await called(connect, Caches.of(clock), clock, name, {})
    assert reply.is_error
    assert reply.structured["error"]["code"] == "connection_failed"
    assert f"safe to call {name} again" in reply.text


@pytest.mark.parametrize(
    "arguments",
    [{"gender": " Female ", "use": "narrator"}, {"query": "narrator", "gender": "F"}, {"mood": "clear, female"}],
)
async def test_what_models_call_parts_of_a_wish_belongs_to_its_words(ask: Ask, arguments: dict[str, str]) -> None:
    reply = await ask("list_voices", **arguments)
    assert reply.structured["voices"][0]["name"] == "Heart"
    assert reply.structured["fitting"] == 1


async def test_an_accent_given_as_a_language_is_a_part_of_the_wish(ask: Ask) -> None:
    reply = await ask("list_voices", language="British", query="deep")
    assert (reply.structured["voices"][0]["name"], reply.structured["fitting"]) == ("Miles", 1)


async def test_where_some_fit_all_of_it_those_that_fit_nothing_are_left_out(ask: Ask) -> None:
    reply = await ask("list_voices", query="warm woman")
    assert [row["name"] for row in reply.structured["voices"]] == ["Heart", "Ines"]
    assert reply.structured["total"] == len(VOICES)


async def test_own_actors_are_never_left_out(ask: Ask, service: Service) -> None:
    own = {"entityId": "vg_enti_2", "name": "Mo", "isBuiltIn": False, "description": "Beach."}
    service.actors = [AMARA, {"entityId": "vg_enti_3", "name": "Ben", "description": "Desk."}, own]
    reply = await ask("list_presenters", query="studio")
    assert [row["name"] for row in reply.structured["presenters"]] == ["Amara", "Mo"]


def test_what_people_wrote_cannot_end_its_quotes() -> None:
    text = voices_reply([voice("Ada", description='Warm", deprecated, "cold')]).text
    assert text.endswith("""- vg_voic_Ada, "Ada", en-US, "Warm', deprecated, 'cold\"""")
