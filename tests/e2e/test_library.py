"""URLs as media and entities, over real pipes against the real sandbox, also when the server is killed over them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.e2e.upstream import Gateway, Sandbox, gateway
from tests.e2e.wire import SOON, Server, serving
from tests.photos import grain

IMPORT = "POST /v1/files/import-url"
VECTORIZE = "POST /v1/tools/vectorize-image"
CREATE = "POST /v1/entities"
ADD_PICTURE = "POST /v1/entities/"

MO = {"kind": "product", "name": "Mo", "description": "A fox of felt with a red scarf."}
"""No actor: other tests of this sandbox take the first presenter, who has to be one that speaks."""


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "mo.png"
    grain(64, 48, 60).save(path)
    return path


@pytest.fixture(scope="module")
def web(photo: Path) -> Iterator[str]:
    """A web server on this machine; its address, at which everything is the photo."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = photo.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def way(state_dir: Path) -> Iterator[Gateway]:
    with gateway(Sandbox.of(state_dir)) as opened:
        yield opened


@pytest.fixture(scope="module")
def settings(way: Gateway) -> dict[str, str]:
    return {**way.settings, "VIDEOGEN_MCP_TOOLSETS": "all"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("library"), settings=settings) as running:
        yield running


def named(server: Server, name: str) -> list[dict[str, Any]]:
    rows = server.call("find_entities", query=name).structured["entities"]
    return [row for row in rows if row["name"] == name]


def test_a_url_is_imported_on_the_way_and_once(server: Server, way: Gateway, web: str) -> None:
    address, before = f"{web}/mo.png?token=secret", way.seen.count(IMPORT)

    made = server.start("vectorize_image", image=address)
    uploaded = server.call("upload_file", path=address)

    assert made.answer().status == "succeeded"
    assert server.call("upload_file", path=address).structured["file_id"] == uploaded.structured["file_id"]
    assert way.seen.count(IMPORT) == before + 1
    assert any("import" in message for message in made.messages)
    assert not any("secret" in message for message in made.messages)


def test_a_url_that_the_service_refuses_starts_nothing(server: Server, way: Gateway) -> None:
    before = way.seen.count(VECTORIZE)

    answer = server.call("vectorize_image", image="https://pears.example/pear.png")

    assert answer.is_error
    assert answer.text.startswith("vectorize_image was not started: image: ")
    assert way.seen.count(VECTORIZE) == before


def test_an_entity_is_made_found_changed_and_archived(server: Server, web: str, photo: Path) -> None:
    made = server.call("create_entity", kind="product", name="Bottle", images=[f"{web}/bottle.png", str(photo)])
    entity_id = made.structured["entity_id"]
    first, second = (image["file_id"] for image in made.structured["images"])
    assert made.structured["main_image"] == first

    server.call("update_entity", entity_id=entity_id, name="Green bottle", remove_images=[second])
    (row,) = named(server, "Green bottle")
    assert (row["entity_id"], row["image_count"]) == (entity_id, 1)

    assert server.call("update_entity", entity_id=entity_id, archive=True).structured["archived"] is True
    assert named(server, "Green bottle") == []


def test_a_built_in_actor_cannot_be_changed(server: Server) -> None:
    presenter = server.call("list_presenters").structured["presenters"][-1]

    answer = server.call("update_entity", entity_id=presenter["presenter_id"], name="Mine")

    assert answer.is_error
    assert answer.structured["error"]["code"] == "built_in"


def test_a_text_is_written(server: Server) -> None:
    assert server.call("generate_text", prompt="A sentence about tides.").structured["text"]


@pytest.mark.parametrize(
    ("request_line", "when", "there"),
    [(CREATE, "before", 0), (CREATE, "after", 1), (ADD_PICTURE, "after", 1)],
    ids=["creation not read", "creation taken", "picture taken"],
)
def test_a_kill_over_an_entity_makes_no_double(
    way: Gateway,
    settings: dict[str, str],
    tmp_path: Path,
    photo: Path,
    request_line: str,
    when: Literal["before", "after"],
    there: int,
) -> None:
    name = f"Mo {request_line[-1]} {when}"
    with serving(tmp_path / "state", settings=settings) as server:
        own = server.call("upload_file", path=str(photo)).structured["file_id"]
        held = way.hold(request_line, when)
        server.start("create_entity", **{**MO, "name": name}, images=[str(photo)])
        assert held.came.wait(SOON)
        server.kill()

    with serving(tmp_path / "state", settings=settings) as server:
        assert len(named(server, name)) == there
        made = server.call("create_entity", **{**MO, "name": name}, images=[str(photo)])
        (row,) = named(server, name)

    assert not made.is_error, made.text
    assert (made.structured["entity_id"], made.structured["main_image"]) == (row["entity_id"], own)
    assert row["image_count"] == 1
    held.let_go.set()
