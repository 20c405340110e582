"""Lets the seed-era SDK (videogen 0.0.38) work in a process of its own: both SDKs are called `videogen`.

Run with the SDK's folder on PYTHONPATH, a base URL and a key as arguments. Each line on stdin is a call as JSON,
`{"call": "tools.generate_image", "arguments": {…}}`; each line on stdout is its result. Whatever goes wrong ends the
process with the SDK's own traceback on stderr, except for answers of the API with an error status.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from typing import Any

sdk: Any = import_module("videogen")
plain: Callable[[Any], Any] = import_module("videogen.core.jsonable_encoder").jsonable_encoder
ApiError: type[Exception] = import_module("videogen.core.api_error").ApiError


def helper(name: str) -> Any:
    """By its module: as an attribute of the package the name means the function or the module, as it happens."""
    return getattr(import_module(f"videogen.{name}"), name)


def upload(client: Any, path: str, **options: Any) -> Any:
    with open(path, "rb") as file:  # noqa: PTH123 - as the SDK's documentation shows it
        return helper("upload_file")(client, file, **options)


def download(client: Any, file_id: str, path: str) -> Any:
    return helper("download_file")(client, file_id, path)


def verify(client: Any, **options: Any) -> Any:
    return helper("verify_webhook_signature")(**options)


HELPERS: dict[str, Callable[..., Any]] = {
    "upload_file": upload,
    "download_file": download,
    "verify_webhook_signature": verify,
    "poll_executed_tool": helper("poll_executed_tool"),
}


def main(base_url: str, key: str) -> None:
    client = sdk.VideoGenApi(token=key, base_url=base_url)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if asked["call"] in HELPERS:
                result = HELPERS[asked["call"]](client, **asked["arguments"])
            else:
                result = attrgetter(asked["call"])(client)(**asked["arguments"])
            answer = {"result": plain(result)}
        except ApiError as error:
            answer = {"status": attrgetter("status_code")(error), "body": plain(attrgetter("body")(error))}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
