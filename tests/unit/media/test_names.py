"""What texts stand for, and which names are fit."""

from __future__ import annotations

import pytest

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.names import WINDOWS, absolute, clean, is_secret, known_id, meaning, numbered, respelled

SECRETS = (
    *("id_rsa", "id_ed25519.old", "authorized_keys", "server.pem", "tls.KEY", "cert.p12", "vault.kdbx"),
    *("prod.env", "credentials", "credentials.json", "secrets.yaml", "passwords.txt", "token", "journal.sqlite3"),
)


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("vg_file_3Kd9", "id"),
        ("0b9f7c3e-1111-4222-8333-444455556666", "id"),
        ("my photo", "id"),
        ("/home/ada/photo.jpg", "path"),
        ("~/photo.jpg", "path"),
        ("~", "path"),
        ("./photo.jpg", "path"),
        ("photo.JPG", "path"),
        ("holiday/photo", "path"),
        ("file:///home/ada/photo.jpg", "path"),
        ("FILE:/home/ada/photo.jpg", "path"),
        ("C:\\Users\\Ada\\photo.jpg", "path"),
        ("C:/Users/Ada/photo.jpg", "path"),
        ("\\\\server\\share\\photo.jpg", "path"),
        ("vg_file_1\0", "path"),
        ("https://example.com/photo.jpg", "address"),
        ("data:image/png;base64,iVBORw0KGgo=", "address"),
        ("videogen://files/vg_file_3Kd9", "address"),
        ("s3://bucket/photo.jpg", "address"),
    ],
)
def test_a_media_argument_is_an_id_a_path_or_an_address(text: str, sort: str) -> None:
    assert meaning(text) == sort


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/a/b.png", "/a/b.png"),
        ("  /a/b.png\n", "/a/b.png"),
        ("~/b.png", "/home/ada/b.png"),
        ("~", "/home/ada"),
        ("file:///a/b%20c.png", "/a/b c.png"),
        ("file://localhost/a/b.png", "/a/b.png"),
        ("file:/a/b.png", "/a/b.png"),
        ("/a/../b.png", "/a/../b.png"),
        ("/a/שלום.png", "/a/שלום.png"),
    ],
)
def test_paths_and_file_addresses_become_absolute_paths(text: str, path: str) -> None:
    assert absolute(text, "/home/ada") == path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("b.png", "not absolute"),
        ("./b.png", "not absolute"),
        ("$HOME/b.png", "not absolute"),
        ("", "empty"),
        ("~root/b.png", "another user"),
        ("\\\\server\\share\\b.png", "network or device"),
        ("\\\\?\\C:\\b.png", "network or device"),
        ("//server/share/b.png", "network or device"),
        ("file://server/share/b.png", "another machine"),
        ("file:///a/%00.png", "control"),
        ("file:///a/%ff.png", "no text"),
        ("/a/\0.png", "control"),
        ("/a/b\n.png", "control"),
        ("/a/\u202egnp.exe", "control or text direction"),
        ("/a/\ud800.png", "no text"),
        ("/a/" + "b" * 256, "255 bytes"),
        ("/a" * 3_000, "4096 characters"),
        ("C:\\b.png", "Windows path"),
    ],
)
def test_other_texts_are_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        absolute(text, "/home/ada")
    assert refusal.value.next_step


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("a pear.png", "a pear"),
        ("a pear.v2", "a pear.v2"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("a\tb\r\nc", "a b c"),
        ("invoice\u202egnp.exe", "invoice gnp.exe"),
        ('w<h>a:t"s/t\\h|i?s*', "w_h_a_t_s_t_h_i_s_"),
        ("con", "_con"),
        ("NUL.png", "_NUL"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("ends in dots...", "ends in dots"),
        ("", "vg_file_1"),
        ("...", "vg_file_1"),
        (None, "vg_file_1"),
        ("ü" * 300, "ü" * 100),
        ("e\u0301", "é"),
    ],
)
def test_names_are_made_fit_for_every_system(name: str | None, cleaned: str) -> None:
    assert clean(name, "vg_file_1") == cleaned


@pytest.mark.parametrize("name", SECRETS)
def test_keys_and_password_stores_are_known_by_their_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["cookies.jpg", "token.png", "keynote.mov", "photo.png", "monkey.webp", "environment.mp4"]
)
def test_media_are_not_taken_for_keys(name: str) -> None:
    assert not is_secret(name)


def test_an_id_is_found_in_the_address_of_a_page() -> None:
    assert known_id("https://app.videogen.io/media?storageFileId=vg_file_3Kd9abc&x=1") == "vg_file_3Kd9abc"
    assert known_id("https://example.com/photo.jpg") is None


def test_taken_names_are_numbered() -> None:
    assert [numbered("pear", "png", number) for number in (1, 2)] == ["pear.png", "pear (2).png"]


@pytest.mark.skipif(WINDOWS, reason="a backslash is a separator there")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"/a/b\ c.png", ["/a/b c.png"]),
        (r"/a/b\ \(1\).png", ["/a/b (1).png"]),
        (r"/a/my\_cat.png", ["/a/my_cat.png"]),
        ("/a/b%20c.png", ["/a/b c.png"]),
        ("/a/b.png", []),
        (r"/a/\n.png", []),
        ("/a/100%.png", []),
    ],
)
def test_an_escaped_path_may_stand_for_a_plain_one(written: str, meant: list[str]) -> None:
    assert respelled(written) == meant
