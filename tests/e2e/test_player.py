"""The player in Chromium, in the least of hosts: real results of the sandbox, its real media, and what hosts do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from scripts.chromium import Browser
from tests.e2e.apps_host import EVERYTHING, HOSTILE, NONSENSE, PIXEL, SHOWN, Host, Result, chromium, served, succeeded
from tests.e2e.apps_results import answer, endless, media, uploaded
from videogen_mcp.protocol import apps
from videogen_mcp.settings import Settings

TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture(scope="module")
def settings(state_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(sandbox="on", state_dir=state_dir, allowed_dirs=(tmp_path_factory.getbasetemp(),))


@pytest.fixture(scope="module")
def files(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """What get_file answers about a picture, a drawing, a film and a sound."""
    return anyio.run(uploaded, settings, media(tmp_path_factory.mktemp("media")))


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str]]:
    program = chromium()
    assert program is not None
    with served() as address, Browser(program, tmp_path_factory.mktemp("browser") / "profile") as browser:
        yield browser, address


@pytest.fixture
def host(browsing: tuple[Browser, str], settings: Settings) -> Iterator[Host]:
    """A host that offers everything; nothing may be wrong in the browser's eyes."""
    host = Host(*browsing, apps.page(), apps.media_hosts(settings))
    yield host
    assert host.complaints() == []


# -- media -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("picture", f"Image · 60 {TIMES} 40 · "),
        ("drawing", f"Image · 60 {TIMES} 40 · "),
        ("film", f"Video · 160 {TIMES} 96 · 1.0 s · "),
        ("sound", "Audio · 1.0 s · "),
    ],
)
def test_each_kind_of_file_is_shown_with_its_name_and_size(
    host: Host, files: dict[str, Result], name: str, facts: str
) -> None:
    host.show(files[name])
    host.until(SHOWN[files[name]["structuredContent"]["type"]])
    assert host.text("#name").startswith(name)
    assert host.text("#facts").startswith(facts)
    assert host.text("#facts").endswith(" kB")
    assert host.asks("document.documentElement.scrollWidth") <= host.width
    assert host.asks("document.querySelectorAll('#stage svg:not(.waveform, .waveform *), #stage object').length") == 0


def test_a_film_has_a_poster_and_can_be_sought(host: Host, files: dict[str, Result]) -> None:
    host.show(files["film"])
    host.until(SHOWN["VIDEO"])
    assert host.asks("document.querySelector('video').poster").startswith("http://127.0.0.1")
    host.asks("document.querySelector('video').currentTime = 0.5")
    host.until("!document.querySelector('video').seeking && document.querySelector('video').currentTime === 0.5")


def test_a_click_on_the_waveform_goes_there(host: Host, files: dict[str, Result]) -> None:
    host.show(files["sound"])
    host.until(SHOWN["AUDIO"])
    host.asks("""{
      const wave = document.querySelector(".waveform"), { left, width } = wave.getBoundingClientRect();
      wave.dispatchEvent(new MouseEvent("click", { clientX: left + width / 2 }));
    }""")
    host.until("Math.abs(document.querySelector('audio').currentTime - 0.5) < 0.1")
    host.until("document.querySelector('.waveform svg').getAttribute('width') > 70")


def test_a_sound_without_an_end_is_not_fetched_whole_for_its_waveform(host: Host) -> None:
    host.offers = {}
    with endless(most=200_000_000) as (address, taken):
        host.show({"structuredContent": {"file_id": "vg_file_1", "type": "AUDIO", "preview_url": address}})
        host.until(f"performance.getEntriesByName('{address}').some((one) => one.initiatorType === 'fetch')")
    assert len(taken) == 1


def test_what_no_browser_shows_has_a_link(host: Host, files: dict[str, Result]) -> None:
    page = files["film"]["structuredContent"]
    host.show({"structuredContent": {**page, "type": "LOTTIE"}})
    host.until("document.querySelector('#stage .none')")
    host.click("#open")
    assert host.heard("ui/open-link")["params"] == {"url": page["page_url"]}


def test_several_results_are_a_gallery_that_keys_go_through(host: Host, files: dict[str, Result]) -> None:
    host.show(succeeded(files["picture"], files["film"], files["sound"]))
    host.until(SHOWN["IMAGE"])
    host.until("document.querySelector('#gallery img')?.complete")
    host.asks("document.querySelector('#gallery button').focus()")
    for key, kind, place in (("ArrowRight", "VIDEO", 1), ("ArrowRight", "AUDIO", 2), ("ArrowRight", "IMAGE", 0)):
        host.asks(
            f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
        )
        host.until(SHOWN[kind])
        current = "document.querySelectorAll('#gallery button')[{}] === document.activeElement"
        assert host.asks(current.format(place) + " && document.activeElement.getAttribute('aria-current')") == "true"


