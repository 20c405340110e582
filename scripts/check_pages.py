"""Check the sandbox's pages as a browser shows them.

    python -m scripts.check_pages [--chromium PATH] [--into FOLDER]

Starts a sandbox in a temporary folder, has it make one of each kind, opens every page in a headless Chromium at
desktop and phone width, light and dark, and saves pictures. Leaves with 1 when a page scrolls sideways, when media do
not load, when a video cannot be played and sought, or when the browser complains (scripts, content policy).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from videogen import VideoGen

from scripts.chromium import Browser

MADE: dict[str, dict[str, Any]] = {
    "generate_image": {"prompt": "a lighthouse on a cliff at dusk"},
    "generate_video_clip": {"prompt": "a boat on a lake in the rain", "duration_seconds": 2},
    "text_to_speech": {"tts_text": "The keeper counted the waves until morning.", "voice_id": "Heart"},
    "generate_sound_effect": {"prompt": "rain on a tin roof", "duration_seconds": 2},
    "generate_motion_graphic": {"prompt": 'title "Tides"', "duration_seconds": 2},
}
"""Operation of the official SDK → what it is asked for."""

DERIVED = ("remove_image_background", "upscale_image", "vectorize_image")
"""Operations that are given the picture."""

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

VIEWS = [(1280, 800, "light"), (1280, 800, "dark"), (390, 844, "light"), (390, 844, "dark"), (1920, 1080, "light")]
"""Width, height and colour scheme: a laptop, a phone, a wide window."""

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
                f"{name} at {width}, {scheme}: {problem}"
                for width, height, scheme in VIEWS
                for name, path in pages.items()
                for problem in check(
                    browser, base_url + path, width, height, scheme, asked.into / f"{name}-{width}-{scheme}.png"
                )
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

    One more execution and one more run go on for ever, and one execution waits for an approval.
    Raise videogen.VideoGenError when the sandbox cannot make one.
    """
    with VideoGen(api_key=key, base_url=base_url) as client:
        client.tools.generate_image(prompt=RUNNING)
        made = {name: getattr(client.tools, f"{name}_and_wait")(**MADE[name], **WAIT) for name in MADE}
        picture = made["generate_image"]["results"][0]["file_id"]
        made |= {name: getattr(client.tools, f"{name}_and_wait")(image_file_id=picture, **WAIT) for name in DERIVED}
        client.tools.generate_image(prompt="a windmill [[approval]]")
        film = client.workflows.script_to_video_and_wait(**FILM, **WAIT)
        stalled = client.workflows.script_to_video(**{**FILM, "script": "Tides rise. [[stall]]"})
    files = {name: str(execution["results"][0]["file_id"]) for name, execution in made.items()}
    return files, {"project": film["project_id"], "project-being-made": stalled["project_id"]}


def check(browser: Browser, url: str, width: int, height: int, scheme: str, picture: Path) -> list[str]:
    """Open a page, save a picture of it, and say what is wrong with it."""
    browser.complaints = []
    browser.open(url, width, height, scheme)
    browser.run("document.querySelectorAll('[loading]').forEach((image) => { image.loading = 'eager'; })")
    loaded = browser.run(LOADED)
    browser.run("new Promise((done) => setTimeout(done, 1500))")  # the gallery has brought itself up to date once
    picture.write_bytes(browser.picture())
    wide = browser.run("document.documentElement.scrollWidth")
    return [
        *browser.complaints,
        *([] if loaded is not None and all(loaded) else [f"media did not load or play: {loaded}"]),
        *([] if wide <= width else [f"it is {wide} px wide"]),
    ]


if __name__ == "__main__":
    main()
