"""Locks between processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from videogen_sandbox.file_lock import FileLock, Owner

SOON = 20.0
"""Seconds of real time after which a test has failed."""


def test_a_lock_is_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from videogen_sandbox.file_lock import FileLock;"
        "print(FileLock(pathlib.Path(sys.argv[1])).acquire(), flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "lock")]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    lock = FileLock(tmp_path / "lock")
    assert not lock.acquire()
    holder.kill()
    holder.communicate(timeout=SOON)
    assert lock.acquire()
    lock.release()


def test_the_owner_is_known_by_process_and_machine_until_it_releases(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert lock.acquire()
    lock.write_owner()
    owner = other.read_owner()
    assert owner == Owner(os.getpid(), socket.gethostname())
    assert owner is not None
    assert owner.is_local
    lock.release()
    assert other.read_owner() is None


@pytest.mark.parametrize("text", ["", "7", "x y", "-7 here"])
def test_a_text_that_names_no_owner_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    assert FileLock(tmp_path / "lock").read_owner() is None


def test_an_owner_cannot_be_written_without_the_lock(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not held"):
        FileLock(tmp_path / "lock").write_owner()
