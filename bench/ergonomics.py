"""How many calls and bytes do ten pieces of work cost a model?

Each piece is done over MCP by the real server on stdio, for the client "claude-ai", which cuts calls at 60 s, and then
in the tools of the vendor's own server: @videogen/mcp 2.2.0 and its published tool-schemas.json of 2 October 2026. That
package cannot be had, so what its tools ask of the API is asked of the sandbox here, and answers are laid out as it
does: the API's object as JSON, indented by two. Counted are calls, the bytes of their arguments and the bytes of the
text that comes back; not the list of tools, structured content (the same facts again, in both) and pictures. Aim for
ours: at most 12 calls and 9 kB in all.

Where there is a choice, the vendor's side has the shorter way: its tools wait as long as it takes (its default on
stdio), a voice is named as its schema suggests instead of looked up, lists are asked for few entries, and edits are
polled once. Only the clip of 80 s meets the host's limit: the call is cut, the agent finds the execution in the list
and then polls it "every few seconds", as the vendor's guidance says: here every 5 s until 80 s are over, and once at
the end. What there is no tool for is left out and named. Links are the sandbox's, which are shorter than VideoGen's.

The sandbox makes in seconds what takes VideoGen minutes. There, each further 50 s cost one call more with our tools,
and once a call was cut, one each 5 s with the vendor's.

    python -m bench.ergonomics [--write docs/ergonomics.md]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx

from bench.figures import Figure, tell
from tests.e2e.test_media import clip, photo, voice
from tests.e2e.wire import Answer, Server, serving
from videogen_sandbox.process import launcher
from videogen_sandbox.process.launcher import Address

CALLS_AIM, BYTES_AIM = 12, 9_000
"""Of all ten pieces together, for ours."""

HOST, HOST_LIMIT = "claude-ai", 60.0
"""A client, and the seconds after which it cuts a call."""

POLL_EVERY = 5.0
"""Seconds between two polls that an agent makes by hand: "every few seconds"."""

ENDED = ("succeeded", "failed", "cancelled")

EXECUTION = "/v1/tools/executions/{toolExecutionId}"
RUN = "/v1/workflows/runs/{workflowRunId}"
EXPORT = "/v1/projects/{projectId}/exports/{exportId}"

FOX = "a red fox asleep in the snow"
LOGO = "logo of a bakery, a wheat ear in a circle, two colours"
LINE = "Welcome to the harbour museum. Please mind the step."
SLOW_SECONDS = 80
SLOW = f"waves break on a rocky shore at dawn [[delay {SLOW_SECONDS}s]]"
SCRIPT = "Tides rise and fall twice a day. The moon pulls the sea towards it, and the earth turns below."
STYLE = "Photorealistic photograph, natural lighting"
"""The vendor's server sends it where none is asked for."""

VOICE = "Heart"
"""Of the sandbox; on VideoGen it would be "Matilda", which the vendor's schema names."""

Json = dict[str, Any]


@dataclass
class Cost:
    """Calls, bytes of their arguments, and bytes of the text of their answers."""

    calls: int = 0
    sent: int = 0
    read: int = 0

    def add(self, arguments: Mapping[str, Any], text: str) -> None:
        """Count one call."""
        self.calls += 1
        self.sent += len(json.dumps(arguments, ensure_ascii=False, separators=(",", ":")).encode())
        self.read += len(text.encode())

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls + other.calls, self.sent + other.sent, self.read + other.read)


@dataclass(frozen=True)
class Files:
    """What the user has on the machine."""

    photo: str
    recording: str
    clip: str

    @classmethod
    def made(cls, folder: Path) -> Files:
        """Write them."""
        return cls(str(photo(folder)), str(voice(folder)), str(clip(folder)))


