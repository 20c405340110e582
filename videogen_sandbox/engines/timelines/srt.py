"""SubRip captions."""

from __future__ import annotations

from videogen_sandbox.engines.timelines.model import Timeline


def write(timeline: Timeline) -> str:
    """Return the captions as SRT, in the order of time. Cues without words or length are left out."""
    shown = sorted((cue for cue in timeline.captions if cue.end > cue.start and cue.text.strip()),
                   key=lambda cue: cue.start)  # fmt: skip
    return "\n".join(
        f"{number}\n{_stamp(cue.start)} --> {_stamp(cue.end)}\n{_lines(cue.text)}\n"
        for number, cue in enumerate(shown, start=1)
    )


def _lines(text: str) -> str:
    """The text without empty lines, which would end the cue, and without what would be taken for a time."""
    return "\n".join(line.strip().replace("-->", "→") for line in text.splitlines() if line.strip())


def _stamp(seconds: float) -> str:
    whole = round(max(0.0, seconds) * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
