"""The gallery: tiles, what is being made, search, and what an empty one says."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from tests.sandbox.pages.stores import BASE, NASTY, NOW, Stores, Tags
from videogen_sandbox.directives import Directives
from videogen_sandbox.pages.grouping import PAGE_TILES
from videogen_sandbox.pages.library import JUST_FAILED, SHOWN_EXECUTIONS
from videogen_sandbox.pages.views import Place
from videogen_sandbox.pages.welcome import FOR_AGENTS, curl_line
from videogen_sandbox.storage.files import Rendition


def faces(text: str) -> list[str | None]:
    """Where the tiles of a page lead, in order."""
    return [link["href"] for link in Tags(text).all("a") if link.get("class") == "face"]


def small(text: str) -> list[str | None]:
    """What the small pictures below the tiles say."""
    return [link["title"] for link in Tags(text).all("a") if "title" in link]


@pytest.mark.parametrize(
    ("place", "ways"),
    [
        (Place(BASE, "command"), ["With a program", "With an agent"]),
        (Place(BASE, "client"), ["With an agent", "With a program"]),
    ],
)
def test_an_empty_gallery_says_how_to_fill_it_by_how_it_was_started(browser: TestClient, ways: list[str]) -> None:
    text = html.unescape(browser.get("/").text)
    assert re.findall("<h3>([^<]+)</h3>", text) == ways
    for words in (*FOR_AGENTS, BASE, curl_line(BASE), "from videogen import VideoGen"):
        assert words in text


def test_the_newest_comes_first(browser: TestClient, stores: Stores) -> None:
    first, second = stores.make("A pear"), stores.make("A fox")
    assert faces(browser.get("/").text) == [f"/media/{second.id}", f"/media/{first.id}"]


def test_what_was_made_from_a_file_is_below_it_whatever_it_went_through(browser: TestClient, stores: Stores) -> None:
    speech, picture = stores.make("Hello", "AUDIO"), stores.make("A pear")
    presenter = stores.derive("generate-avatar", speech, kind="VIDEO")
    stores.derive("vectorize-image", stores.derive("remove-image-background", picture))
    text = browser.get("/").text
    assert faces(text) == [f"/media/{picture.id}", f"/media/{speech.id}"]
    assert small(text) == [
        "Cut-out: A pear (remove-image-background)",
        "Vector graphic: A pear (remove-image-background) (vectorize-image)",
        f"Presenter: {presenter.display_name}",
    ]


def test_a_video_of_a_recording_is_below_the_recording(browser: TestClient, stores: Stores) -> None:
    recording = stores.make("A talk", "AUDIO")
    project = stores.film("A talk, filmed")
    stores.run_on(project, "run", "voiceover-to-video", 1, inputs={"fileId": [recording.id], "logoFileId": ["x"]})
    stores.export(project, 2)
    text = browser.get("/").text
    assert faces(text) == [f"/media/{recording.id}"]
    assert small(text) == ["Video: A talk, filmed"]


def test_many_that_were_made_from_a_file_are_counted(browser: TestClient, stores: Stores) -> None:
    source = stores.make()
    for _ in range(6):
        stores.derive("upscale-image", source)
    text = browser.get("/").text
    assert (len(small(text)), "+3" in text) == (3, True)


def test_what_was_made_from_a_file_that_is_archived_stands_by_itself(browser: TestClient, stores: Stores) -> None:
    source = stores.make()
    cut_out = stores.derive("remove-image-background", source)
    stores.files.archive(source.id, NOW)
    assert faces(browser.get("/").text) == [f"/media/{cut_out.id}"]


def test_videos_are_shown_by_their_projects_with_their_versions_below(browser: TestClient, stores: Stores) -> None:
    project = stores.film("Tides")
    stores.export(project, 1)
    once = browser.get("/").text
    stores.export(project, 2)
    twice = browser.get("/").text
    assert faces(once) == faces(twice) == [f"/projects/{project.id}"]
    assert (small(once), small(twice)) == ([], ["Version: Tides", "Version: Tides"])
    assert "2 versions" in twice


def test_a_tile_tells_kind_length_size_and_time(browser: TestClient, stores: Stores) -> None:
    stores.make(kind="AUDIO", duration=62.4, tool_type="GENERATE_MUSIC")
    tags = Tags(browser.get("/").text)
    text = browser.get("/").text
    assert [span["class"] for span in tags.all("span") if "badge" in (span.get("class") or "")] == [
        "badge kind",
        "badge length",
    ]
    for words in (">Music<", ">1:02<", "53 kB", 'class="play"'):
        assert words in text


def test_what_cannot_be_played_has_no_play_mark(browser: TestClient, stores: Stores) -> None:
    stores.make()
    stores.make(kind="PDF", renditions={"download": Rendition("original.pdf", bytes=9)})
    assert 'class="play"' not in browser.get("/").text


@pytest.mark.parametrize(
    ("mime", "size", "board"),
    [
        ("image/png", 9_000, "thumb board"),
        ("image/png", 900_000, "thumb boarded"),
        ("image/jpeg", 9_000, "thumb fills"),
    ],
)
def test_a_cut_out_lies_on_a_board_that_suits_the_page(
    browser: TestClient, stores: Stores, mime: str, size: int, board: str
) -> None:
    preview = Rendition("preview.png", mime, 640, 360, size)
    stores.make(renditions={"preview": preview, "thumbnail": Rendition("thumbnail.jpg", "image/jpeg", 640, 360, 3_000)})
    tags = Tags(browser.get("/").text)
    assert [span["class"] for span in tags.all("span") if "thumb" in (span.get("class") or "")] == [board]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=PEAR", ["Yellow pear", "A pear"]),
        ("q=pear+yellow", ["Yellow pear"]),
        ("q=orchard", ["A pear"]),
        ("kind=sounds", ["Rain"]),
        ("q=pear&kind=sounds", []),
        ("q=tides", ["Tides"]),
        ("kind=videos", ["Tides"]),
        ("kind=nonsense&page=-1", ["Tides", "Rain", "Yellow pear", "A pear"]),
        ("page=%C2%B2", ["Tides", "Rain", "Yellow pear", "A pear"]),
        ("q=%3Cscript%3E", []),
    ],
)
def test_words_and_kinds_are_searched(browser: TestClient, stores: Stores, query: str, found: list[str]) -> None:
    stores.make("A pear", prompt="a fruit in an orchard")
    stores.make("Yellow pear")
    stores.make("Rain", "AUDIO")
    stores.export(stores.film("Tides"), 1)
    text = browser.get(f"/?{query}").text
    assert re.findall(r'class="name">([^<]+)<', text) == found
    assert ("Nothing here fits" in text) == (not found)


def test_a_search_finds_what_is_below_another_and_says_of_what_it_was_made(browser: TestClient, stores: Stores) -> None:
    cut_out = stores.derive("remove-image-background", stores.make("A pear"))
    text = browser.get("/?q=remove").text
    assert faces(text) == [f"/media/{cut_out.id}"]
    assert "from A pear" in text


def test_kinds_are_counted_as_far_as_the_words_fit(browser: TestClient, stores: Stores) -> None:
    stores.make("A pear")
    stores.make("A pear", "AUDIO")
    stores.make("A fox")
    for query, counts in (("", ["3", "2", "1"]), ("?q=pear&kind=sounds", ["2", "1", "1"])):
        assert re.findall(r'class="count">(\d+)<', browser.get(f"/{query}").text) == counts


def test_more_than_a_page_is_paged(browser: TestClient, stores: Stores) -> None:
    for _ in range(PAGE_TILES + 1):
        stores.make()
    first, second = browser.get("/?q=pear").text, browser.get("/?q=pear&page=2").text
    assert (len(faces(first)), len(faces(second))) == (PAGE_TILES, 1)
    assert [link["href"] for link in Tags(first).all("a") if "rel" in link] == ["/?q=pear&page=2"]
    assert [link["href"] for link in Tags(second).all("a") if "rel" in link] == ["/?q=pear"]
    assert ("Page 1 of 2" in first, "Page 2 of 2" in second) == (True, True)


def test_a_running_execution_has_a_progress_bar_with_a_name_its_time_and_a_button(
    browser: TestClient, stores: Stores
) -> None:
    asked = stores.ask(1, "a lighthouse", Directives(delay=8))
    text = browser.get("/").text
    [bar] = Tags(text).all("progress")
    assert bar["value"] == "45"
    assert bar["aria-labelledby"] in [paragraph.get("id") for paragraph in Tags(text).all("p")]
    assert "4 s" in text
    [form] = [form for form in Tags(text).all("form") if form.get("method") == "post"]
    assert form["action"] == f"/executions/{asked.id}/cancel"


def test_what_waits_for_an_approval_is_the_first_and_can_be_decided(browser: TestClient, stores: Stores) -> None:
    asked = stores.ask(1, "a lighthouse", Directives(approval=True))
    stores.ask(2, "a pear", Directives(stall=True))
    text = browser.get("/").text
    actions = [form["action"] for form in Tags(text).all("form") if form.get("method") == "post"]
    assert actions == [
        f"/executions/{asked.id}/approve",
        f"/executions/{asked.id}/reject",
        "/executions/vg_tool_2/cancel",
    ]
    assert "1 needs approval, 1 being made" in text


def test_what_has_run_for_long_is_shown_however_many_ended_since(browser: TestClient, stores: Stores) -> None:
    stores.ask(1, "a lighthouse", Directives(stall=True))
    for number in range(2, 40):
        stores.executions.cancel(stores.ask(number).id, NOW)
    assert "a lighthouse" in browser.get("/").text


def test_of_many_that_run_the_newest_are_shown_and_all_are_counted(browser: TestClient, stores: Stores) -> None:
    stores.ask(1, "a lighthouse", Directives(approval=True))
    for number in range(2, 60):
        stores.ask(number, f"pear {number}", Directives(stall=True))
    text = browser.get("/").text
    assert "1 needs approval, 58 being made" in text
    assert f"and {59 - SHOWN_EXECUTIONS} more" in text
    assert [word in text for word in ("a lighthouse", "pear 59", "pear 2<")] == [True, True, False]


@pytest.mark.parametrize(("ago", "section"), [(5.0, "active"), (JUST_FAILED + 5.0, "history")])
def test_a_failure_says_why_and_stands_beside_what_runs_for_a_while(
    browser: TestClient, stores: Stores, ago: float, section: str
) -> None:
    stores.executions.fail(stores.ask(1, "x", ago=ago + 1).id, "content_policy", "The prompt was rejected.", NOW - ago)
    text = browser.get("/").text
    sections = re.split(r'<section id="(\w+)"', text)
    assert "The prompt was rejected." in dict(zip(sections[1::2], sections[2::2], strict=True))[section]


def test_an_execution_without_words_is_named_by_its_file(browser: TestClient, stores: Stores) -> None:
    stores.derive("upscale-image", stores.make("A pear"))
    assert "<strong>Upscaled picture</strong> A pear" in browser.get("/").text


def test_a_page_that_did_not_change_is_not_sent_again(browser: TestClient, stores: Stores) -> None:
    stores.make()
    tag = browser.get("/").headers["etag"]
    assert browser.get("/", headers={"if-none-match": tag}).status_code == 304
    stores.make()
    assert browser.get("/", headers={"if-none-match": tag}).status_code == 200


def test_nothing_that_people_wrote_becomes_html(browser: TestClient, stores: Stores) -> None:
    file = stores.make(NASTY, description=NASTY, transcript=NASTY)
    stores.derive("upscale-image", file)
    stores.ask(1, NASTY, Directives(stall=True))
    stores.executions.fail(stores.ask(2, NASTY).id, "x", NASTY, NOW)
    project = stores.film(NASTY, operation="script-to-video")
    stores.export(project, 1)
    paths = ["/", "/?q=%22%3E%3Cscript%3E", f"/media/{file.id}", f"/projects/{project.id}", f"/media/{NASTY}"]
    for text in [browser.get(path).text for path in paths]:
        tags = Tags(text)
        assert [script.get("src") for script in tags.all("script")] == ["/assets/pages.js"]
        assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)


def test_programs_are_told_where_they_are(browser: TestClient) -> None:
    told = browser.get("/", headers={"accept": "application/json"}).json()
    assert (told["name"], told["baseUrl"], told["gallery"]) == ("VideoGen sandbox", BASE, f"{BASE}/")


def test_what_waits_says_its_place_and_the_steps_of_a_run_are_not_listed(browser: TestClient, stores: Stores) -> None:
    for number in range(3):
        project = stores.film(f"Film {number}")
        chain = f"vg_work_{number}"
        stores.run_on(project, "run", "script-to-video", number, chain)
        stores.run_on(project, "export", "export", number, chain)
    text = browser.get("/").text
    assert len(Tags(text).all("progress")) == 3
    assert "waiting, 4 before it" in text


def test_a_gallery_that_has_something_still_says_how_to_make_more(browser: TestClient, stores: Stores) -> None:
    stores.make()
    text = html.unescape(browser.get("/").text)
    assert '<details id="more"' in text
    assert curl_line(BASE) in text


@pytest.mark.parametrize(("directives", "busy"), [(Directives(stall=True), True), (Directives(approval=True), False)])
def test_a_page_is_brought_up_to_date_more_often_while_something_goes_on(
    browser: TestClient, stores: Stores, directives: Directives, busy: bool
) -> None:
    stores.ask(1, "a pear", directives)
    assert ("data-busy" in Tags(browser.get("/").text).all("main")[0]) is busy
