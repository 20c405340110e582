"""What may be read on this machine, against real files, links, pipes and races."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media import folders
from videogen_mcp.media.folders import Folder
from videogen_mcp.media.limits import LARGEST_UPLOAD
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.settings import Settings


def refused(allowed: AllowedPaths, path: str | Path) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        allowed.open_file(str(path))
    return refusal.value


def test_an_ordinary_file_is_opened(allowed: AllowedPaths, photo: Path) -> None:
    file = allowed.open_file(str(photo))

    assert (file.name, file.size) == ("photo.png", photo.stat().st_size)
    assert file.read(1, 3) == b"PNG"
    file.close()


@pytest.mark.parametrize(
    "path",
    [
        "~/../outside/private.png",
        "~/Pictures/../../outside/private.png",
        "/etc/passwd",
        "/proc/self/environ",
        "/",
        "~/..",
    ],
)
def test_what_lies_outside_is_refused(allowed: AllowedPaths, path: str) -> None:
    refusal = refused(allowed, path)

    assert refusal.code == "path_not_allowed"
    assert "VIDEOGEN_MCP_ALLOWED_DIRS" in (refusal.next_step or "")


def test_missing_and_present_files_outside_sound_the_same(allowed: AllowedPaths) -> None:
    assert refused(allowed, "~/../outside/private.png").message == refused(allowed, "~/../outside/none.png").message


def test_a_link_is_judged_by_where_it_leads(allowed: AllowedPaths, home: Path, photo: Path) -> None:
    (home / "out.png").symlink_to(home.parent / "outside" / "private.png")
    (home / "key.png").symlink_to(home / ".ssh" / "id_ed25519")
    (home / "fine.png").symlink_to(photo)
    (home / "there").symlink_to(home.parent / "outside", target_is_directory=True)

    assert refused(allowed, home / "out.png").code == "path_not_allowed"
    assert refused(allowed, home / "key.png").code == "path_not_allowed"
    assert refused(allowed, home / "there" / "private.png").code == "path_not_allowed"
    allowed.open_file(str(home / "fine.png")).close()


def test_hidden_files_and_folders_are_refused(allowed: AllowedPaths, home: Path, photo: Path) -> None:
    hidden = home / "Pictures" / ".cache" / "photo.png"
    hidden.parent.mkdir()
    hidden.write_bytes(photo.read_bytes())

    assert "hidden" in refused(allowed, hidden).message
    assert "hidden" in refused(allowed, home / ".ssh" / "id_ed25519").message


def test_a_hidden_folder_that_was_allowed_by_name_may_be_used(home: Path) -> None:
    picture = home / ".art" / "a.png"
    picture.parent.mkdir()
    picture.write_bytes(b"\x89PNG")

    AllowedPaths((home, home / ".art"), home).open_file(str(picture)).close()


def test_key_like_files_are_refused_wherever_they_lie(allowed: AllowedPaths, home: Path) -> None:
    (home / "server.pem").write_text("-----BEGIN")

    assert "never uploaded" in refused(allowed, home / "server.pem").message


def test_the_state_directory_is_closed(allowed: AllowedPaths, home: Path) -> None:
    (home / "state").mkdir()
    (home / "state" / "a.png").write_bytes(b"\x89PNG")

    assert refused(allowed, home / "state" / "a.png").code == "path_not_allowed"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    # A socket's name may have 107 bytes only, so it is bound from its own folder.
    before = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)
    os.chdir(before)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("make", "sort"), [(pipe, "a pipe"), (listening, "a socket"), (Path.mkdir, "a folder")])
def test_what_is_no_regular_file_is_refused_without_waiting(
    allowed: AllowedPaths, home: Path, make: Callable[[Path], None], sort: str
) -> None:
    make(home / "odd.png")

    assert sort in refused(allowed, home / "odd.png").message


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/tty", "/proc/self/mem", "/sys/kernel/notes"])
def test_windows_into_the_system_are_closed_even_where_everything_is_allowed(path: str) -> None:
    everything = AllowedPaths.of(Settings(allowed_dirs=(Path("/"),)))

    assert refused(everything, path).code == "path_not_allowed"


def test_a_home_that_is_the_whole_disk_allows_nothing_by_itself(tmp_path: Path) -> None:
    settings = Settings(output_dir=tmp_path / "out", state_dir=tmp_path / "state")

    roots = AllowedPaths.of(settings, home=Path("/")).roots

    assert Path("/") not in roots
    assert tmp_path.resolve() / "out" in roots


def test_by_default_home_temporary_and_output_folder_are_allowed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    roots = AllowedPaths.of(Settings(output_dir=tmp_path / "out"), home=home).roots

    assert {home, Path(tempfile.gettempdir()).resolve(), tmp_path / "out"} <= set(roots)


def test_allowed_directories_replace_the_defaults(tmp_path: Path) -> None:
    settings = Settings(allowed_dirs=(tmp_path / "only",), output_dir=tmp_path / "out")

    assert AllowedPaths.of(settings, home=tmp_path / "home").roots == (tmp_path / "only", tmp_path / "out")


def test_folders_a_client_offers_are_added(allowed: AllowedPaths, tmp_path: Path) -> None:
    allowed.with_roots([tmp_path / "outside"]).open_file(str(tmp_path / "outside" / "private.png")).close()


def test_a_missing_file_comes_with_names_that_are_near(allowed: AllowedPaths, photo: Path) -> None:
    refusal = refused(allowed, "~/Pictures/foto.png")

    assert refusal.code == "file_not_found"
    assert refusal.next_step == 'Did you mean "photo.png" there?'


def test_a_missing_folder_comes_with_folders_that_are_near(allowed: AllowedPaths, photo: Path) -> None:
    assert refused(allowed, "~/Picture/photo.png").next_step == 'Did you mean "Pictures" there?'


def test_hidden_and_secret_names_are_never_suggested(allowed: AllowedPaths, home: Path) -> None:
    (home / "ssh-key.pem").touch()

    assert refused(allowed, home / "ssh").next_step == "Check the path with the user"
    assert refused(allowed, home / "ssh-key.pen").next_step == "Check the path with the user"


@pytest.mark.parametrize(
    ("on_disk", "typed"),
    [("Screenshot 10.00\u202fAM.png", "Screenshot 10.00 AM.png"), ("cafe\u0301.png", "caf\u00e9.png")],
)
def test_names_that_read_the_same_are_the_same(allowed: AllowedPaths, home: Path, on_disk: str, typed: str) -> None:
    (home / on_disk).write_bytes(b"\x89PNG")

    file = allowed.open_file(f"~/{typed}")

    assert file.name == on_disk
    file.close()


@pytest.mark.parametrize("typed", [r"~/my\ cat\ \(1\).png", "~/my%20cat%20(1).png", "~/my\\ cat (1).png"])
def test_an_escaped_path_is_the_file_that_is_there(allowed: AllowedPaths, home: Path, typed: str) -> None:
    (home / "my cat (1).png").write_bytes(b"\x89PNG")

    file = allowed.open_file(typed)

    assert file.name == "my cat (1).png"
    file.close()


def test_a_name_that_really_has_a_backslash_comes_first(allowed: AllowedPaths, home: Path) -> None:
    (home / "my cat.png").write_bytes(b"\x89PNG")
    (home / "my\\ cat.png").write_bytes(b"\x89PNG!")

    file = allowed.open_file(r"~/my\ cat.png")

    assert file.size == 5
    file.close()


def test_an_escape_leads_nowhere_outside_and_tells_nothing(allowed: AllowedPaths, home: Path) -> None:
    for name in ("private.png", "nothing.png"):
        for path in (f"~/%2e%2e/outside/{name}", rf"~/\.\./outside/{name}"):
            assert refused(allowed, path).code == "path_not_allowed"


def test_an_escaped_folder_is_the_one_that_is_there(allowed: AllowedPaths, home: Path) -> None:
    (home / "my films").mkdir()

    with allowed.open_folder(r"~/my\ films") as folder:
        assert folder.path == home.resolve() / "my films"

    assert sorted(path.name for path in home.iterdir() if "films" in path.name) == ["my films"]


def test_an_empty_file_is_refused(allowed: AllowedPaths, home: Path) -> None:
    (home / "nothing.png").touch()

    assert refused(allowed, home / "nothing.png").code == "file_empty"


def test_a_file_that_is_too_large_is_refused(allowed: AllowedPaths, home: Path) -> None:
    with (home / "long.mp4").open("wb") as file:
        file.truncate(LARGEST_UPLOAD + 1)

    assert refused(allowed, home / "long.mp4").code == "file_too_large"


def test_a_file_that_may_not_be_read_says_so(
    allowed: AllowedPaths, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("videogen_mcp.media.paths.open_in", denied)

    assert refused(allowed, photo).code == "file_unreadable"


def test_a_file_swapped_for_a_link_after_the_check_is_not_followed(
    allowed: AllowedPaths, home: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = folders.open_in

    def swap_first(folder: Folder, name: str) -> int:
        photo.unlink()
        photo.symlink_to(home.parent / "outside" / "private.png")
        return real(folder, name)

    monkeypatch.setattr("videogen_mcp.media.paths.open_in", swap_first)

    assert refused(allowed, photo).code == "path_not_allowed"


def test_a_folder_swapped_for_a_link_after_the_check_is_not_followed(
    allowed: AllowedPaths, home: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = folders.descend

    def swap_first(root: Path, parts: tuple[str, ...], *, make: bool = False) -> Folder:
        photo.parent.rename(home / "moved")
        photo.parent.symlink_to(home.parent / "outside", target_is_directory=True)
        return real(root, parts, make=make)

    monkeypatch.setattr("videogen_mcp.media.paths.descend", swap_first)

    assert refused(allowed, home / "Pictures" / "private.png").code == "path_not_allowed"


@pytest.mark.timeout(10)
def test_a_file_swapped_for_a_pipe_after_the_check_does_not_block(
    allowed: AllowedPaths, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = folders.open_in

    def swap_first(folder: Folder, name: str) -> int:
        photo.unlink()
        os.mkfifo(photo)
        return real(folder, name)

    monkeypatch.setattr("videogen_mcp.media.paths.open_in", swap_first)

    assert "a pipe" in refused(allowed, photo).message


def test_folders_are_made_only_inside(allowed: AllowedPaths, home: Path) -> None:
    with allowed.open_folder("~/new/deep") as folder:
        assert folder.path == home.resolve() / "new" / "deep"
    with pytest.raises(Refusal):
        allowed.open_folder("~/../outside/new")

    assert not (home.parent / "outside" / "new").exists()


def test_a_folder_that_another_result_makes_at_the_same_moment_is_used(
    allowed: AllowedPaths, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen_mcp.media.paths._is_folder", lambda path: False)
    with allowed.open_folder("~/Pictures") as folder:
        assert folder.path == home / "Pictures"
