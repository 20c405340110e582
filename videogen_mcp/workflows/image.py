"""Pictures: made from words, cut out, drawn as vectors, enlarged."""

from __future__ import annotations

from pydantic import Field

from videogen_mcp.workflows.base import (
    AspectRatio,
    FileOf,
    ImageRef,
    ImageRefs,
    Marked,
    Prompt,
    Quality,
    arguments,
)


class GenerateImage(Marked):
    """Create an image from a prompt, optionally guided by reference images."""

    path = "/v1/tools/generate-image"
    title = "Generate image"
    typical_seconds = (15, 60)
    example = arguments(prompt="A tabby cat on a sofa in a living room")

    prompt: Prompt = Field(description="What to draw, or how to change the references.")
    reference_images: ImageRefs = Field(default=[], max_length=4, serialization_alias="imageFileIds")
    aspect_ratio: AspectRatio = "16:9"
    quality: Quality = "auto"


class _FromImage(Marked):
    image: ImageRef = Field(serialization_alias="imageFileId")


class VectorizeImage(_FromImage):
    """Turn an image into a vector graphic (SVG)."""

    path = "/v1/tools/vectorize-image"
    title = "Vectorize image"
    typical_seconds = (5, 30)
    example = arguments(image=FileOf("generate_image"))


class RemoveImageBackground(_FromImage):
    """Cut the subject of an image out: the result has a transparent background."""

    path = "/v1/tools/remove-image-background"
    title = "Remove image background"
    typical_seconds = (5, 30)
    example = arguments(image=FileOf("generate_image"))


class UpscaleImage(_FromImage):
    """Enlarge an image and sharpen its detail."""

    path = "/v1/tools/upscale-image"
    title = "Upscale image"
    typical_seconds = (15, 60)
    example = arguments(image=FileOf("generate_image"))
