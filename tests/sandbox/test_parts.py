"""The small pure parts of the sandbox."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from videogen_sandbox.contract.limits import RateLimits
from videogen_sandbox.contract.requests import result_name
from videogen_sandbox.contract.signed_links import BadSignature, Expired, Links, file_name
from videogen_sandbox.disk import make_private
from videogen_sandbox.storage.database import Database, DataUnusable, NewerData
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.ids import new_id, stable_id, well_formed
from videogen_sandbox.storage.search import search

LINKS = Links(b"secret", "http://sandbox.test")


def file(name: str, description: str = "", seq: int = 0) -> File:
    return File(f"vg_file_{name}", "ready", "IMAGE", "GLOBAL", name, 0.0, description=description, seq=seq)


def test_ids_are_well_formed_and_differ() -> None:
    ids = {new_id("vg_file_") for _ in range(100)}
    assert len(ids) == 100
    assert all(well_formed("vg_file_", found) for found in ids)
    assert stable_id("vg_voic_", "heart") == stable_id("vg_voic_", "heart") != stable_id("vg_voic_", "alto")


@pytest.mark.parametrize("text", ["", "vg_file_", "vg_file_short", "vg_tool_" + "a" * 22, "vg_file_" + "é" * 22])
def test_other_texts_are_no_ids(text: str) -> None:
    assert not well_formed("vg_file_", text)


def test_a_window_begins_with_the_first_request_and_ends_after_an_hour() -> None:
    limits = RateLimits({"search": 2})
    assert limits.take("key", "search", 1000.5).headers() == {
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "1",
        "X-RateLimit-Reset": "4601",
    }
    assert limits.take("key", "search", 2000).granted
    refused = limits.take("key", "search", 4600)
    assert (refused.granted, refused.retry_after) == (False, 1)
    assert limits.take("other key", "search", 4600).granted
    assert limits.take("key", "search", 4600.5).remaining == 1


def test_a_clock_that_goes_back_begins_a_new_window() -> None:
    limits = RateLimits({"search": 1})
    limits.take("key", "search", 5000)
    assert limits.take("key", "search", 4000).granted


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("A red pear", ".png", "A-red-pear.png"),
        ("pear.png", ".png", "pear.png"),
        ("../../etc/passwd", ".txt", "etc-passwd.txt"),
        ("梨", ".png", "file.png"),
        ("x" * 300, ".mp4", "x" * 60 + ".mp4"),
        ('a"b\r\nc', ".wav", "a-b-c.wav"),
    ],
)
def test_names_in_urls_are_safe(name: str, suffix: str, expected: str) -> None:
    assert file_name(name, suffix) == expected


def test_a_signature_is_checked_before_its_time() -> None:
    token = LINKS.media("f", "download", "a.png", 100).split("/")[4]
    LINKS.check(token, "f", "download", 99)
    with pytest.raises(Expired):
        LINKS.check(token, "f", "download", 100)
    with pytest.raises(BadSignature):
        LINKS.check("B" + token[1:], "f", "download", 99)
    with pytest.raises(BadSignature):
        LINKS.check(token, "f", "preview", 99)
    with pytest.raises(BadSignature):
        Links(b"other", "").check(token, "f", "download", 99)


def test_a_link_that_agents_read_is_short_and_opens_that_rendition_alone() -> None:
    url = LINKS.media("vg_file_1", "preview", "A-red-pear.jpg", 100)
    token = url.removeprefix(LINKS.page("vg_file_1") + "/").removesuffix(".jpg")
    assert len(token) == 16
    assert LINKS.shown(token, "vg_file_1", 99) == "preview"
    with pytest.raises(Expired):
        LINKS.shown(token, "vg_file_1", 100)
    with pytest.raises(BadSignature):
        LINKS.shown(token, "vg_file_2", 99)
    with pytest.raises(BadSignature):
        LINKS.check(token, "vg_file_1", "download", 99)


def test_search_puts_the_best_first_and_leaves_out_what_has_nothing_in_common() -> None:
    files = [
        file("Sunset", "A red sun over the sea.", 1),
        file("A red car", "A red car in the rain.", 2),
        file("Red cars racing", "Two cars.", 3),
        file("Hello", "A woman speaks.", 4),
    ]
    hits = search("red cars", files, 10)
    assert [found.display_name for _, found in hits] == ["A red car", "Red cars racing", "Sunset"]
    similarities = [similarity for similarity, _ in hits]
    assert similarities == sorted(similarities, reverse=True)
    assert all(0 < similarity <= 1 for similarity in similarities)
    assert similarities[0] > 0.7 > similarities[2]
    assert len(search("red", files, 2)) == 2


@pytest.mark.parametrize("query", ["", "!?", "zebra"])
def test_search_for_nothing_finds_nothing(query: str) -> None:
    assert search(query, [file("Sunset"), file("Pear")], 10) == []


@pytest.mark.parametrize(
    ("operation", "body", "inputs", "expected"),
    [
        ("generate-image", {"prompt": "a  red\npear"}, [], "a red pear"),
        ("generate-image", {"prompt": "pear " * 30}, [], "pear " * 11 + "pear …"),
        ("upscale-image", {}, ["My pear.png"], "My pear (upscaled)"),
        ("generate-avatar", {"presenter": "hana"}, ["hello.wav"], "Hana, hello.wav"),
        ("generate-video-clip", {}, ["pear.png", "apple.png"], "Clip, pear.png"),
        ("text-to-speech", {"ttsText": "Hello there."}, [], "Hello there."),
    ],
)
def test_results_have_names_that_people_know_again(
    operation: str, body: dict[str, str], inputs: list[str], expected: str
) -> None:
    assert result_name(operation, body, inputs, 0, 1) == expected
    assert result_name(operation, body, inputs, 1, 2) == f"{expected} (2)"


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "sandbox.db")

    def twice() -> None:
        with database.transaction():
            database.run("INSERT INTO meta VALUES ('a', '1')")
            database.run("INSERT INTO meta VALUES ('a', '2')")

    with pytest.raises(sqlite3.IntegrityError):
        twice()
    assert database.one("SELECT * FROM meta WHERE name = 'a'") is None
    database.close()


def test_secrets_stay_the_same(tmp_path: Path) -> None:
    first, second = Database(tmp_path / "sandbox.db"), Database(tmp_path / "sandbox.db")
    assert first.secret("signing") == second.secret("signing") != first.secret("other")
    first.close()
    second.close()


def test_data_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "sandbox.db")
    database.run("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(NewerData, match="version 99"):
        Database(tmp_path / "sandbox.db")


def test_a_damaged_database_is_set_aside_with_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "sandbox.db"
    database = Database(path)
    database.run("INSERT INTO meta VALUES ('a', '1')")
    database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"damaged " * 512 + whole[8192:])
    fresh = Database(path)
    assert fresh.one("SELECT * FROM meta WHERE name = 'a'") is None
    fresh.close()
    (aside,) = tmp_path.glob("sandbox.db.damaged-*")
    assert b"damaged damaged" in aside.read_bytes()
    assert "damaged" in caplog.text
    assert "Traceback" not in caplog.text


def test_what_is_no_database_is_set_aside_too(tmp_path: Path) -> None:
    (tmp_path / "sandbox.db").write_bytes(b"no database " * 1000)
    Database(tmp_path / "sandbox.db").close()
    assert len(list(tmp_path.glob("sandbox.db.damaged-*"))) == 1


def test_a_database_that_cannot_be_opened_is_named_in_words(tmp_path: Path) -> None:
    (tmp_path / "sandbox.db").mkdir()
    with pytest.raises(DataUnusable, match="cannot be used"):
        Database(tmp_path / "sandbox.db")


def test_files_in_an_existing_directory_are_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "sandbox.db").touch(0o644)
    (tmp_path / "files").mkdir(0o755)
    make_private(tmp_path / "files")
    database = Database(tmp_path / "sandbox.db")
    database.run("INSERT INTO meta VALUES ('a', '1')")
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_mode & 0o077] == []
    database.close()
