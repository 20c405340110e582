"""What is tried with every client, as scripts for its model. What each check means is written here and nowhere else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.dialects import Call
from tests.clients.model import Script

LONG = 75
"""Seconds of the long execution: more than the 60 s after which the TypeScript SDK stops, and all below."""

INTERRUPTED = 12
"""Seconds of the execution whose host is killed: it still runs when the next session asks for it again."""

TURNS = 60
"""Calls until a file must be there: at a limit of 5 s the long execution takes twenty."""

AT_ONCE = 5
"""Calls in one turn."""

FILE = re.compile(r"vg_file_\w+")
EXECUTION = re.compile(r"vg_tool_\w+")


@dataclass
class Finding:
    """How a check came out: whether it is `good`, and the words for the table."""

    good: bool
    words: str


@dataclass
class Wishes:
    """The calls of one client. Each is a wish of its own: however often it is repeated, it is paid once."""

    client: str
    picture: Path
    """A local file."""
    made: dict[str, None] = field(default_factory=dict)

    def sound(self, what: str, delay: int = 0) -> Call:
        prompt = f"{what} of {self.client}" + (f" [[delay {delay}s]]" if delay else "")
        self.made[prompt] = None
        return Call("generate_sound_effect", {"prompt": prompt, "duration_seconds": 1})

    def image(self) -> Call:
        prompt = f"a pear of {self.client}"
        self.made[prompt] = None
        return Call("generate_image", {"prompt": prompt, "aspect_ratio": "1:1"})

    def larger(self) -> Call:
        self.made[str(self.picture)] = None
        return Call("upscale_image", {"image": str(self.picture)})


def interrupted(wishes: Wishes) -> Script:
    """The first session: its host is killed while this call waits."""
    yield [wishes.sound("a cut bell", INTERRUPTED)]


def whole(wishes: Wishes, found: dict[str, Finding], *, local_files: bool, about_to_wait: Callable[[], None]) -> Script:
    """The second session. `about_to_wait` is called before the long execution, which is the last of it."""
    found["repeated"] = yield from _until_file(wishes.sound("a cut bell", INTERRUPTED))
    found["workflow"] = yield from _until_file(wishes.image())
    found["error"] = yield from _refused(Call("generate_sound_effect", {"prompt": ""}), "was not started")
    found["five"] = yield from _five(wishes)
    if local_files:
        found["local file"] = yield from _until_file(wishes.larger())
    else:
        found["local file"] = yield from _refused(
            Call("upscale_image", {"image": str(wishes.picture)}), "reached over the network"
        )
    about_to_wait()
    began = time.monotonic()
    found["long"] = yield from _until_file(wishes.sound("a long bell", LONG))
    found["long"].words += f", {time.monotonic() - began:.0f} s"


Check = Generator[list[Call], list[str], Finding]


def _until_file(wish: Call) -> Check:
    """Make a call and do what the answers say, as agents do: wait for what runs, and make a call that was cut again."""
    asked, calls, cut = wish, 0, 0
    while calls < TURNS:
        (text,) = yield [asked]
        calls += 1
        if "succeeded" in text and FILE.search(text):
            words = ["file", *([f"{calls} calls"] if calls > 1 else []), *([f"{cut} cut"] if cut else [])]
            return Finding(True, ", ".join(words))
        if f"{wish.tool} failed" in text or "not started" in text:
            return Finding(False, text)
        running = EXECUTION.findall(text)
        asked = Call("wait_for_execution", {"execution_id": running[-1]}) if running else wish
        cut += not running
    return Finding(False, f"lost: no file after {calls} calls")


def _refused(wrong: Call, reason: str) -> Check:
    (text,) = yield [wrong]
    return Finding(reason in text, "refused, with the reason" if reason in text else text)


def _five(wishes: Wishes) -> Check:
    asked = [wishes.sound(f"bell {number}") for number in range(AT_ONCE)]
    texts = yield asked
    for wish, text in zip(asked, texts, strict=True):
        if "succeeded" not in text:
            ended = yield from _until_file(_next(wish, text))
            if not ended.good:
                return ended
    return Finding(True, "files")


def _next(wish: Call, text: str) -> Call:
    running = EXECUTION.findall(text)
    return Call("wait_for_execution", {"execution_id": running[-1]}) if running else wish
