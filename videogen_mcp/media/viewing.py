"""What is in a file: read by a process of its own, because files may be hostile. Nothing is decoded in this one."""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
from anyio import to_thread
from anyio.abc import Process
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from videogen_mcp.calls.replies import bounded
from videogen_mcp.media.limits import PICTURE_MOST, READ_REPORT, READ_SECONDS, READS_AT_ONCE

log = logging.getLogger(__name__)

KEPT_VARIABLES = (
    *("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)
"""What a reader gets of the environment: no key of anybody, whatever a file makes of it."""

LOG_LENGTH = 2_000
"""Characters of a reader's last words in the log."""

Text = Annotated[str, AfterValidator(lambda text: bounded(text, 200) or "")]


class Known(BaseModel):
    """Base of what a reader says."""

    model_config = ConfigDict(defer_build=True)


class SoundFacts(Known):
    """What was measured of a sound."""

    codec: Text | None = None
    channels: int | None = None
    sample_rate: int | None = None
    loudness_lufs: float | None = None
    loudness_range_lu: float | None = None
    true_peak_dbtp: float | None = None
    silent: bool | None = None
    silences: list[tuple[float, float]] | None = None


class Facts(Known):
    """What a reader says of a file; absent is what it does not know or what is not so. The reader documents them."""

    kind: Text | None = None
    format: Text | None = None
    codec: Text | None = None
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    fps: float | None = None
    frames: int | None = None
    pages: int | None = None
    has_sound: bool | None = None
    has_alpha: bool | None = None
    dynamic_range: Text | None = None
    interlaced: bool | None = None
    colour_profile: Text | None = None
    colours: dict[Text, int] | None = None
    black: bool | None = None
    still: bool | None = None
    transparent_percent: int | None = None
    shown_at: list[float] | None = None
    sound: SoundFacts | None = None
    notes: list[Text] | None = None
    problem: Text | None = None


@dataclass(frozen=True)
class View:
    """What a file is like, and a small picture (JPEG or PNG) where one could be made."""

    facts: Facts
    picture: bytes | None


@dataclass(frozen=True)
class Viewer:
    """Runs readers: `command` and a file give facts as lines of JSON, and a picture at a path (`--picture`)."""

    command: Sequence[str]
    seconds: float = READ_SECONDS
    slots: anyio.CapacityLimiter = field(default_factory=partial(anyio.CapacityLimiter, READS_AT_ONCE))

    async def view(self, file: Path | int, at: float | None, folder: Path, *, limit: float = math.inf) -> View:
        """Return what is in a file (its path, or an open descriptor of it), overall or `at` seconds.

        `folder` is an empty one for the reader's use; `limit` is in seconds. Never raises because of what is in the
        file: a reader that breaks down or takes too long is ended, and what it said until then counts.
        """
        picture = folder / "picture"
        path, descriptors = (f"/dev/fd/{file}", (file,)) if isinstance(file, int) else (str(file), ())
        command = [*self.command, path, "--picture", str(picture), *(("--at", str(at)) if at is not None else ())]
        seconds = min(self.seconds, limit)
        async with self.slots:
            said, ended = await self._run(command, folder, descriptors, seconds)
        facts = _facts(said)
        if not ended:
            facts.notes = [*(facts.notes or ()), f"Reading it took more than {seconds:.0f} s and was ended."]
        elif facts.problem is None and not picture.is_file():
            facts.problem = "It could not be read to its end: the reader needed more memory or time than it may have."
        return View(facts, await to_thread.run_sync(_picture, picture))

    async def _run(
        self, command: list[str], folder: Path, descriptors: Sequence[int], seconds: float
    ) -> tuple[bytes, bool]:
        """What a reader wrote, and whether it ended by itself."""
        said = bytearray()
        errors = folder / "errors"
        with errors.open("wb") as stderr:
            process = await anyio.open_process(
                command,
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                cwd=folder,
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
                pass_fds=descriptors,
            )
        try:
            with anyio.move_on_after(seconds) as patience:
                await _listen(process, said)
        finally:
            with anyio.CancelScope(shield=True):
                if process.returncode is None:
                    process.kill()
                await process.aclose()
        if process.returncode not in (0, 1):
            words = errors.read_bytes()[-LOG_LENGTH:].decode(errors="replace")
            log.warning("a reader ended with %s: %s", process.returncode, words)
        return bytes(said), not patience.cancelled_caught


async def _listen(process: Process, said: bytearray) -> None:
    assert process.stdout is not None
    async for chunk in process.stdout:
        said += chunk
        if len(said) > READ_REPORT:
            return
    await process.wait()


def _facts(said: bytes) -> Facts:
    """The last whole line that makes sense; nothing is known where there is none."""
    for line in reversed(said.splitlines(keepends=True)):
        if line.endswith(b"\n"):
            try:
                known: Any = json.loads(line)
                return Facts.model_validate(known)
            except (ValueError, ValidationError, RecursionError) as error:
                log.warning("a reader said what makes no sense: %s", type(error).__name__)
    return Facts()


def _picture(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(PICTURE_MOST + 1)
    except FileNotFoundError:
        return None
    return data if len(data) <= PICTURE_MOST and data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n")) else None
