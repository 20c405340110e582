"""The command `videogen-sandbox`: what runs what, what is refused with which words, and what is not imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import platformdirs
import pytest

import videogen_sandbox
from videogen_sandbox import cli
from videogen_sandbox.faults import Faults
from videogen_sandbox.process import cleaning, launcher, modes
from videogen_sandbox.process.errors import SandboxUnavailable

HEAVY = ("anyio", "starlette", "uvicorn", "httpx", "pydantic", "mcp", "sqlite3", "numpy", "av", "PIL", "platformdirs")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments with which sandboxes were served."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(modes, "serve_foreground", lambda **arguments: calls.append(arguments))

    def detached(_: Path, **arguments: object) -> bool:
        calls.append(arguments)
        return True

    monkeypatch.setattr(modes, "serve_detached", detached)
    return calls


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the platform keeps state: nothing of the user's is touched."""
    monkeypatch.setattr(platformdirs, "user_state_path", lambda name, **_: tmp_path / "platform" / name)
    return tmp_path / "platform"


def test_it_keeps_its_files_where_the_platform_keeps_state_by_default(served: list[dict[str, Any]], home: Path) -> None:
    assert cli.main([]) == 0
    assert served == [
        {
            "host": "127.0.0.1",
            "port": 8791,
            "data_dir": home / "videogen-sandbox" / "sandbox",
            "dialect": "v2",
            "faults": None,
            "private_webhooks": False,
            "public_webhooks": False,
            "import_hosts": frozenset(),
            "max_disk_bytes": None,
        }
    ]


def test_every_argument_reaches_the_sandbox(served: list[dict[str, Any]], tmp_path: Path) -> None:
    given = ["--host", "::1", "--port", "0", "--data-dir", str(tmp_path), "--dialect", "v0"]
    given += ["--allow-private-webhooks", "--allow-public-webhooks"]
    given += ["--allow-import", "Example.com.", "--allow-import", "media.test", "--max-disk", "1.5GB"]
    assert cli.main([*given, "--faults", "rate_limited=0.1,seed=7"]) == 0
    faults = Faults(rate_limited=0.1, seed=7)
    expected = {"host": "::1", "port": 0, "data_dir": tmp_path, "dialect": "v0", "faults": faults}
    allowed = {"private_webhooks": True, "public_webhooks": True, "import_hosts": {"example.com", "media.test"}}
    assert served == [expected | allowed | {"max_disk_bytes": 1_500_000_000}]


def test_a_state_directory_has_the_files_of_its_sandbox(served: list[dict[str, Any]], tmp_path: Path) -> None:
    assert cli.main(["--state-dir", str(tmp_path / "client")]) == 0
    assert served[0]["data_dir"] == tmp_path / "client" / "sandbox"


def test_a_relative_data_directory_is_that_of_the_folder_one_is_in(
    served: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers have working directories of their own."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--data-dir", "here"]) == 0
    assert served[0]["data_dir"] == tmp_path / "here"


def test_with_an_instance_it_is_the_detached_one(served: list[dict[str, Any]], tmp_path: Path) -> None:
    assert cli.main(["--state-dir", str(tmp_path), "--dialect", "v0", "--instance", "abc"]) == 0
    assert served == [{"instance": "abc", "dialect": "v0", "import_hosts": frozenset(), "max_disk_bytes": None}]


