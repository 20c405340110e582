"""Numbers, times and names as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from videogen_sandbox.storage.files import File

LABELS = {
    "generate-image": "Picture",
    "generate-video-clip": "Clip",
    "text-to-speech": "Speech",
    "generate-sound-effect": "Sound effect",
    "generate-avatar": "Presenter",
    "vectorize-image": "Vector graphic",
    "remove-image-background": "Cut-out",
    "remove-video-background": "Cut-out clip",
    "upscale-image": "Upscaled picture",
    "upscale-video": "Upscaled clip",
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

KINDS = {
    "IMAGE": "Picture",
    "VIDEO": "Clip",
    "AUDIO": "Sound",
    "PDF": "PDF",
    "SLIDESHOW": "Slides",
    "TEXT": "Text",
    "LOTTIE": "Lottie",
}
"""Type of a file → what it is, for people."""


def operation_label(operation: str) -> str:
    """Return what an operation makes; one without a label by its name: "generate-music" → "Generate music"."""
    return LABELS.get(operation, operation.replace("-", " ").capitalize())


def kind(file_type: str | None) -> str:
    """Return a type for people: "IMAGE" → "Picture", an unknown one → "File"."""
    return KINDS.get(file_type or "", "File")


def made_as(file: File) -> str:
    """Return what a file is by what made it, "Cut-out" or "Speech", and where nothing did, by its kind."""
    if file.scope == "EXPORT":
        return "Video"
    return LABELS.get((file.tool_type or "").lower().replace("_", "-"), kind(file.type))


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
    """Return seconds as text: 4.2 → "4 s", 75 → "1 min 15 s", 700 → "11 min", 7300 → "2 h 1 min"."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes} min {rest} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: int) -> str:
    """Return bytes as text: 900 → "900 bytes", 53_000 → "53 kB", 1_400_000 → "1.4 MB"."""
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def day(seconds: float, now: float) -> str:
    """Return the day of a timestamp as this machine's calendar has it: "Today", "Yesterday", "Friday", "3 May 2026"."""
    date, today = datetime.fromtimestamp(seconds).date(), datetime.fromtimestamp(now).date()
    days = (today - date).days
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    if 1 < days < 7:
        return f"{date:%A}"
    return f"{date.day} {date:%B %Y}"


def hour(seconds: float) -> str:
    """Return the time of day of a timestamp on this machine: "14:05"."""
    return f"{datetime.fromtimestamp(seconds):%H:%M}"


def machine_time(seconds: float) -> str:
    """Return a timestamp as programs read it, without parts of seconds: "2026-05-03T14:05:00+00:00"."""
    return (datetime.fromtimestamp(0, timezone.utc) + timedelta(seconds=int(seconds))).isoformat()
