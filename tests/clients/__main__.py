"""Try clients: python -m tests.clients [--ci] [--schemas] [NAME …]. Writes results.json, which CI does not."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from PIL import Image

from tests.clients import environments, gate, programs, results
from tests.clients.results import Results
from tests.clients.run import TOOLS, Ground, tried
from tests.clients.table import CLIENTS, Client, Transport
from tests.e2e.upstream import Sandbox
from videogen_sandbox.process import launcher


def main() -> int:
    """Try what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description="Try clients with the server.")
    names = [client.name for client in CLIENTS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(names)}")
    parser.add_argument("--ci", action="store_true", help="only those that CI tries")
    parser.add_argument("--schemas", action="store_true", help="only what converters make of the tools' schemas")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep logs, records and transcripts there")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names):
        parser.error(f"there is no client {', '.join(sorted(unknown))}")
    chosen = {
        client: client.ci if asked.ci else client.transports
        for client in CLIENTS
        if client.name in asked.names or (not asked.names and (client.ci or not asked.ci))
    }
    with tempfile.TemporaryDirectory() as temporary:
        found = Results([], [])
        _convert(chosen, found)
        failed, worked = (0, 0) if asked.schemas else _all(chosen, asked.keep or Path(temporary), found)
    if not asked.ci:
        results.write(found)
    bad = failed + sum(not run.good for run in found.runs) + sum(bool(one.problems) for one in found.conversions)
    print(f"{len(found.runs) + len(found.conversions) + worked + failed - bad} passed, {bad} failed")
    return int(bad > 0)


def _convert(chosen: Iterable[Client], found: Results) -> None:
    for client in chosen:
        for conversion in gate.conversions(client):
            found.conversions.append(conversion)
            print(results.conversion_line(conversion), flush=True)


def _all(chosen: Mapping[Client, Sequence[Transport]], folder: Path, found: Results) -> tuple[int, int]:
    """Try clients, all at the same time, and note what is found, then run the programs of docs/frameworks.md; return
    how many failed of clients that could not be tried and programs, and how many programs worked."""
    folder.mkdir(parents=True, exist_ok=True)
    for client in chosen:
        environments.installed(client)
    picture = folder / "picture.png"
    Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 50).save(picture)
    runs = [(client, transport) for client, transports in chosen.items() for transport in transports]
    failed = 0
    ground = Ground(folder, Sandbox.of(folder / "sandbox"), picture)
    try:
        with ThreadPoolExecutor(len(runs)) as threads:
            waiting = {threads.submit(tried, *run, ground): run for run in runs}
            for future in as_completed(waiting):
                client, transport = waiting[future]
                try:
                    found.runs.append(future.result())
                    print(results.line(found.runs[-1]), flush=True)
                except Exception:  # noqa: BLE001 - the others are tried all the same
                    failed += 1
                    print(f"FAIL {client.name} {client.version} {transport}", flush=True)
                    traceback.print_exc()
        went = [_run_program(client, folder) for client in chosen if client.name in programs.PROGRAMS]
    finally:
        launcher.stop(folder / "sandbox")
    return failed + went.count(False), went.count(True)


def _run_program(client: Client, folder: Path) -> bool:
    """Run a client's program of docs/frameworks.md and tell how that went."""
    why = programs.run(client, folder / "programs" / client.name, folder / "sandbox", TOOLS)
    print(
        f"{'PASS' if why is None else 'FAIL'} docs/frameworks/{programs.PROGRAMS[client.name]}", why or "", flush=True
    )
    return why is None


if __name__ == "__main__":
    sys.exit(main())
