"""The arguments of a call as a whole, as hosts send them."""

from __future__ import annotations

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from videogen_mcp.protocol.whole_arguments import as_object


@pytest.mark.parametrize("sent", [None, "", "  ", "{}", "[]", "null", [], [{}], {}, "[{}]"], ids=repr)
def test_nothing_is_an_empty_object(sent: object) -> None:
    assert as_object(sent) == {}


@pytest.mark.parametrize("sent", [{"prompt": "a"}, '{"prompt": "a"}', [{"prompt": "a"}], '[{"prompt": "a"}]'], ids=repr)
def test_json_text_and_a_list_of_one_are_what_they_hold(sent: object) -> None:
    assert as_object(sent) == {"prompt": "a"}


@pytest.mark.parametrize(
    "sent", ["a pear", 7, True, [1], [{}, {}], "[" * 90_000, '"{}"'], ids=lambda sent: repr(sent)[:20]
)
def test_anything_else_is_refused_with_what_is_wanted(sent: object) -> None:
    with pytest.raises(MCPError, match="are an object, like") as refusal:
        as_object(sent)
    assert refusal.value.error.code == INVALID_PARAMS
