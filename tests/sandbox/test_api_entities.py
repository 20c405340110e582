"""Own entities: made, changed, shown by pictures, and used by what is made with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.driving import STYLE, Driver
from tests.sandbox.test_api_tools import original
from tests.sandbox.tiny import content
from videogen_sandbox.api.entities import MAX_PICTURES

pytestmark = pytest.mark.anyio


async def entity(driver: Driver, kind: str = "PRODUCT", *, pictures: int = 0, **body: Any) -> dict[str, Any]:
    """An own entity with as many pictures."""
    made = await driver.post("/v1/entities", {"entityType": kind, "name": "Bottle", **body})
    for number in range(pictures):
        file = await driver.upload(content("IMAGE", number=number))
        made = await driver.post(f"/v1/entities/{made['entityId']}/references", {"fileId": file["fileId"]})
    return made


async def test_an_entity_is_made_changed_and_archived(today: Driver) -> None:
    made = await entity(today, "ACTOR", description="tall")
    assert made["entityId"].startswith("vg_enti_")
    assert (made["isBuiltIn"], made["actorConfig"]["hasAvatarPresenter"]) == (False, False)
    path = f"/v1/entities/{made['entityId']}"
    changed = await today.post(f"{path}/update", {"name": "Flask", "description": None})
    assert (changed["name"], changed["description"]) == ("Flask", "tall")
    assert await today.get(path) == changed
    assert await today.post(f"{path}/archive") == {"entityId": made["entityId"], "archived": True}
    assert "not found" in await today.refused("GET", path, status=404)


async def test_own_entities_are_listed_before_the_built_in_actors(today: Driver) -> None:
    actor, style = await entity(today, "ACTOR"), await entity(today, "VISUAL_STYLE")
    everything = [found["entityId"] for found in (await today.get("/v1/entities"))["entities"]]
    actors = [found["entityId"] for found in (await today.get("/v1/entities", entityType="ACTOR"))["entities"]]
    styles = [found["entityId"] for found in (await today.get("/v1/entities", entityType="VISUAL_STYLE"))["entities"]]
    assert (everything[:2], len(everything)) == ([style["entityId"], actor["entityId"]], 9)
    assert (actors[0], len(actors), styles) == (actor["entityId"], 8, [style["entityId"]])


async def test_the_first_picture_is_the_default_until_another_one_is(today: Driver) -> None:
    made = await entity(today, pictures=2)
    path = f"/v1/entities/{made['entityId']}/references"
    first, second = (reference["fileId"] for reference in made["references"])
    assert [reference["isDefault"] for reference in made["references"]] == [True, False]
    changed = await today.post(path, {"fileId": second, "description": "from behind", "isDefault": True})
    assert changed["references"] == [
        {"fileId": first, "description": "", "isDefault": False},
        {"fileId": second, "description": "from behind", "isDefault": True},
    ]
    left = await today.post(f"{path}/remove", {"fileId": second})
    assert left["references"] == [{"fileId": first, "description": "", "isDefault": True}]
    assert "no reference" in await today.refused("POST", f"{path}/remove", {"fileId": second}, status=404)


async def test_a_temporary_picture_of_an_entity_is_kept(today: Driver) -> None:
    made = await entity(today)
    file = await today.upload(content("IMAGE"), isTemporary=True)
    await today.post(f"/v1/entities/{made['entityId']}/references", {"fileId": file["fileId"]})
    assert today.file(file["fileId"]).scope == "ENTITY"


async def test_only_pictures_show_an_entity_and_not_too_many(today: Driver) -> None:
    made = await entity(today, pictures=MAX_PICTURES)
    path = f"/v1/entities/{made['entityId']}/references"
    sound = await today.upload(content("AUDIO"), "a.wav")
    assert "needs IMAGE files" in await today.refused("POST", path, {"fileId": sound["fileId"]})
    one_more = await today.upload(content("IMAGE", taste="sweet"))
    assert "at most 20" in await today.refused("POST", path, {"fileId": one_more["fileId"]}, status=409)


async def test_built_in_actors_cannot_be_changed(today: Driver) -> None:
    actor = (await today.get("/v1/entities"))["entities"][0]["entityId"]
    for path, body in (("update", {"name": "x"}), ("archive", None), ("references/remove", {"fileId": "x"})):
        assert "catalogue" in await today.refused("POST", f"/v1/entities/{actor}/{path}", body, status=403)


async def test_the_pictures_of_an_entity_are_references_the_default_one_first(today: Driver) -> None:
    made = await entity(today, pictures=2)
    second = made["references"][1]["fileId"]
    await today.post(f"/v1/entities/{made['entityId']}/references", {"fileId": second, "isDefault": True})
    execution = await today.make("generate-image", prompt="a pear", entityIds=[made["entityId"]])
    shown = (await original(today, execution))["inputs"]["imageFileIds"]
    assert shown == [content("IMAGE", number=number).decode() for number in (1, 0)]


async def test_an_entity_without_pictures_is_used_by_its_words(today: Driver) -> None:
    made = await entity(today, "VISUAL_STYLE", description="in thick ink")
    execution = await today.make("generate-image", prompt="a pear", entityIds=[made["entityId"]])
    assert (await original(today, execution))["body"]["prompt"] == "a pear, in thick ink"


async def test_an_own_actor_is_no_avatar(today: Driver) -> None:
    made = await entity(today, "ACTOR", pictures=1)
    sound = await today.upload(content("AUDIO"), "a.wav")
    body = {"actorEntityId": made["entityId"], "audioFileId": sound["fileId"]}
    assert "only the drawn actors" in await today.refused("POST", "/v1/tools/generate-avatar", body)


async def test_an_own_actor_stands_beside_a_video_by_its_portrait(today: Driver) -> None:
    made = await entity(today, "ACTOR", pictures=1)
    project_id = await today.project(actorEntityId=made["entityId"])
    project = today.sandbox.projects.get(project_id)
    assert project is not None
    assert project.document is not None
    assert project.document["inputs"] == {"actorEntityId": 1}
    faceless = await entity(today, "ACTOR")
    body = {"script": "A pear.", "visualStyle": STYLE, "actorEntityId": faceless["entityId"]}
    assert "no picture yet" in await today.refused("POST", "/v1/workflows/script-to-video", body)


async def test_a_style_gives_its_words_and_pictures_to_a_video(today: Driver) -> None:
    made = await entity(today, "VISUAL_STYLE", pictures=1, description="in thick ink")
    style = {"type": "AI_IMAGE", "entityId": made["entityId"]}
    project = today.sandbox.projects.get(await today.project(visualStyle=style))
    assert project is not None
    assert project.document is not None
    assert project.document["body"]["visualStyle"]["aiStyle"] == "in thick ink"
    assert project.document["inputs"] == {"visualStyle.entityId": 1}
    product = await entity(today)
    body = {"script": "A pear.", "visualStyle": {"type": "AI_IMAGE", "entityId": product["entityId"]}}
    assert "of type VISUAL_STYLE" in await today.refused("POST", "/v1/workflows/script-to-video", body)


async def test_the_pictures_of_an_entity_are_media_of_a_motion_graphic(today: Driver) -> None:
    made = await entity(today, pictures=1)
    execution = await today.make("generate-motion-graphic", prompt="a title", entityIds=[made["entityId"]])
    assert (await original(today, execution))["inputs"] == {"fileIds": [content("IMAGE", number=0).decode()]}


async def test_a_theme_gives_its_words_and_pictures_to_slides(today: Driver) -> None:
    made = await entity(today, "SLIDESHOW_THEME", pictures=1, description="dark blue")
    deck = await today.upload(b"%PDF-1.4", "deck.pdf")
    body = {"fileId": deck["fileId"], "slideshowThemeEntityId": made["entityId"]}
    project = today.sandbox.projects.get(await today.project(operation="slideshow-to-video", **body))
    assert project is not None
    assert project.document is not None
    assert project.document["body"]["slideshowTheme"] == {"name": "Bottle", "description": "dark blue"}
    assert project.document["inputs"] == {"fileId": 1, "slideshowThemeEntityId": 1}
