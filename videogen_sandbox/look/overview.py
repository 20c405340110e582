"""Looks at a file of any kind: facts, and one small picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image

from videogen_sandbox.look import kinds, pdf, pictures, sheet, sound, svg
from videogen_sandbox.look.containers import format_name, open_media, video_stream
from videogen_sandbox.look.errors import Unreadable
from videogen_sandbox.look.film import Film
from videogen_sandbox.look.seen import seen
from videogen_sandbox.look.shots import Shot

SHOTS = 12
"""Pictures of a film at most: enough to see each scene of a clip, and each still 340 pixels wide."""

LATE = 1.0
"""Seconds by which a picture may miss its time before that is told."""

Facts = dict[str, Any]
"""What is known of a file, ready for JSON; what is not known is absent. The package's docstring names the facts."""

Tell = Callable[[Facts], None]


@dataclass(frozen=True)
class Overview:
    """`facts`, and the picture where one could be made: `picture` is JPEG or PNG as `mime` says."""

    facts: Facts
    picture: bytes | None = None
    mime: str | None = None


def look(path: Path, at: float | None = None, tell: Tell | None = None) -> Overview:
    """Look at a file: all of it, or at `at` seconds.

    Never raises because of what is in the file: `facts["problem"]` says why there is no picture then. `tell` is called
    with the facts known so far, for those who may lose patience.
    """
    facts: Facts = {"size_bytes": path.stat().st_size}
    notes: list[str] = []

    def learned(**more: Any) -> None:
        facts.update({name: value for name, value in more.items() if value is not None and value != {}})
        if tell is not None:
            tell(facts)

    try:
        with path.open("rb") as file:
            head = file.read(kinds.HEAD)
        image = _view(path, head, at if at is None or at >= 0 else None, learned, notes)
    except Unreadable as error:
        facts["problem"] = error.message
        image = None
    except av.FFmpegError as error:
        facts["problem"] = f"It could not be read to its end: {error.strerror}."
        image = None
    except MemoryError:
        facts["problem"] = "It needs more memory than it is given."
        image = None
    if notes:
        facts["notes"] = notes
    if image is None:
        return Overview(facts)
    data, mime = sheet.encoded(sheet.fitted(image))
    return Overview(facts, data, mime)


def _view(
    path: Path, head: bytes, at: float | None, learned: Callable[..., None], notes: list[str]
) -> Image.Image | None:
    if not head.strip(b"\0") and path.stat().st_size <= len(head):
        raise Unreadable(f"It is {kinds.other_kind(head)}.")
    if svg.looks_like_svg(head):
        return _drawing(path, learned)
    if kinds.is_pdf(head):
        return _page(path, learned)
    picture = pictures.header(path)
    if picture is not None:
        return _picture(path, picture, at, learned, notes)
    if kinds.is_heif(head):
        learned(kind="IMAGE", format="heif")
        raise Unreadable(f"It is {kinds.other_kind(head)}.")
    try:
        return _film_or_sound(path, head, at, learned, notes)
    except Unreadable:
        if (other := kinds.other_kind(head)) is not None:
            raise Unreadable(f"It is {other}.") from None
        raise


def _drawing(path: Path, learned: Callable[..., None]) -> Image.Image | None:
    learned(kind="IMAGE", format="svg")
    drawing = svg.read(path)
    learned(width=round(drawing.width), height=round(drawing.height))
    try:
        image = pictures.from_png(svg.render(drawing, sheet.SIDE))
    except ImportError:
        raise Unreadable("SVG is drawn only where the extra `sandbox` is installed.") from None
    _tell_seen([image], learned)
    return image


def _page(path: Path, learned: Callable[..., None]) -> Image.Image:
    learned(kind="DOCUMENT", format="pdf")
    try:
        page = pdf.first_page(path, sheet.SIDE)
    except ImportError:
        raise Unreadable("PDF is drawn only where the extra `sandbox` is installed.") from None
    learned(pages=page.pages, width=round(page.width), height=round(page.height))
    return page.image


def _picture(
    path: Path, header: pictures.Header, at: float | None, learned: Callable[..., None], notes: list[str]
) -> Image.Image:
    learned(kind="IMAGE", format=header.format, width=header.width, height=header.height)
    if header.frames > 1:
        shots, seconds = pictures.shots_at(path, None if at is None else [at], SHOTS, sheet.SIDE)
        learned(frames=header.frames, duration_seconds=seconds, shown_at=[shot.time for shot in shots])
        _tell_seen([shot.image for shot in shots], learned)
        return sheet.of_shots(shots)
    picture = pictures.read(path, sheet.SIDE)
    if picture.broken:
        notes.append("Its end is missing or damaged; the picture shows what could be read.")
    learned(width=picture.width, height=picture.height, colour_profile=picture.profile)
    _tell_seen([picture.image], learned)
    return picture.image


