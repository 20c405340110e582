"""Motion graphics: titles, charts and logos with sharp text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from videogen_mcp.workflows.argument_types import GraphicSeconds, Identifiers
from videogen_mcp.workflows.base import AnyRefs, AspectRatio, Prompt, SingleMedia, Variants
from videogen_mcp.workflows.examples import arguments

SOURCES = ("generateImages", "generateVideoClips", "generateVoiceover", "searchStockMedia")
"""Where a graphic may get media beyond the given files, each a switch on the wire."""


class GenerateMotionGraphic(SingleMedia):
    """Animated titles, lower thirds, charts or logos with sharp text: transparent WebM, or MP4. For filmed scenes:
    generate_video_clip.
    """

    path = "/v1/tools/generate-motion-graphic"
    title = "Generate motion graphic"
    typical_seconds = (120, 300)
    eras = ("v2",)
    example = arguments(prompt="Lower third that slides in: 'Ada Lovelace, mathematician'", duration_seconds=3)

    prompt: Prompt = Field(description="Elements, exact text, motion.")
    files: AnyRefs = Field(default=[], max_length=8, serialization_alias="fileIds", description="Media it shows.")
    entity_ids: Identifiers = Field(default=[])
    duration_seconds: GraphicSeconds = Field(default=None, description="1 to 300; 0: automatic.")
    aspect_ratio: AspectRatio = "16:9"
    transparent: bool = Field(
        default=True, serialization_alias="transparentBackground", description="Default true (WebM); false: MP4."
    )
    only_files: bool = Field(
        default=False, exclude=True, description="True: nothing else is generated or searched for it."
    )
    count: Variants = 1

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the request body: stock and stills are switched off where only the files count."""
        sources = {"subToolModes": dict.fromkeys(SOURCES, "DISABLED")} if self.only_files else {}
        return super().wire(resolved) | sources
