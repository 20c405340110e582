"""Nothing leaves the machine: every system call of a whole demo, in all its processes, as the kernel sees them."""

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

STRACE = shutil.which("strace")

LIMIT = 600
"""Seconds for all workflows under strace, on a busy machine."""

CALLS = "network,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"

SCRIPT = """
"$0" -m videogen_mcp demo --all --output "$1"
code=$?
"$0" -m videogen_mcp sandbox --stop
exit $code
"""

NAME_SERVICES = ("/etc/resolv.conf", "nscd/socket", "systemd/resolve", "/etc/hosts")
"""What programs open to find the address of a name."""

pytestmark = pytest.mark.skipif(
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


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private")


@pytest.fixture(scope="module")
def trace(folders: Path) -> Trace:
    """A demo of all workflows, from the first process to the end of the sandbox that it started."""
    log = folders / "trace"
    for name in ("home", "tmp"):
        (folders / name).mkdir()
    of_others = ("VIDEOGEN_", "XDG_", "ORT_", "PYTHONPYCACHEPREFIX")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(of_others)},
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folders / "home"),
        "TMPDIR": str(folders / "tmp"),
        "VIDEOGEN_MCP_STATE_DIR": str(folders / "state"),
    }
    command = [STRACE or "strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "4096", "-e", f"trace={CALLS}"]
    command += ["-o", str(log), "sh", "-c", SCRIPT, sys.executable, str(folders / "output")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Trace(tuple(log.read_text(errors="replace").splitlines()))


def test_every_process_was_watched(trace: Trace, folders: Path) -> None:
    written = trace.written()
    assert any(path.parent == folders / "output" for path in written)
    assert any(path.is_relative_to(folders / "state" / "sandbox") for path in written)
    assert any(address.startswith("127.0.0.1 ") for address in trace.addresses())


def test_no_name_is_looked_up(trace: Trace) -> None:
    asked = [line for line in trace.lines if any(service in line for service in NAME_SERVICES)]
    assert asked == []


def test_no_connection_leaves_the_machine(trace: Trace) -> None:
    outside = {one for one in trace.addresses() if not ipaddress.ip_address(one.split(" ")[0]).is_loopback}
    assert outside == set()


def test_nothing_is_written_but_where_the_readme_says(trace: Trace, folders: Path) -> None:
    own = [folders / name for name in ("state", "output", "tmp")]
    allowed = (*own, Path("/dev/null"), Path("/dev/shm"))
    elsewhere = [path for path in trace.written() if not any(path.is_relative_to(folder) for folder in allowed)]
    assert elsewhere == []
    assert list((folders / "tmp").iterdir()) == []
