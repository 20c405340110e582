"""Who may see the pages, and press their buttons."""

from __future__ import annotations

import base64
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.sandbox.pages.stores import BASE, KEY, Stores


def test_no_page_tells_the_key(browser: TestClient, stores: Stores) -> None:
    file = stores.make()
    for path in ("/", f"/media/{file.id}", "/assets/pages.js", "/nothing"):
        answer = browser.get(path)
        assert KEY not in answer.text
        assert KEY not in str(answer.headers)


@pytest.mark.parametrize("path", ["/", "/media/vg_file_0", "/media/unknown", "/nowhere", "/assets/pages.css"])
def test_every_page_allows_only_its_own_scripts_and_no_frame(browser: TestClient, stores: Stores, path: str) -> None:
    stores.make()
    policy = browser.get(path).headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert part in policy
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
    for path in ("/", "/media/vg_file_0", "/assets/pages.js"):
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


@pytest.mark.parametrize(("deed", "done"), [("cancel", "cancel"), ("approve", "approve"), ("reject", "cancel")])
def test_a_button_does_what_it_says_and_leads_back(browser: TestClient, stores: Stores, deed: str, done: str) -> None:
    asked = stores.ask(1)
    headers = {"origin": BASE, "sec-fetch-site": "same-origin", "referer": f"{BASE}/?q=pear"}
    answer = browser.post(f"/executions/{asked.id}/{deed}", headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=pear")
    assert stores.jobs.asked == [(done, asked.id)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:8791.evil.example"},
        {"origin": BASE, "sec-fetch-site": "cross-site"},
        {"origin": BASE, "sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_press_no_buttons(browser: TestClient, stores: Stores, headers: dict[str, str]) -> None:
    asked = stores.ask(1)
    assert browser.post(f"/executions/{asked.id}/cancel", headers=headers).status_code == 403
    assert stores.jobs.asked == []


def test_a_foreign_name_for_this_machine_presses_no_buttons(browser: TestClient, stores: Stores) -> None:
    headers = {"host": "evil.example", "origin": "http://evil.example", "sec-fetch-site": "same-origin"}
    assert browser.post(f"/executions/{stores.ask(1).id}/cancel", headers=headers).status_code == 401
    assert stores.jobs.asked == []


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "//\\evil.example"])
def test_a_button_leads_back_to_these_pages_alone(browser: TestClient, stores: Stores, path: str) -> None:
    asked = stores.ask(1)
    for sent_from in (f"{BASE}{path}", f"http:{path}", ""):
        headers = {"origin": BASE, "referer": sent_from}
        answer = browser.post(f"/executions/{asked.id}/cancel", headers=headers, follow_redirects=False)
        assert re.match(r"/($|[^/\\])", answer.headers["location"])


@pytest.mark.parametrize("path", ["/executions/vg_tool_nobody/cancel", "/executions/vg_tool_1/remove"])
def test_a_button_that_does_not_exist_is_told(browser: TestClient, stores: Stores, path: str) -> None:
    stores.ask(1)
    assert browser.post(path, headers={"origin": BASE}).status_code == 404
    assert stores.jobs.asked == []
