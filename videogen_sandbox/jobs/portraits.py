"""The pictures and clips of the presenters: drawn at the first request, then kept."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from videogen_sandbox.catalogue import PRESENTERS
from videogen_sandbox.contract.names import portrait_id
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.storage.files import File, Files, Rendition

SIZES = {"portrait.png": 1024, "thumbnail.png": 256}
"""Pixels on each side."""

CLIP = "preview.mp4"


class Portraits:
    """Draws and finds the pictures. They are in the folder of the presenter's file."""

    def __init__(self, files: Files, pool: Pool, folder: Path) -> None:
        """`folder` is for unfinished pictures."""
        self._files = files
        self._pool = pool
        self._folder = folder
        self._locks: defaultdict[Path, anyio.Lock] = defaultdict(anyio.Lock)

    def register(self, now: float) -> None:
        """Store the portraits as files, so that they can be reference images."""
        for presenter in PRESENTERS:
            forms = {
                name: Rendition(path, "image/png", SIZES[path], SIZES[path])
                for name, path in (
                    ("download", "portrait.png"),
                    ("preview", "portrait.png"),
                    ("thumbnail", "thumbnail.png"),
                )
            }
            self._files.add(
                File(
                    id=portrait_id(presenter.slug),
                    state="ready",
                    type="IMAGE",
                    scope="ENTITY",
                    display_name=presenter.name,
                    description=presenter.description,
                    created_at=now,
                    renditions=forms,
                    presenter=presenter.slug,
                )
            )

    async def picture(self, slug: str, name: str) -> Path:
        """Return the path of a name in SIZES, or of CLIP. Raise EngineError or WorkerFailed if it cannot be drawn."""
        target = self._files.folder(portrait_id(slug)) / name
        async with self._locks[target]:
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                with TemporaryDirectory(dir=self._folder) as draft:
                    await self._draw(slug, name, target, draft)
        return target

    async def _draw(self, slug: str, name: str, target: Path, draft: str) -> None:
        job: dict[str, object] = {"slug": slug, "folder": draft, "target": str(target)}
        job |= {"do": "preview-clip"} if name == CLIP else {"do": "portrait", "size": SIZES[name]}
        await self._pool.run(job, lambda done: None)
