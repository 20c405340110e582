"""Setting up a checkout: what is shown meanwhile, what is said when it cannot be, and how it goes without make."""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import Marker

from scripts import set_up, without_make
from scripts.set_up import Line

ROOT = Path(__file__).parents[2]

FITS = re.compile(r"(?:cp311-cp311|abi3|py3-none|py2\.py3-none)-(?:any|\S*manylinux\S*x86_64)")

UV = """Using CPython 3.11.7
   Building videogen-mcp-server @ file:///videogen_mcp
Downloading numpy (16.1MiB)
Downloading av (34.1MiB)
 Downloaded numpy
Downloading pygments (1.2MiB)""".splitlines()

PIP = """Collecting numpy>=2.2 (from videogen-mcp-server==0.2.0)
  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl.metadata (6.6 kB)
  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (16.9 MB)
Collecting pi-heif<2,>=1.4 (from videogen-mcp-server==0.2.0)
  Downloading pi_heif-1.4.0-cp311-cp311-manylinux_2_28_x86_64.whl (1.4 MB)""".splitlines()


def shown(*written: str, moves: bool = False) -> tuple[Line, str]:
    out = io.StringIO()
    line = Line(out, moves=moves)
    for one in written:
        line.read(one)
    return line, out.getvalue()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (UV, "fetching av (36 MB) and 1 more, 17 MB so far"),
        (PIP, "fetching pi-heif (1 MB), 17 MB so far"),
        ([*UV, "Prepared 53 packages in 4.20s"], "installing, 54 MB so far"),
        ([*PIP, "Installing collected packages: numpy, pi-heif"], "installing, 18 MB so far"),
        (["WARNING: Retrying (Retry(total=2)) after"], "no answer from the package index, trying again"),
        ([], "starting"),
    ],
)
def test_it_says_what_is_fetched_and_how_large_that_is(written: list[str], words: str) -> None:
    assert shown(*written)[0].words() == words


def test_where_lines_cannot_move_each_large_package_is_one() -> None:
    assert shown(*UV)[1] == "  fetching numpy (17 MB)\n  fetching av (36 MB)\n"
    assert shown(*PIP)[1] == "  fetching numpy (17 MB)\n"


def test_the_line_that_moves_fits_the_terminal_and_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    line, written = shown(*UV, moves=True)
    assert "\n" not in written
    assert max(map(len, written.split("\r"))) < 30
    line.say("Done.")
    assert line.out.getvalue().endswith(f"\r{' ' * len(written.rpartition(chr(13))[2])}\rDone.\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", ["Installed 2 packages in 1ms", "Successfully installed numpy-2.4.6 pi-heif-1.4.0"])
def test_at_the_end_it_says_what_it_took(end: str) -> None:
    line, _ = shown(*UV, "Prepared 2 packages in 4.20s", end)
    line.done()
    assert re.search(r"Ready in \d s: 2 packages, 54 MB fetched\.\n$", line.out.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "Make room"),
        ("error: Failed to write: No space left on device (os error 28)", "Make room"),
        ("  cause: failed to lookup address information: Temporary failure in name resolution", "HTTPS_PROXY"),
        ("NewConnectionError('<…HTTPSConnection>: Failed to establish a new connection: [Errno -3]", "HTTPS_PROXY"),
        ("ERROR: … ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))", "HTTPS_PROXY"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", "PIP_CERT"),
        ("  Caused by: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/.venv'", "the right"),
        ("The virtual environment was not created successfully because ensurepip is not\navailable.", "-venv"),
        ("/usr/bin/python3: No module named venv", "-venv"),
    ],
)
def test_what_is_in_the_way_is_one_line_with_what_to_do(written: str, remedy: str) -> None:
    words = set_up.reason(["Collecting numpy", *written.splitlines()]) or ""
    assert remedy in words
    assert "\n" not in words


def test_what_is_not_known_is_shown() -> None:
    assert set_up.reason(["ERROR: Failed to build wheel for vtracer"]) is None
    assert (
        str(set_up.ToolFailed(["Using CPython", "error: lock is too new", "hint: update"])) == "error: lock is too new"
    )


def test_a_virtual_environment_whose_python_is_gone_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    monkeypatch.setattr(set_up, "VENV", venv)
    monkeypatch.setattr(set_up, "PYTHON", venv / "bin" / "python")
    set_up.clear_what_is_broken(shown()[0])
    assert not venv.exists()


def test_a_file_in_its_place_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / ".venv"
    venv.write_text("mine")
    monkeypatch.setattr(set_up, "VENV", venv)
    with pytest.raises(set_up.Failed, match="not a folder"):
        set_up.clear_what_is_broken(shown()[0])
    assert venv.read_text() == "mine"


