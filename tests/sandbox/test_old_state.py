"""A state directory of version 0.1: its files are read, and its sandbox, if one still runs, is replaced."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.sandbox.driving import Driver, driving
from videogen_sandbox import __version__
from videogen_sandbox.process.launcher import Address, find_or_start, stop
from videogen_sandbox.storage.schema import UPGRADES

DONE, RUNNING = "vg_tool_0000000000000000000001", "vg_tool_0000000000000000000002"
FILE = "vg_file_0000000000000000000001"
LINK = f"/signed/4102444800-1hBS_Vg1SRQEmj8adOZA7eN6XaCLWfY4RLLzWmA03bM/{FILE}/download/a-pear.png"
"""As version 0.1.0 signed it with the secret of the database."""

KEY = "sk_videogen_sandbox_of_version_01"

OLD_SANDBOX = """
import fcntl, hashlib, hmac, http.server, json, os, signal, socket, sys
from urllib.parse import parse_qs, urlsplit

state, key = sys.argv[1:]
lock = open(f"{state}/sandbox.lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print(f"{os.getpid()} {socket.gethostname()}", end="", file=lock, flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        nonce = parse_qs(urlsplit(self.path).query)["nonce"][0].encode()
        proof = hmac.new(key.encode(), nonce, hashlib.sha256).hexdigest()
        body = json.dumps({"status": "ok", "version": "0.1.0", "dialect": "v2", "instance": "old", "proof": proof})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
base_url = f"http://127.0.0.1:{server.server_port}"
description = {"base_url": base_url, "key": key, "pid": os.getpid(), "version": "0.1.0", "dialect": "v2"}
with open(f"{state}/sandbox.json", "w") as file:
    json.dump({**description, "instance": "old"}, file)
print(base_url, flush=True)
server.serve_forever()
"""
"""What of a running sandbox of version 0.1.0 can be seen from outside: its lock, its description, its /health."""


@pytest.fixture(params=[1, 2, 3], ids=["version 0.1.0", "before projects", "before languages"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A state directory as version 0.1.0 leaves it, or one of a later schema, without a running sandbox."""
    data = tmp_path / "state" / "sandbox"
    for name in ("work/workers", "work/pictures", "work/a223f1e8b0cc3b2c", "alive", f"files/{FILE}"):
        (data / name).mkdir(parents=True)
    (data / "alive" / "a223f1e8b0cc3b2c.lock").touch()
    (data / "files" / FILE / "original.png").write_bytes(b"old bytes")
    with closing(sqlite3.connect(data / "sandbox.db")) as database:
        database.executescript((Path(__file__).parent / "state_v01.sql").read_text(encoding="utf-8"))
        for version in range(1, request.param):
            for statement in UPGRADES[version]:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {request.param}")
        database.commit()
    yield tmp_path / "state"
    stop(tmp_path / "state")


async def check_contents(today: Driver) -> None:
    done = await today.execution(DONE)
    assert (done["status"], done["results"][0]["fileId"]) == ("succeeded", FILE)
    assert (await today.fetch(LINK)).content == b"old bytes"
    assert FILE in [file["fileId"] for file in (await today.get("/v1/files"))["files"]]
    assert len((await today.get("/v1/webhooks/endpoints"))["endpoints"]) == 1


@pytest.mark.anyio
async def test_everything_is_still_there_and_what_was_running_goes_on(state: Path) -> None:
    async with driving(state / "sandbox") as today:
        await check_contents(today)
        await today.project()
        assert (await today.ended(RUNNING))["status"] == "succeeded"
        assert not (state / "sandbox" / "work" / "a223f1e8b0cc3b2c").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the old sandbox is played with flock")
def test_a_running_sandbox_of_version_01_is_replaced_at_its_address(state: Path) -> None:
    command = [sys.executable, "-c", OLD_SANDBOX, str(state), KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as old:
        assert old.stdout is not None
        base_url = old.stdout.readline().strip()
        address = anyio.run(partial(find_or_start, state, dialect="v2"))
        assert old.wait(10) == 0
    assert address == Address(base_url, KEY)
    description: dict[str, Any] = json.loads((state / "sandbox.json").read_text())
    assert description["version"] == __version__
    assert (state / "sandbox.lock").read_text() == f"{description['pid']} {socket.gethostname()}"
    assert httpx.get(base_url + LINK, trust_env=False).content == b"old bytes"
