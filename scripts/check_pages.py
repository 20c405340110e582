"""Check the sandbox's pages as a browser shows them.

    python scripts/check_pages.py [--chromium PATH] [--into FOLDER]

Starts a sandbox in a temporary folder, has it make one of each kind, opens every page in a headless Chromium at
desktop and phone width, light and dark, and saves pictures. Leaves with 1 when a page scrolls sideways, when media do
not load, when a video cannot be played and sought, or when the browser complains (scripts, content policy).
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from videogen import VideoGen

MADE: dict[str, dict[str, Any]] = {
    "generate_image": {"prompt": "a lighthouse on a cliff at dusk"},
    "generate_video_clip": {"prompt": "a boat on a lake in the rain", "duration_seconds": 2},
    "text_to_speech": {"tts_text": "The keeper counted the waves until morning.", "voice_id": "Heart"},
    "generate_sound_effect": {"prompt": "rain on a tin roof", "duration_seconds": 2},
}
"""Operation of the official SDK → what it is asked for."""

FILM = {
    "script": "Tides rise twice a day. The moon pulls the water of the sea.",
    "visual_style": {"type": "AI_IMAGE", "aiStyle": "watercolour"},
    "aspect_ratio": {"width": 9, "height": 16},
    "remix_actions": [{"type": "ENABLE_CAPTIONS"}, {"type": "GENERATE_MUSIC", "prompt": "calm piano"}],
    "auto_export": True,
    "export_options": {"quality": "STANDARD"},
}
"""What a video is made of."""

RUNNING = "[[stall]] a fox in the snow, seen from far away, with a very long prompt " * 3

WAIT = {"poll_interval_ms": 200, "timeout_ms": 120_000}
"""For the SDK: each result is made within seconds."""

VIEWS = [(1280, 900, "light"), (390, 844, "dark")]
"""Width, height and colour scheme: a laptop, a phone."""

COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")

LOADED = """Promise.all([...document.querySelectorAll('img, video, audio')].map(async (media) => {
  if (media.tagName === 'IMG') { await media.decode(); return media.naturalWidth > 0; }
  media.muted = true;
  await media.play();
  media.pause();
  media.currentTime = media.duration / 2;
  await new Promise((done) => media.addEventListener('seeked', done, { once: true }));
  return Math.abs(media.currentTime - media.duration / 2) < 0.1;
}))"""


def main() -> None:
    asked = arguments()
    asked.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sandbox(Path(folder) / "data") as (base_url, key):
        files, projects = fill(base_url, key)
        pages = {"gallery": "/", **{kind: f"/media/{file_id}" for kind, file_id in files.items()}}
        pages |= {name: f"/projects/{project_id}" for name, project_id in projects.items()}
        with Browser(asked.chromium, Path(folder) / "profile") as browser:
            problems = [
                f"{name} at {width}: {problem}"
                for width, height, scheme in VIEWS
                for name, path in pages.items()
                for problem in browser.check(base_url + path, width, height, scheme, asked.into / f"{name}-{width}.png")
            ]
    print(*problems or [f"Nothing to complain about. Pictures are in {asked.into}."], sep="\n")
    sys.exit(1 if problems else 0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check the sandbox's pages in Chromium.")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", help="(%(default)s)")
    parser.add_argument("--into", type=Path, default=Path(".cache/pages-seen"), metavar="FOLDER", help="(%(default)s)")
    return parser.parse_args()


@contextmanager
def sandbox(data_dir: Path) -> Iterator[tuple[str, str]]:
    """Base URL and key of a sandbox that ends with the block."""
    command = [sys.executable, "-m", "videogen_mcp", "sandbox", "--port", "0", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url, key = process.stdout.readline().split()
        try:
            yield base_url, key
        finally:
            process.terminate()


def fill(base_url: str, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return operation → the id of the file that it made, and projects by what they show.

    One more execution and one more run go on for ever. Raise videogen.VideoGenError when the sandbox cannot make one.
    """
    with VideoGen(api_key=key, base_url=base_url) as client:
        client.tools.generate_image(prompt=RUNNING)
        made = {name: getattr(client.tools, f"{name}_and_wait")(**MADE[name], **WAIT) for name in MADE}
        film = client.workflows.script_to_video_and_wait(**FILM, **WAIT)
        stalled = client.workflows.script_to_video(**{**FILM, "script": "Tides rise. [[stall]]"})
    files = {name: str(execution["results"][0]["file_id"]) for name, execution in made.items()}
    return files, {"project": film["project_id"], "project-being-made": stalled["project_id"]}


class Browser:
    """Chromium without a window, led through the DevTools protocol on a pipe."""

    def __init__(self, program: str, profile: Path) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        command += ["--disable-background-networking", "--autoplay-policy=no-user-gesture-required"]
        command += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        # The browser reads its pipe at 3 and writes it at 4; a shell puts them there.
        shell = ["sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", *command]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(shell, pass_fds=(to_browser, from_browser), stdout=quiet, stderr=quiet)
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._count = 0
        self._session: str | None = None
        self._complaints: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        os.close(self._in)
        os.close(self._out)

    def check(self, url: str, width: int, height: int, scheme: str, picture: Path) -> list[str]:
        """Open a page, save a picture of it, and say what is wrong with it."""
        self._complaints = []
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=url)
        self.run("new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))")
        self.run("document.querySelectorAll('[loading]').forEach((image) => { image.loading = 'eager'; })")
        loaded = self.run(LOADED)
        self.run("new Promise((done) => setTimeout(done, 1500))")  # the gallery has brought itself up to date once
        picture.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        wide = self.run("document.documentElement.scrollWidth")
        return [
            *self._complaints,
            *([] if loaded is not None and all(loaded) else [f"media did not load or play: {loaded}"]),
            *([] if wide <= width else [f"it is {wide} px wide"]),
        ]

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            self._complaints.append(json.dumps(answer["exceptionDetails"])[:300])
        return answer["result"].get("value")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its answer."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            if answer.get("method") in COMPLAINTS:
                self._complaints.append(json.dumps(answer["params"])[:300])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._in, 1 << 20)
            if not part:
                raise RuntimeError("The browser has ended.")
            self._rest += part
        message, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        return found


if __name__ == "__main__":
    main()
