"""An environment for each client, in .cache/clients: made once, whole or not at all, anew when its packages change."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.clients.table import Client
from tests.e2e.node import WHEEL

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "clients"
DRIVERS = Path(__file__).with_name("drivers")

INSTALL_LIMIT = 600.0
"""Seconds for one environment."""


def folder_of(client: Client) -> Path:
    """Return where a client's environment is, or is to be; "ready" is in it once it is whole."""
    packages = hashlib.sha256(" ".join(client.packages).encode()).hexdigest()[:8]
    return CACHE / f"{client.name}-{packages}"


def installed(client: Client) -> Path:
    """Return the folder of a client's environment, made on first use; raise CalledProcessError where that fails."""
    folder = folder_of(client)
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for command in _python(client, folder) if client.kind == "python" else _node(client):
            subprocess.run(command, cwd=folder, env=_path(folder), check=True, timeout=INSTALL_LIMIT)
        (folder / "ready").touch()
    return folder


def _python(client: Client, folder: Path) -> list[list[str]]:
    interpreter = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        create = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)]
        return [create, [uv, "pip", "install", "--quiet", "--python", interpreter, *client.packages]]
    create = [sys.executable, "-m", "venv", str(folder)]
    return [create, [interpreter, "-m", "pip", "install", "--quiet", *client.packages]]


def _node(client: Client) -> list[list[str]]:
    npm = next(WHEEL.rglob("npm-cli.js"))
    return [["node", str(npm), "install", "--no-audit", "--no-fund", "--loglevel=error", *client.packages]]


def command(client: Client, folder: Path, home: Path) -> list[str]:
    """Return what starts the client's driver; its argument is to follow."""
    if client.driver.endswith(".mjs"):
        scripts = home / "drivers"
        if not scripts.exists():  # Node looks for packages beside the script.
            shutil.copytree(DRIVERS, scripts)
            (scripts / "node_modules").symlink_to(folder / "node_modules")
        return ["node", str(scripts / client.driver)]
    python = str(folder / "bin" / "python") if client.kind == "python" else sys.executable
    return [python, "-m", f"tests.clients.drivers.{client.driver.removesuffix('.py')}"]


def variables(folder: Path, home: Path) -> dict[str, str]:
    """Return the environment of a client: this one without what is the user's, and a home of its own."""
    kept = {name: os.environ[name] for name in ("LANG", "SSL_CERT_FILE", "TMPDIR") if name in os.environ}
    ours = {"HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **ours, "PATH": _path(folder)["PATH"]}


def _path(folder: Path) -> dict[str, str]:
    """Return the environment of this process with the client's programs and our Node on the path."""
    places = [str(folder / "node_modules" / ".bin"), str(WHEEL / "bin"), os.environ["PATH"]]
    return {**os.environ, "PATH": os.pathsep.join(places)}
