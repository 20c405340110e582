"""The timeline of a project as a file for an editing program."""

from __future__ import annotations

from pathlib import Path

from videogen_sandbox.engines import Report, Task
from videogen_sandbox.engines.timelines.writing import write
from videogen_sandbox.engines.videos.timeline import timeline

BUNDLED = "BUNDLE"


def interchange(task: Task, report: Report) -> Path:
    """Write the `document` of the body in its `format`, and return the file in `task.folder`.

    mediaDelivery: "REMOTE_URLS" names the media by `urls` (asset → URL), "BUNDLE" puts them into a zip. Raise
    EngineError for a project that has lost an asset.
    """
    assets = task.assets or task.folder
    found = timeline(task.body["document"], assets)
    report(0.5)
    paths = {path.name: path for path in assets.iterdir() if path.is_file()}
    delivery = task.body["mediaDelivery"]
    media = paths if delivery == BUNDLED else task.body["urls"]
    return write(found, task.body["format"], media, delivery, task.folder)
