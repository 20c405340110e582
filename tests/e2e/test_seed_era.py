"""The older API over the wire: no percentages, no list of executions, other names, and still the same tools."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import httpx
import pytest

from tests.e2e.upstream import Sandbox, gateway
from tests.e2e.wire import SOON, Server, serving
from videogen_sandbox.process import launcher
from videogen_sandbox.process.launcher import find_or_start

SETTINGS = {"VIDEOGEN_API_DIALECT": "v0"}


@pytest.fixture(scope="module")
def seed_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("seed")
    yield folder
    launcher.stop(folder)


@pytest.fixture(scope="module")
def server(seed_state: Path) -> Iterator[Server]:
    with serving(seed_state, settings=SETTINGS) as running:
        yield running


def test_workflows_run_in_chains_and_progress_rises_without_percentages(server: Server) -> None:
    speech = server.call("text_to_speech", text="Hello there.")
    presenter = server.call("list_presenters").structured["presenters"][0]["presenter_id"]
    call = server.start("generate_avatar_clip", presenter_id=presenter, audio=speech.file_id)
    (file,) = call.answer().structured["files"]
    assert httpx.get(file["preview_url"]).status_code == 200
    assert len(call.progress) >= 2
    assert not any("total" in step for step in call.progress)


def test_an_argument_that_it_does_not_have_is_refused_by_name(server: Server) -> None:
    answer = server.call("generate_image", prompt="a pear", quality="high")
    assert answer.is_error
    assert answer.text.startswith("generate_image was not started: quality is not possible here")
    assert "Leave quality out" in answer.text


def test_a_field_with_another_name_there_is_named_as_the_argument_here(server: Server) -> None:
    answer = server.call("upscale_image", image="vg_file_0000000000000000000000")
    assert answer.is_error
    assert "image names the file" in answer.text


def test_the_journal_stands_in_for_the_list_of_executions(seed_state: Path) -> None:
    address = anyio.run(partial(find_or_start, seed_state, dialect="v0"))
    with gateway(Sandbox(address)) as way, serving(seed_state, settings={**SETTINGS, **way.settings}) as server:
        # While its poll is held the first server cannot know the end, whenever the sandbox comes to it.
        held = way.hold("GET /v1/tools/executions/", "before")
        call = server.start("generate_sound_effect", prompt="a bell", duration_seconds=1)
        execution_id = call.until("accepted").rsplit(" ", 1)[1]
        assert held.came.wait(SOON)
        with serving(seed_state, settings={**SETTINGS, **way.settings}) as other:
            rows = other.call("list_executions").structured["executions"]
            assert next(row for row in rows if row["execution_id"] == execution_id)["delivered"] is False
            assert other.call("wait_for_execution", execution_id=execution_id).status == "succeeded"
        held.let_go.set()
        assert call.answer().status == "succeeded"


def test_a_foreign_or_malformed_id_is_refused_with_the_way_out(server: Server) -> None:
    for execution_id in ("vg_exec_0000000000000000000000", "nonsense", "../../me"):
        answer = server.call("wait_for_execution", execution_id=execution_id)
        assert answer.is_error
        assert "list_executions" in answer.text
