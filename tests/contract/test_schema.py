"""Both eras' OpenAPI documents drive the sandbox over real HTTP: whatever they allow or forbid, it keeps to them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import pytest
import schemathesis
import uvicorn
from schemathesis import Case
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks
from starlette.applications import Starlette

from tests.generated import examples
from tests.sandbox import tiny
from videogen_sandbox.app import OPERATIONS, create_app
from videogen_sandbox.config import Dialect, SandboxConfig
from videogen_sandbox.contract.limits import DOCUMENTED

ERAS: Mapping[str, Dialect] = {"seed": "v0", "current": "v2"}
KEY = "sk_videogen_sandbox_contract"

LIMIT = 20.0
"""Seconds of real time for the sandbox to start, to end, or to make a file."""

NOBODY = "http://127.0.0.1:9/"
"""Where no webhook is heard."""

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
"""Not among them: that all data which fits the schema is accepted. The schemas know no ids, and allow empty prompts."""

BOUNDED = examples(8, quick=3)
"""Per operation and test. Each field's edges are tried besides, as schemathesis derives them from the schema."""

load_all_checks()

Check = TypeVar("Check", bound=Callable[..., None])


@dataclass(frozen=True)
class Live:
    """A sandbox at a port, and the ids of what is in it."""

    url: str
    ids: Mapping[str, str]

    def check(self, case: Case[Any]) -> None:
        """Send it as the key's owner; whatever comes back keeps to the contract.

        No webhook leaves this machine, and nobody makes a hundred results, which the lists would be full of.
        """
        if isinstance(case.body, dict):
            if str(case.body.get("url")).startswith("https:"):
                case.body["url"] = NOBODY
            if case.body.get("numResults") in range(3, 101) and "query" not in case.body:
                case.body["numResults"] = 2
        case.call_and_validate(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, checks=CHECKS)


@contextmanager
def serving(app: Starlette, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(app, http="h11", ws="none", lifespan="on", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(LIMIT)
        assert not thread.is_alive()


def furnish(client: httpx.Client, dialect: Dialect) -> dict[str, str]:
    """Put something of each kind into the sandbox; the ids by the name that the contract has for them."""
    ids: dict[str, str] = {}
    for kind in ("image", "video", "audio"):
        made = client.post("/v1/files/upload", json={"displayName": f"a pear.{kind}"}).json()
        httpx.put(made["uploadUrl"], content=tiny.content(kind.upper())).raise_for_status()
        ids |= dict.fromkeys((f"{kind}FileId", f"{kind}FileIds", f"{kind}StorageFileId"), made["fileId"])
        wait_for(client, f"/v1/files/{made['fileId']}", lambda file: file["type"] is not None)
    ids |= {"fileId": ids["audioFileId"], "startFrameFileId": ids["imageFileId"]}
    voices = client.get("/v1/resources/tts-voices").json()["ttsVoices"]
    ids["voiceId"] = voices[0]["voiceId"]
    started = client.post("/v1/tools/generate-image", json={"prompt": "a pear"}).json()["toolExecutionId"]
    wait_for(client, f"/v1/tools/executions/{started}", lambda execution: execution["status"] == "succeeded")
    ids["toolExecutionId"] = started
    if dialect == "v2":
        ids["entityId"] = ids["actorEntityId"] = client.get("/v1/entities").json()["entities"][0]["entityId"]
        ids["entityIds"] = ids["entityId"]
    else:
        presenters = client.get("/v1/resources/avatar-presenters").json()["avatarPresenters"]
        ids["avatarPresenterId"] = presenters[0]["avatarPresenterId"]
    return ids


def wait_for(client: httpx.Client, path: str, fits: Callable[[Any], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not fits(client.get(path).json()):
        assert time.monotonic() < deadline, f"{path} never came to its end"


@contextmanager
def live(folder: Path, dialect: Dialect) -> Iterator[Live]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        endless = dict.fromkeys((*DOCUMENTED, "other"), 10**9)
        app = create_app(SandboxConfig(folder, KEY, url, dialect, rate_limits=endless, toolbox=tiny.TOOLBOX, workers=1))
        with serving(app, listener), httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}) as client:
            yield Live(url, furnish(client, dialect))


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Live]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2])
        with (
            live(tmp_path_factory.mktemp("seed"), "v0") as seed,
            live(tmp_path_factory.mktemp("current"), "v2") as current,
        ):
            yield {"seed": seed, "current": current}


@cache
def schema_of(era: str) -> BaseSchema:
    """Return the era's document, less what the sandbox does not serve."""
    path = Path(__file__).with_name(f"openapi-{era}.json")
    raw = json.loads(path.read_text(encoding="utf-8"))
    served = {(one.method.lower(), one.path) for one in OPERATIONS}
    raw["paths"] = {
        path: {method: what for method, what in item.items() if (method, path) in served}
        for path, item in raw["paths"].items()
        if any(one == path for _, one in served)
    }
    if era == "seed":
        upload = raw["components"]["schemas"]["CreateFileUploadRequest"]["properties"]
        upload["type"] = {"anyOf": [upload["type"], {"type": "null"}]}  # as the era's own SDK sends it
    schema = schemathesis.openapi.from_dict(raw)
    schema.config.generation.update(with_security_parameters=False)  # the key is a matter of test_middleware
    return schema


def driven_by(era: str) -> Callable[[Check], Check]:
    """One test per operation of the era's document."""
    return cast("Callable[[Check], Check]", schema_of(era).parametrize())


def with_real_ids(value: Any, ids: Mapping[str, str], name: str = "") -> Any:
    """The same value with ids that exist wherever one belongs."""
    if isinstance(value, dict):
        return {key: with_real_ids(inner, ids, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_real_ids(inner, ids, name) for inner in value]
    return ids[name] if isinstance(value, str) and name in ids else value


@driven_by("seed")
@BOUNDED
def test_the_seed_era_is_kept(case: Case[Any], sandboxes: dict[str, Live]) -> None:
    sandboxes["seed"].check(case)


@driven_by("current")
@BOUNDED
def test_todays_contract_is_kept(case: Case[Any], sandboxes: dict[str, Live]) -> None:
    sandboxes["current"].check(case)


@driven_by("seed")
@BOUNDED
def test_the_seed_era_is_kept_with_ids_that_exist(case: Case[Any], sandboxes: dict[str, Live]) -> None:
    check_with_real_ids(case, sandboxes["seed"])


@driven_by("current")
@BOUNDED
def test_todays_contract_is_kept_with_ids_that_exist(case: Case[Any], sandboxes: dict[str, Live]) -> None:
    check_with_real_ids(case, sandboxes["current"])


def check_with_real_ids(case: Case[Any], sandbox: Live) -> None:
    path_parameters, body = with_real_ids(case.path_parameters, sandbox.ids), with_real_ids(case.body, sandbox.ids)
    if (path_parameters, body) != (case.path_parameters, case.body):  # else it is what the other test sends
        case.path_parameters, case.body = path_parameters, body
        sandbox.check(case)
