"""What the package knows of the contract's requests is the contract, and its checks are what JSON Schema says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from scripts.derive_contract import ERAS, REQUESTS, packaged
from tests.contract.mistakes import Mistake, example, mistakes, wrong_query
from videogen_sandbox.app import OPERATIONS
from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.requests import contract
from videogen_sandbox.contract.validation import Contract, Json

DIALECTS: tuple[Dialect, ...] = ("v0", "v2")
BARE = {dialect: Contract(dialect, {}, {}) for dialect in DIALECTS}
"""The contracts without the sandbox's own limits."""

WITH_BODY = [(dialect, name) for dialect in DIALECTS for name, one in BARE[dialect].operations.items() if "body" in one]
WITH_QUERY = [
    (dialect, name) for dialect in DIALECTS for name, one in BARE[dialect].operations.items() if "query" in one
]


def wrong(whole: Contract, operation: str) -> Iterator[Mistake]:
    return mistakes(whole, whole.operations[operation]["body"])


def oracle(dialect: Dialect, operation: str) -> jsonschema_rs.Validator:
    """Another implementation of JSON Schema, on the same file."""
    era = json.loads(REQUESTS.read_text(encoding="utf-8"))[dialect]
    schema = {**era["operations"][operation]["body"], "schemas": era["schemas"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def test_the_package_holds_the_contract() -> None:
    folder = Path(__file__).parent
    documents = {era: json.loads((folder / f"openapi-{era}.json").read_text(encoding="utf-8")) for era in ERAS}
    assert REQUESTS.read_text(encoding="utf-8") == packaged(documents)


def test_all_operations_are_in_it() -> None:
    assert [len(BARE[dialect].operations) for dialect in DIALECTS] == [25, 63]
    assert {one.name for one in OPERATIONS} == {*BARE["v0"].operations, *BARE["v2"].operations}


@pytest.mark.parametrize(("dialect", "operation"), WITH_BODY)
def test_every_mistake_is_refused_with_the_name_of_the_field(dialect: Dialect, operation: str) -> None:
    for body, field in wrong(contract(dialect), operation):
        with pytest.raises(Refusal) as refusal:
            contract(dialect).body(operation, body)
        assert f'"{field}"' in refusal.value.message, body
        assert refusal.value.status == 400


@pytest.mark.parametrize(("dialect", "operation"), WITH_BODY)
def test_another_implementation_of_json_schema_agrees(dialect: Dialect, operation: str) -> None:
    known, other = BARE[dialect], oracle(dialect, operation)
    schema = known.operations[operation]["body"]
    right: list[Json] = [example(known, schema, whole=whole) for whole in (True, False)]
    nothing = [{**right[0], name: None} for name, inner in known.resolved(schema)["properties"].items()]
    for body in (*right, *nothing, {**right[0], "unknown": [1]}, *(body for body, _ in mistakes(known, schema))):
        try:
            known.body(operation, body)
            accepted = True
        except Refusal:
            accepted = False
        assert accepted == other.is_valid(body), body


@pytest.mark.parametrize(("dialect", "operation"), WITH_QUERY)
def test_every_wrong_query_parameter_is_refused_with_its_name(dialect: Dialect, operation: str) -> None:
    known = contract(dialect)
    for name, text in wrong_query(known, known.operations[operation]["query"]):
        with pytest.raises(Refusal, match=f'"{name}"'):
            known.query(operation, {name: text})


def test_what_is_returned_has_defaults_whole_numbers_and_known_fields_only() -> None:
    body = {"prompt": "a pear", "numResults": 2.0, "aspectRatio": {"width": 1e1, "height": 3, "depth": 1}, "more": 1}
    assert contract("v2").body("POST /v1/tools/generate-image", body) == {
        "prompt": "a pear",
        "aspectRatio": {"width": 10, "height": 3},
        "quality": "STANDARD",
        "watermarkMode": "AUTO",
        "numResults": 2,
        "isOutputTemporary": False,
        "hideFromUi": False,
    }
    assert contract("v2").query("GET /v1/files", {"limit": "+7", "selfOnly": "true", "more": "1"}) == {
        "limit": 7,
        "selfOnly": True,
        "includeExportFiles": False,
        "includeProjectFiles": False,
    }


def test_fields_of_an_operation_that_nobody_has_described_are_kept() -> None:
    assert (
        contract("v2").body("POST /v1/files/import-url", {"url": "https://example.com/a.mp4", "more": 1})["more"] == 1
    )


@pytest.mark.parametrize("number", [1e999, -1e999, 10**400])
def test_numbers_beyond_all_bounds_are_refused(number: float) -> None:
    with pytest.raises(Refusal, match='"durationSeconds" must be a number from 1 to 30'):
        contract("v2").body("POST /v1/tools/generate-sound-effect", {"prompt": "rain", "durationSeconds": number})


def test_the_seed_eras_own_sdk_may_say_that_it_knows_no_type() -> None:
    body = {"displayName": "pear", "type": None}
    assert contract("v0").body("POST /v1/files/upload", body)["type"] is None
    with pytest.raises(Refusal, match='"type" must not be null'):
        contract("v2").body("POST /v1/files/upload", body)


@pytest.mark.parametrize(("path", "needed"), [("/v1/projects/{projectId}/export", False), ("/v1/entities", True)])
def test_some_operations_need_no_body(path: str, needed: bool) -> None:
    assert contract("v2").needs_body(f"POST {path}") is needed
