"""The command `videogen-sandbox`. It imports what a command needs when that command runs."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from videogen_sandbox import __version__, variables
from videogen_sandbox.process.listening import DEFAULT_HOST, DEFAULT_PORT

if TYPE_CHECKING:
    from videogen_sandbox.faults import Faults

PROGRAM = "videogen-sandbox"

_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*(MB|GB|TB)")

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


def _how_to_install() -> str:
    return (
        "Install again what it came with, this time with the extra `sandbox`; in a clone of its repository: make demo."
    )


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = PROGRAM,
    how_to_install: Callable[[], str] = _how_to_install,
) -> int:
    """Run the command and return its exit code. `program` is its name in help and messages, `how_to_install` gives the
    sentence that helps where its libraries are missing.

    Raise SystemExit for `--help`, `--version` (0) and a wrong command line (2).
    """
    asked = parser(program).parse_args(arguments)
    from videogen_sandbox.process.errors import ExtraMissing, SandboxUnavailable

    try:
        return _run(asked)
    except ExtraMissing as error:
        sys.stderr.write(f"{program}: {error} {how_to_install()}\n")
        return 1
    except SandboxUnavailable as error:
        sys.stderr.write(f"{program}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def parser(program: str = PROGRAM, environment: Mapping[str, str] = os.environ) -> argparse.ArgumentParser:
    """Return the parser of the command line. The environment has more hosts to import from, and the limit of the disk.

    A sandbox that a client starts in the background gets them from there.
    """
    made = argparse.ArgumentParser(
        prog=program,
        description="Serve VideoGen's REST API on this machine, with engines that make the media,\n"
        "until Ctrl-C. The first line on stdout is the base URL and the API key.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"example:\n  {program} --port 0 --max-disk 2GB\n\n"
        "variables of the environment, for one that a client starts:\n"
        f"  {variables.ALLOW_IMPORT}, {variables.MAX_DISK}",
    )
    made.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    made.add_argument("--host", default=DEFAULT_HOST, help="address to listen on (%(default)s)")
    made.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 picks a free one (%(default)s)")
    made.add_argument("--data-dir", type=Path, metavar="DIR", help="where files are kept (the platform's place)")
    made.add_argument("--dialect", choices=("v0", "v2"), default="v2", help="which era of the API (%(default)s)")
    made.add_argument(
        "--faults", type=_faults, metavar="SHARES", help="break requests: rate_limited=0.1,server_error=0.05,seed=7"
    )
    made.add_argument("--allow-private-webhooks", action="store_true", help="deliver webhooks in private networks too")
    made.add_argument("--allow-public-webhooks", action="store_true", help="deliver webhooks to any https:// URL too")
    made.add_argument(
        "--allow-import",
        action="append",
        default=[host for host in environment.get(variables.ALLOW_IMPORT, "").split(",") if host.strip()],
        metavar="HOST",
        help="import files from HOST too (repeatable)",
    )
    made.add_argument(
        "--max-disk",
        type=_bytes,
        default=environment.get(variables.MAX_DISK) or None,
        metavar="SIZE",
        help="keep at most so much, such as 500MB or 20GB (20GB)",
    )
    made.add_argument(
        "--clean",
        nargs="?",
        const="old",
        choices=("old", "all"),
        help="remove what is archived or older than 30 days; all: everything, after a confirmation (or --yes)",
    )
    made.add_argument("--yes", action="store_true", help="confirm --clean all")
    made.add_argument("--stop", action="store_true", help="stop the sandbox that runs on these files")
    # Where a client has its sandbox in the background. With --instance this process becomes that sandbox.
    made.add_argument("--state-dir", type=Path, help=argparse.SUPPRESS)
    made.add_argument("--instance", help=argparse.SUPPRESS)
    return made


def _run(asked: argparse.Namespace) -> int:
    from videogen_sandbox.process import launcher, modes
    from videogen_sandbox.process.description import StateFiles

    # Absolute: workers have working directories of their own.
    state_dir = Path(asked.state_dir or default_state_dir()).absolute()
    import_hosts = frozenset(host.strip().rstrip(".").lower() for host in asked.allow_import)
    if asked.instance:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
        served = modes.serve_detached(
            state_dir,
            instance=asked.instance,
            dialect=asked.dialect,
            import_hosts=import_hosts,
            max_disk_bytes=asked.max_disk,
        )
        return 0 if served else 1
    data_dir = Path(asked.data_dir or StateFiles(state_dir).data_dir).absolute()
    if asked.stop:
        stopped = [asked.data_dir is None and launcher.stop(state_dir), launcher.stop_all(data_dir)]
        sys.stdout.write("The sandbox has stopped.\n" if any(stopped) else "No sandbox was running.\n")
        return 0
    if asked.clean:
        sys.stdout.write(_clean(data_dir, asked.clean, confirmed=asked.yes) + "\n")
        return 0
    modes.serve_foreground(
        host=asked.host,
        port=asked.port,
        data_dir=data_dir,
        dialect=asked.dialect,
        faults=asked.faults,
        private_webhooks=asked.allow_private_webhooks,
        public_webhooks=asked.allow_public_webhooks,
        import_hosts=import_hosts,
        max_disk_bytes=asked.max_disk,
    )
    return 0


def _clean(data_dir: Path, what: str, *, confirmed: bool) -> str:
    """Clean, and return what was done. Raise SandboxUnavailable when nobody confirms that all shall go."""
    from videogen_sandbox.process import cleaning
    from videogen_sandbox.process.errors import SandboxUnavailable

    if what == "old":
        return cleaning.clean_old(data_dir)
    if not confirmed:
        if not sys.stdin.isatty():
            raise SandboxUnavailable("Nothing was removed: --clean all needs --yes where nobody can be asked.")
        if input(f"Remove everything that the sandbox keeps in {data_dir}? [y/N] ").strip().lower() not in ("y", "yes"):
            raise SandboxUnavailable("Nothing was removed.")
    return cleaning.clean_all(data_dir)


def default_state_dir() -> Path:
    """Return the folder of this program where the platform keeps state (on Linux below ~/.local/state)."""
    from platformdirs import user_state_path

    return user_state_path(PROGRAM, appauthor=False)


def _faults(text: str) -> Faults:
    from videogen_sandbox.faults import Faults

    try:
        return Faults.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _bytes(text: str) -> int:
    match = _SIZE.fullmatch(text.strip().upper())
    if match is None or float(match[1]) <= 0:
        raise argparse.ArgumentTypeError(f"a size is a number with MB, GB or TB, such as 20GB, not {text!r}")
    return int(float(match[1]) * {"MB": 10**6, "GB": 10**9, "TB": 10**12}[match[2]])


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)
