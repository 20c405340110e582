"""Every module, and every public class, function and method of both packages, says what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("videogen_mcp", "videogen_sandbox")


def test_what_is_public_has_a_docstring() -> None:
    silent = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in undocumented(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert silent == set()


def undocumented(parent: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Yield what has no docstring: the module or class itself, and the public definitions in it."""
    if ast.get_docstring(parent) is None:
        yield getattr(parent, "name", "the module")
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node)
            elif ast.get_docstring(node) is None:
                yield node.name