def as_python_3_6(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it as a Python that is too old, with the programs of one folder."""
    text = (ROOT / "scripts" / "set_up.py").read_text(encoding="utf-8")
    code = "import sys; sys.version_info = (3, 6, 8); sys.argv = ['set_up.py', 'run']; exec(sys.stdin.read())"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PATH": str(folder)}
    return subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False)


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_python_that_is_too_old_can_read_it_and_says_what_to_do(tmp_path: Path) -> None:
    text = (ROOT / "scripts" / "set_up.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
    assert "import annotations" not in text  # Python 3.6 does not know it.
    done = as_python_3_6(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"This needs Python 3\.10 or newer; \S+ is [\d.]+: install one, or uv\.\n", done.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="the programs are scripts of sh")
def test_one_that_is_too_old_hands_over_to_one_that_works(tmp_path: Path) -> None:
    program(tmp_path / "python3.13", "exit 127")
    program(tmp_path / "python3.11", '[ "$1" = -c ] || echo "$0 $*"; exit 0')
    done = as_python_3_6(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/python3.11 set_up.py run\n")


@pytest.mark.parametrize(("purpose", "group"), [("run", False), ("work", True)])
def test_both_tools_are_asked_for_the_same(purpose: str, group: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["set_up.py", purpose, "--uv", "uv", "--aside", "node==1"])
    asked = set_up.arguments()
    for commands in (set_up.uv_commands(asked), set_up.pip_commands(asked)):
        words = [word for command in commands for word in command]
        assert any("sandbox" in word for word in words)
        assert ("dev" in words) is group
        assert (set_up.SEED_SDK in words) is group
        assert "node==1" in words


@pytest.mark.parametrize(("platform", "python"), [("win32", "Scripts/python.exe"), ("linux", "bin/python")])
def test_without_make_it_is_set_up_when_the_dependencies_have_changed(
    tmp_path: Path, platform: str, python: str
) -> None:
    for name in ("pyproject.toml", "uv.lock", f".venv/{python}", ".venv/.ready-to-run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert not without_make.is_ready(tmp_path, "work", platform)
    os.utime(tmp_path / ".venv/.ready-to-run")
    assert without_make.is_ready(tmp_path, "run", platform)
    newer = (tmp_path / ".venv/.ready-to-run").stat().st_mtime + 1
    os.utime(tmp_path / "uv.lock", (newer, newer))
    assert not without_make.is_ready(tmp_path, "run", platform)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["demo"], ["demo"]),
        (["demo", "--video"], ["demo", "--video"]),
        (["demo", "ARGS=--all --output x"], ["demo", "--all", "--output", "x"]),
    ],
)
def test_without_make_the_same_words_run_the_same(
    given: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(without_make, "is_ready", lambda *_: True)

    def call(command: list[str], **_: object) -> int:
        called.append(command)
        return 7

    monkeypatch.setattr(subprocess, "call", call)
    assert without_make.main(given) == 7
    assert [command[1:] for command in called] == [["-m", "videogen_mcp", *words]]


def test_a_word_that_is_no_goal_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert without_make.main(["fly"]) == 2
    assert capsys.readouterr().err == "usage: make demo|test [arguments]\n"


def fetched(*groups: str) -> float:
    """The megabytes of all wheels for CPython 3.11 on Linux (x86-64), by uv.lock."""
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has none")
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    packages = {name: one for one in locked for name in (one["name"], (one["name"], one["version"]))}
    machine = {"sys_platform": "linux", "platform_machine": "x86_64", "python_full_version": "3.11.7"}
    project = packages["videogen-mcp-server"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["sandbox"]]
    wanted += [one for group in groups for one in project["dev-dependencies"][group]]
    sizes: dict[str, int] = {}
    while wanted:
        one = wanted.pop()
        if one["name"] in sizes or not Marker(one.get("marker", "python_version > '3'")).evaluate(machine):
            continue
        package = packages[(one["name"], one["version"]) if "version" in one else one["name"]]
        wheels = [wheel for wheel in package.get("wheels", []) if FITS.search(wheel["url"])]
        sizes[one["name"]] = min((wheel["size"] for wheel in wheels), default=0)
        extras = package.get("optional-dependencies", {})
        wanted += [*package.get("dependencies", []), *(two for extra in one.get("extra", []) for two in extras[extra])]
    return sum(sizes.values()) / 1e6


@pytest.mark.parametrize(("purpose", "groups"), [("run", ()), ("work", ("dev",))])
def test_what_it_says_to_fetch_is_what_the_lock_has(purpose: str, groups: tuple[str, ...]) -> None:
    said = float(set_up.ABOUT[purpose].removesuffix(" MB"))
    assert fetched(*groups) == pytest.approx(said, rel=0.1)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("goal", without_make.GOALS)
def test_it_does_what_make_does(goal: str) -> None:
    command = ["make", "--dry-run", "--always-make", goal]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"scripts/set_up.py {without_make.GOALS[goal].purpose}\n" in planned
    assert f"-m {' '.join(without_make.GOALS[goal].runs[1:])}" in planned