@dataclass
class Ours:
    """An agent with our tools."""

    server: Server
    files: Files
    cost: Cost = field(default_factory=Cost)
    picture: str = ""
    """The file of the first piece."""

    def call(self, tool: str, **arguments: Any) -> Answer:
        """Call a tool, and go on waiting while it says that something still runs."""
        answer = self.server.call(tool, **arguments)
        assert not answer.is_error, answer.text
        self.cost.add(arguments, answer.text)
        if answer.structured.get("status") == "running":
            return self.call("wait_for_execution", execution_id=answer.execution_id)
        return answer


@dataclass
class Vendor:
    """An agent with the tools of the vendor's server."""

    http: httpx.Client
    files: Files
    cost: Cost = field(default_factory=Cost)
    picture: str = ""

    def call(self, method: str, path: str, arguments: Mapping[str, Any], body: Json | None = None) -> Json:
        """Call a tool that is one request."""
        answer = self.ask(method, path, body)
        self.cost.add(arguments, json.dumps(answer, ensure_ascii=False, indent=2))
        return answer

    def make(self, path: str, arguments: Mapping[str, Any], body: Json, poll: str = EXECUTION) -> Json:
        """Call a tool that starts something and answers with the end of it."""
        started = self.ask("POST", path, body)
        snapshot = self.wait(poll.format_map({**arguments, **started}))
        self.cost.add(arguments, json.dumps(snapshot, ensure_ascii=False, indent=2))
        return snapshot

    def upload(self, path: str) -> str:
        """Call its upload_file, which waits until the file can be used; return the id."""
        name = Path(path).name
        begun = self.ask("POST", "/v1/files/upload", {"displayName": name})
        self.http.put(begun["uploadUrl"], content=Path(path).read_bytes()).raise_for_status()
        place = f"/v1/files/{begun['fileId']}/hydrate"
        while (((file := self.ask("POST", place)).get("downloadSource") or {}).get("status")) != "ready":
            time.sleep(1)
        self.cost.add({"filePath": path}, json.dumps(file, ensure_ascii=False, indent=2))
        return str(file["fileId"])

    def wait(self, place: str) -> Json:
        """Wait for the end of what runs, as no agent does it: nothing is counted."""
        while (snapshot := self.ask("GET", place))["status"] not in ENDED:
            time.sleep(1)
        assert snapshot["status"] == "succeeded", snapshot
        return snapshot

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Ask the API."""
        answer = self.http.request(method, path, json=body)
        answer.raise_for_status()
        return dict(answer.json())


def picture(ours: Ours) -> None:
    ours.picture = ours.call("generate_image", prompt=FOX).file_id


def vendors_picture(vendor: Vendor) -> None:
    made = vendor.make("/v1/tools/generate-image", {"prompt": FOX}, {"prompt": FOX})
    vendor.picture = made["results"][0]["fileId"]


def logos(ours: Ours) -> None:
    ours.call("generate_image", prompt=LOGO, aspect_ratio="1:1", count=3)


def vendors_logos(vendor: Vendor) -> None:
    wish = {"prompt": LOGO, "aspectRatio": {"width": 1, "height": 1}}
    for _ in range(3):  # its tools make one result a call
        vendor.make("/v1/tools/generate-image", wish, wish)


def cut_out(ours: Ours) -> None:
    path = ours.files.photo
    ours.call("remove_image_background", image=path, save_to=f"{Path(path).parent}/")


def vendors_cut_out(vendor: Vendor) -> None:
    wish = {"imageFileId": vendor.upload(vendor.files.photo)}
    vendor.make("/v1/tools/remove-image-background", wish, wish)


def narrated_line(ours: Ours) -> None:
    ours.call("text_to_speech", text=LINE, save_to="welcome.mp3")


def vendors_narrated_line(vendor: Vendor) -> None:
    vendor.make("/v1/tools/text-to-speech", {"text": LINE, "voiceId": VOICE}, {"ttsText": LINE, "voiceId": VOICE})


def presenter(ours: Ours) -> None:
    ours.call("generate_avatar_clip", audio=ours.files.recording)


def vendors_presenter(vendor: Vendor) -> None:
    recording = vendor.upload(vendor.files.recording)
    actors = vendor.call("GET", "/v1/entities?entityType=ACTOR&limit=5", {"entityType": "ACTOR", "limit": 5})
    wish = {"actorEntityId": actors["entities"][0]["entityId"], "audioFileId": recording}
    vendor.make("/v1/tools/generate-avatar", wish, wish)


def sharpened(ours: Ours) -> None:
    ours.call("upscale_video", video=ours.files.clip, save_to="sharp.mp4")


def vendors_sharpened(vendor: Vendor) -> None:
    wish = {"videoFileId": vendor.upload(vendor.files.clip)}
    vendor.make("/v1/tools/upscale-video", wish, wish)


def slow_clip(ours: Ours) -> None:
    ours.call("generate_video_clip", prompt=SLOW)


def vendors_slow_clip(vendor: Vendor) -> None:
    vendor.ask("POST", "/v1/tools/generate-video-clip", {"prompt": SLOW})
    vendor.cost.add({"prompt": SLOW}, "")  # the host cuts it, and the agent has nothing
    time.sleep(HOST_LIMIT)
    listed = vendor.call("GET", "/v1/tools/executions?limit=5", {"limit": 5})
    lost = {"toolExecutionId": listed["toolExecutions"][0]["toolExecutionId"]}
    for _ in range(round((SLOW_SECONDS - HOST_LIMIT) / POLL_EVERY)):
        vendor.call("GET", EXECUTION.format_map(lost), lost)
        time.sleep(POLL_EVERY)
    vendor.wait(EXECUTION.format_map(lost))
    vendor.call("GET", EXECUTION.format_map(lost), lost)


def history(ours: Ours) -> None:
    ours.call("list_executions")


def vendors_history(vendor: Vendor) -> None:
    vendor.call("GET", "/v1/tools/executions?limit=20", {"limit": 20})
    vendor.call("GET", "/v1/workflows/runs?limit=20", {"limit": 20})


def explainer(ours: Ours) -> None:
    ours.call("script_to_video", script=SCRIPT)  # with captions, unless told otherwise


def vendors_explainer(vendor: Vendor) -> None:
    wish = {"script": SCRIPT, "autoExport": False}  # captions are an edit, to be made before the export
    body = {**wish, "visualStyle": {"type": "AI_IMAGE", "aiStyle": STYLE}}
    project = {"projectId": vendor.make("/v1/workflows/script-to-video", wish, body, RUN)["projectId"]}
    place = f"/v1/projects/{project['projectId']}"
    edits = {"remixActions": [{"type": "ENABLE_CAPTIONS"}]}
    vendor.call("POST", f"{place}/remix", {**project, "edits": ["CAPTIONS"]}, edits)
    while vendor.ask("GET", f"{place}/remix-actions")["remixActions"][0]["status"] not in ENDED:
        time.sleep(1)
    vendor.call("GET", f"{place}/remix-actions", project)
    vendor.make(f"{place}/export", project, {}, EXPORT)


def vector(ours: Ours) -> None:
    file_id = ours.call("vectorize_image", image=ours.picture).file_id
    ours.call("set_public_preview", file_id=file_id, enabled=True)


def vendors_vector(vendor: Vendor) -> None:
    wish = {"imageFileId": vendor.picture}
    vendor.make("/v1/tools/vectorize-image", wish, wish)


@dataclass(frozen=True)
class Piece:
    """Something a user asks for. `missing`: what the vendor's server has no tool for."""

    name: str
    ours: Callable[[Ours], None]
    vendors: Callable[[Vendor], None]
    missing: str = ""


