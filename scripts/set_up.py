"""Make .venv with the project and what it needs: with uv where there is one, else with venv and pip.

    python3 scripts/set_up.py run|work [--uv UV] [--aside PACKAGE==VERSION]

`run` is for the demo and the server, `work` also for the tests. Needs nothing but Python. While it works, one line says
what is being fetched and how large it is; what uv and pip write is shown only when they fail for a reason that is not
known here. It has nothing that Python 3.6 cannot read, so that one that is too old is told so.
"""

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

OLDEST = (3, 10)
"""What pyproject.toml asks for; mcp 2.3 needs it."""

if sys.version_info < OLDEST:  # Before anything is evaluated below that an older one does not know.
    for name in (f"python3.{minor}" for minor in (13, 12, 11, 10, 14, 15)):
        newer = shutil.which(name)
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:  # A shim may lead nowhere.
            sys.exit(subprocess.call([newer, *sys.argv]))
    advice = "run `uv run --extra sandbox videogen-mcp demo`" if shutil.which("uv") else "install one, or uv"
    sys.exit(f"This needs Python 3.10 or newer; {sys.executable} is {sys.version.split()[0]}: {advice}.")

PIP = "pip>=25.1"
"""The first pip that installs dependency groups (PEP 735)."""

PIP_WRITES = ("--progress-bar", "off", "--retries", "3")
"""Lines that can be read here; and an end within seconds, not half a minute, where there is no network."""

SEED_SDK = "videogen==0.0.38"
"""The SDK of the first era of the API, which some tests use. It goes beside .venv, which has the newest."""

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

ABOUT = {"run": "130 MB", "work": "210 MB"}
"""What is fetched for each purpose, by the sizes in uv.lock (Linux, x86-64)."""

LARGE = 10_000_000
"""Bytes from which on a package gets a line of its own where lines cannot move: about six do."""

REDRAW = 0.2
"""Seconds between two pictures of the line that moves."""

WORDS = 120
"""Characters of a tool's error that are told while it goes on without that tool."""

TAIL = 20
"""Lines of a tool's output that are shown when it failed for a reason that is not known here: pip ends with a page."""

WHEEL = "|/-\\"

