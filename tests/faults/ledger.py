"""What a service took in all lives of the chaos, and what became of it."""

from __future__ import annotations

import contextlib
import json
import resource
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.service import Job, Service
from tests.faults.videos import Work
from videogen_mcp.executions.journal import Journal

LONG_AGO = -1e6
"""When what other lives began was begun, in the time of each life."""


@dataclass
class Ledger:
    """What happened, as lines of JSON that every life appends, whatever limits it lives under."""

    path: Path

    def note(self, **fact: Any) -> None:
        with _no_file_limit(), self.path.open("a") as ledger:
            ledger.write(json.dumps(fact) + "\n")

    def facts(self, kind: str) -> list[dict[str, Any]]:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [fact for line in lines if (fact := json.loads(line))["fact"] == kind]


@contextlib.contextmanager
def _no_file_limit() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@dataclass
class LedgerService(Service):
    """A service that remembers in the ledger what it took, and knows what it took in other lives."""

    ledger: Ledger = field(default_factory=lambda: Ledger(Path()))
    life: int = 0
    prompt: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.videos.life = f"{self.life:04d}"

    def _answer(self, request: Any, fault: str) -> tuple[int, Any, dict[str, str]]:
        self._know_the_others()
        if request.method == "POST":
            self.prompt = json.loads(request.content or b"{}").get("prompt", "")
        match request.url.path.split("/")[2:]:
            case ["projects", project, *_] if project not in self.videos.projects:
                self.videos.projects.append(project)
        before = {work.id for works in self._works().values() for work in works.values()}
        answer = super()._answer(request, fault)
        for sort, works in self._works().items():
            new = [work for work in works.values() if work.id not in before]
            for work in new[:1]:
                actions = [one.id for one in new] if sort == "edits" else []
                self._took(work.id, sort, prompt_of(work), work.type, work.project, actions)
        return answer

    def _start(self, path: str) -> tuple[int, Any, dict[str, str]]:
        before = set(self.jobs)
        status, _, headers = super()._start(path)
        (made,) = set(self.jobs) - before
        job = self.jobs.pop(made)
        job.execution_id = f"vg_tool_{self.life:04d}{len(before):018d}"
        self.jobs[job.execution_id] = job
        self._took(job.execution_id, "jobs", self.prompt, job.tool)
        return status, {"toolExecutionId": job.execution_id}, headers

    def _took(
        self, made: str, sort: str, prompt: str, kind: str, project: str = "", actions: Sequence[str] = ()
    ) -> None:
        at = len(self.ledger.facts("taken"))
        self.ledger.note(
            fact="taken",
            id=made,
            sort=sort,
            prompt=prompt,
            type=kind,
            project=project,
            actions=actions,
            at=at,
            life=self.life,
        )

    def _works(self) -> dict[str, dict[str, Work]]:
        videos = self.videos
        return {"runs": videos.runs, "exports": videos.exports, "edits": videos.edits, "others": videos.others}

    def _know_the_others(self) -> None:
        """Take in what other lives began, in the order in which the service took it: it has long ended."""
        own = self._works()
        ordered: dict[str, dict[str, Work]] = {sort: {} for sort in own}
        for taken in self.ledger.facts("taken"):
            if taken["sort"] == "jobs":
                job = Job(taken["id"], taken["type"], LONG_AGO + taken["at"], 0.0)
                self.jobs.setdefault(taken["id"], job)
                continue
            for one in taken["actions"] or [taken["id"]]:
                other = Work(one, LONG_AGO + taken["at"], 0.0, taken["project"], taken["type"], exports=True)
                ordered[taken["sort"]][one] = own[taken["sort"]].get(one, other)
        for sort, works in own.items():
            works.clear()
            works.update(ordered[sort])


def project_of(wish: str) -> str:
    """Return the project that a wish is about; each has one of its own."""
    return f"vg_proj_{wish.replace(' ', '.')}"


def prompt_of(work: Work) -> str:
    """Return the wish that something was started for."""
    if work.project.startswith("vg_proj_wish"):
        return work.project.removeprefix("vg_proj_").replace(".", " ")
    return work.about


CALLS: dict[str, Callable[[str], dict[str, Any]]] = {
    "generate_image": lambda wish: {"prompt": wish},
    "script_to_video": lambda wish: {"script": wish},
    "export_project": lambda wish: {"project_id": project_of(wish), "about": wish},
    "edit_project": lambda wish: {"project_id": project_of(wish), "about": wish},
    "export_timeline": lambda wish: {"project_id": project_of(wish), "about": wish},
    "ask_assistant": lambda wish: {"message": wish},
}
"""A call of each kind for a wish, whose words are the label of its row."""


def count(folder: Path, ledger: Ledger) -> dict[str, int]:
    """Compare what the service took with what the next process finds in the journal."""
    path = folder / "state" / "journal.sqlite3"
    Journal.in_file(path).close()  # as the next process finds it
    unsaved = {end["life"] for end in ledger.facts("end") if end["in_memory"]}
    with contextlib.closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT key, execution_id, label FROM executions").fetchall()
    submits, taken = ledger.facts("row"), ledger.facts("taken")
    keys = {key for key, _, _ in rows}
    by_id = {execution_id: label for _, execution_id, label in rows if execution_id}
    without_id = {label for _, execution_id, label in rows if execution_id is None}
    made = Counter((job["sort"], job["prompt"]) for job in taken)
    return {
        "lives": len(ledger.facts("end")),
        "killed": sum(end["how"] == "killed" for end in ledger.facts("end")),
        "ended while the journal failed": len(unsaved),
        "told so": sum(bool(told["note"]) for told in ledger.facts("told")),
        "taken": len(taken),
        "exports after edits": sum(("edits", wish) in made for sort, wish in made if sort == "exports"),
        "rows lost": _missing([row for row in submits if row["key"] not in keys], unsaved),
        "lost": _missing([j for j in taken if j["id"] not in by_id and j["prompt"] not in without_id], unsaved),
        "doubled": sum(number > 1 for number in made.values()),
        "wrong": sum(by_id.get(job["id"], job["prompt"]) != job["prompt"] for job in taken),
    }


def _missing(facts: Sequence[dict[str, Any]], unsaved: set[int]) -> int:
    """Return how many of the facts are of lives that could write their rows down."""
    lost = [fact for fact in facts if fact["life"] not in unsaved]
    for fact in lost:
        sys.stderr.write(f"lost: {fact}\n")
    return len(lost)
