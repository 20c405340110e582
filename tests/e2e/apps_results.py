"""What the player is shown: small media of each kind in the sandbox, and results of the real server."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from mcp import Client
from PIL import Image

from tests.e2e.apps_host import Result, serving
from tests.e2e.test_media import clip
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">
<script>parent.hit = 1</script><rect width="30" height="40" fill="red"/></svg>"""


def media(folder: Path) -> list[Path]:
    """Make a picture, a drawing, a film and a sound."""
    half = np.zeros((40, 60, 4), dtype=np.uint8)
    half[:, :30] = (200, 40, 40, 255)
    Image.fromarray(half).save(folder / "picture.png")
    (folder / "drawing.svg").write_text(DRAWING)
    clip(folder).rename(folder / "film.mp4")
    (folder / "sound.wav").write_bytes(tone())
    return sorted(folder.iterdir())


def tone() -> bytes:
    """A second of a sound, as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "NONE"))
        sound.writeframes((9000 * np.sin(np.arange(8000) / 3)).astype("<i2").tobytes())
    return file.getvalue()


@contextmanager
def endless(most: int) -> Iterator[tuple[str, list[int]]]:
    """A sound for players that has no end for a page that fetches it: its address, and how many bytes those took who
    then had enough of it. It ends after `most` all the same."""
    taken: list[int] = []

    def send(request: BaseHTTPRequestHandler) -> None:
        fetched = request.headers["Sec-Fetch-Dest"] == "empty"
        request.send_header("Access-Control-Allow-Origin", "*")
        request.send_header("Content-Type", "audio/wav")
        request.end_headers()
        sent = request.wfile.write(tone())
        try:
            while fetched and sent < most:
                sent += request.wfile.write(bytes(1_000_000))
        except ConnectionError:
            taken.append(sent)

    with serving(send) as address:
        yield f"{address}endless.wav", taken


async def uploaded(settings: Settings, paths: Sequence[Path]) -> dict[str, Result]:
    """Upload files and get each: by name, the whole result."""
    async with open_server(settings) as server, Client(server) as client:
        found = {}
        for path in paths:
            file = await client.call_tool("upload_file", {"path": str(path), "name": path.name})
            assert file.structured_content is not None, file
            asked = {"file_id": file.structured_content["file_id"]}
            found[path.stem] = dumped(await client.call_tool("get_file", asked))
        return found


def answer(settings: Settings, tool: str, **arguments: Any) -> Result:
    """The result of one call of the real server, as it goes over the wire."""

    async def called() -> Result:
        async with open_server(settings) as server, Client(server) as client:
            return dumped(await client.call_tool(tool, arguments))

    return anyio.run(called)


def dumped(result: Any) -> Result:
    wire: Result = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    return wire