UNITS = {"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}

FETCHING = re.compile(r"\s*Downloading (\S+) \(([\d.]+) ?([kKMG]?i?B)\)")
FETCHED = re.compile(r"\s*Downloaded (\S+)")
INSTALLED = re.compile(r"(?:Installed (\d+) packages?|Successfully installed (.+))")
INSTALLING = re.compile(r"Installing collected packages|Prepared \d+ packages?")
RETRYING = re.compile(r"WARNING: Retrying")

DISK_FULL = f"The disk is full: {VENV} takes up to 600 MB. Make room, then run this again."

REASONS = (
    (
        r"no space left|errno 28\b|os error 28\b|not enough space|os error 112\b|disk quota",
        DISK_FULL,
    ),
    (
        r"certificate.?verify.?failed|invalid peer certificate|unknownissuer|self.signed certificate",
        "The package index has a certificate that is not known here, as behind a company's proxy. Name the file of that"
        " authority in SSL_CERT_FILE (uv) and PIP_CERT (pip), then run this again.",
    ),
    (
        r"dns error|name resolution|name or service not known|nameresolutionerror|getaddrinfo failed|proxyerror"
        r"|cannot connect to proxy|failed to establish a new connection|connection refused|unreachable|timed out"
        r"|tunnel error|error sending request",
        "The package index cannot be reached. Check the network and, behind a proxy, HTTPS_PROXY; then run this again:"
        " it goes on where it stopped.",
    ),
    (
        r"permission denied|access is denied|read-only file system|os error (?:13|30)\b",
        f"{VENV} cannot be written to, or the caches of uv and pip. Give yourself the right, or clone the project into"
        " a folder of your own.",
    ),
    (
        r"ensurepip is not available|no module named '?(?:venv|ensurepip)",
        "This Python has no venv: Debian and Ubuntu keep it in a package of its own. Run"
        f" `sudo apt install python3.{sys.version_info[1]}-venv`, or install uv; then run this again.",
    ),
)
"""What the tools write when a known thing is in the way, in lower case, and what to do about it."""


class Line:
    """Says how far it is: one line that moves on a terminal, elsewhere a line for each large package."""

    def __init__(self, out: TextIO, *, moves: bool) -> None:
        self.out, self.moves = out, moves
        self.began = time.monotonic()
        self.doing = "starting"
        self.fetching: dict[str, int] = {}
        """Bytes of the packages that are on their way, by name."""
        self.fetched = 0
        """Bytes that have arrived."""
        self.installed = 0
        """Packages."""
        self.drawn = 0
        """Columns of the line that moves."""
        self.known = (
            (FETCHING, self._begin),
            (FETCHED, self._arrived),
            (INSTALLING, self._install),
            (INSTALLED, self._installed),
            (RETRYING, self._retry),
        )
        """What uv and pip write, and what it tells."""

    def read(self, written: str) -> None:
        """Take in a line that uv or pip wrote."""
        for pattern, take in self.known:
            found = pattern.match(written)
            if found:
                take(found)
        self.draw()

    def _begin(self, found: re.Match[str]) -> None:
        """uv names packages and fetches several at once, pip names files and fetches one after the other."""
        name, size = found[1], int(float(found[2]) * UNITS[found[3]])
        if name.endswith((".whl", ".tar.gz", ".zip")):
            name = name.partition("-")[0].replace("_", "-")
            self._all_are_here()
        self.fetching[name] = size
        self.doing = "fetching"
        if not self.moves and size >= LARGE:
            self.say(f"  fetching {name} ({megabytes(size)})")

    def _arrived(self, found: re.Match[str]) -> None:
        self.fetched += self.fetching.pop(found[1], 0)

    def _install(self, _: re.Match[str]) -> None:
        self._all_are_here()
        self.doing = "installing"

    def _installed(self, found: re.Match[str]) -> None:
        self.installed += int(found[1] or len(found[2].split()))

    def _retry(self, _: re.Match[str]) -> None:
        self.doing = "no answer from the package index, trying again"

    def _all_are_here(self) -> None:
        self.fetched += sum(self.fetching.values())
        self.fetching.clear()

    def say(self, words: str) -> None:
        """Write a line that stays."""
        self.wipe()
        self.out.write(f"{words}\n")
        self.out.flush()

    def draw(self) -> None:
        """Draw the line that moves, as things are now."""
        if not self.moves:
            return
        seconds = time.monotonic() - self.began
        words = f"{WHEEL[int(seconds / REDRAW) % len(WHEEL)]} {self.words()}"
        words = words[: shutil.get_terminal_size().columns - len(" 999 s") - 1] + f" {seconds:.0f} s"
        self.out.write("\r" + words.ljust(self.drawn))
        self.out.flush()
        self.drawn = len(words)

    def words(self) -> str:
        """Return what is being done: the largest package of those on their way, and how much is here."""
        words = self.doing
        if self.fetching:
            name = max(self.fetching, key=lambda name: self.fetching[name])
            others = f" and {len(self.fetching) - 1} more" if len(self.fetching) > 1 else ""
            words = f"fetching {name} ({megabytes(self.fetching[name])}){others}"
        return f"{words}, {megabytes(self.fetched)} so far" if self.fetched else words

    def done(self) -> None:
        """Leave one line that says what it took."""
        packages = f"{self.installed} packages" if self.installed else "nothing was missing"
        fetched = f", {megabytes(self.fetched)} fetched" if self.fetched else ""
        self.say(f"Ready in {time.monotonic() - self.began:.0f} s: {packages}{fetched}.")

    def wipe(self) -> None:
        """Leave the line empty."""
        if self.drawn:
            self.out.write("\r" + " " * self.drawn + "\r")
            self.drawn = 0


def main() -> None:
    """Leave with 0 when .venv is ready; else with one line on stderr that says what to do."""
    asked = arguments()
    line = Line(sys.stdout, moves=sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
    try:
        clear_what_is_broken(line)
        set_up(asked, line)
        for purpose in ("run", asked.purpose):
            (VENV / f".ready-to-{purpose}").touch()
        line.done()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit("Stopped: nobody reads what this says.")
    except (Failed, KeyboardInterrupt) as stopped:
        line.wipe()
        sys.exit(str(stopped) or "Stopped. The same command goes on from here.")


def megabytes(size: int) -> str:
    """Return a size as people say it."""
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def arguments() -> argparse.Namespace:
    """What the Makefile asks for."""
    parser = argparse.ArgumentParser(description="Make .venv ready.")
    parser.add_argument("purpose", choices=("run", "work"))
    parser.add_argument("--uv", default=shutil.which("uv") or "", help="path of uv (where there is one)")
    parser.add_argument("--aside", default="", help="a package in a version that .venv cannot have, put into .cache")
    return parser.parse_args()


def clear_what_is_broken(line: Line) -> None:
    """Remove a .venv whose Python does not start or is too old. Raise Failed when that cannot be done."""
    if not VENV.exists() and not VENV.is_symlink():
        return
    if not VENV.is_dir():
        raise Failed(f"{VENV} is not a folder. Remove it, then run this again.")
    if not any(VENV.iterdir()) or starts("sys.version_info >= (3, 10) or sys.exit(1)"):
        return
    line.say(f"{VENV} is broken or of an old Python, and is made anew.")
    try:
        shutil.rmtree(str(VENV))
    except OSError as error:
        raise Failed(f"{VENV} cannot be removed ({error.strerror}). Remove it, then run this again.") from None


def set_up(asked: argparse.Namespace, line: Line) -> None:
    """With uv, else with pip: it may be set up for an index, a proxy or certificates that uv does not know. Raise
    Failed when neither works."""
    if asked.uv:
        line.say(f"Setting up .venv with uv. The first time about {ABOUT[asked.purpose]} are fetched.")
        try:
            return run(uv_commands(asked), line)
        except ToolFailed as failure:
            if reason(failure.output) == DISK_FULL:
                raise Failed(DISK_FULL) from None
            line.say(f"uv could not do it ({failure}); going on with venv and pip.")
    else:
        line.say(
            f"Setting up .venv with pip. The first time about {ABOUT[asked.purpose]} are fetched, for a minute or two."
        )
    try:
        return run(pip_commands(asked), line)
    except ToolFailed as failure:
        known = reason(failure.output)
        if known is None:
            line.wipe()
            sys.stderr.write("".join(f"    {said}\n" for said in failure.output[-TAIL:]))
            known = "That did not work (see above). Nothing but .venv was touched; `make clean` removes it."
        raise Failed(known) from None


def uv_commands(asked: argparse.Namespace) -> list[list[str]]:
    """Exactly what uv.lock says; what else is in .venv stays."""
    group = ["--group", "dev"] if asked.purpose == "work" else ["--no-default-groups"]
    sync = [asked.uv, "sync", "--frozen", "--inexact", "--python", sys.executable, "--extra", "sandbox", *group]
    return [sync, *([asked.uv, "pip", "install", *place] for place in asides(asked))]


def pip_commands(asked: argparse.Namespace) -> list[list[str]]:
    """A virtual environment, a pip that knows groups, the project."""
    create = [] if starts("import pip") else [[sys.executable, "-m", "venv", "--clear", str(VENV)]]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *PIP_WRITES]
    group = ["--group", "dev"] if asked.purpose == "work" else []
    others = [[*pip, "--upgrade", *place] for place in asides(asked)]
    return [*create, [*pip, "--upgrade", PIP], [*pip, "--editable", ".[sandbox]", *group], *others]


def asides(asked: argparse.Namespace) -> list[list[str]]:
    """Where other versions go, by name and version; what they need is in .venv already."""
    packages = [SEED_SDK] * (asked.purpose == "work") + [asked.aside] * bool(asked.aside)
    return [["--no-deps", "--target", str(ROOT / ".cache" / one.replace("==", "-")), one] for one in packages]


def starts(statement: str) -> bool:
    """Whether .venv is there and its Python runs a statement: uv makes it without pip, and a moved one is broken."""
    command = [str(PYTHON), "-c", f"import sys; {statement}"]
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


class Failed(Exception):
    """It cannot go on. The message is one line that says what to do."""


class ToolFailed(Exception):
    """uv or pip failed. The message is the line in which it said so."""

    def __init__(self, output: list[str]) -> None:
        said = [one.strip() for one in output if one.strip()] or ["it said nothing"]
        super().__init__(next((one for one in said if one.lower().startswith("error")), said[-1])[:WORDS])
        self.output = output


def run(commands: list[list[str]], line: Line) -> None:
    """Run tools in the project's folder, with what they write in the line that moves. Raise ToolFailed."""
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    environment.pop("FORCE_COLOR", None)
    for command in commands:
        try:
            tool = subprocess.Popen(
                command,
                cwd=str(ROOT),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise ToolFailed([f"{command[0]} does not start: {error.strerror}"]) from None
        output = follow(tool, line)
        if tool.wait() != 0:
            raise ToolFailed(output)


def follow(tool: subprocess.Popen[str], line: Line) -> list[str]:
    """Return the lines that a tool wrote until it ended, each shown when it came."""
    came: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for said in tool.stdout or ():
            came.put(said.rstrip())
        came.put("\0")

    threading.Thread(target=read, daemon=True).start()
    output: list[str] = []
    while True:
        try:
            said = came.get(timeout=REDRAW)
        except queue.Empty:
            line.draw()
            continue
        if said == "\0":
            return output
        output.append(said)
        line.read(said)


def reason(output: list[str]) -> str | None:
    """Return what is in the way and what to do about it, if that is known."""
    whole = " ".join(" ".join(output).lower().split())  # Some fold their messages.
    return next((words for pattern, words in REASONS if re.search(pattern, whole)), None)


if __name__ == "__main__":
    main()
