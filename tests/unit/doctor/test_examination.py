"""All checks at once: their order, those that break or never end, and that nothing secret comes out."""

from __future__ import annotations

import anyio
import pytest

from tests.unit.api.conftest import KEY
from tests.unit.doctor.conftest import Make
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.examination import Check, examine
from videogen_mcp.doctor.findings import Finding, ok, warning

pytestmark = pytest.mark.anyio


async def quick(context: Context) -> Finding:
    return ok("Quick.")


async def several(context: Context) -> list[Finding]:
    return [ok("One.", "first"), warning("Two.", "Do it.", "second")]


async def broken(context: Context) -> Finding:
    raise ZeroDivisionError(f"division of {KEY}")


async def endless(context: Context) -> Finding:
    await anyio.sleep_forever()
    return ok("Never.")


async def test_findings_come_in_the_order_of_the_checks_with_their_names(make: Make) -> None:
    told: list[Finding] = []
    found = await examine(make(), [Check("b", several), Check("a", quick)], told.append)
    assert [(one.name, one.status) for one in found] == [("b first", "ok"), ("b second", "warning"), ("a", "ok")]
    assert told == found


async def test_a_check_that_breaks_is_an_error_and_the_others_go_on(make: Make) -> None:
    first, second = await examine(make(), [Check("a", broken), Check("b", quick)], lambda finding: None)
    assert (first.status, second.status) == ("error", "ok")
    assert "ZeroDivisionError: division of [secret]" in first.message
    assert "report this line" in (first.remedy or "")


async def test_what_may_not_be_read_is_named(make: Make) -> None:
    async def refused(context: Context) -> Finding:
        raise PermissionError(13, "Permission denied", "/root/x")

    (found,) = await examine(make(), [Check("a", refused)], lambda finding: None)
    assert found.message == "This cannot be looked at (/root/x: Permission denied)."


async def test_a_check_that_never_ends_is_an_error_and_what_is_waited_for_is_told(make: Make) -> None:
    waited: list[str] = []
    (found,) = await examine(make(), [Check("a", endless)], lambda finding: None, waited.append, longest=0.01)
    assert (found.status, waited) == ("error", ["a"])
    assert "did not end" in found.message


async def test_no_secret_of_the_environment_comes_out_whatever_a_check_says(make: Make) -> None:
    token, password = "t" * 40, "geheim/1"

    async def careless(context: Context) -> Finding:
        return warning(f"{token} {password} geheim%2F1\x1b[2J", f"Use {KEY}.")

    context = make(
        VIDEOGEN_MCP_HTTP_TOKEN=token,
        VIDEOGEN_MCP_DATABASE="postgresql://u:geheim%2F1@h/d",
        HTTPS_PROXY="http://u:geheim%2F1@proxy:3128",
    )
    (found,) = await examine(context, [Check("a", careless)], lambda finding: None)
    assert (found.message, found.remedy) == ("[secret] [secret] [secret] [2J", "Use [secret].")
