"""The pages of a sandbox in a real browser, with files that it can show and nothing that makes any."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image

from scripts.chromium import Browser
from tests.sandbox import tiny
from tests.sandbox.pages.stores import KEY
from videogen_sandbox.app import create_app
from videogen_sandbox.config import SandboxConfig
from videogen_sandbox.directives import Directives
from videogen_sandbox.service import Sandbox
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File, Rendition
from videogen_sandbox.storage.projects import Project

PHONE, LAPTOP = (390, 844), (1280, 800)
"""Width and height of windows."""

LIMIT = 30_000
"""Milliseconds after which something did not come."""

KEYS = {
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Escape": {"key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 27},
    "Space": {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "},
    "ArrowRight": {"key": "ArrowRight", "code": "ArrowRight", "windowsVirtualKeyCode": 39},
    "ArrowDown": {"key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 40},
    "/": {"key": "/", "code": "Slash", "windowsVirtualKeyCode": 191, "text": "/"},
    "?": {"key": "?", "code": "Slash", "windowsVirtualKeyCode": 191, "text": "?"},
}


UNTIL = """new Promise((done) => {
  const look = () => (%s) ? done(true) : setTimeout(look, 20);
  look();
  setTimeout(() => done(false), %d);
})"""

MIDDLE = """(() => {
  const one = document.querySelector(%s);
  one.scrollIntoView({ block: 'center' });
  const box = one.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


@dataclass
class Window:
    """One page in a browser. `sandbox` is what it shows; nothing runs in it but requests. `numbers` are for ids."""

    browser: Browser
    sandbox: Sandbox
    base_url: str
    numbers: Iterator[int] = field(default_factory=count)

    def open(self, path: str = "/", size: tuple[int, int] = LAPTOP, scheme: str = "light") -> None:
        """Open a page, and wait until its scripts have begun."""
        self.browser.open(self.base_url + path, *size, scheme)

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        return self.browser.run(script)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression holds, on this page or the one that the browser is going to."""
        try:
            held = self.run(UNTIL % (condition, LIMIT))
        except RuntimeError:  # The page was left meanwhile.
            held = self.run(UNTIL % (condition, LIMIT))
        assert held, f"{condition} did not come; the page says {self.run('document.body.innerText')}"

    def arrive(self, path: str) -> None:
        """Wait until the browser has gone to a page, and its scripts have begun."""
        self.until(f"location.pathname === '{path}' && document.readyState === 'complete'")

    def press(self, name: str) -> None:
        """Press a key, as a person does."""
        key = KEYS[name]
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", **key)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", **{**key, "text": ""})

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self.browser.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the middle of the first element that fits, as a person does."""
        box = self.run(MIDDLE % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    @contextlib.contextmanager
    def without_scripts(self) -> Iterator[None]:
        """Load no scripts until the block is left."""
        self.browser.call("Network.enable")
        self.browser.call("Network.setBlockedURLs", urls=["*.js"])
        try:
            yield
        finally:
            self.browser.call("Network.setBlockedURLs", urls=[])
            self.browser.call("Network.disable")
            self.browser.complaints = [one for one in self.browser.complaints if "BLOCKED_BY_CLIENT" not in one]

    def refresh(self) -> None:
        """Let the page bring itself up to date now."""
        self.run("import('/assets/live.js').then((live) => live.refresh())")

    def names(self) -> list[str]:
        """Return the names of the tiles, in order."""
        found: list[str] = self.run("[...document.querySelectorAll('.face .name')].map((one) => one.textContent)")
        return found

    def focused(self) -> str:
        """Return the id of what has the focus."""
        return str(self.run("document.activeElement.id"))

    # -- what the sandbox has --

    def file(self, name: str, kind: str = "IMAGE", **more: Any) -> File:
        """Store a picture, a cut-out (`alpha=True`) or a sound that a browser can show."""
        store = self.sandbox.files
        number = next(self.numbers)
        file_id = f"vg_file_{number}"
        folder = store.folder(file_id)
        folder.mkdir(parents=True)
        alpha = more.pop("alpha", False)
        (folder / "picture.png").write_bytes(picture(alpha=alpha))
        shown = Rendition("picture.png", "image/png" if alpha else "image/jpeg", 64, 36, 900)
        preview = shown
        if kind == "AUDIO":
            (folder / "sound.wav").write_bytes(sound())
            preview = Rendition("sound.wav", "audio/wav", bytes=16_000)
        renditions = {"download": preview, "preview": preview, "thumbnail": shown}
        values = {"scope": "GLOBAL", "duration": 1.0 if kind == "AUDIO" else None, "prompt": name, **more}
        file = File(
            file_id,
            "ready",
            kind,
            display_name=name,
            created_at=self.now + number / 100,
            renditions=renditions,
            **values,
        )
        store.add(file)
        return file

    def ask(
        self, prompt: str, directives: Directives | None = None, *, inputs: dict[str, list[str]] | None = None
    ) -> str:
        """Store an execution of a tool; nothing begins with it."""
        number = next(self.numbers)
        chosen = directives or Directives()
        status = "awaiting_approval" if chosen.approval else "pending"
        body = {"prompt": prompt, "inputs": inputs or {}}
        asked = Execution(f"vg_tool_{number}", "generate-image", body, chosen, 7, self.now, status)
        self.sandbox.jobs.start(asked)
        return asked.id

    def film(self, title: str) -> Project:
        """Store a project of which nothing was made."""
        number = next(self.numbers)
        ratio = {"width": 9, "height": 16}
        project = Project(f"vg_proj_{number}", f"vg_asst_{number}", title, ratio, self.now, self.now)
        self.sandbox.projects.add(project)
        return project

    def clear(self) -> None:
        """Leave the page, and remove all that the sandbox lists."""
        self.browser.call("Page.navigate", url="about:blank")
        for table in ("files", "executions", "jobs", "projects"):
            self.sandbox.database.run(f"DELETE FROM {table}")

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.sandbox.clock.time() - 60


def picture(*, alpha: bool) -> bytes:
    """A small picture, transparent or not."""
    content = io.BytesIO()
    Image.new("RGBA" if alpha else "RGB", (64, 36), (200, 60, 60, 0) if alpha else (200, 60, 60)).save(content, "PNG")
    return content.getvalue()


def sound() -> bytes:
    """A second of silence."""
    content = io.BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(b"\0\0" * 8000)
    return content.getvalue()


@contextlib.contextmanager
def windows(program: str, folder: Path) -> Iterator[Window]:
    """Serve a sandbox without its workers to a browser until the block is left."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(SandboxConfig(folder / "data", KEY, base_url, toolbox=tiny.TOOLBOX, workers=1))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
        serving = threading.Thread(target=server.run, args=([listener],))
        serving.start()
        try:
            with Browser(program, folder / "profile") as browser:
                yield Window(browser, app.state.sandbox, base_url)
        finally:
            server.should_exit = True
            serving.join()
            app.state.sandbox.close()
