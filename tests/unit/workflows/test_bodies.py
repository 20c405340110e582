"""Single media: what their arguments are on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_mcp.workflows import Workflow
from videogen_mcp.workflows.audio import GenerateMusic, GenerateSoundEffect, TextToSpeech
from videogen_mcp.workflows.avatar import GenerateAvatarClip
from videogen_mcp.workflows.graphics import GenerateMotionGraphic
from videogen_mcp.workflows.image import (
    GenerateImage,
    Image3dEffect,
    RemoveImageBackground,
    UpscaleImage,
    VectorizeImage,
)
from videogen_mcp.workflows.video import GenerateVideoClip, RemoveVideoBackground, UpscaleVideo


@pytest.mark.parametrize(
    ("workflow", "arguments", "body"),
    [
        (GenerateImage, {"prompt": "a pear"}, {"prompt": "a pear"}),
        (
            GenerateImage,
            {
                "prompt": " a pear ",
                "reference_images": ["vg_file_1", "vg_file_2"],
                "entity_ids": ["vg_enti_1"],
                "aspect_ratio": "9:16",
                "quality": "max",
                "watermark": "never",
                "count": 3,
                "temporary": True,
            },
            {
                "prompt": "a pear",
                "imageFileIds": ["vg_file_1", "vg_file_2"],
                "entityIds": ["vg_enti_1"],
                "aspectRatio": {"width": 9, "height": 16},
                "quality": "MAX",
                "watermarkMode": "NONE",
                "numResults": 3,
                "isOutputTemporary": True,
            },
        ),
        (
            GenerateVideoClip,
            {"source_video": "vg_file_1", "with_audio": True, "duration_seconds": 5, "watermark": "always"},
            {
                "videoFileIds": ["vg_file_1"],
                "generateAudio": True,
                "durationSeconds": 5,
                "watermarkMode": "VIDEO_GEN",
            },
        ),
        (
            GenerateVideoClip,
            {
                "prompt": "a harbour",
                "start_frame": "vg_file_1",
                "reference_images": ["vg_file_2"],
                "source_videos": ["vg_file_3", "vg_file_4"],
                "reference_audio": ["vg_file_5"],
                "spoken_dialogue": "Ahoy!",
                "voice_description": "old, hoarse",
                "without_music": True,
                "duration_seconds": 0,
                "aspect_ratio": "1:1",
                "quality": "low",
                "count": 2,
            },
            {
                "prompt": "a harbour",
                "startFrameFileId": "vg_file_1",
                "imageFileIds": ["vg_file_2"],
                "videoFileIds": ["vg_file_3", "vg_file_4"],
                "audioFileIds": ["vg_file_5"],
                "spokenDialogue": "Ahoy!",
                "voiceDescription": "old, hoarse",
                "generateAudio": True,
                "suppressBackgroundMusic": True,
                "aspectRatio": {"width": 1, "height": 1},
                "quality": "LOW",
                "numResults": 2,
            },
        ),
        (
            TextToSpeech,
            {
                "text": "Hello",
                "voice_id": "vg_voic_1",
                "language": "pt-BR",
                "speed": 1.0,
                "pronunciations": {"SQL": "sequel"},
                "expand_abbreviations": True,
            },
            {
                "ttsText": "Hello",
                "voiceId": "vg_voic_1",
                "speechLanguageCode": "pt",
                "voiceSpeed": 1.0,
                "pronunciationReplacements": [{"original": "SQL", "replacement": "sequel"}],
                "autoExpandPronunciationReplacements": True,
            },
        ),
        (
            GenerateSoundEffect,
            {"prompt": "rain", "duration_seconds": 2.5, "prompt_influence": 0},
            {"prompt": "rain", "durationSeconds": 2.5, "promptInfluence": 0.0},
        ),
        (
            GenerateAvatarClip,
            {"presenter_id": "vg_enti_1", "audio": "vg_file_1", "quality": "LOW"},
            {"actorEntityId": "vg_enti_1", "audioFileId": "vg_file_1", "avatarQuality": "LOW"},
        ),
        (VectorizeImage, {"image": "vg_file_1"}, {"imageFileId": "vg_file_1"}),
        (RemoveImageBackground, {"image": "vg_file_1"}, {"imageFileId": "vg_file_1"}),
        (UpscaleImage, {"image": "vg_file_1"}, {"imageFileId": "vg_file_1"}),
        (RemoveVideoBackground, {"video": "vg_file_1"}, {"videoFileId": "vg_file_1"}),
        (UpscaleVideo, {"video": "vg_file_1"}, {"videoFileId": "vg_file_1"}),
        (Image3dEffect, {"image": "vg_file_1"}, {"imageFileId": "vg_file_1"}),
        (
            GenerateMusic,
            {"prompt": "calm piano", "count": 2, "temporary": True},
            {"prompt": "calm piano", "numResults": 2, "isOutputTemporary": True},
        ),
        (
            GenerateMotionGraphic,
            {
                "prompt": "a title",
                "files": ["vg_file_1", "vg_file_2"],
                "entity_ids": ["vg_enti_1"],
                "duration_seconds": 60,
                "aspect_ratio": "9:16",
                "transparent": False,
                "only_files": True,
                "count": 2,
            },
            {
                "prompt": "a title",
                "fileIds": ["vg_file_1", "vg_file_2"],
                "entityIds": ["vg_enti_1"],
                "durationSeconds": 60,
                "aspectRatio": {"width": 9, "height": 16},
                "transparentBackground": False,
                "subToolModes": {
                    "generateImages": "DISABLED",
                    "generateVideoClips": "DISABLED",
                    "generateVoiceover": "DISABLED",
                    "searchStockMedia": "DISABLED",
                },
                "numResults": 2,
            },
        ),
    ],
)
def test_arguments_become_the_body_of_todays_api(
    workflow: type[Workflow], arguments: dict[str, Any], body: dict[str, Any]
) -> None:
    assert workflow(**arguments).wire() == body