def test_files_are_downloaded_in_their_original(host: Host, files: dict[str, Result]) -> None:
    film = files["film"]["structuredContent"]
    shown = {name: film[name] for name in ("file_id", "type", "name", "preview_url")}
    host.offers = {"downloadFile": {}, "serverTools": {}}
    host.show({"structuredContent": shown}, answers={"tools/call": [{"result": files["film"]}]})
    host.click("#download")
    assert host.heard("tools/call")["params"] == {"name": "get_file", "arguments": {"file_id": film["file_id"]}}
    assert host.heard("ui/download-file")["params"] == {
        "contents": [{"type": "resource_link", "uri": film["download_url"], "name": film["name"]}]
    }


@pytest.mark.parametrize("offers", [{}, {"downloadFile": {}, "openLinks": {}}])
def test_where_a_host_neither_downloads_nor_opens_the_address_is_shown_with_its_file(
    host: Host, files: dict[str, Result], offers: dict[str, Any]
) -> None:
    host.offers = offers
    host.show(succeeded(files["film"], files["picture"]), answers={"ui/open-link": [{"result": {"isError": True}}]})
    host.click("#download")
    host.until("document.querySelector('#remark').textContent")
    assert host.text("#remark").endswith(files["film"]["structuredContent"]["preview_url"])
    host.click("#gallery li:last-child button")
    assert host.asks("document.querySelector('#remark').hidden")


# -- running, failed, cancelled --------------------------------------------------------------------------------------


def test_a_running_execution_is_followed_to_its_file(host: Host, settings: Settings) -> None:
    begun = answer(settings, "generate_sound_effect", prompt="rain [[delay 2s]]", duration_seconds=1, wait_seconds=0)
    host.show(begun, arguments={"prompt": "rain"}, answers={"tools/call": [None]})
    assert "Generate sound effect is running" in host.text()
    assert "rain" in host.text("#about")
    status, seen = "running", 0
    while status == "running":
        asked = host.heard("tools/call", seen)
        seen = len(host.said())
        assert asked["params"]["name"] == "wait_for_execution"
        assert asked["params"]["arguments"]["wait_seconds"] <= 15
        result = answer(settings, "wait_for_execution", **asked["params"]["arguments"])
        status = result["structuredContent"]["status"]
        host.post({"jsonrpc": "2.0", "id": asked["id"], "result": result})
    host.until(SHOWN["AUDIO"])
    assert host.asks("document.querySelector('#progress').hidden")
    (file,) = result["structuredContent"]["files"]
    assert file["file_id"] in host.heard("ui/update-model-context")["params"]["content"][0]["text"]


@pytest.fixture
def running() -> Result:
    asked = 'Call wait_for_execution with execution_id "vg_tool_1"'
    known = {"status": "running", "workflow": "generate_image", "execution_id": "vg_tool_1", "next_step": asked}
    return {"content": [], "structuredContent": {**known, "progress_percentage": 41.6}}


def test_progress_is_shown_where_it_is_known(host: Host, running: Result) -> None:
    host.show(running, answers={"tools/call": [None]})
    assert host.text("#percent") == "42 %"
    assert host.asks("document.querySelector('#progress').value") == 41.6
    del running["structuredContent"]["progress_percentage"]
    host.tell("ui/notifications/tool-result", running)
    host.until("document.querySelector('#progress').position === -1")


def test_a_refused_call_ends_the_polling_until_somebody_asks_again(
    host: Host, running: Result, files: dict[str, Result]
) -> None:
    ended = succeeded(files["picture"], execution_id="vg_tool_1")
    refusal = {"error": {"code": -32000, "message": "The user said no"}}
    host.show(running, answers={"tools/call": [refusal, {"result": ended}]})
    host.until("!document.querySelector('#note').hidden")
    assert "The user said no" in host.text("#note")
    assert "vg_tool_1" in host.text("#note")
    host.click("#again")
    host.until(SHOWN["IMAGE"])
    assert host.count("tools/call") == 2


@pytest.mark.parametrize("answer", [{}, {"structuredContent": {"status": "running", "execution_id": "vg_tool_2"}}])
def test_an_answer_about_something_else_ends_the_polling(host: Host, running: Result, answer: Result) -> None:
    host.show(running, answers={"tools/call": [{"result": answer}]})
    host.until("!document.querySelector('#again').hidden")
    assert "vg_tool_1" in host.text("#note")


def test_a_host_that_never_answers_ends_the_polling(host: Host, running: Result) -> None:
    host.show(answers={"tools/call": [None]})
    host.asks("{ const later = setTimeout; window.setTimeout = (done, after) => later(done, after / 1000); }")
    host.tell("ui/notifications/tool-result", running)
    host.until("!document.querySelector('#again').hidden")
    assert "does not answer" in host.text("#note")


