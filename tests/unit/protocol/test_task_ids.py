"""Requests about tasks that are not as agreed, and the ids: sealed, of one caller, and opened by old keys too."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path

import pytest
from mcp_types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    ErrorData,
)

from tests.unit.executions.stories import service
from tests.unit.protocol.task_host import (
    OLDER,
    Answer,
    Host,
    play,
    polls,
    refusal,
)
from tests.virtual import EPOCH, pass_time
from videogen_mcp.calls.upstream import SANDBOX, Account
from videogen_mcp.executions.kinds import Begun
from videogen_mcp.protocol.handlers import TASK_METHODS
from videogen_mcp.protocol.task_ids import KEY_SEALS, TTL, TaskIds, UnknownTask


@pytest.mark.parametrize("method", TASK_METHODS)
def test_broken_ids_are_refused_before_anything_is_asked(method: str, tmp_path: Path) -> None:
    async def story(host: Host) -> list[int]:
        task_id = (await host.call())["taskId"]
        sealed, last = task_id.partition(".")[2], task_id[-1]
        broken = [
            "",
            next(iter(upstream.jobs)),
            task_id[:-1],
            task_id[:20],
            f"{task_id}A",
            f"{task_id}=",
            f" {task_id}",
            task_id.swapcase(),
            *(task_id[:-1] + letter for letter in "ABCDwxyz_-" if letter != last),
            f"v2.{sealed}",
            "v1." + base64.urlsafe_b64encode(b"\0" * 60).decode(),
            "\N{SNOWMAN}" * 40,
            "A" * 1_000_000,
            None,
            7,
            [task_id],
        ]
        return [(await refusal(host, method, one)).code for one in broken]

    upstream = service(20.0)
    assert set(play(upstream, story, tmp_path)) == {INVALID_PARAMS}
    assert polls(upstream) == 0
    assert next(iter(upstream.jobs.values())).cancelled_at is None


def test_the_id_of_another_installation_is_unknown(tmp_path: Path) -> None:
    upstream = service(20.0)
    task = play(upstream, lambda host: host.call(), tmp_path / "theirs")
    error = play(upstream, lambda host: refusal(host, "tasks/get", task["taskId"]), tmp_path / "ours")
    assert error.code == INVALID_PARAMS
    assert polls(upstream) == 0


def test_an_expired_task_says_so(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[ErrorData, int]:
        task = await host.call()
        await host.end(task)
        before = polls(upstream)
        pass_time(TTL)
        return await refusal(host, "tasks/get", task["taskId"]), before

    upstream = service(20.0)
    error, before = play(upstream, story, tmp_path)
    assert error.code == INVALID_PARAMS
    assert "expired" in error.message
    assert polls(upstream) == before


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"capabilities": ClientCapabilities()}, MISSING_REQUIRED_CLIENT_CAPABILITY),
        ({"version": OLDER}, METHOD_NOT_FOUND),
        ({"name": "vg_tool_1"}, HEADER_MISMATCH),
        ({"name": ""}, HEADER_MISMATCH),
    ],
    ids=["undeclared", "older wire", "another name", "no name"],
)
def test_a_request_that_is_not_as_agreed_is_refused(about: Answer, code: int, tmp_path: Path) -> None:
    async def story(host: Host) -> list[int]:
        task_id = (await host.call())["taskId"]
        return [(await refusal(host, method, task_id, **about)).code for method in TASK_METHODS]

    upstream = service(20.0)
    assert set(play(upstream, story, tmp_path)) == {code}
    assert polls(upstream) == 0


def test_the_right_header_is_taken(tmp_path: Path) -> None:
    async def story(host: Host) -> Answer:
        task = await host.call()
        return await host.get(task, name=f" {task['taskId']} ")

    assert play(service(20.0), story, tmp_path)["status"] == "working"


# -- ids and keys ------------------------------------------------------------------------------------------------------

BEGUN = Begun("tool_execution", "vg_tool_1", "generate_image", 1_000)


def test_an_id_fits_a_header_and_hides_what_it_names() -> None:
    task_id = TaskIds((), None, lambda: 1_000.0).seal(BEGUN, SANDBOX)
    assert re.fullmatch(r"[\w.-]{50,300}", task_id)
    assert b"vg_tool_1" not in base64.urlsafe_b64decode(task_id.partition(".")[2] + "==")


def test_the_id_of_somebody_else_is_unknown() -> None:
    ids, ann = TaskIds((), None, lambda: 1_000.0), Account("acme", "key", "ann")
    assert ids.open(ids.seal(BEGUN, ann), ann) == BEGUN
    for other in (Account("acme", "key", "bob"), Account("acme", "key"), Account("other", "key", "ann")):
        with pytest.raises(UnknownTask):
            ids.open(ids.seal(BEGUN, ann), other)


def test_keys_rotate_and_the_last_one_opens_for_as_long_as_its_tasks_live(tmp_path: Path) -> None:
    now = [EPOCH]
    first = TaskIds((), tmp_path, lambda: now[0])
    first.seal(BEGUN._replace(at=int(now[0])), SANDBOX)
    now[0] += KEY_SEALS - 1
    begun = BEGUN._replace(at=int(now[0]))
    sealed = first.seal(begun, SANDBOX)
    now[0] += 1
    another = TaskIds((), tmp_path, lambda: now[0])
    renewed = another.seal(begun, SANDBOX)
    assert first.open(renewed, SANDBOX) == begun, "a key that another process has made"
    assert len(list(tmp_path.iterdir())) == 2
    now[0] += TTL - 2
    assert TaskIds((), tmp_path, lambda: now[0]).open(sealed, SANDBOX) == begun
    now[0] += 2
    with pytest.raises(UnknownTask):
        TaskIds((), tmp_path, lambda: now[0]).open(sealed, SANDBOX)
    assert len(list(tmp_path.iterdir())) == 1, "a key that no task was sealed with is removed"


def test_keys_are_this_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    TaskIds((), folder).seal(BEGUN, SANDBOX)
    (key,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, key.stat().st_mode & 0o777) == (0o700, 0o600)


def test_the_settings_secrets_seal_with_the_first_and_open_with_all(tmp_path: Path) -> None:
    old, new = "o" * 32, "n" * 32
    now = 1_000.0
    before = TaskIds((old,), tmp_path, lambda: now).seal(BEGUN, SANDBOX)
    ids = TaskIds((new, old), tmp_path, lambda: now)
    assert ids.open(before, SANDBOX) == BEGUN
    assert TaskIds((new,), tmp_path, lambda: now).open(ids.seal(BEGUN, SANDBOX), SANDBOX) == BEGUN
    with pytest.raises(UnknownTask):
        TaskIds((new,), tmp_path, lambda: now).open(before, SANDBOX)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_leaves_tasks_of_this_process(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in its place")
    ids = TaskIds((), tmp_path / "keys", lambda: 1_000.0)
    assert ids.open(ids.seal(BEGUN, SANDBOX), SANDBOX) == BEGUN


def test_a_folder_that_cannot_be_looked_into_leaves_tasks_of_this_process(tmp_path: Path) -> None:
    ids = TaskIds((), tmp_path / ("x" * 300), lambda: 1_000.0)  # root is refused nothing; a name too long it is
    assert ids.open(ids.seal(BEGUN, SANDBOX), SANDBOX) == BEGUN


def test_files_that_are_no_keys_do_no_harm(tmp_path: Path) -> None:
    sealed = TaskIds((), tmp_path).seal(BEGUN._replace(at=int(time.time())), SANDBOX)
    (key,) = tmp_path.iterdir()
    for name, content in {"9" * 12 + "-torn": b"torn", "notes": b"x" * 32, "abc-def": b"x" * 32}.items():
        (tmp_path / f"{name}.key").write_bytes(content)
    (tmp_path / f"{'8' * 12}-copy.key").write_bytes(key.read_bytes())
    (tmp_path / f"{'7' * 12}-folder.key").mkdir()
    assert TaskIds((), tmp_path).open(sealed, SANDBOX).execution_id == BEGUN.execution_id


def test_what_else_is_sealed_with_the_same_keys_is_no_task() -> None:
    ids = TaskIds(("s" * 32,), None, lambda: 1_000.0)
    other = ids._codec().seal(json.dumps(["webhook", None, *BEGUN]).encode())
    with pytest.raises(UnknownTask):
        ids.open(other, SANDBOX)
