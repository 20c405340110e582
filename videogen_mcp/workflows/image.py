"""Pictures: made from words, cut out, drawn as vectors, enlarged, set in motion."""

from __future__ import annotations

from pydantic import Field

from videogen_mcp.workflows.argument_types import Identifiers
from videogen_mcp.workflows.base import AspectRatio, ImageRef, ImageRefs, Marked, Prompt, Quality, Variants
from videogen_mcp.workflows.examples import FileOf, arguments


class GenerateImage(Marked):
    """Draw a picture from words, or change or combine given pictures. Lettering in it may come out wrong; for exact,
    moving text: generate_motion_graphic.
    """

    path = "/v1/tools/generate-image"
    title = "Generate image"
    typical_seconds = (15, 60)
    example = arguments(prompt="A penguin in the snow")

    prompt: Prompt = Field(description="What to draw, or how to change the references.")
    reference_images: ImageRefs = Field(default=[], max_length=4, serialization_alias="imageFileIds")
    entity_ids: Identifiers = Field(
        default=[], description="Same person, product or style again; people are in list_presenters."
    )
    aspect_ratio: AspectRatio = Field(default="16:9", description="Like 9:16; default 16:9.")
    quality: Quality = Field(default="auto", description="Higher costs more.")
    count: Variants = 1


class _FromImage(Marked):
    image: ImageRef = Field(serialization_alias="imageFileId")


class VectorizeImage(_FromImage):
    """Turn a picture into a vector graphic (SVG); good for logos and flat art."""

    path = "/v1/tools/vectorize-image"
    title = "Vectorize image"
    typical_seconds = (5, 30)
    example = arguments(image=FileOf("generate_image"))


class RemoveImageBackground(_FromImage):
    """Cut the subject of a picture out: PNG with transparent background."""

    path = "/v1/tools/remove-image-background"
    title = "Remove image background"
    typical_seconds = (5, 30)
    example = arguments(image=FileOf("generate_image"))


class UpscaleImage(_FromImage):
    """Enlarge a picture and sharpen its detail."""

    path = "/v1/tools/upscale-image"
    title = "Upscale image"
    typical_seconds = (15, 60)
    example = arguments(image=FileOf("generate_image"))


class Image3dEffect(_FromImage):
    """Short video that moves through one still with depth (parallax); nothing in it acts. For action:
    generate_video_clip with start_frame.
    """

    path = "/v1/tools/image-3d-effect"
    title = "3D effect for an image"
    typical_seconds = (60, 180)
    eras = ("v2",)
    example = arguments(image=FileOf("generate_image"))
