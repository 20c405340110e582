"""Settings and the key: where they come from, which say nothing, which cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from tests.unit.api.conftest import KEY
from tests.unit.doctor.conftest import Make, look
from videogen_mcp.doctor.checks import configured

pytestmark = pytest.mark.anyio

OPENAI = "sk-" + "a1" * 24


async def test_the_settings_of_the_environment_are_named_without_their_values(make: Make) -> None:
    first, *others = await look(configured.settings, make(VIDEOGEN_MCP_WAIT="30"))
    assert first.message.startswith("From the environment: VIDEOGEN_API_KEY, VIDEOGEN_MCP_WAIT,")
    assert (first.status, others) == ("ok", [])


@pytest.mark.parametrize(
    ("name", "value", "status", "says", "remedy"),
    [
        ("VIDEOGEN_MCP_WAIT", " ", "ok", "VIDEOGEN_MCP_WAIT is empty", ""),
        ("VIDEOGEN_MCP_WAIT", '""', "ok", "VIDEOGEN_MCP_WAIT is empty", ""),
        ("VIDEOGEN_MCP_WAIT", "'${X}'", "warning", "a placeholder", "the host"),
        ("VIDEOGEN_MCP_WAIT", "${user_config.wait}", "warning", "a placeholder that nobody has filled in", "the host"),
        ("VIDEOGEN_MCP_WAIT", "soon", "error", "VIDEOGEN_MCP_WAIT is 'soon', which is no number", "Write seconds"),
        ("VIDEOGEN_MCP_SAVE", "maybe", "warning", "which is neither on nor off", "Write on or off"),
        ("VIDEOGEN_MCP_WAITS", "5", "warning", "is no setting of this server", "Did you mean VIDEOGEN_MCP_WAIT?"),
        ("VIDEOGEN_BASE_URL", "http://api.videogen.io", "error", "over http anybody", "https://"),
    ],
)
async def test_what_is_ignored_or_wrong_is_said_in_the_servers_words(
    make: Make, name: str, value: str, status: str, says: str, remedy: str
) -> None:
    _, found = await look(configured.settings, make(environment={name: value}))
    assert (found.name, found.status) == (name, status)
    assert says in found.message
    assert remedy in (found.remedy or "")


@pytest.mark.parametrize(
    ("environment", "status", "says"),
    [
        ({}, "ok", "There is one, in VIDEOGEN_API_KEY."),
        ({"VIDEOGEN_API_KEY": f' "{KEY}"\n'}, "ok", "taken without what stands around it"),
        ({"VIDEOGEN_API_KEY_FILE": "/nonexistent"}, "ok", "VIDEOGEN_API_KEY_FILE is not read then."),
        ({"VIDEOGEN_MCP_SANDBOX": "on"}, "ok", "the sandbox is used, and nothing is billed"),
        ({"VIDEOGEN_API_KEY": ""}, "ok", "There is none: the sandbox"),
        ({"VIDEOGEN_API_KEY": "", "VIDEOGEN_MCP_HTTP_TOKEN": "t" * 32}, "ok", "callers send their own"),
        ({"VIDEOGEN_API_KEY": "", "VIDEOGEN_MCP_SANDBOX": "off"}, "error", "VIDEOGEN_API_KEY is not set"),
        ({"VIDEOGEN_API_KEY": OPENAI}, "error", "VIDEOGEN_API_KEY holds a key of OpenAI, not a key of VideoGen."),
        ({"VIDEOGEN_API_KEY": "your-api-key"}, "error", "VIDEOGEN_API_KEY holds a placeholder, not a key."),
        ({"VIDEOGEN_API_KEY": "", "VIDEOGEN_API_KEY_FILE": "/nonexistent"}, "error", "which cannot be read"),
    ],
)
async def test_a_key_is_there_or_is_not_needed_or_is_none(
    make: Make, environment: dict[str, str], status: str, says: str
) -> None:
    (found,) = await look(configured.key, make(environment=environment))
    assert found.status == status
    assert says in found.message
    assert KEY not in found.message
    assert OPENAI not in found.message


@pytest.mark.parametrize(("answer", "status"), [(200, "ok"), (401, "warning")])
async def test_a_key_of_an_unknown_shape_is_doubtful_until_the_api_takes_it(
    make: Make, answer: int, status: str
) -> None:
    (found,) = await look(configured.key, make(lambda request: httpx.Response(answer, json={}), VIDEOGEN_API_KEY="abc"))
    assert found.status == status


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
@pytest.mark.parametrize(("mode", "number"), [(0o644, 2), (0o600, 1)])
async def test_a_file_with_the_key_is_for_its_owner_alone(make: Make, tmp_path: Path, mode: int, number: int) -> None:
    file = tmp_path / "my key"
    file.write_text(KEY)
    file.chmod(mode)
    found = await look(configured.key, make(VIDEOGEN_API_KEY="", VIDEOGEN_API_KEY_FILE=str(file)))
    assert found[0].message == "There is one, in the file that VIDEOGEN_API_KEY_FILE names."
    assert len(found) == number
    assert all(one.remedy == f"Type: `chmod 600 '{file}'`" for one in found[1:])


async def test_a_key_that_login_keeps_is_told_as_such(make: Make, home: Path) -> None:
    kept = home / ".config" / "videogen-mcp" / "api-key"
    kept.parent.mkdir(parents=True)
    kept.write_text(KEY)
    kept.chmod(0o600)
    (found,) = await look(configured.key, make(VIDEOGEN_API_KEY=""))
    assert found.message == "There is one, kept by `videogen-mcp login`."
