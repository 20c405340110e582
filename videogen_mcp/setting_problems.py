"""Reads variables of the environment, and notes what is wrong with them instead of raising it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast
from urllib.parse import urlsplit

from videogen_mcp import kept_key, setting_values
from videogen_mcp.default_folders import OUTPUT_IN_STATE, TASK_KEYS_IN_STATE, default_state_dir
from videogen_mcp.loopback import is_loopback
from videogen_mcp.setting_values import Fault, HttpToken, shown

Concern = Literal["service", "starts", "files", "hosting", "nothing"]
"""What cannot be done while a setting is unusable: anything at the service, starting executions, using local files,
serving many over HTTP."""

FAMILY = "VIDEOGEN_MCP_"
"""What the names of this server's variables begin with; the API's own have VIDEOGEN_ only."""

OWN_FOLDERS = ("sandbox", TASK_KEYS_IN_STATE)
"""The folders inside the state directory in which no results may lie: the sandbox's, and that of keys."""

KUBERNETES = re.compile(r"VIDEOGEN_MCP(?:_[A-Z0-9_]+)?_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP)\w*)?)")
"""What Kubernetes sets in every pod beside a Service whose name begins with videogen-mcp."""

KeySource = Literal["environment", "file of VIDEOGEN_API_KEY_FILE", "kept by login"]
"""Where the API key is from."""

KEPT_KEY = "The key kept by `videogen-mcp login`"
"""What is named in the place of a variable where that key cannot be used."""

Value = TypeVar("Value")
Word = TypeVar("Word", bound=str)


@dataclass(frozen=True)
class Problem:
    """A variable that cannot be used as it stands. No text of it shows an API key."""

    variable: str
    fault: str
    """What is wrong, to be read after the variable's name."""
    remedy: str
    """What to write, or what is done instead."""
    concern: Concern = "nothing"

    def __str__(self) -> str:
        return f"{self.variable} {self.fault}. {self.remedy}{'' if self.remedy.endswith('?') else '.'}"


def unencrypted(name: str, address: str) -> list[Problem]:
    """Return the problem of an address to which keys would be sent in the clear, over a network; else nothing."""
    parts = urlsplit(address)
    if parts.scheme != "http" or is_loopback(parts.hostname or ""):
        return []
    fault = f"is {shown(address)}, and over http anybody on the way could read the key"
    return [Problem(name, fault, "Write the address with https://", "service")]


