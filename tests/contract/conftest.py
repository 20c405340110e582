"""Sandboxes as users start them: `videogen-mcp sandbox` in a process of its own, one per dialect and test module."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw

SOON = 30.0
"""Seconds of real time after which a test has failed."""


@dataclass(frozen=True)
class Running:
    """A sandbox that answers."""

    base_url: str
    api_key: str


@contextmanager
def sandbox_process(data_dir: Path, dialect: str) -> Iterator[Running]:
    """Run `videogen-mcp sandbox` for a block; it must end by itself on SIGTERM."""
    command = [sys.executable, "-m", "videogen_mcp", "sandbox", "--port", "0", "--data-dir", str(data_dir)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIDEOGEN_")}
    environment["VIDEOGEN_MCP_STATE_DIR"] = str(data_dir.parent / "state")
    process = subprocess.Popen([*command, "--dialect", dialect], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base_url, api_key = process.stdout.readline().split()
        yield Running(base_url, api_key)
        process.terminate()
        assert process.wait(SOON) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SOON)


@pytest.fixture(scope="module")
def sandbox_today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sandbox_process(tmp_path_factory.mktemp("today") / "data", "v2") as running:
        yield running


@pytest.fixture(scope="module")
def sandbox_seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sandbox_process(tmp_path_factory.mktemp("seed") / "data", "v0") as running:
        yield running


@dataclass(frozen=True)
class Heard:
    """A webhook as it arrived."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An endpoint on this machine. Answers 500 as often as `failures` says, then 204."""

    url: str = ""
    failures: int = 0
    heard: queue.Queue[Heard] = field(default_factory=queue.Queue)

    def next(self) -> Heard:
        """The next webhook; raises queue.Empty when none comes in time."""
        return self.heard.get(timeout=SOON)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.failures -= 1
            self.send_response(500 if found.failures >= 0 else 204)
            self.send_header("content-length", "0")
            self.end_headers()
            found.heard.put(Heard(dict(self.headers.items()), body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Nothing: the tests say what they heard."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield found
        server.shutdown()
        serving.join(SOON)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A small PNG: an orange disc on blue."""
    image = Image.new("RGB", (160, 120), "#203a80")
    ImageDraw.Draw(image).ellipse((40, 20, 120, 100), fill="#ffa030")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small MP4 of half a second: an orange box that moves on blue."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for index in range(6):
            frame = np.full((96, 128, 3), (32, 58, 128), np.uint8)
            frame[30:70, 20 + 8 * index : 60 + 8 * index] = (255, 160, 48)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path.read_bytes()
