"""Operations without a method of their own, as other kinds of executions declare them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import NotSupported, ServiceFault
from videogen_mcp.api.models import Wire
from videogen_mcp.api.operations import TODAY, Operation
from videogen_mcp.api.parsing import one

if TYPE_CHECKING:
    from tests.unit.api.conftest import Make, Service

pytestmark = pytest.mark.anyio

RUN = Operation("GET", "/v1/projects/{projectId}/exports/{exportId}", "execution")
SUBMIT = Operation("POST", "/v1/projects/{projectId}/export", "start", once=True, eras=TODAY, missing="no projects")


class Run(Wire):
    status: str


async def test_any_operation_can_be_called_and_parsed(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(500), httpx.Response(200, json={"status": "running"}))
    assert (await client.call(RUN, one(Run), "p/1", "e", params={"a": "b"})).status == "running"
    assert service.requests[1].url.raw_path == b"/v1/projects/p%2F1/exports/e?a=b"


async def test_any_submit_is_sent_once(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(500))
    with pytest.raises(ServiceFault) as failure:
        await client.submit(SUBMIT, one(Run), "p", payload={"quality": "HIGH", "watermarkMode": None})
    assert (failure.value.may_have_started, service.asked) == (True, ["POST /v1/projects/p/export"])
    assert json.loads(service.requests[0].content) == {"quality": "HIGH"}


async def test_a_submit_of_today_is_refused_in_the_seed_era(make: Make, service: Service) -> None:
    with pytest.raises(NotSupported, match="no projects"):
        await make(dialect="v0").submit(SUBMIT, one(Run), "p", payload={})
    assert service.requests == []


@pytest.mark.parametrize("ids", [(), ("p",), ("p", "e", "x")])
def test_a_path_takes_as_many_ids_as_it_has_places(ids: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        RUN.fill(*ids)
