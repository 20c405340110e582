"""Finished videos and projects: what is refused before anything is paid."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.workflow_calls import read
from videogen_mcp.tools.arguments import complaints
from videogen_mcp.workflows import Workflow
from videogen_mcp.workflows.assistant import AskAssistant, DecideAssistantAction
from videogen_mcp.workflows.narrated import SCRIPT_CHARACTERS, ScriptToVideo, SlideshowToVideo, VoiceoverToVideo
from videogen_mcp.workflows.projects import EditProject, ExportProject, ExportTimeline
from videogen_mcp.workflows.runs import STYLE_CHARACTERS
from videogen_mcp.workflows.shots import MOST_SCENES, PromptToVideoClip, StoryboardToVideo


def refused(workflow: type[Workflow], **arguments: Any) -> str:
    with pytest.raises(ValidationError) as refusal:
        read(workflow, **arguments)
    return complaints(refusal.value, workflow.input_schema())


@pytest.mark.parametrize(
    ("workflow", "arguments", "words"),
    [
        (ScriptToVideo, {"script": "… !"}, "script has no words to speak"),
        (
            ScriptToVideo,
            {"script": "word " * 20_000},
            f"script takes at most {SCRIPT_CHARACTERS:,} characters, not 100,000",
        ),
        (ScriptToVideo, {"style": "x" * 5_000}, f"style takes at most {STYLE_CHARACTERS:,} characters, not 5,000"),
        (ScriptToVideo, {"style": "ink", "stock": True}, "style is of drawn pictures, and stock footage is found"),
        (ScriptToVideo, {"captions": "sparkling"}, 'captions does not know "sparkling"'),
        (ScriptToVideo, {"captions": "off, yellow"}, 'captions says two things: "off" is no captions'),
        (ScriptToVideo, {"music": True}, "music must be a mood in words, a sound file, or none"),
        (ScriptToVideo, {"edits": ["sparkle"]}, "edits[0].kind is one of captions, no_captions"),
        (
            ScriptToVideo,
            {"captions": "bold", "edits": ["no_captions"]},
            "captions and edits[0] (no_captions) speak of the same thing: keep one",
        ),
        (
            ScriptToVideo,
            {"music": "calm", "edits": ["zoom", "make_music: wild"]},
            "music and edits[1] (make_music) speak of the same thing: keep one",
        ),
        (
            VoiceoverToVideo,
            {"logo": "vg_file_1", "edits": [{"kind": "logo", "value": "none"}]},
            "logo and edits[0] (logo) speak of the same thing: keep one",
        ),
        (
            ScriptToVideo,
            {"aspect_ratio": "9:16", "edits": ["resize: 1:1"]},
            "aspect_ratio and edits[0] (resize) speak of the same thing: keep one",
        ),
        (
            SlideshowToVideo,
            {"voice": "Matilda", "edits": ["narrator: Max"]},
            "voice and edits[0] (narrator) speak of the same thing: keep one",
        ),
        (
            ScriptToVideo,
            {"export": False, "export_quality": "4k"},
            "export_quality is that of the MP4: leave it out where export is false",
        ),
        (
            EditProject,
            {"export": False, "export_quality": "4k"},
            "export_quality is that of the MP4: leave it out where export is false",
        ),
        (
            SlideshowToVideo,
            {"silent": True, "slide_scripts": ["One."]},
            "slide_scripts are spoken, and silent is true: leave one out",
        ),
        (
            VoiceoverToVideo,
            {"scenes": [{"start": 0, "end": 5, "show": "a"}, {"start": 4, "end": 6, "show": "b"}]},
            "scenes must follow each other without overlapping",
        ),
        (VoiceoverToVideo, {"scenes": [{"start": 5, "end": 5, "show": "a"}]}, "scenes[0] ends before it starts"),
        (VoiceoverToVideo, {"scenes": [{"start": 5, "show": "a"}]}, "scenes[0].end is missing"),
        (StoryboardToVideo, {"scenes": [{"prompt": "x"}] * 60}, f"scenes takes at most {MOST_SCENES} entries, not 60"),
        (StoryboardToVideo, {"scenes": []}, "scenes is empty"),
        (
            StoryboardToVideo,
            {"scenes": [{"prompt": "x", "seconds": 16}]},
            "scenes[0].seconds must be at most 15",
        ),
        (
            StoryboardToVideo,
            {"scenes": [{"prompt": "x", "words": "w" * 600}]},
            "scenes[0].words takes at most 500 characters",
        ),
        (PromptToVideoClip, {"duration_seconds": 31}, "duration_seconds must be at most 30"),
        (EditProject, {"edits": []}, "edits is empty"),
        (EditProject, {"project_id": ".."}, "project_id is not an id"),
        (ExportProject, {"project_id": "vg_file_1"}, "project_id takes the id of a project (vg_proj_…)"),
        (AskAssistant, {"project_id": "vg_work_1"}, "project_id takes the id of a project (vg_proj_…)"),
        (ExportProject, {"quality": "8k"}, "quality is one of auto, sd, hd, full_hd, 4k"),
        (ExportTimeline, {"format": "edl"}, "format is one of premiere_xml, fcpxml, otio, srt"),
        (DecideAssistantAction, {"decision": None}, "decision is missing"),
        (DecideAssistantAction, {"decision": "maybe"}, "decision is one of approve, reject"),
        (
            AskAssistant,
            {"project_id": "vg_proj_1", "start_video": True},
            "start_video starts a new project: leave it or project_id out",
        ),
    ],
)
def test_a_mistake_is_refused_with_the_argument_and_the_way_out(
    workflow: type[Workflow], arguments: dict[str, Any], words: str
) -> None:
    assert refused(workflow, **arguments).startswith(words)
