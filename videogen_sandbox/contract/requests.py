"""Turns the body of POST /v1/tools/* of either era into an order for an engine, or refuses it.

The order has today's wire names; what engines need of files, voices and presenters is looked up here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from videogen_sandbox.config import INPUT_BYTES, Dialect
from videogen_sandbox.contract.catalogue import PRESENTERS, VOICES
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.fields import Fields
from videogen_sandbox.directives import BadDirective, Directives, read_directives
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.ids import stable_id

MAX_PROMPT = 8_000
MAX_SPEECH = 5_000
"""Characters, the limits of this sandbox's engines. VideoGen publishes none."""

MAX_INPUTS = 4
"""Reference files of one kind (today's OpenAPI; the seed document said it for images only)."""

MAX_REPLACEMENTS = 200

WIDEST = 5.0
"""Width to height, and the other way round. Beyond that nothing is a picture any more."""

QUALITIES = ("LOW", "STANDARD", "HIGH", "MAX")
WATERMARKS = ("NONE", "VIDEO_GEN", "AUTO")
ENGLISH = ("en", "eng")

Look = Callable[[str], File | None]
"""Finds a file by its id."""


@dataclass
class Order:
    """What an engine is to make. `inputs` are the files by today's wire name."""

    operation: str
    body: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, list[File]] = field(default_factory=dict)
    directives: Directives = field(default_factory=Directives)
    count: int = 1
    temporary: bool = False

    @property
    def words(self) -> str | None:
        """What was asked for in words."""
        return next((self.body[name] for name in ("prompt", "ttsText", "spokenDialogue") if self.body.get(name)), None)

    @property
    def seed(self) -> int:
        """The same for the same request about the same contents, whatever their ids."""
        contents = {name: [file.sha256 or file.id for file in files] for name, files in self.inputs.items()}
        canonical = json.dumps([self.operation, self.body, contents], sort_keys=True)
        return int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:4], "big") >> 1


def voice_id(slug: str) -> str:
    return stable_id("vg_voic_", slug)


def presenter_id(slug: str, dialect: Dialect) -> str:
    """Of the presenter in the seed era, of the actor entity today."""
    return stable_id("vg_pres_" if dialect == "v0" else "vg_enti_", slug)


def portrait_id(slug: str) -> str:
    """Of the file that shows a presenter."""
    return stable_id("vg_file_", f"portrait {slug}")


def read_order(operation: str, body: Mapping[str, Any], dialect: Dialect, look: Look) -> Order:
    """Check a request body and look up what it names. Raises Refusal (400) that names the field."""
    order = Order(operation)
    reader = _Reader(Fields(body), dialect, look, order)
    READERS[operation](reader)
    reader.common()
    reader.directives()
    order.body = {name: value for name, value in order.body.items() if value is not None}
    return order


