"""What tools answer, held to what they publish about it: typed clients give their callers only that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def untold(answer: object, schema: Mapping[str, Any], where: str = "") -> list[str]:
    """The fields of an answer that its output schema does not name; what the schema leaves open is told as a whole."""
    if isinstance(answer, list):
        return [field for one in answer for field in untold(one, schema.get("items", {}), f"{where}[]")]
    known = schema.get("properties")
    if not isinstance(answer, Mapping) or known is None:
        return []
    return [
        field
        for name, value in answer.items()
        for field in ([f"{where}.{name}"] if name not in known else untold(value, known[name], f"{where}.{name}"))
    ]
