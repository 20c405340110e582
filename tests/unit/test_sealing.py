"""Sealed secrets: opened by all keys, where they were sealed for, and nowhere else."""

from __future__ import annotations

import base64

import pytest

from videogen_mcp.sealing import CannotOpen, Seals

NEW, OLD = "n" * 32, "o" * 32
SECRET = "whsec_c29tZSBzZWNyZXQgYnl0ZXM="
PLACE = ("account-1", "endpoint-1")


def seals(*secrets: str, purpose: str = "test v1") -> Seals:
    return Seals(secrets or (NEW,), purpose)


def test_what_is_sealed_opens_at_its_place() -> None:
    sealed = seals().seal(SECRET, *PLACE)
    opened = seals().open(sealed, *PLACE)
    assert (opened.text, opened.newest) == (SECRET, True)
    assert SECRET not in f"{sealed}{base64.urlsafe_b64decode(sealed)!r}{opened!r}"


def test_the_same_is_never_sealed_alike() -> None:
    assert seals().seal(SECRET, *PLACE) != seals().seal(SECRET, *PLACE)


def test_an_older_secret_opens_and_says_so_and_seals_nothing() -> None:
    before = seals(OLD).seal(SECRET, *PLACE)
    opened = seals(NEW, OLD).open(before, *PLACE)
    assert (opened.text, opened.newest) == (SECRET, False)
    with pytest.raises(CannotOpen, match="VIDEOGEN_MCP_SECRETS"):
        seals(OLD).open(seals(NEW, OLD).seal(SECRET, *PLACE), *PLACE)


@pytest.mark.parametrize(
    "place", [("account-2", "endpoint-1"), ("account-1", "endpoint-2"), ("account-1",), ("account-1endpoint-1", "")]
)
def test_at_another_place_it_does_not_open(place: tuple[str, ...]) -> None:
    with pytest.raises(CannotOpen, match="something else"):
        seals().open(seals().seal(SECRET, *PLACE), *place)


def test_for_another_purpose_there_are_other_keys() -> None:
    with pytest.raises(CannotOpen):
        seals(purpose="other v1").open(seals().seal(SECRET, *PLACE), *PLACE)


def test_every_changed_byte_is_noticed() -> None:
    raw = base64.urlsafe_b64decode(seals().seal(SECRET, *PLACE))
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(CannotOpen):
            seals().open(base64.urlsafe_b64encode(changed).decode(), *PLACE)


@pytest.mark.parametrize("text", ["", "A", "no base64 at all!", "é", "AQ=="])
def test_what_is_no_sealed_text_is_refused(text: str) -> None:
    with pytest.raises(CannotOpen):
        seals().open(text, *PLACE)


def test_without_a_secret_nothing_is_sealed() -> None:
    with pytest.raises(ValueError, match="no secret"):
        Seals((), "test v1")
