from __future__ import annotations

import pytest

from videogen_sandbox.directives import BadDirective, Directives, engine_delay, read_directives, rehearsal
from videogen_sandbox.faults import FaultDice, Faults


@pytest.mark.parametrize(
    ("text", "directives", "rest"),
    [
        ("a pear", Directives(), "a pear"),
        ("a pear [[delay 14s]]", Directives(delay=14), "a pear"),
        ("[[delay 1.5m]] a pear", Directives(delay=90), "a pear"),
        ("[[delay 90]] a pear", Directives(delay=90), "a pear"),
        ("a [[STALL]] pear", Directives(stall=True), "a pear"),
        ("a pear [[fail insufficient_credits]]", Directives(fail="insufficient_credits"), "a pear"),
        ("a pear [[attempts 2]] [[delay 500ms]]", Directives(attempts=2, delay=0.5), "a pear"),
        ("a pear [[approval]]", Directives(approval=True), "a pear"),
        ("[[delay 3s]]", Directives(delay=3), ""),
        ("an [[unknown 3]] pear", Directives(), "an [[unknown 3]] pear"),
        ("matrix[[0]]", Directives(), "matrix[[0]]"),
        ("  two   spaces  stay ", Directives(), "  two   spaces  stay "),
    ],
)
def test_directives_are_read_and_taken_out(text: str, directives: Directives, rest: str) -> None:
    assert read_directives(text) == (directives, rest)


@pytest.mark.parametrize(
    "text",
    [
        *("[[delay]]", "[[delay soon]]", "[[delay 25h]]", "[[fail]]", "[[fail Too Bad]]", "[[attempts 0]]"),
        *("[[attempts 11]]", "[[attempts two]]", "[[stall 5s]]", "[[approval now]]", "[[attempts 99999999999]]"),
    ],
)
def test_a_directive_that_cannot_be_obeyed_is_explained(text: str) -> None:
    with pytest.raises(BadDirective, match=r"\[\[\w+"):
        read_directives(text)


@pytest.mark.parametrize(
    ("directives", "elapsed", "attempt", "done", "over"),
    [
        (Directives(), 0, 0, 0.0, True),
        (Directives(delay=10), 0, 0, 0.0, False),
        (Directives(delay=10), 5, 0, 0.45, False),
        (Directives(delay=10), 10, 0, 0.9, True),
        (Directives(attempts=2), 0.5, 0, 0.25, False),
        (Directives(attempts=2), 1.0, 1, 0.0, True),
        (Directives(attempts=3, delay=10), 4, 0, 0.4, False),
        (Directives(attempts=3, delay=10), 6, 1, 0.1, False),
        (Directives(attempts=3, delay=10), 15, 2, 0.45, False),
        (Directives(attempts=3, delay=10), 20, 2, 0.9, True),
        (Directives(stall=True), 0, 0, 0.0, False),
        (Directives(stall=True), 60, 0, pytest.approx(0.379, abs=0.001), False),
        (Directives(stall=True), 1e6, 0, pytest.approx(0.6), False),
        (Directives(delay=10), -3, 0, 0.0, False),
    ],
)
def test_how_a_rehearsal_stands(directives: Directives, elapsed: float, attempt: int, done: float, over: bool) -> None:
    found = rehearsal(directives, elapsed)
    assert (found.attempt, found.over) == (attempt, over)
    assert found.done == done if isinstance(done, type(pytest.approx(0))) else found.done == pytest.approx(done)


@pytest.mark.parametrize(
    ("directives", "seconds"),
    [
        (Directives(), 0),
        (Directives(delay=14), 14),
        (Directives(attempts=2), 1),
        (Directives(attempts=2, delay=14), 21),
        (Directives(stall=True), None),
        (Directives(approval=True), None),
    ],
)
def test_when_the_engine_may_begin(directives: Directives, seconds: float | None) -> None:
    assert engine_delay(directives) == seconds
    if seconds is not None:
        assert rehearsal(directives, seconds).over


def test_flags_are_read_from_text() -> None:
    assert Faults.parse("") == Faults()
    assert Faults.parse("rate_limited=0.1, broken=1,seed=7") == Faults(rate_limited=0.1, broken=1, seed=7)


@pytest.mark.parametrize("text", ["rate=1", "broken", "broken=much", "broken=2", "seed=x"])
def test_wrong_flags_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("=")[0]):
        Faults.parse(text)


def test_faults_come_in_their_share_and_always_in_the_same_order() -> None:
    faults = Faults(rate_limited=0.2, drop_after=0.3, seed=5)
    first, second = FaultDice(faults), FaultDice(faults)
    drawn = [first.draw() for _ in range(1000)]
    assert drawn == [second.draw() for _ in range(1000)]
    assert drawn.count("rate_limited") == pytest.approx(200, abs=50)
    assert drawn.count("drop_after") == pytest.approx(300, abs=50)
    assert set(drawn) == {None, "rate_limited", "drop_after"}
