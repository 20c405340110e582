"""The pages in Chromium: layout, keys, search, buttons, and that they keep up to date without losing anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.apps_host import chromium
from tests.generated import is_full
from tests.sandbox.pages.stores import NASTY
from tests.sandbox.pages.window import LAPTOP, PHONE, Window, windows
from videogen_sandbox.directives import Directives

PROGRAM = chromium()

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium")

in_ci = pytest.mark.skipif(not is_full(), reason="CI tries it (HYPOTHESIS_PROFILE=full)")


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    assert PROGRAM is not None
    with windows(PROGRAM, tmp_path_factory.mktemp("window")) as window:
        yield window


@pytest.fixture
def window(browsing: Window) -> Iterator[Window]:
    """An empty sandbox; nothing may be wrong in the browser's eyes."""
    browsing.browser.complaints = []
    yield browsing
    complaints = list(browsing.browser.complaints)
    browsing.clear()
    assert complaints == []


def dozen(window: Window) -> list[str]:
    """Return the ids of twelve files of every kind, one of them below another; two executions go on besides."""
    source = window.file("a lighthouse on a cliff at dusk, waves and gulls")
    made = window.ask("", inputs={"imageFileId": [source.id]})
    files = [source, window.file("a cut-out", alpha=True, execution_id=made, tool_type="REMOVE_IMAGE_BACKGROUND")]
    window.sandbox.executions.cancel(made, window.now)
    for number in range(5):
        files += [window.file(f"a fox in the snow {number}"), window.file(f"rain on a tin roof {number}", "AUDIO")]
    window.ask("a windmill in the morning, with a very long prompt that goes on and on", Directives(approval=True))
    window.ask("a pear", Directives(stall=True))
    return [file.id for file in files]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=in_ci)])
