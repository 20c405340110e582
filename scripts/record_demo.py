"""Draw docs/demo.webp anew: `make demo ARGS=--all` in a clone, as a terminal shows it, then the page with what it made.

    uv run --extra sandbox --with pyte python -m scripts.record_demo [--chromium PATH]

Takes three minutes. What the terminal showed at each moment is drawn by the browser; waiting is cut short.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from PIL import Image

from scripts.chromium import Browser

ROOT = Path(__file__).parents[1]
COMMAND = ("make", "demo", "ARGS=--all")
COLUMNS, ROWS = 80, 38
WIDTH, HEIGHT = 880, 720
"""Pixels."""

EVERY = 2.0
"""Seconds between two pictures of what goes on: some fifty in all."""

SHOWN = 150
"""Milliseconds for each of them, so that it plays thirteen times as fast."""

PAUSE = 0.03
"""Seconds without output after which a picture of the screen is whole: it is drawn ten times a second."""

STAYS = 3_000
"""Milliseconds for the result, and for each page."""

LARGEST = 600_000
"""Bytes that README may ask a reader to load for it."""

COLOURS = {"default": "#d8dee9", "red": "#e06c75", "green": "#98c379", "cyan": "#56b6c2", "brown": "#d19a66"}

STYLE = f"""
body {{ margin: 0; background: #1b1f27; width: {WIDTH}px; height: {HEIGHT}px; overflow: hidden }}
pre {{ margin: 0; padding: 18px 24px; color: {COLOURS["default"]}; font: 14px/18px "DejaVu Sans Mono", monospace }}
"""


@dataclass(frozen=True)
class Frame:
    """A picture (PNG) and for how many milliseconds it is shown."""

    png: bytes
    shown: int


def main() -> None:
    """Record, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "demo.webp")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Browser(asked.chromium, Path(name) / "browser") as browser:
        folder = Path(name)
        screens = list(recorded(folder))
        gallery = re.search(r"See it here: (\S+)", screens[-1].partition("\0")[2])
        if gallery is None:
            raise SystemExit("The demo did not say where its page is.")
        frames = [Frame(drawn(browser, screen.partition("\0")[0]), SHOWN) for screen in screens]
        frames[-1] = Frame(frames[-1].png, STAYS)
        frames += pages(browser, gallery[1])
        stop(folder)
    write(frames, asked.into)
    size = asked.into.stat().st_size
    print(f"{asked.into}: {len(frames)} pictures, {size / 1e3:.0f} kB")
    if size > LARGEST:
        raise SystemExit(f"It is larger than {LARGEST / 1e3:.0f} kB.")


def surroundings(folder: Path) -> dict[str, str]:
    """Return the environment of a new user: nothing was fetched, and no sandbox runs."""
    own = {"UV_CACHE_DIR": folder / "uv", "PIP_CACHE_DIR": folder / "pip", "VIDEOGEN_MCP_STATE_DIR": folder / "state"}
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "NO_COLOR", "COLUMNS")}
    return {**kept, **{name: str(path) for name, path in own.items()}, "TERM": "xterm-256color"}


def recorded(folder: Path) -> Iterator[str]:
    """Yield what the terminal shows, as HTML and, after a NUL, as text, from the command to its end."""
    clone = folder / "videogen_mcp"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {' '.join(COMMAND)}\r\n".encode())
    yield html(screen)
    ours, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        COMMAND, cwd=clone, env=surroundings(folder), stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    due = time.monotonic()
    for part in iter(lambda: read(ours), b""):
        stream.feed(part)
        if time.monotonic() >= due and not select.select([ours], [], [], PAUSE)[0]:
            due = time.monotonic() + EVERY
            yield html(screen)
    yield html(screen)
    if process.wait():
        raise SystemExit("The demo failed.")


def read(terminal: int) -> bytes:
    """Return what was written next; nothing at the end."""
    try:
        return os.read(terminal, 65_536)
    except OSError:  # EIO: nobody has the other end any more.
        return b""


def html(screen: pyte.Screen) -> str:
    """Return a screen as HTML and, after a NUL, as text."""
    lines = []
    for row in range(ROWS):
        cells = [screen.buffer[row][column] for column in range(COLUMNS)]
        runs = ((colour, "".join(cell.data for cell in run)) for colour, run in groupby(cells, lambda cell: cell.fg))
        lines.append(
            "".join(f'<span style="color:{hexadecimal(colour)}">{escape(text)}</span>' for colour, text in runs)
        )
    return "\n".join(lines) + "\0" + "\n".join(screen.display)


def hexadecimal(colour: str) -> str:
    """Return a colour of the terminal as CSS has it."""
    return COLOURS.get(colour, f"#{colour}" if re.fullmatch("[0-9a-f]{6}", colour) else COLOURS["default"])


def drawn(browser: Browser, screen: str) -> bytes:
    """Return a picture of a screen."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><pre>{screen}</pre>")
        file.flush()
        browser.open(f"file://{file.name}", WIDTH, HEIGHT)
        return browser.picture()


def pages(browser: Browser, gallery: str) -> Iterator[Frame]:
    """Yield the gallery, further down, and the page of a film."""
    browser.open(gallery, WIDTH, HEIGHT, "dark")
    settled = "new Promise((done) => setTimeout(done, 1500))"
    browser.run(settled)
    yield Frame(browser.picture(), STAYS)
    browser.run(f"scrollTo(0, {HEIGHT * 0.8})")
    browser.run(settled)
    yield Frame(browser.picture(), STAYS)


def stop(folder: Path) -> None:
    """End the sandbox of the recording."""
    command = [str(folder / "videogen_mcp" / ".venv" / "bin" / "videogen-mcp"), "sandbox", "--stop"]
    subprocess.run(command, env=surroundings(folder), check=True, stdout=subprocess.DEVNULL)


def write(frames: Sequence[Frame], into: Path) -> None:
    """Write one moving picture that plays for ever."""
    pictures = [Image.open(io.BytesIO(frame.png)).convert("RGB") for frame in frames]
    pictures[0].save(
        into,
        save_all=True,
        append_images=pictures[1:],
        duration=[frame.shown for frame in frames],
        loop=0,
        quality=60,
        method=6,
        minimize_size=True,
    )


if __name__ == "__main__":
    main()
