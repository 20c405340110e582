"""What `save_to` means, and what becomes of the name that it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.destinations import document_ending, fitting_ending, of_several, open_destination, renaming
from videogen_mcp.media.paths import AllowedPaths


@pytest.mark.parametrize(
    ("save_to", "folder", "name"),
    [
        (None, "Music/VideoGen", None),
        ("~/Pictures", "Pictures", None),  # it exists
        ("~/Pictures/", "Pictures", None),
        ("~/Pictures/cats/", "Pictures/cats", None),  # it is made
        ("~/Pictures/cats", "Pictures", "cats"),
        ("~/Pictures/new/cat.png", "Pictures/new", "cat.png"),
        ("rain.wav", "Music/VideoGen", "rain.wav"),
        ("weather/rain.wav", "Music/VideoGen/weather", "rain.wav"),
        ("weather/", "Music/VideoGen/weather", None),
        ("./rain.wav", "Music/VideoGen", "rain.wav"),
        ("..", "Music", None),
        ("../rain.wav", "Music", "rain.wav"),
        (".", "Music/VideoGen", None),
        ("~", "", None),
        ("file:{home}/Pictures/a%20cat.png", "Pictures", "a cat.png"),
        ("{home}/Pictures/cat.png", "Pictures", "cat.png"),
    ],
)
def test_a_place_is_a_folder_if_it_exists_or_ends_with_a_slash(
    save_to: str | None, folder: str, name: str | None, home: Path, allowed: AllowedPaths
) -> None:
    text = None if save_to is None else save_to.format(home=home)
    opened, found = open_destination(text, home / "Music" / "VideoGen", allowed)
    with opened:
        assert (opened.path, found) == (home / folder, name)
        assert opened.path.is_dir()


@pytest.mark.parametrize(
    ("save_to", "code"),
    [
        ("/etc/cat.png", "path_not_allowed"),
        ("../../../outside/cat.png", "path_not_allowed"),
        ("~/.ssh/", "path_not_allowed"),
        ("~/.ssh/authorized_keys", "path_not_allowed"),
        ("~ada/cat.png", "invalid_path"),
        ("https://example.com/cats/", "invalid_path"),
        ("~/Pictures/photo.png/", "not_a_folder"),
        ("~/Pictures/photo.png/cat.png", "not_a_folder"),
        ("a\0b.png", "invalid_path"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(
    save_to: str, code: str, home: Path, photo: Path, allowed: AllowedPaths
) -> None:
    with pytest.raises(Refusal) as refusal:
        open_destination(save_to, home / "Music" / "VideoGen", allowed)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("name", "found", "parts"),
    [
        ("cat.png", "png", ("cat", "png")),
        ("cat", "png", ("cat", "png")),
        ("cat.jpg", "png", ("cat", "png")),  # put in its place
        ("cat.txt", "png", ("cat", "png")),
        ("cat.v2", "png", ("cat.v2", "png")),  # added
        ("Cat.JPEG", "jpg", ("Cat", "JPEG")),  # another spelling of the same
        ("film.m4v", "mp4", ("film", "m4v")),
        ("cut.srt", None, ("cut", "srt")),
        ("cut", None, ("cut", "bin")),
        ("run.sh", None, ("run.sh", "bin")),  # what is not known does not become a program
        ("run.png", None, ("run", "bin")),
        (None, "png", ("", "png")),
    ],
)
def test_a_name_gets_the_ending_of_what_the_file_is(
    name: str | None, found: str | None, parts: tuple[str, str]
) -> None:
    assert fitting_ending(name, found, "bin") == parts


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://cdn.test/signed/1/Tides-(SRT).SRT?sig=a.b", "srt"),
        ("https://cdn.test/tides.otio", "otio"),
        ("https://cdn.test/run.sh", None),
        ("https://cdn.test/media.otio/7", None),
        ("", None),
    ],
)
def test_the_link_of_a_document_says_what_it_is(url: str, expected: str | None) -> None:
    assert document_ending(url) == expected


@pytest.mark.parametrize(
    ("asked", "saved", "words"),
    [
        ("cat.png", "cat.png", None),
        ("cat", "cat.png", None),
        ("cat v1.5", "cat v1.5.png", None),
        ("cat.jpg", "cat.png", "cat.jpg is saved as cat.png: the file is PNG."),
        ("cat.xyz", "cat.xyz.png", "cat.xyz is saved as cat.xyz.png: the file is PNG."),
        ("cat.png", "cat (2).png", "cat.png is saved as cat (2).png: nothing is overwritten."),
        ("cat", "cat (2).png", "cat is saved as cat (2).png: nothing is overwritten."),
        ("a.jpg", "a (2).png", "a.jpg is saved as a (2).png: the file is PNG and nothing is overwritten."),
        ("what?.png", "what_.png", "what?.png is saved as what_.png: not every system takes that name."),
    ],
)
def test_a_name_that_became_another_one_is_told(asked: str, saved: str, words: str | None) -> None:
    assert renaming(asked, saved) == words


@pytest.mark.parametrize(
    ("name", "third"), [("logo.png", "logo-3.png"), ("logo", "logo-3"), ("logo v1.5", "logo v1.5-3")]
)
def test_several_results_share_a_name(name: str, third: str) -> None:
    assert of_several(name, 3) == third
