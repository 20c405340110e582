"""One lenient step for every tool: each spelling with its meaning, each refusal, and that nothing else comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.generated import examples
from videogen_mcp.calls.messages import invalid_arguments
from videogen_mcp.tools.arguments import complaints, where_from
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.lenient import HOST_ARGUMENTS, lenient
from videogen_mcp.workflows.schema import accepted

LONGEST = 500
"""Characters of a refusal that a model reads gladly."""

ID = "vg_file_3Kd9abc"
REQUIRED: dict[str, Any] = {
    "prompt": "a pear",
    "text": "Hello",
    "presenter_id": "vg_enti_1",
    "audio": ID,
    "image": ID,
    "video": ID,
    "file_id": ID,
    "execution_id": "vg_tool_3Kd9abc",
    "path": "/home/ada/cat.png",
    "file": "Videos/talk.mp4",
    "enabled": True,
    "url": "https://example.com/hook",
    "endpoint_id": "ep_1",
    "name": "Mo",
    "entity_id": "vg_enti_3Kd9abc",
    "script": "Tides rise.",
    "deck": ID,
    "scenes": [{"prompt": "a boat"}],
    "project_id": "vg_proj_1",
    "edits": [{"kind": "zoom"}],
    "format": "otio",
    "message": "Hello",
    "action_id": "vg_actn_1",
    "decision": "reject",
}
"""A value for every required argument of every tool, and for the prompt that some only need one of."""

NOTHINGS: list[Any] = [None, "", "  ", [], {}, "null", "None", "undefined", '""', "[]", "{}"]

MEANT: list[tuple[str, str, Any, Any]] = [
    ("generate_image", "count", "3", 3),
    ("generate_image", "count", "3.0", 3),
    ("generate_image", "count", 3.0, 3),
    ("generate_image", "count", "default", 1),
    ("generate_image", "temporary", "true", True),
    ("generate_image", "temporary", " Yes ", True),
    ("generate_image", "temporary", "1.0", True),
    ("generate_image", "temporary", 0, False),
    ("generate_image", "quality", " HIGH ", "high"),
    ("generate_image", "quality", '"high"', "high"),
    ("generate_image", "quality", "medium", "standard"),
    ("generate_image", "watermark", False, "never"),
    ("generate_image", "watermark", "false", "never"),
    ("generate_image", "watermark", "none", "never"),
    ("generate_image", "watermark", "NONE", "never"),
    ("generate_image", "watermark", True, "always"),
    ("generate_image", "watermark", "VIDEO_GEN", "always"),
    ("generate_image", "aspect_ratio", "16x9", "16:9"),
    ("generate_image", "aspect_ratio", {"width": 9, "height": 16}, "9:16"),
    ("generate_image", "aspect_ratio", '{"width": 9, "height": 16}', "9:16"),
    ("generate_image", "aspect_ratio", "portrait", "9:16"),
    ("generate_image", "reference_images", ["null"], []),
    ("generate_image", "reference_images", [None, "", ID], [ID]),
    ("generate_image", "reference_images", "null", []),
    ("generate_image", "reference_images", ID, [ID]),
    ("generate_image", "reference_images", f'["{ID}"]', [ID]),
    ("generate_image", "reference_images", f"['{ID}']", [ID]),
    ("generate_image", "reference_images", f"{ID}, vg_file_2", [ID, "vg_file_2"]),
    ("generate_image", "reference_images", [{"file_id": ID, "type": "IMAGE"}], [ID]),
    ("generate_image", "reference_images", [f"[cat]({ID})", "`/a/b.png`"], [ID, "/a/b.png"]),
    ("generate_image", "reference_images", "[cat](/a/b.png)", ["/a/b.png"]),
    ("generate_video_clip", "source_videos", ID, [ID]),
    ("generate_video_clip", "source_videos", "null", []),
    ("generate_video_clip", "duration_seconds", "5s", 5),
    ("generate_video_clip", "duration_seconds", "5 seconds", 5),
    ("generate_video_clip", "duration_seconds", "auto", None),
    ("generate_video_clip", "duration_seconds", 0, None),
    ("generate_sound_effect", "duration_seconds", "0s", None),
    ("generate_sound_effect", "prompt_influence", -1, None),
    ("text_to_speech", "speed", 0, None),
    ("generate_image", "entity_ids", "vg_enti_1, `vg_enti_2`", ["vg_enti_1", "vg_enti_2"]),
    ("generate_sound_effect", "duration_seconds", "2.5s", 2.5),
    ("generate_sound_effect", "prompt_influence", "50%", 0.5),
    ("text_to_speech", "speed", "1.5x", 1.5),
    ("text_to_speech", "language", "English", "en"),
    ("text_to_speech", "language", "eng", "en"),
    ("text_to_speech", "language", "en_US", "en-US"),
    ("text_to_speech", "language", "Brazilian Portuguese", "pt-BR"),
    ("text_to_speech", "language", "auto", None),
    ("text_to_speech", "language", "null", None),
    ("text_to_speech", "voice", "`vg_voic_1`", "vg_voic_1"),
    ("text_to_speech", "voice", "Heart", "Heart"),
    ("text_to_speech", "voice", "none", None),
    *(
        ("text_to_speech", "pronunciations", sent, {"SQL": "sequel"})
        for sent in (
            {"SQL": "sequel"},
            '{"SQL": "sequel"}',
            [{"original": "SQL", "replacement": "sequel"}],
            '[{"original": "SQL", "replacement": "sequel"}]',
            {"original": "SQL", "replacement": "sequel"},
            [{"written": "SQL", "spoken": "sequel"}],
            [{"SQL": "sequel"}],
            [None, {"SQL": "sequel"}],
        )
    ),
    ("upscale_image", "image", f'"{ID}"', ID),
    ("upscale_image", "image", {"file_id": ID}, ID),
    ("upscale_image", "image", '"/a/b c.png"', "/a/b c.png"),
    ("upscale_video", "video", "[clip](/a/b.mp4)", "/a/b.mp4"),
    ("wait_for_execution", "execution_id", '"vg_tool_1".', ["vg_tool_1"]),
    ("wait_for_execution", "execution_id", "vg\\_tool\\_1", ["vg_tool_1"]),
    ("wait_for_execution", "execution_id", "`vg_tool_1`, vg_work_2 and vg_tool_1", ["vg_tool_1", "vg_work_2"]),
    ("wait_for_execution", "execution_id", '["vg_tool_1", "vg_expo_2"]', ["vg_tool_1", "vg_expo_2"]),
    ("wait_for_execution", "execution_id", ["vg_tool_1", {"execution_id": "vg_rmix_2"}], ["vg_tool_1", "vg_rmix_2"]),
    ("wait_for_execution", "wait_seconds", 7200, 600.0),
    ("list_executions", "status", "Running", "running"),
    ("wait_for_execution", "wait_seconds", "", None),
    ("wait_for_execution", "wait_seconds", "30s", 30),
    ("wait_for_execution", "wait_seconds", "1 min", 60),
    ("cancel_execution", "execution_id", "`vg_tool_1`", "vg_tool_1"),
    ("list_executions", "limit", 500, 100),
    ("list_executions", "limit", "5", 5),
    ("find_files", "limit", "500", 100),
    ("find_files", "limit", 1e9, 100),
    ("find_files", "type", "images", "image"),
    ("find_files", "type", "IMAGE", "image"),
    ("find_files", "type", "photos", "image"),
    ("find_files", "type", "all", "any"),
    ("find_files", "type", "", "any"),
    ("find_files", "query", "null", None),
    ("list_voices", "language", "German", "de"),
    ("list_voices", "language", "British English", "en-GB"),
    ("list_executions", "status", "done", "succeeded"),
    ("list_executions", "status", "pending", "running"),
    ("list_voices", "unusual", "false", False),
    ("list_presenters", "page", "2", 2),
    ("get_file", "file_id", f"videogen://files/{ID}", ID),
    ("get_file", "file_id", f"[{ID}](https://app.example/media)", ID),
    ("set_public_preview", "enabled", "false", False),
    ("upload_file", "path", "'/home/ada/cat.png'", "/home/ada/cat.png"),
    ("upload_file", "path", "[cat](file:///home/ada/cat.png)", "file:///home/ada/cat.png"),
    ("upload_file", "temporary", None, False),
    ("download_file", "directory", '"/home/ada/my films"', "/home/ada/my films"),
    ("create_webhook", "url", "<https://example.com/hook>", "https://example.com/hook"),
    (
        "create_webhook",
        "events",
        "file.upload.completed, file.playback_ready",
        ["file.upload.completed", "file.playback_ready"],
    ),
]
"""Tool, argument, what is sent, what the tool is asked for."""

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("generate_image", {"prompt": None}, "prompt is missing"),
    ("generate_image", {"prompt": ""}, "prompt is empty"),
    ("generate_image", {"prompt": 5}, "prompt must be a string"),
    ("generate_image", {"count": 0}, "count must be 1 to 100"),
    ("generate_image", {"count": "many"}, "count must be an integer, 1 to 100"),
    ("generate_image", {"count": 1.5}, "count must be an integer, 1 to 100"),
    ("generate_image", {"count": True}, "count must be an integer, 1 to 100"),
    ("generate_image", {"temporary": "perhaps"}, "temporary must be true or false"),
    ("generate_image", {"quality": "best"}, "quality is one of auto, low, standard, high, max"),
    ("generate_image", {"aspect_ratio": "round"}, 'aspect_ratio must be like "16:9", or landscape, portrait or square'),
    ("generate_image", {"aspect_ratio": "9:1"}, 'aspect_ratio must be like "16:9", between 1:4 and 4:1'),
    ("generate_image", {"reference_images": [7]}, "reference_images[0] must be a string"),
    ("generate_image", {"reference_images": '["x"'}, "reference_images must be a list, at most 4"),
    ("generate_image", {"reference_images": [ID] * 5}, "reference_images takes at most 4 entries"),
    (
        "generate_image",
        {"aspectRatio": "1:1"},
        "aspectRatio is not an argument of this tool; did you mean aspect_ratio?",
    ),
    ("generate_image", {"toolcallid": "x"}, "toolcallid is not an argument of this tool; it takes prompt,"),
    (
        "cancel_execution",
        {"status": "running", "workflow": "generate_image"},
        "status and workflow are not arguments of this tool; it takes execution_id",
    ),
    ("get_file", dict.fromkeys("pqrstu", 1), "p, q, r and 3 more are not arguments of this tool; it takes file_id"),
    ("generate_video_clip", {"duration_seconds": 31}, "duration_seconds must be at most 30"),
    ("generate_video_clip", {"duration_seconds": -3}, "duration_seconds must be at least 1"),
    ("generate_video_clip", {"duration_seconds": "5.5s"}, "duration_seconds must be an integer"),
    ("text_to_speech", {"speed": "9x"}, "speed must be 0.5 to 2"),
    ("text_to_speech", {"language": "Klingon"}, 'language must be a language tag like "en" or "pt-BR"'),
    (
        "text_to_speech",
        {"pronunciations": [{"original": "SQL"}]},
        'pronunciations must be like [{"written": "SQL", "spoken": "sequel"}]',
    ),
    ("text_to_speech", {"pronunciations": "SQL"}, "pronunciations must be a list, at most 100"),
    ("upscale_image", {"image": "null"}, "image is empty"),
    ("upscale_image", {"image": ["a", "b"]}, "image must be a string"),
    ("list_executions", {"limit": 0}, "limit must be 1 to 100"),
    ("list_executions", {"status": "lost"}, "status is one of all, running, succeeded, failed, cancelled"),
    ("list_presenters", {"page": -1}, "page must be at least 1"),
    (
        "get_file",
        {"file_id": "/etc/passwd"},
        "file_id takes a file id such as vg_file_…; find_files shows those that exist",
    ),
    ("set_public_preview", {"enabled": None}, "enabled is missing"),
    ("create_webhook", {"events": ["Nonsense!"]}, "events[0] "),
]
"""Tool, what is wrong, and how the refusal begins."""


def asked(tool: Tool, sent: dict[str, Any]) -> dict[str, Any]:
    """The required arguments of the tool, and these."""
    needed = (*tool.input_schema.get("required", ()), *(["prompt"] if tool.name == "generate_video_clip" else []))
    schemas = tool.input_schema["properties"]
    return {**{name: schemas[name].get("enum", [None])[0] or REQUIRED[name] for name in needed}, **sent}


def read(tool: Tool, sent: dict[str, Any]) -> Any:
    return tool.arguments.model_validate(lenient(sent, accepted(tool.arguments)))


def refused(tool: Tool, sent: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refusal:
        read(tool, sent)
    return complaints(refusal.value, tool.input_schema)


@pytest.mark.parametrize(("name", "argument", "sent", "meant"), MEANT, ids=lambda value: repr(value)[:40])
def test_each_spelling_has_its_meaning(
    name: str, argument: str, sent: object, meant: object, every_tool: dict[str, Tool]
) -> None:
    tool = every_tool[name]
    assert getattr(read(tool, asked(tool, {argument: sent})), argument) == meant


@pytest.mark.parametrize(("name", "sent", "words"), REFUSED, ids=lambda value: repr(value)[:40])
def test_a_mistake_is_refused_with_the_argument_and_the_way_out(
    name: str, sent: dict[str, Any], words: str, every_tool: dict[str, Tool]
) -> None:
    tool = every_tool[name]
    assert refused(tool, asked(tool, sent)).startswith(words)


@pytest.mark.parametrize("nothing", NOTHINGS, ids=repr)
def test_what_says_nothing_about_an_optional_argument_counts_as_absent(
    nothing: object, every_tool: dict[str, Tool]
) -> None:
    for tool in every_tool.values():
        optional = [
            name
            for name, schema in accepted(tool.arguments)["properties"].items()
            if name not in asked(tool, {}) and not (nothing == "None" and "none" in schema.get("blanks", ()))
        ]
        sent = asked(tool, dict.fromkeys(optional, nothing))
        assert read(tool, sent) == read(tool, asked(tool, {})), tool.name


def forms(name: str, schema: dict[str, Any], plain: object) -> Iterator[tuple[object, object]]:
    """An argument of that schema in other forms, each with the plain one that it means; `plain` is a value of it."""
    match schema:
        case {"type": "boolean"}:
            for value in (True, False):
                yield from ((form, value) for form in (f"{value}", f'"{value}"'.lower(), int(value)))
        case {"type": "integer" | "number" as kind}:
            value = min(max(schema.get("minimum", 1), 1), schema.get("maximum", 1))
            whole = (f"{value}.0",) if kind == "integer" else ()
            yield from ((form, value) for form in (f"{value}", f'" {value}"', *whole))
        case {"enum": [*words]}:
            yield from ((form(words[-1]), words[-1]) for form in (str.upper, json.dumps, " {} ".format))
        case {"type": "array", "items": items}:
            entries = plain if isinstance(plain, list) else [items["enum"][0] if "enum" in items else ID]
            blank = [""] if "" in schema.get("blanks", ()) else []
            yield from ((form(entries), entries) for form in (json.dumps, repr))
            yield ["null", *entries, None], [*blank, *entries, *blank]
            if not blank:
                yield entries[0], entries
        case {"type": "string"} if name.endswith("_id") or plain == ID or "path" in schema.get("description", ""):
            yield from ((form.format(plain or ID), plain or ID) for form in ('"{}"', "`{}`", "[it]({})", "{}."))


EXAMPLES: dict[str, list[Any]] = {
    "voiceover_to_video.scenes": [{"start": 0, "end": 4, "show": ID}],
    "pronunciations": [{"written": "SQL", "spoken": "sequel"}],
    "edits": [{"kind": "zoom"}],
    "events": ["file.upload.completed"],
}
"""Lists whose entries are no ids."""


def test_every_argument_of_every_tool_is_taken_in_the_forms_that_models_give_it(every_tool: dict[str, Tool]) -> None:
    tried = 0
    for tool in every_tool.values():
        for name, schema in accepted(tool.arguments)["properties"].items():
            example = EXAMPLES.get(f"{tool.name}.{name}") or EXAMPLES.get(name) or REQUIRED.get(name)
            for sent, plain in forms(name, schema, example):
                expected = read(tool, asked(tool, {name: plain}))
                assert read(tool, asked(tool, {name: sent})) == expected, f"{tool.name}({name}={sent!r})"
                tried += 1
    assert tried > 500


def test_what_hosts_add_is_dropped_and_has_a_source(every_tool: dict[str, Tool]) -> None:
    added = dict.fromkeys(HOST_ARGUMENTS, "call_1")
    for tool in every_tool.values():
        assert read(tool, asked(tool, added)) == read(tool, asked(tool, {})), tool.name
    assert all("#" in source or "Cursor" in source for source in HOST_ARGUMENTS.values())


def test_an_argument_that_a_host_could_add_is_the_tools_own_where_it_has_one() -> None:
    schema = {"properties": {"action": {"type": "string"}}}
    assert lenient({"action": "accept", "tool": "x"}, schema) == {"action": "accept"}


@pytest.mark.parametrize(
    ("name", "lister"),
    [
        ("get_file", "find_files"),
        ("delete_webhook", "list_webhooks"),
        ("cancel_execution", "list_executions"),
        ("update_entity", "find_entities"),
        ("create_entity", None),
    ],
)
def test_an_id_that_is_missing_is_shown_by_a_tool(name: str, lister: str | None, every_tool: dict[str, Tool]) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(every_tool[name], {})
    shown = where_from(refusal.value)
    assert shown == (f"{lister} shows those that exist" if lister else None)
    reply = invalid_arguments(every_tool[name].purpose, "it is missing", shown)
    assert reply.structured.get("next_step") == shown
    assert (shown or "") in reply.text


def test_many_mistakes_are_a_short_refusal(every_tool: dict[str, Tool]) -> None:
    words = refused(every_tool["generate_image"], {f"{number}" + "x" * 200: number for number in range(500)})
    assert len(words) < LONGEST
    assert "and 497 more are not arguments of this tool" in words


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
WORDS = st.sampled_from(
    [*(one[2] for one in MEANT), *(value for one in REFUSED for value in one[1].values()), *NOTHINGS, "[" * 90_000]
)
VALUES = st.recursive(
    PLAIN | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.timeout(600)
@examples(4_000)
@given(data=st.data())
def test_whatever_is_sent_is_understood_or_shortly_refused(data: st.DataObject, every_tool: dict[str, Tool]) -> None:
    tool = every_tool[data.draw(st.sampled_from(sorted(every_tool)))]
    known = st.sampled_from([*tool.input_schema["properties"], *HOST_ARGUMENTS, "surprise"])
    sent = data.draw(st.dictionaries(known | st.text(max_size=20), VALUES, max_size=5))
    if data.draw(st.booleans()):
        sent = asked(tool, sent)
    try:
        read(tool, sent)
    except ValidationError as refusal:
        reply = invalid_arguments(tool.purpose, complaints(refusal, tool.input_schema))
        assert len(reply.text) <= 2 * LONGEST
        assert "pydantic" not in reply.text
        assert reply.structured["error"]["code"] == "invalid_arguments"