class _Reader:
    def __init__(self, fields: Fields, dialect: Dialect, look: Look, order: Order) -> None:
        self.fields = fields
        self.today = dialect == "v2"
        self.dialect = dialect
        self.look = look
        self.order = order

    def common(self) -> None:
        self.order.count = self.fields.whole("numResults", 1, 100) or 1
        self.order.temporary = self.fields.flag("isOutputTemporary")
        if self.today:
            self.fields.flag("hideFromUi")

    def directives(self) -> None:
        """From the words; where there are none, from the names of the input files."""
        try:
            if self.order.words is None:
                names = [file.display_name for files in self.order.inputs.values() for file in files]
                self.order.directives, _ = read_directives(" ".join(names))
                return
            for name in ("prompt", "ttsText", "spokenDialogue"):
                if self.order.body.get(name):
                    found, rest = read_directives(self.order.body[name])
                    self.order.body[name] = rest
                    if found != Directives():
                        self.order.directives = found
                    if not rest and name != "spokenDialogue":
                        raise invalid(name, "says nothing but how to fail; add what to make")
        except BadDirective as error:
            raise Refusal(400, f"{error}.") from None

    def prompt(self, *, required: bool) -> None:
        text = self.fields.text("prompt", most=MAX_PROMPT, required=required)
        if text is not None and text.strip():
            self.order.body["prompt"] = text

    def watermark(self) -> None:
        self.order.body["watermarkMode"] = self.fields.choice("watermarkMode", WATERMARKS, "AUTO")

    def quality(self, name: str = "quality") -> None:
        if self.today:
            self.order.body[name] = self.fields.choice(name, QUALITIES, "STANDARD")

    def content_policy(self) -> None:
        if self.today and (config := self.fields.object("contentPolicyConfig")) is not None:
            config.whole("maxPromptRewrites", 0, 4)

    def aspect_ratio(self) -> None:
        ratio = self.fields.object("aspectRatio") or Fields({"width": 16, "height": 9})
        width, height = ratio.whole("width", 1, 100_000), ratio.whole("height", 1, 100_000)
        if width is None or height is None:
            raise invalid("aspectRatio", "needs width and height")
        if not 1 / WIDEST <= width / height <= WIDEST:
            raise invalid("aspectRatio", f"must lie between 1:{WIDEST:g} and {WIDEST:g}:1, not {width}:{height}")
        self.order.body["aspectRatio"] = {"width": width, "height": height}

    def files(self, name: str, kind: str, *, wire: str | None = None) -> None:
        """A list of files. `wire` is today's name where the era has another one."""
        found = [self._file(name, file_id, kind) for file_id in self.fields.texts(name, most=MAX_INPUTS)]
        if found:
            self.order.inputs[wire or name] = found

    def file(self, name: str, kind: str, *, wire: str | None = None, required: bool = True) -> None:
        """One file."""
        file_id = self.fields.text(name, most=200, required=required)
        if file_id is not None:
            self.order.inputs[wire or name] = [self._file(name, file_id, kind)]

    def entities(self) -> None:
        """Actors as references: their portraits are what can be seen of them."""
        for entity_id in self.fields.texts("entityIds", most=MAX_INPUTS):
            slug = next((one.slug for one in PRESENTERS if presenter_id(one.slug, "v2") == entity_id), None)
            if slug is None:
                raise invalid("entityIds", f"names {entity_id!r}, which does not exist; GET /v1/entities lists them")
            portrait = self._file("entityIds", portrait_id(slug), "IMAGE")
            self.order.inputs.setdefault("imageFileIds", []).append(portrait)

    def presenter(self) -> None:
        name = "actorEntityId" if self.today else "avatarPresenterId"
        wanted = self.fields.required_text(name, most=200)
        slug = next((one.slug for one in PRESENTERS if presenter_id(one.slug, self.dialect) == wanted), None)
        if slug is None:
            listing = "/v1/entities?entityType=ACTOR" if self.today else "/v1/resources/avatar-presenters"
            raise invalid(name, f"names nobody here: {wanted!r}; GET {listing} lists the presenters")
        self.order.body["presenter"] = slug

    def voice(self) -> None:
        """By id, today also by display name; the first one when the seed era leaves it out."""
        wanted = self.fields.text("voiceId", most=200, required=self.today, nullable=not self.today)
        if wanted is None:
            self.order.body["voice"] = VOICES[0].slug
            return
        for voice in VOICES:
            if wanted == voice_id(voice.slug) or (self.today and wanted.strip().lower() == voice.name.lower()):
                self.order.body["voice"] = voice.slug
                return
        raise invalid("voiceId", f"names no voice here: {wanted!r}; GET /v1/resources/tts-voices lists them")

    def language(self) -> None:
        wanted = self.fields.text("speechLanguageCode", most=40, nullable=True)
        if wanted and wanted.replace("_", "-").split("-")[0].lower() not in ENGLISH:
            raise invalid("speechLanguageCode", f"{wanted!r} is not spoken in the sandbox, only English (en)")
        self.order.body["speechLanguageCode"] = "en" if wanted else None  # without one, the engine looks at the text

    def replacements(self) -> None:
        found = []
        for pair in self.fields.objects("pronunciationReplacements", most=MAX_REPLACEMENTS):
            original, replacement = pair.required_text("original", most=200), pair.text("replacement", most=500)
            if replacement is None:
                raise invalid("pronunciationReplacements", f"says no replacement for {original!r}")
            found.append({"original": original, "replacement": replacement})
        self.order.body["pronunciationReplacements"] = found

    def _file(self, name: str, file_id: str, kind: str) -> File:
        file = self.look(file_id)
        if file is None or file.archived:
            what = "does not exist" if file is None else "is archived"
            raise invalid(name, f"names the file {file_id!r}, which {what}")
        if file.state in ("awaiting", "processing"):
            raise invalid(
                name, f"names the file {file_id!r}, whose upload is not finished; hydrate it until it is ready"
            )
        if file.state == "failed":
            raise invalid(name, f"names the file {file_id!r}, whose upload failed")
        if file.type != kind:
            raise invalid(name, f"needs {kind} files, but {file_id!r} is {file.type}")
        original = file.renditions.get("download")
        if original and (original.bytes or 0) > INPUT_BYTES:
            raise invalid(name, f"names the file {file_id!r}, which is larger than {INPUT_BYTES // 1024**2} MiB")
        return file


