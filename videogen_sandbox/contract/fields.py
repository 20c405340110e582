"""Reads the fields of a JSON body one by one, strictly as the contract types them, and names the one that is wrong."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from videogen_sandbox.contract.errors import invalid


class Fields:
    """A request body. Fields that nobody reads are ignored. Every method raises Refusal (400)."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    def __contains__(self, name: str) -> bool:
        return name in self._body

    def null(self, name: str) -> bool:
        """Whether it is there and says nothing."""
        return name in self._body and self._body[name] is None

    def text(self, name: str, *, most: int, required: bool = False, nullable: bool = False) -> str | None:
        """Not empty where required; at most `most` characters. None when it is not there."""
        value = self._get(name, nullable)
        if value is None:
            if required:
                raise invalid(name, "is required")
            return None
        if not isinstance(value, str):
            raise invalid(name, "must be text")
        if len(value) > most:
            raise invalid(name, f"must have at most {most} characters, not {len(value)}")
        if required and not value.strip():
            raise invalid(name, "must not be empty")
        return value

    def required_text(self, name: str, *, most: int) -> str:
        return self.text(name, most=most, required=True) or ""

    def flag(self, name: str) -> bool:
        """False when it is not there."""
        value = self._body.get(name, False)
        if not isinstance(value, bool):
            raise invalid(name, "must be true or false")
        return value

    def whole(self, name: str, low: int, high: int, *, nullable: bool = False) -> int | None:
        """A whole number; 2.0 is one, too, as JSON has it."""
        value = self.number(name, low, high, nullable=nullable)
        if value is None:
            return None
        if not float(value).is_integer():
            raise invalid(name, f"must be a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str, low: float, high: float, *, nullable: bool = False) -> float | None:
        value = self._get(name, nullable)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise invalid(name, f"must be a number from {low:g} to {high:g}")
        return value

    def choice(self, name: str, options: Collection[str], default: str) -> str:
        value = self._body.get(name, default)
        if not isinstance(value, str) or value not in options:
            raise invalid(name, f"must be one of {', '.join(options)}")
        return value

    def texts(self, name: str, *, most: int, required: bool = False) -> list[str]:
        """A list of at most `most` texts; empty when it is not there."""
        value = self._body.get(name)
        if value is None and name not in self._body:
            if required:
                raise invalid(name, "is required")
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise invalid(name, "must be a list of texts")
        if len(value) > most:
            raise invalid(name, f"must have at most {most} entries, not {len(value)}")
        return value

    def objects(self, name: str, *, most: int) -> list[Fields]:
        """A list of objects; empty when it is not there."""
        value = self._body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise invalid(name, "must be a list of objects")
        if len(value) > most:
            raise invalid(name, f"must have at most {most} entries, not {len(value)}")
        return [Fields(item) for item in value]

    def object(self, name: str) -> Fields | None:
        """None when it is not there."""
        if name not in self._body:
            return None
        value = self._body[name]
        if not isinstance(value, dict):
            raise invalid(name, "must be an object")
        return Fields(value)

    def _get(self, name: str, nullable: bool) -> Any:
        value = self._body.get(name)
        if value is None and name in self._body and not nullable:
            raise invalid(name, "must not be null")
        if isinstance(value, float) and not math.isfinite(value):
            raise invalid(name, "must be a finite number")
        return value
