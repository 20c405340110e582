"""Entities: found, made in one call, finished after a break without doubles, and changed; built-in ones stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.photos import grain
from tests.unit.tools.account import Account, Agent, agent_of
from videogen_mcp.api.library_models import Entity
from videogen_mcp.tools.entities import LISTED
from videogen_mcp.tools.entity_changes import Creation, unfinished

pytestmark = pytest.mark.anyio

MO = {"kind": "actor", "name": "Mo", "description": "A fox with a red scarf."}


def references(account: Account, entity_id: str = "vg_enti_1") -> list[tuple[str, bool]]:
    return [(one["fileId"], one["isDefault"]) for one in account.entities[entity_id]["references"]]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "mo.png"
    grain(64, 48, 60).save(path)
    return path


# -- found -----------------------------------------------------------------------------------------------------------


async def test_entities_are_listed_with_what_it_takes_to_choose_one(agent: Agent, account: Account) -> None:
    account.entity("PRODUCT", "Bottle", isBuiltIn=True)
    account.entity(name="Mo", description="A fox.", references=[{"fileId": "vg_file_000001", "isDefault": True}])

    structured, text, _ = await agent.call("find_entities")

    assert structured == {
        "entities": [
            {
                "entity_id": "vg_enti_2",
                "kind": "actor",
                "name": "Mo",
                "description": "A fox.",
                "image_count": 1,
                "main_image": "vg_file_000001",
            },
            {"entity_id": "vg_enti_1", "kind": "product", "name": "Bottle", "built_in": True, "image_count": 0},
        ]
    }
    assert text.splitlines() == [
        "2 entities.",
        '- vg_enti_2, actor, "Mo", own, 1 picture, the main one vg_file_000001: "A fox."',
        '- vg_enti_1, product, "Bottle", built-in, 0 pictures',
    ]


async def test_a_kind_and_words_narrow_the_list(agent: Agent, account: Account) -> None:
    account.entity("PRODUCT", "Red bottle")
    account.entity("ACTOR", "Mo", "red fox")
    account.entity("ACTOR", "Ida", "blue owl")

    structured, _, _ = await agent.call("find_entities", kind="character", query="FOX red")

    assert [row["name"] for row in structured["entities"]] == ["Mo"]


async def test_a_long_list_goes_on_with_its_cursor(agent: Agent, account: Account) -> None:
    for number in range(LISTED + 1):
        account.entity(name=f"Mo {number}")

    first, text, _ = await agent.call("find_entities")
    second, _, _ = await agent.call("find_entities", cursor=first["next_cursor"])

    assert len(first["entities"]) == LISTED
    assert first["next_cursor"] in text
    assert [row["name"] for row in second["entities"]] == ["Mo 0"]


async def test_an_empty_list_says_how_to_make_one(agent: Agent) -> None:
    structured, text, _ = await agent.call("find_entities", query="fox")

    assert structured == {"entities": []}
    assert text == 'No entities with "fox"; create_entity makes one.'


async def test_one_entity_comes_in_full_with_links_to_its_pictures(agent: Agent, account: Account) -> None:
    file_id = account.file()["fileId"]
    account.entity(
        references=[{"fileId": file_id, "isDefault": True}, {"fileId": "vg_file_gone00", "isDefault": False}],
        actorConfig={"voiceDisplayName": "Miles", "hasVoice": True, "hasAvatarPresenter": True},
    )

    structured, text, _ = await agent.call("find_entities", entity_id="vg_enti_1")

    assert (structured["voice"], structured["presents"]) == ("Miles", True)
    main, gone = structured["images"]
    assert (main["main"], main["preview_url"]) == (True, f"https://cdn.test/{file_id}?sig=1")
    assert set(gone) == {"file_id", "page_url"}
    assert f"- Picture {file_id} (main)" in text
    assert main["preview_url"] in text
    assert "presenter_id takes its id" in text


# -- made ------------------------------------------------------------------------------------------------------------


async def test_one_call_makes_an_entity_with_its_pictures(agent: Agent, account: Account, photo: Path) -> None:
    own = account.file()["fileId"]

    structured, text, is_error = await agent.call(
        "create_entity", **MO, images=[str(photo), own, "https://example.com/mo.png", own]
    )

    assert not is_error, text
    entity = account.entities["vg_enti_1"]
    assert (entity["entityType"], entity["name"], entity["description"]) == ("ACTOR", "Mo", MO["description"])
    imported = account.imports[0]["fileId"]
    (uploaded,) = set(account.files) - {own, imported}
    assert references(account) == [(uploaded, True), (own, False), (imported, False)]
    assert structured["entity_id"] == "vg_enti_1"
    assert [row["file_id"] for row in structured["images"]] == [uploaded, own, imported]
    assert "existed" not in structured
    assert "entity_ids of generate_image" in structured["next_step"]
    assert structured["next_step"] in text


@pytest.mark.parametrize("broken", ["POST entities", "POST references"])
@pytest.mark.parametrize("how", ["lost", "unheard"])
async def test_a_request_that_breaks_makes_nothing_twice(agent: Agent, account: Account, broken: str, how: str) -> None:
    pictures = [account.file()["fileId"], account.file()["fileId"]]
    getattr(account, how).append(broken)

    for _ in range(2):
        structured, _, is_error = await agent.call("create_entity", **MO, images=pictures)

    assert not is_error
    assert structured["entity_id"] == "vg_enti_1"
    assert list(account.entities) == ["vg_enti_1"]
    assert references(account) == [(pictures[0], True), (pictures[1], False)]


async def test_a_lost_answer_is_looked_up_in_the_same_call(agent: Agent, account: Account) -> None:
    account.lost = ["POST entities"]

    structured, _, is_error = await agent.call("create_entity", **MO)

    assert not is_error
    assert structured["entity_id"] == "vg_enti_1"
    assert account.count("POST entities") == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_refusal_for_now_is_looked_into_before_anything_is_asked_for_again(
    agent: Agent, account: Account, status: int
) -> None:
    account.gateway["POST entities"] = (status, {"message": "Try later."})

    structured, _, is_error = await agent.call("create_entity", **MO)

    assert not is_error
    assert structured["entity_id"] == "vg_enti_1"
    assert account.count("POST entities") == 1


async def test_a_request_that_may_have_been_lost_says_that_again_is_safe(agent: Agent, account: Account) -> None:
    account.unheard = ["POST entities"]

    structured, text, is_error = await agent.call("create_entity", **MO)

    assert is_error
    assert structured["error"]["code"] == "no_answer"
    assert "makes nothing twice" in text


async def test_the_same_call_again_finds_what_it_made(agent: Agent, account: Account) -> None:
    picture = account.file()["fileId"]
    await agent.call("create_entity", **MO, images=[picture])

    structured, text, _ = await agent.call("create_entity", **MO, images=[picture])

    assert structured["existed"] is True
    assert text.startswith("It was there already")
    assert list(account.entities) == ["vg_enti_1"]


async def test_the_same_call_twice_at_once_makes_one(agent: Agent, account: Account) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(lambda: agent.call("create_entity", **MO))

    assert list(account.entities) == ["vg_enti_1"]


@pytest.mark.parametrize(
    ("there", "is_it"),
    [
        ({}, True),
        ({"references": [{"fileId": "a"}]}, True),
        ({"references": [{"fileId": "a"}, {"fileId": "b"}]}, True),
        ({"references": [{"fileId": "other"}]}, False),
        ({"name": "Moe"}, False),
        ({"description": "An owl."}, False),
        ({"entityType": "PRODUCT"}, False),
        ({"isBuiltIn": True}, False),
    ],
)
def test_what_a_broken_call_left_is_told_from_other_entities(there: dict[str, Any], is_it: bool) -> None:
    facts = {"entityId": "e", "entityType": "ACTOR", "name": "Mo", "description": "A fox.", **there}
    wanted = Creation("ACTOR", "Mo", "A fox.", ("a", "b"))

    assert (unfinished([Entity.model_validate(facts)], wanted) is not None) is is_it


async def test_a_picture_that_is_not_taken_names_the_entity(agent: Agent, account: Account) -> None:
    account.refused["POST references"] = (400, {"message": "No face was found."})

    structured, text, is_error = await agent.call("create_entity", **MO, images=[account.file()["fileId"]])

    assert is_error
    assert structured["error"]["code"] == "picture_refused"
    assert "the entity vg_enti_1 is there" in text
    assert "No face was found" in text
    assert 'update_entity with entity_id "vg_enti_1"' in structured["next_step"]


async def test_a_file_that_is_no_picture_is_refused_before_anything_is_made(
    agent: Agent, account: Account, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("Mo is a fox.")

    _, text, is_error = await agent.call("create_entity", **MO, images=[str(tmp_path / "notes.txt")])

    assert is_error
    assert "images[0]: notes.txt is text" in text
    assert account.asked == []


async def test_an_actor_that_was_made_is_among_the_presenters_at_once(agent: Agent, account: Account) -> None:
    account.entity(name="Ida")
    await agent.call("list_presenters")

    await agent.call("create_entity", **MO)
    made, _, _ = await agent.call("list_presenters")
    await agent.call("update_entity", entity_id="vg_enti_1", archive=True)
    left, _, _ = await agent.call("list_presenters")

    assert [row["name"] for row in made["presenters"]] == ["Mo", "Ida"]
    assert [row["name"] for row in left["presenters"]] == ["Mo"]


@pytest.mark.parametrize(("presents", "said"), [(True, ", presenter_id"), (False, "storyboard_to_video")])
async def test_an_actor_is_for_presenter_id_where_it_has_a_face(
    agent: Agent, account: Account, presents: bool, said: str
) -> None:
    account.entity(name="Mo", description=MO["description"], actorConfig={"hasAvatarPresenter": presents})

    structured, _, _ = await agent.call("create_entity", **MO)

    assert structured["next_step"].endswith(said)


# -- changed ---------------------------------------------------------------------------------------------------------


async def test_words_and_pictures_change_in_one_call(agent: Agent, account: Account) -> None:
    old, new = account.file()["fileId"], account.file()["fileId"]
    account.entity(references=[{"fileId": old, "isDefault": True}])

    structured, text, _ = await agent.call(
        "update_entity", entity_id="vg_enti_1", name="Mona", add_images=[new], remove_images=[old]
    )

    assert account.entities["vg_enti_1"]["name"] == "Mona"
    assert account.entities["vg_enti_1"]["description"] == ""
    assert references(account) == [(new, False)]
    assert structured["name"] == "Mona"
    assert text.startswith("Changed.\n")


@pytest.mark.parametrize("broken", ["POST references", "POST remove"])
@pytest.mark.parametrize("how", ["lost", "unheard"])
async def test_a_change_that_breaks_is_done_once(agent: Agent, account: Account, broken: str, how: str) -> None:
    old, new = account.file()["fileId"], account.file()["fileId"]
    account.entity(references=[{"fileId": old, "isDefault": True}])
    getattr(account, how).append(broken)

    _, _, is_error = await agent.call("update_entity", entity_id="vg_enti_1", add_images=[new], remove_images=[old])

    assert not is_error
    assert references(account) == [(new, False)]


async def test_an_archived_entity_is_out_of_the_lists(agent: Agent, account: Account) -> None:
    account.entity()

    structured, text, _ = await agent.call("update_entity", entity_id="vg_enti_1", archive=True)

    assert structured == {"entity_id": "vg_enti_1", "archived": True}
    assert account.entities == {}
    assert "cannot be undone here" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"name": "Mona"}, "built_in", "one of VideoGen's own entities"),
        ({}, "invalid_arguments", "nothing is to be changed"),
        ({"archive": True, "name": "Mona"}, "invalid_arguments", "archive goes with no other change"),
        ({"entity_id": "vg_enti_9", "name": "Mona"}, "not_found", "find_entities shows those that exist"),
        ({"entity_id": "vg_file_123456", "name": "Mona"}, "invalid_arguments", "takes an entity id"),
        ({"remove_images": ["vg_enti_1"]}, "invalid_arguments", "vg_enti_1 is the id of an entity"),
    ],
)
async def test_what_cannot_be_changed_is_refused_with_the_reason(
    agent: Agent, account: Account, arguments: dict[str, Any], code: str, said: str
) -> None:
    account.entity(isBuiltIn=True)

    structured, text, is_error = await agent.call("update_entity", **{"entity_id": "vg_enti_1", **arguments})

    assert is_error
    assert structured["error"]["code"] == code
    assert said in text
    assert account.entities["vg_enti_1"]["name"] == "Mo"


async def test_the_same_change_again_does_no_harm_and_says_what_was_gone(agent: Agent, account: Account) -> None:
    account.entity(references=[{"fileId": "vg_file_000007", "isDefault": True}])
    change = {"entity_id": "vg_enti_1", "name": "Mona", "remove_images": ["vg_file_000007"]}
    await agent.call("update_entity", **change)

    structured, text, is_error = await agent.call("update_entity", **change)

    assert not is_error
    assert structured["not_there"] == ["vg_file_000007"]
    assert "It had no picture vg_file_000007" in text
    assert account.count("POST remove") == 1


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("find_entities", {}),
        ("create_entity", {**MO, "images": ["vg_file_000001"]}),
        ("update_entity", {"entity_id": "vg_enti_1", "name": "Mona"}),
    ],
)
async def test_the_seed_era_has_no_entities_and_says_so(
    account: Account, tmp_path: Path, tool: str, arguments: dict[str, Any]
) -> None:
    async with agent_of(account, tmp_path, era="v0") as agent:
        structured, text, is_error = await agent.call(tool, **arguments)

    assert is_error
    assert structured["error"]["code"] == "not_supported"
    assert "has no entities" in text
