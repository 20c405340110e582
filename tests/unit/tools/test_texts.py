"""generate_text: what is asked, what is answered, and that it is not asked twice."""

from __future__ import annotations

import pytest

from tests.unit.tools.account import Account, Agent
from videogen_mcp.tools.texts import DATA, LONGEST_TEXT, readable

pytestmark = pytest.mark.anyio


async def test_a_text_is_written_as_asked(agent: Agent, account: Account) -> None:
    structured, text, is_error = await agent.call(
        "generate_text", prompt="About tides.", system="A sailor.", quality="high", max_tokens=100
    )

    assert not is_error
    assert account.bodies[-1] == {
        "prompt": "About tides.",
        "system": "A sailor.",
        "quality": "HIGH",
        "maxOutputTokens": 100,
    }
    assert structured == {"text": "Tides rise.\n\nTwice a day.", "note": DATA}
    assert text == f"{DATA}:\nTides rise.\n\nTwice a day."


async def test_what_was_not_asked_for_is_left_to_the_service(agent: Agent, account: Account) -> None:
    await agent.call("generate_text", prompt="About tides.", system="", quality="auto", max_tokens=0)

    assert account.bodies[-1] == {"prompt": "About tides."}


async def test_a_lost_answer_is_not_asked_for_again(agent: Agent, account: Account) -> None:
    account.lost = ["POST generate"]

    structured, text, is_error = await agent.call("generate_text", prompt="About tides.")

    assert is_error
    assert structured["error"]["code"] == "no_answer"
    assert "may have been written and paid for" in text
    assert account.count("POST generate") == 1


async def test_an_empty_text_is_told(agent: Agent, account: Account) -> None:
    account.text = " \n"

    structured, text, _ = await agent.call("generate_text", prompt="About tides.")

    assert structured["text"] == ""
    assert text == "The service's model wrote nothing."


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\r\ntwo\u202e\x00", "one\ntwo"),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
    ],
)
def test_what_others_wrote_is_safe_to_show(written: str, shown: str) -> None:
    assert readable(written) == shown
