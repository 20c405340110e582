"""What tools answer, held to what they publish about it: typed clients give their callers only that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def untold(answer: object, schema: Mapping[str, Any], where: str = "") -> list[str]:
    """The fields of an answer that its output schema does not name. What has no fields in the schema is told as a
    whole."""
    if isinstance(answer, list):
        return [field for one in answer for field in untold(one, schema.get("items", {}), f"{where}[]")]
    known = schema.get("properties")
    if not isinstance(answer, Mapping) or known is None:
        return []
    missing = [f"{where}.{name}" for name in answer if name not in known]
    inner = [untold(answer[name], known[name], f"{where}.{name}") for name in answer if name in known]
    return [*missing, *(field for fields in inner for field in fields)]
