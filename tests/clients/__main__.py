"""Try clients: python -m tests.clients [--ci] [NAME …]. Writes results.json, which CI does not."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from PIL import Image

from tests.clients import environments, results
from tests.clients.results import Result
from tests.clients.run import Ground, tried
from tests.clients.table import CLIENTS, Client, Transport
from tests.e2e.upstream import Sandbox
from videogen_sandbox.process import launcher


def main() -> int:
    """Try what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description="Try clients with the server.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--ci", action="store_true", help="only those that CI tries")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep logs, records and transcripts there")
    asked = parser.parse_args()
    chosen = [one for one in CLIENTS if (one.name in asked.names or not asked.names) and (one.ci or not asked.ci)]
    with tempfile.TemporaryDirectory() as temporary:
        done, failed = _all(chosen, asked.keep or Path(temporary))
    if not asked.ci:
        results.write(done)
    print(f"{sum(one.good for one in done)} passed, {failed + sum(not one.good for one in done)} failed")
    return int(failed > 0 or not all(one.good for one in done))


def _all(chosen: list[Client], folder: Path) -> tuple[list[Result], int]:
    picture = folder / "picture.png"
    Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 50).save(picture)
    runs: list[tuple[Client, Transport]] = [(one, transport) for one in chosen for transport in one.transports]
    for client in chosen:
        environments.installed(client)
    done: list[Result] = []
    failed = 0
    ground = Ground(folder, Sandbox.of(folder / "sandbox"), picture)
    try:
        with ThreadPoolExecutor(len(runs)) as threads:
            waiting = {threads.submit(tried, *run, ground): run for run in runs}
            for future in as_completed(waiting):
                client, transport = waiting[future]
                try:
                    result = future.result()
                except Exception:  # noqa: BLE001 - the others are tried all the same
                    failed += 1
                    print(f"FAILED {client.name} over {transport}", file=sys.stderr)
                    traceback.print_exc()
                    continue
                done.append(result)
                print(results.line(result), flush=True)
    finally:
        launcher.stop(folder / "sandbox")
    return done, failed


if __name__ == "__main__":
    sys.exit(main())
