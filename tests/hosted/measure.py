"""Two replicas, one PostgreSQL, two accounts, calls and tasks in flight: what is lost or doubled when these die.

    python -m tests.hosted.measure [CALLS] [SEED] [SECONDS]

Makes CALLS plain calls and as many tasks (100, if not said), kills a replica, then PostgreSQL for SECONDS (30), then
restarts the other replica in order, and prints what came of every call. Exit code 0: nothing lost, nothing doubled, no
answer of another account, nothing sent that could not be written down.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread
import httpx
from anyio.abc import TaskGroup

from tests import postgres
from tests.e2e.wire import ERAS, Answer
from tests.hosted.agents import Agent, Broken, Refused
from tests.hosted.replicas import Fleet, Replica, fleet
from tests.hosted.service import Service, serving

TOOL = "generate_image"

KEYS = ("sk_ada_0123456789", "sk_bo_0123456789")

UNAVAILABLE = "journal_unavailable"
"""The code of what is refused because it cannot be written down."""

NOT_BEGUN = (UNAVAILABLE, "not_started_in_time")
"""Codes that say that nothing was submitted and the call is to be made again; the second comes on a busy machine."""

IN_FLIGHT = 3_600.0
"""Seconds that executions take, unless they are ended."""

AGAIN = 0.5
"""Seconds before an agent that was refused asks again."""

ASKED_EVERY = 0.05
"""Seconds between two looks at whether a part is over."""

WITHIN = 150.0
"""Seconds for each part, on a machine with other work to do."""

BUSY = (429, 502, 503)
"""Statuses of HTTP with which a server says: come again."""

WHILE_AWAY = 4
"""New calls that are tried while PostgreSQL is away."""


@dataclass
class Errand:
    """One call that an agent wants an answer to, whatever dies meanwhile."""

    agent: Agent
    prompt: str
    replica: Replica
    as_task: bool = False
    repeats: bool = False
    """Whether the same call is made again when the connection breaks, instead of waiting by id where that is known."""
    execution_id: str | None = None
    task_id: str | None = None
    answer: Answer | None = None
    broken: int = 0
    left_alone: int = 0
    """How often the connection of a call broke that had told of its execution."""
    told_running: int = 0
    refused: str | None = None
    """What a server said last that refused it."""
    trouble: list[str] = field(default_factory=list)

    async def step(self) -> None:
        """Ask once. Raises Broken, Refused."""
        if self.task_id is not None:
            task = await self.agent.task(self.replica.url, "tasks/get", self.task_id)
            if "result" in task:
                self.take(Answer.of(task["result"]))
            else:
                await anyio.sleep(task["pollIntervalMs"] / 1000)
        elif self.execution_id is not None:
            self.take(await self.agent.call(self.replica.url, "wait_for_execution", execution_id=self.execution_id))
        elif self.as_task:
            begun = await self.agent.begin(self.replica.url, TOOL, prompt=self.prompt)
            self.task_id = begun.get("taskId")
            if self.task_id is None:
                self.take(Answer.of(begun))
        else:
            self.take(await self.agent.call(self.replica.url, TOOL, prompt=self.prompt))

    @property
    def failure(self) -> str | None:
        """Why it ended without its result, if it did."""
        if self.answer is not None and self.answer.status != "succeeded":
            return self.answer.text
        return "; ".join(self.trouble) or None

    def take(self, answer: Answer) -> None:
        """Keep the answer, unless it says that there is another one to come."""
        if answer.structured.get("status") == "running":
            self.told_running += 1
            self.execution_id = answer.execution_id
        elif code_of(answer) in NOT_BEGUN:
            raise Refused(503, answer.text)
        else:
            self.answer = answer


@dataclass
class Report:
    """What came of everything. Each list names what went wrong."""

    calls: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    """Calls that were not refused while PostgreSQL was away, or were sent all the same."""
    untold: list[str] = field(default_factory=list)
    """Calls that waited for an execution and whose connection broke while their replica ended in order."""
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """Everything that went wrong, a line each."""
        kinds = ("lost", "doubled", "foreign", "unwritten", "untold")
        return [f"{kind}: {one}" for kind in kinds for one in getattr(self, kind)]

    def __str__(self) -> str:
        head = f"{self.calls} plain calls and {self.calls} tasks of {len(KEYS)} accounts: {len(self.lost)} lost,"
        head += f" {len(self.doubled)} doubled, {len(self.foreign)} of another account, {len(self.unwritten)} not"
        head += f" refused though they could not be written, {len(self.untold)} cut by a restart"
        return "\n".join([head, *(f"  {words}: {one:g}" for words, one in self.figures.items()), *self.problems[:40]])


@dataclass
class Measure:
    """One run, part after part."""

    service: Service
    database: postgres.Server
    fleet: Fleet
    web: httpx.AsyncClient
    chance: random.Random
    report: Report
    errands: list[Errand] = field(default_factory=list)

    async def run(self, away: float) -> Report:
        """Carry out all parts; `away` is how many seconds PostgreSQL is. Raises TimeoutError when one does not end."""
        first, second = await self.fleet.start(), await self.fleet.start()
        async with anyio.create_task_group() as tasks:
            with self.part("s until everything is in flight"):
                self.begin(tasks, (first, second))
                await self.until(lambda: self.submits == len(self.errands) and all(map(in_flight, self.errands)))
            with self.part("s until the calls of a killed replica are at the other one"):
                await first.kill()
                await self.until(lambda: all(errand.replica is not first for errand in self.errands))
            with self.part("s until ready again after PostgreSQL was killed"):
                await self.without_database(second, away)
            await self.fleet.start()
            with self.part("s until a replica ended in order"):
                await self.end_in_order(second)
            with self.part("s from the end of all executions to the last answer"):
                self.finish(self.errands)
                await self.until(lambda: all(errand.answer or errand.trouble for errand in self.errands))
            tasks.cancel_scope.cancel()
        await self.judge()
        return self.report

    def begin(self, tasks: TaskGroup, replicas: tuple[Replica, Replica]) -> None:
        """Send the agents on their errands: of each account, era and way, to both replicas."""
        for key in KEYS:
            self.service.account(key).percentages = False  # They would tell that the end is far.
        for number in range(2 * self.report.calls):
            as_task = number % 2 == 1
            era = "modern" if as_task else ERAS[number // 2 % len(ERAS)]
            agent = Agent(self.web, KEYS[number // 4 % len(KEYS)], era)
            errand = Errand(agent, f"picture {number}", self.chance.choice(replicas), as_task, number // 8 % 2 == 1)
            self.errands.append(errand)
            tasks.start_soon(self.see_to_end, errand)

    async def see_to_end(self, errand: Errand) -> None:
        """Go on until there is an answer, at whichever replica is there."""
        while errand.answer is None and not errand.trouble:
            try:
                await errand.step()
            except Broken as broken:
                errand.broken += broken.was_sent
                errand.left_alone += broken.execution_id is not None
                if not errand.repeats:
                    errand.execution_id = errand.execution_id or broken.execution_id
            except Refused as refused:
                errand.refused = str(refused)
                if refused.status not in BUSY:
                    errand.trouble.append(str(refused))
                await anyio.sleep(AGAIN)
            errand.replica = self.living(errand)

    def living(self, errand: Errand) -> Replica:
        """Return the replica to ask next, as a proxy chooses: any that runs."""
        running = [replica for replica in self.fleet.replicas if replica.serves]
        return self.chance.choice(running) if errand.as_task or errand.replica not in running else errand.replica

    async def without_database(self, replica: Replica, away: float) -> None:
        """Kill PostgreSQL, end some executions and try new calls meanwhile, start it again."""
        self.database.stop(signal.SIGKILL)
        gone = time.monotonic()
        waiting = [errand for errand in self.errands if not errand.as_task and not errand.broken]
        self.finish(ended := waiting[::2])
        for number in range(WHILE_AWAY):
            agent = Agent(self.web, KEYS[number % len(KEYS)], ERAS[number // 2 % len(ERAS)])
            prompt = f"picture while away {number}"
            answer = await agent.call(replica.url, TOOL, prompt=prompt, wait_seconds=0)  # Where it is sent, it runs on.
            if code_of(answer) != UNAVAILABLE or self.service.account(agent.key).submits[prompt]:
                self.report.unwritten.append(f"{prompt}: {answer.text[:200]}")
        await self.until(lambda: all(errand.answer or errand.trouble for errand in ended))
        self.report.figures["answers while PostgreSQL was away"] = sum(errand.answer is not None for errand in ended)
        await anyio.sleep(max(0.0, gone + away - time.monotonic()))
        await anyio.to_thread.run_sync(self.database.start)
        await replica.ready()

    async def end_in_order(self, replica: Replica) -> None:
        """End a replica as a rolling restart does."""
        waiting = {id(errand): errand.left_alone for errand in self.errands if not errand.as_task and not errand.answer}
        told = sum(errand.told_running for errand in self.errands)
        code = await replica.stop()
        assert code == 0, replica.log.read_text()
        for errand in self.errands:
            if waiting.get(id(errand), errand.left_alone) != errand.left_alone:
                self.report.untold.append(errand.prompt)
        self.report.figures["calls that waited there"] = len(waiting)
        self.report.figures["of them told `running` with their id"] = (
            sum(errand.told_running for errand in self.errands) - told
        )

    def finish(self, errands: list[Errand]) -> None:
        """Let their executions end."""
        for errand in errands:
            account = self.service.account(errand.agent.key)
            account.jobs[account.started[errand.prompt]].seconds = 0.0

    async def judge(self) -> None:
        """Compare what the agents got with what the service has."""
        submits = {key: self.service.account(key).submits for key in KEYS}
        wanted = {key: Counter(errand.prompt for errand in self.errands if errand.agent.key == key) for key in KEYS}
        for key in KEYS:
            self.report.doubled += [f"{prompt}: {times}" for prompt, times in (submits[key] - wanted[key]).items()]
        for errand in self.errands:
            started = self.service.account(errand.agent.key).started
            if errand.answer is None or errand.failure:
                self.report.lost.append(f"{errand.prompt}: {errand.failure or 'no answer'}")
            elif errand.answer.execution_id != started[errand.prompt]:
                self.report.foreign.append(f"{errand.prompt}: {errand.answer.text}")
        (replica,) = [one for one in self.fleet.replicas if one.serves][:1]
        for errand in self.errands[:: max(1, len(self.errands) // 8)]:
            (other,) = (key for key in KEYS if key != errand.agent.key)
            spy = Agent(self.web, other)
            execution_id = self.service.account(errand.agent.key).started[errand.prompt]
            answer = await spy.call(replica.url, "wait_for_execution", execution_id=execution_id)
            if code_of(answer) != "not_found":
                self.report.foreign.append(f"{execution_id} for somebody else: {answer.text}")
            listed = await spy.call(replica.url, "list_executions")
            if execution_id in listed.text:
                self.report.foreign.append(f"{execution_id} in the list of somebody else")

    @property
    def submits(self) -> int:
        """How many executions the service has started."""
        return sum(self.service.account(key).submits.total() for key in KEYS)

    @property
    def unanswered(self) -> str:
        """What has no answer yet, and what the replicas wrote."""
        waiting = [
            f"{errand.prompt} of {errand.agent.key[:6]} ({errand.agent.era}) at replica"
            f" {self.fleet.replicas.index(errand.replica)}: {errand.task_id or errand.execution_id or 'not begun'},"
            f" broken {errand.broken} times, last refused with {errand.refused!r}"
            for errand in self.errands
            if errand.answer is None
        ]
        return "\n".join([*waiting, self.fleet.logs])

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is true. Raises TimeoutError with what has no answer."""
        give_up = time.monotonic() + WITHIN
        while not true():
            if time.monotonic() > give_up:
                raise TimeoutError(self.unanswered)
            failed = [f"{errand.prompt}: {why}" for errand in self.errands if (why := errand.failure)]
            assert not failed, "\n".join(failed)
            await anyio.sleep(ASKED_EVERY)

    @contextmanager
    def part(self, words: str) -> Iterator[None]:
        """Note how long a part takes."""
        began = time.monotonic()
        yield
        self.report.figures[words] = round(time.monotonic() - began, 1)


def code_of(answer: Answer) -> object:
    """The code of an error; None where there is none."""
    return answer.structured.get("error", {}).get("code")


def in_flight(errand: Errand) -> bool:
    """Whether an errand's task is known, if it is one."""
    return errand.task_id is not None or not errand.as_task


async def measure(home: Path, calls: int, seed: int, away: float, **settings: str) -> Report:
    """Return what came of `calls` plain calls and as many tasks."""
    service = Service(seconds=IN_FLIGHT)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    with postgres.running() as database, database.database() as address, serving(service) as url:
        async with (
            fleet(home, address, url, **settings) as replicas,
            httpx.AsyncClient(timeout=None, limits=limits) as web,
        ):
            return await Measure(service, database, replicas, web, random.Random(seed), Report(calls)).run(away)


def main(calls: int = 100, seed: int = 1, away: float = 30.0) -> int:
    """Measure once, print what came of it, and return the exit code."""
    with tempfile.TemporaryDirectory() as home:
        report = anyio.run(measure, Path(home), calls, seed, away)
    sys.stdout.write(f"{report}\n")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:3]), *(float(argument) for argument in sys.argv[3:4])))
