"""Write tests/contract/openapi-{seed,current}.json: the contract of each era, only the operations we implement.

  python scripts/derive_contract.py FOLDER

FOLDER is the contract's own (openapi.yaml with check_contract.py beside it, which needs PyYAML). Run it again when
the contract changes or an operation is added below, and commit what it writes. Tests read only what it wrote.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "tests" / "contract"
METHODS = ("get", "put", "post", "delete", "patch")

BOTH_ERAS = {
    "/v1/tools/generate-image": {"post"},
    "/v1/tools/generate-video-clip": {"post"},
    "/v1/tools/text-to-speech": {"post"},
    "/v1/tools/generate-sound-effect": {"post"},
    "/v1/tools/generate-avatar": {"post"},
    "/v1/tools/vectorize-image": {"post"},
    "/v1/tools/remove-image-background": {"post"},
    "/v1/tools/remove-video-background": {"post"},
    "/v1/tools/upscale-image": {"post"},
    "/v1/tools/upscale-video": {"post"},
    "/v1/tools/executions/{toolExecutionId}": {"get"},
    "/v1/tools/executions/{toolExecutionId}/cancel": {"post"},
    "/v1/files": {"get"},
    "/v1/files/search": {"post"},
    "/v1/files/{fileId}": {"get"},
    "/v1/files/upload": {"post"},
    "/v1/files/{fileId}/hydrate": {"post"},
    "/v1/files/{fileId}/archive": {"post"},
    "/v1/files/{fileId}/enable-public-preview": {"post"},
    "/v1/files/{fileId}/disable-public-preview": {"post"},
    "/v1/resources/tts-voices": {"get"},
    "/v1/webhooks/endpoints": {"get", "post"},
    "/v1/webhooks/endpoints/{endpointId}": {"delete"},
}
OPERATIONS = {
    "seed": {**BOTH_ERAS, "/v1/resources/avatar-presenters": {"get"}},
    "current": {**BOTH_ERAS, "/v1/me": {"get"}, "/v1/tools/executions": {"get"}, "/v1/entities": {"get"}},
}
EVENTS = ("tool_execution.", "file.")
"""Beginnings of the names of the webhook events that are ours."""


def derive(folder: Path, era: str) -> dict[str, Any]:
    """The whole document of one era, from the contract's own program."""
    program = folder / "check_contract.py"
    made = subprocess.run(
        [sys.executable, str(program), "--derive", era, "--json"], check=True, capture_output=True, text=True
    )
    document: dict[str, Any] = json.loads(made.stdout)
    return document


def references(node: Any) -> Iterator[str]:
    """Every `$ref` and discriminator target below `node`."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key == "mapping" and isinstance(value, dict):
                yield from (target for target in value.values() if isinstance(target, str))
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def trim(document: dict[str, Any], wanted: dict[str, set[str]]) -> dict[str, Any]:
    """Only the `wanted` operations, our webhook events, and the components these refer to.

    Raises KeyError when the contract lacks a wanted operation.
    """
    paths: dict[str, Any] = {}
    for path, methods in wanted.items():
        item = document["paths"][path]
        paths[path] = {key: value for key, value in item.items() if key not in METHODS or key in methods}
        if missing := methods - item.keys():
            raise KeyError(f"{path} has no {sorted(missing)}")
    hooks = {name: hook for name, hook in document["webhooks"].items() if name.startswith(EVENTS)}
    kept: dict[str, dict[str, Any]] = {"securitySchemes": document["components"]["securitySchemes"]}
    todo = [*references(paths), *references(hooks)]
    while todo:
        group, name = todo.pop().removeprefix("#/components/").split("/", 1)
        if name not in kept.setdefault(group, {}):
            kept[group][name] = document["components"][group][name]
            todo += references(kept[group][name])
    components = {
        group: {name: kept[group][name] for name in entries if name in kept[group]}
        for group, entries in document["components"].items()
        if group in kept
    }
    return {**document, "paths": paths, "webhooks": hooks, "components": components}


def main() -> None:
    """Write both documents and say what is in them."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for era, wanted in OPERATIONS.items():
        document = trim(derive(Path(sys.argv[1]), era), wanted)
        target = TARGET / f"openapi-{era}.json"
        target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        count = sum(len(methods) for methods in wanted.values())
        print(f"{target.name}: {count} operations, {len(document['components']['schemas'])} schemas")


if __name__ == "__main__":
    main()
