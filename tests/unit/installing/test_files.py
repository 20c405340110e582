"""Files of other programs are changed as a whole, with a backup, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from videogen_mcp.installing import files
from videogen_mcp.installing.refusals import Refused

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes and needs rights for links")

BEFORE, AFTER = b'{"a": 1}\n', b'{"a": 1, "b": 2}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.json"
    path.write_bytes(BEFORE)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def change(file: Path, content: bytes = AFTER) -> Path | None:
    return files.write(files.read(file), content)


def test_a_change_leaves_the_file_and_a_backup_and_nothing_else(file: Path) -> None:
    backup = change(file)
    assert backup == file.with_name("settings.json.videogen-backup-1")
    assert (file.read_bytes(), backup.read_bytes()) == (AFTER, BEFORE)
    assert names(file.parent) == ["settings.json", "settings.json.videogen-backup-1"]


def test_a_file_that_is_not_there_is_made_with_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "settings.json"
    assert change(file) is None
    assert file.read_bytes() == AFTER
    assert names(file.parent) == ["settings.json"]


@posix_only
def test_a_file_that_is_made_is_for_its_user_alone(tmp_path: Path) -> None:
    change(tmp_path / "settings.json")
    assert stat.S_IMODE((tmp_path / "settings.json").stat().st_mode) == 0o600


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_the_mode_stays_and_the_backup_has_it_too(mode: int, file: Path) -> None:
    file.chmod(mode)
    backup = change(file)
    assert backup is not None
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, backup)] == [mode, mode]


@posix_only
def test_the_owner_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((user, group)))
    change(file)
    assert given == [(file.stat().st_uid, file.stat().st_gid)]


@posix_only
def test_where_a_file_cannot_be_given_away_it_is_changed_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", forbidden)
    change(file)
    assert file.read_bytes() == AFTER


@posix_only
def test_a_link_stays_a_link_and_its_target_is_changed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "linked" / "settings.json"
    link.parent.mkdir()
    link.symlink_to(file)
    backup = change(link)
    assert link.is_symlink()
    assert file.read_bytes() == AFTER
    assert backup is not None
    assert backup.parent == file.parent


@posix_only
def test_a_link_to_nothing_gets_its_target(tmp_path: Path) -> None:
    link, target = tmp_path / "settings.json", tmp_path / "dotfiles" / "zed.json"
    link.symlink_to(target)
    change(link)
    assert link.is_symlink()
    assert target.read_bytes() == AFTER


@posix_only
def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "settings.json"
    link.symlink_to(link)
    with pytest.raises(Refused, match="cannot be"):
        change(link)


def test_backups_are_numbered_and_the_first_and_the_newest_are_kept(file: Path) -> None:
    for number in range(9):
        change(file, b"%d" % number)
    kept = {name.rpartition("-")[2]: (file.parent / name).read_bytes() for name in names(file.parent) if "-" in name}
    assert kept == {"1": BEFORE, "6": b"4", "7": b"5", "8": b"6", "9": b"7"}
    assert files.backups(files.read(file)) == [b"7", b"6", b"5", b"4", BEFORE]


def test_a_backup_never_takes_the_place_of_another_file(file: Path) -> None:
    mine = file.with_name("settings.json.videogen-backup-7")
    mine.write_bytes(b"mine")
    backup = change(file)
    assert backup == file.with_name("settings.json.videogen-backup-8")
    assert mine.read_bytes() == b"mine"


def test_files_that_only_look_like_backups_are_left_alone(file: Path) -> None:
    others = ["settings.json.videogen-backup-x", "settings.json.bak", "other.json.videogen-backup-3"]
    for name in others:
        (file.parent / name).write_bytes(b"other")
    for number in range(7):
        change(file, b"%d" % number)
    assert [(file.parent / name).read_bytes() for name in others] == [b"other"] * 3


@posix_only
@pytest.mark.parametrize("mode", [0o444, 0o400])
def test_a_read_only_file_is_refused(mode: int, file: Path) -> None:
    file.chmod(mode)
    with pytest.raises(Refused, match="is read-only"):
        change(file)
    assert file.read_bytes() == BEFORE
    assert names(file.parent) == ["settings.json"]


def test_a_file_that_this_user_may_not_write_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Refused, match="is read-only"):
        change(file)


def test_a_file_that_this_user_may_not_read_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(Refused, match=r"cannot be read \(Permission denied\)"):
        files.read(file)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(Refused, match="is a folder"):
        change(tmp_path / "settings.json")


@posix_only
def test_a_pipe_in_the_place_of_the_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "settings.json")
    with pytest.raises(Refused, match="is no ordinary file"):
        change(tmp_path / "settings.json")


def test_a_file_in_the_place_of_a_folder_is_refused(file: Path) -> None:
    with pytest.raises(Refused, match="cannot be"):
        change(file / "settings.json")
    assert file.read_bytes() == BEFORE


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    with file.open("wb") as opened:
        opened.truncate(files.LARGEST + 1)  # A hole, which takes no space.
    with pytest.raises(Refused, match="has 16 MB, more than any configuration"):
        change(file)


def test_a_file_that_another_program_changes_meanwhile_is_left_as_that_wrote_it(file: Path) -> None:
    found = files.read(file)
    file.write_bytes(b"by another")
    with pytest.raises(Refused, match="was changed by another program"):
        files.write(found, AFTER)
    assert file.read_bytes() == b"by another"
    assert names(file.parent) == ["settings.json"]


def test_a_file_that_another_program_makes_meanwhile_is_left_as_that_wrote_it(tmp_path: Path) -> None:
    found = files.read(tmp_path / "settings.json")
    found.path.write_bytes(b"by another")
    with pytest.raises(Refused, match="was changed by another program"):
        files.write(found, AFTER)
    assert found.path.read_bytes() == b"by another"


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_what_cannot_be_written_changes_nothing_and_leaves_nothing(
    call: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    found = files.read(file)
    monkeypatch.setattr(os, call, full)
    with pytest.raises(Refused, match="No space left"):
        files.write(found, AFTER)
    monkeypatch.undo()
    assert file.read_bytes() == BEFORE
    assert names(file.parent) == ["settings.json"]


def test_what_cannot_be_tidied_up_afterwards_is_no_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Backups that are folders or another user's, and a folder that cannot be synchronised (some network drives)."""
    for number in range(1, files.KEPT_BACKUPS + 2):
        file.with_name(f"{file.name}{files.BACKUP}{number}").mkdir()
    synchronise = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        synchronise(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    backup = change(file)
    assert backup is not None
    assert (file.read_bytes(), backup.read_bytes()) == (AFTER, BEFORE)


def test_a_file_that_cannot_be_put_in_its_place_changes_nothing_and_leaves_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "The file is used by another process")

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(Refused, match="used by another process"):
        change(file)
    assert file.read_bytes() == BEFORE
    assert names(file.parent) == ["settings.json"]


def test_a_backup_that_cannot_be_read_proves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = files.read(file)
    files.back_up(found)
    monkeypatch.setattr(Path, "read_bytes", lambda _: (_ for _ in ()).throw(PermissionError(13, "denied")))
    assert files.backups(found) == []