PIECES: Sequence[Piece] = (
    Piece("a picture", picture, vendors_picture),
    Piece("three logos", logos, vendors_logos),
    Piece("a cut-out of a local photo, saved beside it", cut_out, vendors_cut_out, "saving"),
    Piece("a narrated line, saved", narrated_line, vendors_narrated_line, "saving"),
    Piece("a presenter speaks a recording", presenter, vendors_presenter),
    Piece("a local clip sharpened, saved", sharpened, vendors_sharpened, "saving"),
    Piece("a clip of 80 s of work, host that stops at 60 s", slow_clip, vendors_slow_clip),
    Piece('"What did I make, did anything get lost?"', history, vendors_history, "what was not delivered"),
    Piece("an explainer video with captions", explainer, vendors_explainer),
    Piece("a vector drawing with a public link", vector, vendors_vector, "the public link"),
)


@dataclass(frozen=True)
class Row:
    """What a piece cost."""

    piece: Piece
    ours: Cost
    vendors: Cost


def measured(pieces: Sequence[Piece], server: Server, address: Address, files: Files) -> list[Row]:
    """Do the pieces in order, each with our tools and then in the vendor's, on a sandbox of its own."""
    headers = {"Authorization": f"Bearer {address.api_key}"}
    rows = []
    with httpx.Client(base_url=address.base_url, headers=headers, timeout=60) as http:
        ours, vendor = Ours(server, files), Vendor(http, files)
        for piece in pieces:
            ours.cost, vendor.cost = Cost(), Cost()
            piece.ours(ours)
            piece.vendors(vendor)
            rows.append(Row(piece, ours.cost, vendor.cost))
    return rows


