"""Whatever comes back, a call ends in a result or in one of our errors. Generated, the same way every time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import anyio
import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.generated import examples
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.api.limits import rate_limit, requested_wait, reset_time, retry_after
from videogen_mcp.api.operations import GET_ACCOUNT
from videogen_mcp.api.parsing import json_object

repeatable = examples(80)

WORDS = [
    "toolExecutionId", "status", "results", "error", "fileId", "file", "files", "ttsVoices", "voiceId", "entities",
    "entityId", "actorConfig", "references", "hasMore", "nextCursor", "message", "code", "requirement", "uploadUrl",
    "endpoints", "endpointId", "transcript", "words", "previewSource", "succeeded", "insufficient_credits",
]  # fmt: skip
names = st.sampled_from(WORDS) | st.text(max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)
headers = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-remaining", "x-request-id"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20) | st.integers().map(str),
)

Version = Literal["auto", "v0", "v2"]
TODAY: Version = "v2"
versions: st.SearchStrategy[Version] = st.sampled_from(("auto", "v0", "v2"))

CALLS: list[Callable[[VideoGen], Awaitable[Any]]] = [
    lambda c: c.start("/v1/tools/text-to-speech", {"ttsText": "hello"}),
    lambda c: c.execution("e"),
    lambda c: c.executions(),
    lambda c: c.cancel("e"),
    lambda c: c.files(),
    lambda c: c.search_files("pear"),
    lambda c: c.hydrate("f"),
    lambda c: c.create_upload("pear.png"),
    lambda c: c.voices(),
    lambda c: c.presenters(),
    lambda c: c.languages(),
    lambda c: c.webhooks(),
    lambda c: c.create_webhook("https://me.example", ["x"]),
    lambda c: c.delete_webhook("e"),
    lambda c: c.call(GET_ACCOUNT, json_object),
    lambda c: c.put_upload("https://store.example/", b"x", size=1),
]


class NoWait:
    def monotonic(self) -> float:
        return 0.0

    def time(self) -> float:
        return 1_790_000_000.0

    async def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= 20


async def failure(call: Callable[[VideoGen], Awaitable[Any]], client: VideoGen) -> VideoGenError | None:
    """The error of ours that a call ends in; any other error comes out."""
    try:
        await call(client)
    except VideoGenError as error:
        return error
    return None


async def ask_everything(answer: Callable[[], httpx.Response], dialect: Version) -> int:
    """How many of all calls are refused."""
    transport = httpx.MockTransport(lambda request: answer())
    made = VideoGen(api_key="k", base_url="https://a.example", dialect=dialect, transport=transport, clock=NoWait())
    async with made as client:
        failures = [error for call in CALLS if (error := await failure(call, client)) is not None]
    assert all(len(str(error)) < 700 for error in failures)
    return len(failures)


@repeatable
@given(values, st.sampled_from([200, 202, 204, 302, 400, 429, 500, 503]), headers, versions)
def test_any_json_is_a_result_or_an_error_of_ours(
    body: Any, status: int, head: dict[str, str], dialect: Version
) -> None:
    content = json.dumps(body).encode()
    refused = anyio.run(ask_everything, lambda: httpx.Response(status, content=content, headers=head), dialect)
    assert refused == len(CALLS) or status < 300


@repeatable
@given(st.binary(max_size=200), st.sampled_from([200, 400, 500]))
def test_any_bytes_are_an_error_of_ours(body: bytes, status: int) -> None:
    refused = anyio.run(ask_everything, lambda: httpx.Response(status, content=body), TODAY)
    assert refused >= len(CALLS) - 2  # an upload and a delete need no body


@repeatable
@given(headers, st.sampled_from([429, 503, 200]))
def test_any_headers_are_numbers_or_nothing(head: dict[str, str], status: int) -> None:
    for found in (
        retry_after(head, 1e9),
        requested_wait(status, head, 1e9),
        reset_time(head, 1e9),
    ):
        assert found is None or 0 <= found < 1e16
    rate_limit(head, 1e9)
