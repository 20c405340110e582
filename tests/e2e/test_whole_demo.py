"""A demo, of all workflows in CI: what it answers and saves, and that nothing leaves the machine meanwhile.

Where strace is installed it shows every system call of all its processes, as the kernel sees them.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.generated import is_full
from videogen_mcp.demo import Choice, steps_for
from videogen_sandbox.engines.media.probe import probe

STRACE = shutil.which("strace")

CHOICE: Choice = "all" if is_full() else "picture"
"""Each workflow is seen by test_stdio too; what all of them touch on the machine takes CI to see."""

SPEAKING = {
    *("generate_avatar_clip", "script_to_video", "voiceover_to_video", "slideshow_to_video", "storyboard_to_video"),
    *("edit_project", "export_project"),
}
"""Tools of the demo whose films have words with times."""

LIMIT = 900
"""Seconds for everything under strace, on a busy machine; about sixty on two free cores."""

CALLS = "network,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"

SCRIPT = """
"$0" -m videogen_mcp demo $2 --output "$1"
code=$?
"$0" -m videogen_mcp sandbox --stop >/dev/null
exit $code
"""

NAME_SERVICES = ("/etc/resolv.conf", "nscd/socket", "systemd/resolve", "/etc/hosts")
"""What programs open to find the address of a name."""

pytestmark = pytest.mark.timeout(LIMIT)

watched = pytest.mark.skipif(
    sys.platform != "linux" or (STRACE is None and not os.environ.get("CI")),
    reason="needs Debian's strace, which CI installs",
)


@dataclass(frozen=True)
class Trace:
    """What strace wrote: one system call a line."""

    lines: tuple[str, ...]

    def addresses(self) -> set[str]:
        """Every internet address that was connected to, bound or written to, with its port."""
        found = (re.findall(r'sin6?_port=htons\((\d+)\).*?"([0-9a-fA-F.:]+)"', line) for line in self.lines)
        return {f"{address} {port}" for matches in found for port, address in matches}

    def written(self) -> set[Path]:
        """Every path at which something was made, or opened for writing, and not in vain."""
        paths: set[Path] = set()
        for line in self.lines:
            call = re.match(r"\d+ +(\w+)\((.*)\) += (-?\d+)", line)
            if call is None or call[3].startswith("-") or call[1] not in CALLS.split(","):
                continue
            if call[1].startswith("open") and not re.search(r"O_WRONLY|O_RDWR|O_CREAT", call[2]):
                continue
            # (folder's descriptor, its path, path) or (path) alone; renames and links: the last path is the new one.
            *_, (folder, path) = re.findall(r'(?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', call[2])
            paths.add(Path(os.path.normpath(Path(folder or "/") / path)))
        return paths


@dataclass(frozen=True)
class Demo:
    """A demo that has ended, and the folders that were its own: home, output, state, tmp."""

    code: int
    output: str
    errors: str
    folders: Path
    trace: Trace


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """From the first process to the end of the sandbox that it started."""
    folders = tmp_path_factory.mktemp("demo")
    log = folders / "trace"
    for name in ("home", "tmp"):
        (folders / name).mkdir()
    of_others = ("VIDEOGEN_", "XDG_", "ORT_", "PYTHONPYCACHEPREFIX")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(of_others)},
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "HOME": str(folders / "home"),
        "TMPDIR": str(folders / "tmp"),
        "VIDEOGEN_MCP_STATE_DIR": str(folders / "state"),
    }
    command = ["sh", "-c", SCRIPT, sys.executable, str(folders / "output"), "--all" if CHOICE == "all" else ""]
    if STRACE is not None:
        watching = [STRACE, "-f", "-y", "-qq", "--seccomp-bpf", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(log)]
        command = [*watching, *command]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=LIMIT, check=False)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else ()
    return Demo(done.returncode, done.stdout, done.stderr, folders, Trace(tuple(lines)))


def test_every_workflow_ends_with_a_file_that_opens_and_is_of_the_kind_that_was_answered(demo: Demo) -> None:
    assert (demo.code, demo.errors) == (0, "")
    answered = dict(re.findall(r"^  (\w+)\.\w+ +(image|video|audio) ", demo.output, re.MULTILINE))
    assert set(answered) == {step.tool for step in steps_for(CHOICE)}
    saved = [path for path in (demo.folders / "output").iterdir() if path.suffix != ".srt"]
    assert {path.stem: str(probe(path).kind).lower() for path in saved} == answered


def test_films_that_speak_have_their_captions_beside_them(demo: Demo) -> None:
    captioned = {path.stem for path in (demo.folders / "output").glob("*.srt")}
    assert captioned == (SPEAKING if CHOICE == "all" else set())


@watched
def test_every_process_was_watched(demo: Demo) -> None:
    written = demo.trace.written()
    assert any(path.parent == demo.folders / "output" for path in written)
    assert any(path.is_relative_to(demo.folders / "state" / "sandbox") for path in written)
    assert any(address.startswith("127.0.0.1 ") for address in demo.trace.addresses())


@watched
def test_no_name_is_looked_up(demo: Demo) -> None:
    asked = [line for line in demo.trace.lines if any(service in line for service in NAME_SERVICES)]
    assert asked == []


@watched
def test_no_connection_leaves_the_machine(demo: Demo) -> None:
    outside = {one for one in demo.trace.addresses() if not ipaddress.ip_address(one.split(" ")[0]).is_loopback}
    assert outside == set()


@watched
def test_nothing_is_written_but_where_the_readme_says(demo: Demo) -> None:
    own = [demo.folders / name for name in ("state", "output", "tmp")]
    allowed = (*own, Path("/dev/null"), Path("/dev/shm"))
    elsewhere = [path for path in demo.trace.written() if not any(path.is_relative_to(folder) for folder in allowed)]
    assert elsewhere == []
    assert list((demo.folders / "tmp").iterdir()) == []
