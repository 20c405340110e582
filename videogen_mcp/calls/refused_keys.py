"""Keys of callers that VideoGen refused a moment ago: who guesses keys shall not have this server try them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from videogen_mcp.calls.messages import BAD_KEY, KEYS_PAGE, Refusal
from videogen_mcp.calls.upstream import Account
from videogen_mcp.clock import Clock

REFUSED_FOR = 60.0
"""Seconds for which a key that VideoGen refused is not tried again: one that was made a moment ago works soon."""

MOST_REFUSED = 10_000
"""Refused keys that are remembered, 1 MB."""

MOST_OF_ORIGIN = 20
"""Refused keys of one address in that time, after which others from there are not tried that are not in use already:
a team behind one address mistypes a few, whoever guesses needs more."""


@dataclass
class RefusedKeys:
    """Remembers them by the names of their accounts, never the keys themselves."""

    clock: Clock
    _known: OrderedDict[str, tuple[float, str | None]] = field(default_factory=OrderedDict)
    """Until when by `clock.monotonic()`, and from where they came; the first to be forgotten is the first."""

    def check(self, account: Account) -> None:
        """Raise Refusal for a key that is not to be tried now."""
        now = self.clock.monotonic()
        while self._known and next(iter(self._known.values()))[0] <= now:
            self._known.popitem(last=False)
        if account.name in self._known:
            raise bad_key("VideoGen refused the key a moment ago")
        if account.origin is not None:
            alike = sum(origin == account.origin for _, origin in self._known.values())
            if alike >= MOST_OF_ORIGIN:
                raise Refusal(
                    BAD_KEY,
                    "VideoGen refused many keys from this address, so that this one was not tried",
                    "Call again in a minute; whoever sends the others has to stop",
                )

    def add(self, account: Account) -> None:
        """Remember a key that VideoGen refused."""
        self._known.pop(account.name, None)
        self._known[account.name] = self.clock.monotonic() + REFUSED_FOR, account.origin
        while len(self._known) > MOST_REFUSED:
            self._known.popitem(last=False)


def bad_key(why: str) -> Refusal:
    """Return the refusal of a key that a client sent."""
    step = f"Give the client a key that works (header X-VideoGen-Api-Key); keys are made at {KEYS_PAGE}"
    return Refusal(BAD_KEY, why, step)
