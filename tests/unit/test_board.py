"""What the demo shows of its executions and their results, on a terminal and in a log; and its keys."""

from __future__ import annotations

import io
import os
import re
import runpy
import select
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from videogen_mcp import board, demo
from videogen_mcp.board import Board, Outcome, Step
from videogen_mcp.keys import keys

GALLERY = "http://127.0.0.1:8791/"


def made(saved: str = "videogen-demo/paint.png") -> Outcome:
    file = {
        "file_id": "vg_file_1",
        "type": "IMAGE",
        "preview_url": f"{GALLERY}{'p' * 150}?sig=1",
        "page_url": f"{GALLERY}files/vg_file_1",
    }
    return Outcome(Step("paint", {}), "done", seconds=3.21, file=file, saved=saved, size=14_200)


LOST = Outcome(Step("cut", {}), "failed", problem="no credits")


def test_the_report_begins_with_the_page_and_names_what_was_made_and_what_was_not() -> None:
    log = io.StringIO()
    board.report([made(), LOST], GALLERY, Console(file=log, width=demo.LOG_WIDTH))
    lines = [line.rstrip() for line in log.getvalue().splitlines() if line.strip()]
    assert lines == [
        "See it here: http://127.0.0.1:8791/",
        "  file        kind       size   seconds",
        " ───────────────────────────────────────",
        "  paint.png   image   14.2 kB       3.2",
        "Saved in videogen-demo",
        "cut: no credits",
    ]


class Screen(io.TextIOWrapper):
    """A terminal that remembers what was written to it."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, errors="replace")

    def isatty(self) -> bool:
        return True

    def written(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@pytest.fixture
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary terminal whose user wants no colours, 60 columns wide."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "60", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)


def drawn(screen: Screen, *outcomes: Outcome) -> list[str]:
    """The last picture of a board, without control sequences."""
    shown = Board(Console(file=screen), outcomes)
    with shown.progress:
        for outcome in outcomes:
            shown.show(outcome)
    return plain(screen)[-len(outcomes) :]


def plain(screen: Screen) -> list[str]:
    """The lines of a screen without control sequences and links."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;.*?\x1b\\", "", screen.written()).rstrip().splitlines()


@pytest.mark.usefixtures("plain_terminal")
def test_a_terminal_gets_a_row_for_each_step_and_none_is_wider_than_it() -> None:
    rows = drawn(
        Screen(),
        Outcome(Step("paint", {}), "done", note="vg_file_1"),
        Outcome(Step("cut", {}), "running", 50.0, "a long message " * 10),
        Outcome(Step("sing", {}), note="waits for paint"),
        Outcome(Step("fly", {}), "failed", note="no wings [bold]"),
    )
    assert [row.split()[1] for row in rows] == ["paint", "cut", "sing", "fly"]
    assert all(len(row) <= 60 for row in rows)
    assert re.search(r"✓ paint +━{16} 100% +0\.0 s +vg_file_1", rows[0])
    assert re.search(r"cut +━{8} +50% +0\.0 s +a long m.*…", rows[1])
    assert re.search(r"· sing +waits for paint", rows[2])
    assert re.search(r"✗ fly .* no wings \[bold\]", rows[3])


@pytest.mark.usefixtures("plain_terminal")
def test_without_colours_wanted_there_are_none() -> None:
    screen = Screen()
    drawn(screen, Outcome(Step("paint", {}), "done"))
    assert not re.search(r"\x1b\[(?:\d+;)*[349]\d(?:;\d+)*m", screen.written())


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize(("encoding", "term"), [("latin-1", "xterm"), ("utf-8", "dumb")])
def test_a_terminal_that_cannot_draw_gets_plain_lines(
    encoding: str, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    screen = Screen(encoding)
    drawn(screen, Outcome(Step("paint", {}), "done", note="vg_file_1"))
    assert screen.written() == "paint: done (0.0 s)  vg_file_1\n"


def test_a_log_gets_a_line_at_the_start_at_each_quarter_and_at_the_end() -> None:
    log = io.StringIO()
    outcome = Outcome(Step("paint", {}))
    shown = Board(Console(file=log, width=demo.LOG_WIDTH), [outcome])
    for reached in (None, 3.0, 30.0, 31.0, 24.0, 80.0):
        outcome.state, outcome.percent = "running", reached
        shown.show(outcome)
    outcome.state, outcome.seconds, outcome.note = "done", 4.25, "vg_file_1"
    shown.show(outcome)
    assert log.getvalue() == (
        "paint: started (0.0 s)\npaint: 25 % (0.0 s)\npaint: 75 % (0.0 s)\npaint: done (4.2 s)  vg_file_1\n"
    )


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize("width", [40, 80])
def test_names_are_folded_and_not_cut_and_the_table_fits(width: int) -> None:
    screen = Screen()
    board.report([made("videogen-demo/" + "paint" * 20 + ".png")], GALLERY, Console(file=screen, width=width))
    assert "…" not in screen.written()
    assert max(map(len, plain(screen))) <= width


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize(("term", "links"), [("xterm", True), ("dumb", False)])
def test_addresses_are_links_where_the_terminal_has_them(
    term: str, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    screen = Screen()
    board.report([made()], GALLERY, Console(file=screen))
    assert (f";{GALLERY}\x1b\\{GALLERY}\x1b]8;;" in screen.written()) is links
    assert f"See it here: {GALLERY}" in plain(screen)


def test_where_nobody_can_press_a_key_nothing_is_waited_for() -> None:
    for stdin, stdout in ((None, Screen()), (io.StringIO(), Screen()), (Screen(), io.StringIO())):
        with keys(stdin, stdout) as pressed:
            assert pressed is None


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are of POSIX")
def test_a_key_is_seen_at_once_and_the_terminal_is_as_before() -> None:
    import termios

    keyboard, terminal = os.openpty()
    before = termios.tcgetattr(terminal)
    with os.fdopen(keyboard, "wb", 0) as typing, os.fdopen(terminal) as stdin:
        with keys(stdin, Screen()) as pressed:
            assert pressed is not None
            assert not pressed()
            typing.write(b"\x1b[A")
            assert select.select([terminal], [], [], 10)[0]
            assert pressed()
            assert not pressed()
        assert termios.tcgetattr(terminal) == before


def test_windows_has_keys_too(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ["x"]
    console = SimpleNamespace(kbhit=lambda: bool(typed), getwch=typed.pop)
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.setattr(sys, "platform", "win32")
    there = runpy.run_path(str(Path(demo.__file__).with_name("keys.py")))
    with there["keys"](Screen(), Screen()) as pressed:
        assert [pressed(), pressed()] == [True, False]
