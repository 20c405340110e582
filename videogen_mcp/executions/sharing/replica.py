"""One process among those that share their polling: its only task that uses the database, for all of its accounts.

Every round writes what is to be written, keeps the leases, and reads what may have changed. While the database is
away, calls wait for as long as a lease holds; after that every replica polls for its own calls, at its share of the
rate.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import quote, unquote

import anyio

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database, DatabaseUnavailable
from videogen_mcp.database.migrations import NewerDatabase, migrate
from videogen_mcp.executions.kinds import Kinds
from videogen_mcp.executions.sharing import budgets, leases, states, waits
from videogen_mcp.executions.sharing.account import SharedAccount
from videogen_mcp.executions.sharing.marks import chunks
from videogen_mcp.executions.sharing.states import News
from videogen_mcp.executions.sharing.tables import VERSIONS
from videogen_mcp.executions.sharing.wakes import Wake, tell_wake, wakes

log = logging.getLogger(__name__)

ROUND_EVERY = 0.05
"""Seconds between two rounds: what happens meanwhile is written and read together."""

RETRY = 1.0
"""Seconds until the database is tried again."""

BELT = 30.0
"""Seconds after which everything is read again, for what should have been heard and was not."""

UNHEARD = 1.0
"""The same where nothing is heard (`Database.hears`)."""

TIDIED_EVERY = 600.0
"""Seconds between two times of deleting what nobody needs any more."""

TOPICS = ("leases", "waits", "states", "budgets", "wakes")
"""What is told when it has changed: of states and wakes the executions (`word`), of the others the accounts."""


class Replica:
    """Shares polling through a database; `kinds` are what it can poll."""

    def __init__(self, database: Database, clock: Clock, kinds: Kinds) -> None:
        self.database = database
        self.clock = clock
        self.kinds = kinds
        self.id = secrets.token_hex(8)
        self.reachable = True
        """Whether the database answered when it was last used."""
        self._reached_at = clock.monotonic()
        self._has_tables = self._stood_down = False
        self._accounts: dict[str, SharedAccount] = {}
        """Those with calls that wait for what is shared, or a lease that nobody else wants."""
        self._leaving: list[SharedAccount] = []
        self._wakes: set[Wake] = set()
        """What other replicas are to poll now."""
        self._stale: set[str] = set()
        self._stirred = anyio.Event()
        self._signed_at = self._tidied_at = float("-inf")
        self._read_at = clock.monotonic()
        for topic in TOPICS:
            database.hear(topic, partial(self._hear, topic))

    def of(self, account: str) -> SharedAccount:
        """Return what a new poller of an account shares with others."""
        return SharedAccount(account, self)

    def wake(self, execution_id: str, account: str = "") -> None:
        """Have an execution polled now by whichever replica polls it; of any account where none is named."""
        now = self.clock.monotonic()
        named = [known for known in self._accounts.values() if account in ("", known.name)]
        if not any(known.wake(execution_id, now) for known in named) and waits.is_shareable(execution_id):
            self._wakes.add(Wake(account, execution_id))
            self.stir()

    async def run(self) -> None:
        """Share until cancelled. Leases that are held then end by themselves, unless they are given up.

        Returns where the tables are those of a newer version; then this process polls for its own calls.
        """
        while True:
            with anyio.move_on_after(self._pause()):
                await self._stirred.wait()
            self._stirred = anyio.Event()
            try:
                if not self._has_tables:
                    await migrate(self.database, {"polling": VERSIONS})
                    self._has_tables = True
                await self._round()
            except NewerDatabase as trouble:
                log.error("%s", trouble)
                self._reached_at = float("-inf")
                self.lost()
                return
            except DatabaseUnavailable:
                self.lost()
            else:
                self.reachable, self._reached_at, self._stood_down = True, self.clock.monotonic(), False
            await self.clock.sleep(ROUND_EVERY)

    async def give_up(self) -> None:
        """Give up what it holds, so that others go on at once. What cannot be given up ends by itself."""
        held = [account.name for account in (*self._accounts.values(), *self._leaving) if account.holds]
        try:
            await self._send()
            for some in chunks(held):
                await leases.release(self.database, some, self.id)
                self.database.tell("leases", *some)
        except DatabaseUnavailable as trouble:
            log.info("leases were not given up, and end within %.0f s: %s", leases.TTL, trouble)

    # -- what its accounts use ----------------------------------------------------------------------------------------

    @property
    def is_cut_off(self) -> bool:
        """Whether the database has been away for longer than a lease."""
        return not self.reachable and self.clock.monotonic() - self._reached_at > leases.TTL - leases.MARGIN

    def lost(self) -> None:
        """The database did not answer: everything is told and read again when it does."""
        if self.reachable:
            log.warning("polling is not shared with other servers for now: the database does not answer")
        self.reachable = False
        self._stale |= {*TOPICS}
        if self.is_cut_off and not self._stood_down:
            self._stood_down = True
            for account in self._accounts.values():
                account.stand_down()
                account.turned()

    def stir(self, *what: str) -> None:
        """Go to work: write what is to be written, and read again what may have changed."""
        self._stale.update(what)
        self._stirred.set()

    def activate(self, account: SharedAccount) -> None:
        """An account has something to share; one of the same name has no calls any more."""
        former = self._accounts.get(account.name)
        if former is not account:
            self._leaving = [other for other in (*self._leaving, former) if other not in (account, None)]
            self._accounts[account.name] = account
            self.database.attend(True)
            self.stir("leases")

    def is_active(self, account: SharedAccount) -> bool:
        """Return whether it has calls that wait for what is shared, or a lease that nobody else wants."""
        return self._accounts.get(account.name) is account

    # -- rounds -------------------------------------------------------------------------------------------------------

    def _pause(self) -> float:
        """Return the seconds until the next round, unless something happens before."""
        if not self.reachable:
            return RETRY
        if not self._accounts:
            return float("inf") if self._has_tables else 0.0
        due = [account.lease_due for account in self._accounts.values() if account.wants]
        return max(min([*due, self._read_at + self._belt]) - self.clock.monotonic(), 0.0)

    @property
    def _belt(self) -> float:
        return BELT if self.database.hears else UNHEARD

    async def _round(self) -> None:
        """Do what is due. Raises DatabaseUnavailable; what was not done stays to be done."""
        now = self.clock.monotonic()
        stale, self._stale = self._stale, set()
        if now - self._read_at >= self._belt or not self.reachable:
            stale |= {*TOPICS}
        for name in [name for name, account in self._accounts.items() if account.leaves]:
            self._leaving.append(self._accounts.pop(name))
        self.database.attend(bool(self._accounts))
        await self._send()
        await self._leave()
        if "states" in stale:
            await self._read_states([account for account in self._accounts.values() if not account.holds])
        if gained := await self._keep_leases(everything="leases" in stale):
            await self._read_states(gained)
            for account in gained:
                account.begin()
        await self._tell_waits()
        if "waits" in stale or gained:
            await self._adopt()
        if "budgets" in stale:
            await self._read_postponed()
        if "wakes" in stale and any(account.holds for account in self._accounts.values()):
            await self._read_wakes()
        if stale >= {*TOPICS}:
            self._read_at = now
        if now - self._tidied_at >= TIDIED_EVERY and any(account.holds for account in self._accounts.values()):
            self._tidied_at = now
            await states.tidy(self.database)

    async def _send(self) -> None:
        """Write what others are to know, and tell them."""
        accounts = (*self._accounts.values(), *self._leaving)
        now = self.clock.monotonic()
        news = [News(one.name, *told, one.epoch) for one in accounts for told in one.news.items()]
        await states.tell_states(self.database, news, self.id, now)
        gone = [(one.name, execution_id) for one in accounts for execution_id in one.left_waits]
        await waits.forget_waits(self.database, gone, self.id)
        for one in accounts:
            one.told(
                [told for told in news if told.account == one.name], {left for name, left in gone if name == one.name}
            )
        self._tell("states", (word(told.account, told.execution_id) for told in news))
        self._tell("waits", (name for name, _ in gone))
        for one in accounts:
            for group, until in list(one.postponed.items()):
                await budgets.postpone(self.database, one.name, group, until - now)
                one.postponed.pop(group)
                self._tell("budgets", [one.name])
        for wake in list(self._wakes):
            await tell_wake(self.database, wake)
            self._wakes.discard(wake)
            self._tell("wakes", [word(wake.account, wake.execution_id)])

    async def _leave(self) -> None:
        """Give up the accounts that no call waits for."""
        leaving = self._leaving
        held = [account.name for account in leaving if account.epoch is not None and account.name not in self._accounts]
        for some in chunks(held):
            await leases.release(self.database, some, self.id)
            self.database.tell("leases", *some)
        for account in leaving:
            if account is not self._accounts.get(account.name):
                account.stand_down()
        self._leaving = [account for account in self._leaving if account not in leaving]

    async def _keep_leases(self, *, everything: bool) -> list[SharedAccount]:
        """Renew the leases that are held and take those that nobody holds. Return the accounts that were gained."""
        before = self.clock.monotonic()
        if everything:
            for account in self._accounts.values():
                account.lease_stale = True
        asked = [
            name
            for name, account in self._accounts.items()
            if account.wants and (account.lease_stale or account.lease_due <= before)
        ]
        gained: list[SharedAccount] = []
        for names in chunks(asked):
            mine = [name for name in names if self._accounts[name].epoch is not None]
            renewed = [name for name in mine if self._accounts[name].lease_due <= before]
            if renewed:
                await leases.claim(self.database, renewed, self.id)
            found = await leases.leases(self.database, names)
            free = [name for name in names if name not in found or found[name].left <= 0]
            if free:
                await leases.claim(self.database, free, self.id)
                found |= await leases.leases(self.database, free)
            for name, lease in found.items():
                account = self._accounts[name]
                held, account.lease_stale = account.holds, False
                account.take_lease(lease, mine=lease.owner == self.id and lease.left > 0, asked_at=before)
                if not account.holds:
                    account.lease_due = before + max(lease.left, ROUND_EVERY)
                elif name in (*renewed, *free):
                    account.lease_due = before + leases.BEAT
                if account.holds and not held:
                    gained.append(account)
        return gained

    async def _read_states(self, accounts: Sequence[SharedAccount]) -> None:
        """Take in what other replicas have seen."""
        waited_for = [(account.name, execution_id) for account in accounts for execution_id in account.polled_elsewhere]
        now = self.clock.monotonic()
        for name, execution_id, seen in await states.states_of(self.database, waited_for, now):
            self._accounts[name].take_state(execution_id, seen)

    async def _tell_waits(self) -> None:
        """Let those who poll know what calls of this replica wait for."""
        now = self.clock.monotonic()
        elsewhere = any(not account.holds for account in self._accounts.values())
        if elsewhere and now - self._signed_at >= waits.SIGN_EVERY:
            await waits.sign(self.database, self.id)
            self._signed_at = now
        untold = [(name, wait) for name, account in self._accounts.items() for wait in account.untold()]
        asked = [wait.since for _, wait in untold]
        await waits.tell_waits(self.database, untold, self.id, self.clock.monotonic())
        for (_, wait), since in zip(untold, asked, strict=True):
            wait.told, wait.written = wait.since == since, True
        self._tell("waits", (name for name, _ in untold))

    def _tell(self, topic: str, words: Iterable[str]) -> None:
        if told := [*dict.fromkeys(words)]:
            self.database.tell(topic, *told)

    async def _adopt(self) -> None:
        """Poll what calls of other replicas wait for."""
        held = [name for name, account in self._accounts.items() if account.holds]
        for names in chunks(held):
            for name, wanted in (await waits.waits_of_others(self.database, names, self.id)).items():
                self._accounts[name].adopt(wanted)

    async def _read_postponed(self) -> None:
        for names in chunks(list(self._accounts)):
            for name, group, seconds in await budgets.postponed(self.database, names):
                self._accounts[name].postpone(group, seconds)

    async def _read_wakes(self) -> None:
        now = self.clock.monotonic()
        for name, execution_id, since in await wakes(self.database):
            for account in self._accounts.values():
                if name in ("", account.name):
                    account.wake(execution_id, now - since)

    # -- what is heard ------------------------------------------------------------------------------------------------

    def _hear(self, topic: str, words: Sequence[str]) -> None:
        """Read again what has changed, if that concerns this replica; without words anything may have."""
        if not words and self._accounts:
            self.stir(topic)
        for said in words:
            name, _, execution_id = said.partition("/")
            named = [self._accounts[name]] if name in self._accounts else self._accounts.values() if not name else ()
            if any(account.reads(topic, unquote(execution_id)) for account in named):
                self.stir(topic)


@asynccontextmanager
async def opened(database: Database, clock: Clock, kinds: Kinds) -> AsyncIterator[Replica]:
    """Yield what shares polling through a database; at the end it gives up what it holds."""
    replica = Replica(database, clock, kinds)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(replica.run)
        yield replica
        tasks.cancel_scope.cancel()
    await replica.give_up()


def word(account: str, execution_id: str) -> str:
    """Return an execution as it is told: without white space."""
    return f"{account}/{quote(execution_id, safe='')}"
