"""Write what this repository keeps of VideoGen's API contract, from the contract's own folder.

  python scripts/derive_contract.py FOLDER

FOLDER holds openapi.yaml and the check_contract.py that derives one era from it (needs PyYAML). Written are:

  tests/contract/openapi-{seed,current}.json    the whole document of each era, what tests compare with
  videogen_sandbox/contract/requests.json       what requests may say in both eras, what the sandbox checks them with

Run it again when the contract changes, and commit what it writes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "tests" / "contract"
REQUESTS = ROOT / "videogen_sandbox" / "contract" / "requests.json"

ERAS = {"seed": "v0", "current": "v2"}
"""Era of the contract → the sandbox's name of its dialect."""

METHODS = ("get", "put", "post", "delete", "patch")

KEPT = frozenset(
    {
        *("$ref", "type", "enum", "default", "format", "minimum", "maximum", "minLength", "maxLength"),
        *("minItems", "maxItems", "minProperties", "properties", "required", "additionalProperties", "items"),
        *("anyOf", "oneOf", "discriminator"),
    }
)
"""Keywords that say what a value must be, or is when it is absent: those that the sandbox's validation knows."""

DROPPED = frozenset({"description", "examples", "deprecated"})
"""Keywords that only describe."""

Json = dict[str, Any]

_INFERRED = "Inferred; as the other workflows have it."

ADDITIONS: Mapping[str, Mapping[str, Json]] = {
    "VideoToVideoRequest": {
        "exportOptions": {"$ref": "#/components/schemas/ExportProjectRequest", "description": _INFERRED},
        "remixActions": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/RemixAction"},
            "description": _INFERRED,
        },
        "isOutputTemporary": {"type": "boolean", "default": False, "description": _INFERRED},
        "hideFromUi": {"type": "boolean", "default": False, "description": _INFERRED},
    },
}
"""Schema of today's document → fields that no source has, but that clients of the API can be expected to send."""


def derive(folder: Path, era: str) -> Json:
    """Return the OpenAPI document of one era, made by the contract's own program."""
    program = folder / "check_contract.py"
    made = subprocess.run(
        [sys.executable, str(program), "--derive", era, "--json"], check=True, capture_output=True, text=True
    )
    document: Json = json.loads(made.stdout)
    if era == "current":
        for name, fields in ADDITIONS.items():
            document["components"]["schemas"][name]["properties"] |= fields
    return document


def request_schemas(document: Json) -> Json:
    """Return {"operations": {"POST /v1/…": {"body"?, "optional"?, "query"?}}, "schemas": {name: JSON Schema}}.

    `body` and `query` are JSON Schemas of objects; `optional` is true where the body may be left out.
    Raise ValueError for a keyword that is neither KEPT nor DROPPED.
    """
    schemas: Json = {}
    components = document["components"]

    def resolved(node: Json) -> Json:
        if "$ref" not in node:
            return node
        group, name = node["$ref"].removeprefix("#/components/").split("/")
        found: Json = components[group][name]
        return found

    def compact(schema: Json) -> Json:
        if unknown := schema.keys() - KEPT - DROPPED:
            raise ValueError(f"{sorted(unknown)} of {schema} must be checked by the sandbox, or dropped")
        kept = {key: value for key, value in schema.items() if key in KEPT}
        if "$ref" in kept:
            kept["$ref"] = keep(kept["$ref"])
        if "properties" in kept:
            kept["properties"] = {name: compact(inner) for name, inner in kept["properties"].items()}
        if "items" in kept:
            kept["items"] = compact(kept["items"])
        for key in kept.keys() & {"anyOf", "oneOf"}:
            kept[key] = [compact(inner) for inner in kept[key]]
        if "discriminator" in kept:
            mapping = {value: keep(target) for value, target in kept["discriminator"]["mapping"].items()}
            kept["discriminator"] = {"propertyName": kept["discriminator"]["propertyName"], "mapping": mapping}
        return kept

    def keep(reference: str) -> str:
        name = reference.removeprefix("#/components/schemas/")
        if name not in schemas:
            schemas[name] = None  # a schema that refers to itself ends here
            schemas[name] = compact(components["schemas"][name])
        return f"#/schemas/{name}"

    operations: Json = {}
    for path, item in document["paths"].items():
        for method in (method for method in METHODS if method in item):
            operation = item[method]
            entry: Json = {}
            if "requestBody" in operation:
                body = resolved(operation["requestBody"])
                entry["body"] = compact(body["content"]["application/json"]["schema"])
                if not body.get("required"):
                    entry["optional"] = True
            listed = [resolved(one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
            query = {one["name"]: compact(one["schema"]) for one in listed if one["in"] == "query"}
            if query:
                needed = [one["name"] for one in listed if one["in"] == "query" and one.get("required")]
                entry["query"] = {"type": "object", "properties": query, **({"required": needed} if needed else {})}
            operations[f"{method.upper()} {path}"] = entry
    return {"operations": operations, "schemas": schemas}


def packaged(documents: Mapping[str, Json]) -> str:
    """Return the text of requests.json, made of the documents by era: a line for each operation and schema."""
    eras = []
    for era, dialect in ERAS.items():
        groups = []
        for group, entries in request_schemas(documents[era]).items():
            lines = (f'"{name}":{json.dumps(entry, separators=(",", ":"))}' for name, entry in sorted(entries.items()))
            groups.append(f'"{group}":{{\n' + ",\n".join(lines) + "\n}")
        eras.append(f'"{dialect}":{{' + ",\n".join(groups) + "}")
    return "{" + ",\n".join(eras) + "}\n"


def main() -> None:
    """Write all files and say what is in them."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    documents = {era: derive(Path(sys.argv[1]), era) for era in ERAS}
    for era, document in documents.items():
        target = DOCUMENTS / f"openapi-{era}.json"
        target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        count = sum(method in METHODS for item in document["paths"].values() for method in item)
        print(f"{target.name}: {count} operations, {len(document['components']['schemas'])} schemas")
    REQUESTS.write_text(packaged(documents), encoding="utf-8")
    print(f"{REQUESTS.name}: {REQUESTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
