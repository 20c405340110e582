"""What people say to their agent, and the call that it means: README has them, and CI makes them in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videogen_mcp.workflows.examples import FileOf, FirstOf, OwnFile, ProjectOf


@dataclass(frozen=True)
class Sentence:
    """What is said, the tool that it leads to, and the arguments that a model gives it."""

    words: str
    tool: str
    arguments: Mapping[str, Any]
    looked_up: Mapping[str, str] | None = None
    """Words for list_voices, which is called before."""

    @property
    def call(self) -> str:
        """The tool and the names of the arguments, for a table."""
        names = ", ".join(f"`{name}`" for name in self.arguments)
        before = "`list_voices`, then " if self.looked_up else ""
        return f"{before}`{self.tool}`" + (f" with {names}" if names else "")


SENTENCES = (
    Sentence(
        "Draw a red fox asleep in the snow, upright, as a wallpaper for my phone.",
        "generate_image",
        {"prompt": "A red fox asleep in the snow", "aspect_ratio": "9:16"},
    ),
    Sentence(
        "Three logos for a bakery, a wheat ear in a circle. Save them in my folder bakery.",
        "generate_image",
        {
            "prompt": "Logo of a bakery, a wheat ear in a circle",
            "aspect_ratio": "1:1",
            "count": 3,
            "save_to": "bakery/",
        },
    ),
    Sentence(
        "Cut the subject out of ~/Pictures/photo.jpg and save it beside the photo.",
        "remove_image_background",
        {"image": OwnFile("photo.jpg"), "save_to": OwnFile("cut-out.png")},
    ),
    Sentence(
        "Say “Welcome to the harbour museum” in a calm British voice.",
        "text_to_speech",
        {"text": "Welcome to the harbour museum.", "voice": FirstOf("list_voices")},
        looked_up={"query": "calm british"},
    ),
    Sentence(
        "Four seconds of waves breaking on a rocky shore at dawn, with their sound.",
        "generate_video_clip",
        {"prompt": "Waves break on a rocky shore at dawn", "duration_seconds": 4, "with_audio": True},
    ),
    Sentence(
        "Make a short film about tides for phones, yellow captions, calm piano. Write the script yourself.",
        "script_to_video",
        {
            "script": "Tides rise and fall twice a day. The moon pulls the sea towards it, and the earth turns below.",
            "aspect_ratio": "9:16",
            "captions": "yellow",
            "music": "calm piano",
        },
    ),
    Sentence(
        "Now the same film wide and without captions, and keep the first one.",
        "edit_project",
        {
            "project_id": ProjectOf("script_to_video"),
            "edits": [{"kind": "resize", "value": "16:9"}, {"kind": "no_captions"}],
            "as_copy": True,
        },
    ),
    Sentence(
        "Turn ~/talk.pdf into a video and speak a sentence to each slide.",
        "slideshow_to_video",
        {
            "deck": OwnFile("talk.pdf"),
            "slide_scripts": ["Twice a day the sea rises and falls.", "The moon pulls the water as the earth turns."],
        },
    ),
    Sentence(
        "Look at the film you made: are the captions readable, is the music too loud?",
        "look_at_file",
        {"file_id": FileOf("script_to_video")},
    ),
    Sentence("What did I make today, and did anything get lost?", "list_executions", {}),
)
"""Ten, of which some go on with what others made."""
