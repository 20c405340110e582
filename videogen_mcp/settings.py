"""Every setting, read from the environment once and handed on as a value.

Nothing that stands in the environment keeps the server from starting: what cannot be used is a `Problem`, which the
calls that it concerns are answered with, and a note in the answers of all others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from videogen_mcp import setting_values
from videogen_mcp.default_folders import default_output_dir, default_state_dir, home_folder
from videogen_mcp.loopback import is_loopback
from videogen_mcp.setting_problems import KEPT_KEY, Concern, KeySource, Problem, Reader, unencrypted
from videogen_mcp.setting_values import HttpToken

Dialect = Literal["auto", "v0", "v2"]
OnCancel = Literal["keep", "cancel"]
SandboxMode = Literal["auto", "on", "off"]
Toolset = Literal["workflows", "videos", "executions", "files", "catalogue", "entities", "editor", "webhooks"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

DEFAULT_BASE_URL = "https://api.videogen.io"
DEFAULT_TOOLSETS: frozenset[Toolset] = frozenset({"workflows", "videos", "executions", "files", "catalogue"})
MCP_PATH = "/mcp"
"""Where the HTTP server speaks MCP, below its address."""
COMPLETION = math.inf
"""The wait of `VIDEOGEN_MCP_WAIT=completion`: as long as the execution takes."""

VARIABLES: Mapping[str, tuple[str, str]] = {
    "VIDEOGEN_API_KEY": (
        "your key; without one, the sandbox is used",
        "`VIDEOGEN_API_KEY_FILE`, else what `videogen-mcp login` keeps",
    ),
    "VIDEOGEN_API_KEY_FILE": (
        "a file that holds the key, where `VIDEOGEN_API_KEY` is not set",
        "what `videogen-mcp login` keeps",
    ),
    "VIDEOGEN_BASE_URL": ("where the API is", f"`{DEFAULT_BASE_URL}`"),
    "VIDEOGEN_API_DIALECT": ("`v0` (that of the 0.0.38 SDK), `v2` (today's) or `auto`", "`auto`"),
    "VIDEOGEN_MCP_WAIT": (
        "seconds a call may take that does not say itself (`wait_seconds`), or `completion`; 0 submits and does not"
        " wait",
        "by host",
    ),
    "VIDEOGEN_MCP_POLL_INTERVAL": (
        "seconds between two polls of an execution, such as 1.5; the key's hourly limit holds all the same",
        "by what is known of it",
    ),
    "VIDEOGEN_MCP_ON_CANCEL": ("`keep` or `cancel` the execution when a call is cancelled", "`keep`"),
    "VIDEOGEN_MCP_MAX_EXECUTIONS": ("at most this many in an hour, across all processes", "unlimited"),
    "VIDEOGEN_MCP_SANDBOX": ("`on`, `off`, or `auto`: when there is no key", "`auto`"),
    "VIDEOGEN_MCP_TOOLSETS": (
        f"which of {', '.join(f'`{name}`' for name in get_args(Toolset))}; or `all`",
        f"all but {', '.join(f'`{name}`' for name in get_args(Toolset) if name not in DEFAULT_TOOLSETS)}",
    ),
    "VIDEOGEN_MCP_OUTPUT_DIR": (
        "where results are saved, and where a relative `save_to` begins",
        "`VideoGen` in your pictures, music or videos, by kind",
    ),
    "VIDEOGEN_MCP_SAVE": ("`on` saves every finished result there, also without `save_to`", "`off`"),
    "VIDEOGEN_MCP_ALLOWED_DIRS": (
        "folders whose files may be read and written",
        "home without hidden folders, temporary files, what the client offers (MCP roots)",
    ),
    "VIDEOGEN_MCP_THUMBNAILS": ("`on` adds a small picture of each image result to the answer", "`off`"),
    "VIDEOGEN_MCP_STATE_DIR": ("where journal and sandbox keep their state", "the platform's place"),
    "VIDEOGEN_MCP_JOURNAL": ("`off` keeps no record on disk", "`on`"),
    "VIDEOGEN_MCP_LOG_LEVEL": ("of the log on stderr", "`WARNING`"),
    "VIDEOGEN_MCP_SECRETS": (
        "secrets of 32 characters at least that seal task ids and, in the database, webhooks' signing secrets, the"
        " newest first; the same for servers that answer for each other's tasks",
        "made in the state directory",
    ),
    "VIDEOGEN_WEBHOOK_SECRET": ("signing secrets of your webhook endpoints, separated by spaces or commas", ""),
    "VIDEOGEN_MCP_DATABASE": (
        "HTTP: `postgresql://…`, the database that several servers share",
        "a file in the state directory",
    ),
    "VIDEOGEN_MCP_DATABASE_LISTEN": (
        "the same database past a pooler that does not pass on notifications (`LISTEN`)",
        "`VIDEOGEN_MCP_DATABASE`",
    ),
    "VIDEOGEN_MCP_HTTP_TOKEN": (
        "HTTP: tokens of 32 characters at least that callers send (`Authorization: Bearer`) and that let them spend"
        " `VIDEOGEN_API_KEY`; several, each perhaps with the name of who has it (`ada:3f…`)",
        "",
    ),
    "VIDEOGEN_MCP_OIDC_ISSUER": ("HTTP: who issues the access tokens of your company's login", ""),
    "VIDEOGEN_MCP_OIDC_AUDIENCE": ("what these tokens name as their audience", "`VIDEOGEN_MCP_PUBLIC_URL` with `/mcp`"),
    "VIDEOGEN_MCP_OIDC_SCOPES": ("scopes that they must have", "none"),
    "VIDEOGEN_MCP_PUBLIC_URL": ("HTTP: where clients reach this server, such as `https://videogen.example.com`", ""),
    "VIDEOGEN_MCP_ALLOWED_HOSTS": (
        "HTTP: names that requests may have in `Host`",
        "that of `VIDEOGEN_MCP_PUBLIC_URL`, and this machine's own on loopback",
    ),
    "VIDEOGEN_MCP_ALLOWED_ORIGINS": ("HTTP: origins of web pages that may call", "those of this machine, on loopback"),
    "VIDEOGEN_MCP_SUBJECT_EXECUTIONS": (
        "HTTP: at most this many in an hour for each person or token that spends `VIDEOGEN_API_KEY`",
        "unlimited",
    ),
}
"""Every variable: what it decides, and what holds without it, as README's table shows them (`make docs`)."""