@dataclass
class Reader:
    """Reads `environment`; `home` stands for ~. What cannot be used is added to `problems`."""

    environment: Mapping[str, str]
    home: Path | None
    problems: list[Problem] = field(default_factory=list)
    has_place: bool = True
    """Whether there is a folder in which state can be kept."""

    def key(self, name: str, file: str, *, or_kept: bool) -> tuple[str | None, KeySource | None]:
        """Return the API key and where it is from: `name`, the file that the variable `file` names, or with `or_kept`
        that which login keeps; the first of these that is there counts. None where there is none or no usable one."""

        def take(text: str) -> str:
            return setting_values.key_in(setting_values.folder(text, self.home, self.environment))

        alone = "the key alone, as https://app.videogen.io/developers shows it, or remove the variable"
        found: str | None = None
        source: KeySource
        if self._text(name) is not None:
            source, found = "environment", self._read(name, setting_values.key, None, f"Write {alone}", "service")
        elif self._text(file) is not None:
            remedy = f"Write the absolute path of a file that holds {alone}"
            source, found = "file of VIDEOGEN_API_KEY_FILE", self._read(file, take, None, remedy, "service")
        elif or_kept:
            source, found = "kept by login", self._kept_key()
        else:
            return None, None
        return found, source if found is not None else None

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return signing secrets."""
        remedy = "Write the secrets of your webhook endpoints; until then no webhook is accepted"
        return self._read(name, setting_values.secrets, (), remedy)

    def sealing_secrets(self, name: str) -> tuple[str, ...]:
        """Return secrets that seal task ids."""
        remedy = "Write what `openssl rand -hex 32` prints; those of the state directory are used until then"
        return self._read(name, setting_values.sealing_secrets, (), remedy)

    def http_tokens(self, name: str) -> tuple[HttpToken, ...]:
        """Return the tokens that an HTTP server takes."""
        return self._read(name, setting_values.http_tokens, (), "Write what `openssl rand -hex 32` prints", "hosting")

    def database(self, name: str) -> str | None:
        """Return the address of a database."""
        remedy = "Write postgresql://USER:PASSWORD@HOST/DATABASE"
        return self._read(name, setting_values.database, None, remedy, "hosting")

    def issuer(self, name: str) -> str | None:
        """Return the issuer of access tokens."""
        remedy = "Write the issuer as the provider's tokens name it, such as https://login.example.com"
        return self._read(name, setting_values.issuer, None, remedy, "hosting")

    def public_url(self, name: str) -> str | None:
        """Return the address at which clients reach this server."""
        remedy = "Write an address such as https://videogen.example.com"
        return self._read(name, setting_values.public_url, None, remedy, "hosting")

    def names(self, name: str) -> tuple[str, ...]:
        """Return audiences or scopes."""
        return self._read(name, setting_values.names, (), "Write them as your login's tokens have them", "hosting")

    def hosts(self, name: str) -> tuple[str, ...]:
        """Return host names."""
        return self._read(name, setting_values.hosts, (), "Write names such as videogen.example.com", "hosting")

    def origins(self, name: str) -> tuple[str, ...]:
        """Return origins of pages."""
        return self._read(name, setting_values.origins, (), "Write origins of pages in full", "hosting")

    def address(self, name: str, default: str) -> str:
        """Return an http(s) address."""
        return self._read(name, setting_values.address, default, f"Write an address such as {default}", "service")

    def word(
        self,
        name: str,
        allowed: tuple[Word, ...],
        default: Word,
        aliases: Mapping[str, str] | None = None,
        concern: Concern = "nothing",
    ) -> Word:
        """Return one of the allowed words."""

        def take(text: str) -> Word:
            return cast("Word", setting_values.word(text, allowed, aliases or {}))

        used = "" if concern == "service" else f"; {default} is used until then"
        return self._read(name, take, default, f"Write one of {', '.join(allowed)}{used}", concern)

    def switch(self, name: str, default: bool) -> bool:
        """Return whether something is on."""
        used = "on" if default else "off"
        return self._read(name, setting_values.switch, default, f"Write on or off; {used} is used until then")

    def wait(self, name: str) -> float | None:
        """Return seconds, or infinity for "completion"."""
        return self._read(name, setting_values.wait, None, "Write seconds, such as 50, or completion", "starts")

    def interval(self, name: str) -> float | None:
        """Return the seconds between two polls; None for what is best."""
        return self._read(name, setting_values.interval, None, "Write seconds, such as 1.5, or remove the variable")

    def count(self, name: str) -> int | None:
        """Return a whole number; None for no limit."""
        remedy = "Write a whole number of executions per hour, such as 20, or remove the variable"
        return self._read(name, setting_values.count, None, remedy, "starts")

    def toolsets(self, name: str, known: tuple[Word, ...], default: frozenset[Word]) -> frozenset[Word]:
        """Return some of the known toolsets. Those that are not known are left out."""
        asked: list[str] = self._read(name, setting_values.words, [], f"Write some of {', '.join(known)}, or all")
        near: dict[str, Word] = {form: one for one in known for form in (one, one.removesuffix("s"), f"{one}s")}
        chosen = frozenset(near[one.lower()] for one in asked if one.lower() in near)
        if "all" in (one.lower() for one in asked):
            return frozenset(known)
        if unknown := [one for one in asked if one.lower() not in near]:
            used = "the others are" if chosen else "the default is"
            fault = f"names {', '.join(map(shown, unknown))}, which is no toolset"
            self.note(name, fault, f"There are {', '.join(known)}; {used} used until then")
        return chosen or default

    def state_dir(self, name: str) -> Path:
        """Return the state directory; `has_place` says afterwards whether anything can be kept there."""
        given = self._folder(name, "Write an absolute path, such as /home/ada/.videogen-mcp", "service")
        return given or self._default_state_dir(name)

    def output_dir(self, name: str, state_dir: Path) -> Path | None:
        """Return the folder of results: not the state directory itself or OWN_FOLDERS. None: by kind."""
        used = "VideoGen in your pictures, music or videos" if self.home is not None else state_dir / OUTPUT_IN_STATE
        given = self._folder(name, f"Write an absolute path; {used} is used until then", "nothing")
        if given is None:
            return None if self.home is not None else state_dir / OUTPUT_IN_STATE
        if given == state_dir or any(given.is_relative_to(state_dir / own) for own in OWN_FOLDERS):
            better = state_dir / OUTPUT_IN_STATE
            self.note(name, "is the folder in which this server keeps its state", f"{better} is used instead")
            return better
        return given

    def folders(self, name: str) -> tuple[Path, ...]:
        """Return a list of folders. Unusable ones are left out; when all are, local files are refused."""
        asked: list[str] = self._read(name, setting_values.folders, [], "Write absolute paths")
        usable = [path for one in asked if (path := self._part(name, one)) is not None]
        missing = [str(path) for path in usable if not path.is_dir()]
        if missing:
            self.note(name, f"names {', '.join(map(shown, missing))}, which does not exist", "Make or correct it")
        if asked and not usable:
            self.note(name, "holds no folder that can be used", "Write absolute paths", "files")
        return tuple(usable)

    def name_unknown(self, known: Collection[str], hosting: Collection[str]) -> None:
        """Note variables that look like this server's and are none.

        Who misspells one of `hosting` means a server that asks who calls, and shall not get one that does not.
        """
        import difflib

        endings = {name.removeprefix(FAMILY): name for name in known}
        for name in sorted(self.environment):
            upper = name.upper()
            if name in known or not upper.startswith("VIDEOGEN_") or KUBERNETES.fullmatch(name):
                continue
            ours = upper.startswith(FAMILY)
            near = difflib.get_close_matches(upper.removeprefix(FAMILY), endings, n=1, cutoff=0.5 if ours else 0.8)
            if near or ours:
                remedy = f"Did you mean {endings[near[0]]}?" if near else f"There are {', '.join(known)}"
                meant = near and endings[near[0]] in hosting
                self.note(name, "is no setting of this server", remedy, "hosting" if meant else "nothing")

    def has_problem(self, name: str) -> bool:
        """Return whether something is wrong with a variable."""
        return any(problem.variable == name for problem in self.problems)

    def note(self, name: str, fault: str, remedy: str, concern: Concern = "nothing") -> None:
        """Add a problem."""
        self.problems.append(Problem(name, fault, remedy, concern))

    def _kept_key(self) -> str | None:
        kept = kept_key.key_file(self.environment, self.home)
        try:
            return None if kept is None else kept_key.read(kept)
        except Fault as fault:
            from videogen_mcp.installation import this_installation

            login = this_installation().running("login")
            self.note(KEPT_KEY, str(fault), f"`{login}` keeps it anew, `{login} --forget` removes it", "service")
            return None

    # -- how ---------------------------------------------------------------------------------------------------------

    def _text(self, name: str) -> str | None:
        return setting_values.plain(self.environment.get(name, ""))

    def _read(
        self, name: str, take: Callable[[str], Value], default: Value, remedy: str, concern: Concern = "nothing"
    ) -> Value:
        text = self._text(name)
        if text is None:
            return default
        try:
            return take(text)
        except Fault as fault:
            self.note(name, str(fault), remedy, concern)
            return default

    def _folder(self, name: str, remedy: str, concern: Concern) -> Path | None:
        def take(text: str) -> Path | None:
            return setting_values.folder(text, self.home, self.environment)

        return self._read(name, take, None, remedy, concern)

    def _part(self, name: str, text: str) -> Path | None:
        try:
            return setting_values.folder(text, self.home, self.environment)
        except Fault as fault:
            self.note(name, f"holds a part that {fault}", "Write absolute paths")
            return None

    def _default_state_dir(self, name: str) -> Path:
        folder = default_state_dir()
        xdg = self.environment.get("XDG_STATE_HOME", "")
        self.has_place = self.home is not None or folder.is_relative_to(xdg or folder / "nowhere")
        if not self.has_place:
            fault = "is not set, and this user has no home folder (HOME) in which state could be kept"
            self.note(name, fault, "Set it to an absolute path of a folder that this user may write", "service")
        elif xdg and sys.platform == "linux" and not folder.is_relative_to(xdg):
            self.note("XDG_STATE_HOME", f"is {shown(xdg)}, which is no absolute path", f"{folder} is used instead")
        return folder
