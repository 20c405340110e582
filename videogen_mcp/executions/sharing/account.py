"""One account as one replica polls it, or has it polled: `Sharing` for its poller. It waits for no database."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import anyio

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database
from videogen_mcp.executions.kinds import Kinds
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.sharing import leases, states, waits
from videogen_mcp.executions.sharing.budgets import Budget, spread
from videogen_mcp.executions.sharing.states import GOES_ON, OVER_FOR_NOW, News, Seen
from videogen_mcp.executions.sharing.waits import Foreign, Wait
from videogen_mcp.executions.timing import LOOK_KEPT, STALE

if TYPE_CHECKING:
    from videogen_mcp.api.limits import Group, RateLimit
    from videogen_mcp.executions.sharing.sharing import Polling

log = logging.getLogger(__name__)


class Beating(Protocol):
    """The replica, as its accounts use it."""

    database: Database
    clock: Clock
    kinds: Kinds

    @property
    def reachable(self) -> bool:
        """Whether the database answers."""
        ...

    @property
    def is_cut_off(self) -> bool:
        """Whether it has been away for longer than a lease."""
        ...

    def lost(self) -> None:
        """The database did not answer."""
        ...

    def stir(self, *what: str) -> None:
        """Go to work: write what is to be written, and read again what may have changed."""
        ...

    def activate(self, account: SharedAccount) -> None:
        """An account has something to share."""
        ...

    def is_active(self, account: SharedAccount) -> bool:
        """Return whether it had, and was not left since."""
        ...


class SharedAccount:
    """What one replica knows of an account that several may poll. Times are monotonic seconds."""

    shared = True

    def __init__(self, name: str, replica: Beating) -> None:
        self.name = name
        self.waits: dict[str, Wait] = {}
        """What calls of this replica wait for."""
        self.left_waits: set[str] = set()
        """Waits that others were told of, and that are over."""
        self.news: dict[str, Seen] = {}
        """What others are to be told."""
        self.postponed: dict[Group, float] = {}
        """Until when no replica is to send requests of a group."""
        self.epoch: int | None = None
        """Of the lease, while this replica is its owner."""
        self.replicas = 1
        self.lease_due = 0.0
        """When the lease is to be read or renewed next."""
        self.lease_stale = True
        """Somebody may have given it up."""
        self._holds_until = 0.0
        self._prepared = False
        self._is_wanted = False
        """Another replica has calls that wait, and this one has none."""
        self._replica = replica
        self._poller: Polling | None = None
        self._foreign: dict[str, Polled] = {}
        self._recent: dict[str, Polled] = {}
        """What was polled here because somebody asked, in the order of time; some seconds of it."""
        self._by_itself: set[str] = set()
        """What this replica polls whoever holds the lease."""
        self._brief: set[str] = set()
        """Of the waits, those that are not shared yet: their first poll may well see the end."""
        self._budgets: dict[Group, Budget] = {}
        self._turned = anyio.Event()

    # -- what its poller asks (Sharing) -------------------------------------------------------------------------------

    def attach(self, poller: Polling) -> None:
        """Hand in the poller that shares."""
        self._poller = poller

    def joined(self, polled: Polled) -> None:
        """A call of this process waits for an execution that none has waited for here."""
        wait = self.waits[polled.execution_id] = Wait(polled, self._replica.clock.monotonic())
        if polled.execution_id in self.left_waits:
            self.left_waits.discard(polled.execution_id)
            wait.written = True
        if not waits.is_shareable(polled.execution_id):
            self._by_itself.add(polled.execution_id)
        self._recall(polled)
        if polled.is_brief:
            self._brief.add(polled.execution_id)
        else:
            self._share()

    def left(self, polled: Polled) -> None:
        """The last call of this process that waited for it has left."""
        wait = self.waits.pop(polled.execution_id)
        self._by_itself.discard(polled.execution_id)
        self._brief.discard(polled.execution_id)
        if wait.written:
            self.left_waits.add(polled.execution_id)
        if (wait.written or not self.waits) and self._replica.is_active(self):
            self._replica.stir()

    @contextmanager
    def asking(self, polled: Polled) -> Iterator[None]:
        """Have it polled now by whoever polls the account, unless somebody has just done so."""
        wait = self.waits[polled.execution_id]
        wait.since, wait.told = self._replica.clock.monotonic(), False
        wait.asking += 1
        if self.leads(polled):
            self._poll_soon(polled, wait.since)
        else:
            polled.woken.set()  # in case that this replica becomes the one
            self._replica.stir("states")
        try:
            yield
        finally:
            wait.asking -= 1
            if not wait.told:
                self._replica.stir()  # Who else waits for it wants more than the one who asked.

    def leads(self, polled: Polled) -> bool:
        """Return whether this process polls it: it holds the lease, is cut off from who may hold it, or needs none."""
        holds = (self._prepared and self.holds) or self._replica.is_cut_off
        return holds or polled.execution_id in self._by_itself or polled.execution_id in self._brief

    async def lead(self, polled: Polled) -> None:
        """Return as soon as this process polls it."""
        if polled.polled_at and polled.execution_id in self._brief:
            self._brief.discard(polled.execution_id)
            self._share()
        while not self.leads(polled):
            await self._turned.wait()

    async def turn(self, group: Group, requests: int = 1) -> None:
        """Return when so many requests of a group of operations may be sent."""
        await self._budget(group).turn(requests)

    def answered(self, group: Group, limit: RateLimit | None) -> None:
        """Take in what is left of the hour, as a response said."""
        if limit is None or limit.remaining is None or limit.reset_at is None:
            return
        budget = self._budget(group)
        self._postpone(group, spread(limit.remaining, limit.reset_at - self._replica.clock.time(), budget.rate.step))

    def refused(self, group: Group, retry_after: float | None) -> None:
        """Take in a 429, and after how many seconds the service wants to be asked again."""
        self._postpone(group, retry_after or 0.0)

    def took(self, polled: Polled) -> None:
        """A poll of this process brought something; who waits elsewhere is told."""
        wait = self.waits.get(polled.execution_id)
        asked = wait is not None and wait.asking and wait.polled.execution_id not in self._brief
        if asked or polled.execution_id in self._foreign:
            self._tell(polled)
            self._remember(polled)

    # -- what the replica brings --------------------------------------------------------------------------------------

    @property
    def holds(self) -> bool:
        """Whether this replica is the one that polls the account."""
        return self.epoch is not None and self._replica.clock.monotonic() < self._holds_until

    @property
    def reachable(self) -> bool:
        """Whether the database answers."""
        return self._replica.reachable

    def lost(self) -> None:
        """The database did not answer."""
        self._replica.lost()
        self._replica.stir()

    def take_lease(self, lease: leases.Lease, *, mine: bool, asked_at: float) -> None:
        """Take in how the lease stood, as it was asked for at a monotonic time."""
        self.replicas = lease.others + 1
        if mine:
            self.epoch, self._holds_until = lease.epoch, asked_at + lease.left - leases.MARGIN
        elif self.epoch is not None:
            self.stand_down()

    def stand_down(self) -> None:
        """Let another replica poll; it is told again what calls wait for here."""
        self.epoch, self._prepared, self._is_wanted = None, False, False
        for budget in self._budgets.values():
            budget.drop()
        for polled in self._foreign.values():
            self._leave(polled)
        self._foreign.clear()
        for wait in self.waits.values():
            wait.told = False

    def begin(self) -> None:
        """Poll from now on, as the owner of the lease: what others have seen is known."""
        self._prepared = True
        self.turned()

    def turned(self) -> None:
        """Let those go on that now may poll."""
        self._turned.set()
        self._turned = anyio.Event()

    def take_state(self, execution_id: str, seen: Seen) -> None:
        """Take in what another replica has seen of an execution that is waited for here."""
        wait = self.waits.get(execution_id)
        if wait is None or seen.stamp == wait.stamp or seen.at <= wait.polled.polled_at:
            return
        if seen.final == OVER_FOR_NOW and seen.at < wait.since - LOOK_KEPT:
            return  # for those who waited then
        if seen.final == GOES_ON and seen.at < self._replica.clock.monotonic() - STALE:
            return
        wait.stamp = seen.stamp
        state = None if seen.state is None else states.readable(seen.state)
        if state is None:
            self._by_itself.add(execution_id)
            self.turned()
        elif self._poller is not None:
            self._poller.take_shared(wait.polled, state, seen.at, over=seen.final != GOES_ON)

    def reads(self, topic: str, execution_id: str) -> bool:
        """Return whether this replica must read again what has changed (`replica.TOPICS`)."""
        if topic in ("waits", "wakes"):
            return self.holds
        return topic != "states" or (execution_id in self.waits and not self.holds)

    @property
    def wants(self) -> bool:
        """Whether this replica polls, or a call waits for more than is known."""
        return bool(self._foreign) or any(not _is_served(wait) for wait in self.waits.values())

    @property
    def leaves(self) -> bool:
        """Whether no call waits here any more. A lease that nobody else wants is kept to its end: calls may come."""
        return not self.waits and (bool(self._foreign) or self._is_wanted or not self.holds)

    def told(self, news: Sequence[News], gone: Set[str]) -> None:
        """Others were told what has been seen, and what is waited for no more."""
        for _, execution_id, seen, _ in news:
            if self.news.get(execution_id) == seen:
                del self.news[execution_id]
        self.left_waits -= gone

    @property
    def polled_elsewhere(self) -> list[str]:
        """What calls wait for here, without what this replica must poll by itself."""
        return [execution_id for execution_id in self.waits if execution_id not in self._by_itself]

    def untold(self) -> list[Wait]:
        """Return what others are still to be told is waited for here; nothing while this replica polls it itself."""
        return [wait for wait in self.waits.values() if not (wait.told or self.leads(wait.polled) or _is_served(wait))]

    def adopt(self, wanted: Sequence[Foreign]) -> None:
        """Poll what calls of other replicas wait for, and nothing else for them; without calls, let others poll."""
        if not self.waits and wanted:
            self._is_wanted = True
            self._replica.stir()
            return
        now = self._replica.clock.monotonic()
        for wait in wanted:
            known = self._foreign.get(wait.execution_id)
            if known is not None and known.over and not _is_fresh(known, now - wait.since):
                self._leave(self._foreign.pop(wait.execution_id))  # It is waited for anew.
                known = None
            polled = known or self._begin(wait, now)
            if polled is None:
                self.news[wait.execution_id] = Seen(None, OVER_FOR_NOW, now)
                self._replica.stir()
            elif wait.at_once and not _is_fresh(polled, now - wait.since):
                self._poll_soon(polled, now - wait.since)
            elif polled.latest is not None and (wait.at_once or known is None):
                self._tell(polled)
        gone = self._foreign.keys() - {wait.execution_id for wait in wanted}
        for execution_id in gone:
            self._leave(self._foreign.pop(execution_id))

    def postpone(self, group: str, seconds: float) -> None:
        """Send no requests of a group for so long, as another replica has learned."""
        for known, budget in self._budgets.items():
            if known == group:
                budget.postpone(seconds)

    def wake(self, execution_id: str, since: float) -> bool:
        """Poll an execution now, unless that was done since; return whether this replica is the one that polls it."""
        wait = self.waits.get(execution_id)
        polled = self._foreign.get(execution_id) if wait is None else wait.polled
        if polled is None or not self.leads(polled):
            return False
        if polled.asked_at < since:  # one that was on its way may have been answered before it happened
            polled.woken.set()
        return True

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _share(self) -> None:
        """Have polled what is waited for here, by whoever polls the account."""
        self._replica.activate(self)
        self._replica.stir(*(() if self.holds else ("states",)))

    def _begin(self, wait: Foreign, now: float) -> Polled | None:
        """Begin to poll for another replica; None for what this version cannot poll."""
        assert self._poller is not None
        try:
            wanted = waits.read(wait, self._replica.kinds)
        except KeyError as kind:
            log.warning("another server waits for an execution of a kind that this one does not know: %s", kind)
            return None
        polled = self._foreign[wait.execution_id] = self._poller.join(
            wanted.handle, began=now - wait.age, typical=wanted.typical, known=wanted.known, certain=wanted.certain
        )
        self._recall(polled)
        return polled

    def _leave(self, polled: Polled) -> None:
        assert self._poller is not None
        self._poller.leave(polled)

    def _poll_soon(self, polled: Polled, since: float) -> None:
        under_way = polled.asked_at > polled.polled_at and polled.asked_at >= since - LOOK_KEPT
        if not under_way and not _is_fresh(polled, since):
            polled.woken.set()

    def _remember(self, polled: Polled) -> None:
        self._recent.pop(polled.execution_id, None)
        self._recent[polled.execution_id] = polled
        for execution_id, earlier in list(self._recent.items()):
            if polled.polled_at - earlier.polled_at <= LOOK_KEPT:
                break
            del self._recent[execution_id]

    def _recall(self, polled: Polled) -> None:
        """Take in what was polled here a moment ago for others who have left."""
        assert self._poller is not None
        earlier = self._recent.get(polled.execution_id)
        if earlier is not None and earlier.latest is not None and earlier.polled_at > polled.polled_at:
            self._poller.take_shared(polled, earlier.latest, earlier.polled_at, over=earlier.over)

    def _tell(self, polled: Polled) -> None:
        if waits.is_shareable(polled.execution_id):
            self.news[polled.execution_id] = states.seen(polled)
            self._replica.stir()

    def _postpone(self, group: Group, seconds: float) -> None:
        if seconds > 0:
            self._budget(group).postpone(seconds)
            self.postponed[group] = self._replica.clock.monotonic() + seconds
            self._replica.activate(self)
            self._replica.stir()

    def _budget(self, group: Group) -> Budget:
        if group not in self._budgets:
            self._budgets[group] = Budget(self.name, group, self._replica.database, self._replica.clock, self)
        return self._budgets[group]


def _is_fresh(polled: Polled, since: float) -> bool:
    """Return whether its state is one that somebody takes who wants one since a monotonic time."""
    return polled.latest is not None and (polled.latest.is_terminal or polled.polled_at >= since - LOOK_KEPT)


def _is_served(wait: Wait) -> bool:
    """Return whether there is nothing more to wait for."""
    served = wait.asking == wait.polled.waiting_here and _is_fresh(wait.polled, wait.since)
    return wait.polled.over or served
