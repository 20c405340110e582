"""What machines and hosts did to other servers, tried on processes of this one; each test names the public thread.

The right behaviour in all of them: every request is answered; what breaks a call is named with the variable and the
way out; list_executions answers from the journal; no stack trace and no "unexpected fault" reaches a model.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.processes import start
from tests.e2e.wire import META, SOON, VERSIONS, Server, environment, serving
from tests.generated import some

KEY = "sk_test_abcdefghijk"

NOWHERE = "https://videogen.invalid"
"""An API that is never reached (RFC 6761): what is asked here is decided before, or fails there."""

WITH_KEY = {"VIDEOGEN_API_KEY": KEY, "VIDEOGEN_BASE_URL": NOWHERE}


def call_both(server: Server, code: str, says: str) -> None:
    made = server.call("generate_image", prompt="a pear")
    listed = server.call("list_executions")

    assert made.structured["error"]["code"] == code
    assert says in made.text
    if code == "bad_setting":
        assert made.structured["next_step"].startswith("The user has to correct it")
    assert not listed.is_error
    assert listed.structured["executions"] == []
    for text in (made.text, listed.text, server.errors()):
        assert KEY not in text
        assert "unexpected fault" not in text
        assert "Traceback" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALL_PROXY", "socks5://127.0.0.1:9"), ("VIDEOGEN_MCP_WAIT", "soon")],
    ids=["environment", "setting"],
)
def test_what_breaks_every_call_is_named_and_the_process_serves(tmp_path: Path, name: str, value: str) -> None:
    with serving(tmp_path / "state", settings={**WITH_KEY, name: value}) as server:
        call_both(server, "bad_setting", name)


def test_harmless_settings_that_cannot_be_used_are_named_and_block_nothing(tmp_path: Path) -> None:
    slips = {**WITH_KEY, "VIDEOGEN_MCP_LOG_LEVEL": "loud", "VIDEOGEN_MCP_WAITS": "5"}
    with serving(tmp_path / "state", settings=slips) as server:
        made, listed = server.call("generate_image", prompt="a pear"), server.call("list_executions")
        for answer in (made, listed):
            assert "VIDEOGEN_MCP_LOG_LEVEL is 'loud'" in answer.structured["note"]
            assert "Did you mean VIDEOGEN_MCP_WAIT?" in answer.text
        assert "videogen-mcp: VIDEOGEN_MCP_LOG_LEVEL is 'loud'" in server.errors()
        assert made.structured["error"]["code"] == "connection_failed"


def _lock_of_others(state: Path) -> None:
    (state / "sandbox.start").mkdir(parents=True)


def _no_folder(state: Path) -> None:
    state.write_text("")


def _data_of_others(state: Path) -> None:
    state.mkdir()
    (state / "sandbox").write_text("")


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (_lock_of_others, "bad_setting", "VIDEOGEN_MCP_STATE_DIR"),
        (_no_folder, "bad_setting", "VIDEOGEN_MCP_STATE_DIR"),
        (_data_of_others, "sandbox_unavailable", "File exists"),
    ],
)
def test_a_state_directory_that_cannot_be_used_is_named(
    tmp_path: Path, spoil: Callable[[Path], None], code: str, says: str
) -> None:
    """elgorro/aiquila#341: a volume with files of another user (here: other things in place of the files)."""
    state = tmp_path / "state"
    spoil(state)
    with serving(tmp_path / "other", settings={"VIDEOGEN_MCP_STATE_DIR": str(state)}) as server:
        call_both(server, code, says)


@pytest.mark.parametrize("port", ["http://127.0.0.1:99999", "http://["])
def test_an_odd_description_of_a_sandbox_is_replaced(own_state_dir: Path, port: str) -> None:
    """Half written, or of a machine that was cut off."""
    own_state_dir.mkdir()
    odd = {"base_url": port, "key": "k", "pid": 1, "version": "0.1.0", "dialect": "v2", "instance": "i"}
    (own_state_dir / "sandbox.json").write_text(json.dumps(odd))
    with serving(own_state_dir) as server:
        assert not server.call("list_voices").is_error


