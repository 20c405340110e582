from __future__ import annotations

import json

import pytest

from tests.sandbox.driving import BASE, Driver
from tests.sandbox.tiny import content

pytestmark = pytest.mark.anyio


async def signed(driver: Driver, kind: str = "IMAGE") -> str:
    return str((await driver.upload(content(kind), "my pear.png"))["downloadUrl"])


async def test_a_signed_url_needs_no_key_and_keeps_the_files_name(today: Driver) -> None:
    url = await signed(today)
    answer = await today.fetch(url)
    assert (answer.status_code, answer.content, url.rsplit("/", 1)[1]) == (200, content("IMAGE"), "my-pear.png")
    assert answer.headers["content-type"] == "image/png"


async def test_a_part_can_be_asked_for(today: Driver) -> None:
    url = await signed(today)
    answer = await today.fetch(url, headers={"range": "bytes=2-5"})
    assert (answer.status_code, answer.content) == (206, content("IMAGE")[2:6])
    assert answer.headers["content-range"] == f"bytes 2-5/{len(content('IMAGE'))}"
    assert (await today.fetch(url, headers={"range": "bytes=9999-"})).status_code == 416


async def test_head_tells_the_size(today: Driver) -> None:
    answer = await today.fetch(await signed(today), method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(content("IMAGE")))


async def test_a_signed_url_expires_and_says_what_to_do(today: Driver) -> None:
    url = await signed(today)
    today.clock.turn(7 * 86400)
    answer = await today.fetch(url)
    assert answer.status_code == 403
    assert "expired at 2026-" in answer.json()["message"]
    assert "Hydrating" in answer.json()["message"]


async def test_a_signature_is_good_for_one_form_of_one_file(today: Driver) -> None:
    url, other = await signed(today), await signed(today, "AUDIO")
    start, token, file, rendition, name = url.removeprefix(BASE + "/").split("/")
    for changed in (
        url.replace("/download/", "/preview/"),
        f"{BASE}/{start}/{token}/{other.split('/')[5]}/{rendition}/{name}",
        f"{BASE}/{start}/B{token[1:]}/{file}/{rendition}/{name}",
        f"{BASE}/{start}/nonsense/{file}/{rendition}/{name}",
    ):
        assert (await today.fetch(changed)).status_code == 403


async def test_the_short_link_of_a_preview_is_good_for_that_file_alone(today: Driver) -> None:
    file = await today.upload(content("IMAGE"), "pear.png")
    url, thumbnail = file["previewSource"]["url"], file["thumbnailSource"]["url"]
    assert url.startswith(f"{BASE}/media/{file['fileId']}/")
    assert (await today.fetch(url)).status_code == (await today.fetch(thumbnail)).status_code == 200
    for changed in (
        url.replace("vg_file_", "vg_file_X"),
        url.replace("/media/", "/media/x/"),
        f"{url[:-5]}x{url[-4:]}",
    ):
        assert (await today.fetch(changed)).status_code in (403, 404)


async def test_segments_are_covered_by_the_permission_of_their_playlist(today: Driver) -> None:
    file = await today.upload(content("VIDEO"), "film.mp4")
    url = file["hlsSource"]["url"]
    playlist = await today.fetch(url)
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    segment = await today.fetch(url.rsplit("/", 1)[0] + "/segment.ts")
    assert (segment.content, segment.headers["content-type"]) == (b"segment", "video/mp2t")


@pytest.mark.parametrize("name", ["../original.png", "..%2Foriginal.png", "%2Fetc%2Fpasswd", "nothing.ts", ""])
async def test_nothing_outside_of_the_stream_is_served(today: Driver, name: str) -> None:
    file = await today.upload(content("VIDEO"), "film.png")
    url = file["hlsSource"]["url"].rsplit("/", 1)[0] + f"/{name}"
    assert (await today.fetch(url)).status_code in (403, 404)


async def test_a_download_can_be_asked_for_as_something_to_save(today: Driver) -> None:
    answer = await today.fetch(await signed(today) + "?download=1")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''my-pear.png"


async def test_any_page_may_show_what_it_has_the_url_of(today: Driver) -> None:
    answer = await today.fetch(await signed(today))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_presenters_are_drawn_once(today: Driver) -> None:
    actor = (await today.get("/v1/entities"))["entities"][1]
    picture = json.loads((await today.fetch(actor["imageUrl"])).content)
    assert (picture["slug"], picture["size"]) == ("diego", 1024)
    assert json.loads((await today.fetch(actor["thumbnailUrl"])).content)["size"] == 256
    clip = await today.fetch(actor["previewVideoUrl"], headers={"range": "bytes=0-0"})
    assert (clip.status_code, clip.headers["content-type"]) == (206, "video/mp4")


@pytest.mark.parametrize("path", ["nobody/portrait.png", "amara/other.png", "amara/.."])
async def test_other_pictures_do_not_exist(today: Driver, path: str) -> None:
    assert (await today.fetch(f"{BASE}/presenters/{path}")).status_code == 404


async def test_the_pages_are_there(today: Driver) -> None:
    answer = await today.fetch("/", headers={"host": "localhost"})
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("late", [False, True], ids=["changed", "expired"])
async def test_a_browser_is_led_from_a_link_that_does_not_work_to_the_page_of_the_file(
    today: Driver, late: bool
) -> None:
    file_id = await today.made()
    url = today.sandbox.links.media(file_id, "download", "A-pear.png", int(today.clock.time()) + 60)
    if late:
        today.clock.turn(61)
    else:
        url = url.replace("/signed/", "/signed/x")
    answer = await today.fetch(url, headers={"accept": "text/html,*/*"})
    assert (answer.status_code, f'href="/media/{file_id}"' in answer.text) == (403, True)
    assert answer.headers["content-type"].startswith("text/html")
    assert (await today.fetch(url, headers={"accept": "image/webp,*/*"})).json()["code"] == "not_authorized"