def test_where_a_host_calls_no_tools_the_id_is_shown(host: Host, running: Result) -> None:
    host.offers = {}
    host.show(running)
    host.until("document.querySelector('#note').textContent.includes('vg_tool_1')")
    assert host.asks("document.querySelector('#again').hidden")


def test_several_executions_are_followed_in_one_call(host: Host, running: Result, files: dict[str, Result]) -> None:
    first = running["structuredContent"]
    others = [{**first, "execution_id": "vg_tool_2"}, succeeded(files["film"])["structuredContent"]]
    host.show({"structuredContent": {"executions": [first, *others]}}, answers={"tools/call": [None]})
    assert host.text("#state") == "2 of 3 are running"
    host.until(SHOWN["VIDEO"])
    assert host.heard("tools/call")["params"]["arguments"]["execution_id"] == "vg_tool_1, vg_tool_2"
    host.asks("document.querySelector('video').id = 'playing'")
    host.tell("ui/notifications/tool-result", succeeded(files["picture"], execution_id="vg_tool_1"))
    assert host.text("#state") == "1 of 3 are running"
    host.until("document.querySelector('#stage #playing') && document.querySelectorAll('#gallery button').length === 2")


def test_a_failed_execution_says_why_and_what_to_do(host: Host, settings: Settings) -> None:
    host.show(answer(settings, "generate_sound_effect", prompt="rain [[fail content_policy]]"))
    assert host.text("#state") == "Generate sound effect failed"
    assert "content policy" in host.text("#message")
    assert "change the request" in host.text("#message")
    assert host.asks("document.querySelector('#progress').hidden && document.querySelector('#stage').hidden")


def test_a_cancelled_call_says_where_to_look(host: Host, running: Result) -> None:
    host.show(arguments={"prompt": "a pear"})
    assert host.text().startswith("Working")
    host.tell("ui/notifications/tool-cancelled", {"reason": "user"})
    assert "list_executions" in host.text()


def test_after_the_teardown_nothing_is_asked_any_more(host: Host, running: Result) -> None:
    host.show()
    host.asks("window.setTimeout = (done) => { window.pauseIsOver = done; }")
    host.tell("ui/notifications/tool-result", running)
    host.post({"jsonrpc": "2.0", "id": "end", "method": "ui/resource-teardown", "params": {}})
    assert host.heard("end")["result"] == {}
    host.asks("pauseIsOver()")
    host.tell("ui/notifications/anything")
    assert host.count("tools/call") == 0


# -- hosts and strangers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", HOSTILE, ids=["element", "script", "address", "characters", "length"])
def test_what_others_wrote_is_text(host: Host, files: dict[str, Result], words: str) -> None:
    page = {**files["picture"]["structuredContent"], "name": words, "description": words, "saved_path": words}
    addresses = dict.fromkeys(("page_url", "download_url", "thumbnail_url"), words)
    known = {"status": "failed", "workflow": words, "execution_id": words, "error": {"message": words}}
    elements = "document.querySelectorAll('*').length"
    host.show(succeeded(files["picture"]), answers={"resources/read": [None]})
    host.until(SHOWN["IMAGE"])
    usual = host.asks(elements)
    host.show(
        {"structuredContent": {**known, "files": [{**page, **addresses}], "next_step": words, "project_url": words}},
        arguments={"prompt": words},
        answers={"resources/read": [None]},
    )
    host.until(SHOWN["IMAGE"])
    host.until(f"{elements} <= {usual}")  # One that shows that it loads goes a moment later.
    assert host.asks("document.title") == "VideoGen player"
    assert host.asks(
        "[...document.querySelectorAll('[href], [src]')].every((one) => /^http:/.test(one.href || one.src))"
    )
    assert host.asks("document.querySelector('#name').textContent") == words[:300].strip()
    assert host.asks("document.documentElement.scrollWidth") <= host.width
    assert host.asks("document.querySelector('main').offsetHeight") < 1000


@pytest.mark.parametrize("offers", [{}, EVERYTHING], ids=["no resources", "resources"])
def test_where_media_are_refused_there_is_a_link_and_the_picture_the_host_brings(
    host: Host, files: dict[str, Result], settings: Settings, offers: dict[str, Any]
) -> None:
    film = succeeded(files["film"])
    host.offers = offers
    brought = {"contents": [{"mimeType": "image/png", "blob": PIXEL}]}
    host.show(film, answers={"resources/read": [{"result": brought}]}, refused=True)
    host.until(SHOWN["IMAGE"] if offers else "document.querySelector('#stage .none')?.textContent")
    assert "does not load media from 127.0.0.1" in host.text("#remark" if offers else "#stage")
    assert not host.asks("document.querySelector('#open').hidden")
    assert any("Content Security Policy" in one for one in host.browser.complaints)
    host.browser.complaints = []


