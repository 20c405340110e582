import math
import statistics

import pytest

from videogen_mcp.executions.schedule import Allowance, Mark, Seen, next_poll, remaining

CLIP = (60.0, 180.0)


@pytest.mark.parametrize(
    ("elapsed", "percent", "in_flight", "expected"),
    [
        (0.0, None, 1, pytest.approx(1.0)),  # failures come at once
        (2.0, None, 1, pytest.approx(7.0)),  # hardly anything ends before 9 s
        (9.0, None, 1, pytest.approx(1.5)),  # what is much quicker than declared is seen in time
        (20.0, None, 1, pytest.approx(5.0)),  # but a clip is hardly ready before a good half minute
        (60.0, None, 1, pytest.approx(2.85)),  # may end any moment, nothing tells when
        (300.0, None, 1, pytest.approx(3.2, abs=0.1)),  # long overdue: slowly less often
        (2.0, 0.0, 1, pytest.approx(2.5)),  # says 0 % while an instant job may jump to its end
        (30.0, 50.0, 1, pytest.approx(14.0)),  # half way: nothing to see for a while, but people watch
        (58.0, 97.0, 1, pytest.approx(1.17, abs=0.1)),  # about to end: poll closely
        (60.0, 99.9, 1, pytest.approx(0.95)),  # never closer than this
        (30.0, 50.0, 200, pytest.approx(160.0)),  # 200 share 4,500 polls an hour
    ],
)
def test_looks_are_spent_where_an_end_is_likely(
    elapsed: float, percent: float | None, in_flight: int, expected: float
) -> None:
    marks = [] if percent is None else [Mark(elapsed, percent)]
    assert next_poll(Seen(elapsed=elapsed, typical=CLIP, marks=marks, in_flight=in_flight)) == expected


def times_of_polls(seconds: float, typical: tuple[float, float], *, known: bool) -> list[float]:
    """When an execution without percentages is polled, to its end after `seconds`."""
    times: list[float] = []
    elapsed = 0.0
    while elapsed < seconds:
        elapsed += next_poll(Seen(elapsed=elapsed, typical=typical, known=known))
        times.append(elapsed)
    return times


FOURTEEN = [13.3 + 0.01 * step for step in range(140)]
"""Executions that take about 14 s."""


def lag_of_a_loop(seconds: float, interval: float = 1.5) -> float:
    return math.ceil(seconds / interval) * interval - seconds


@pytest.mark.parametrize(
    ("typical", "known", "most"),
    [
        ((5.0, 30.0), False, 7),
        ((10.0, 60.0), False, 7),
        ((60.0, 180.0), False, 7),  # declared too long: the first polls find out
        ((120.0, 600.0), False, 7),
        ((13.3, 14.7), True, 5),
        ((13.8, 14.2), True, 5),
    ],
)
def test_14_seconds_without_percentages_cost_few_polls_and_no_more_lag_than_a_loop(
    typical: tuple[float, float], known: bool, most: int
) -> None:
    polled = [times_of_polls(seconds, typical, known=known) for seconds in FOURTEEN]
    assert max(map(len, polled)) <= most
    lags = [times[-1] - seconds for times, seconds in zip(polled, FOURTEEN, strict=True)]
    assert statistics.mean(lags) <= statistics.mean(map(lag_of_a_loop, FOURTEEN))


@pytest.mark.parametrize("typical", [(5.0, 30.0), (10.0, 60.0), (60.0, 180.0)])
@pytest.mark.parametrize(("between", "share"), [((15.0, 60.0), 0.25), ((60.0, 180.0), 0.08)])
def test_without_percentages_an_end_is_seen_late_by_a_part_of_the_duration_at_most(
    typical: tuple[float, float], between: tuple[float, float], share: float
) -> None:
    for seconds in range(int(between[0]), int(between[1])):
        assert times_of_polls(seconds, typical, known=False)[-1] - seconds <= seconds * share


@pytest.mark.parametrize(("elapsed", "expected"), [(0.0, 0.03), (0.1, 0.03), (0.5, 0.1), (2.0, 0.8), (100.0, 1.0)])
def test_a_service_on_this_machine_is_looked_at_closely_within_its_budget(elapsed: float, expected: float) -> None:
    marks = [Mark(elapsed, 50.0)]
    assert next_poll(Seen(elapsed=elapsed, typical=CLIP, marks=marks, nearby=True)) == pytest.approx(expected)


