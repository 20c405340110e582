"""Both eras' OpenAPI documents drive the sandbox over real HTTP: whatever they allow or forbid, it keeps to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis import Case
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks

from tests.contract.live import KEY, NOBODY, Live, live
from tests.generated import examples, is_full
from videogen_sandbox.app import OPERATIONS
from videogen_sandbox.config import Dialect

ERAS: Mapping[str, Dialect] = {"seed": "v0", "current": "v2"}

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
"""Per operation. Each field's edges are tried besides, as schemathesis derives them from the schema."""

TRIED = tuple(ERAS) if is_full() else ("current",)
"""Eras: today's has the fields of the seed era too, and one code checks both. CI tries both."""

load_all_checks()


def check(case: Case[Any], sandbox: Live) -> None:
    """Send it as the key's owner; whatever comes back keeps to the contract.

    No webhook leaves this machine, and nobody makes a hundred results, which the lists would be full of.
    """
    if isinstance(case.body, dict):
        for name in ("url", "videoUrl"):
            if str(case.body.get(name)).startswith("https:"):
                case.body[name] = NOBODY
        if case.body.get("numResults") in range(3, 101) and "query" not in case.body:
            case.body["numResults"] = 2
    case.call_and_validate(base_url=sandbox.url, headers={"Authorization": f"Bearer {KEY}"}, checks=CHECKS)


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Live]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2])
        patch.setenv("NO_PROXY", "127.0.0.1")  # requests would look for a proxy before each of thousands
        with ExitStack() as running:
            yield {era: running.enter_context(live(tmp_path_factory.mktemp(era), ERAS[era])) for era in TRIED}


@cache
def document(era: str) -> dict[str, Any]:
    """Return the era's document, less what the sandbox does not serve."""
    path = Path(__file__).with_name(f"openapi-{era}.json")
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    served = {(one.method.lower(), one.path) for one in OPERATIONS}
    raw["paths"] = {
        path: {method: what for method, what in item.items() if (method, path) in served}
        for path, item in raw["paths"].items()
        if any(one == path for _, one in served)
    }
    if era == "seed":
        upload = raw["components"]["schemas"]["CreateFileUploadRequest"]["properties"]
        upload["type"] = {"anyOf": [upload["type"], {"type": "null"}]}  # as the era's own SDK sends it
    else:
        once(raw["components"]["schemas"])
    return raw


def once(schemas: dict[str, Any]) -> None:
    """Leave edits, looks of captions and options of exports to the operations that are about them.

    Workflows take them too: every edge of each of the fifteen edits would be tried at each of the six workflows.
    """
    for name, schema in schemas.items():
        if name.endswith(("ToVideoRequest", "ToVideoClipRequest")):
            properties = schema["properties"]
            for left_out in ("captionStyle", "exportOptions"):
                properties.pop(left_out, None)
            if "remixActions" in properties:
                properties["remixActions"]["items"] = {"$ref": "#/components/schemas/RemixActionAddZoom"}


PLACES = [(era, path) for era in TRIED for path in document(era)["paths"]]


def schema_of(era: str, path: str) -> BaseSchema:
    """The era's document with one path alone."""
    whole = document(era)
    schema = schemathesis.openapi.from_dict({**whole, "paths": {path: whole["paths"][path]}})
    schema.config.generation.update(with_security_parameters=False)  # the key is a matter of test_middleware
    return schema


def with_real_ids(value: Any, ids: Mapping[str, str], name: str = "") -> Any:
    """The same value with ids that exist wherever one belongs."""
    if isinstance(value, dict):
        return {key: with_real_ids(inner, ids, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_real_ids(inner, ids, name) for inner in value]
    return ids[name] if isinstance(value, str) and name in ids else value


@BOUNDED
def check_with_its_ids_and_with_real_ones(case: Case[Any], sandbox: Live) -> None:
    made = case._meta  # `meta` would compare the case, which is not settled yet, with its schema
    check(case, sandbox)
    if made is not None and made.generation.mode.is_negative:
        return  # refused before any id is looked up
    path_parameters, body = with_real_ids(case.path_parameters, sandbox.ids), with_real_ids(case.body, sandbox.ids)
    if (path_parameters, body) != (case.path_parameters, case.body):
        case.path_parameters = path_parameters
        if body != case.body:  # a body that was set counts as one that is there
            case.body = body
        check(case, sandbox)


@pytest.mark.parametrize(("era", "path"), PLACES)
def test_the_contract_is_kept(era: str, path: str, sandboxes: dict[str, Live]) -> None:
    """schemathesis makes its cases here: as it collects them, each of pytest's processes would make all.

    `schemathesis.pytest.from_fixture` is the documented way; schemathesis 4.32 fails in it with pytest 9.2.
    """
    made = get_all_tests(
        schema=schema_of(era, path), test_func=check_with_its_ids_and_with_real_ones, settings=None, given_kwargs=None
    )
    for operation in made:
        assert isinstance(operation, Ok)
        _, test = operation.ok()
        test(sandbox=sandboxes[era])
