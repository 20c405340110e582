"""One small picture that shows all: pictures side by side with their times, sounds as waveform and spectrogram."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from videogen_sandbox.look.shots import Shot

SIDE = 1_024
"""Pixels of the longest side: what models look at is made smaller than that anyway."""

MOST_BYTES = 60_000
"""Of an encoded sheet, 80 kB as base64: hosts cut results at 1 MB, and some at 100 kB."""

GAP = 6
"""Pixels between the pictures of a sheet."""

STRIP = 72
"""Pixels of the waveform below the pictures of a film."""

_QUALITIES = (88, 80, 72, 64, 56, 48, 40)
_FLAT_COLOURS = 4_096
"""Drawings have no more colours; PNG keeps their edges clean."""

_BOARD = ((236, 236, 236), (200, 200, 200))
_SQUARE = 12
_PAPER = (24, 24, 28)
_INK = (255, 255, 255)
_GRID = (150, 150, 160)


def on_board(image: Image.Image) -> Image.Image:
    """Return a picture on a checkerboard where it is transparent."""
    if image.mode != "RGBA":
        return image
    board = Image.new("RGB", image.size, _BOARD[0])
    draw = ImageDraw.Draw(board)
    for top in range(0, image.height, _SQUARE):
        for left in range(top // _SQUARE % 2 * _SQUARE, image.width, 2 * _SQUARE):
            draw.rectangle((left, top, left + _SQUARE - 1, top + _SQUARE - 1), fill=_BOARD[1])
    board.paste(image, mask=image.getchannel("A"))
    return board


def of_shots(shots: Sequence[Shot], waves: Image.Image | None = None) -> Image.Image:
    """Return pictures in rows with their times, and below them the waveform of the whole film, if there is one."""
    room = SIDE - (STRIP + GAP if waves is not None else 0)
    ratio = shots[0].image.width / shots[0].image.height
    columns, width, height = _grid(len(shots), ratio, room)
    rows = math.ceil(len(shots) / columns)
    across = columns * (width + GAP) - GAP
    down = rows * (height + GAP) - GAP
    sheet = Image.new("RGB", (across, down + (STRIP + GAP if waves is not None else 0)), _PAPER)
    for number, shot in enumerate(shots):
        row, column = divmod(number, columns)
        cell = on_board(shot.image.resize((width, height), Image.Resampling.LANCZOS))
        if len(shots) > 1:
            _label(cell, f"{shot.time:.2f} s" if shot.time < 100 else _clock(shot.time))
        sheet.paste(cell, (column * (width + GAP), row * (height + GAP)))
    if waves is not None:
        sheet.paste(waves.resize((across, STRIP), Image.Resampling.BOX), (0, down + GAP))
    return sheet


def of_sound(waves: Image.Image, spectrum: Image.Image, begin: float, seconds: float, top: float) -> Image.Image:
    """Return waveform over spectrogram of `seconds` from `begin` on; the spectrogram reaches to `top` Hz."""
    foot, left = 20, 44
    sheet = Image.new("RGB", (left + waves.width, waves.height + GAP + spectrum.height + foot), _PAPER)
    sheet.paste(waves, (left, 0))
    sheet.paste(spectrum, (left, waves.height + GAP))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    below = waves.height + GAP + spectrum.height
    for part in range(5):
        across = left + part * waves.width // 4
        anchor = "la" if part == 0 else "ra" if part == 4 else "ma"
        time = begin + seconds * part / 4
        draw.text((across, below + 3), f"{time:.1f} s" if seconds < 100 else _clock(time), _INK, font, anchor)
        level = below - part * spectrum.height // 4
        anchor = "rd" if part == 0 else "rt" if part == 4 else "rm"
        draw.text((left - 4, level), f"{top * part / 4000:g} kHz", _GRID, ImageFont.load_default(10), anchor)
    return sheet


def encoded(image: Image.Image, most: int = MOST_BYTES) -> tuple[bytes, str]:
    """Return a picture as at most `most` bytes of JPEG or PNG, and its content type; made smaller if it has to be."""
    image = on_board(image)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if image.getcolors(_FLAT_COLOURS) is not None:
        data = io.BytesIO()
        image.save(data, "PNG", optimize=True)
        if data.tell() <= most:
            return data.getvalue(), "image/png"
    while True:
        for quality in _QUALITIES:
            data = io.BytesIO()
            image.save(data, "JPEG", quality=quality, optimize=True)
            if data.tell() <= most:
                return data.getvalue(), "image/jpeg"
        smaller = max(1, image.width * 4 // 5), max(1, image.height * 4 // 5)
        image = image.resize(smaller, Image.Resampling.LANCZOS)


def fitted(image: Image.Image) -> Image.Image:
    """Return a picture at most SIDE pixels long and high."""
    if max(image.size) <= SIDE:
        return image
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return small


def _grid(count: int, ratio: float, room: int) -> tuple[int, int, int]:
    """Columns, and width and height of one picture in pixels, for the largest pictures that SIDE x `room` holds."""
    best = (1, 1, 1)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        width = min((SIDE + GAP) / columns - GAP, ((room + GAP) / rows - GAP) * ratio)
        if width > best[1]:
            best = columns, max(1, int(width)), max(1, int(width / ratio))
    return best


def _label(image: Image.Image, text: str) -> None:
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    left, top, right, bottom = draw.textbbox((0, 0), text, font)
    draw.rectangle((0, 0, right - left + 10, bottom - top + 10), fill=_PAPER)
    draw.text((5 - left, 5 - top), text, _INK, font)


def _clock(seconds: float) -> str:
    """1 min 40 s as 1:40, an hour as 1:00:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
