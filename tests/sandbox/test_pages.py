from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.directives import Directives
from videogen_sandbox.pages import Library, routes
from videogen_sandbox.pages.formats import clock_time, operation_label, shorten, size, took
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Execution, Executions, Kind
from videogen_sandbox.storage.files import File, Files, Rendition
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.projects import Project, Projects

KEY = "sk_videogen_sandbox_secret"
NASTY = '</title><script>alert(1)</script><img src=x onerror="alert(2)">\'"&'
NOW = 1_790_000_000.0


class FixedClock:
    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep_forever()


@dataclass
class Stores:
    files: Files
    executions: Executions
    projects: Projects
    leases: Leases
    links: Links

    def ask(self, number: int, prompt: str, directives: Directives | None = None) -> Execution:
        execution = Execution(
            f"vg_tool_{number}", "generate-image", {"prompt": prompt}, directives or Directives(), 7, NOW - 4
        )
        self.executions.add(execution)
        return execution

    def film(self, title: str = "Tides", **document: Any) -> Project:
        """A project that was built, with as much of a document as is given."""
        number = len(self.projects.listed())
        ratio = {"width": 9, "height": 16}
        made = Project(f"vg_proj_{number}", f"vg_asst_{number}", title, ratio, NOW - 60, NOW, document or None)
        self.projects.add(made)
        return made

    def run_on(self, project: Project, kind: Kind, operation: str, number: int, chain: str | None = None) -> Execution:
        execution = Execution(
            f"vg_{kind}_{number}",
            operation,
            {},
            Directives(),
            0,
            NOW - 4,
            kind=kind,
            project_id=project.id,
            chain=chain,
        )
        self.executions.add(execution)
        self.leases.add(kind, execution.id, 0.0, project.id)
        return execution

    def make(self, name: str = "A pear", kind: str = "IMAGE", **more: object) -> File:
        suffix = {"IMAGE": ".png", "VIDEO": ".mp4", "AUDIO": ".wav"}[kind]
        renditions = {
            "download": Rendition(f"original{suffix}", width=1280, height=720, bytes=53_000),
            "preview": Rendition(f"preview{suffix}", width=640, height=360, bytes=9_000),
            "thumbnail": Rendition("thumbnail.jpg", width=320, height=180, bytes=3_000),
        }
        values: dict[str, object] = {
            "state": "ready",
            "scope": "USER",
            "renditions": renditions,
            "made": {"engine": "illustrator", "engineVersion": "3", "placeholder": True, "seed": 4711},
            "prompt": name,
        }
        number = len(self.files.ids())
        file = File(id=f"vg_file_{number}", type=kind, display_name=name, created_at=NOW, **(values | more))  # type: ignore[arg-type]  # a test may ask for any field
        self.files.add(file)
        return file


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with contextlib.closing(Database(tmp_path / "sandbox.sqlite")) as opened:
        links = Links(b"secret", "http://127.0.0.1:8791")
        (tmp_path / "alive").mkdir()
        projects, leases = Projects(opened, tmp_path / "projects"), Leases(opened, tmp_path / "alive", FixedClock())
        yield Stores(Files(opened, tmp_path / "files"), Executions(opened), projects, leases, links)
        leases.close()


@pytest.fixture
def app(stores: Stores) -> Starlette:
    library = Library(stores.files, stores.executions, stores.projects, stores.leases, stores.links, FixedClock())
    return Starlette(routes=routes(library, KEY))