def test_an_attempt_that_begins_again_is_measured_by_its_own_pace() -> None:
    marks = [Mark(40.0, 0.0), Mark(50.0, 50.0)]
    assert remaining(marks, 50.0) == pytest.approx(10.0)


def test_a_percentage_that_slows_down_is_followed_by_its_recent_pace() -> None:
    marks = [Mark(10.0, 50.0), Mark(20.0, 60.0), Mark(30.0, 65.0), Mark(40.0, 70.0)]
    assert remaining(marks, 40.0) == pytest.approx(60.0)


def test_a_percentage_that_stands_still_is_asked_about_less_and_less() -> None:
    marks = [Mark(10.0, 99.0), Mark(60.0, 99.0)]
    early = next_poll(Seen(elapsed=12.0, typical=CLIP, marks=marks[:1]))
    late = next_poll(Seen(elapsed=70.0, typical=CLIP, marks=marks))
    assert late > 5 * early


@pytest.mark.parametrize(("failures", "expected"), [(1, 1.0), (2, 2.0), (5, 16.0), (50, 30.0)])
def test_looks_that_fail_are_repeated_ever_more_slowly(failures: int, expected: float) -> None:
    assert next_poll(Seen(elapsed=20.0, typical=CLIP, failures=failures)) == pytest.approx(expected)


def test_jitter_shortens_a_pause_by_a_quarter_at_most() -> None:
    assert next_poll(Seen(elapsed=20.0, typical=CLIP, failures=3, jitter=1.0)) == pytest.approx(3.0)


def test_a_service_that_asks_for_patience_gets_it() -> None:
    assert next_poll(Seen(elapsed=20.0, typical=CLIP, failures=1, retry_after=17.0)) == pytest.approx(17.0)


def test_a_budget_that_is_used_up_is_waited_for() -> None:
    assert next_poll(Seen(elapsed=20.0, typical=CLIP, allowance=Allowance(polls=0.0, seconds=90.0))) == pytest.approx(
        90.0
    )


def test_the_last_looks_of_an_hour_are_shared_fairly() -> None:
    few = Allowance(polls=30.0, seconds=600.0)
    assert next_poll(Seen(elapsed=30.0, typical=CLIP, in_flight=3, allowance=few)) == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("elapsed", "typical", "marks", "expected"),
    [
        (0.0, (14.0, 15.0), [], 1.0),  # failures come at once
        (1.0, (14.0, 15.0), [], 6.0),  # one poll on half of the way
        (7.0, (14.0, 15.0), [], 6.3),  # then just before the quickest one ended
        (13.3, (14.0, 15.0), [], 1.2),  # from there on closely
        (13.3, (14.0, 15.0), [Mark(1.0, 7.0), Mark(7.0, 50.0), Mark(13.3, 95.0)], 0.95),
        (14.0, (14.0, 32.0), [], 2.85),  # where they differ much, less closely
        (1.0, (90.0, 120.0), [Mark(1.0, 1.0)], 14.0),  # people watch
    ],
)
def test_what_earlier_executions_took_tells_when_to_poll(
    elapsed: float, typical: tuple[float, float], marks: list[Mark], expected: float
) -> None:
    seen = Seen(elapsed=elapsed, typical=typical, known=True, marks=marks)
    assert next_poll(seen) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("elapsed", "failures", "expected"), [(0.0, 0, 1.5), (40.0, 0, 1.5), (40.0, 1, 1.5), (40.0, 4, 8.0)]
)
def test_the_users_interval_wins_over_the_schedule_but_not_over_failures(
    elapsed: float, failures: int, expected: float
) -> None:
    seen = Seen(elapsed=elapsed, typical=CLIP, marks=[Mark(elapsed, 50.0)], interval=1.5, failures=failures)
    assert next_poll(seen) == pytest.approx(expected)


@pytest.mark.parametrize("interval", [None, 0.5, 1.5])
def test_no_interval_breaks_the_budget(interval: float | None) -> None:
    seen = Seen(elapsed=30.0, typical=CLIP, in_flight=200, interval=interval)
    assert next_poll(seen) == pytest.approx(160.0)
