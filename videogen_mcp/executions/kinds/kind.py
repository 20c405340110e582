"""What a kind of execution declares, and what it takes to find an execution again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from videogen_mcp.api.limits import HOURLY_LIMITS
from videogen_mcp.api.operations import Operation, submit_at
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.dialects import Dialect
    from videogen_mcp.api.models import Execution, Page
    from videogen_mcp.executions.journal_rows import Entry


class Started(NamedTuple):
    """What the answer to a submit says: the execution's id, its project, and for edits the ids of all of them."""

    execution_id: str
    project_id: str | None = None
    project_url: str | None = None
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handle:
    """What it takes to find an execution again. `then_export`: an export is to follow it, before it has ended."""

    kind: Kind
    execution_id: str
    project_id: str | None = None
    project_url: str | None = None
    actions: tuple[str, ...] = ()
    then_export: bool = False


class Begun(NamedTuple):
    """An execution as who began it remembers it, for servers whose journal does not have it: the name of its kind, of
    its workflow, when it was submitted (Unix seconds), and what `Handle` has besides. No export follows it for them:
    two of these servers could start it twice."""

    kind: str
    execution_id: str
    workflow: str
    at: int
    project_id: str | None = None
    actions: tuple[str, ...] = ()


class Recognised(NamedTuple):
    """What new executions say about a broken submit: the one that is proven to be its, if nobody else started one
    meanwhile, and all that may be, newest first."""

    proven: Started | None
    candidates: tuple[str, ...]


def one_of_its_type(kind: Kind, entry: Entry, new: Sequence[Execution]) -> Recognised:
    """Take the only one that is of the submit's workflow.

    One whose type nobody has documented may be of any workflow, and is proof only for a workflow that is not
    documented either.
    """
    its_own = [state for state in new if is_of(state, entry.workflow)]
    strange = [state for state in new if not any(is_of(state, known) for known in kind.types)]
    fitting = [state for state in new if state in its_own or state in strange]
    certain = len(fitting) == 1 and (bool(its_own) or entry.workflow not in kind.types)
    proven = Started(fitting[0].execution_id, fitting[0].project_id, fitting[0].project_url) if certain else None
    return Recognised(proven, tuple(state.execution_id for state in fitting))


def is_of(state: Execution, workflow: str) -> bool:
    """Return whether the service names the workflow as what is run; it calls some clips by a shorter name."""
    made_by = (state.tool_type or "").lower()
    return made_by in (workflow, workflow.removesuffix("_clip")) or made_by.removesuffix("_clip") == workflow


def project_in(path: str, body: Mapping[str, Any]) -> str | None:
    """Return the id of the project in the path of a submit, if there is one. Raise BadRequest for a broken path."""
    operation, ids = submit_at(path)
    return operation.named(*ids).get("projectId")


@dataclass(frozen=True)
class Kind:
    """One kind of execution. All functions raise VideoGenError.

    `name` stands in the journal, `prefixes` begin the ids. `submit` takes the path and the body of a request and
    returns the ids of what it started. `get` is the operation that `poll` asks, which returns the current state, whose
    `results` are the files once it succeeded; without `retry` it asks once. `cancel` asks for an end, best effort
    (None: `cannot_cancel` says why not). `listing` is the operation that `page` asks (None: there is no list): up to
    `limit` executions, newest first, from a cursor on, of the key's owner or, where its path has one, of a project.
    `types` are the workflows that the service is known to name in its lists. `recognise` says which of the executions
    that are new in a list a submit may have started, `project` which project a submit is listed with. `starts` is the
    kind of what its executions may start in their project without saying so: that is listed before the submit.
    `makes_projects`: a submit that is of no project makes one, so `page` lists projects where it is given none.
    """

    name: str
    prefixes: tuple[str, ...]
    submit: Callable[[VideoGen, str, Mapping[str, Any]], Awaitable[Started]]
    poll: Callable[[VideoGen, Handle, bool], Awaitable[Execution]]
    get: Operation
    cancel: Callable[[VideoGen, Handle], Awaitable[object]] | None = None
    cannot_cancel: str = "VideoGen cannot cancel executions of this kind"
    listing: Operation | None = None
    page: Callable[[VideoGen, str | None, int, str | None], Awaitable[Page[Execution]]] | None = None
    types: frozenset[str] = frozenset()
    recognise: Callable[[Kind, Entry, Sequence[Execution]], Recognised] = one_of_its_type
    project: Callable[[str, Mapping[str, Any]], str | None] = project_in
    starts: Kind | None = None
    makes_projects: bool = False

    @property
    def polls_per_hour(self) -> int:
        """How often it may be polled in an hour, with one key; headers override it."""
        return HOURLY_LIMITS.get(self.get.group, EXECUTION_GETS_PER_HOUR)

    @property
    def needs_project(self) -> bool:
        """Whether an id without its project is of no use."""
        return "{projectId}" in self.get.path

    @property
    def of_projects(self) -> bool:
        """Whether each project has a list of its own."""
        return self.listing is not None and "{projectId}" in self.listing.path

    def listed_by(self, dialect: Dialect, project_id: str | None) -> bool:
        """Return whether this version of the API lists executions of this kind (of that project)."""
        if self.listing is None or self.page is None or not dialect.has(self.listing):
            return False
        return project_id is not None or not self.of_projects or self.makes_projects

    def listed_at_once(self, dialect: Dialect) -> bool:
        """Return whether one list shows all that the key's owner has in flight."""
        return not self.of_projects and self.listed_by(dialect, None)


@dataclass(frozen=True)
class Kinds:
    """The kinds that a server knows; the first one is taken where nothing tells which it is."""

    declared: tuple[Kind, ...]

    def named(self, name: str) -> Kind:
        """Return the kind of a name. Raise KeyError."""
        return {kind.name: kind for kind in self.declared}[name]

    def of(self, execution_id: str, journaled: str | None = None) -> Kind:
        """Return the kind of an execution: as the journal has it, else by its id's prefix."""
        for kind in self.declared:
            if kind.name == journaled:
                return kind
        for kind in self.declared:
            if execution_id.startswith(kind.prefixes):
                return kind
        return self.declared[0]

    def handle(self, execution_id: str, entry: Entry | None) -> Handle:
        """Return what it takes to find an execution again; `entry` is its row in the journal, if it has one."""
        if entry is None:
            return Handle(self.of(execution_id), execution_id)
        return Handle(
            self.of(execution_id, entry.kind),
            execution_id,
            entry.project_id,
            entry.project_url,
            entry.actions,
            entry.then_export is not None and not entry.halted,
        )
