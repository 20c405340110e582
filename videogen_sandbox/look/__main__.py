"""`python -m videogen_sandbox.look FILE [--at SECONDS] [--picture PATH]`: facts as JSON, and a small picture.

A line of JSON is written for each thing learned; the last line has all facts, and "picture" (path, mime, width,
height, bytes) where one was made. The process bounds its own memory and CPU time before it opens the file.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from videogen_sandbox.look.bounds import bound_process


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at a file; 0 when there is a picture of it, 1 when there are facts only."""
    parser = argparse.ArgumentParser(prog="python -m videogen_sandbox.look", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--at", type=float, help="seconds: the one picture there instead of an overview")
    parser.add_argument("--picture", type=Path, help="where to write it (default: FILE's name with .look.jpg or .png)")
    asked = parser.parse_args(arguments)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no fact
    bound_process()

    from PIL import Image

    from videogen_sandbox.look.overview import Facts, look

    def tell(facts: Facts) -> None:
        channel.write(json.dumps(facts) + "\n")
        channel.flush()

    overview = look(asked.file, asked.at, tell)
    if overview.picture is None or overview.mime is None:
        tell(overview.facts)
        return 1
    target = asked.picture or Path(f"{asked.file.stem}.look.{'png' if overview.mime == 'image/png' else 'jpg'}")
    target.write_bytes(overview.picture)
    with Image.open(io.BytesIO(overview.picture)) as image:
        width, height = image.size
    described = {"path": str(target), "mime": overview.mime, "width": width, "height": height}
    tell({**overview.facts, "picture": {**described, "bytes": len(overview.picture)}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