@pytest.mark.parametrize("arguments", [[], ["--instance", "abc"]])
def test_the_environment_has_more_hosts_and_the_limit_of_the_disk(
    arguments: list[str], served: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEOGEN_SANDBOX_ALLOW_IMPORT", "Media.test., example.com,")
    monkeypatch.setenv("VIDEOGEN_SANDBOX_MAX_DISK", "2GB")
    assert cli.main(["--state-dir", str(tmp_path), *arguments]) == 0
    assert served[0]["import_hosts"] == {"media.test", "example.com"}
    assert served[0]["max_disk_bytes"] == 2_000_000_000


def test_an_option_goes_before_the_environment(served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_SANDBOX_MAX_DISK", "2GB")
    assert cli.main(["--max-disk", "1GB"]) == 0
    assert served[0]["max_disk_bytes"] == 1_000_000_000


def test_a_limit_in_the_environment_that_is_none_is_refused(
    served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIDEOGEN_SANDBOX_MAX_DISK", "much")
    with pytest.raises(SystemExit):
        cli.main([])
    assert "such as 20GB, not 'much'" in capsys.readouterr().err
    assert served == []


@pytest.mark.parametrize(
    ("detached", "others", "words"),
    [
        (True, False, "The sandbox has stopped.\n"),
        (False, True, "The sandbox has stopped.\n"),
        (False, False, "No sandbox was running.\n"),
    ],
)
def test_stopping_says_what_happened(
    detached: bool, others: bool, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launcher, "stop", lambda _: detached)
    monkeypatch.setattr(launcher, "stop_all", lambda _: others)
    assert cli.main(["--stop"]) == 0
    assert capsys.readouterr().out == words


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was cleaned: "old" or "all"."""
    calls: list[str] = []

    def cleaning_as(what: str) -> None:
        def clean(_: Path) -> str:
            calls.append(what)
            return f"Cleaned {what}."

        monkeypatch.setattr(cleaning, f"clean_{what}", clean)

    cleaning_as("old")
    cleaning_as("all")
    return calls


@pytest.mark.parametrize(
    ("arguments", "typed", "expected"),
    [
        (["--clean"], None, ["old"]),
        (["--clean", "old"], None, ["old"]),
        (["--clean", "all", "--yes"], None, ["all"]),
        (["--clean", "all"], "y", ["all"]),
        (["--clean", "all"], "", []),
        (["--clean", "all"], None, []),
    ],
)
def test_everything_is_removed_after_a_confirmation_only(
    arguments: list[str], typed: str | None, expected: list[str], cleaned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: typed is not None)
    monkeypatch.setattr("builtins.input", lambda _: typed)
    assert cli.main(arguments) == (0 if expected else 1)
    assert cleaned == expected


def test_one_that_cannot_start_says_why_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise SandboxUnavailable("Port 1 of 127.0.0.1 cannot be used.")

    monkeypatch.setattr(modes, "serve_foreground", refuse)
    assert cli.main(["--port", "1"]) == 1
    assert capsys.readouterr().err == "videogen-sandbox: Port 1 of 127.0.0.1 cannot be used.\n"


def test_ctrl_c_is_an_exit_code_and_not_a_stack_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(modes, "serve_foreground", interrupted)
    assert cli.main([]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fly"], "fly"),
        (["--port", "70000"], "a port is a number from 0 to 65535"),
        (["--port", "x"], "a port is a number from 0 to 65535"),
        (["--dialect", "v1"], "--dialect"),
        (["--faults", "rate=1"], "unknown fault"),
        (["--max-disk", "much"], "such as 20GB"),
        (["--max-disk", "0GB"], "such as 20GB"),
        (["--clean", "some"], "--clean"),
    ],
)
def test_a_wrong_command_line_ends_with_exit_code_2(
    arguments: list[str], words: str, served: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err
    assert served == []


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"videogen-sandbox {videogen_sandbox.__version__}\n"


def test_help_imports_nothing_heavy_and_shows_nothing_internal() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "videogen_sandbox", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert [name for name in HEAVY if name in loaded] == []
    assert "--faults" in done.stdout
    assert "--instance" not in done.stdout


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "videogen_sandbox.process.launcher",
            {"starlette", "uvicorn", "numpy", "av", "PIL", "httpx", "pydantic", "mcp", "sqlite3", "onnxruntime"},
        ),
        ("videogen_sandbox.process.serving", {"numpy", "av", "PIL", "httpx", "rich", "pydantic", "mcp", "onnxruntime"}),
    ],
)
def test_importing_it_brings_nothing_heavy(module: str, heavy: set[str]) -> None:
    """A client has the launcher in its process; a sandbox that starts makes its client wait."""
    program = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20)
    assert heavy.isdisjoint(loaded.stdout.split())
