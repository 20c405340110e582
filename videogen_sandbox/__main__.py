"""The detached sandbox of a state directory; `process.find_or_start` starts it. People use `videogen-mcp sandbox`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from videogen_sandbox.process.process import serve_detached


def main() -> int:
    parser = argparse.ArgumentParser(prog="videogen_sandbox")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--dialect", choices=["v0", "v2"], required=True)
    parser.add_argument("--instance", required=True)
    given = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    return 0 if serve_detached(given.state_dir, instance=given.instance, dialect=given.dialect) else 1


if __name__ == "__main__":
    sys.exit(main())
