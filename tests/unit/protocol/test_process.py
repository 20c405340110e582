"""What the HTTP server sets in its process, in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("there is no limit of open files to lower", allow_module_level=True)

SOON = 60


def printed(code: str) -> str:
    """What a process prints that has run `code`."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SOON, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


RAISING = """
import resource
from videogen_mcp.protocol.process import raise_file_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(raise_file_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard"), [(100, 200), (200, 200)])
def test_it_may_open_as_many_files_as_it_may_at_all(soft: int, hard: int) -> None:
    assert printed(RAISING.format(soft=soft, hard=hard)) == f"{hard} {hard} {hard}"


COLLECTING = """
import gc
from videogen_mcp.protocol.process import COLLECT_AFTER, collect_rarely
collect_rarely()
print(gc.get_threshold()[:2] == COLLECT_AFTER[:2], gc.get_freeze_count() > 1000)
"""


def test_what_is_loaded_is_left_out_of_garbage_collection_and_the_rest_is_collected_rarely() -> None:
    assert printed(COLLECTING) == "True True"
