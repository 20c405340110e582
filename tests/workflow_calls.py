"""One call of each workflow of projects with every argument that it takes, and the body it becomes."""

from __future__ import annotations

from typing import Any, NamedTuple

from videogen_mcp.tools.lenient import lenient
from videogen_mcp.workflows import Workflow
from videogen_mcp.workflows.assistant import AskAssistant, DecideAssistantAction
from videogen_mcp.workflows.narrated import ScriptToVideo, SlideshowToVideo, VoiceoverToVideo
from videogen_mcp.workflows.projects import EditProject, ExportProject, ExportTimeline
from videogen_mcp.workflows.schema import accepted
from videogen_mcp.workflows.shots import PromptToVideoClip, StoryboardToVideo, VideoToVideo


class Whole(NamedTuple):
    """A call and its body."""

    workflow: type[Workflow]
    arguments: dict[str, Any]
    body: dict[str, Any]
    path: str = ""
    """Where it goes, if that is not the workflow's own path."""


WHOLE: list[Whole] = [
    Whole(
        ScriptToVideo,
        {
            "script": "Tides rise. Tides fall.",
            "style": "watercolour",
            "stock": False,
            "aspect_ratio": "9:16",
            "pacing": "fast",
            "quality": "high",
            "language": "pt-BR",
            "voice": "Matilda",
            "speed": 1.2,
            "presenter_id": "vg_enti_1",
            "captions": "bold",
            "music": "calm piano",
            "logo": "vg_file_1",
            "b_roll": ["vg_file_2"],
            "restyle_b_roll": True,
            "notes": "no people",
            "edits": ["zoom", "transitions: fade"],
            "export": True,
            "export_quality": "full_hd",
        },
        {
            "script": "Tides rise. Tides fall.",
            "visualStyle": {
                "type": "AI_IMAGE",
                "aiStyle": "watercolour",
                "restyleFeaturedBRollWithAiStyle": True,
            },
            "aspectRatio": {"width": 9, "height": 16},
            "visualPacing": "FAST",
            "quality": "HIGH",
            "language": "pt-BR",
            "voiceId": "Matilda",
            "voiceSpeed": 1.2,
            "actorEntityId": "vg_enti_1",
            "avatarQuality": "HIGH",
            "featuredBRollFileIds": ["vg_file_2"],
            "workflowAgentContext": "no people",
            "remixActions": [
                {"type": "ENABLE_CAPTIONS", "captionStyle": {"fontWeight": 700}},
                {"type": "GENERATE_MUSIC", "prompt": "calm piano"},
                {"type": "SET_LOGO", "fileId": "vg_file_1"},
                {"type": "ADD_ZOOM"},
                {"type": "ADD_TRANSITIONS", "sectionTransition": "FADE", "assetTransition": "FADE"},
            ],
            "autoExport": True,
            "exportOptions": {"quality": "FULL_HIGH"},
        },
    ),
    Whole(
        VoiceoverToVideo,
        {
            "audio": "vg_file_1",
            "style": "vg_enti_9",
            "stock": False,
            "aspect_ratio": "1:1",
            "pacing": "slow",
            "quality": "low",
            "language": "German",
            "presenter_id": "vg_enti_1",
            "captions": "yellow",
            "music": "vg_file_2",
            "logo": "vg_file_3",
            "scenes": [{"start": 0, "end": "5s", "show": "a studio"}, {"start": 5, "end": 9.5, "show": "rain"}],
            "notes": "calm",
            "edits": ["animate_images"],
            "export": True,
            "export_quality": "4k",
        },
        {
            "fileId": "vg_file_1",
            "visualStyle": {"type": "AI_IMAGE", "entityId": "vg_enti_9"},
            "aspectRatio": {"width": 1, "height": 1},
            "visualPacing": "SLOW",
            "quality": "LOW",
            "language": "de",
            "actorEntityId": "vg_enti_1",
            "avatarQuality": "LOW",
            "captionStyle": {"textColor": {"red": 255, "green": 224, "blue": 0}},
            "logoFileId": "vg_file_3",
            "scenes": [
                {"startSeconds": 0.0, "endSeconds": 5.0, "description": "a studio"},
                {"startSeconds": 5.0, "endSeconds": 9.5, "description": "rain"},
            ],
            "workflowAgentContext": "calm",
            "remixActions": [
                {"type": "SET_BACKGROUND_MUSIC", "fileId": "vg_file_2"},
                {"type": "CONVERT_IMAGES_TO_VIDEOS"},
            ],
            "autoExport": True,
            "exportOptions": {"quality": "ULTRA_HIGH"},
        },
    ),
    Whole(
        SlideshowToVideo,
        {
            "deck": "vg_file_1",
            "slide_scripts": ["One.", "", "Three."],
            "silent": False,
            "theme": "vg_enti_5",
            "aspect_ratio": "4:3",
            "language": "en",
            "voice": "Matilda",
            "speed": 0.9,
            "presenter_id": "vg_enti_1",
            "quality": "max",
            "captions": "on",
            "music": "soft jazz",
            "logo": "vg_file_2",
            "edits": ["transitions"],
            "export": True,
            "export_quality": "sd",
        },
        {
            "fileId": "vg_file_1",
            "slideScripts": ["One.", "", "Three."],
            "slideshowThemeEntityId": "vg_enti_5",
            "aspectRatio": {"width": 4, "height": 3},
            "language": "en",
            "voiceId": "Matilda",
            "voiceSpeed": 0.9,
            "actorEntityId": "vg_enti_1",
            "avatarQuality": "MAX",
            "captionStyle": {},
            "logoFileId": "vg_file_2",
            "remixActions": [
                {"type": "GENERATE_MUSIC", "prompt": "soft jazz"},
                {"type": "ADD_TRANSITIONS", "sectionTransition": "DYNAMIC", "assetTransition": "DYNAMIC"},
            ],
            "autoExport": True,
            "exportOptions": {"quality": "STANDARD"},
        },
    ),
    Whole(
        StoryboardToVideo,
        {
            "scenes": [
                {"prompt": "a bottle on a rock", "words": "Cold.", "title": "Opening", "seconds": 4},
                {"prompt": "a hand opens it", "seconds": 0},
            ],
            "style": "noir",
            "actors": ["vg_enti_1"],
            "products": ["vg_enti_2"],
            "aspect_ratio": "16:9",
            "quality": "max",
            "captions": "on",
            "music": "drums",
            "logo": "vg_file_1",
            "notes": "one cast",
            "edits": ["zoom"],
            "export": True,
            "export_quality": "hd",
        },
        {
            "scenes": [
                {
                    "prompt": "a bottle on a rock",
                    "voiceoverScript": "Cold.",
                    "title": "Opening",
                    "durationSeconds": 4,
                },
                {"prompt": "a hand opens it"},
            ],
            "defaultGeneration": {"aiStyle": "noir"},
            "actorEntityIds": ["vg_enti_1"],
            "productEntityIds": ["vg_enti_2"],
            "quality": "MAX",
            "workflowAgentContext": "one cast",
            "remixActions": [
                {"type": "ENABLE_CAPTIONS"},
                {"type": "GENERATE_MUSIC", "prompt": "drums"},
                {"type": "SET_LOGO", "fileId": "vg_file_1"},
                {"type": "ADD_ZOOM"},
            ],
            "autoExport": True,
            "exportOptions": {"quality": "HIGH"},
        },
    ),
    Whole(
        PromptToVideoClip,
        {
            "prompt": "a harbour",
            "reference_images": ["vg_file_1"],
            "duration_seconds": 8,
            "aspect_ratio": "9:16",
            "quality": "max",
            "export": False,
            "export_quality": "auto",
        },
        {
            "prompt": "a harbour",
            "imageFileIds": ["vg_file_1"],
            "durationSeconds": 8,
            "aspectRatio": {"width": 9, "height": 16},
            "quality": "MAX",
            "autoExport": False,
        },
    ),
    Whole(
        VideoToVideo,
        {
            "video": "vg_file_1",
            "prompt": "anime",
            "keep_audio": False,
            "quality": "max",
            "export": True,
            "export_quality": "auto",
        },
        {
            "videoFileId": "vg_file_1",
            "prompt": "anime",
            "audio": "GENERATE",
            "quality": "MAX",
            "autoExport": True,
        },
    ),
    Whole(
        EditProject,
        {
            "project_id": "vg_proj_1",
            "edits": [
                {"kind": "resize", "value": "16:9"},
                {"kind": "logo", "value": "vg_file_1", "options": ["top_left"]},
            ],
            "as_copy": True,
            "export": True,
            "export_quality": "hd",
        },
        {
            "remixActions": [
                {"type": "RESIZE_PROJECT", "aspectRatio": {"width": 16, "height": 9}},
                {"type": "SET_LOGO", "fileId": "vg_file_1", "position": "TOP_LEFT"},
            ],
            "saveAsNewProject": True,
        },
        "/v1/projects/vg_proj_1/remix",
    ),
    Whole(
        ExportProject,
        {"project_id": "vg_proj_1", "quality": "4k", "watermark": "never", "end_screen": "always"},
        {"quality": "ULTRA_HIGH", "watermarkMode": "NONE", "endScreenMode": "VIDEO_GEN"},
        "/v1/projects/vg_proj_1/export",
    ),
    Whole(
        ExportTimeline,
        {"project_id": "vg_proj_1", "format": "premiere_xml", "with_media": True},
        {"format": "PREMIERE_XML", "mediaDelivery": "BUNDLE"},
        "/v1/projects/vg_proj_1/timeline-interchange",
    ),
    Whole(
        AskAssistant,
        {"message": "A film about tides", "start_video": True},
        {"message": "A film about tides", "autoGenerate": True},
        "/v1/assistants",
    ),
    Whole(
        DecideAssistantAction,
        {"project_id": "vg_proj_1", "action_id": "vg_actn_2", "decision": "reject"},
        {"decision": "REJECT"},
    ),
]

NEEDED: dict[type[Workflow], dict[str, Any]] = {
    ScriptToVideo: {"script": "Hello."},
    VoiceoverToVideo: {"audio": "vg_file_1"},
    SlideshowToVideo: {"deck": "vg_file_1"},
    StoryboardToVideo: {"scenes": [{"prompt": "a boat"}]},
    PromptToVideoClip: {"prompt": "a boat"},
    VideoToVideo: {"video": "vg_file_1", "prompt": "anime"},
    EditProject: {"project_id": "vg_proj_1", "edits": ["zoom"]},
    ExportProject: {"project_id": "vg_proj_1"},
    ExportTimeline: {"project_id": "vg_proj_1", "format": "srt"},
    AskAssistant: {"message": "Hello"},
    DecideAssistantAction: {"project_id": "vg_proj_1", "action_id": "a", "decision": "approve"},
}
"""What each cannot do without."""

OF_RUNS = [workflow for workflow in NEEDED if workflow.kind == "workflow_run"]


def read(workflow: type[Workflow], **arguments: Any) -> Workflow:
    """The request that a call makes."""
    return workflow.model_validate(lenient({**NEEDED[workflow], **arguments}, accepted(workflow)))
