"""The scripted model: what it is asked and answers in the words of each model API."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.clients.dialects import Call
from tests.clients.model import Model, Script, serving

ASKED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "tools": [{"type": "function", "function": {"name": "mcp__videogen__make"}}],
        "messages": [{"role": "user", "content": "Go on."}],
    },
    "/v1/responses": {"tools": [{"type": "function", "name": "videogen_make"}], "input": "Go on."},
    "/v1/messages": {
        "tools": [{"name": "mcp__videogen__make", "input_schema": {}}],
        "messages": [{"role": "user", "content": "Go on."}],
    },
    "/v1beta/models/any:generateContent": {
        "tools": [{"functionDeclarations": [{"name": "make"}]}],
        "contents": [{"role": "user", "parts": [{"text": "Go on."}]}],
    },
    "/plain": {"tools": ["make"], "results": []},
}
"""The first request in each dialect: its path and body."""

RESULTS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [{"role": "tool", "tool_call_id": "call_1_0", "content": "made"}]},
    "/v1/responses": {"input": [{"type": "function_call_output", "call_id": "call_1_0", "output": "made"}]},
    "/v1/messages": {
        "messages": [
            {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "made"}]}]}
        ]
    },
    "/v1beta/models/any:generateContent": {
        "contents": [
            {"role": "user", "parts": [{"functionResponse": {"name": "make", "response": {"result": "made"}}}]}
        ]
    },
    "/plain": {"results": ["made"]},
}
"""What differs in the second request."""


def one_call(received: list[str]) -> Script:
    received += yield [Call("make", {"prompt": "a bell"})]


@pytest.mark.parametrize(("path", "stream"), [(path, stream) for path in ASKED for stream in (False, True)][:-1])
def test_a_script_is_played_in_every_dialect(path: str, stream: bool) -> None:
    received: list[str] = []
    model = Model(one_call(received), ["make"])
    streamed = {"stream": stream}
    where = path.replace(":generate", ":streamGenerate") if stream else path
    with serving(model) as base_url, httpx.Client(base_url=base_url) as http:
        first = http.post(where, json={**ASKED[path], **streamed}).text
        assert "a bell" in first
        assert ("data: " in first) is stream
        assert not model.ended.is_set()
        http.post(where, json={**ASKED[path], **RESULTS[path], **streamed}).raise_for_status()
    assert model.ended.is_set()
    assert "made" in received[0]
    assert model.offered == {"make"}


def test_calls_go_by_the_hosts_names_of_the_tools() -> None:
    model = Model(one_call([]), ["make"])
    with serving(model) as base_url:
        answer = httpx.post(f"{base_url}/v1/messages", json=ASKED["/v1/messages"]).json()
    assert answer["content"][0]["name"] == "mcp__videogen__make"


def test_the_model_waits_with_the_hosts_shell_until_the_server_is_there() -> None:
    model = Model(one_call([]), ["make"])
    asked = {"tools": [{"name": "Bash"}], "messages": [{"role": "user", "content": "Go on."}]}
    with serving(model) as base_url:
        answer = httpx.post(f"{base_url}/v1/messages", json=asked).json()
        assert answer["content"][0]["name"] == "Bash"
        begun = httpx.post(f"{base_url}/v1/messages", json=ASKED["/v1/messages"]).json()
    assert begun["content"][0]["input"] == {"prompt": "a bell"}


def test_a_request_without_tools_is_none_of_the_script() -> None:
    model = Model(one_call([]), ["make"])
    with serving(model) as base_url:
        body = {"messages": [{"role": "user", "content": "A title, please."}]}
        answer = httpx.post(f"{base_url}/v1/chat/completions", json=body).json()
        begun = httpx.post(f"{base_url}/plain", json=ASKED["/plain"]).json()
    assert json.dumps(answer).count("tool_calls") == 0
    assert begun["calls"] == [{"tool": "make", "arguments": {"prompt": "a bell"}}]
