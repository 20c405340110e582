"""Skills as clients read them, in both protocol eras, and what stands in them: every name and number is the code's."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from mcp import Client, MCPError
from mcp_types import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    Request,
    Result,
    TextResourceContents,
)
from pydantic import ConfigDict

import videogen_mcp
from videogen_mcp.api.limits import HOURLY_LIMITS
from videogen_mcp.calls.messages import BILLING_PAGE, CODES, KEYS_PAGE
from videogen_mcp.executions.delivery import LINKED
from videogen_mcp.executions.timing import ASKED_AGAIN
from videogen_mcp.media.limits import IMPORT_KEPT, LARGEST_UPLOAD
from videogen_mcp.protocol import skills
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.audio import TEXT_CHARACTERS
from videogen_mcp.workflows.base import PROMPT_CHARACTERS
from videogen_mcp.workflows.captions import KNOWN
from videogen_mcp.workflows.edit_rules import RULES
from videogen_mcp.workflows.edits import Edit
from videogen_mcp.workflows.narrated import SCRIPT_CHARACTERS
from videogen_mcp.workflows.projects import MOST_EDITS
from videogen_mcp.workflows.runs import STYLE_CHARACTERS
from videogen_mcp.workflows.shots import MOST_SCENES

pytestmark = pytest.mark.anyio

MEDIA = "skill://videogen-making-media"
VIDEOS = "skill://videogen-finished-videos"
BREAKS = "skill://videogen-when-something-breaks"
FILES = [*skills.texts()]

LONGEST = 5_000
"""Characters of one file, which an agent reads in passing."""


class Anything(Result):
    model_config = ConfigDict(extra="allow")


class ListSkills(Request[PaginatedRequestParams, Literal["skills/list"]]):
    method: Literal["skills/list"] = "skills/list"
    params: PaginatedRequestParams = PaginatedRequestParams()


class GetSkill(Request[ReadResourceRequestParams, Literal["skills/get"]]):
    method: Literal["skills/get"] = "skills/get"
    params: ReadResourceRequestParams


class ReadDirectory(Request[ReadResourceRequestParams, Literal["resources/directory/read"]]):
    method: Literal["resources/directory/read"] = "resources/directory/read"
    params: ReadResourceRequestParams


@asynccontextmanager
async def connected(state_dir: Path, mode: str, **settings: Any) -> AsyncIterator[Client]:
    chosen = Settings(state_dir=state_dir, journal=False, **settings)
    async with open_server(chosen) as server, Client(server, mode=mode) as client:
        yield client


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with connected(tmp_path, "2026-07-28") as opened:
        yield opened


async def answer(client: Client, request: ListSkills | GetSkill | ReadDirectory) -> dict[str, Any]:
    return (await client.session.send_request(request, Anything)).model_dump(by_alias=True)


async def directory(client: Client, uri: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await answer(client, ReadDirectory(params=ReadResourceRequestParams(uri=uri))))[
        "resources"
    ]
    return listed


async def text(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "text/markdown"
    return content.text


async def test_the_extension_is_declared_to_those_who_know_extensions(tmp_path: Path) -> None:
    async with connected(tmp_path, "auto") as client:
        assert client.server_capabilities is not None
        declared = client.server_capabilities.extensions or {}
    assert declared["io.modelcontextprotocol/skills"] == {"directoryRead": True}


async def test_every_byte_of_a_skill_is_that_of_its_file_and_its_digest(client: Client) -> None:
    listed = (await answer(client, ListSkills()))["skills"]
    assert [skill["uri"] for skill in listed] == [f"{skill}/SKILL.md" for skill in sorted((MEDIA, VIDEOS, BREAKS))]
    files = [file for skill in listed for file in skill["resources"]]
    assert [file["uri"] for file in files] == FILES
    for file in files:
        raw = (skills.FOLDER / file["uri"].removeprefix("skill://")).read_bytes()
        assert (await text(client, file["uri"])).encode() == raw
        assert (file["digest"], file["size"]) == (f"sha256:{hashlib.sha256(raw).hexdigest()}", len(raw))


async def test_one_skill_is_got_as_it_is_listed_and_may_be_kept(client: Client) -> None:
    listed = await answer(client, ListSkills())
    for skill in listed["skills"]:
        got = await answer(client, GetSkill(params=ReadResourceRequestParams(uri=skill["uri"])))
        assert got["skill"] == skill
        assert (got["ttlMs"], got["cacheScope"]) == (listed["ttlMs"], listed["cacheScope"]) == (3_600_000, "public")


async def test_a_cursor_is_refused_as_all_skills_are_one_page(client: Client) -> None:
    with pytest.raises(MCPError, match="no such cursor") as raised:
        await answer(client, ListSkills(params=PaginatedRequestParams(cursor="nonsense")))
    assert raised.value.error.code == INVALID_PARAMS


async def test_the_bytes_do_not_depend_on_what_is_offered(tmp_path: Path) -> None:
    texts = []
    for number, chosen in enumerate(({}, {"dialect": "v0", "toolsets": frozenset({"workflows"}), "api_key": "sk"})):
        async with connected(tmp_path / str(number), "2026-07-28", **chosen) as client:
            texts.append((await answer(client, ListSkills()))["skills"])
    assert texts[0] == texts[1]


async def test_folders_tell_what_is_in_them_and_no_more(client: Client) -> None:
    assert await directory(client, MEDIA) == [
        {"uri": f"{MEDIA}/SKILL.md", "name": "SKILL.md", "mimeType": "text/markdown"},
        {"uri": f"{MEDIA}/references", "name": "references", "mimeType": "inode/directory"},
    ]
    assert await directory(client, f"{MEDIA}/references") == [
        {"uri": f"{MEDIA}/references/files.md", "name": "files.md", "mimeType": "text/markdown"}
    ]


TRICKS = [
    f"{MEDIA}/../videogen-making-media/SKILL.md",
    f"{MEDIA}/..%2Fvideogen-making-media/SKILL.md",
    f"{MEDIA}/%53KILL.md",
    f"{MEDIA}//SKILL.md",
    f"{MEDIA}/SKILL.md/",
    f"{MEDIA}/skill.md",
    f"{MEDIA}/SKILL.md?x=1",
    f"{MEDIA}/SKILL.md#top",
    f"{MEDIA}/references\\files.md",
    f"{MEDIA}/SKILL.md\x00",
    f"{MEDIA}/",
    f"{MEDIA}/.",
    f"{MEDIA}/..",
    "skill://VIDEOGEN-making-media/SKILL.md",
    "SKILL://videogen-making-media/SKILL.md",
    "skill://videogen-making-medi",
    "skill://../protocol/skills.py",
    "skill://",
    "skill:/",
    "skill:",
    "/",
    "",
    "file:///etc/passwd",
    "https://videogen-making-media/SKILL.md",
    "skill://" + "x" * 10_000,
]


@pytest.mark.parametrize("uri", TRICKS, ids=range(len(TRICKS)))
async def test_no_other_spelling_of_a_path_is_a_file_a_skill_or_a_folder(client: Client, uri: str) -> None:
    params = ReadResourceRequestParams(uri=uri)
    for request in (GetSkill(params=params), ReadDirectory(params=params)):
        with pytest.raises(MCPError) as raised:
            await answer(client, request)
        assert (raised.value.error.code, raised.value.error.data) == (INVALID_PARAMS, {"uri": uri})
    with pytest.raises(MCPError) as raised:
        await client.read_resource(uri)
    assert raised.value.error.code == INVALID_PARAMS


async def test_a_file_is_neither_a_folder_nor_a_skill_and_a_folder_is_no_file(client: Client) -> None:
    file = ReadResourceRequestParams(uri=f"{MEDIA}/references/files.md")
    for request in (GetSkill(params=file), ReadDirectory(params=file)):
        with pytest.raises(MCPError, match="There is no such"):
            await answer(client, request)
    with pytest.raises(MCPError, match="There is no such resource"):
        await client.read_resource(MEDIA)


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_hosts_without_skills_read_them_as_resources(tmp_path: Path, mode: str) -> None:
    async with connected(tmp_path, mode) as client:
        listed = {str(one.uri): one for one in (await client.list_resources()).resources}
        assert list(listed) == [*(uri for uri in FILES if uri.endswith("/SKILL.md")), "videogen://server"]
        for uri in FILES:
            words = await text(client, uri)
            if uri in listed:
                header = yaml.safe_load(words.split("---\n")[1])
                assert (listed[uri].name, listed[uri].description) == (header["name"], header["description"])


async def test_the_older_protocol_has_no_such_methods(tmp_path: Path) -> None:
    params = ReadResourceRequestParams(uri=f"{MEDIA}/SKILL.md")
    async with connected(tmp_path, "legacy") as client:
        for request in (ListSkills(), GetSkill(params=params), ReadDirectory(params=params)):
            with pytest.raises(MCPError) as raised:
                await answer(client, request)
            assert raised.value.error.code == METHOD_NOT_FOUND


# -- what stands in them -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", [uri for uri in FILES if uri.endswith("/SKILL.md")])
def test_the_header_is_what_yaml_makes_of_it_and_what_skills_may_have(uri: str) -> None:
    words = skills.texts()[uri]
    header = skills.frontmatter(words)
    assert header == yaml.safe_load(words.split("---\n")[1])
    assert header.keys() == {"name", "description", "license", "compatibility", "metadata"}
    assert header["name"] == uri.split("/")[-2]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(header["name"]))
    assert len(header["name"]) <= 64
    assert len(header["description"]) <= 1024


@pytest.mark.parametrize("uri", FILES)
def test_each_file_is_short_and_names_only_what_exists(uri: str, known_names: set[str]) -> None:
    words = skills.texts()[uri]
    assert len(words) <= LONGEST
    assert "\r" not in words
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", words, flags=re.DOTALL))
    known = {*known_names, *Edit.model_fields, "videogen://server"}
    assert {span for span in spans if not span.startswith("{")} <= known
    for link in re.findall(r"\]\(([^)]+)\)", words):
        assert f"{uri.rsplit('/', 1)[0]}/{link}" in FILES
    for skill in re.findall(r"\bvideogen-[a-z-]+\b", words.partition("---\n\n")[2]):
        assert f"skill://{skill}/SKILL.md" in FILES


@pytest.mark.parametrize("name", ["create_entity", "create_upload", "save_to", "download_file"])
def test_what_not_every_server_offers_is_named_with_its_condition(name: str) -> None:
    """Not among the error codes: they only come where it is offered."""
    conditions = ("the toolset entities", "the user's own machine", "A server elsewhere")
    texts = [words for uri, words in skills.texts().items() if not uri.endswith("/error-codes.md")]
    lines = [" ".join(line.split()) for words in texts for line in re.split(r"\n\n|\n(?=- )", words)]
    naming = [line for line in lines if f"`{name}`" in line]
    assert naming
    assert all(any(condition in line for condition in conditions) for line in naming)


def test_every_code_of_the_service_is_explained_and_no_other(error_codes: set[str]) -> None:
    source = "".join(path.read_text() for path in Path(videogen_mcp.__file__).parent.rglob("*.py"))
    said = {*(code for _, code in CODES), *re.findall(r"\bRefusal\(\s*\"(\w+)\"", source)}
    assert said <= error_codes
    assert {code for code in error_codes if f'"{code}"' not in source} == set()
    words = skills.texts()[f"{BREAKS}/references/error-codes.md"]
    assert KEYS_PAGE in words
    assert BILLING_PAGE in words


def test_every_kind_of_edit_has_an_example_that_is_taken() -> None:
    rows = re.findall(r"^\| `(\{.*?\})` \|", skills.texts()[f"{VIDEOS}/references/edits.md"], re.MULTILINE)
    examples = [json.loads(row) for row in rows]
    assert [example["kind"] for example in examples] == list(RULES)
    for example in examples:
        edit = Edit.model_validate(example)
        assert edit.model_dump(exclude_defaults=True) == example


def test_the_example_of_a_video_is_taken(every_tool: dict[str, Tool]) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", skills.texts()[f"{VIDEOS}/SKILL.md"], re.DOTALL)
    every_tool["script_to_video"].arguments.model_validate(json.loads(example))


def test_numbers_are_those_of_the_code(every_tool: dict[str, Tool]) -> None:
    image = every_tool["generate_image"].input_schema["properties"]
    clip = every_tool["generate_video_clip"].input_schema["properties"]["duration_seconds"]["maximum"]
    assert every_tool["generate_sound_effect"].input_schema["properties"]["duration_seconds"]["maximum"] == clip
    said = " ".join("\n".join(skills.texts().values()).split())
    for words in (
        f"Prompts: {PROMPT_CHARACTERS:,} characters",
        f"Text to speak: {TEXT_CHARACTERS:,};",
        f"`reference_images`: {image['reference_images']['maxItems']}.",
        f"`count`: {image['count']['maximum']}.",
        f"Clips and sound effects: {clip} s.",
        f"a script of {SCRIPT_CHARACTERS:,} characters, a style of {STYLE_CHARACTERS:,}, {MOST_SCENES} scenes",
        f"{MOST_EDITS} edits in one call",
        f"start {HOURLY_LIMITS['start']:,} executions, poll them {HOURLY_LIMITS['execution']:,} times, upload"
        f" {HOURLY_LIMITS['upload']:,} files and search {HOURLY_LIMITS['search']:,} times",
        f"Within {IMPORT_KEPT / 60:.0f} minutes the same URL",
        f"at most {LARGEST_UPLOAD / 1024**3:g} GiB",
        f"its first {LINKED} files",
        f"again within {ASKED_AGAIN / 60:.0f} minutes",
        f"`captions`: {KNOWN}.",
    ):
        assert words in said
