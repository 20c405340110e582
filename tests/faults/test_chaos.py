"""Kills, full disks, locks, removed folders, clocks that jump and file systems without locks, over many process lives.

`CHAOS_LIVES` sets how many lives, `CHAOS_SEED` which; a failure prints what was lost.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.generated import is_full

if sys.platform == "win32":
    pytest.skip("lives are forked and killed", allow_module_level=True)

LIVES = int(os.environ.get("CHAOS_LIVES", "30" if is_full() else "9"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))


@pytest.mark.timeout(60 + 10 * LIVES)
def test_whatever_breaks_the_journal_loses_no_row_and_nothing_is_made_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.chaos", str(tmp_path), str(LIVES), str(SEED)]
    chaos = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert chaos.returncode == 0, chaos.stderr
    found = json.loads(chaos.stdout)
    sys.stdout.write(f"{found}\n")
    assert found["lives"] == LIVES
    assert found["taken"] >= LIVES / 2
    wrong = {name: found[name] for name in ("rows lost", "lost", "doubled", "wrong")}
    assert wrong == dict.fromkeys(wrong, 0), f"CHAOS_SEED={SEED} CHAOS_LIVES={LIVES}: {found}\n{chaos.stderr}"
