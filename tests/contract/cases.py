"""What schemathesis makes of the era's OpenAPI documents, and how it is sent.

test_schema imports this once it runs: schemathesis takes half a second, which every worker that collects would spend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
import schemathesis
from schemathesis import Case
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi import checks

from tests.contract.live import KEY, NOBODY, Live
from tests.generated import examples, some

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

BOUNDED = examples(8, quick=2)
"""Per operation. Each field's edges are tried besides, as schemathesis derives them from the schema: CI tries all."""

load_all_checks()


def tests_of(document: Mapping[str, Any]) -> Iterator[Callable[..., None]]:
    """Yield the test of each operation of a document; it takes the `sandbox` to drive.

    `schemathesis.pytest.from_fixture` is the documented way; schemathesis 4.32 fails in it with pytest 9.2.
    """
    schema = schemathesis.openapi.from_dict(dict(document))
    schema.config.generation.update(with_security_parameters=False)  # the key is a matter of test_middleware
    made = get_all_tests(
        schema=schema, test_func=check_with_its_ids_and_with_real_ones, settings=None, given_kwargs=None
    )
    for operation in made:
        assert isinstance(operation, Ok)
        _, test = operation.ok()
        edges = test.hypothesis_explicit_examples  # type: ignore[attr-defined]
        edges[:] = some(edges)
        yield test


@BOUNDED
def check_with_its_ids_and_with_real_ones(case: Case[Any], sandbox: Live, session: requests.Session) -> None:
    made = case._meta  # `meta` would compare the case, which is not settled yet, with its schema
    check(case, sandbox, session)
    if made is not None and made.generation.mode.is_negative:
        return  # refused before any id is looked up
    path_parameters, body = with_real_ids(case.path_parameters, sandbox.ids), with_real_ids(case.body, sandbox.ids)
    if (path_parameters, body) != (case.path_parameters, case.body):
        case.path_parameters = path_parameters
        if body != case.body:  # a body that was set counts as one that is there
            case.body = body
        check(case, sandbox, session)


def check(case: Case[Any], sandbox: Live, session: requests.Session) -> None:
    """Send it as the key's owner; whatever comes back keeps to the contract.

    No webhook leaves this machine, and nobody makes a hundred results, which the lists would be full of.
    """
    if isinstance(case.body, dict):
        for name in ("url", "videoUrl"):
            if str(case.body.get(name)).startswith("https:"):
                case.body[name] = NOBODY
        if case.body.get("numResults") in range(3, 101) and "query" not in case.body:
            case.body["numResults"] = 2
    key = {"Authorization": f"Bearer {KEY}"}
    case.call_and_validate(base_url=sandbox.url, session=session, headers=key, checks=CHECKS)


def with_real_ids(value: Any, ids: Mapping[str, str], name: str = "") -> Any:
    """The same value with ids that exist wherever one belongs."""
    if isinstance(value, dict):
        return {key: with_real_ids(inner, ids, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_real_ids(inner, ids, name) for inner in value]
    return ids[name] if isinstance(value, str) and name in ids else value
