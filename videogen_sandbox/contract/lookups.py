"""Finds what a request names: files, voices, presenters and entities; whatever is not there is refused by its field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from videogen_sandbox.catalogue import PRESENTERS, VOICES, Presenter
from videogen_sandbox.config import INPUT_BYTES, Dialect
from videogen_sandbox.contract.errors import invalid
from videogen_sandbox.contract.names import portrait_id, presenter_id, voice_id
from videogen_sandbox.storage.entities import Entity
from videogen_sandbox.storage.files import File

QUOTED = 80
"""Characters of a value that an error message repeats."""

ENGLISH = ("en", "eng")


@dataclass(frozen=True)
class Known:
    """An entity as a request uses it: what it is called and said to be, and its pictures, the default one first.

    `slug` is that of a drawn presenter; None for own entities.
    """

    type: str
    name: str
    description: str
    pictures: Sequence[File]
    slug: str | None = None


@dataclass(frozen=True)
class Lookups:
    """What exists in one sandbox, in one era."""

    dialect: Dialect
    find_file: Callable[[str], File | None]
    find_entity: Callable[[str], Entity | None]

    def file(self, field: str, file_id: str, *kinds: str) -> File:
        """Return a file of one of these types; an animated picture is a video, too. Raise Refusal (400) for others."""
        file, quoted = self.find_file(file_id), f"the file {file_id[:QUOTED]!r}"
        if file is None or file.archived:
            raise invalid(field, f"names {quoted}, which {'does not exist' if file is None else 'is archived'}")
        if file.state in ("awaiting", "processing"):
            raise invalid(field, f"names {quoted}, whose upload is not finished; hydrate it until it is ready")
        if file.state == "failed":
            raise invalid(field, f"names {quoted}, whose upload failed")
        animated = file.type == "IMAGE" and file.duration is not None
        if file.type not in kinds and not (animated and "VIDEO" in kinds):
            raise invalid(field, f"needs {' or '.join(kinds)} files, but {file_id[:QUOTED]!r} is {file.type}")
        original = file.renditions.get("download")
        if original and (original.bytes or 0) > INPUT_BYTES:
            raise invalid(field, f"names {quoted}, which is larger than {INPUT_BYTES // 1024**2} MiB")
        return file

    def voice(self, field: str, wanted: str | None) -> str:
        """Return the slug of a voice by id, today also by display name; that of the first one for None."""
        if wanted is None:
            return VOICES[0].slug
        for voice in VOICES:
            by_name = self.dialect == "v2" and wanted.strip().lower() == voice.name.lower()
            if wanted == voice_id(voice.slug) or by_name:
                return voice.slug
        raise invalid(field, f"names no voice here: {wanted[:QUOTED]!r}; GET /v1/resources/tts-voices lists them")

    def presenter(self, field: str, wanted: str) -> str:
        """Return the slug of a drawn presenter by id. Raise Refusal (400), also for own actors."""
        listing = {"v0": "/v1/resources/avatar-presenters", "v2": "/v1/entities?entityType=ACTOR"}[self.dialect]
        if presenter := self._drawn(wanted):
            return presenter.slug
        if self.dialect == "v2" and self.find_entity(wanted):
            raise invalid(
                field,
                "names an own entity, but only the drawn actors of the sandbox speak (hasAvatarPresenter); "
                f"GET {listing} lists them",
            )
        raise invalid(field, f"names nobody here: {wanted[:QUOTED]!r}; GET {listing} lists the presenters")

    def entity(self, field: str, wanted: str, *types: str) -> Known:
        """Return an entity of one of these types (none: any). Raise Refusal (400) when there is no such one."""
        found = self._known(wanted)
        if found is None:
            raise invalid(field, f"names {wanted[:QUOTED]!r}, which does not exist; GET /v1/entities lists them")
        if types and found.type not in types:
            raise invalid(
                field, f"needs entities of type {' or '.join(types)}, but {wanted[:QUOTED]!r} is {found.type}"
            )
        return found

    def language(self, field: str, wanted: str | None) -> str | None:
        """Return "en" for English, None for None: the engine then goes by the text. Raise Refusal (400)."""
        if wanted and wanted.replace("_", "-").split("-")[0].lower() not in ENGLISH:
            raise invalid(field, f"{wanted[:QUOTED]!r} is not spoken in the sandbox, only English (en)")
        return "en" if wanted else None

    def _drawn(self, wanted: str) -> Presenter | None:
        return next((one for one in PRESENTERS if presenter_id(one.slug, self.dialect) == wanted), None)

    def _known(self, wanted: str) -> Known | None:
        if presenter := self._drawn(wanted):
            portrait = self.find_file(portrait_id(presenter.slug))
            pictures = [portrait] if portrait else []
            return Known("ACTOR", presenter.name, presenter.description, pictures, presenter.slug)
        entity = self.find_entity(wanted)
        if entity is None:
            return None
        shown = sorted(entity.pictures, key=lambda picture: not picture.is_default)
        files = [file for picture in shown if (file := self.find_file(picture.file_id)) and not file.archived]
        return Known(entity.type, entity.name, entity.description, files)
