"""Timelines as files: one document that points to its media, or a zip that holds them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.timelines import fcpxml, otio, premiere, srt
from videogen_sandbox.engines.timelines.model import Timeline

Format = Literal["FCPXML", "PREMIERE_XML", "OTIO", "SRT"]
Delivery = Literal["REMOTE_URLS", "BUNDLE"]

SUFFIXES: Mapping[Format, str] = {"FCPXML": ".fcpxml", "PREMIERE_XML": ".xml", "OTIO": ".otio", "SRT": ".srt"}

_MEDIA = "media"
"""Folder of the assets in a bundle."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of everything in a bundle, so that the same timeline gives the same bytes."""


def write(timeline: Timeline, form: Format, media: Mapping[str, str | Path], delivery: Delivery, folder: Path) -> Path:
    """Write a timeline into `folder` and return the file, named after its title.

    media: where each asset lies: URLs for "REMOTE_URLS", paths for "BUNDLE". A bundle is a zip of the document, its
    media (by relative paths) and the captions; one of OTIO also opens as .otioz. SRT points to no media and stays as it
    is. Raise EngineError("missing_asset") for an asset that `media` does not have.
    """
    used = {clip.source for clip in (*timeline.video, *timeline.audio)}
    if form != "SRT" and (lost := sorted(used - media.keys())):
        raise EngineError("missing_asset", f"The project has lost {', '.join(lost)}; the timeline needs it.")
    name = " ".join(re.sub(r"[^\w\-]+", " ", timeline.title).split())[:80] or "timeline"
    if form == "SRT" or delivery == "REMOTE_URLS":
        path = folder / f"{name}{SUFFIXES[form]}"
        path.write_text(_document(timeline, form, {asset: str(url) for asset, url in media.items()}), "utf-8")
        return path
    path = folder / f"{name}.zip"
    _bundle(path, timeline, form, {asset: Path(media[asset]) for asset in sorted(used)}, name)
    return path


def _document(timeline: Timeline, form: Format, urls: Mapping[str, str]) -> str:
    if form == "SRT":
        return srt.write(timeline)
    writers = {"FCPXML": fcpxml.write, "PREMIERE_XML": premiere.write, "OTIO": otio.write}
    return writers[form](timeline, urls)


def _bundle(path: Path, timeline: Timeline, form: Format, media: Mapping[str, Path], name: str) -> None:
    places = {asset: f"{_MEDIA}/{asset}{'' if Path(asset).suffix else file.suffix}" for asset, file in media.items()}
    document = _document(timeline, form, {asset: quote(place) for asset, place in places.items()})
    with zipfile.ZipFile(path, "w") as bundle:
        # the names that .otioz asks for, and media that are not compressed, which they are already
        _add(bundle, "content.otio" if form == "OTIO" else f"{name}{SUFFIXES[form]}", document)
        if form == "OTIO":
            _add(bundle, "version.txt", "1.0.0")
        if timeline.captions:
            _add(bundle, f"{name}.srt", srt.write(timeline))
        for asset, file in media.items():
            info = zipfile.ZipInfo(places[asset], _EPOCH)
            info.file_size = file.stat().st_size
            with file.open("rb") as source, bundle.open(info, "w") as target:
                while block := source.read(1 << 20):
                    target.write(block)


def _add(bundle: zipfile.ZipFile, name: str, content: str) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    bundle.writestr(info, content)
