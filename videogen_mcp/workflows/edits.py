"""Edits of a project: a kind, a value, an amount and options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.base import PROMPT_CHARACTERS, TEXT, MediaArgument
from videogen_mcp.workflows.captions import is_off
from videogen_mcp.workflows.edit_rules import RULES, Kind, Rule, Wire, kind_of
from videogen_mcp.workflows.schema import BLANKS
from videogen_mcp.workflows.spellings import PLACE_KEYS, aspect_ratio, bare, number, place, unfolded

VALUE_NAMES = (
    *("aspectRatio", "stylePrompt", "motionPrompt", "prompt", "languageCode", "voiceId", "fileId"),
    *("aspect_ratio", "style", "mood", "look", "language", "voice", "file_id", "file", "path"),
)
"""What the value of an edit may be called in an object that has no `value`."""

CONTRADICTIONS: Sequence[tuple[Kind, Kind]] = (("captions", "no_captions"), ("music", "make_music"))


def _kind(value: object) -> object:
    return kind_of(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    """Return the text of a value that hosts send as something else: true, a number, an aspect ratio, a file."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return place(value) if any(key in value for key in PLACE_KEYS) else aspect_ratio(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value


def _amount(value: object) -> object:
    return number(number(value), seconds=True)


def _words(value: Any) -> Any:
    return [part for part in re.split(r"[,;]", value) if part.strip()] if isinstance(value, str) else value


class Edit(BaseModel):
    """One edit. What it needs and what it takes is said by the rule of its kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    kind: Annotated[Kind, BeforeValidator(_kind)]
    value: Annotated[
        Annotated[str, Field(max_length=PROMPT_CHARACTERS)] | None,
        BeforeValidator(_text),
        TEXT,
        Field(json_schema_extra=BLANKS),
    ] = None
    amount: Annotated[float | None, BeforeValidator(_amount)] = None
    options: Annotated[list[str], BeforeValidator(_words)] = Field(default=[])

    @model_validator(mode="before")
    @classmethod
    def _as_object(cls, given: Any) -> Any:
        """Take a kind by itself, "kind: value (options)", {kind: value}, and an action as the wire has it."""
        if isinstance(given, str):
            given = unfolded(given)
        if isinstance(given, str):
            return _from_text(given)
        if not isinstance(given, Mapping):
            return given
        given = {name: value for name, value in given.items() if value not in (None, "", [], "null")}
        if "type" in given and "kind" not in given:
            given["kind"] = given.pop("type")
        elif len(given) == 1 and kind_of(str(next(iter(given)))) in RULES:
            ((kind, value),) = given.items()
            given = {"kind": kind, "value": value}
        named = [name for name in VALUE_NAMES if name in given]
        if "value" not in given and len(named) == 1:
            given["value"] = given.pop(named[0])
        return given

    @model_validator(mode="after")
    def _is_whole(self) -> Edit:
        self.action()
        return self

    @property
    def rule(self) -> Rule:
        """The rule of its kind."""
        return RULES["no_captions" if self.kind == "captions" and self._says_off() else self.kind]

    @property
    def file(self) -> str | None:
        """What names a file in it: an id, path or address."""
        if self.rule.media is None or self.value is None:
            return None
        text = str(place(self.value))
        return None if text.casefold() in ("none", "") else text

    def action(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the RemixAction; `resolved` has the file ids of what names files by paths or addresses.

        Raise ValueError with what is missing, too much or unknown.
        """
        rule = self.rule
        wire = {"type": rule.type, **self._value(rule), **self._sized(rule)}
        for option in self.options:
            wire |= self._option(rule, option)
        if self.file is not None:
            wire["fileId"] = (resolved or {}).get(self.file, self.file)
        return wire

    def _says_off(self) -> bool:
        return self.value is not None and is_off(self.value)

    def _value(self, rule: Rule) -> Wire:
        text = "" if self.value is None else bare(self.value)
        if rule.media is not None and text:
            text = self.file or "none"
        if not text or rule.type == "DISABLE_CAPTIONS":
            if rule.needs:
                raise ValueError(f"({self.kind}) needs value: {rule.needs}")
            return rule.blank
        if rule.value is None:
            if text.casefold() in ("on", "true", "yes"):
                return {}
            raise ValueError(f"({self.kind}) takes no value")
        try:
            return rule.value(text)
        except ValueError as reason:
            raise ValueError(f"({self.kind}) value {reason}") from None

    def _sized(self, rule: Rule) -> Wire:
        if not self.amount:
            return {}
        if rule.amount is None:
            raise ValueError(f"({self.kind}) takes no amount")
        name, least, most = rule.amount
        amount = self.amount
        if name == "volume" and 1 < amount <= 100:
            amount /= 100
        if name == "sizePercent" and 0 < amount < 1:
            amount *= 100
        if not least <= amount <= most:
            raise ValueError(f"({self.kind}) amount must be {least:g} to {most:g}")
        return {name: amount}

    def _option(self, rule: Rule, option: str) -> Wire:
        meaning = rule.option(option)
        if meaning is None:
            known = ", ".join(rule.known_options) or "none"
            raise ValueError(f'({self.kind}) does not know the option "{option[:40]}"; it takes {known}')
        return meaning


def _from_text(text: str) -> dict[str, Any]:
    """Return the edit that "kind", "kind: value" or "kind: value (options)" means."""
    head, _, rest = text.partition(":")
    kind, rest = kind_of(head), rest.strip()
    options = re.search(r"\s*\(([^()]*)\)$", rest or head)
    if kind not in RULES and options is not None:
        kind = kind_of(head[: options.start()])
    if kind not in RULES:
        return {"kind": text}
    if options is not None and all(RULES[kind].option(word) is not None for word in _words(options[1])):
        return {"kind": kind, "value": rest[: options.start()], "options": _words(options[1])}
    return {"kind": kind, "value": rest}


def _several(value: object) -> object:
    """Return a list of edits for one by itself, several kinds in one text, and {kind: value, …}."""
    if isinstance(value, str):
        value = unfolded(value)
    if isinstance(value, str):
        kinds = [part for part in re.split(r"[,;]", value) if part.strip()]
        return kinds if all(kind_of(part) in RULES for part in kinds) else [value]
    if isinstance(value, Mapping):
        if len(value) > 1 and all(isinstance(key, str) and kind_of(key) in RULES for key in value):
            return [{key: inner} for key, inner in value.items()]
        return [value]
    return value


def _agreeing(edits: list[Any]) -> list[Any]:
    """Raise PydanticCustomError for edits of which one undoes another, or that are there twice."""
    kinds = [edit.kind for edit in edits]
    for kind in dict.fromkeys(kinds):
        if kinds.count(kind) > 1:
            raise PydanticCustomError("twice", "has {kind} twice: keep one", {"kind": kind})
    for one, other in CONTRADICTIONS:
        if one in kinds and other in kinds:
            raise PydanticCustomError("contradiction", "has {pair}: keep one", {"pair": f"{one} and {other}"})
    return edits


Edits = Annotated[list[Edit], BeforeValidator(_several), AfterValidator(_agreeing)]
StartEdits = Annotated[Edits, WithJsonSchema({"type": "array", "items": {"type": "string"}})]
"""Published as texts like "transitions: fade": what else they take is told by edit_project, and taken here too."""


def media_of(edits: Sequence[Edit]) -> Iterator[MediaArgument]:
    """Yield what names files in edits."""
    for index, edit in enumerate(edits):
        if edit.file is not None:
            yield MediaArgument("edits", index, edit.rule.media, edit.file)