def _film_or_sound(
    path: Path, head: bytes, at: float | None, learned: Callable[..., None], notes: list[str]
) -> Image.Image:
    with open_media(path) as container:
        name = format_name(container, head)
        has_film, has_sound = video_stream(container) is not None, bool(container.streams.audio)
    if not has_film and not has_sound:
        raise Unreadable("It has neither a picture nor sound.")
    if kinds.is_cut_off(head, path.stat().st_size):
        notes.append("Its end is missing.")
    if not has_film:
        learned(kind="AUDIO", format=name)
        return _sound(path, at, learned, notes)
    learned(kind="VIDEO", format=name, has_sound=has_sound)
    shots = _shots(path, at, learned, notes)
    waves = None
    if has_sound and at is None:
        try:
            heard = sound.hear(path)
        except Unreadable as error:
            notes.append(f"Its sound cannot be read: {error.message}")
        else:
            learned(sound=_heard(heard, notes))
            waves = heard.waves
    return sheet.of_shots(shots, waves)


def _shots(path: Path, at: float | None, learned: Callable[..., None], notes: list[str]) -> list[Shot]:
    side = sheet.SIDE if at is not None else sheet.SIDE // 2
    with Film(path, (side, side)) as film:
        learned(
            codec=film.codec,
            width=film.width,
            height=film.height,
            fps=None if film.fps is None else round(float(film.fps), 3),
            duration_seconds=None if film.duration is None else round(film.duration, 3),
            has_alpha=film.has_alpha or None,
            dynamic_range=None if film.dynamic_range == "SDR" else film.dynamic_range,
            interlaced=film.interlaced or None,
        )
        wanted = _times(film, at)
        shots: list[Shot] = []
        try:
            shots.extend(film.shots_at(wanted))  # keeps what came before a fault
        except Unreadable as error:
            if not shots:
                raise
            notes.append(f"Pictures after {shots[-1].time:.1f} s cannot be shown: {error.message}")
        last = shots[-1].time
        if at is not None and at > wanted[0]:
            notes.append(f"It ends before {at:g} s; this is the last picture.")
        if wanted[-1] - last > LATE + 1 / float(film.fps or 25):
            notes.append(f"Pictures could be read up to {last:.1f} s, and it should have {wanted[-1]:.1f} s.")
        elif film.broken:
            notes.append("Parts of it are damaged.")
    learned(shown_at=[round(shot.time, 2) for shot in shots])
    _tell_seen([shot.image for shot in shots], learned)
    return shots


def _times(film: Film, at: float | None) -> list[float]:
    """When to look: the first picture, the last one, and between them evenly."""
    last = max((film.duration or 0.0) - 1 / float(film.fps or 25), 0.0)
    if at is not None:
        return [min(at, last)]
    count = min(SHOTS, max(1, round(last * float(film.fps or 25)) + 1))
    return [last * number / max(count - 1, 1) for number in range(count)]


def _sound(path: Path, at: float | None, learned: Callable[..., None], notes: list[str]) -> Image.Image:
    heard = sound.hear(path, at)
    learned(
        codec=heard.codec,
        duration_seconds=None if heard.duration is None else round(heard.duration, 3),
        sound=_heard(heard, notes),
    )
    return sheet.of_sound(heard.waves, heard.spectrum, heard.begin, heard.shown, sound.PICTURE_RATE / 2)


def _heard(heard: sound.Heard, notes: list[str]) -> Facts:
    if heard.duration is not None and heard.heard < heard.duration - LATE:
        notes.append(f"{heard.heard:.0f} s of its {heard.duration:.0f} s of sound were listened to.")
    elif heard.broken:
        notes.append("Parts of its sound are damaged.")
    facts = {
        "codec": heard.codec,
        "channels": heard.channels,
        "sample_rate": heard.sample_rate,
        "loudness_lufs": heard.loudness,
        "loudness_range_lu": heard.loudness_range,
        "true_peak_dbtp": heard.true_peak,
        "silent": heard.silent or None,
        "silences": [list(silence) for silence in heard.silences] or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _tell_seen(images: list[Image.Image], learned: Callable[..., None]) -> None:
    found = seen(images)
    learned(
        colours=found.colours,
        black=found.black or None,
        still=found.still or None,
        transparent_percent=found.transparent or None,
    )
