"""Prompts: instructions that name what exists, with what the person wrote, and refusals that programs can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, TextContent

from videogen_mcp.protocol.listing import missing
from videogen_mcp.protocol.prompts import LARGEST_SET, LONGEST_FIELD, RECIPES, USUAL_SET, recipe, recipes
from videogen_mcp.settings import DEFAULT_TOOLSETS, Settings, Toolset

FILLED = {
    "narrated_avatar": {"text": "Good evening."},
    "product_cutout_video": {"image": "vg_file_shoe"},
    "picture_set": {"subject": "a lighthouse"},
    "explainer_video": {"script_or_topic": "Why tides rise"},
    "series_with_one_character": {"character": "a fox in a red scarf", "episodes": "It learns to swim."},
    "translate_or_reformat": {"video": "vg_proj_1", "language": "es"},
}


def words(name: str, **filled: str) -> str:
    (message,) = recipe(name).filled(filled).messages
    assert message.role == "user"
    assert isinstance(message.content, TextContent)
    return message.content.text


def refusal(name: str, **filled: str) -> str:
    with pytest.raises(MCPError) as raised:
        recipe(name).filled(filled)
    assert raised.value.error.code == INVALID_PARAMS
    return raised.value.error.message


@pytest.mark.parametrize("name", FILLED)
def test_instructions_name_only_what_exists(name: str, known_names: set[str]) -> None:
    everything = {argument.name: FILLED[name].get(argument.name, "2") for argument in recipe(name).arguments}
    for filled in (FILLED[name], everything):
        named = set(re.findall(r"`([^`]+)`", words(name, **filled)))
        assert named <= known_names
        assert "wait_for_execution" in named


@pytest.mark.parametrize("name", FILLED)
def test_instructions_say_what_it_costs_and_hold_what_was_written(name: str) -> None:
    text = words(name, **FILLED[name])
    assert "paid execution" in text
    for value in FILLED[name].values():
        assert value in text


def test_each_recipe_is_tried_here() -> None:
    assert {one.name for one in RECIPES} == set(FILLED)
    for one in RECIPES:
        required = {argument.name for argument in one.arguments if argument.required}
        assert required <= set(FILLED[one.name])


def test_a_named_presenter_and_voice_are_taken_over() -> None:
    text = words("narrated_avatar", text="Hello.", presenter="Amara", voice="vg_voic_1")
    assert '"Amara"' in text
    assert '"vg_voic_1"' in text
    assert "choose" not in text


@pytest.mark.parametrize("count", ["1", str(LARGEST_SET), " 7 "])
def test_a_set_has_as_many_pictures_as_asked(count: str) -> None:
    assert f"Write {int(count)} prompts" in words("picture_set", subject="pears", count=count)


def test_another_version_is_a_copy_with_the_edits_that_were_asked_for() -> None:
    told = words("translate_or_reformat", video="Tides", language='es"', aspect_ratio="9:16")
    assert '[{"kind": "translate", "value": "es\\""}, {"kind": "resize", "value": "9:16"}]' in told
    assert "`as_copy` true" in told
    assert "ask me which" in words("translate_or_reformat", video="Tides")


def test_prompts_of_finished_videos_are_not_offered_where_there_are_none() -> None:
    offered = {one.name for one in recipes(local_files=True, dialect="v0")}
    assert offered == {"narrated_avatar", "product_cutout_video", "picture_set"}
    assert {one.name for one in recipes(local_files=True)} == set(FILLED)


@pytest.mark.parametrize(
    ("off", "gone"),
    [
        ("videos", {"explainer_video", "series_with_one_character", "translate_or_reformat"}),
        ("catalogue", {"narrated_avatar"}),
        ("executions", set(FILLED)),
    ],
)
def test_prompts_whose_tools_are_off_are_not_offered(off: Toolset, gone: set[str]) -> None:
    offered = {one.name for one in recipes(local_files=True, toolsets=DEFAULT_TOOLSETS - {off})}
    assert offered == set(FILLED) - gone


def test_a_prompt_names_only_tools_of_its_toolsets() -> None:
    for one in RECIPES:
        off = missing(Settings(state_dir=Path(), toolsets=one.toolsets | {"entities"}), local_files=True)
        assert set(re.findall(r"`([^`]+)`", words(one.name, **FILLED[one.name]))).isdisjoint(off), one.name


def test_a_set_without_a_number_is_of_usual_size() -> None:
    assert f"Write {USUAL_SET} prompts" in words("picture_set", subject="pears", count="  ")


@pytest.mark.parametrize("count", ["0", str(LARGEST_SET + 1), "-1", "2.5", "many", "9" * 5_000, "٣"])
def test_other_numbers_are_refused(count: str) -> None:
    assert f"1 to {LARGEST_SET}" in refusal("picture_set", subject="pears", count=count)


def test_what_is_missing_unknown_or_too_long_is_named() -> None:
    assert "needs text" in refusal("narrated_avatar", text="  ")
    assert "takes text, presenter, voice" in refusal("narrated_avatar", text="Hi.", presentor="Amara")
    assert str(LONGEST_FIELD) in refusal("narrated_avatar", text="x" * (LONGEST_FIELD + 1))
    with pytest.raises(MCPError, match="there are narrated_avatar"):
        recipe("narrated_avatars")


@given(filled=st.dictionaries(st.sampled_from(["subject", "count", "style", "odd"]), st.text(max_size=50)))
def test_whatever_is_filled_in_ends_in_instructions_or_a_refusal(filled: dict[str, str]) -> None:
    count = filled.get("count", "").strip()
    fits = bool(filled.get("subject", "").strip()) and "odd" not in filled
    if fits and (not count or (count.isascii() and count.isdigit() and 1 <= int(count) <= LARGEST_SET)):
        assert filled["subject"].strip() in words("picture_set", **filled)
    else:
        assert refusal("picture_set", **filled)
