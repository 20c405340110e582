"""Thousands of made-up arguments: nothing outside is read or written, nothing crashes, no secret is shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.generated import examples
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.names import clean, meaning
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.structure import inspect

EXAMPLES = 2_500
"""For each of the two ways in and out: 5,000 hostile arguments in all."""

HOSTILE = examples(EXAMPLES)

SECRET = "hunter2-the-secret"


@dataclass
class Trap:
    """A home folder among secrets; `opened` counts what was let through."""

    home: Path
    allowed: AllowedPaths
    opened: int = 0


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    base = tmp_path.resolve()
    home, outside = base / "home", base / "outside"
    for folder in (home / "Pictures" / "deep", home / ".ssh", home / "state", outside):
        folder.mkdir(parents=True)
    png = b"\x89PNG\r\n\x1a\n" + SECRET.encode()
    for path in (outside / "photo.png", home / ".ssh" / "id_rsa", home / "state" / "photo.png", home / "server.pem"):
        path.write_bytes(png)
    (home / "Pictures" / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\nharmless")
    (home / "Pictures" / "out").symlink_to(outside, target_is_directory=True)
    (home / "Pictures" / "key.png").symlink_to(home / ".ssh" / "id_rsa")
    (home / "Pictures" / "loop").symlink_to(home / "Pictures" / "loop")
    (home / "Pictures" / "proc").symlink_to("/proc/self")
    (home / "Pictures" / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(home / "Pictures" / "pipe.png")
    return Trap(home, AllowedPaths((home,), home, (home / "state", Path("/proc"), Path("/dev"))))


PARTS = st.sampled_from(
    (
        *("..", ".", "", "~", "home", "Pictures", "deep", "out", "photo.png", "key.png", "loop", "proc", "pipe.png"),
        *("zero.png", ".ssh", "id_rsa", "server.pem", "state", "outside", "environ", "fd", "0", "root", "self", "mem"),
        *("etc", "passwd", "dev", "zero", "tty", "CON", "NUL.png", "C:", "?", "server", "share", "*", "$HOME"),
        *("%2e%2e", "%00", "\0", "\n", "a" * 300, "a" * 10_000, "\u202egnp.exe", "\ud800", "\u200b"),
        *("photo.png:stream", "photo.png ", "PHOTO.PNG", "\ufb01"),
    )
)
PATHS = st.lists(PARTS | st.text(max_size=12), min_size=1, max_size=12).flatmap(
    lambda parts: st.sampled_from(["/", "\\", "//", "/./"]).map(lambda slash: slash.join(parts))
)
STEPS = st.sampled_from((".", "..", "deep", "deep/..", "Pictures", "out", "out/..", "loop", "proc", "", ".ssh", "home"))
ENDS = ("photo.png", "key.png", "pipe.png", "zero.png", "id_rsa", "server.pem", "outside", "environ", "new", "phot.png")
STARTS = st.sampled_from(
    (
        "",
        "/",
        "~/",
        "~/Pictures/",
        "~",
        "file://",
        "file:///",
        "file:",
        "\\\\",
        "\\\\?\\",
        "//",
        "HOME/",
        "HOME/Pictures/",
    )
)


def texts(home: Path) -> st.SearchStrategy[str]:
    whole = st.tuples(STARTS, PATHS).map(lambda pair: pair[0].replace("HOME", str(home)) + pair[1])
    start = st.sampled_from((str(home), f"{home}/Pictures", "~", "~/Pictures", f"file://{home}/Pictures"))
    near = st.tuples(start, st.lists(STEPS, max_size=4), st.sampled_from(ENDS)).map(
        lambda parts: "/".join((parts[0], *parts[1], parts[2]))
    )
    return near | whole | whole.map(lambda text: "file://" + quote(text, errors="replace"))


def visible(path: Path, trap: Trap) -> bool:
    """Whether a real path is one that may be used, decided in the plainest way."""
    inside = os.path.realpath(path).startswith(f"{trap.home}/") or os.path.realpath(path) == str(trap.home)
    parts = Path(os.path.realpath(path)).relative_to(trap.home).parts if inside else ("..",)
    return inside and not any(part.startswith(".") for part in parts) and parts[:1] != ("state",)


def fair(refusal: Refusal) -> None:
    """The text of a refusal is short, printable and no secret."""
    text = refusal.message + (refusal.next_step or "")
    assert SECRET not in text
    assert text.isprintable()
    assert len(text) < 2_000


@pytest.mark.timeout(1_200)
def test_no_argument_reads_what_it_must_not(trap: Trap) -> None:
    @HOSTILE
    @given(texts(trap.home))
    @example(f"{trap.home}/Pictures/photo.png")
    def check(text: str) -> None:
        meaning(text)
        try:
            file = trap.allowed.open_file(text)
        except Refusal as refusal:
            fair(refusal)
            return
        trap.opened += 1
        try:
            assert visible(file.path, trap)
            assert os.path.samestat(os.fstat(file.fd), file.path.stat())
            assert SECRET.encode() not in file.read(0, 1_000)
            with pytest.raises(Refusal) as refused:
                inspect(file.read, file.size, file.name)
            assert SECRET not in refused.value.message
        finally:
            file.close()

    check()
    assert trap.opened


@pytest.mark.timeout(1_200)
def test_no_argument_makes_or_writes_what_it_must_not(trap: Trap) -> None:
    before = everything_around(trap)

    @HOSTILE
    @given(texts(trap.home), PATHS)
    def check(text: str, name: str) -> None:
        stem = clean(name, "vg_file_1")
        assert stem
        assert not set(stem) & set('/\\\0:*?"<>|\n')
        assert not stem.startswith(".")
        assert len(stem.encode()) <= 210
        try:
            folder = trap.allowed.open_folder(text)
        except Refusal as refusal:
            fair(refusal)
            return
        trap.opened += 1
        with folder:
            assert visible(folder.path, trap)
            os.close(folder.create(f"{stem}.bin"))
            assert visible(folder.path / f"{stem}.bin", trap)
            folder.remove(f"{stem}.bin")

    check()
    assert trap.opened
    assert everything_around(trap) == before


def everything_around(trap: Trap) -> set[str]:
    """What lies outside the home folder, and in the closed parts of it."""
    places = (trap.home.parent / "outside", trap.home / ".ssh", trap.home / "state")
    found = {str(path) for place in places for path in place.rglob("*")}
    return found | {str(path) for path in trap.home.parent.iterdir()}
