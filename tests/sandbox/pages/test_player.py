"""The pages of files and projects, and those that say what is wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.sandbox.pages.stores import BASE, NOW, Stores, Tags
from videogen_sandbox.storage.files import Rendition


@pytest.mark.parametrize(("kind", "element"), [("VIDEO", "video"), ("AUDIO", "audio"), ("IMAGE", "img")])
def test_a_file_is_shown_by_what_it_is(browser: TestClient, stores: Stores, kind: str, element: str) -> None:
    file = stores.make(kind=kind, duration=5.0)
    shown = Tags(browser.get(f"/media/{file.id}").text)
    [media] = shown.all(element)[-1:]
    [source] = shown.all("source") or [media]
    match = re.fullmatch(rf"/media/{file.id}/([\w-]+)\.\w+", source["src"] or "")
    assert match
    assert stores.links.shown(match[1], file.id, NOW) == "preview"
    if kind != "IMAGE":
        assert "controls" in media


def test_links_of_a_page_open_what_they_name(browser: TestClient, stores: Stores) -> None:
    file = stores.make()
    [download] = [link for link in Tags(browser.get(f"/media/{file.id}").text).all("a") if "download" in link]
    match = re.fullmatch(r"/signed/([^/]+)/([^/]+)/([^/]+)/A-pear\.png", download["href"] or "")
    assert match
    stores.links.check(match[1], match[2], match[3], NOW + 12 * 3600)
    assert (match[2], match[3]) == (file.id, "download")


def test_a_placeholder_says_so(browser: TestClient, stores: Stores) -> None:
    assert "This is a placeholder" in browser.get(f"/media/{stores.make().id}").text


def test_what_is_no_placeholder_does_not_say_so(browser: TestClient, stores: Stores) -> None:
    file = stores.make(made={"engine": "vtracer", "engineVersion": "0.6", "placeholder": False, "seed": 1})
    assert "This is a placeholder" not in browser.get(f"/media/{file.id}").text


def test_a_page_tells_engine_seed_size_and_duration(browser: TestClient, stores: Stores) -> None:
    text = browser.get(f"/media/{stores.make(kind='VIDEO', duration=62.4).id}").text
    for fact in ("illustrator 3", "4711", "1280 \N{MULTIPLICATION SIGN} 720", "1:02", "53 kB"):
        assert fact in text


def test_an_archived_file_is_a_page_that_says_so_and_leads_back(browser: TestClient, stores: Stores) -> None:
    file = stores.make("A pear")
    stores.files.archive(file.id, NOW)
    answer = browser.get(f"/media/{file.id}")
    assert answer.status_code == 404
    assert "“A pear” was archived" in answer.text
    assert "/" in [link["href"] for link in Tags(answer.text).all("a") if "button" in (link.get("class") or "")]


def test_a_file_without_bytes_is_a_page_with_status_404(browser: TestClient, stores: Stores) -> None:
    assert browser.get(f"/media/{stores.make(state='awaiting', renditions={}).id}").status_code == 404


@pytest.mark.parametrize("path", ["/media/vg_file_<script>", "/projects/vg_proj_nobody", "/nowhere", "/assets/no.js"])
def test_what_is_not_there_is_a_page_for_people_and_json_for_programs(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, "Go to the gallery" in answer.text) == (404, True)
    assert answer.headers["content-type"].startswith("text/html")
    for accept in ("*/*", "application/json", "image/avif,image/webp,*/*"):
        told = browser.get(path, headers={"accept": accept})
        assert (told.status_code, told.json()["code"]) == (404, "not_found")


def test_the_api_never_answers_with_a_page(browser: TestClient) -> None:
    assert browser.get("/v1/nowhere").json()["message"] == "There is nothing at /v1/nowhere."


def test_a_file_in_process_is_brought_up_to_date(browser: TestClient, stores: Stores) -> None:
    done, going = stores.make(), stores.make(state="processing", renditions={})
    assert [("data-busy" in Tags(browser.get(f"/media/{file.id}").text).all("main")[0]) for file in (done, going)] == [
        False,
        True,
    ]


def test_a_broken_upload_says_what_is_wrong(browser: TestClient, stores: Stores) -> None:
    file = stores.make(state="failed", renditions={}, error={"code": "unreadable_media", "message": "Not media."})
    assert "Not media." in browser.get(f"/media/{file.id}").text


def test_a_file_shows_its_source_and_what_was_made_of_it(browser: TestClient, stores: Stores) -> None:
    source = stores.make("A pear")
    cut_out = stores.derive("remove-image-background", source)
    drawn = stores.derive("vectorize-image", cut_out)
    faces = [face["href"] for face in Tags(browser.get(f"/media/{cut_out.id}").text).all("a") if face.get("id")]
    assert faces == [f"/media/{source.id}", f"/media/{drawn.id}"]


def test_a_file_leads_to_its_neighbours_in_the_gallery_and_back_to_its_tile(
    browser: TestClient, stores: Stores
) -> None:
    oldest, middle, newest = (stores.make(name) for name in ("A", "B", "C"))
    links = {link.get("rel"): link["href"] for link in Tags(browser.get(f"/media/{middle.id}").text).all("a")}
    assert (links["prev"], links["next"]) == (f"/media/{newest.id}", f"/media/{oldest.id}")
    assert f'href="/#{middle.id}"' in browser.get(f"/media/{middle.id}").text


def test_a_file_has_its_id_its_link_and_what_embeds_it_to_copy(browser: TestClient, stores: Stores) -> None:
    film = stores.make('A "pear"', "VIDEO")
    copied = [
        button["data-copy"] or ""
        for button in Tags(browser.get(f"/media/{film.id}").text).all("button")
        if "data-copy" in button
    ]
    assert copied[:2] == [film.id, f"{BASE}/media/{film.id}"]
    [embedded] = Tags(copied[2]).all("video")
    match = re.fullmatch(rf"{BASE}/media/{film.id}/([\w-]+)\.mp4", embedded["src"] or "")
    assert match
    assert stores.links.shown(match[1], film.id, NOW) == "preview"


def test_a_film_with_words_has_captions(browser: TestClient, stores: Stores) -> None:
    words = [{"word": "Tides", "startSeconds": 0.0, "endSeconds": 0.5}]
    film = stores.make(kind="VIDEO", words=words, language="en-US")
    [track] = Tags(browser.get(f"/media/{film.id}").text).all("track")
    assert (track["kind"], track["srclang"]) == ("captions", "en-US")
    answer = browser.get(track["src"] or "")
    assert answer.headers["content-type"].startswith("text/vtt")
    assert "00:00:00.000 --> 00:00:00.500\nTides" in answer.text


def test_a_file_without_words_has_no_captions(browser: TestClient, stores: Stores) -> None:
    film = stores.make(kind="VIDEO")
    assert Tags(browser.get(f"/media/{film.id}").text).all("track") == []
    assert browser.get(f"/captions/{film.id}.vtt").status_code == 404


def test_a_film_with_alpha_plays_as_it_is_over_a_board(browser: TestClient, stores: Stores) -> None:
    forms = {"download": ("original.webm", "video/webm"), "preview": ("preview.mp4", "video/mp4")}
    renditions = {name: Rendition(path, mime, 1280, 720) for name, (path, mime) in forms.items()}
    film = stores.make(kind="VIDEO", renditions={**renditions, "flat": Rendition("flat.mp4")})
    shown = Tags(browser.get(f"/media/{film.id}").text)
    assert [source["type"] for source in shown.all("source")] == ["video/webm", "video/mp4"]
    assert [video["class"] for video in shown.all("video")] == ["board"]


def test_a_project_has_a_page_with_its_video_and_what_it_is_made_of(browser: TestClient, stores: Stores) -> None:
    scene = {"title": "", "lines": [{"text": "The moon pulls."}], "visuals": [{"kind": "drawn", "prompt": "a moon"}]}
    document: dict[str, Any] = {"captions": {}, "sections": [scene], "voice": {"slug": "miles"}}
    project = stores.film(operation="script-to-video", **document)
    video = stores.export(project, 1)
    text = browser.get(f"/projects/{project.id}").text
    assert [source["src"] for source in Tags(text).all("source")] != []
    for words in (
        "Video from a script",
        "9:16",
        "Miles",
        "<dd>on</dd>",
        "The moon pulls.",
        "drawn: a moon",
        project.id,
    ):
        assert words in text
    assert f"/media/{video.id}" in [link["href"] for link in Tags(text).all("a")]


def test_a_project_and_each_of_its_videos_list_its_versions(browser: TestClient, stores: Stores) -> None:
    project = stores.film()
    first, second = stores.export(project, 1), stores.export(project, 2)
    for path, current in ((f"/projects/{project.id}", []), (f"/media/{first.id}", [f"/media/{first.id}"])):
        links = Tags(browser.get(path).text).all("a")
        listed = [link["href"] for link in links if link["href"] in (f"/media/{first.id}", f"/media/{second.id}")]
        assert listed == [f"/media/{second.id}", f"/media/{first.id}"]
        assert [link["href"] for link in links if "aria-current" in link] == current


def test_a_project_that_is_being_made_shows_how_far_it_is_and_is_brought_up_to_date(
    browser: TestClient, stores: Stores
) -> None:
    project = stores.film()
    run = stores.run_on(project, "run", "script-to-video", 1)
    stores.executions.began(run.id, 0)
    stores.executions.progressed(run.id, 0.42)
    tags = Tags(browser.get(f"/projects/{project.id}").text)
    assert [bar["value"] for bar in tags.all("progress")] == ["42"]
    assert "data-busy" in tags.all("main")[0]


def test_a_project_whose_run_failed_says_why(browser: TestClient, stores: Stores) -> None:
    project = stores.film()
    run = stores.run_on(project, "run", "script-to-video", 1)
    stores.executions.fail(run.id, "content_policy", "The prompt was rejected.", NOW)
    assert "The prompt was rejected." in browser.get(f"/projects/{project.id}").text
