"""The bench of ergonomics measures, and its page says what it measured."""

from __future__ import annotations

import re
from pathlib import Path

from bench.ergonomics import BYTES_AIM, CALLS_AIM, HOST, PIECES, Cost, Files, measured, table
from tests.e2e.upstream import Sandbox
from tests.e2e.wire import serving

PAGE = Path(__file__).parents[2] / "docs" / "ergonomics.md"


def test_a_piece_is_done_with_our_tools_and_in_the_vendors(state_dir: Path, sandbox: Sandbox) -> None:
    pieces = [piece for piece in PIECES if piece.name == "a picture"]
    with serving(state_dir, client=HOST) as server:
        [row] = measured(pieces, server, sandbox.address, Files("", "", ""))
    prompt = '{"prompt":"a red fox asleep in the snow"}'
    assert (row.ours.calls, row.ours.sent) == (row.vendors.calls, row.vendors.sent) == (1, len(prompt))
    assert 100 < row.ours.read < row.vendors.read


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
