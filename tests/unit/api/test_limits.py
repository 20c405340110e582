"""What headers say about limits and waits, by tables."""

from __future__ import annotations

import pytest

from videogen_mcp.api.limits import RateLimit, rate_limit, requested_wait, reset_time, retry_after

NOW = 1_790_000_000.0


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
    headers = {} if text is None else {"x-ratelimit-reset": text}
    assert reset_time(headers, NOW) == unix


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
    assert requested_wait(status, headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, None),
        ({"x-ratelimit-remaining": "many"}, None),
        (
            {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "17", "x-ratelimit-reset": str(int(NOW) + 9)},
            RateLimit(17, NOW + 9),
        ),
        ({"x-ratelimit-remaining": "0"}, RateLimit(0, None)),
        ({"x-ratelimit-limit": "500, 500;w=3600"}, None),
        ({"x-ratelimit-remaining": "17, 17;w=3600"}, RateLimit(17, None)),
    ],
)
def test_limits_are_read_as_far_as_they_go(headers: dict[str, str], found: RateLimit | None) -> None:
    assert rate_limit(headers, NOW) == found
