"""Files of the account as find_files lists and finds them."""

from __future__ import annotations

import pytest

from tests.unit.tools.library import Server

pytestmark = pytest.mark.anyio


async def test_find_lists_newest_first_and_filters(server: Server) -> None:
    server.service.add(b"1", name="one", type="IMAGE")
    two = server.service.add(b"2", name="two", type="VIDEO")
    server.service.add(b"3", name="three", type="IMAGE", archived=True)

    everything, text, _ = await server.call("find_files")
    films, _, _ = await server.call("find_files", type="Video", query="", cursor=None)

    assert [row["name"] for row in everything["files"]] == ["two", "one"]
    assert [row["file_id"] for row in films["files"]] == [two.file_id]
    assert text.startswith("2 files, newest first.")
    assert (everything["total"], films["total"]) == (2, 1)


async def test_find_with_a_query_searches_by_meaning(server: Server) -> None:
    server.service.add(b"1", name="a pear")
    server.service.add(b"2", name="a plum")

    structured, text, _ = await server.call("find_files", query="pear")

    assert [row["name"] for row in structured["files"]] == ["a pear"]
    assert text.startswith('1 file that fits "pear", best first.')
    assert "0.8" not in text


async def test_a_file_is_named_as_people_read_it_and_says_what_made_it(server: Server) -> None:
    made = {"sourceToolType": "UPSCALE_IMAGE", "description": "A cat, enlarged."}
    server.service.add(b"1", name="our%20cat.png", extra={"description": 'A "cat" on a sofa ' * 9})
    server.service.add(b"2", name="our cat (upscaled)", extra=made)

    structured, text, _ = await server.call("find_files")
    searched, _, _ = await server.call("find_files", query="upscaled")

    derived, original = structured["files"]
    assert (derived["made_by"], original["name"]) == ("upscale_image", "our cat.png")
    assert ("about" in derived, searched["files"][0]["about"]) == (False, "A cat, enlarged.")
    assert f'- {derived["file_id"]}, image by upscale_image, "our cat (upscaled)"' in text
    assert '"our cat.png": "A \'cat\' on a sofa' in text


async def test_a_file_that_cannot_be_used_is_marked(server: Server) -> None:
    server.service.add(b"1", name="pear.png")
    server.service.add(b"2", name="notes.png", extra={"uploadError": {"code": "unreadable_media", "message": "Text."}})

    structured, text, _ = await server.call("find_files")

    assert [row.get("status") for row in structured["files"]] == ["failed", None]
    assert '"notes.png", failed, cannot be used' in text
    assert text.count("failed") == 1


async def test_the_page_of_every_file_is_told_once(server: Server) -> None:
    stored = server.service.add(b"1")
    server.service.add(b"2")

    structured, text, _ = await server.call("find_files")
    one, _, _ = await server.call("get_file", file_id=stored.file_id)

    assert structured["page_url"].replace("{file_id}", stored.file_id) == one["page_url"]
    assert text.count(structured["page_url"]) == 1


async def test_a_search_that_has_more_says_so(server: Server) -> None:
    for number in range(3):
        server.service.add(b"1", name=f"pear {number}")

    some, text, _ = await server.call("find_files", query="pear", limit=2)
    pictures, _, _ = await server.call("find_files", query="pear", limit=2, type="image")
    everything, _, _ = await server.call("find_files", query="pear", limit=4)

    assert (len(some["files"]), some["more"], pictures["more"]) == (2, True, True)
    assert "a larger limit (to 100)" in text
    assert "more" not in everything


async def test_ten_files_fit_the_bytes(server: Server) -> None:
    for _ in range(10):
        server.service.add(b"1", name="word " * 40, extra={"description": "word " * 40})

    _, text, _ = await server.call("find_files")

    assert len(text.encode()) <= 1_700


async def test_a_search_cannot_go_on_with_a_cursor(server: Server) -> None:
    structured, _, is_error = await server.call("find_files", query="pear", cursor="abc")

    assert is_error
    assert "one page" in structured["error"]["message"]


async def test_finished_videos_are_among_the_files_and_marked(server: Server) -> None:
    stored = server.service.add(b"1", type="VIDEO", scope="EXPORT", name="Tides")

    listed, text, _ = await server.call("find_files")
    one, details, _ = await server.call("get_file", file_id=stored.file_id)

    assert listed["files"] == [{"file_id": stored.file_id, "type": "VIDEO", "name": "Tides", "export": True}]
    assert f'- {stored.file_id}, video, "Tides", finished video' in text
    assert one["scope"] == "EXPORT"
    assert "video, ready, finished video" in details


@pytest.mark.parametrize("wanted", ["document", "PDF", "slides"])
async def test_documents_are_a_type_of_their_own(server: Server, wanted: str) -> None:
    for number, kind in enumerate(("IMAGE", "PDF", "SLIDESHOW", "TEXT")):
        server.service.add(b"1", type=kind, name=f"tide {number}")

    listed, _, _ = await server.call("find_files", type=wanted)
    searched, _, _ = await server.call("find_files", type=wanted, query="tide")

    assert {row["type"] for row in listed["files"]} == {"PDF", "SLIDESHOW", "TEXT"}
    assert {row["type"] for row in searched["files"]} == {"PDF", "SLIDESHOW", "TEXT"}
