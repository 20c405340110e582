"""Sandboxes with tiny engines in this process, at a real port, with something of each kind in them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from tests.sandbox import tiny
from videogen_sandbox.app import OPERATIONS, create_app
from videogen_sandbox.config import Dialect, SandboxConfig
from videogen_sandbox.process.listening import DEFAULT_HOST, base_url, first_listener

KEY = "sk_videogen_sandbox_contract"

LIMIT = 20.0
"""Seconds of real time for the sandbox to start, to end, or to make a file."""

NOBODY = "http://127.0.0.1:9/"
"""Where no webhook is heard."""


@dataclass(frozen=True)
class Live:
    """A sandbox at a port, and the ids of what is in it."""

    url: str
    ids: Mapping[str, str]


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
    pictures = ("startFrameFileId", "featuredBRollFileIds", "logoFileId", "fileIds")
    ids |= {"fileId": ids["audioFileId"], **dict.fromkeys(pictures, ids["imageFileId"])}
    voices = client.get("/v1/resources/tts-voices").json()["ttsVoices"]
    ids["voiceId"] = voices[0]["voiceId"]
    started = client.post("/v1/tools/generate-image", json={"prompt": "a pear"}).json()["toolExecutionId"]
    wait_for(client, f"/v1/tools/executions/{started}", lambda execution: execution["status"] == "succeeded")
    ids["toolExecutionId"] = started
    if dialect == "v2":
        ids |= entities(client, ids["imageFileId"]) | video(client)
    else:
        presenters = client.get("/v1/resources/avatar-presenters").json()["avatarPresenters"]
        ids["avatarPresenterId"] = presenters[0]["avatarPresenterId"]
    return ids


def entities(client: httpx.Client, picture: str) -> dict[str, str]:
    """An own entity of each type, with a picture; the ids by the names of the fields that take them."""
    fields = {
        "ACTOR": ("actorEntityId", "actorEntityIds", "entityIds"),
        "PRODUCT": ("productEntityIds",),
        "VISUAL_STYLE": ("entityId", "visualStyleEntityId"),
        "SLIDESHOW_THEME": ("slideshowThemeEntityId",),
    }
    ids: dict[str, str] = {}
    for kind, names in fields.items():
        made = client.post("/v1/entities", json={"entityType": kind, "name": "Pear"}).json()["entityId"]
        client.post(f"/v1/entities/{made}/references", json={"fileId": picture}).raise_for_status()
        ids |= dict.fromkeys(names, made)
    return ids


def video(client: httpx.Client) -> dict[str, str]:
    """A project with an export, a timeline document and a chat that offers something, and an import that failed."""
    style = {"type": "AI_IMAGE", "aiStyle": "ink"}
    run = client.post("/v1/workflows/script-to-video", json={"script": "A pear.", "visualStyle": style}).json()
    wait_for(client, f"/v1/workflows/runs/{run['workflowRunId']}", lambda found: found["status"] == "succeeded")
    path = f"/v1/projects/{run['projectId']}"
    ids = {name: run[name] for name in ("workflowRunId", "projectId")}
    ids["exportId"] = client.post(f"{path}/export").json()["exportId"]
    ids["interchangeJobId"] = client.post(f"{path}/timeline-interchange").json()["interchangeJobId"]
    ids["fileImportId"] = client.post("/v1/files/import-url", json={"url": NOBODY}).json()["fileImportId"]
    ids["assistantId"] = client.get(path).json()["assistantId"]
    said = client.post(f"/v1/assistants/{ids['assistantId']}/messages", json={"message": "zoom"}).json()["messageId"]
    wait_for(client, f"/v1/assistant-messages/{said}", lambda reply: reply["status"] == "succeeded")
    offered = client.get(f"/v1/assistant-messages/{said}").json()["actions"]
    return ids | {"messageId": said, "actionId": offered[0]["actionId"]}


def wait_for(client: httpx.Client, path: str, fits: Callable[[Any], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not fits(client.get(path).json()):
        assert time.monotonic() < deadline, f"{path} never came to its end"


@contextmanager
def live(folder: Path, dialect: Dialect) -> Iterator[Live]:
    listener = first_listener(DEFAULT_HOST, [0])
    assert listener is not None
    with listener:
        url = base_url(DEFAULT_HOST, listener)
        endless = dict.fromkeys((one.group for one in OPERATIONS), 10**9)
        app = create_app(SandboxConfig(folder, KEY, url, dialect, rate_limits=endless, toolbox=tiny.TOOLBOX, workers=1))
        with serving(app, listener), httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}) as client:
            yield Live(url, furnish(client, dialect))
