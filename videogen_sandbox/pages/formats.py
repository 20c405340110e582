"""Numbers, times and names as people read them."""

from __future__ import annotations

LABELS = {
    "generate-image": "Image",
    "generate-video-clip": "Video clip",
    "text-to-speech": "Speech",
    "generate-sound-effect": "Sound effect",
    "generate-avatar": "Avatar",
    "vectorize-image": "Vector image",
    "remove-image-background": "Image cut-out",
    "remove-video-background": "Video cut-out",
    "upscale-image": "Larger image",
    "upscale-video": "Larger video",
    "generate-music": "Music",
    "generate-motion-graphic": "Motion graphic",
    "image-3d-effect": "3D effect",
    "script-to-video": "Video from a script",
    "voiceover-to-video": "Video from a recording",
    "slideshow-to-video": "Video from slides",
    "storyboard-to-video": "Video from a storyboard",
    "prompt-to-video-clip": "Clip from a prompt",
    "video-to-video": "Restyled video",
    "timeline-interchange": "Timeline document",
    "import-url": "Import",
}
"""Operation → what it makes."""

KINDS = {"IMAGE": "Picture", "VIDEO": "Video", "AUDIO": "Sound", "PDF": "PDF", "SLIDESHOW": "Slides", "TEXT": "Text"}


def operation_label(operation: str) -> str:
    """Return what an operation makes; one without a label by its name: "generate-music" → "Generate music"."""
    return LABELS.get(operation, operation.replace("-", " ").capitalize())


def kind(file_type: str | None) -> str:
    """Return a type for people: "IMAGE" → "Picture", an unknown one → "File"."""
    return KINDS.get(file_type or "", "File")


def shorten(text: str, length: int) -> str:
    """Return `text` as one line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def clock_time(seconds: float) -> str:
    """Return seconds as text: 62.4 → "1:02", 5 → "5.0 s"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def took(seconds: float) -> str:
    """Return seconds as text: 4.2 → "4 s", 75 → "1 min 15 s", 7300 → "2 h 1 min"."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: int) -> str:
    """Return bytes as text: 900 → "900 bytes", 53_000 → "53 kB", 1_400_000 → "1.4 MB"."""
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"
