"""Look at the sandbox's pages as a browser shows them.

    python scripts/look_at_pages.py [--chromium PATH] [--into FOLDER]

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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

MADE: dict[str, dict[str, Any]] = {
    "generate-image": {"prompt": "a lighthouse on a cliff at dusk"},
    "generate-video-clip": {"prompt": "a boat on a lake in the rain", "durationSeconds": 2},
    "text-to-speech": {"ttsText": "The keeper counted the waves until morning.", "voiceId": "Heart"},
    "generate-sound-effect": {"prompt": "rain on a tin roof", "durationSeconds": 2},
}
RUNNING = {"prompt": "[[stall]] a fox in the snow, seen from far away, with a very long prompt " * 3}
LIMIT = 120.0
"""Seconds for everything to be made."""

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
        files = fill(base_url, key)
        pages = {"gallery": "/", **{kind: f"/media/{file_id}" for kind, file_id in files.items()}}
        with Browser(asked.chromium, Path(folder) / "profile") as browser:
            troubles = [
                f"{name} at {width}: {trouble}"
                for width, height, scheme in VIEWS
                for name, path in pages.items()
                for trouble in browser.look(base_url + path, width, height, scheme, asked.into / f"{name}-{width}.png")
            ]
    print(*troubles or [f"Nothing to complain about. Pictures are in {asked.into}."], sep="\n")
    sys.exit(1 if troubles else 0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Look at the sandbox's pages in Chromium.")
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


def fill(base_url: str, key: str) -> dict[str, str]:
    """Operation → the file that it made. One more execution goes on for ever."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=base_url, headers=headers, trust_env=False, timeout=30) as client:

        def start(operation: str, body: dict[str, Any]) -> str:
            answer = client.post(f"/v1/tools/{operation}", json=body).raise_for_status()
            return str(answer.json()["toolExecutionId"])

        started = {operation: start(operation, body) for operation, body in MADE.items()}
        start("generate-image", RUNNING)
        files: dict[str, str] = {}
        deadline = time.monotonic() + LIMIT
        while len(files) < len(started) and time.monotonic() < deadline:
            for operation in started.keys() - files.keys():
                execution = client.get(f"/v1/tools/executions/{started[operation]}").json()
                if execution["status"] == "failed":
                    sys.exit(f"{operation} failed: {execution['error']['message']}")
                if execution["status"] == "succeeded":
                    files[operation] = execution["results"][0]["fileId"]
            time.sleep(0.2)
        return files


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

    def look(self, url: str, width: int, height: int, scheme: str, picture: Path) -> list[str]:
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
            *([] if loaded and all(loaded) else [f"media did not load or play: {loaded}"]),
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