HOSTING = tuple(
    f"VIDEOGEN_MCP_{name}"
    for name in (
        "DATABASE",
        "DATABASE_LISTEN",
        "HTTP_TOKEN",
        "OIDC_ISSUER",
        "OIDC_AUDIENCE",
        "OIDC_SCOPES",
        "PUBLIC_URL",
        "ALLOWED_HOSTS",
        "ALLOWED_ORIGINS",
        "SUBJECT_EXECUTIONS",
    )
)
"""The variables of one server for many."""

LEVELS = {"warn": "WARNING", "err": "ERROR", "fatal": "CRITICAL", "crit": "CRITICAL", "trace": "DEBUG"}
ON = {name: "on" if value else "off" for name, value in setting_values.SWITCH.items()}
DIALECTS = {"0": "v0", "2": "v2", "default": "auto"}

MOST_PROBLEMS = 3
"""Problems that one answer names; more would bury it."""


@dataclass(frozen=True)
class Oidc:
    """The login whose access tokens are taken (OpenID Connect): who issues them, the audiences of which they must name
    one, and the scopes of which they must have all."""

    issuer: str
    audiences: tuple[str, ...]
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What the user decided; everything else is found out."""

    api_key: str | None = field(default=None, repr=False)
    key_source: KeySource | None = None
    """Where `api_key` is from; None where there is none."""
    base_url: str = DEFAULT_BASE_URL
    dialect: Dialect = "auto"
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Keys that seal what clients keep for us, the sealing one first; none: those of the state directory."""
    wait: float | None = None
    """Seconds a call may wait, COMPLETION, or None: by host."""
    poll_interval: float | None = None
    """Seconds between two polls of an execution; None: as `executions.schedule` decides."""
    on_cancel: OnCancel = "keep"
    sandbox: SandboxMode = "auto"
    toolsets: frozenset[Toolset] = DEFAULT_TOOLSETS
    output_dir: Path | None = None
    """Where results are saved; None: by their kind (`output_dir_for`)."""
    save: bool = False
    allowed_dirs: tuple[Path, ...] = ()
    """Empty: the defaults of `media.paths`, unless there is a problem with "files"."""
    state_dir: Path = field(default_factory=default_state_dir)
    journal: bool = True
    thumbnails: bool = False
    max_executions: int | None = None
    log_level: LogLevel = "WARNING"
    home: Path | None = field(default_factory=home_folder)
    """What ~ stands for; None where this user has no home folder."""
    hosted: bool = False
    """Whether this is an HTTP server for many, which has no sandbox and asks who calls: `served_at` decides."""
    database: str | None = field(default=None, repr=False)
    """The PostgreSQL database of a hosted server; None: SQLite in the state directory."""
    database_listen: str | None = field(default=None, repr=False)
    """Where notifications of the database are heard; None: at `database`."""
    http_tokens: tuple[HttpToken, ...] = field(default=(), repr=False)
    oidc: Oidc | None = None
    public_url: str | None = None
    """Where clients reach the HTTP server, without /mcp and without a slash at its end."""
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    subject_executions: int | None = None
    """Executions that one subject of the server's own key may start in an hour."""
    problems: tuple[Problem, ...] = ()

    @property
    def uses_sandbox(self) -> bool:
        """Whether calls go to the sandbox of this machine instead of VideoGen."""
        return not self.hosted and (self.sandbox == "on" or (self.sandbox == "auto" and self.api_key is None))

    @property
    def owner(self) -> str:
        """Return who can change the settings, as answers call him."""
        return "the operator" if self.hosted else "the user"

    def served_at(self, host: str) -> Settings:
        """Return the settings of an HTTP server that listens at `host`.

        It is hosted beyond loopback, and wherever it has a database, a token or a login, usable or not: a slip in one
        of these must not leave a server that anybody may use. A hosted one does not spend the key that a person keeps
        for himself (`videogen-mcp login`).
        """
        means = self.database or self.http_tokens or self.oidc or self.blocks("hosting")
        if not means and is_loopback(host):
            return replace(self, hosted=False)
        others = tuple(problem for problem in self.problems if problem.variable != KEPT_KEY)
        if self.key_source == "kept by login":
            return replace(self, hosted=True, api_key=None, key_source=None, problems=others)
        return replace(self, hosted=True, problems=others)

    def output_dir_for(self, kind: str | None) -> Path:
        """Return the folder for results of a kind (IMAGE, AUDIO, VIDEO …), which may not exist yet."""
        return self.output_dir or default_output_dir(kind)

    @property
    def output_dirs(self) -> tuple[Path, ...]:
        """The folders for results of all kinds, each once."""
        return tuple(dict.fromkeys(self.output_dir_for(kind) for kind in ("VIDEO", "IMAGE", "AUDIO")))

    def blocks(self, concern: Concern) -> str | None:
        """Return the problems that stand in the way of something, as sentences; None when there are none."""
        return " ".join(str(problem) for problem in self.problems if problem.concern == concern) or None

    @property
    def notice(self) -> str | None:
        """Return the problems that do not concern every call, as sentences; None when there are none."""
        named = [str(problem) for problem in self.problems if problem.concern != "service"]
        more = (
            f" {len(named) - MOST_PROBLEMS} more settings have problems; stderr names them."
            if len(named) > MOST_PROBLEMS
            else ""
        )
        return " ".join(named[:MOST_PROBLEMS]) + more or None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path | None = None) -> Settings:
        """Read the VIDEOGEN_ variables of `VARIABLES`; empty and unfilled ones count as unset.

        `home` stands for ~. What cannot be used is in `problems`, and the default is in its place.
        """
        read = Reader(environment, home or home_folder())
        state_dir = read.state_dir("VIDEOGEN_MCP_STATE_DIR")
        sandbox = read.word("VIDEOGEN_MCP_SANDBOX", get_args(SandboxMode), "auto", ON, "service")
        api_key, key_source = read.key("VIDEOGEN_API_KEY", "VIDEOGEN_API_KEY_FILE", or_kept=sandbox != "on")
        settings = cls(
            api_key=api_key,
            key_source=key_source,
            base_url=read.address("VIDEOGEN_BASE_URL", DEFAULT_BASE_URL),
            dialect=read.word("VIDEOGEN_API_DIALECT", get_args(Dialect), "auto", DIALECTS, "service"),
            webhook_secrets=read.secrets("VIDEOGEN_WEBHOOK_SECRET"),
            secrets=read.sealing_secrets("VIDEOGEN_MCP_SECRETS"),
            wait=read.wait("VIDEOGEN_MCP_WAIT"),
            poll_interval=read.interval("VIDEOGEN_MCP_POLL_INTERVAL"),
            on_cancel=read.word("VIDEOGEN_MCP_ON_CANCEL", get_args(OnCancel), "keep"),
            sandbox=sandbox,
            toolsets=read.toolsets("VIDEOGEN_MCP_TOOLSETS", get_args(Toolset), DEFAULT_TOOLSETS),
            output_dir=read.output_dir("VIDEOGEN_MCP_OUTPUT_DIR", state_dir),
            save=read.switch("VIDEOGEN_MCP_SAVE", False),
            allowed_dirs=read.folders("VIDEOGEN_MCP_ALLOWED_DIRS"),
            state_dir=state_dir,
            journal=read.switch("VIDEOGEN_MCP_JOURNAL", True) and read.has_place,
            thumbnails=read.switch("VIDEOGEN_MCP_THUMBNAILS", False),
            max_executions=read.count("VIDEOGEN_MCP_MAX_EXECUTIONS"),
            log_level=read.word("VIDEOGEN_MCP_LOG_LEVEL", get_args(LogLevel), "WARNING", LEVELS),
            home=read.home,
            database=read.database("VIDEOGEN_MCP_DATABASE"),
            database_listen=read.database("VIDEOGEN_MCP_DATABASE_LISTEN"),
            http_tokens=read.http_tokens("VIDEOGEN_MCP_HTTP_TOKEN"),
            public_url=(public_url := read.public_url("VIDEOGEN_MCP_PUBLIC_URL")),
            oidc=_oidc(read, public_url),
            allowed_hosts=read.hosts("VIDEOGEN_MCP_ALLOWED_HOSTS"),
            allowed_origins=read.origins("VIDEOGEN_MCP_ALLOWED_ORIGINS"),
            subject_executions=read.count("VIDEOGEN_MCP_SUBJECT_EXECUTIONS"),
        )
        if settings.api_key is not None and not settings.uses_sandbox:
            read.problems += unencrypted("VIDEOGEN_BASE_URL", settings.base_url)
        read.name_unknown(VARIABLES, HOSTING)
        return replace(settings, problems=tuple(read.problems))


def _oidc(read: Reader, public_url: str | None) -> Oidc | None:
    """Return the login; None where there is none, or where it cannot be checked who a token is for."""
    issuer = read.issuer("VIDEOGEN_MCP_OIDC_ISSUER")
    audiences = read.names("VIDEOGEN_MCP_OIDC_AUDIENCE")
    scopes = read.names("VIDEOGEN_MCP_OIDC_SCOPES")
    if issuer is None:
        if (audiences or scopes) and not read.has_problem("VIDEOGEN_MCP_OIDC_ISSUER"):
            fault = "is not set, though VIDEOGEN_MCP_OIDC_AUDIENCE or _SCOPES is"
            read.note("VIDEOGEN_MCP_OIDC_ISSUER", fault, "Write the issuer as the tokens name it", "hosting")
        return None
    if not audiences and public_url is not None:
        audiences = (public_url + MCP_PATH,)
    if not audiences:
        fault = "is not set, and tokens for any other application would be taken"
        read.note("VIDEOGEN_MCP_OIDC_AUDIENCE", fault, "Write what the tokens name as their audience", "hosting")
        return None
    return Oidc(issuer, audiences, scopes)
