"""Has VideoGen look at a key, as `videogen-mcp doctor` does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from videogen_mcp.installing.keys import WHERE, Check, NotKept
from videogen_mcp.setting_problems import unencrypted
from videogen_mcp.settings import Settings


def checked_by(settings: Settings) -> Check:
    """Return what has VideoGen, at the address of the settings, look at a key: with GETs that cost nothing."""

    def check(key: str) -> str | None:
        faults = [one for one in settings.problems if one.variable == "VIDEOGEN_BASE_URL"]
        if faults := faults or unencrypted("VIDEOGEN_BASE_URL", settings.base_url):
            return str(faults[0])
        import anyio

        return anyio.run(partial(_answer, replace(settings, api_key=key)))

    return check


async def _answer(settings: Settings) -> str | None:
    from videogen_mcp.api.errors import Unauthorized
    from videogen_mcp.api.pools import Pools
    from videogen_mcp.calls.messages import remedy
    from videogen_mcp.calls.replies import sentence
    from videogen_mcp.clock import SystemClock
    from videogen_mcp.doctor.reach import Reach

    pools = Pools()
    try:
        error = (await Reach(settings, pools, SystemClock()).answer()).error
    finally:
        await pools.aclose()
    if isinstance(error, Unauthorized):
        raise NotKept(f"VideoGen refuses it: {error.message.rstrip('.')}. {WHERE} shows yours")
    if error is None:
        return None
    return " ".join(sentence(part) for part in (error.message, remedy(error)) if part)
