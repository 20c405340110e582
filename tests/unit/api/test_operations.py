"""Every operation, in both versions, against the contract: path, query, body, and an answer made from its schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.unit.api.uses import BOTH, NEW_TOOLS, RUNS, START, TODAY, Use
from videogen_mcp.api import operations
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import BadRequest, BadSetting, BrokenAnswer, NotFound, NotSupported
from videogen_mcp.api.models import Execution, File, Page, Upload
from videogen_mcp.api.operations import Operation, submit_at
from videogen_mcp.api.parsing import json_object

if TYPE_CHECKING:
    from tests.unit.api.conftest import Contract, Make, Service

pytestmark = pytest.mark.anyio

USES = [("v0", name) for name in BOTH] + [("v2", name) for name in TODAY]


class ContractService:
    """Refuses what the contract does not allow and answers what it promises, with every optional field."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.seen: set[tuple[str, str]] = set()
        self.answers: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        contract, method = self.contract, request.method
        template = contract.match(method, request.url.path)
        self.seen.add((method.lower(), template))
        assert request.headers["authorization"] == "Bearer sk_videogen_live_0123456789abcdef"
        assert request.headers["x-videogen-client"].startswith("videogen-mcp/")
        known = contract.parameters(method, template)
        for name, value in request.url.params.items():
            is_text = known[name].get("type", "string") == "string"
            assert contract.problems(known[name], value if is_text else json.loads(value)) == []
        schema = contract.request_schema(method, template)
        if schema is None:
            assert request.content == b""
        else:
            body = json.loads(request.content)
            assert contract.problems(schema, body) == []
            assert set(body) <= contract.properties(schema)
        status, promised = contract.success(method, template)
        if promised is None:
            return httpx.Response(status)
        answer = self.example(promised)
        # The answer is about what the path names.
        for name, value in zip(template.split("/"), request.url.path.split("/"), strict=True):
            if name.startswith("{"):
                answer[name.strip("{}")] = value
        for result in answer.get("results", []):
            if "fileId" in result:
                result["file"]["fileId"] = result["fileId"]
        assert contract.problems(promised, answer) == []
        self.answers.append(answer)
        return httpx.Response(status, json=answer)

    def example(self, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            schema = self.contract.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if "properties" not in schema and (choice := schema.get("anyOf") or schema.get("oneOf")):
            return self.example(choice[-1] if "oneOf" in schema else choice[0])
        kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
        if kind == "object":
            found = {name: self.example(part) for name, part in schema.get("properties", {}).items()}
            return {**found, **({"hasMore": False, "nextCursor": None} if "hasMore" in found else {})}
        if kind == "array":
            return [self.example(schema["items"])]
        if "enum" in schema:
            return schema["enum"][0]
        if kind == "string":
            return (
                "https://cdn.example/x" if schema.get("format") == "uri" else schema.get("examples", ["some text"])[0]
            )
        return {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 0.5)}[kind]


@pytest.mark.parametrize(("dialect", "name"), USES)
async def test_an_operation_keeps_to_the_contract(
    make: Make, contracts: dict[str, Contract], dialect: str, name: str
) -> None:
    upstream = ContractService(contracts[dialect])
    client = make(dialect=dialect, transport=httpx.MockTransport(upstream))
    answer = await TODAY[name](client)
    assert len(upstream.seen) == 1
    assert (answer is None) is (name == "delete webhook")


@pytest.mark.parametrize(("dialect", "uses"), [("v0", BOTH), ("v2", TODAY)])
async def test_all_operations_of_the_contract_are_used(
    make: Make, contracts: dict[str, Contract], dialect: str, uses: dict[str, Use]
) -> None:
    upstream = ContractService(contracts[dialect])
    client = make(dialect=dialect, transport=httpx.MockTransport(upstream))
    for use in uses.values():
        await use(client)
    assert upstream.seen == contracts[dialect].operations()


@pytest.mark.parametrize("dialect", ["v0", "v2"])
def test_the_table_of_operations_is_the_contracts(contracts: dict[str, Contract], dialect: str) -> None:
    listed = [value for value in vars(operations).values() if isinstance(value, Operation)]
    tools = START | (NEW_TOOLS if dialect == "v2" else {})
    listed += [submit_at(f"/v1/tools/{tool}")[0] for tool in tools]
    listed += [submit_at(f"/v1/workflows/{workflow}")[0] for workflow in RUNS]
    here = {(operation.method.lower(), operation.path) for operation in listed if dialect in operation.eras}
    assert here == contracts[dialect].operations()


