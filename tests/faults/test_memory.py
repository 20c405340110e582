"""What calls leave in memory."""

from __future__ import annotations

import random

from tests.faults.service import Service
from tests.faults.world import world
from tests.garbage import left_behind
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Call, Caller


def test_a_call_that_is_answered_is_freed_at_once() -> None:
    """Long waits outlive the young generations, so what a call leaves there stays until a full collection."""
    left: list[object] = []

    async def main() -> None:
        async with world(Service(random.Random(1), seconds=lambda: 30.0)) as here:
            with left_behind() as garbage:
                reply = await here.call("generate_video_clip", Caller("x"), prompt="a pear")
                assert reply.structured["status"] == "succeeded"
                del reply
            left.extend(one for one in garbage if isinstance(one, Call))

    run_virtually(main)
    assert left == []
