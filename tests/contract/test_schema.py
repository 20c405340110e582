"""Both eras' OpenAPI documents drive the sandbox over real HTTP: whatever they allow or forbid, it keeps to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.contract.live import Live, live
from tests.generated import is_full
from videogen_sandbox.app import OPERATIONS
from videogen_sandbox.config import Dialect

ERAS: Mapping[str, Dialect] = {"seed": "v0", "current": "v2"}

TRIED = tuple(ERAS) if is_full() else ("current",)
"""Eras: today's has the fields of the seed era too, and one code checks both. CI tries both."""

SHARED = () if is_full() else ("aspectRatio", "hideFromUi", "isOutputTemporary", "numResults", "watermarkMode")
"""Fields that ten tools take: one code checks them, so that here one tool tries their edges. CI tries each."""

TRIES_THEM = "GenerateVideoClipRequest"


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Live]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2])
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
    """Leave edits, looks of captions and options of exports to the operations that are about them, and `SHARED` to one.

    Workflows take them too: every edge of each of the fifteen edits would be tried at each of the six workflows.
    """
    for name, schema in schemas.items():
        if name.endswith(("ToVideoRequest", "ToVideoClipRequest")):
            properties = schema["properties"]
            for left_out in ("captionStyle", "exportOptions"):
                properties.pop(left_out, None)
            if "remixActions" in properties:
                properties["remixActions"]["items"] = {"$ref": "#/components/schemas/RemixActionAddZoom"}
        if name.endswith("Request") and name != TRIES_THEM:
            for left_out in set(SHARED) - set(schema.get("required", ())):
                schema.get("properties", {}).pop(left_out, None)


PLACES = [(era, path) for era in TRIED for path in document(era)["paths"]]


@pytest.mark.parametrize(("era", "path"), PLACES)
def test_the_contract_is_kept(era: str, path: str, sandboxes: dict[str, Live]) -> None:
    """schemathesis makes its cases here: as it collects them, each of pytest's processes would make all."""
    import requests

    from tests.contract.cases import tests_of

    whole = document(era)
    with requests.Session() as session:
        session.trust_env = False  # it would look for a proxy before each of thousands of requests
        for test in tests_of({**whole, "paths": {path: whole["paths"][path]}}):
            test(sandbox=sandboxes[era], session=session)


def test_one_request_has_the_fields_that_are_tried_once() -> None:
    assert set(SHARED) <= set(document("current")["components"]["schemas"][TRIES_THEM]["properties"])
