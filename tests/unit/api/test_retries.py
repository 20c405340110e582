"""When a request is sent again, and after how long: pure functions, checked by tables."""

from __future__ import annotations

import pytest

from videogen_mcp.api.errors import ConnectionFailed, Unclear, VideoGenError, error_class
from videogen_mcp.api.retries import (
    LONGEST_REQUESTED_WAIT,
    READ_RETRY,
    SUBMIT_RETRY,
    Backoff,
    RetryPolicy,
    refused_may_have_started,
    retry_delay,
)

NOT_SENT = ConnectionFailed("refused")
UNCLEAR = Unclear("reset")


def refused(status: int, code: str | None = None, asked: float | None = None) -> VideoGenError:
    started = refused_may_have_started(status, asked)
    kind = error_class(status, code)
    return kind("no", status=status, code=code, retry_after=asked, may_have_started=started)


@pytest.mark.parametrize(
    ("error", "read", "submit", "started"),
    [
        # error                                read again?  submit again?  may a submit have started?
        (NOT_SENT, True, True, False),
        (UNCLEAR, True, False, True),
        (refused(400), False, False, False),
        (refused(401), False, False, False),
        (refused(402), False, False, False),
        (refused(403), False, False, False),
        (refused(404), False, False, False),
        (refused(408), True, False, True),
        (refused(409), False, False, False),
        (refused(422), False, False, False),
        (refused(429), True, True, False),
        (refused(429, "rate_limited"), True, True, False),
        (refused(429, "insufficient_credits"), False, False, False),
        (refused(429, "insufficient_credits", asked=1), False, False, False),
        (refused(500), True, False, True),
        (refused(500, asked=1), True, False, True),
        (refused(502), True, False, True),
        (refused(503), True, False, True),
        (refused(503, asked=1), True, True, False),
        (refused(504, asked=1), True, False, True),
        (refused(302), False, False, True),
        (refused(308), False, False, False),
    ],
)
def test_only_what_cannot_have_started_is_submitted_again(
    error: VideoGenError, read: bool, submit: bool, started: bool
) -> None:
    def again(once: bool) -> bool:
        return retry_delay(error, once=once, attempt=1, elapsed=0, chance=0) is not None

    assert (again(False), again(True), error.may_have_started) == (read, submit, started)
    assert not (again(True) and error.may_have_started)


@pytest.mark.parametrize(
    ("attempt", "chance", "delay"),
    [
        (1, 0.0, 0.5),
        (2, 0.0, 1.0),
        (3, 0.0, 2.0),
        (1, 1.0, 0.375),  # jitter shortens, never lengthens
        (2, 0.5, 0.875),
        (4, 0.0, None),  # the fourth attempt was the last
        (9, 0.0, None),
    ],
)
def test_waits_double_and_end(attempt: int, chance: float, delay: float | None) -> None:
    assert retry_delay(NOT_SENT, once=False, attempt=attempt, elapsed=0, chance=chance) == delay


def test_doubling_stops_at_the_longest_wait() -> None:
    patient = RetryPolicy(attempts=100)
    assert retry_delay(NOT_SENT, once=False, attempt=60, elapsed=0, chance=0, policy=patient) == patient.backoff.longest


@pytest.mark.parametrize(
    ("asked", "elapsed", "delay"),
    [
        (3.0, 0.0, 3.0),  # exactly what was asked, no jitter
        (0.0, 0.0, 0.5),  # "now" is no reason to hammer
        (20.0, 0.0, 20.0),
        (20.5, 0.0, None),  # longer than we wait for anybody
        (3.0, 26.0, 3.0),
        (3.0, 26.5, None),  # no time would be left for the attempt itself
    ],
)
def test_what_the_service_asks_for_is_obeyed_or_we_give_up(asked: float, elapsed: float, delay: float | None) -> None:
    error = refused(429, asked=asked)
    found = retry_delay(error, once=True, attempt=1, elapsed=elapsed, chance=1.0, policy=SUBMIT_RETRY)
    assert found == (0.375 if delay == 0.5 else delay)


def test_the_caller_can_give_less_time() -> None:
    assert retry_delay(NOT_SENT, once=True, attempt=1, elapsed=0, chance=0, within=1.4) is None
    assert retry_delay(NOT_SENT, once=True, attempt=1, elapsed=0, chance=0, within=1.6) == 0.5


def test_all_our_own_waits_fit_the_budgets() -> None:
    for policy in (READ_RETRY, SUBMIT_RETRY):
        elapsed = 0.0
        for attempt in range(1, policy.attempts):
            delay = retry_delay(NOT_SENT, once=True, attempt=attempt, elapsed=elapsed, chance=0, policy=policy)
            assert delay is not None
            elapsed += delay
        assert elapsed < policy.within


@pytest.mark.parametrize(
    ("failures", "chance", "delay"), [(1, 0.0, 1.0), (2, 0.0, 2.0), (3, 0.5, 3.5), (6, 0.0, 30.0), (5_000, 1.0, 22.5)]
)
def test_a_backoff_doubles_up_to_its_longest_wait(failures: int, chance: float, delay: float) -> None:
    assert Backoff(first=1.0, longest=30.0).delay(failures, chance) == delay


@pytest.mark.parametrize(
    ("error", "delay"),
    [
        (NOT_SENT, 2.0),
        (refused(503), 2.0),
        (refused(503, asked=0.0), 2.0),
        (refused(503, asked=0.1), 0.1),
        (refused(503, asked=LONGEST_REQUESTED_WAIT), LONGEST_REQUESTED_WAIT),
        (refused(503, asked=LONGEST_REQUESTED_WAIT + 0.5), None),
    ],
)
def test_what_the_service_asks_for_replaces_the_backoff(error: VideoGenError, delay: float | None) -> None:
    assert Backoff(first=1.0, longest=5.0).delay_after(error, failures=2) == delay
