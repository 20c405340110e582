"""What cannot be made is refused before any work, with a code and in words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from videogen_sandbox.engines.videos.checks import problem, refusal

HEAVY = ("numpy", "PIL", "av", "onnxruntime", "pydantic")


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("script-to-video", {"script": " \n"}, "nothing_to_say"),
        ("script-to-video", {"script": "… !! 🎉"}, "nothing_to_say"),
        ("script-to-video", {"script": "word " * 20_000}, "text_too_long"),
        ("script-to-video", {"script": "مرحبا بالعالم"}, "unsupported_language"),
        ("script-to-video", {"script": "世界"}, "unsupported_language"),
        ("script-to-video", {"script": "A long script that names one place, 東京, in Japan."}, "unsupported_language"),
        (
            "script-to-video",
            {"script": "Das Wetter ist schön und wir gehen mit dem Hund."},
            "unsupported_language",
        ),
        ("script-to-video", {"script": "Hello.", "language": "de"}, "unsupported_language"),
        ("script-to-video", {"script": "Hello.", "voice": "rachel"}, "unknown_voice"),
        ("script-to-video", {"script": "Hello.", "aspectRatio": {"width": 9, "height": 1}}, "unsupported_aspect_ratio"),
        ("script-to-video", {"script": "Hi.", "visualStyle": {"aiStyle": "x" * 5_000}}, "style_too_long"),
        (
            "script-to-video",
            {
                "script": "Hello.",
                "scenes": [
                    {"startSeconds": 0, "endSeconds": 4, "description": "a"},
                    {"startSeconds": 3, "endSeconds": 5, "description": "b"},
                ],
            },
            "invalid_scenes",
        ),
        (
            "script-to-video",
            {"script": "Hello.", "remixActions": [{"type": "TRANSLATE_PROJECT", "languageCode": "fr"}]},
            "translation_unavailable",
        ),
        ("storyboard-to-video", {"scenes": [{"prompt": "a dog"}] * 60}, "too_many_scenes"),
        ("storyboard-to-video", {"scenes": [{"prompt": " "}]}, "missing_input"),
        (
            "storyboard-to-video",
            {"scenes": [{"prompt": "x", "voiceoverScript": "Привет, мир"}]},
            "unsupported_language",
        ),
        ("slideshow-to-video", {"slideScripts": ["Добрый день"]}, "unsupported_language"),
        ("prompt-to-video-clip", {"prompt": ""}, "missing_input"),
        ("video-to-video", {"prompt": ""}, "missing_input"),
    ],
)
def test_a_request_that_cannot_be_made_is_refused(operation: str, body: Mapping[str, Any], code: str) -> None:
    refused = refusal(operation, body)
    assert refused is not None
    assert refused.code == code
    assert problem(operation, body) == refused.message
    assert refused.message.endswith(".")


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("script-to-video", {"script": "Hello, world."}),
        ("script-to-video", {"script": "The naïve don\u02bct use ½ of π, 5 µm or 30 ℃. 🎉"}),
        ("script-to-video", {"script": "Das ist nicht mein Haus.", "language": "en-GB"}),
        ("voiceover-to-video", {"visualStyle": {"type": "STOCK"}}),
        ("slideshow-to-video", {"slideScripts": []}),
        ("storyboard-to-video", {"scenes": [{"prompt": "a dog"}] * 30}),
        ("video-to-video", {"prompt": "oil painting"}),
    ],
)
def test_what_can_be_made_is_not(operation: str, body: Mapping[str, Any]) -> None:
    assert problem(operation, body) is None


def test_the_checks_load_no_heavy_library() -> None:
    code = (
        "import sys; import videogen_sandbox.engines.videos.checks; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
