"""Python, how this server was installed, and what else goes by its name."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import videogen_mcp
from videogen_mcp import __version__
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, warning
from videogen_mcp.doctor.threads import in_thread
from videogen_mcp.installation import DISTRIBUTION, MODULE, SCRIPT, Installation, shell_line

OLDEST_PYTHON = (3, 10)
"""As `requires-python` in pyproject.toml has it."""


async def python(context: Context) -> Finding:
    """Return which Python runs this server, and on what."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return error(f"Python {version} runs this server.", "Install it for Python 3.10 or newer.")
    return ok(f"Python {version} on {platform.system()} {platform.machine()}, {context.installation.python}.")


async def installation(context: Context) -> list[Finding]:
    """Return how this server was installed, and what is found in the place of its parts."""
    return await in_thread(lambda: list(_installation(context.installation)))


def _installation(here: Installation) -> Iterator[Finding]:
    extras = f", with {', '.join(here.extras)}" if here.extras else ""
    yield ok(f"videogen-mcp {__version__} from {here.way.value}{extras}; started by: {shell_line(*here.command)}")
    again = here.running("doctor")
    yield from foreign_distributions(metadata.packages_distributions().get(MODULE, ()), here)
    yield from copies(sys.path, Path(videogen_mcp.__file__).resolve().parent)
    yield from mixed_versions(__version__, here)
    found = shutil.which(SCRIPT)
    if found is not None and here.script.is_file() and Path(found).resolve() != here.script.resolve():
        yield warning(
            f"The command {SCRIPT} of this shell is another copy: {found}.",
            f"To run this one, type: `{again}`",
            "other copy",
        )


def foreign_distributions(named: Sequence[str], here: Installation) -> Iterator[Finding]:
    """Yield other distributions that install a package of the same import name: of their files and ours, those that
    came last are there."""
    for other in sorted({name for name in named if name.lower().replace("_", "-") != DISTRIBUTION}):
        yield error(
            f"The package {other} is installed beside this one, and both bring a module {MODULE}: parts of one have"
            " overwritten parts of the other.",
            f"Remove both, then install this server again from {here.source}. Type: `{removing(here, other)}`",
            "same name",
        )


def removing(here: Installation, *distributions: str) -> str:
    """Return the line that a person types to remove distributions, this one too, from its environment."""
    names = (*distributions, DISTRIBUTION)
    if here.has_pip:
        return shell_line(str(here.python), "-m", "pip", "uninstall", *names)
    return shell_line("uv", "pip", "uninstall", "--python", str(here.python), *names)


def copies(path: Sequence[str], used: Path) -> Iterator[Finding]:
    """Yield further copies of the package on the path of imports: which one is used depends on the folder in which a
    host starts the server."""
    folders = dict.fromkeys(Path(entry or ".").resolve() / MODULE for entry in path)
    others = [str(folder) for folder in folders if folder != used and (folder / "__init__.py").is_file()]
    if others:
        yield warning(
            f"The module {MODULE} is on Python's path more than once: {used} is used, {', '.join(others)} is not.",
            "Remove the copies that you do not mean, or look for PYTHONPATH.",
            "copies",
        )


def mixed_versions(running: str, here: Installation) -> Iterator[Finding]:
    """Yield that what runs is not what was installed."""
    try:
        installed = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return
    if installed != running:
        yield warning(
            f"Version {running} runs, while {installed} is installed.",
            f"Install this server again from {here.source}.",
            "versions",
        )