def _image(reader: _Reader) -> None:
    reader.prompt(required=True)
    reader.files("imageFileIds", "IMAGE")
    reader.aspect_ratio()
    reader.watermark()
    reader.quality()
    reader.content_policy()
    if reader.today:
        reader.entities()


def _clip(reader: _Reader) -> None:
    fields, body = reader.fields, reader.order.body
    reader.prompt(required=False)
    reader.files("imageFileIds", "IMAGE")
    if reader.today:
        reader.file("startFrameFileId", "IMAGE", required=False)
        reader.files("videoFileIds", "VIDEO")
        reader.files("audioFileIds", "AUDIO")
        dialogue = fields.text("spokenDialogue", most=MAX_SPEECH)
        if dialogue and dialogue.strip():
            body["spokenDialogue"] = dialogue
        body["voiceDescription"] = fields.text("voiceDescription", most=MAX_PROMPT)
        body["suppressBackgroundMusic"] = fields.flag("suppressBackgroundMusic")
        body["durationSeconds"] = fields.whole("durationSeconds", 1, 30, nullable=True)
    else:
        reader.file("videoFileId", "VIDEO", wire="videoFileIds", required=False)
    body["generateAudio"] = fields.flag("generateAudio")
    reader.aspect_ratio()
    reader.watermark()
    reader.quality()
    reader.content_policy()
    if reader.order.words is None and not reader.order.inputs:
        raise invalid("prompt", "is required when nothing else says what to show")


def _speech(reader: _Reader) -> None:
    fields, body = reader.fields, reader.order.body
    body["ttsText"] = fields.required_text("ttsText", most=MAX_SPEECH)
    reader.voice()
    reader.language()
    reader.replacements()
    body["autoExpandPronunciationReplacements"] = fields.flag("autoExpandPronunciationReplacements")
    speed = fields.number("voiceSpeed", 0.5, 2.0)
    body["voiceSpeed"] = 1.0 if speed is None else speed


def _sound(reader: _Reader) -> None:
    reader.prompt(required=True)
    reader.order.body["durationSeconds"] = reader.fields.number("durationSeconds", 1, 30, nullable=True)
    reader.order.body["promptInfluence"] = reader.fields.number("promptInfluence", 0, 1, nullable=True)


def _avatar(reader: _Reader) -> None:
    reader.presenter()
    reader.file("audioFileId" if reader.today else "audioStorageFileId", "AUDIO", wire="audioFileId")
    reader.quality("avatarQuality")
    reader.watermark()


def _image_asset(reader: _Reader) -> None:
    reader.file("imageFileId" if reader.today else "imageStorageFileId", "IMAGE", wire="imageFileId")
    reader.watermark()


def _video_asset(reader: _Reader) -> None:
    reader.file("videoFileId" if reader.today else "videoStorageFileId", "VIDEO", wire="videoFileId")
    reader.watermark()


READERS: Mapping[str, Callable[[_Reader], None]] = {
    "generate-image": _image,
    "generate-video-clip": _clip,
    "text-to-speech": _speech,
    "generate-sound-effect": _sound,
    "generate-avatar": _avatar,
    "vectorize-image": _image_asset,
    "remove-image-background": _image_asset,
    "remove-video-background": _video_asset,
    "upscale-image": _image_asset,
    "upscale-video": _video_asset,
}
"""Every operation of both eras that makes a file here."""

SUFFIXES: Mapping[str, str] = {
    "vectorize-image": "vectorized",
    "remove-image-background": "without background",
    "remove-video-background": "without background",
    "upscale-image": "upscaled",
    "upscale-video": "upscaled",
}

NAME_LENGTH = 60


def result_name(operation: str, body: Mapping[str, Any], inputs: Sequence[str], index: int, count: int) -> str:
    """What a result is called: by the words it was made from, else after its input file."""
    words = body.get("prompt") or body.get("ttsText") or body.get("spokenDialogue")
    if words is None and operation in SUFFIXES and inputs:
        words = f"{inputs[0].rsplit('.', 1)[0][:NAME_LENGTH]} ({SUFFIXES[operation]})"
    elif words is None:
        words = ", ".join(filter(None, (str(body.get("presenter", "Clip")).title(), *inputs[:1])))
    name = " ".join(str(words).split())
    if len(name) > NAME_LENGTH + 25:
        name = name[:NAME_LENGTH].rsplit(" ", 1)[0] + " …"
    return f"{name} ({index + 1})" if count > 1 else name
