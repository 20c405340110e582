"""How this server was installed: the command that starts it again, and the one line that adds what is missing here.

Nobody is sent to the package's name alone: it is advised only to those whose own copy came from an index under that
name. All others are advised by the path or address from which theirs came.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

DISTRIBUTION = "videogen-mcp-server"
SCRIPT = "videogen-mcp"
MODULE = "videogen_mcp"

EXTRAS = ("look", "sandbox", "postgres")
"""The optional parts of the distribution (pyproject.toml)."""


class Way(Enum):
    """What keeps the environment in which this server runs."""

    CHECKOUT = "a checkout of the repository"
    ENVIRONMENT = "an environment of Python"
    TOOL = "an installed tool (uv tool or pipx)"
    ONCE = "uvx"
    BUNDLE = "a bundle for desktop programs (.mcpb)"


@dataclass(frozen=True)
class Installation:
    """One installation of this distribution."""

    way: Way
    python: Path
    """The interpreter that runs it, as a path that may be a link into an environment."""

    source: str
    """What pip and uv install to have the same again, without extras: a path, `NAME @ URL` or `NAME==VERSION`."""

    extras: tuple[str, ...] = ()
    """Those of `EXTRAS` whose requirements are all installed."""

    has_pip: bool = True
    pipx: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the server again, program first, for a host's entry: every path in it is absolute.

        An environment of uvx may be gone tomorrow, so there it is uvx that is started."""
        if self.way is Way.ONCE:
            uvx = shutil.which("uvx") or "uvx"
            return (uvx, "--from", self.with_extras(*self.extras), SCRIPT)
        script = self.script
        return (str(script),) if script.is_file() else (str(self.python), "-m", MODULE)

    @property
    def script(self) -> Path:
        """Where the command videogen-mcp of this environment is."""
        return self.python.parent / (f"{SCRIPT}.exe" if sys.platform == "win32" else SCRIPT)

    def running(self, *arguments: str) -> str:
        """The line that a person types to run a command of videogen-mcp, such as `videogen-mcp doctor`."""
        if self.way is not Way.ONCE and _same(shutil.which(SCRIPT), self.script):
            return shell_line(SCRIPT, *arguments)
        return shell_line(*self.command, *arguments)

    def adding(self, extra: str) -> str:
        """The line that a person types to have an extra too; for uvx, which keeps nothing, the line that starts the
        server with it."""
        wanted = self.with_extras(*self.extras, extra)
        if self.way is Way.ONCE:
            return shell_line("uvx", "--from", wanted, SCRIPT)
        if self.way is Way.TOOL:
            return shell_line(*(("pipx",) if self.pipx else ("uv", "tool")), "install", "--force", wanted)
        editable = ("--editable",) if self.way is Way.CHECKOUT else ()
        return shell_line(*self._installer, *editable, wanted)

    def adding_library(self, library: str) -> str:
        """The line that a person types to have somebody else's library beside this server."""
        if self.way is Way.ONCE:
            return shell_line("uvx", "--with", library, "--from", self.with_extras(*self.extras), SCRIPT)
        if self.way is Way.TOOL and self.pipx:
            return shell_line("pipx", "inject", DISTRIBUTION, library)
        if self.way is Way.TOOL:
            return shell_line("uv", "tool", "install", "--force", "--with", library, self.with_extras(*self.extras))
        return shell_line(*self._installer, library)

    @property
    def _installer(self) -> tuple[str, ...]:
        """What installs into the environment of `python`."""
        if self.has_pip:
            return (str(self.python), "-m", "pip", "install")
        return ("uv", "pip", "install", "--python", str(self.python))

    def with_extras(self, *extras: str) -> str:
        """The source with these extras, as a requirement that pip and uv understand."""
        chosen = sorted(set(extras) - ({"look"} if "sandbox" in extras else set()))
        if not chosen:
            return self.source
        listed = f"[{','.join(chosen)}]"
        if self.source.startswith(DISTRIBUTION):
            return self.source.replace(DISTRIBUTION, DISTRIBUTION + listed, 1)
        return self.source + listed


def this_installation() -> Installation:
    """The installation of the process that asks.

    Source of the marks: PEP 610 (`direct_url.json`), `uv-receipt.toml` of uv's tools, `pipx_metadata.json`, the folder
    `archive-v0` of uv's cache, and the manifest beside the environment of a bundle."""
    python, prefix = Path(sys.executable), Path(sys.prefix)
    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # Run from its source, without being installed.
        return Installation(Way.CHECKOUT, python, str(Path(__file__).resolve().parent.parent), has_pip=_has_pip())
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    editable = bool(origin.get("dir_info", {}).get("editable"))
    return Installation(
        way=Way.CHECKOUT if editable else _kept_by(prefix),
        python=python,
        source=_source(origin, distribution.version, editable),
        extras=tuple(extra for extra in EXTRAS if _installed(distribution, extra)),
        has_pip=_has_pip(),
        pipx=(prefix / "pipx_metadata.json").is_file(),
    )


def shell_line(*words: str) -> str:
    """The words as one line for the shell of this platform."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _kept_by(prefix: Path) -> Way:
    if (prefix / "uv-receipt.toml").is_file() or (prefix / "pipx_metadata.json").is_file():
        return Way.TOOL
    if any(re.fullmatch(r"archive-v\d+", part) for part in prefix.parts):
        return Way.ONCE
    if (prefix.parent / "manifest.json").is_file():
        return Way.BUNDLE
    return Way.ENVIRONMENT


def _source(origin: dict[str, object], version: str, editable: bool) -> str:
    """What PEP 610 says the distribution came from; without a word it came from an index, by its name."""
    url = origin.get("url")
    if not isinstance(url, str):
        return f"{DISTRIBUTION}=={version}"
    if editable:
        return url2pathname(urlsplit(url).path)
    vcs = origin.get("vcs_info")
    if isinstance(vcs, dict):
        url = f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"
    return f"{DISTRIBUTION} @ {url}"


def _installed(distribution: metadata.Distribution, extra: str) -> bool:
    """Whether everything is there that an extra asks for on every platform."""
    for requirement in distribution.requires or ():
        name, _, marker = requirement.partition(";")
        asked = re.fullmatch(r"""\s*extra\s*==\s*['"]([\w-]+)['"]\s*""", marker)
        if asked is None or asked[1] != extra:
            continue
        try:
            metadata.distribution(re.split(r"[^\w.-]", name.strip(), maxsplit=1)[0])
        except metadata.PackageNotFoundError:
            return False
    return True


def _has_pip() -> bool:
    try:
        metadata.distribution("pip")
    except metadata.PackageNotFoundError:
        return False
    return True


def _same(found: str | None, script: Path) -> bool:
    return found is not None and script.is_file() and Path(found).resolve() == script.resolve()
