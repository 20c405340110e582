"""The connections to the service."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType

import httpx
import pytest

from videogen_mcp.api.pools import Pools


class Finder:
    """Finds nothing, and notes what is looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        self.names.append(name)
        return None


def test_a_library_that_is_not_installed_is_not_looked_for_with_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder])
    Pools(httpx.MockTransport(lambda _: httpx.Response(200))).client(httpx.URL("http://127.0.0.1"))
    for _ in range(3):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("sniffio")
    assert finder.names.count("sniffio") == 1
