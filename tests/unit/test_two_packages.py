"""The server and the sandbox are two packages: neither knows the inside of the other."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def naming(package: str, text: str) -> set[str]:
    """Return the files of a package that contain `text`, by their path in it."""
    folder = ROOT / package
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix() for path in files if text.encode() in path.read_bytes()}


def test_the_sandbox_knows_nothing_of_the_server() -> None:
    assert naming("videogen_sandbox", "videogen_mcp") == set()
    assert naming("videogen_sandbox", "VIDEOGEN_MCP") == set()


def test_the_server_reaches_the_sandbox_through_one_module_and_one_command() -> None:
    assert naming("videogen_mcp", "videogen_sandbox") == {"local_sandbox.py", "commands/sandbox.py"}
