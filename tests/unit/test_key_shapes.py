"""Which keys are certainly somebody else's, and which may be VideoGen's."""

from __future__ import annotations

import pytest

from videogen_mcp import key_shapes
from videogen_mcp.setting_values import key

HEX = "0123456789abcdef"

FOREIGN = [
    ("sk-ant-api03-" + HEX, "Anthropic"),
    ("sk-proj-" + HEX, "OpenAI"),
    ("sk-" + HEX * 3, "OpenAI"),
    ("sk-or-v1-" + HEX, "OpenRouter"),
    ("AIzaSy" + HEX * 2, "Google"),
    ("sk_" + HEX * 3, "ElevenLabs"),
    ("sk_V2_hgu_" + HEX, "HeyGen"),
    ("sk_live_" + HEX * 2, "Stripe"),
    ("ghp_" + HEX * 2, "GitHub"),
    ("github_pat_" + HEX, "GitHub"),
    ("AKIA" + HEX.upper(), "AWS"),
    ("hf_" + HEX * 2, "Hugging Face"),
    ("r8_" + HEX * 2, "Replicate"),
    ("whsec_" + HEX, "signing secret"),
    ("vg_file_" + HEX, "an id"),
    ("https://app.videogen.io/developers", "an address"),
]

POSSIBLE = [
    "sk_videogen_live_" + HEX * 3,
    "sk_videogen_sandbox_" + HEX,
    "vg_key_" + HEX,
    "eyJhbGciOi.eyJzdWIi.c2ln",
    "sk_test_abcdefghijk",
    "sk_" + HEX,
    HEX * 2,
]


@pytest.mark.parametrize(("given", "whose"), FOREIGN)
def test_a_key_that_is_certainly_of_another_service_is_named_after_it(given: str, whose: str) -> None:
    found = key_shapes.foreign(given)
    assert found is not None
    assert whose in found
    assert HEX not in found


@pytest.mark.parametrize("given", POSSIBLE)
def test_every_other_key_is_used_whatever_its_shape(given: str) -> None:
    assert key(given) == given


@pytest.mark.parametrize("given", [key for key, whose in FOREIGN if whose not in ("an address",)] + POSSIBLE[:4])
def test_a_key_in_a_text_is_hidden(given: str) -> None:
    assert key_shapes.hidden(f"it is '{given}' here") == "it is '…' here"


@pytest.mark.parametrize("text", ["/home/ada/a-folder-with-a-long-name", "videogen.example.com", "postgresql://h/d"])
def test_what_is_no_key_is_shown(text: str) -> None:
    assert key_shapes.hidden(text) == text


def test_the_shapes_that_videogen_documents_are_familiar_and_others_are_not() -> None:
    assert [one for one in POSSIBLE if key_shapes.is_familiar(one)] == POSSIBLE[:4]
