"""`make bench`: every bench is run, and its figures come into one table."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.figures import PLACE, Figure, middle_half, tell, told

SHARED = {"__main__", "figures", "hosting", "peers"}
"""Modules that answer no question themselves."""

FOUND = Figure("a call", "30 ms", "the engine alone 80 ms", "29 to 33 ms", "at most 60 ms", True)
MISSED = Figure("memory", "11 kB", target="at most 8 kB", met=False)


def ran(*figures: Figure) -> bench.Ran:
    return bench.Ran("overhead", list(figures), 12.0, "2 cores")


def test_every_bench_is_run_and_none_twice() -> None:
    there = {path.stem for path in Path(bench.__file__).parent.glob("*.py")} - SHARED

    assert sorted(bench.BENCHES) == sorted(there)


@pytest.mark.parametrize("name", bench.BENCHES)
def test_every_bench_asks_one_question_and_tells_figures(name: str) -> None:
    text = (Path(bench.__file__).parent / f"{name}.py").read_text(encoding="utf-8")

    assert bench.question(name).count("?") >= 1
    assert "tell(" in text
    assert f"python -m bench.{name}" in text


def test_figures_are_kept_in_their_order_where_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLACE, str(tmp_path / "figures"))

    tell(FOUND)
    tell(MISSED)

    assert told(tmp_path / "figures") == [FOUND, MISSED]


def test_without_somebody_who_asks_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PLACE, raising=False)

    tell(FOUND)

    assert told(tmp_path / "figures") == []


def test_the_page_has_every_figure_with_its_target_and_the_machine() -> None:
    page = bench.page([ran(FOUND, MISSED)])

    assert "| a call | 30 ms | 29 to 33 ms | the engine alone 80 ms | at most 60 ms: met |" in page
    assert "at most 8 kB: **missed**" in page
    assert "1. 2 cores" in page
    assert "`python -m bench.overhead`, 12 s." in page


def test_the_table_for_a_terminal_says_what_was_missed() -> None:
    assert bench.table([ran(MISSED)]).splitlines() == ["memory: 11 kB", "    at most 8 kB: missed"]


def test_a_run_of_some_benches_renews_their_sections_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "PAGE", tmp_path / "figures.md")
    monkeypatch.setattr(bench, "KEPT", tmp_path / "figures.json")
    monkeypatch.setattr(bench, "machine", lambda: "2 cores")
    monkeypatch.setattr(bench, "run", lambda name, about: bench.Ran(name, [FOUND], 1.0, about))
    monkeypatch.setattr("sys.argv", ["bench"])
    assert bench.main() == 0
    monkeypatch.setattr(bench, "machine", lambda: "4 cores")
    monkeypatch.setattr(bench, "run", lambda name, about: bench.Ran(name, [MISSED], 1.0, about))
    monkeypatch.setattr("sys.argv", ["bench", "overhead"])
    assert bench.main() == 0

    page = bench.PAGE.read_text(encoding="utf-8")

    assert page.count("| a call | 30 ms |") == len(bench.BENCHES) - 1
    assert page.count("| memory | 11 kB |") == 1
    assert "`python -m bench.overhead`, 1 s (on 2)." in page
    assert "1. 2 cores\n2. 4 cores" in page


def test_what_a_broken_bench_told_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "PAGE", tmp_path / "figures.md")
    monkeypatch.setattr(bench, "KEPT", tmp_path / "figures.json")
    monkeypatch.setattr(bench, "run", lambda name, about: bench.Ran(name, [FOUND], 1.0, about, "fell", broken=True))
    monkeypatch.setattr("sys.argv", ["bench", "overhead"])

    assert bench.main() == 1
    assert "a call" not in bench.PAGE.read_text(encoding="utf-8")


def test_a_bench_that_there_is_not_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "speed"])

    with pytest.raises(SystemExit):
        bench.main()

    assert "there is no speed" in capsys.readouterr().err


def test_the_middle_half_is_between_the_quartiles() -> None:
    assert middle_half([1, 2, 3, 4, 5, 6, 7], ".0f", "ms") == "2 to 6 ms"
