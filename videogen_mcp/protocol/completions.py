"""Completions of ids: voices, presenters and files, found by id or by name."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcp_types import Completion, PromptReference, ResourceTemplateReference

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.calls import Calls
from videogen_mcp.protocol.prompts import RECIPES
from videogen_mcp.protocol.resources import FILE_TEMPLATE, THUMBNAIL_TEMPLATE
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.speakers import speaking

log = logging.getLogger(__name__)

MOST = 100
"""Values of one answer (MCP specification)."""

TYPING = 5.0
"""Seconds. Later than that the completion is of no use to who types."""

TYPED = Purpose("completion", teaches=False)
"""The next key cancels the last completion."""

Reference = PromptReference | ResourceTemplateReference
Row = tuple[str, str]
"""An id, and the words by which it may also be found."""


@dataclass(frozen=True)
class Completions:
    """Offers ids. Lists are the ones the catalogue tools use, so typing asks the service once."""

    calls: Calls
    caches: Caches

    async def offer(self, reference: Reference, argument: str, typed: str, caller: Caller) -> Completion:
        """Ids that fit what is typed, the best first; none when there are none or the service is away."""
        kind = kind_of(reference, argument)
        if kind is None:
            return Completion(values=[])
        rows: list[Row] = []
        async with self.calls.open(TYPED, caller) as call:
            call.shorten(TYPING)
            try:
                with call.out_of_time():
                    rows = await self._rows(kind, call)
            except VideoGenError as error:
                log.info("no %s to offer: %s", kind, error)
        fitting = matching(rows, typed)
        return Completion(values=fitting[:MOST], total=len(fitting), has_more=len(fitting) > MOST)

    async def _rows(self, kind: str, call: Call) -> list[Row]:
        upstream = await call.connect()
        if kind == "voice":
            voices = speaking(await self.caches.voices.all(upstream))
            return [(voice.voice_id, voice.display_name or "") for voice in voices]
        if kind == "presenter":
            presenters = await self.caches.presenters.all(upstream)
            return [(one.presenter_id, one.name or "") for one in presenters if one.has_avatar_presenter]
        files = await self.caches.files.all(upstream)
        return [(file.file_id, file.display_name or "") for file in files if kind == "file" or file.type == "IMAGE"]


def kind_of(reference: Reference, argument: str) -> str | None:
    """What an argument of a prompt or a resource template stands for: voice, presenter, image, file or nothing."""
    if isinstance(reference, ResourceTemplateReference):
        return (
            "file"
            if (reference.uri, argument) in {(u, "file_id") for u in (FILE_TEMPLATE, THUMBNAIL_TEMPLATE)}
            else None
        )
    known = {(one.name, each.name) for one in RECIPES for each in one.arguments}
    return argument if (reference.name, argument) in known and argument in ("voice", "presenter", "image") else None


def matching(rows: Iterable[Row], typed: str) -> list[str]:
    """Ids that begin like what is typed, then those of which a word of the name does."""
    wanted = typed.strip().casefold()
    rows = list(rows)
    by_id = [key for key, _ in rows if key.casefold().startswith(wanted)]
    by_name = [key for key, name in rows if _begins(name.casefold().split(), wanted)]
    return list(dict.fromkeys([*by_id, *by_name]))


def _begins(words: Sequence[str], wanted: str) -> bool:
    return any(" ".join(words[place:]).startswith(wanted) for place in range(len(words)))
