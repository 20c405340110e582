"""The image's command in an environment with nothing but what the image installs and sets."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.wire import ERAS, SOON, Era
from tests.generated import is_full
from tests.hosted import image
from tests.hosted.agents import Agent
from tests.hosted.replicas import LISTENS
from tests.hosted.service import Service, serving
from tests.postgres import Server

UV = shutil.which("uv")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the image is one of Linux"),
    pytest.mark.skipif(not is_full(), reason="it installs everything anew, which takes seconds: in CI"),
    pytest.mark.skipif(UV is None, reason="the image is built with uv, which is not here"),
]

SETTINGS = {"VIDEOGEN_MCP_SECRETS": "1e" * 32, "VIDEOGEN_MCP_PUBLIC_URL": "https://videogen.example.com"}


@dataclass(frozen=True)
class Running:
    """The image's server, at work. `before` are the files that were there when it began."""

    url: str
    root: Path
    service: Service
    before: set[Path]


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder with what the image has at its root. The server's user may write to its /tmp, and to nothing else."""
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    try:
        folder.chmod(0o755)
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o777)
        assert UV is not None
        image.build(image.stages()[0], folder, UV)
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running(root: Path, postgres: Server) -> Iterator[Running]:
    """The image's command, which differs in the address only: loopback and a free port."""
    final, service = image.stages()[-1], Service()
    command = final.command("CMD")
    command[command.index("0.0.0.0")] = "127.0.0.1"
    command[command.index("8000")] = "0"
    before = files(root)
    with postgres.database() as database, serving(service) as upstream:
        known = {**SETTINGS, "VIDEOGEN_MCP_DATABASE": database, "VIDEOGEN_BASE_URL": upstream}
        process = subprocess.Popen(
            command,
            cwd=root / "app",
            env={**image.inside(root, final.environment), **known},
            stderr=subprocess.PIPE,
            text=True,
            **nobody(),
        )
        assert process.stderr is not None
        address = next(filter(None, map(LISTENS.search, process.stderr)), None)
        assert address is not None, process.wait(SOON)
        yield Running(address[1], root, service, before)
        process.terminate()
        assert process.wait(SOON) == 0, process.stderr.read()
        process.stderr.close()


def files(root: Path) -> set[Path]:
    """What is there outside /tmp."""
    return {path for path in root.rglob("*") if (root / "tmp") not in path.parents}


def nobody() -> dict[str, Any]:
    """How to start a process as a user who owns nothing, where we may, and where that user can reach this Python."""
    folders = Path(sys.base_prefix).resolve().parents
    if os.geteuid() != 0 or not all(folder.stat().st_mode & stat.S_IXOTH for folder in folders):
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def test_the_image_has_no_sandbox_and_no_tools(root: Path) -> None:
    packages = {path.name for path in (root / "app" / ".venv" / "lib").glob("python3*/site-packages/*")}
    assert {"psycopg", "mcp"} <= packages
    assert not packages & {"numpy", "av", "PIL", "onnxruntime", "pytest", "pip", "videogen_sandbox"}
    assert sorted(path.name for path in (root / "app").iterdir() if path.name != ".venv") == [
        "pyproject.toml",
        "uv.lock",
        "videogen_mcp",
    ]


def test_it_is_healthy_as_the_image_asks(running: Running) -> None:
    python, *rest = image.stages()[-1].command("HEALTHCHECK")
    asked = [word.replace("127.0.0.1:8000", running.url.removeprefix("http://")) for word in rest]
    subprocess.run([running.root / "app" / ".venv" / "bin" / python, *asked], check=True, timeout=SOON)


def test_it_is_ready_by_any_name(running: Running) -> None:
    """As Kubernetes and Caddy ask, by the address of a pod or the name of a container."""
    answer = httpx.get(f"{running.url}/ready", headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("era", ERAS)
async def test_two_accounts_are_served(running: Running, era: Era) -> None:
    async with httpx.AsyncClient(timeout=SOON) as web:
        for key in ("sk_ada", "sk_bo"):
            answer = await Agent(web, key, era).call(running.url, "generate_image", prompt=f"a pear, {era}")
            assert answer.status == "succeeded", answer.text
            assert running.service.account(key).submits[f"a pear, {era}"] == 1


def test_it_writes_to_its_memory_only(running: Running) -> None:
    assert files(running.root) == running.before
