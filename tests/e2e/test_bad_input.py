"""Wrong input over the wire: a short error that names the argument and the way out, nothing made, the server alive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.answers import untold
from tests.e2e.eras import eras
from tests.e2e.upstream import Sandbox
from tests.e2e.wire import Server, serving

A = "a"
UNKNOWN_FILE = "vg_file_0000000000000000000000"
UNKNOWN_EXECUTION = "vg_tool_0000000000000000000000"
HUGE = 3_000_000
"""Characters: more than any pipe or buffer holds at once."""

LONGEST = 600
"""Characters of an error that a model reads gladly."""

Case = tuple[str, dict[str, Any], tuple[str, ...]]
Schemas = dict[str, dict[str, Any]]

WRONG_ARGUMENTS: list[Case] = [
    ("generate_image", {}, ("prompt", "missing")),
    ("generate_image", {"prompt": ""}, ("prompt", "empty")),
    ("generate_image", {"prompt": " \n\t "}, ("prompt", "empty")),
    ("generate_image", {"prompt": None}, ("prompt", "missing")),
    ("generate_image", {"prompt": 5}, ("prompt", "string")),
    ("generate_image", {"prompt": ["a", "b"]}, ("prompt", "string")),
    ("generate_image", {"prompt": A * 8_001}, ("prompt", "8,000")),
    ("generate_image", {"prompt": A * HUGE}, ("prompt", "8,000")),
    ("generate_image", {"prompt": A, "aspect_ration": "1:1"}, ("aspect_ration", "did you mean aspect_ratio?")),
    ("generate_image", {"prompt": A, A * HUGE: 1}, ("not an argument", "aspect_ratio")),
    ("generate_image", {"prompt": A, "aspect_ratio": "round"}, ("aspect_ratio", '"16:9"', "landscape")),
    ("generate_image", {"prompt": A, "aspect_ratio": "0:1"}, ("aspect_ratio", "1:4 and 4:1")),
    ("generate_image", {"prompt": A, "aspect_ratio": "-1:1"}, ("aspect_ratio", '"16:9"')),
    ("generate_image", {"prompt": A, "aspect_ratio": "100:1"}, ("aspect_ratio", "1:4 and 4:1")),
    ("generate_image", {"prompt": A, "aspect_ratio": "9" * 5_000 + ":1"}, ("aspect_ratio", '"16:9"')),
    ("generate_image", {"prompt": A, "aspect_ratio": 1.78}, ("aspect_ratio", '"16:9"')),
    ("generate_image", {"prompt": A, "count": 0}, ("count", "1")),
    ("generate_image", {"prompt": A, "count": -1}, ("count", "1")),
    ("generate_image", {"prompt": A, "count": 101}, ("count", "100")),
    ("generate_image", {"prompt": A, "count": 10**30}, ("count", "100")),
    ("generate_image", {"prompt": A, "count": 1.5}, ("count", "integer")),
    ("generate_image", {"prompt": A, "count": "many"}, ("count", "integer")),
    ("generate_image", {"prompt": A, "quality": "best"}, ("quality", "auto, low, standard, high, max")),
    ("generate_image", {"prompt": A, "reference_images": [A] * 5}, ("reference_images", "4")),
    ("generate_image", {"prompt": A, "reference_images": [7]}, ("reference_images[0]", "string")),
    ("generate_image", {"prompt": A, "reference_images": {"a": 1}}, ("reference_images", "list")),
    ("generate_image", {"prompt": A, "reference_images": '["x"'}, ("reference_images", "list")),
    ("generate_video_clip", {}, ("prompt", "reference_images", "source_video")),
    ("generate_video_clip", {"prompt": "", "reference_images": "[]"}, ("prompt", "reference_images", "source_video")),
    ("generate_video_clip", {"prompt": A, "duration_seconds": 31}, ("duration_seconds", "30")),
    ("generate_video_clip", {"prompt": A, "duration_seconds": -3}, ("duration_seconds", "1")),
    ("text_to_speech", {"text": ""}, ("text", "empty")),
    ("text_to_speech", {"text": A * 5_001}, ("text", "5,000")),
    ("text_to_speech", {"text": "Hello", "language": "klingon"}, ("language", '"en"')),
    ("text_to_speech", {"text": "Hello", "speed": 9}, ("speed", "2")),
    ("text_to_speech", {"text": "Hello", "pronunciations": {"": "x"}}, ("pronunciations", "empty")),
    ("text_to_speech", {"text": "Hello", "pronunciations": '{"a":'}, ("pronunciations", "list")),
    ("generate_sound_effect", {"prompt": A, "duration_seconds": 0.2}, ("duration_seconds", "1")),
    ("generate_sound_effect", {"prompt": A, "duration_seconds": float("nan")}, ("duration_seconds", "finite")),
    ("generate_sound_effect", {"prompt": A, "prompt_influence": 2}, ("prompt_influence", "1")),
    ("generate_avatar_clip", {}, ("audio", "missing")),
    ("upscale_image", {"image": A * 5_000}, ("image", "4,096")),
    ("upscale_image", {"image": ["a", "b"]}, ("image", "string")),
    ("script_to_video", {"script": "…"}, ("script", "no words")),
    ("script_to_video", {"script": "word " * 20_000}, ("script", "30,000")),
    ("script_to_video", {"script": A, "style": A * 5_000}, ("style", "2,000")),
    ("script_to_video", {"script": A, "captions": "sparkling"}, ("captions", "sparkling", "bold")),
    ("script_to_video", {"script": A, "captions": "bold", "edits": ["no_captions"]}, ("captions", "edits[0]")),
    ("storyboard_to_video", {"scenes": [{"prompt": A}] * 60}, ("scenes", "30")),
    ("edit_project", {"project_id": A, "edits": ["captions", "no_captions"]}, ("edits", "keep one")),
    ("edit_project", {"project_id": A, "edits": ["sparkle"]}, ("edits[0].kind", "redraw_images")),
    ("edit_project", {"project_id": A, "edits": [{"kind": "resize"}]}, ("edits[0]", "resize", "9:16")),
    ("wait_for_execution", {}, ("execution_id", "missing")),
    ("wait_for_execution", {"execution_id": ""}, ("execution_id", "empty")),
    ("wait_for_execution", {"execution_id": 7}, ("execution_id", "list")),
    ("wait_for_execution", {"execution_id": A * HUGE}, ("execution_id", "200")),
    ("wait_for_execution", {"execution_id": A, "wait_seconds": -1}, ("wait_seconds", "0")),
    ("wait_for_execution", {"execution_id": A, "wait_seconds": "soon"}, ("wait_seconds", "number")),
    ("wait_for_execution", {"execution_id": A, "wait_seconds": float("nan")}, ("wait_seconds", "finite")),
    ("generate_image", {"prompt": A, "wait_seconds": -1}, ("wait_seconds", "0")),
    ("cancel_execution", {}, ("execution_id", "missing")),
    ("cancel_execution", {"execution_id": A * 300}, ("execution_id", "200")),
    ("find_projects", {"project_id": UNKNOWN_FILE}, ("project_id", "vg_proj_")),
    ("find_projects", {"query": A * HUGE}, ("query", "1,000")),
    ("get_file", {"file_id": "vg_tool_3Kd9abc"}, ("file_id", "execution", "wait_for_execution")),
    ("list_executions", {"limit": 0}, ("limit", "1")),
    ("list_executions", {"limit": "many"}, ("limit", "100")),
    ("list_executions", {"page": 2}, ("page", "limit")),
]
"""Tool, arguments, and what the error must say. Refused before anything is asked upstream."""

UNKNOWN_THINGS: list[Case] = [
    ("upscale_image", {"image": UNKNOWN_FILE}, ("image", UNKNOWN_FILE, "find_files")),
    ("upscale_image", {"image": "no id"}, ("image", "no id", "find_files")),
    ("generate_image", {"prompt": A, "reference_images": [UNKNOWN_FILE]}, ("reference_images", "find_files")),
    ("generate_image", {"prompt": A, "reference_images": f'["{UNKNOWN_FILE}"]'}, ("reference_images", "find_files")),
    ("text_to_speech", {"text": "Hello", "voice_id": "nobody"}, ("voice", "nobody", "list_voices")),
    ("text_to_speech", {"text": "Bonjour", "language": "fr"}, ("language", "fr", "en-US American")),
    ("generate_avatar_clip", {"presenter_id": "nobody", "audio": A}, ("presenter_id", "list_presenters")),
    ("upscale_image", {"image": "http://example.com/pear.png"}, ("image", "http: address", "https: address")),
    ("upscale_image", {"image": "https://example.com/pear.png"}, ("image", "--allow-import example.com")),
    ("upscale_image", {"image": "data:image/png;base64,iVBORw0KGgo"}, ("image", "holds the content itself")),
    ("upscale_image", {"image": "vg_proj_3Kd9abc"}, ("image", "project", "find_projects")),
    ("find_projects", {"project_id": "vg_proj_3Kd9abc"}, ("vg_proj_3Kd9abc", "shows those that exist")),
    ("find_projects", {"cursor": "nowhere"}, ("cursor",)),
    ("find_files", {"cursor": "nowhere"}, ("cursor", "find_files goes on")),
    ("find_files", {"cursor": "ZXhlY3V0aW9uczo1"}, ("cursor", "Leave it out to begin anew")),
    ("wait_for_execution", {"execution_id": UNKNOWN_EXECUTION}, (UNKNOWN_EXECUTION, "list_executions")),
    ("wait_for_execution", {"execution_id": UNKNOWN_EXECUTION, "wait_seconds": 0}, ("list_executions",)),
    ("wait_for_execution", {"execution_id": "../../me"}, ("../../me", "list_executions")),
    ("wait_for_execution", {"execution_id": "a\0b"}, ("not an id", "list_executions")),
    ("cancel_execution", {"execution_id": UNKNOWN_EXECUTION}, (UNKNOWN_EXECUTION, "list_executions")),
    ("cancel_execution", {"execution_id": "?a=b#c/../me"}, ("list_executions",)),
    ("cancel_execution", {"execution_id": "日本" * 50}, ("日本", "list_executions")),
]
"""Well-formed, but there is no such thing."""


@pytest.fixture(scope="module", params=eras(quick="legacy"))
def server(request: pytest.FixtureRequest, state_dir: Path) -> Iterator[Server]:
    with serving(state_dir, request.param) as running:
        yield running


@pytest.fixture(scope="module")
def schemas(server: Server) -> Schemas:
    """What each tool publishes about its answers; clients check errors against it as well."""
    return {tool["name"]: tool.get("outputSchema", {}) for tool in server.tools()}


@pytest.fixture
def nothing_made(server: Server, sandbox: Sandbox) -> Iterator[None]:
    """Neither here nor upstream is anything left of a refused call, and the server answers as before."""

    def executions() -> tuple[set[str], set[str]]:
        listed = server.call("list_executions", limit=100).structured["executions"]
        return set(sandbox.executions()), {row["execution_id"] for row in listed if "execution_id" in row}

    before = executions()
    yield
    assert executions() == before


def check(server: Server, schema: dict[str, Any], case: Case) -> None:
    tool, arguments, says = case
    answer = server.call(tool, **arguments)
    assert answer.is_error
    jsonschema.validate(answer.structured, schema)
    assert untold(answer.structured, schema) == []
    for word in says:
        assert word in answer.text
    assert len(answer.text) < LONGEST
    assert "pydantic" not in answer.text
    assert "Traceback" not in answer.text
    assert not re.search(r"[a-z]FileId|StorageFile|voiceId|EntityId|GET /", answer.text)
    error = answer.structured["error"]
    assert error["code"]
    assert error["message"].rstrip(".?") in answer.text


@pytest.mark.usefixtures("nothing_made")
def test_wrong_arguments_are_refused_by_name(server: Server, schemas: Schemas) -> None:
    for case in WRONG_ARGUMENTS:
        check(server, schemas[case[0]], case)


@pytest.mark.usefixtures("nothing_made")
def test_unknown_things_are_named_with_the_tool_that_lists_them(server: Server, schemas: Schemas) -> None:
    for case in UNKNOWN_THINGS:
        check(server, schemas[case[0]], case)


def _write(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_write("notes.png", b"just words, many of them. " * 40), "text"),
        (_write("empty.png", b""), "empty"),
        (_write("broken.png", b"\x89PNG\r\n\x1a\n" + b"rubbish" * 40), "broken.png"),
        (lambda folder: folder, "folder"),
        (lambda folder: folder / "nothing.png", "does not exist"),
        (lambda folder: Path("/etc/passwd"), "VIDEOGEN_MCP_ALLOWED_DIRS"),
    ],
    ids=["text", "empty", "broken", "folder", "missing", "forbidden"],
)
def test_files_that_are_no_pictures_are_not_sent(
    server: Server, tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    answer = server.call("upscale_image", image=str(make(tmp_path)))
    assert answer.is_error
    assert answer.text.startswith("upscale_image was not started: image")
    assert says in answer.text


def test_a_file_of_the_wrong_kind_is_refused_by_the_argument_that_names_it(server: Server, sandbox: Sandbox) -> None:
    sound = server.call("generate_sound_effect", prompt="a bell", duration_seconds=1).file_id
    before = set(sandbox.executions())
    for tool, argument in (("upscale_image", "image"), ("upscale_video", "video")):
        answer = server.call(tool, **{argument: sound})
        assert answer.is_error
        assert answer.text.startswith(f"{tool} was not started: {argument} ")
        assert "AUDIO" in answer.text
    assert set(sandbox.executions()) == before


def test_a_text_that_the_sandbox_cannot_speak_fails_without_a_file(server: Server) -> None:
    answer = server.call("text_to_speech", text="你好世界", voice_id="Heart")
    assert answer.is_error
    assert answer.structured["error"]["code"] == "unsupported_language"
    assert "English" in answer.text
    assert "files" not in answer.structured


@pytest.mark.parametrize("nothing", [None, "", [], "[]"])
def test_what_says_nothing_about_an_optional_argument_counts_as_absent(server: Server, nothing: Any) -> None:
    asked = {"prompt": "a pear", "reference_images": nothing, "duration_seconds": None, "quality": None}
    answer = server.call("generate_video_clip", **asked, aspect_ratio="nonsense")
    assert (
        answer.text
        == 'generate_video_clip was not started: aspect_ratio must be like "16:9", or landscape, portrait or square.'
    )


def test_an_unknown_tool_is_named(server: Server) -> None:
    answer = server.call("no_such_tool")
    assert answer.is_error
    assert "no_such_tool" in answer.text


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"[" * 20_000,
        b'"' + b"a" * HUGE + b'"',
        b'{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12345}}',
    ],
    ids=["words", "nothing", "bytes", "list", "nested", "huge", "empty", "cancelled"],
)
def test_lines_that_are_no_requests_do_no_harm(server: Server, line: bytes) -> None:
    stdin = server.process.stdin
    assert stdin is not None
    stdin.write(line + b"\n")
    stdin.flush()
    assert server.tools()


@pytest.mark.parametrize("sent", ["{}", "", [], None, '{"limit": 1}'])
def test_arguments_as_text_or_a_list_are_what_they_hold(server: Server, sent: Any) -> None:
    answer = server.request("tools/call", {"name": "list_executions", "arguments": sent}).answer()
    assert not answer.is_error
    assert answer.text


def test_arguments_that_are_no_object_are_refused_with_what_is_wanted(server: Server) -> None:
    response = server.request("tools/call", {"name": "list_executions", "arguments": "a pear"}).wait()
    assert "object" in response["error"]["message"]


def test_what_hosts_add_does_no_harm(server: Server) -> None:
    answer = server.call("list_presenters", toolCallId="call_1", wait_for_previous=False, random_string="")
    assert not answer.is_error


@pytest.mark.parametrize("params", [{}, {"name": "generate_image", "arguments": [1]}, {"name": 5}])
def test_calls_without_a_shape_get_an_error_and_do_no_harm(server: Server, params: dict[str, Any]) -> None:
    response = server.request("tools/call", params).wait()
    assert response.get("error") or response["result"]["isError"]
    assert "Traceback" not in json.dumps(response)
    assert server.tools()