@pytest.mark.parametrize("dialect", ["v0", "v2"])
def test_a_success_has_a_body_where_the_contract_has_one(contracts: dict[str, Contract], dialect: str) -> None:
    for operation in vars(operations).values():
        if isinstance(operation, Operation) and dialect in operation.eras:
            _, promised = contracts[dialect].success(operation.method, operation.path)
            assert operation.has_body is (promised is not None)


@pytest.mark.parametrize(("dialect", "number"), [("v0", 25), ("v2", 63)])
def test_each_eras_api_is_there_whole(contracts: dict[str, Contract], dialect: str, number: int) -> None:
    assert len(contracts[dialect].operations()) == number


@pytest.mark.parametrize("dialect", ["v0", "v2"])
async def test_every_field_of_an_answer_is_kept(make: Make, contracts: dict[str, Contract], dialect: str) -> None:
    upstream = ContractService(contracts[dialect])
    client = make(dialect=dialect, transport=httpx.MockTransport(upstream))
    execution = await client.execution("vg_tool_1")
    kept = execution.model_dump(by_alias=True, exclude_unset=True)
    assert kept["results"][0]["file"].items() >= upstream.answers[0]["results"][0]["file"].items()
    assert kept.keys() == upstream.answers[0].keys()


async def test_results_have_types(make: Make, contracts: dict[str, Contract]) -> None:
    client = make(transport=httpx.MockTransport(ContractService(contracts["v2"])))
    assert isinstance(await client.execution("e"), Execution)
    assert isinstance(await client.file("f"), File)
    assert isinstance(await client.create_upload("n"), Upload)
    assert isinstance(await client.files(), Page)


# the version of the API


ACCOUNT, VOICES = "GET /v1/me", "GET /v1/resources/tts-voices"
UNKNOWN = httpx.Response(404, json={"message": "?"})


@pytest.mark.parametrize(
    ("answers", "name", "asked"),
    [
        ([UNKNOWN, httpx.Response(200, json={"ttsVoices": []})], "v0", [ACCOUNT, VOICES]),
        ([httpx.Response(200, json={"apiKeyId": "k"})], "v2", [ACCOUNT]),
    ],
)
async def test_the_version_is_found_out_once(
    make: Make, service: Service, answers: list[httpx.Response], name: str, asked: list[str]
) -> None:
    service.will(*answers)
    client = make(dialect="auto")
    assert (await client.dialect()).name == name
    assert (await client.dialect()).name == name
    assert service.asked == asked


async def test_an_address_that_knows_nothing_is_a_wrong_one_and_no_version(make: Make, service: Service) -> None:
    service.will(UNKNOWN)
    with pytest.raises(BadSetting, match=r"api\.example has no VideoGen API there.*VIDEOGEN_BASE_URL"):
        await make(dialect="auto").dialect()


async def test_a_refused_key_is_not_taken_for_a_version(make: Make, service: Service) -> None:
    service.will(httpx.Response(401, json={"message": "bad key"}), httpx.Response(200, json={}))
    client = make(dialect="auto")
    with pytest.raises(Exception, match="bad key"):
        await client.dialect()
    assert (await client.dialect()).name == "v2"


async def test_a_website_at_the_base_url_is_no_version(make: Make, service: Service) -> None:
    service.will(httpx.Response(200, html="<h1>Welcome</h1>"))
    with pytest.raises(BrokenAnswer, match="a web page") as failure:
        await make(dialect="auto").dialect()
    assert "open the address in a browser" in (failure.value.remedy or "")


async def test_what_the_seed_era_lacks_is_refused_without_asking(make: Make, service: Service) -> None:
    with pytest.raises(NotSupported, match="does not list executions"):
        await make(dialect="v0").executions()
    assert service.requests == []


async def test_an_operation_of_today_is_refused_where_the_seed_era_is_found(make: Make, service: Service) -> None:
    service.will(UNKNOWN, httpx.Response(200, json={}))
    with pytest.raises(NotSupported, match="/v1/entities is not possible here"):
        await make(dialect="auto").call(operations.LIST_ENTITIES, json_object)
    assert service.asked == [ACCOUNT, VOICES]


# lists and pages