@pytest.fixture
def browser(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8791", client=("127.0.0.1", 40_000)) as client:
        yield client


class Tags(HTMLParser):
    """All elements of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_an_empty_gallery_says_how_to_fill_it(browser: TestClient) -> None:
    assert "Nothing was made yet" in browser.get("/").text


def test_the_gallery_links_each_file_to_its_page(browser: TestClient, stores: Stores) -> None:
    first, second = stores.make("A pear"), stores.make("A fox")
    text = browser.get("/").text
    links = [link["href"] for link in Tags(text).all("a")]
    assert links == ["/", f"/media/{second.id}", f"/media/{first.id}"]
    assert "A pear" in text


def test_a_running_execution_has_a_progress_bar_with_a_name(browser: TestClient, stores: Stores) -> None:
    stores.ask(1, "a lighthouse", Directives(delay=8))
    tags = Tags(browser.get("/").text)
    [bar] = tags.all("progress")
    assert bar["value"] == "45"
    assert bar["aria-labelledby"] in [paragraph.get("id") for paragraph in tags.all("p")]


def test_a_failed_execution_shows_why(browser: TestClient, stores: Stores) -> None:
    stores.executions.fail(stores.ask(1, "x").id, "content_policy", "The prompt was rejected.", NOW)
    text = browser.get("/").text
    assert "failed" in text
    assert "The prompt was rejected." in text


def test_the_live_parts_are_those_of_the_page(browser: TestClient, stores: Stores) -> None:
    stores.film()
    stores.ask(1, "a lighthouse", Directives(stall=True))
    done = stores.ask(2, "a pear")
    stores.executions.succeed(done.id, [stores.make().id], NOW)
    parts = browser.get("/live").json()
    page = browser.get("/").text
    assert set(parts) == {"running", "videos", "made", "asked"}
    assert all(part and part in page for part in parts.values())


def test_links_stay_the_same_while_nothing_changes(browser: TestClient, stores: Stores) -> None:
    stores.make()
    assert browser.get("/live").json() == browser.get("/live").json()


@pytest.mark.parametrize(("kind", "element"), [("VIDEO", "video"), ("AUDIO", "audio"), ("IMAGE", "img")])
def test_a_file_is_shown_by_what_it_is(browser: TestClient, stores: Stores, kind: str, element: str) -> None:
    file = stores.make(kind=kind, duration=5.0)
    shown = Tags(browser.get(f"/media/{file.id}").text)
    [media] = shown.all(element)
    assert media["src"] is not None
    match = re.fullmatch(rf"/media/{file.id}/([\w-]+)\.\w+", media["src"])
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
    for fact in ("illustrator 3", "4711", "1280 by 720 pixels", "1:02", "53 kB"):
        assert fact in text


def test_an_archived_file_is_a_page_with_status_404(browser: TestClient, stores: Stores) -> None:
    file = stores.make()
    stores.files.archive(file.id, NOW)
    answer = browser.get(f"/media/{file.id}")
    assert answer.status_code == 404
    assert "Gallery" in answer.text


def test_a_file_without_bytes_is_a_page_with_status_404(browser: TestClient, stores: Stores) -> None:
    assert browser.get(f"/media/{stores.make(state='awaiting', renditions={}).id}").status_code == 404


def test_an_unknown_file_is_a_page_with_status_404(browser: TestClient) -> None:
    assert browser.get("/media/vg_file_<script>").status_code == 404


def test_a_file_in_process_looks_again_by_itself(browser: TestClient, stores: Stores) -> None:
    text = browser.get(f"/media/{stores.make(state='processing', renditions={}).id}").text
    assert "data-reload" in text


def test_a_broken_upload_says_what_is_wrong(browser: TestClient, stores: Stores) -> None:
    file = stores.make(state="failed", renditions={}, error={"code": "unreadable_media", "message": "Not media."})
    assert "Not media." in browser.get(f"/media/{file.id}").text


def test_nothing_that_people_wrote_becomes_html(browser: TestClient, stores: Stores) -> None:
    file = stores.make(NASTY, description=NASTY, transcript=NASTY)
    stores.ask(1, NASTY, Directives(stall=True))
    stores.executions.fail(stores.ask(2, NASTY).id, "x", NASTY, NOW)
    for text in (browser.get("/").text, browser.get(f"/media/{file.id}").text, *browser.get("/live").json().values()):
        tags = Tags(text)
        assert [script.get("src") for script in tags.all("script")] in ([], ["/assets/pages.js"])
        assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)


def test_no_page_tells_the_key(browser: TestClient, stores: Stores) -> None:
    file = stores.make()
    for path in ("/", "/live", f"/media/{file.id}", "/assets/pages.js", "/nothing"):
        answer = browser.get(path)
        assert KEY not in answer.text
        assert KEY not in str(answer.headers)


@pytest.mark.parametrize("path", ["/", "/live", "/media/vg_file_0", "/media/unknown", "/assets/pages.css"])
def test_every_page_allows_only_its_own_scripts_and_no_frame(browser: TestClient, stores: Stores, path: str) -> None:
    stores.make()
    policy = browser.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["127.0.0.1:8791", "localhost:8791", "LOCALHOST", "[::1]:8791", "localhost."])
def test_this_machine_sees_the_pages_without_a_key(browser: TestClient, host: str) -> None:
    assert browser.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.168.1.4:8791", "localhost.evil.example", "", "[::1", "a:b:c"],
)
def test_a_foreign_name_for_this_machine_sees_nothing(browser: TestClient, stores: Stores, host: str) -> None:
    stores.make("A pear")
    for path in ("/", "/live", "/media/vg_file_0", "/assets/pages.js"):
        answer = browser.get(path, headers={"host": host})
        assert answer.status_code == 401
        assert "pear" not in answer.text


@pytest.mark.parametrize(
    ("password", "status"), [(KEY, 200), ("wrong", 401), ("", 401), ("ä", 401)], ids=["key", "wrong", "none", "umlaut"]
)
def test_another_machine_sees_the_pages_with_the_key_as_password(app: Starlette, password: str, status: int) -> None:
    token = base64.b64encode(f"me:{password}".encode()).decode()
    with TestClient(app, base_url="http://192.168.1.4:8791", client=("192.168.1.9", 40_000)) as client:
        assert client.get("/").status_code == 401
        assert client.get("/", headers={"host": "127.0.0.1"}).status_code == 401
        assert client.get("/", headers={"authorization": f"Basic {token}"}).status_code == status
        assert client.get("/", headers={"authorization": "Basic !!"}).status_code == 401


@pytest.mark.parametrize(("seconds", "text"), [(4.26, "4.3 s"), (10.2, "0:10"), (62.4, "1:02"), (3600, "60:00")])
def test_durations_are_written_as_players_write_them(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (75, "1 min 15 s"), (7300, "2 h 1 min")])
def test_times_taken_are_written_in_words(seconds: float, text: str) -> None:
    assert took(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(900, "900 bytes"), (53_400, "53 kB"), (1_440_000, "1.4 MB")])
def test_sizes_are_written_in_decimal_units(count: int, text: str) -> None:
    assert size(count) == text


def test_long_texts_become_one_short_line() -> None:
    assert shorten("a\n b", 5) == "a b"
    assert shorten("abcdef ghi", 8) == "abcdef…"


@pytest.mark.parametrize(
    ("operation", "label"), [("generate-image", "Image"), ("generate-something-new", "Generate something new")]
)
def test_an_operation_without_a_label_is_shown_by_its_name(operation: str, label: str) -> None:
    assert operation_label(operation) == label


def test_a_project_has_a_page_with_its_video_and_what_it_is_made_of(browser: TestClient, stores: Stores) -> None:
    scene = {"title": "", "lines": [{"text": "The moon pulls."}], "visuals": [{"kind": "drawn", "prompt": "a moon"}]}
    document: dict[str, Any] = {"captions": {}, "sections": [scene], "voice": {"slug": "miles"}}
    project = stores.film(operation="script-to-video", **document)
    export = stores.run_on(project, "export", "export", 1)
    video = stores.make("Tides", "VIDEO", scope="EXPORT", execution_id=export.id, duration=12.5)
    stores.executions.succeed(export.id, [video.id], NOW)
    text = browser.get(f"/projects/{project.id}").text
    assert [source["src"] for source in Tags(text).all("video")] != []
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


def test_a_project_that_is_being_made_shows_how_far_it_is_and_reloads(browser: TestClient, stores: Stores) -> None:
    project = stores.film()
    run = stores.run_on(project, "run", "script-to-video", 1)
    stores.executions.began(run.id, 0)
    stores.executions.progressed(run.id, 0.42)
    tags = Tags(browser.get(f"/projects/{project.id}").text)
    assert [bar["value"] for bar in tags.all("progress")] == ["42"]
    assert [part for part in tags.all("div") if "data-reload" in part] != []


def test_a_project_whose_run_failed_says_why(browser: TestClient, stores: Stores) -> None:
    project = stores.film()
    run = stores.run_on(project, "run", "script-to-video", 1)
    stores.executions.fail(run.id, "content_policy", "The prompt was rejected.", NOW)
    assert "The prompt was rejected." in browser.get(f"/projects/{project.id}").text


def test_the_gallery_shows_videos_by_their_projects_and_not_as_files_too(browser: TestClient, stores: Stores) -> None:
    project = stores.film(NASTY, operation="script-to-video")
    export = stores.run_on(project, "export", "export", 1)
    video = stores.make("Tides", "VIDEO", scope="EXPORT", execution_id=export.id)
    stores.executions.succeed(export.id, [video.id], NOW)
    text = browser.get("/").text
    links = [link["href"] for link in Tags(text).all("a")]
    assert f"/projects/{project.id}" in links
    assert links.count(f"/media/{video.id}") == 1  # in the log, not among the files
    assert NASTY not in text


def test_what_waits_says_its_place_and_the_steps_of_a_run_are_not_listed(browser: TestClient, stores: Stores) -> None:
    for number in range(3):
        project = stores.film(f"Film {number}")
        chain = f"vg_work_{number}"
        stores.run_on(project, "run", "script-to-video", number, chain)
        stores.run_on(project, "export", "export", number, chain)
    text = browser.get("/").text
    assert len(Tags(text).all("progress")) == 3
    assert "waiting, 4 before it" in text


def test_a_project_that_is_not_there_is_told(browser: TestClient) -> None:
    answer = browser.get("/projects/vg_proj_nobody")
    assert (answer.status_code, "No such project" in answer.text) == (404, True)
