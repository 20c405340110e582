"""Whatever arrives on stdin: a message, or the JSON-RPC error that answers it, with the id that it has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from videogen_mcp.protocol.frames import Refused, read

PARSE, REQUEST, PARAMS = -32700, -32600, -32602

TAKEN: list[tuple[bytes, Any]] = [
    (b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n', 1),
    (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n', 1),  # byte order mark, CRLF
    (b'{"jsonrpc":"2.0","id":17.0,"method":"ping"}', 17),  # Lua, PHP and Dart write whole numbers so
    (b'{"jsonrpc":"2.0","id":"","method":"ping","params":null}', ""),
    (b'{"jsonrpc":"2.0","id":' + b"9" * 300 + b',"method":"ping"}', int("9" * 300)),
    (b'{"jsonrpc":"2.0","id":3,"method":"x","params":{"prompt":"\xc3"}}', 3),  # half a character of UTF-8
    (b'{"jsonrpc":"2.0","id":3,"method":"x","params":{"prompt":"\\ud83d"}}', 3),  # half a character of UTF-16
]

REFUSED: list[tuple[bytes, int, list[Any]]] = [
    (b"not json", PARSE, [None]),
    (b"Content-Length: 52\r\n", PARSE, [None]),
    (b"\xff\xfe{\x00", PARSE, [None]),
    (b"[" * 20_000, PARSE, [None]),
    (b'{"jsonrpc":"2.0","id":12,"method":"tools/call","par', PARSE, [12]),  # cut off
    (b'{"jsonrpc":"2.0","id":"abc","me', PARSE, ["abc"]),
    (b'{"jsonrpc":"2.0","id":1', PARSE, [None]),  # 1, or the beginning of 12
    (b'{"jsonrpc":"2.0","id":3,"method":"x","params":{"path":"C:\\Users"}}', PARSE, [3]),
    (b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"ping"}', PARSE, [None]),
    (b"7", REQUEST, [None]),
    (b"[]", REQUEST, [None]),
    (b"[1]", REQUEST, [None]),
    (b'[{"jsonrpc":"2.0","id":17,"method":"ping"},{"jsonrpc":"2.0","id":"b","method":"x"}]', REQUEST, [17, "b"]),
    (b"{}", REQUEST, [None]),
    (b'{"id":4,"method":"ping"}', REQUEST, [4]),
    (b'{"jsonrpc":"1.0","id":4,"method":"ping"}', REQUEST, [4]),
    (b'{"jsonrpc":"2.0","id":4}', REQUEST, [4]),
    (b'{"jsonrpc":"2.0","id":4,"method":7}', REQUEST, [4]),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', REQUEST, [1.5]),
    (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', REQUEST, [None]),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', REQUEST, [None]),
    (b'{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', REQUEST, [None]),
    (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', REQUEST, [None]),
    (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', REQUEST, [None]),
    (b'{"jsonrpc":"2.0","id":1e400,"method":"ping"}', REQUEST, [None]),
    (b'{"jsonrpc":"2.0","id":4,"result":7}', REQUEST, [None]),  # never with the id of a request of ours
    (b'{"jsonrpc":"2.0","id":12,"method":"tools/call","params":"x"}', PARAMS, [12]),
    (b'{"jsonrpc":"2.0","id":12,"method":"tools/call","params":[1]}', PARAMS, [12]),
    (b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}', 0, []),  # notifications get no answer
]


@pytest.mark.parametrize(("line", "request_id"), TAKEN)
def test_what_is_clearly_a_request_is_taken(line: bytes, request_id: Any) -> None:
    message = read(line)
    assert isinstance(message, JSONRPCRequest)
    assert message.id == request_id


@pytest.mark.parametrize(("line", "code", "ids"), REFUSED)
def test_what_is_no_message_is_answered_with_its_id_and_has_a_reason(line: bytes, code: int, ids: list[Any]) -> None:
    refused = read(line)
    assert isinstance(refused, Refused)
    assert refused.reason
    responses = [json.loads(response) for response in refused.responses]
    assert [response["id"] for response in responses] == ids
    assert {response["error"]["code"] for response in responses} <= {code}


@pytest.mark.parametrize("line", [b"\n", b" \r\n", b"\xef\xbb\xbf\n"])
def test_blank_lines_are_passed_over(line: bytes) -> None:
    assert read(line) is None


def test_notifications_and_responses_are_messages() -> None:
    assert isinstance(read(b'{"jsonrpc":"2.0","method":"notifications/initialized"}'), JSONRPCNotification)
    assert isinstance(read(b'{"jsonrpc":"2.0","id":1,"result":{}}'), JSONRPCResponse)


@given(
    st.binary(max_size=60)
    | st.text(alphabet='{}[]":,0123456789.eE\\utrfalsn idmethodjsonrpc', max_size=80).map(str.encode)
)
def test_nothing_that_arrives_breaks_the_reader(line: bytes) -> None:
    found = read(line)
    if isinstance(found, Refused):
        for response in found.responses:
            assert json.loads(response)["jsonrpc"] == "2.0"