def test_a_picture_in_the_result_is_shown_where_media_are_refused(host: Host, files: dict[str, Result]) -> None:
    host.offers = {}
    picture = {"type": "image", "mimeType": "image/png", "data": PIXEL}
    host.show({**succeeded(files["picture"]), "content": [picture]}, refused=True)
    host.until("document.querySelector('#stage img')?.src.startsWith('data:image/png')")
    host.browser.complaints = []


def test_links_that_have_expired_are_asked_for_again(host: Host, files: dict[str, Result]) -> None:
    film = files["film"]["structuredContent"]
    gone = {**film, "preview_url": "http://127.0.0.1:9/gone.mp4", "preview_expires_at": "2026-01-01T00:00:00Z"}
    host.offers = {"serverTools": {}}
    host.show({"structuredContent": gone}, answers={"tools/call": [{"result": files["film"]}]})
    host.until(SHOWN["VIDEO"])
    assert host.asks("document.querySelector('video').src").startswith(film["preview_url"])


def test_nonsense_changes_nothing(host: Host, files: dict[str, Result]) -> None:
    host.show(files["picture"])
    host.until(SHOWN["IMAGE"])
    before = host.text()
    for message in NONSENSE:
        host.post(message)
    host.post({"jsonrpc": "2.0", "id": "odd", "method": "constructor"})
    assert host.heard("odd")["error"]["code"] == -32601
    assert host.text() == before


def test_values_of_other_types_are_left_out(host: Host, files: dict[str, Result]) -> None:
    odd = {"toString": 1}
    file = {**files["picture"]["structuredContent"], "file_id": "\ud800", "preview_expires_at": odd, "width": odd}
    file["details"] = odd
    content = [{"type": "image", "mimeType": odd, "data": odd}, {"type": "text", "text": odd}]
    host.show({"content": content, "structuredContent": {"status": "succeeded", "files": [file, odd, 3]}})
    host.until(SHOWN["IMAGE"])
    assert host.heard("resources/read")


def test_a_gallery_has_an_end(host: Host) -> None:
    host.show(succeeded(*({"structuredContent": {"file_id": f"vg_file_{number}"}} for number in range(2000))))
    assert host.asks("document.querySelectorAll('#gallery button').length") == 500


def test_a_file_that_fails_after_another_was_chosen_does_not_hide_it(host: Host, files: dict[str, Result]) -> None:
    host.show(succeeded(files["picture"], files["film"]))
    host.until(SHOWN["IMAGE"])
    host.asks("{ window.left = document.querySelector('#stage img'); }")
    host.asks("document.querySelectorAll('#gallery button')[1].click()")
    host.until(SHOWN["VIDEO"])
    host.asks("left.dispatchEvent(new Event('error'))")
    assert host.asks(SHOWN["VIDEO"])


def test_only_the_host_is_listened_to(host: Host, files: dict[str, Result]) -> None:
    host.show(files["picture"])
    host.until(SHOWN["IMAGE"])
    strange = {"jsonrpc": "2.0", "method": "ui/notifications/tool-cancelled", "params": {}}
    host.asks(f"window.postMessage({json.dumps(strange)}, '*')")
    host.tell("ui/notifications/anything")
    assert "Cancelled" not in host.text()


def test_it_looks_as_the_host_does_and_tells_its_height(host: Host, files: dict[str, Result]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    host.theme = "dark"
    host.show(files["picture"])
    assert host.asks(ground) == "rgb(31, 31, 35)"
    host.tell("ui/notifications/host-context-changed", {"theme": "light"})
    assert host.asks(ground) == "rgb(255, 255, 255)"
    host.tell(
        "ui/notifications/host-context-changed",
        {"styles": {"variables": {"--color-background-primary": "rgb(1, 2, 3)"}}},
    )
    assert host.asks(ground) == "rgb(1, 2, 3)"
    host.until(SHOWN["IMAGE"])
    host.until("innerHeight === document.documentElement.offsetHeight")


def test_the_whole_screen_is_the_hosts_to_grant(host: Host, files: dict[str, Result]) -> None:
    host.show(files["film"], answers={"ui/request-display-mode": [{"result": {"mode": "fullscreen"}}]})
    host.until(SHOWN["VIDEO"])
    host.click("#full")
    assert host.heard("ui/request-display-mode")["params"] == {"mode": "fullscreen"}
    host.until("document.querySelector('#full').textContent === 'Leave full screen'")
    told = host.count("ui/notifications/size-changed")
    host.asks("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert host.count("ui/notifications/size-changed") == told


def test_a_phone_does_not_scroll_sideways(host: Host, files: dict[str, Result]) -> None:
    host.width = 360
    host.show(succeeded(*files.values()))
    host.until(SHOWN["IMAGE"])
    assert host.asks("document.documentElement.scrollWidth") <= 360