def run(pieces: Sequence[Piece]) -> list[Row]:
    """Do the pieces with a fresh server, and two fresh sandboxes: neither side sees what the other made."""
    with tempfile.TemporaryDirectory() as folder:
        ours, vendors, media = (Path(folder) / name for name in ("ours", "vendors", "media"))
        media.mkdir()
        settings = {"VIDEOGEN_MCP_OUTPUT_DIR": str(media), "VIDEOGEN_MCP_ALLOWED_DIRS": str(media)}
        try:
            with serving(ours, client=HOST, settings=settings) as server:
                return measured(pieces, server, anyio.run(launcher.find_or_start, vendors), Files.made(media))
        finally:
            launcher.stop(ours)
            launcher.stop(vendors)


def table(rows: Sequence[Row]) -> str:
    """Return the rows and their sums as a Markdown table."""
    sums = [sum((getattr(row, side) for row in rows), Cost()) for side in ("ours", "vendors")]
    lines = [
        "| piece | calls | bytes sent | bytes read | vendor's calls | bytes sent | bytes read | no tool there for |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for name, costs, missing in [
        *((row.piece.name, (row.ours, row.vendors), row.piece.missing) for row in rows),
        ("**all**", sums, ""),
    ]:
        figures = [f"{figure:,}" for cost in costs for figure in (cost.calls, cost.sent, cost.read)]
        lines.append(f"| {name} | {' | '.join(figures)} | {missing} |")
    return "\n".join(lines)


def page(rows: Sequence[Row]) -> str:
    """Return docs/ergonomics.md."""
    about = (__doc__ or "").split("\n\n    python")[0].partition("\n\n")[2]
    return f"""\
# What ten pieces of work cost a model

<!-- Written by `python -m bench.ergonomics --write docs/ergonomics.md` on {date.today()}. -->

{table(rows)}

{about}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="a Markdown page for the table")
    asked = parser.parse_args()
    rows = run(PIECES)
    print(table(rows))
    total, theirs = (sum((getattr(row, side) for row in rows), Cost()) for side in ("ours", "vendors"))
    tell(
        Figure(
            "ten pieces of work, what a model calls, sends and reads",
            f"{total.calls} calls, {total.sent + total.read:,} bytes",
            f"the vendor's own tools {theirs.calls} calls, {theirs.sent + theirs.read:,} bytes",
            "",
            f"at most {CALLS_AIM} calls and {BYTES_AIM:,} bytes",
            total.calls <= CALLS_AIM and total.sent + total.read <= BYTES_AIM,
        )
    )
    print(f"\nours: {total.calls} calls, {total.sent + total.read:,} bytes (aim {CALLS_AIM} and {BYTES_AIM:,})")
    if asked.write:
        asked.write.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
