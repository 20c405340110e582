"""The service that the tests of several accounts have keeps these apart, as VideoGen does."""

from __future__ import annotations

import httpx
import pytest

from tests.hosted.service import IN_MEMORY, Service, serving
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import NotFound, Unauthorized

pytestmark = pytest.mark.anyio

PATH = "/v1/tools/generate-image"


def client(service: Service, key: str) -> VideoGen:
    return VideoGen(api_key=key, base_url=IN_MEMORY, transport=service.transport)


async def test_an_execution_and_its_file_are_there_for_its_own_key_alone() -> None:
    service = Service()
    ada, bo = client(service, "sk_ada"), client(service, "sk_bo")
    execution_id = await ada.start(PATH, {"prompt": "a pear"})
    (result,) = (await ada.execution(execution_id)).results
    assert [one.execution_id for one in (await ada.executions()).items] == [execution_id]
    assert (await bo.executions()).items == []
    assert (await bo.files()).items == []
    for ask in (
        bo.execution(execution_id),
        bo.cancel(execution_id),
        bo.file(result.file_id),
        bo.hydrate(result.file_id),
    ):
        with pytest.raises(NotFound):
            await ask
    assert service.account("sk_ada").submits == {"a pear": 1}
    assert service.account("sk_bo").submits == {}


async def test_ids_are_of_one_series() -> None:
    service = Service()
    ids = [await client(service, f"sk_{number}").start(PATH, {"prompt": "a pear"}) for number in range(3)]
    assert len(set(ids)) == 3


async def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(Unauthorized):
        await client(Service(), "guessed").dialect()


async def test_executions_run_for_as_long_as_it_says() -> None:
    service = Service(seconds=3600.0)
    ada = client(service, "sk_ada")
    assert (await ada.execution(await ada.start(PATH, {"prompt": "a pear"}))).status == "running"


def test_files_go_up_and_down_over_http() -> None:
    with serving(Service()) as address, httpx.Client(base_url=address) as web:
        mine = {"Authorization": "Bearer sk_ada"}
        made = web.post("/v1/files/upload", json={"displayName": "pear.png"}, headers=mine).json()
        assert web.put(made["uploadUrl"], content=b"bytes of a pear").status_code == 200
        file = web.post(f"/v1/files/{made['fileId']}/hydrate", headers=mine).json()
        assert web.get(file["downloadSource"]["url"]).content == b"bytes of a pear"
        assert web.get(file["downloadSource"]["url"].partition("?")[0]).status_code == 403
        assert set(web.get("/counts").json()) == {"refused", "sk_ada"}
