"""What the demo draws, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest

from videogen_mcp.terminal import LiveBoard, PlainBoard, Row, bar, board, is_terminal, percent, shorten, size, table


class Screen(io.TextIOWrapper):
    """A terminal that remembers what was written to it."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding)

    def isatty(self) -> bool:
        return True

    def written(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("TERM", raising=False)


@pytest.mark.usefixtures("narrow")
def test_a_terminal_gets_all_rows_drawn_over_themselves_and_never_wrapped() -> None:
    screen = Screen()
    rows = [Row("generate_image", "running", 50.0, 3.2, "a long message " * 10), Row("upscale_image", note="waits")]
    live = LiveBoard(screen, rows)
    live.show(rows[0])
    live.tick()

    first, second = screen.written().split("\x1b[2A")
    lines = [line.removeprefix("\x1b[2K") for line in first.removeprefix("\r").splitlines()]
    assert len(lines) == 2
    assert " 50%    3.2 s  a long m" in lines[0]
    assert lines[0].endswith("…")
    assert all(len(line) < 72 for line in lines)
    assert second.count("\n") == 2


def test_a_log_gets_a_line_at_the_start_at_each_quarter_and_at_the_end() -> None:
    log = io.StringIO()
    plain = PlainBoard(log)
    row = Row("generate_image")
    plain.show(row)
    for reached in (None, 3.0, 30.0, 31.0, 24.0, 80.0):
        row.state, row.percent = "running", reached
        plain.show(row)
    row.state, row.seconds, row.note = "done", 4.25, "vg_file_1"
    plain.show(row)

    assert log.getvalue() == (
        "generate_image: started (0.0 s)\n"
        "generate_image: 25 % (0.0 s)\n"
        "generate_image: 75 % (0.0 s)\n"
        "generate_image: done (4.2 s)  vg_file_1\n"
    )


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("rows", "kind"), [(10, LiveBoard), (24, PlainBoard)])
def test_what_does_not_fit_on_the_screen_is_not_drawn_over(rows: int, kind: type) -> None:
    assert type(board(Screen(), [Row(str(number)) for number in range(rows)])) is kind


@pytest.mark.usefixtures("narrow")
def test_only_a_terminal_that_can_show_the_characters_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_terminal(Screen())
    assert not is_terminal(Screen("latin-1"))
    assert not is_terminal(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_terminal(Screen())


@pytest.mark.parametrize(
    ("row", "cells", "figure"),
    [
        (Row("x"), 0, "    "),
        (Row("x", "running"), 0, "    "),
        (Row("x", "running", 50.0), 8, " 50%"),
        (Row("x", "running", 130.0), 16, "130%"),
        (Row("x", "done"), 16, "100%"),
    ],
)
def test_a_bar_is_filled_as_far_as_it_has_come(row: Row, cells: int, figure: str) -> None:
    assert bar(row) == "█" * cells + "░" * (16 - cells)
    assert percent(row) == figure


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [("as it is", 8, "as it is"), ("too long for it", 8, "too lon…"), ("two\n lines", 20, "two lines"), ("x y", 0, "")],
)
def test_text_is_cut_to_its_room(text: str, room: int, expected: str) -> None:
    assert shorten(text, room) == expected


def test_a_table_is_as_wide_as_its_widest_cells() -> None:
    assert table(("tool", "s"), [("generate_image", "1.0"), ("x", "10.0")], indent="") == (
        "tool            s\n──────────────  ────\ngenerate_image  1.0\nx               10.0\n"
    )


@pytest.mark.parametrize(("count", "words"), [(0, "0 B"), (999, "999 B"), (14_200, "14 kB"), (2_340_000, "2.3 MB")])
def test_sizes_are_spoken_in_the_fitting_unit(count: int, words: str) -> None:
    assert size(count) == words
