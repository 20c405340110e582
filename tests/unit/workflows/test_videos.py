"""Finished videos and projects: what goes over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflow_calls import OF_RUNS, WHOLE, Whole, read
from videogen_mcp.workflows import WORKFLOWS, Workflow
from videogen_mcp.workflows.assistant import AskAssistant, DecideAssistantAction
from videogen_mcp.workflows.base import AssistantOf, MediaArgument
from videogen_mcp.workflows.narrated import ScriptToVideo, SlideshowToVideo, VoiceoverToVideo
from videogen_mcp.workflows.projects import EditProject, ExportProject, ExportTimeline
from videogen_mcp.workflows.runs import DEFAULT_STYLE
from videogen_mcp.workflows.shots import PromptToVideoClip, StoryboardToVideo, VideoToVideo

OF_THE_CALL = {"save_to", "wait_seconds"}
"""Arguments that are no part of a request."""


def wire(workflow: type[Workflow], **arguments: Any) -> dict[str, Any]:
    return read(workflow, **arguments).wire()


# -- whole calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", WHOLE, ids=lambda call: call.workflow.tool_name())
def test_every_argument_becomes_its_part_of_the_body(call: Whole) -> None:
    request = call.workflow.model_validate(call.arguments)
    assert request.wire() == call.body
    if call.path:
        assert request.submit_path() == call.path


@pytest.mark.parametrize("call", WHOLE, ids=lambda call: call.workflow.tool_name())
def test_the_whole_calls_have_every_argument(call: Whole) -> None:
    missing = set(call.workflow.input_schema()["properties"]) - set(call.arguments) - OF_THE_CALL
    assert missing <= ({"project_id"} if call.workflow is AskAssistant else set())


def test_every_workflow_of_projects_is_called_whole() -> None:
    assert [call.workflow for call in WHOLE] == [one for one in WORKFLOWS if one.kind != "tool_execution"]


@pytest.mark.parametrize(
    ("workflow", "body"),
    [
        (
            ScriptToVideo,
            {
                "script": "Hello.",
                "visualStyle": {"type": "AI_IMAGE", "aiStyle": DEFAULT_STYLE},
                "remixActions": [{"type": "ENABLE_CAPTIONS"}],
                "autoExport": True,
            },
        ),
        (
            VoiceoverToVideo,
            {
                "fileId": "vg_file_1",
                "visualStyle": {"type": "AI_IMAGE", "aiStyle": DEFAULT_STYLE},
                "captionStyle": {},
                "autoExport": True,
            },
        ),
        (SlideshowToVideo, {"fileId": "vg_file_1", "captionStyle": None, "autoExport": True}),
        (StoryboardToVideo, {"scenes": [{"prompt": "a boat"}], "autoExport": True}),
        (PromptToVideoClip, {"prompt": "a boat", "autoExport": True}),
        (VideoToVideo, {"videoFileId": "vg_file_1", "prompt": "anime", "autoExport": True}),
        (EditProject, {"remixActions": [{"type": "ADD_ZOOM"}]}),
        (ExportProject, {}),
        (ExportTimeline, {"format": "SRT", "mediaDelivery": "REMOTE_URLS"}),
        (AskAssistant, {"message": "Hello"}),
        (DecideAssistantAction, {"decision": "APPROVE"}),
    ],
)
def test_what_was_not_asked_for_is_left_to_the_service_or_as_the_words_say(
    workflow: type[Workflow], body: dict[str, Any]
) -> None:
    assert wire(workflow) == body


@pytest.mark.parametrize("workflow", OF_RUNS)
def test_a_finished_video_needs_todays_api_and_exports_unless_told_not_to(workflow: type[Workflow]) -> None:
    assert workflow.eras == ("v2",)
    assert wire(workflow)["autoExport"] is True
    assert wire(workflow, export=False)["autoExport"] is False


# -- how things look and sound ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "style"),
    [
        ({}, {"type": "AI_IMAGE", "aiStyle": DEFAULT_STYLE}),
        ({"style": "ink"}, {"type": "AI_IMAGE", "aiStyle": "ink"}),
        ({"style": "vg_enti_7"}, {"type": "AI_IMAGE", "entityId": "vg_enti_7"}),
        ({"stock": True}, {"type": "STOCK"}),
        ({"stock": True, "b_roll": ["vg_file_1"]}, {"type": "STOCK"}),
        (
            {"b_roll": ["vg_file_1"]},
            {"type": "AI_IMAGE", "aiStyle": DEFAULT_STYLE, "restyleFeaturedBRollWithAiStyle": False},
        ),
    ],
)
def test_the_style_is_in_words_an_entitys_or_stock(arguments: dict[str, Any], style: dict[str, Any]) -> None:
    assert wire(ScriptToVideo, **arguments)["visualStyle"] == style


def test_an_entitys_style_stands_in_each_scene() -> None:
    scenes = [{"prompt": "one"}, {"prompt": "two"}]
    body = wire(StoryboardToVideo, scenes=scenes, style="vg_enti_7")
    assert "defaultGeneration" not in body
    assert [scene["visualStyleEntityId"] for scene in body["scenes"]] == ["vg_enti_7"] * 2


@pytest.mark.parametrize(
    ("workflow", "sent", "action"),
    [
        (ScriptToVideo, None, {"type": "ENABLE_CAPTIONS"}),
        (ScriptToVideo, True, {"type": "ENABLE_CAPTIONS"}),
        (ScriptToVideo, "auto", {"type": "ENABLE_CAPTIONS"}),
        (ScriptToVideo, "off", None),
        (ScriptToVideo, "none", None),
        (ScriptToVideo, False, None),
        (ScriptToVideo, ["bold"], {"type": "ENABLE_CAPTIONS", "captionStyle": {"fontWeight": 700}}),
        (StoryboardToVideo, None, None),
        (StoryboardToVideo, "on", {"type": "ENABLE_CAPTIONS"}),
    ],
)
def test_captions_are_an_edit_where_the_request_has_no_field_for_them(
    workflow: type[Workflow], sent: Any, action: dict[str, Any] | None
) -> None:
    assert wire(workflow, captions=sent).get("remixActions") == (None if action is None else [action])


@pytest.mark.parametrize(
    ("workflow", "sent", "style"),
    [
        (VoiceoverToVideo, None, {}),
        (VoiceoverToVideo, "off", None),
        (VoiceoverToVideo, "bold", {"fontWeight": 700}),
        (SlideshowToVideo, None, None),
        (SlideshowToVideo, True, {}),
        (SlideshowToVideo, "none", None),
    ],
)
def test_captions_are_a_field_elsewhere_and_null_is_none(
    workflow: type[Workflow], sent: Any, style: dict[str, Any] | None
) -> None:
    body = wire(workflow, captions=sent)
    assert body["captionStyle"] == style
    assert "remixActions" not in body


@pytest.mark.parametrize("workflow", [ScriptToVideo, VoiceoverToVideo])
def test_an_edit_of_captions_takes_the_place_of_the_usual_ones(workflow: type[Workflow]) -> None:
    body = wire(workflow, edits=["no_captions"])
    assert body["remixActions"] == [{"type": "DISABLE_CAPTIONS"}]
    assert "captionStyle" not in body


@pytest.mark.parametrize(
    ("sent", "action"),
    [
        ("calm piano", {"type": "GENERATE_MUSIC", "prompt": "calm piano"}),
        ('"calm piano"', {"type": "GENERATE_MUSIC", "prompt": "calm piano"}),
        ("vg_file_9", {"type": "SET_BACKGROUND_MUSIC", "fileId": "vg_file_9"}),
        ("~/tune.mp3", {"type": "SET_BACKGROUND_MUSIC", "fileId": "vg_file_2"}),
        ({"file_id": "vg_file_9"}, {"type": "SET_BACKGROUND_MUSIC", "fileId": "vg_file_9"}),
        ("none", None),
        ("", None),
        (False, None),
    ],
)
def test_music_is_made_from_words_and_taken_from_files(sent: Any, action: dict[str, Any] | None) -> None:
    request = read(ScriptToVideo, music=sent, captions="off")
    assert request.wire({"~/tune.mp3": "vg_file_2"}).get("remixActions") == (None if action is None else [action])


def test_a_request_lists_the_media_of_its_music_logo_and_edits() -> None:
    request = read(
        ScriptToVideo,
        b_roll=["/a.mov", "vg_file_1"],
        logo="/logo.png",
        edits=[{"kind": "music", "value": "https://example.com/a.mp3"}],
    )
    assert request.media() == [
        MediaArgument("logo", None, "IMAGE", "/logo.png"),
        MediaArgument("b_roll", 0, "VISUAL", "/a.mov"),
        MediaArgument("b_roll", 1, "VISUAL", "vg_file_1"),
        MediaArgument("edits", 0, "AUDIO", "https://example.com/a.mp3"),
    ]
    body = request.wire({"/a.mov": "vg_file_5", "/logo.png": "vg_file_6", "https://example.com/a.mp3": "vg_file_7"})
    assert body["featuredBRollFileIds"] == ["vg_file_5", "vg_file_1"]
    assert [action.get("fileId") for action in body["remixActions"]] == [None, "vg_file_6", "vg_file_7"]


def test_a_typing_mistake_in_a_music_path_is_a_file_that_is_missing_and_no_mood() -> None:
    assert read(ScriptToVideo, music="musik/tune.mp").media() == [
        MediaArgument("music", None, "AUDIO", "musik/tune.mp")
    ]


@pytest.mark.parametrize("address", ["https://example.com/clip.mp4", "https://video.example/watch?v=1"])
def test_the_run_itself_fetches_a_video_of_the_web(address: str) -> None:
    request = read(VideoToVideo, video=address)
    assert request.media() == []
    assert request.wire() == {"videoUrl": address, "prompt": "anime", "autoExport": True}
    assert request.label == "anime"


@pytest.mark.parametrize(
    ("arguments", "scripts"),
    [
        ({}, None),
        ({"slide_scripts": ["One.", "", "Three."]}, ["One.", "", "Three."]),
        ({"slide_scripts": ["One.", None]}, ["One.", ""]),
        ({"slide_scripts": '["One.", ""]'}, ["One.", ""]),
        ({"slide_scripts": []}, None),
        ({"silent": True}, []),
        ({"silent": "true", "slide_scripts": ["", ""]}, []),
    ],
)
def test_slides_speak_their_notes_scripts_or_nothing(arguments: dict[str, Any], scripts: list[str] | None) -> None:
    assert wire(SlideshowToVideo, **arguments).get("slideScripts") == scripts


def test_scenes_may_be_texts() -> None:
    assert wire(StoryboardToVideo, scenes=["a boat", {"prompt": "a rock", "words": None, "seconds": "4s"}])[
        "scenes"
    ] == [
        {"prompt": "a boat"},
        {"prompt": "a rock", "durationSeconds": 4},
    ]


@pytest.mark.parametrize(
    ("sent", "quality"),
    [
        ("1080p", "FULL_HIGH"),
        ("FULL_HIGH", "FULL_HIGH"),
        ("2160p", "ULTRA_HIGH"),
        ("HD", "HIGH"),
        ("auto", None),
        ("", None),
    ],
)
def test_qualities_of_exports_have_many_names(sent: str, quality: str | None) -> None:
    options = None if quality is None else {"quality": quality}
    assert wire(ScriptToVideo, export_quality=sent).get("exportOptions") == options
    assert wire(ExportProject, quality=sent).get("quality") == quality
    exported = read(EditProject, export_quality=sent).export_body()
    assert exported == (options or {})


def test_edits_without_an_export_are_followed_by_none() -> None:
    assert read(EditProject, export=False).export_body() is None


@pytest.mark.parametrize(
    ("sent", "form"),
    [("Premiere", "PREMIERE_XML"), ("xml", "PREMIERE_XML"), ("FCPXML", "FCPXML"), ("resolve", "OTIO"), ("SRT", "SRT")],
)
def test_formats_of_timelines_are_told_by_their_programs(sent: str, form: str) -> None:
    assert wire(ExportTimeline, format=sent)["format"] == form


def test_a_project_is_asked_through_its_assistant_which_is_looked_up() -> None:
    asked = read(AskAssistant, project_id="vg_proj_1")
    assert asked.assistant_of() == AssistantOf("vg_proj_1")
    assert asked.submit_path("vg_asst_1") == "/v1/assistants/vg_asst_1/messages"
    assert asked.wire() == {"message": "Hello"}
    decided = read(DecideAssistantAction, action_id="vg_actn_1")
    assert decided.assistant_of() == AssistantOf("vg_proj_1", "vg_actn_1")
    assert decided.submit_path("vg_asst_1") == "/v1/assistants/vg_asst_1/actions/vg_actn_1"
    new = read(AskAssistant)
    assert new.assistant_of() is None
    assert new.submit_path() == "/v1/assistants"


@pytest.mark.parametrize(
    ("wire_name", "argument"),
    [
        ("visualStyle.aiStyle", "style"),
        ("featuredBRollFileIds[1]", "b_roll"),
        ("remixActions[0].prompt", "edits"),
        ("workflowAgentContext", "notes"),
        ("exportOptions.quality", "export_quality"),
        ("actorEntityId", "presenter_id"),
    ],
)
def test_a_wire_name_leads_back_to_its_argument(wire_name: str, argument: str) -> None:
    assert ScriptToVideo.argument_for(wire_name) == argument
