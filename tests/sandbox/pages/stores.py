"""A sandbox's database without a sandbox, and its pages as a browser is given them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import anyio

from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.directives import Directives
from videogen_sandbox.storage.executions import Execution, Executions, Kind
from videogen_sandbox.storage.files import File, Files, Rendition
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.overview import Overview
from videogen_sandbox.storage.projects import Project, Projects

KEY = "sk_videogen_sandbox_secret"
BASE = "http://127.0.0.1:8791"
NASTY = '</title><script>alert(1)</script><img src=x onerror="alert(2)">\'"&'
NOW = 1_790_000_000.0


class FixedClock:
    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep_forever()


@dataclass
class Jobs:
    """What the buttons asked for, in order."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def approve(self, execution: Execution) -> None:
        self.asked.append(("approve", execution.id))

    def cancel(self, execution: Execution) -> None:
        self.asked.append(("cancel", execution.id))


@dataclass
class Stores:
    overview: Overview
    files: Files
    executions: Executions
    projects: Projects
    leases: Leases
    links: Links
    jobs: Jobs = field(default_factory=Jobs)

    def ask(
        self,
        number: int,
        prompt: str = "a pear",
        directives: Directives | None = None,
        operation: str = "generate-image",
        ago: float = 4.0,
        **body: Any,
    ) -> Execution:
        """An execution of a tool that was asked for so many seconds ago."""
        chosen = directives or Directives()
        status = "awaiting_approval" if chosen.approval else "pending"
        asked = Execution(f"vg_tool_{number}", operation, {"prompt": prompt, **body}, chosen, 7, NOW - ago, status)
        self.executions.add(asked)
        return asked

    def derive(self, operation: str, *sources: File, kind: str = "IMAGE", **more: Any) -> File:
        """A file that a tool made of others."""
        number = len(self.executions.listed()) + 100
        name = f"{kind.lower()}FileId"
        asked = self.ask(number, "", operation=operation, inputs={name: [source.id for source in sources]})
        tool = operation.upper().replace("-", "_")
        made = self.make(
            f"{sources[0].display_name} ({operation})", kind, execution_id=asked.id, tool_type=tool, **more
        )
        self.executions.succeed(asked.id, [made.id], NOW)
        return made

    def film(self, title: str = "Tides", **document: Any) -> Project:
        """A project that was built, with as much of a document as is given."""
        number = len(self.projects.listed())
        ratio = {"width": 9, "height": 16}
        made = Project(f"vg_proj_{number}", f"vg_asst_{number}", title, ratio, NOW - 60, NOW, document or None)
        self.projects.add(made)
        return made

    def run_on(
        self, project: Project, kind: Kind, operation: str, number: int, chain: str | None = None, **body: Any
    ) -> Execution:
        execution = Execution(
            f"vg_{kind}_{number}",
            operation,
            body,
            Directives(),
            0,
            NOW - 4,
            kind=kind,
            project_id=project.id,
            chain=chain,
        )
        self.executions.add(execution)
        self.leases.add(kind, execution.id, 0.0, project.id)
        return execution

    def export(self, project: Project, number: int, **more: Any) -> File:
        """A version of a project."""
        export = self.run_on(project, "export", "export", number)
        values = {"scope": "EXPORT", "execution_id": export.id, "duration": 12.5}
        video = self.make(project.title, "VIDEO", **{**values, **more})
        self.leases.remove(export.id)
        self.executions.succeed(export.id, [video.id], NOW)
        return video

    def make(self, name: str = "A pear", kind: str = "IMAGE", **more: object) -> File:
        suffix = {"IMAGE": ".png", "VIDEO": ".mp4", "AUDIO": ".wav"}.get(kind, ".bin")
        renditions = {
            "download": Rendition(f"original{suffix}", width=1280, height=720, bytes=53_000),
            "preview": Rendition(f"preview{suffix}", width=640, height=360, bytes=9_000),
            "thumbnail": Rendition("thumbnail.jpg", width=320, height=180, bytes=3_000),
        }
        values: dict[str, object] = {
            "state": "ready",
            "scope": "USER",
            "renditions": renditions,
            "made": {"engine": "illustrator", "engineVersion": "3", "placeholder": True, "seed": 4711},
            "prompt": name,
        }
        number = len(self.files.ids())
        values["created_at"] = NOW - 3600 + number
        file = File(id=f"vg_file_{number}", type=kind, display_name=name, **(values | more))  # type: ignore[arg-type]  # a test may ask for any field
        self.files.add(file)
        return file


class Tags(HTMLParser):
    """All elements of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]
