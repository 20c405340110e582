"""A server for many: whether it would start, and whether what it stands on answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.unit.api.conftest import KEY
from tests.unit.doctor.conftest import Make, look
from videogen_mcp.doctor.checks import hosting

pytestmark = pytest.mark.anyio

TOKEN = {"VIDEOGEN_MCP_HTTP_TOKEN": "t" * 32}
ISSUER = {"VIDEOGEN_MCP_OIDC_ISSUER": "https://login.example", "VIDEOGEN_MCP_OIDC_AUDIENCE": "videogen"}


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_server_of_one_user_is_not_looked_at(make: Make) -> None:
    (found,) = await look(hosting.hosting, make())
    assert found.status == "skipped"


async def test_one_that_can_start_is_told(make: Make) -> None:
    (found,) = await look(hosting.hosting, make(environment=TOKEN))
    assert (found.status, found.message) == ("ok", "A server for many can start with these settings.")


async def test_what_keeps_it_from_starting_is_said_in_its_own_words(make: Make) -> None:
    (found,) = await look(hosting.hosting, make(environment=TOKEN, VIDEOGEN_MCP_JOURNAL="off"))
    assert found.status == "error"
    assert found.message.startswith("VIDEOGEN_MCP_JOURNAL is off, and a server for many needs the journal")
    assert found.remedy == "Remove it."


async def test_with_a_setting_that_cannot_be_used_it_does_not_start(make: Make) -> None:
    (found,) = await look(hosting.hosting, make(environment=TOKEN, VIDEOGEN_MCP_PUBLIC_URL="ftp://x"))
    assert (found.status, found.message) == ("error", "No server for many starts with these settings.")


async def test_what_its_operator_should_know_is_a_warning(make: Make) -> None:
    (found,) = await look(hosting.hosting, make(environment=TOKEN, VIDEOGEN_API_KEY=""))
    assert (found.status, "let nobody spend anything" in found.message) == ("warning", True)


async def test_a_database_that_is_away_is_an_error_without_its_password(make: Make, nobody: int) -> None:
    address = f"postgresql://u:{KEY}@127.0.0.1:{nobody}/d"
    found = await look(hosting.hosting, make(VIDEOGEN_MCP_DATABASE=address, VIDEOGEN_MCP_SECRETS="s" * 32))
    assert [(one.name, one.status) for one in found] == [("", "ok"), ("database", "error")]
    assert found[1].message.startswith("The database at 127.0.0.1 cannot be used: ")
    assert KEY not in found[1].message


@pytest.mark.parametrize(
    ("response", "status", "says"),
    [
        (httpx.Response(200, json={"issuer": "https://login.example"}), "ok", "answers"),
        (httpx.Response(200, json={"issuer": "https://login.example/"}), "error", "calls itself"),
        (httpx.Response(404), "error", "answered 404"),
    ],
)
async def test_a_login_answers_and_names_itself_as_the_settings_do(
    make: Make, response: httpx.Response, status: str, says: str
) -> None:
    found = await look(hosting.hosting, make(lambda request: response, ISSUER))
    assert (found[-1].name, found[-1].status) == ("login", status)
    assert says in found[-1].message