def test_results_may_be_saved_inside_the_state_directory(own_state_dir: Path) -> None:
    output = own_state_dir / "films"
    with serving(own_state_dir, settings={"VIDEOGEN_MCP_OUTPUT_DIR": str(output)}) as server:
        file_id = server.call("generate_sound_effect", prompt="a bell", duration_seconds=1).file_id
        saved = server.call("download_file", file_id=file_id)
        assert not saved.is_error, saved.text
    assert len(list(output.iterdir())) == 1


def test_every_line_is_answered_or_refused_with_its_id_and_a_word_in_the_log(own_state_dir: Path) -> None:
    """webstudio-is/webstudio#6066, accensa/x402-facilitator-stellar#199, python-sdk#934: half frames, batches."""
    ping = {"jsonrpc": "2.0", "id": 1.0, "method": "tools/list", "params": {"_meta": ENVELOPE}}
    lines = [
        b"\xef\xbb\xbf" + json.dumps(ping).encode(),
        b'[{"jsonrpc":"2.0","id":17,"method":"ping"}]',
        b'{"jsonrpc":"2.0","id":12,"method":"tools/call","params":"x"}',
        b'{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}',
        b"\xc3\x28 nothing",
        b'{"jsonrpc":"2.0","id":99,"method":"tools/ca',
    ]
    process = start((), environment(own_state_dir))
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin as asked, process.stdout as answered, process.stderr as log:
        asked.write(b"\n".join(lines))
        asked.close()
        answers, errors = [json.loads(line) for line in answered], log.read()
    assert process.wait(SOON) == 0
    codes = {str(answer["id"]): answer.get("error", {}).get("code") for answer in answers if answer["id"] is not None}
    assert codes == {"1": None, "17": -32600, "12": -32602, "99": -32700}
    assert sorted(answer["error"]["code"] for answer in answers if answer["id"] is None) == [-32700, -32600]
    assert errors.count(b"WARNING") == len(lines) - 1
    assert b"Traceback" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no list of users (passwd)")
@pytest.mark.parametrize("has_state_dir", some([False, True]))
def test_a_user_without_home_and_name_gets_the_name_of_the_folder_to_set(
    own_state_dir: Path, has_state_dir: bool
) -> None:
    """homeassistant-ai/ha-mcp#1125, alexei-led/k8s-mcp-server#9: `docker run --user 12345`."""
    asked = [{"name": "list_executions", "arguments": {}}, {"name": "list_voices", "arguments": {}}]
    requests = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {**params, "_meta": ENVELOPE}}
        for number, params in enumerate(asked)
    ]
    variables = environment(own_state_dir)
    del variables["HOME"]
    if not has_state_dir:
        del variables["VIDEOGEN_MCP_STATE_DIR"]
    done = subprocess.run(
        [sys.executable, "-c", NOBODY],
        input=b"".join(json.dumps(request).encode() + b"\n" for request in requests),
        capture_output=True,
        env=variables,
        cwd="/",
        timeout=SOON,
        check=False,
    )
    errors = done.stderr.decode()
    assert done.returncode == 0, errors
    assert "Traceback" not in errors
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert not answers[0]["result"]["isError"]
    assert ("VIDEOGEN_MCP_STATE_DIR is not set" in errors) is not has_state_dir
    if not has_state_dir:
        assert answers[1]["result"]["structuredContent"]["error"]["code"] == "bad_setting"
        assert "VIDEOGEN_MCP_STATE_DIR is not set" in answers[0]["result"]["structuredContent"]["note"]


NOBODY = """
import pwd

def unknown(_):
    raise KeyError("uid not found: 12345")

pwd.getpwuid = unknown
from videogen_mcp.cli import main
main([])
"""
"""The server of a user whom the list of users does not have."""

ENVELOPE = {
    f"{META}protocolVersion": VERSIONS["modern"],
    f"{META}clientInfo": {"name": "wire", "version": "1.0"},
    f"{META}clientCapabilities": {},
}
