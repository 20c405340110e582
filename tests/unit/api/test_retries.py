"""The retry decision and the reading of limits: pure functions, checked by tables."""

from __future__ import annotations

import pytest

from videogen_mcp.api.transport import (
    READ_RETRY,
    SUBMIT_RETRY,
    Failure,
    RateLimit,
    Retry,
    What,
    asked_wait,
    may_have_started,
    rate_limit,
    reset_time,
    retry_after,
    retry_delay,
)

NOW = 1_790_000_000.0

NOT_SENT = Failure(What.NOT_SENT)
UNCLEAR = Failure(What.UNCLEAR)


def said(status: int, code: str | None = None, asked: float | None = None) -> Failure:
    return Failure(What.ANSWERED, status, code, asked, retry_after_given=asked is not None)


@pytest.mark.parametrize(
    ("failure", "read", "submit", "started"),
    [
        # failure                              read again?  submit again?  may a submit have started?
        (NOT_SENT, True, True, False),
        (UNCLEAR, True, False, True),
        (said(400), False, False, False),
        (said(401), False, False, False),
        (said(402), False, False, False),
        (said(403), False, False, False),
        (said(404), False, False, False),
        (said(408), True, False, True),
        (said(409), False, False, False),
        (said(422), False, False, False),
        (said(429), True, True, False),
        (said(429, "rate_limited"), True, True, False),
        (said(429, "insufficient_credits"), False, False, False),
        (said(429, "insufficient_credits", asked=1), False, False, False),
        (said(500), True, False, True),
        (said(500, asked=1), True, False, True),
        (said(502), True, False, True),
        (said(503), True, False, True),
        (said(503, asked=1), True, True, False),
        (said(504, asked=1), True, False, True),
        (said(302), False, False, True),
        (said(308), False, False, False),
    ],
)
def test_only_what_cannot_have_started_is_submitted_again(
    failure: Failure, read: bool, submit: bool, started: bool
) -> None:
    def again(as_submit: bool) -> bool:
        return retry_delay(failure, submit=as_submit, attempt=1, elapsed=0, chance=0) is not None

    assert (again(False), again(True), may_have_started(failure)) == (read, submit, started)
    assert not (again(True) and may_have_started(failure))


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
    assert retry_delay(NOT_SENT, submit=False, attempt=attempt, elapsed=0, chance=chance) == delay


def test_doubling_stops_at_the_longest_wait() -> None:
    patient = Retry(attempts=100)
    assert retry_delay(NOT_SENT, submit=False, attempt=60, elapsed=0, chance=0, policy=patient) == patient.longest


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
    failure = said(429, asked=asked)
    found = retry_delay(failure, submit=True, attempt=1, elapsed=elapsed, chance=1.0, policy=SUBMIT_RETRY)
    assert found == (0.375 if delay == 0.5 else delay)


def test_the_caller_can_give_less_time() -> None:
    assert retry_delay(NOT_SENT, submit=True, attempt=1, elapsed=0, chance=0, within=1.4) is None
    assert retry_delay(NOT_SENT, submit=True, attempt=1, elapsed=0, chance=0, within=1.6) == 0.5


def test_all_our_own_waits_fit_the_budgets() -> None:
    for policy in (READ_RETRY, SUBMIT_RETRY):
        elapsed = 0.0
        for attempt in range(1, policy.attempts):
            delay = retry_delay(NOT_SENT, submit=True, attempt=attempt, elapsed=elapsed, chance=0, policy=policy)
            assert delay is not None
            elapsed += delay
        assert elapsed < policy.within


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:25 GMT"}, 5.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:00:00 GMT"}, 0.0),  # already over
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 21 Sep 99999 14:13:25 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "unix"),
    [
        (str(int(NOW) + 60), NOW + 60),
        ("60", NOW + 60),
        ("0", NOW),
        (str((int(NOW) + 60) * 1000), NOW + 60),
        ("60;w=3600", NOW + 60),
        ("-1", None),
        ("later", None),
        ("nan", None),
        (None, None),
    ],
)
def test_a_reset_is_understood_in_seconds_milliseconds_or_from_now(text: str | None, unix: float | None) -> None:
    assert reset_time(text, NOW) == unix


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"x-ratelimit-reset": "30"}, 30.0),
        (429, {"x-ratelimit-reset": "30", "retry-after": "2"}, 2.0),
        (429, {"x-ratelimit-reset": str(int(NOW) - 5)}, 0.0),
        (503, {"x-ratelimit-reset": "30"}, None),  # the window has nothing to do with a fault
        (503, {"retry-after": "2"}, 2.0),
        (429, {}, None),
    ],
)
def test_a_429_may_point_at_the_end_of_the_window(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(status, headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, None),
        ({"x-ratelimit-limit": "many"}, None),
        (
            {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "17", "x-ratelimit-reset": str(int(NOW) + 9)},
            RateLimit(500, 17, NOW + 9, NOW),
        ),
        ({"x-ratelimit-remaining": "0"}, RateLimit(None, 0, None, NOW)),
        ({"x-ratelimit-limit": "500, 500;w=3600"}, RateLimit(500, None, None, NOW)),
    ],
)
def test_limits_are_read_as_far_as_they_go(headers: dict[str, str], found: RateLimit | None) -> None:
    assert rate_limit(headers, NOW) == found