def page_of(*ids: str, cursor: str | None) -> httpx.Response:
    body = {"files": [{"fileId": i, "type": "IMAGE" if i < "c" else "VIDEO"} for i in ids]}
    return httpx.Response(200, json={**body, "hasMore": cursor is not None, "nextCursor": cursor})


async def test_a_page_is_asked_for_as_given(client: VideoGen, service: Service) -> None:
    service.will(page_of("a", "b", cursor="next"))
    page = await client.files(limit=2, cursor="this&that")
    assert dict(service.requests[0].url.params) == {
        "limit": "2",
        "cursor": "this&that",
        "includeExportFiles": "true",
    }
    assert ([f.file_id for f in page.items], page.has_more, page.next_cursor) == (["a", "b"], True, "next")


@pytest.mark.parametrize(("asked", "sent"), [(0, "1"), (-3, "1"), (50, "50"), (5000, "200")])
async def test_a_limit_stays_in_range(client: VideoGen, service: Service, asked: int, sent: str) -> None:
    service.will(page_of(cursor=None))
    await client.files(limit=asked)
    assert service.requests[0].url.params["limit"] == sent


async def test_the_seed_eras_whole_list_is_cut_into_pages(make: Make, service: Service) -> None:
    service.will(page_of("a", "b", "c", "d", "e", cursor=None))
    client = make(dialect="v0")
    seen: list[str] = []
    cursor = None
    for size in (2, 2, 1):
        page = await client.files(limit=2, cursor=cursor)
        assert len(page.items) == size
        seen += [file.file_id for file in page.items]
        cursor = page.next_cursor
    assert (seen, cursor) == (["a", "b", "c", "d", "e"], None)


@pytest.mark.parametrize("cursor", ["next", "-1", "", "٣", "9" * 5000])
async def test_a_foreign_cursor_is_refused_in_the_seed_era(make: Make, service: Service, cursor: str) -> None:
    service.will(page_of("a", cursor=None))
    with pytest.raises(BadRequest, match="cursor"):
        await make(dialect="v0").files(cursor=cursor)


async def test_whole_lists_are_read_to_the_last_page(client: VideoGen, service: Service) -> None:
    def one(voice: str, cursor: str | None) -> httpx.Response:
        voices = [{"voiceId": voice}]
        return httpx.Response(200, json={"ttsVoices": voices, "hasMore": cursor is not None, "nextCursor": cursor})

    service.will(one("a", "1"), one("b", "2"), one("c", None))
    assert [voice.voice_id for voice in await client.voices()] == ["a", "b", "c"]
    assert [request.url.params.get("cursor") for request in service.requests] == [None, "1", "2"]


async def test_a_list_that_never_ends_is_given_up(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(200, json={"endpoints": [], "hasMore": True, "nextCursor": "again"}))
    with pytest.raises(BrokenAnswer, match="does not end"):
        await client.webhooks()
    assert len(service.requests) == 100


async def test_an_actor_says_whether_it_has_a_face_that_speaks(client: VideoGen, service: Service) -> None:
    actors = [
        {"entityId": "faceless", "actorConfig": {"hasVoice": True, "hasAvatarPresenter": False}},
        {"entityId": "amara", "actorConfig": {"hasVoice": True, "hasAvatarPresenter": True}},
    ]
    service.will(httpx.Response(200, json={"entities": actors, "hasMore": False, "nextCursor": None}))
    speak = {presenter.presenter_id: presenter.has_avatar_presenter for presenter in await client.presenters()}
    assert speak == {"faceless": False, "amara": True}
    assert service.requests[0].url.params["entityType"] == "ACTOR"


# ids


@pytest.mark.parametrize("bad", ["", ".", "..", "a\nb", "a\0b", "x" * 501, "\u202e"])
async def test_what_cannot_be_an_id_is_refused_here(client: VideoGen, service: Service, bad: str) -> None:
    for use in (client.execution, client.cancel, client.file, client.hydrate, client.delete_webhook):
        with pytest.raises(BadRequest, match="not an id"):
            await use(bad)
    assert service.requests == []


async def test_an_id_cannot_leave_its_place_in_the_path(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(404, json={"message": "no such file"}))
    with pytest.raises(NotFound):
        await client.file("../../v1/me?x=1#y")
    assert service.requests[0].url.raw_path == b"/v1/files/..%2F..%2Fv1%2Fme%3Fx%3D1%23y"
