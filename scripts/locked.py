"""The versions with which the tests pass, read from uv.lock, as constraints for those who install without it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from videogen_mcp.installation import DISTRIBUTION

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOCK = Path(__file__).resolve().parent.parent / "uv.lock"

Package = Mapping[str, Any]

Asked = tuple[str, str]
"""A package and one of its extras; "": what it needs without any."""


def constraints(extra: str, lock: str | None = None) -> list[str]:
    """Return a line like `numpy==2.2.6 ; python_full_version < '3.11'` for each version of what the distribution needs
    with an extra, sorted. `lock` is the text of a lock file; left out: uv.lock."""
    packages: list[Package] = tomllib.loads(LOCK.read_text(encoding="utf-8") if lock is None else lock)["package"]
    waiting: list[Asked] = [(DISTRIBUTION, ""), (DISTRIBUTION, extra)]
    seen: set[Asked] = set()
    while waiting:
        asked = waiting.pop()
        if asked not in seen:
            seen.add(asked)
            waiting += _asked_by(packages, *asked)
    needed = {name for name, _ in seen} - {DISTRIBUTION}
    return sorted(_line(package) for package in packages if package["name"] in needed)


def _asked_by(packages: Iterable[Package], name: str, extra: str) -> Iterator[Asked]:
    """Yield what a package, or an extra of it, asks for directly, in whatever version it is locked."""
    for package in packages:
        if package["name"] == name:
            asked = (
                package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
            )
            for dependency in asked:
                yield from ((dependency["name"], one) for one in ("", *dependency.get("extra", ())))


def _line(package: Package) -> str:
    """Where a package is locked in several versions, each says on which Pythons it is the one."""
    markers = package.get("resolution-markers", ())
    condition = f" ; {' or '.join(markers)}" if markers else ""
    return f"{package['name']}=={package['version']}{condition}"
