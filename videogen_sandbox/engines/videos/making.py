"""Makes every asset that a document asks for and that is not there yet."""

from __future__ import annotations

from videogen_sandbox.engines import Report
from videogen_sandbox.engines.videos import music, pictures, presenter
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document
from videogen_sandbox.engines.videos.schedule import Schedule, schedule

_SPOKEN = 0.25
"""Share of the work that speech is; the rest is pictures, clips and the presenter."""


def make_all(document: Document, assets: Assets, report: Report) -> Schedule:
    """Speak, draw and film what a document needs; return its schedule. Raise EngineError for what cannot be made."""
    planned = schedule(document, assets, lambda share: report(_SPOKEN * share))
    for number, shot in enumerate(planned.shots):
        if pictures.moves_by_itself(shot.visual):
            pictures.clip(document, shot.visual, shot.end - shot.start, assets)
        else:
            pictures.still(document, shot.visual, assets)
        report(_SPOKEN + (1 - _SPOKEN) * (number + 1) / (len(planned.shots) + 1))
    presenter.filmed(document, planned, assets)
    if document.music is not None:
        music.file(document.music, planned.duration, assets)
    report(1.0)
    return planned
