"""`videogen-mcp install` and `login` as they are typed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from videogen_mcp import cli, kept_key
from videogen_mcp.api import pools
from videogen_mcp.default_folders import home_folder
from videogen_mcp.installation import this_installation
from videogen_mcp.installing import entries, install
from videogen_mcp.installing.hosts import BY_NAME, HOSTS, NAME, Host, Machine
from videogen_mcp.installing.install import Installer

KEY = "sk_videogen_0123456789abcdef"

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


@pytest.fixture
def home() -> Path:
    """The home folder of this test (conftest)."""
    found = home_folder()
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def no_programs_of_hosts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home / "bin"))


class Terminal(io.StringIO):
    """A standard input at which a person types a line, or none."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Puts a person at the terminal; returns the prompts that he saw."""

    def at_the_terminal(text: str) -> list[str]:
        prompts: list[str] = []

        def getpass(prompt: str) -> str:
            prompts.append(prompt)
            return text

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("getpass.getpass", getpass)
        return prompts

    return at_the_terminal


class Service:
    """A VideoGen that takes KEY only, or cannot be reached. `shown` are the keys that it saw."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.reached = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("GET", "/v1/me")
        if not self.reached:
            raise httpx.ConnectError("refused") from ConnectionRefusedError(111, "Connection refused")
        self.shown.append(request.headers["authorization"].removeprefix("Bearer "))
        if self.shown[-1] == KEY:
            return httpx.Response(200, json={"id": "user_1"})
        return httpx.Response(401, json={"error": {"code": "unauthorized", "message": "Invalid API key"}})


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """What is behind every address, and nobody at the terminal."""
    found, made = Service(), pools.Pools.__init__
    monkeypatch.setattr(pools.Pools, "__init__", lambda self, _=None: made(self, httpx.MockTransport(found)))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return found


def run(*arguments: str, **environment: str) -> int:
    return cli.run(arguments, {"PATH": os.environ["PATH"], **environment})


def file_of(name: str, home: Path) -> Path:
    return BY_NAME[name].files(Machine(sys.platform, {}, home))[0]


def entry(name: str, home: Path) -> Any:
    return entries.entry_in(BY_NAME[name], file_of(name, home).read_bytes())


# -- install -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_every_host_gets_an_entry_that_starts_this_installation(host: Host, home: Path) -> None:
    assert run("install", host.name) == 0
    assert entry(host.name, home) == host.shape(this_installation().command)


@pytest.mark.parametrize("platform", ["darwin", "linux", "win32"])
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_on_every_platform_install_twice_and_remove_give_back_the_file(host: Host, platform: str, home: Path) -> None:
    machine = Machine(platform, {}, home)
    installer = Installer(host, machine, no_program)
    (file,) = installer.files
    before = b'model = "x"\n' if host.format == "TOML" else b'{"theme": "dark"}\n'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    wanted = host.shape(["/opt/videogen-mcp"])
    assert [one.change for one in installer.put(wanted)] == ["was added to"]
    assert [(one.change, one.backup) for one in installer.put(wanted)] == [("is already in", None)]
    assert [one.change for one in installer.take_out()] == ["was removed from"]
    assert file.read_bytes() == before
    assert [one.change for one in installer.take_out()] == ["is not in"]


def test_both_builds_of_claude_desktop_on_windows_are_changed_and_one_that_cannot_be_does_not_stop_the_other(
    home: Path,
) -> None:
    package = home / "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude"
    usual = home / "AppData/Roaming/Claude"
    for folder in (package, usual):
        folder.mkdir(parents=True)
    (package / "claude_desktop_config.json").write_text("broken")
    first, second = Installer(BY_NAME["claude-desktop"], Machine("win32", {}, home), no_program).put({"command": "x"})
    assert first.refused is not None
    assert (second.change, second.file) == ("was added to", usual / "claude_desktop_config.json")


def test_what_is_printed_names_the_backup_the_next_step_and_the_log(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file_of("zed", home).parent.mkdir(parents=True)
    file_of("zed", home).write_text("{}")
    run("install", "zed")
    out = capsys.readouterr().out
    for part in (str(file_of("zed", home)), "videogen-backup-1", BY_NAME["zed"].after, "Zed.log", "sandbox", "login"):
        assert part in out
    assert "nothing of Zed was found" not in out


def test_a_host_of_which_nothing_was_found_gets_its_file_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "zed") == 0
    assert "nothing of Zed was found on this machine before" in capsys.readouterr().out


def test_a_second_time_says_so_and_makes_no_backup(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("install", "cursor")
    before = file_of("cursor", home).stat()
    capsys.readouterr()
    assert run("install", "cursor") == 0
    assert f"Cursor: videogen is already in {file_of('cursor', home)}" in capsys.readouterr().out
    assert file_of("cursor", home).stat() == before
    assert len(list(file_of("cursor", home).parent.iterdir())) == 1


@pytest.mark.parametrize("content", [b"broken", b"[]", b'{"mcpServers": []}', b"\xff\xfe{\0"])
def test_a_file_that_cannot_be_changed_is_left_and_what_to_paste_is_shown(
    content: bytes, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("lmstudio", home)
    file.parent.mkdir()
    file.write_bytes(content)
    assert run("install", "lmstudio") == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"videogen-mcp: {file} ")
    assert err.endswith("It was left as it is.\n")
    assert f"paste this into {file}" in out
    assert json.loads(out.partition(":\n")[2]) == {"mcpServers": {NAME: BY_NAME["lmstudio"].shape(command())}}
    assert file.read_bytes() == content
    assert len(list(file.parent.iterdir())) == 1


def test_a_server_of_others_is_told_and_kept_unless_replacing_it_is_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("cursor", home)
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"videogen": {"url": "https://mcp.videogen.io/mcp"}}}')
    assert run("install", "cursor") == 1
    err = capsys.readouterr().err
    assert "has another server as 'videogen' ('mcp.videogen.io')" in err
    assert "--replace" in err
    assert run("install", "cursor", "--remove") == 1
    assert entry("cursor", home) == {"url": "https://mcp.videogen.io/mcp"}
    assert run("install", "cursor", "--replace") == 0
    assert entry("cursor", home) == BY_NAME["cursor"].shape(command())


def test_a_file_with_comments_that_the_host_does_not_read_is_noticed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("windsurf", home)
    file.parent.mkdir(parents=True)
    file.write_text("{} // mine")
    run("install", "windsurf")
    assert "this file has comments or trailing commas" in capsys.readouterr().out


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_printing_writes_the_entry_to_stdout_and_nothing_to_disk(
    host: Host, home: Path, capsys: pytest.CaptureFixture[str], typed: Callable[[str], list[str]]
) -> None:
    prompts = typed(KEY)
    assert run("install", host.name, "--print") == 0
    out, err = capsys.readouterr()
    assert entries.entry_in(host, out.encode()) == host.shape(command())
    assert str(file_of(host.name, home)) in err
    assert prompts == []
    assert list(home.iterdir()) == []


def test_removing_what_is_not_there_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "codex", "--remove") == 0
    assert f"Codex: videogen is not in {file_of('codex', home)}" in capsys.readouterr().out
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("arguments", [["install"], ["install", "emacs"], ["install", "zed", "--print", "--remove"]])
def test_a_wrong_command_line_changes_nothing(arguments: list[str], home: Path) -> None:
    with pytest.raises(SystemExit) as left:
        run(*arguments)
    assert left.value.code == 2
    assert list(home.iterdir()) == []


# -- keys of entries ---------------------------------------------------------------------------------------------------


def test_without_a_terminal_nothing_is_asked(home: Path, service: Service) -> None:
    assert run("install", "zed") == 0
    assert service.shown == []
    assert kept_of(home) is None


def test_on_a_terminal_the_key_is_asked_for_checked_and_kept_and_not_written_to_the_host(
    home: Path, typed: Callable[[str], list[str]], service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(KEY)
    assert run("install", "zed") == 0
    assert ["empty: use the sandbox" in prompt for prompt in prompts] == [True]
    assert service.shown == [KEY]
    assert kept_of(home) == KEY
    assert KEY not in file_of("zed", home).read_text() + "".join(capsys.readouterr())
    assert "env" not in entry("zed", home)


def test_no_key_at_the_terminal_means_the_sandbox(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("")
    assert run("install", "zed") == 0
    assert "uses the sandbox of this machine" in capsys.readouterr().out
    assert kept_of(home) is None


def test_a_key_that_is_kept_already_is_not_asked_for(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home)
    prompts = typed("other")
    assert (run("install", "zed"), prompts) == (0, [])
    out = capsys.readouterr().out
    assert "the one kept in" in out
    assert "VideoGen accepts the key" in out


@posix_only
def test_a_kept_key_that_hosts_would_not_find_is_named_to_them(home: Path) -> None:
    elsewhere = home / "elsewhere"
    kept_key.keep(elsewhere / "videogen-mcp" / "api-key", KEY)
    run("install", "cursor", XDG_CONFIG_HOME=str(elsewhere))
    if sys.platform != "darwin":
        file = str(elsewhere / "videogen-mcp" / "api-key")
        assert entry("cursor", home)["env"] == {"VIDEOGEN_API_KEY_FILE": file}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("codex", {"env_vars": ["VIDEOGEN_API_KEY"]}),
        ("cursor", {"env": {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}"}}),
        ("claude-desktop", {}),
    ],
)
def test_a_key_of_the_environment_is_passed_on_by_name(
    name: str,
    fields: dict[str, Any],
    home: Path,
    typed: Callable[[str], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    prompts = typed("other")
    assert (run("install", name, VIDEOGEN_API_KEY=KEY), prompts) == (0, [])
    assert entry(name, home) == {**BY_NAME[name].shape(command()), **fields}
    assert KEY not in file_of(name, home).read_text() + "".join(capsys.readouterr())


def test_a_file_of_a_key_is_named_in_the_entry(home: Path) -> None:
    (home / "key.txt").write_text(KEY)
    run("install", "opencode", VIDEOGEN_API_KEY_FILE="~/key.txt")
    assert entry("opencode", home)["environment"] == {"VIDEOGEN_API_KEY_FILE": str(home / "key.txt")}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sk-ant-api03-" + "aB3" * 14, "VIDEOGEN_API_KEY holds a key of Anthropic, not a key of VideoGen"),
        ("<your key>", "VIDEOGEN_API_KEY holds a placeholder, not a key"),
        ("a key", "VIDEOGEN_API_KEY holds characters that no key has"),
    ],
)
def test_a_key_of_the_environment_that_cannot_be_used_is_told_as_everywhere(
    given: str, words: str, home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(KEY)
    assert (run("install", "cursor", VIDEOGEN_API_KEY=given), prompts) == (0, [])
    assert words in capsys.readouterr().out
    assert entry("cursor", home) == BY_NAME["cursor"].shape(command())


def test_a_key_of_the_environment_that_videogen_refuses_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "cursor", VIDEOGEN_API_KEY="sk_videogen_old") == 0
    assert "VideoGen refuses it" in capsys.readouterr().out


def test_other_settings_of_the_shell_are_told_to_stay_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("install", "zed", VIDEOGEN_MCP_WAIT="50", VIDEOGEN_MCP_SAVE="sometimes")
    out = capsys.readouterr().out
    assert "VIDEOGEN_MCP_WAIT, VIDEOGEN_MCP_SAVE of this shell is not written there" in out
    assert "VIDEOGEN_MCP_SAVE is 'sometimes'" in out
    assert "env" not in entry("zed", home)


def test_a_key_from_a_script_is_kept_before_the_entry_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    assert run("install", "zed", "--key-stdin") == 0
    assert kept_of(home) == KEY
    assert KEY not in "".join(capsys.readouterr())


def test_a_key_that_is_refused_leaves_the_host_as_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("sk_videogen_old\n"))
    assert run("install", "zed", "--key-stdin") == 1
    assert "nothing was written: the key was not kept. VideoGen refuses it" in capsys.readouterr().err
    assert list(home.iterdir()) == []


# -- the host's own program --------------------------------------------------------------------------------------------


class Claude:
    """The program `claude`, as far as it changes its file."""

    def __init__(self, file: Path, *, works: bool = True) -> None:
        self.file = file
        self.works = works
        self.asked: list[list[str]] = []

    def __call__(self, command: Sequence[str]) -> bool:
        program, mcp, verb, *rest = command
        self.asked.append([verb, *rest])
        assert (program, mcp, rest[:3]) == ("/bin/claude", "mcp", ["-s", "user", NAME])
        if not self.works:
            return False
        whole = json.loads(self.file.read_text()) if self.file.exists() else {}
        servers = whole.setdefault("mcpServers", {})
        if (verb == "remove") is not (NAME in servers):
            return False
        servers.pop(NAME) if verb == "remove" else servers.update({NAME: json.loads(rest[3])})
        self.file.write_text(json.dumps(whole, indent=2))
        return True


def no_program(command: Sequence[str]) -> bool:
    raise AssertionError(command)


def with_claude(home: Path, *, works: bool = True) -> tuple[Installer, Claude]:
    host, machine = BY_NAME["claude-code"], Machine("linux", {}, home)
    claude = Claude(host.files(machine)[0], works=works)
    return Installer(host, machine, claude, "/bin/claude"), claude


WANTED = {"type": "stdio", "command": "/opt/videogen-mcp", "args": []}


def test_claude_code_is_changed_by_its_own_program(home: Path) -> None:
    installer, claude = with_claude(home)
    (done,) = installer.put(WANTED)
    assert (done.change, done.by, done.backup) == ("was added to", "claude mcp add-json", None)
    assert claude.asked == [["add-json", "-s", "user", NAME, json.dumps(WANTED)]]
    assert [one.change for one in installer.put(WANTED)] == ["is already in"]
    assert [one.by for one in installer.take_out()] == ["claude mcp remove"]
    assert json.loads(claude.file.read_text()) == {"mcpServers": {}}


def test_an_older_entry_is_removed_by_the_program_first_and_what_else_it_had_is_kept(home: Path) -> None:
    installer, claude = with_claude(home)
    older = {"type": "stdio", "command": "uvx", "args": ["videogen-mcp-server"], "timeout": 9000}
    claude.file.write_text(json.dumps({"mcpServers": {NAME: older}}))
    (done,) = installer.put(WANTED)
    assert [verb for verb, *_ in claude.asked] == ["remove", "add-json"]
    assert json.loads(claude.file.read_text())["mcpServers"][NAME] == {**WANTED, "timeout": 9000}
    assert done.backup is not None
    assert json.loads(done.backup.read_text())["mcpServers"][NAME] == older


def test_an_entry_with_variables_is_not_put_on_a_command_line(home: Path) -> None:
    installer, claude = with_claude(home)
    older = {"command": "videogen-mcp", "env": {"VIDEOGEN_API_KEY": KEY}}
    claude.file.write_text(json.dumps({"mcpServers": {NAME: older}}))
    installer.put(WANTED)
    assert claude.asked == []
    assert json.loads(claude.file.read_text())["mcpServers"][NAME] == {**older, **WANTED}


def test_where_the_program_does_not_do_it_the_file_is_changed(home: Path) -> None:
    installer, claude = with_claude(home, works=False)
    claude.file.write_text('{"numStartups": 1}')
    (done,) = installer.put(WANTED)
    assert (done.change, done.by) == ("was added to", None)
    assert json.loads(claude.file.read_text()) == {"numStartups": 1, "mcpServers": {NAME: WANTED}}
    (done,) = installer.take_out()
    assert (done.change, done.by) == ("was removed from", None)
    assert json.loads(claude.file.read_text()) == {"numStartups": 1, "mcpServers": {}}


@pytest.mark.parametrize("content", ["broken", '{"mcpServers": {"videogen": {"url": "https://x.example"}}}'])
def test_the_program_is_not_asked_where_the_file_is_refused(content: str, home: Path) -> None:
    installer, claude = with_claude(home)
    claude.file.write_text(content)
    assert installer.put(WANTED)[0].refused is not None
    assert installer.take_out()[0].refused is not None
    assert (claude.asked, claude.file.read_text()) == ([], content)


@posix_only
def test_the_program_is_found_on_the_path(home: Path) -> None:
    program = home / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    machine = Machine("linux", {"PATH": str(program.parent)}, home)
    assert Installer.here(BY_NAME["claude-code"], machine).cli == str(program)
    assert Installer.here(BY_NAME["zed"], machine).cli is None
    assert install.run_in({})([str(program)]) is False


def test_a_program_that_hangs_or_is_gone_has_not_done_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert install.run_in({})(["/nowhere/claude"]) is False

    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("claude", install.CLI_SECONDS)

    monkeypatch.setattr(subprocess, "run", hang)
    assert install.run_in({})(["/bin/claude"]) is False


# -- login -------------------------------------------------------------------------------------------------------------


def kept_file(home: Path) -> Path:
    file = kept_key.key_file({}, home)
    assert file is not None
    return file


def kept_of(home: Path) -> str | None:
    return kept_key.read(kept_file(home))


def keep(home: Path, key: str = KEY) -> None:
    kept_key.keep(kept_file(home), key)


def command() -> tuple[str, ...]:
    return this_installation().command


def test_login_asks_checks_and_keeps(
    home: Path, typed: Callable[[str], list[str]], service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(f" '{KEY}' ")
    assert run("login") == 0
    assert len(prompts) == 1
    assert (kept_of(home), service.shown) == (KEY, [KEY])
    out, err = capsys.readouterr()
    assert out == f"The key is kept, in {kept_file(home)}, which only you can read. VideoGen accepts it.\n"
    assert err == ""


def test_login_reads_one_line_where_there_is_no_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"VIDEOGEN_API_KEY={KEY}\nmore\n"))
    assert run("login") == 0
    assert kept_of(home) == KEY


def test_another_login_says_that_one_is_kept_but_not_which(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home, "sk_videogen_before")
    typed(KEY)
    assert run("login") == 0
    out = capsys.readouterr().out
    assert "A key is kept already" in out
    assert "in the place of the one before" in out
    assert "sk_videogen_before" not in out
    assert kept_of(home) == KEY


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sk-proj-" + "aB3" * 14, "What was given holds a key of OpenAI, not a key of VideoGen"),
        ("${VIDEOGEN_API_KEY}", "no key was given; nothing was changed"),
        ("", "no key was given; nothing was changed"),
        ("your-api-key", "What was given holds a placeholder"),
        ("two words", "What was given holds characters that no key has"),
        ("k" * 9000, "What was given is too long for a key"),
        ("sk_videogen_revoked", "the key was not kept. VideoGen refuses it: "),
    ],
)
def test_what_is_no_key_is_not_kept_and_the_one_before_is(
    given: str, words: str, home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(home)
    typed(given)
    assert run("login") == 1
    out, err = capsys.readouterr()
    assert words in err
    assert not given or given not in out + err
    assert kept_of(home) == KEY


def test_a_key_that_cannot_be_checked_is_kept_and_that_is_said(
    home: Path,
    typed: Callable[[str], list[str]],
    service: Service,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service.reached = False
    typed(KEY)
    assert run("login") == 0
    out = capsys.readouterr().out
    assert "It could not be checked: api.videogen.io could not be reached: the connection was refused." in out
    assert "HTTPS_PROXY" in out
    assert kept_of(home) == KEY


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://api.example.com", "anybody on the way could read the key"), ("???", "is no http or https address")],
)
def test_a_key_is_not_sent_to_an_address_that_is_wrong(
    address: str, words: str, typed: Callable[[str], list[str]], service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(KEY)
    run("login", VIDEOGEN_BASE_URL=address)
    assert service.shown == []
    assert words in capsys.readouterr().out.replace("which is no", "is no")


def test_login_says_which_variable_wins_over_the_kept_key(
    typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    typed(KEY)
    run("login", VIDEOGEN_API_KEY="sk_videogen_env")
    assert "VIDEOGEN_API_KEY is set here, and wins over it" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_told(
    home: Path, typed: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    kept_file(home).parent.parent.mkdir(parents=True)
    kept_file(home).parent.write_text("a file in the place of the folder")
    typed(KEY)
    assert run("login") == 1
    assert f"the key was not kept. It cannot be written to {kept_file(home)}" in capsys.readouterr().err


def test_forget_removes_the_key_and_says_when_there_is_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home)
    assert run("login", "--forget") == 0
    assert kept_of(home) is None
    assert run("login", "--forget") == 0
    assert "is gone from" in (out := capsys.readouterr().out)
    assert "No key is kept" in out


@pytest.mark.parametrize("name", ["install", "login"])
def test_the_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(name, "--help")
    assert left.value.code == 0
    assert f"example:\n  videogen-mcp {name}" in capsys.readouterr().out
