"""The bench of ergonomics measures, and its page says what it measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.ergonomics import BYTES_AIM, CALLS_AIM, HOST, PIECES, Cost, Files, measured, run, sharpened, slow_clip, table
from tests.e2e.test_media import clip
from tests.e2e.upstream import Sandbox
from tests.e2e.wire import serving
from tests.generated import is_full

PAGE = Path(__file__).parents[2] / "docs" / "ergonomics.md"


def test_a_piece_is_done_with_our_tools_and_in_the_vendors(state_dir: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    pieces = [piece for piece in PIECES if piece.ours is sharpened]
    files = Files("", "", str(clip(tmp_path)))
    folders = {"VIDEOGEN_MCP_OUTPUT_DIR": str(tmp_path), "VIDEOGEN_MCP_ALLOWED_DIRS": str(tmp_path)}
    with serving(state_dir, client=HOST, settings=folders) as server:
        [row] = measured(pieces, server, sandbox.address, files)
    assert (row.ours.calls, row.vendors.calls) == (1, 2)
    assert row.ours.sent == len(f'{{"video":"{files.clip}","save_to":"sharp.mp4"}}')
    assert 100 < row.ours.read < row.vendors.read
    assert (tmp_path / "sharp.mp4").is_file()


@pytest.mark.skipif(not is_full(), reason="takes minutes; `.ci/run` does it")
@pytest.mark.timeout(400)
def test_every_piece_but_the_slow_clip_is_done_within_the_aim() -> None:
    rows = run([piece for piece in PIECES if piece.ours is not slow_clip])
    assert sum(row.ours.calls for row in rows) <= CALLS_AIM - 2
    assert sum(row.ours.sent + row.ours.read for row in rows) <= BYTES_AIM


def test_costs_are_counted_in_bytes_and_summed() -> None:
    cost = Cost()
    cost.add({"text": "Grüße"}, "über")
    assert cost + cost == Cost(calls=2, sent=2 * len('{"text":"Gr__e"}') + 4, read=10)
    assert table([]).splitlines()[-1] == "| **all** | 0 | 0 | 0 | 0 | 0 | 0 |  |"


def test_the_page_has_every_piece_and_ours_are_within_the_aim() -> None:
    written = re.findall(r"^\| (.+?) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert [name for name, *_ in written] == [*(piece.name for piece in PIECES), "**all**"]
    calls, sent, read = (int(figure.replace(",", "")) for figure in written[-1][1:])
    assert calls <= CALLS_AIM
    assert sent + read <= BYTES_AIM