def test_a_dozen_files_take_less_than_two_screens_of_a_phone(window: Window, scheme: str) -> None:
    dozen(window)
    window.open("/", PHONE, scheme)
    width, height = window.run("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert (width, height < 2 * PHONE[1]) == (PHONE[0], True), height


@in_ci
@pytest.mark.parametrize("size", [(320, 568), PHONE, (820, 1180), LAPTOP, (1920, 1080)])
def test_no_page_scrolls_sideways(window: Window, size: tuple[int, int]) -> None:
    window.open("/", size)
    assert window.run("document.documentElement.scrollWidth") == size[0]
    files = dozen(window)
    project = window.film("Tides rise twice a day, and " + "m" * 90)
    for path in ("/", f"/media/{files[1]}", f"/media/{files[3]}", f"/projects/{project.id}", "/?q=nothing"):
        window.open(path, size)
        assert window.run("document.documentElement.scrollWidth") == size[0], path


def test_keys_lead_through_the_tiles_to_a_file_and_back(window: Window) -> None:
    files = [window.file(f"Picture {number}") for number in range(12)]
    window.open()
    window.press("ArrowRight")
    window.press("ArrowRight")
    assert window.focused() == files[-2].id
    columns = window.run("getComputedStyle(document.querySelector('.tiles')).gridTemplateColumns.split(' ').length")
    window.press("ArrowDown")
    assert window.focused() == files[-2 - columns].id
    window.press("Enter")
    window.arrive(f"/media/{files[-2 - columns].id}")
    window.press("ArrowRight")
    window.arrive(f"/media/{files[-3 - columns].id}")
    window.press("Escape")
    window.arrive("/")
    assert window.focused() == files[-3 - columns].id


def test_what_is_typed_is_searched_and_found_again_on_the_way_back(window: Window) -> None:
    window.file("A pear")
    fox = window.file("A fox <script>")
    window.open()
    window.run("window.same = true")
    window.press("/")
    window.type("fox <")
    window.until("document.querySelectorAll('.face').length === 1")
    assert (window.names(), window.run("window.same")) == (["A fox <script>"], True)
    window.click(".face")
    window.arrive(f"/media/{fox.id}")
    window.press("Escape")
    window.arrive("/")
    assert (window.names(), window.run("document.querySelector('.search input').value")) == (
        ["A fox <script>"],
        "fox <",
    )


def test_what_happens_is_shown_without_a_reload_and_the_reader_loses_nothing(window: Window) -> None:
    kept = window.file("A pear")
    asked = window.ask("a windmill", Directives(delay=60))
    window.open()
    window.run("(window.kept = document.querySelector('.face')).focus(); document.querySelector('#now').open = false")
    window.file(NASTY)
    window.sandbox.executions.cancel(asked, window.now)
    waiting = window.ask("a lake", Directives(approval=True))
    window.refresh()
    assert window.names() == [NASTY, "A pear"]
    assert window.run(f"document.querySelectorAll('#now form[action*={waiting}]').length") == 2
    assert window.focused() == kept.id
    assert window.run("document.activeElement === window.kept && !document.querySelector('#now').open")


def test_buttons_work_with_scripts(window: Window) -> None:
    cancelled, approved = window.ask("a pear", Directives(stall=True)), window.ask("a fox", Directives(approval=True))
    window.open()
    window.click("button.approve")
    window.until("!document.querySelector('button.approve')")
    window.click(f"form[action*='{cancelled}'] button")
    window.until(f"!document.querySelector('form[action*=\"{cancelled}\"]')")
    found = [window.sandbox.executions.get(one) for one in (cancelled, approved)]
    assert [one.status for one in found if one] == ["cancelled", "pending"]


def test_buttons_and_search_work_without_scripts(window: Window) -> None:
    asked = window.ask("a pear", Directives(approval=True))
    window.file("A fox")
    with window.without_scripts():
        window.open("/?q=fox")
        window.click("button.reject")
        window.until("document.querySelector('#ended')")
        assert (window.run("location.search"), window.names()) == ("?q=fox", ["A fox"])
    found = window.sandbox.executions.get(asked)
    assert found
    assert found.status == "cancelled"


@in_ci
def test_a_sound_plays_within_its_tile(window: Window) -> None:
    window.file("Rain", "AUDIO")
    window.open()
    window.press("ArrowRight")
    window.press("Space")
    window.until("document.querySelector('.playing audio')?.currentTime > 0")
    window.file("A pear")
    window.refresh()
    assert window.run("document.querySelectorAll('.playing audio').length") == 1
    window.press("Space")
    assert window.run("document.querySelector('.playing audio').paused")


@in_ci
def test_what_comes_into_an_empty_gallery_brings_the_search_along(window: Window) -> None:
    window.open()
    assert window.run("document.querySelector('.search')") is None
    window.file("A pear")
    window.file("A fox")
    window.refresh()
    assert window.run("document.querySelector('.search button').hidden")
    window.press("/")
    window.type("pear")
    window.until("document.querySelectorAll('.face').length === 1")
    window.click(".chip:last-child")
    window.until("location.search === '?q=pear&kind=pictures' && document.querySelector('[name=kind]')")
    window.click(".chip")
    window.until("location.search === '?q=pear' && !document.querySelector('[name=kind]')")
    assert window.run("document.querySelector('.search button').hidden")


@in_ci
def test_the_keys_are_told(window: Window) -> None:
    window.file("A pear")
    window.open()
    window.press("?")
    assert window.run("document.querySelector('#keys').open")
    window.press("Escape")
    window.until("!document.querySelector('#keys').open")
    assert window.run("location.pathname") == "/"


@in_ci
def test_space_plays_on_the_page_of_a_file(window: Window) -> None:
    sound = window.file("Rain", "AUDIO")
    window.open(f"/media/{sound.id}")
    window.press("Space")
    window.until("document.querySelector('.stage audio').currentTime > 0")


@in_ci
def test_buttons_copy(window: Window) -> None:
    file = window.file("A pear")
    window.browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    window.open(f"/media/{file.id}")
    window.click("[data-copy^='vg_file']")
    window.until("document.querySelector('[data-copy^=vg_file]').textContent === 'Copied'")
    assert window.run("navigator.clipboard.readText()") == file.id


@in_ci
def test_hundreds_of_files_load_the_pictures_that_are_seen(window: Window) -> None:
    for number in range(300):
        window.file(f"Picture {number}")
    window.open("/", PHONE)
    loaded = window.run("[...document.querySelectorAll('.thumb img')].filter((image) => image.complete).length")
    assert (len(window.names()), loaded < 60) == (60, True)


@in_ci
def test_a_page_that_is_hidden_plans_no_requests_until_it_is_seen(window: Window) -> None:
    window.open()
    window.run("window.planned = []; window.setTimeout = (deed, delay) => { window.planned.push(delay); }")
    for hidden, planned in (("true", []), ("false", [0])):
        window.run(
            f"Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});"
            " document.dispatchEvent(new Event('visibilitychange'))"
        )
        assert window.run("window.planned") == planned


@in_ci
def test_a_sandbox_that_does_not_answer_is_told_until_it_does(window: Window) -> None:
    window.open()
    window.run("window.real = window.fetch; window.fetch = () => Promise.reject(new Error('gone'))")
    window.refresh()
    assert "does not answer" in window.run("document.querySelector('#connection').textContent")
    window.run("window.fetch = window.real")
    window.refresh()
    assert window.run("document.querySelector('#connection').textContent") == ""


@in_ci
def test_whatever_can_be_used_has_a_name_for_those_who_cannot_see_it(window: Window) -> None:
    files = dozen(window)
    project = window.film("Tides")
    for path in ("/", f"/media/{files[1]}", f"/media/{files[3]}", f"/projects/{project.id}"):
        window.open(path)
        nodes = [node for node in window.browser.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
        used = [node for node in nodes if node["role"]["value"] in ("link", "button", "searchbox", "progressbar")]
        assert len(used) > 4
        assert [node["role"]["value"] for node in used if not node["name"]["value"]] == []


@in_ci
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(window: Window, scheme: str) -> None:
    files = dozen(window)
    failed = window.ask("a lake")
    window.sandbox.executions.fail(failed, "x", "Not enough credits.", window.now + 59)
    for path in ("/", f"/media/{files[1]}", "/nowhere"):
        window.open(path, LAPTOP, scheme)
        assert window.run(TOO_FAINT) == [], path
    window.browser.complaints = [one for one in window.browser.complaints if "404" not in one]


TOO_FAINT = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= .04045 ? share / 12.92 : ((share + .055) / 1.055) ** 2.4;
    });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > .7) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((one) => one.checkVisibility())
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => {
      const [dark, bright] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => a - b);
      return [one.textContent.trim().slice(0, 30), (bright + .05) / (dark + .05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
})()"""
