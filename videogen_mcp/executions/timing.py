"""The numbers about time and rate that executions live by, in seconds unless the name says otherwise.

The intervals between polls stand beside the function that uses them (`schedule`), hosts' limits in `calls.hosts`, what
holds for every call in `calls.timing`.
"""

from __future__ import annotations

from videogen_mcp.api.limits import HOURLY_LIMITS
from videogen_mcp.api.timeouts import SUBMIT_TIMEOUT

EXECUTION_GETS_PER_HOUR = HOURLY_LIMITS["execution"]
"""What one API key may ask in an hour; headers override it."""

SHARE_OF_BUDGET = 0.9
"""How much of the key's budget polling may use: the rest is for single polls and for other processes."""

GONE_WITH_PROCESS = 0.6
"""How long a submit on the wire is waited for when the process must leave: hosts kill 1 s after the signal."""

DELIVERY_TIMEOUT = 10.0
"""What fetching fresh links may cost after the end of an execution; without them the answer still has the file id."""

SHARE_FOR_ASKING, LONGEST_ASKING = 0.8, 15.0
"""Part of a call's time, and seconds at most, for all requests of one `list_executions`: the journal's rows in time are
worth more than all rows late."""

SAVE_RESERVE = 0.5
"""Kept between the end of saving and the end of the call, so that what was made is in the answer even if it could
not be saved in time."""

CANCEL_TIMEOUT = 5.0
"""For a cancel sent upstream while the host is already gone."""

CANCEL_OUTCOME = 15.0
"""How long `cancel_execution` waits to see what the cancel really did; best effort upstream (API docs, cancel)."""

FRESH_STATE = 2.0
"""A state this young need not be asked for again."""

LOOK_KEPT = 1.0
"""A client that polls an execution itself gets the same answer for so long, however often it asks."""

ANSWERED_WITHIN = 3.0
"""How long one who wants to see an execution waits for the poll of another process, where an older state is known."""

STALE = 30.0
"""An older state that another process has seen is none: polls are SPARSEST apart at most."""

POLLED_LATELY = 60.0
"""An execution that was polled within this time is still polled: twice the longest interval (`schedule.SPARSEST`)."""

HELD_UP = 1.0
"""A call that is so late stood still with its process or its machine: what it last saw is old."""

LAST_POLL = 2.0
"""For the poll after that. The client has waited longer than it was meant to already."""

POLL_TIMEOUT = 15.0
"""For one poll. One that takes longer failed: the next one has better chances."""

HELD = 1
"""Seconds that the sandbox holds a poll until the execution has ended. People see it move that often."""

EMPTY_POLLS = 2
"""Further polls of a succeeded execution that shows no results yet."""

NEVER_LISTED = 300.0
"""A project that has not listed an edit for so long will not: lists lag by seconds, copying a project takes minutes at
most, and waiting behind other edits does not count."""

LIST_FROM = 8
"""From so many executions in flight, one list answers for all (today's API only)."""

LIST_INTERVAL = 1.5
"""Between two lists. The documents give the list no budget of its own; this stays within half of the GETs' one."""

LIST_DISTRUST = 60.0
"""After a list that failed, executions are polled singly for so long."""

LIST_PAGE = 200
"""Executions on one list page, the API's maximum (VideoGen docs, pagination)."""

TAKEN_AT_ONCE = 5
"""States of a page that are taken in before others have the event loop: each may be a message to a client, and those of
whole pages, of several accounts at the same time, would hold up everybody for 0.2 s."""

LIST_PAGES = 5
"""Pages one sweep reads at most; what is further back is polled singly."""

RECOVERY_POLLS = (1.0, 2.0)
"""Before the list is asked, and asked once more, for an execution whose submit broke: the service may not show it at
once, and other submits that are under way may get their ids meanwhile."""

SUBMIT_POLL = 0.5
"""Between two looks at the journal for the id of a submit that another process has under way."""

LISTED_TIMEOUT = 3.0
"""For the list that is read before a submit. Without it the submit leaves all the same, and cannot be recovered."""

LISTED_FRESH = 0.5
"""A list this young serves the next submit too: those of one moment share one."""

LISTED_DISTRUST = 10.0
"""After a list that could not be read in time, submits do without for so long."""

STEP_LISTS = 3
"""Further tries at the list before a submit that follows another execution, LISTED_DISTRUST seconds apart."""

LISTED = 20
"""Executions that are kept of it. One of them in a later list shows where what is new ends."""

JOURNAL_ROWS = 5_000
"""Ended executions of an account kept in the journal. Their number and not their age decides: a clock may be wrong."""

JOURNAL_ROWS_IN_ALL = 1_000_000
"""Those of all accounts together: some gigabyte of database."""

JOURNAL_CACHE_DAYS = 30
"""Age at which the journal forgets uploads and client cancellations, which are only there to save work."""

JOURNAL_BUSY = 2.0
"""How long a read or a write waits while no other process gets anything written; each takes a millisecond. A file that
stays locked must not stop the call."""

JOURNAL_BUSY_LONGEST = 10.0
"""How long it waits in all: forty processes that write at once let the last one in after one or two."""

JOURNAL_BUSY_BRIEFLY = 0.3
"""The same when the process starts, because hosts measure that, and when it exits with rows that are only in memory,
because they kill 1 s after the signal."""

JOURNAL_RETRY = 2.0
"""How long a journal that failed is left alone, and how often one in use is looked after."""

JOURNAL_PRUNED_EVERY = 1_800
"""Looks after the journal, an hour of them, between two times of letting old rows go."""

DATABASE_RETRY = 0.5
"""Between two tries of a shared database that is away. Nothing is started meanwhile."""

OUTBOX_PATIENCE = 2.0
"""How long a read waits until what was written before it is in a shared database, which takes milliseconds."""

MIRRORED = 3600.0
"""How long after its end an execution that nobody was told of stays in memory beside a shared database."""

KEPT = 60.0
"""How long what only saves work (learned limits, usual durations) is not read again from a shared database."""

KEPT_OF_FILE = 1.0
"""The same of a file: SQLite reads all of it anew that it needs whenever another process has written."""

BEAT = 5.0
"""Between two signs of life of a server in the shared database."""

LISTENED = BEAT + 1.0
"""How long a server at which the same call waits is listened for, before its call counts as cut: without this, who asks
again right after a server was killed would pay twice."""

LISTENED_EVERY = 0.5
"""Between two looks for that sign of life."""

SEEN_WITHIN = 45.0
"""A server without one for so long is gone. A submit ends within SUBMIT_AND_SLACK, so none of its own is on its way."""

GUARD_WINDOW = 3600.0
"""The hour of VIDEOGEN_MCP_MAX_EXECUTIONS and VIDEOGEN_MCP_SUBJECT_EXECUTIONS."""

SETTLED = 120.0
"""Seconds after which a submit that the list does not show was never taken, and what it shows then is of somebody
else: sending one ends within 40 s."""

ASKED_AGAIN = 15 * 60.0
"""How long after a call was cut the same call means the execution that it began."""

LONGEST_HOST_WAIT = 300.0
"""What a call takes at most on most hosts: when its process was killed, nobody noted the time."""

END_SEEN_WITHIN = (3.0, 0.2)
"""An end was seen as it came when it had not ended these seconds, or this part of its duration, before."""

EXPIRES_SOON = 60.0
"""Seconds. A link that dies this soon is fetched anew (as the official SDK does)."""

UNKNOWN_TYPICAL = (5.0, 180.0)
"""Seconds, for an execution of which we do not even know the workflow."""

SUBMIT_AND_SLACK = SUBMIT_TIMEOUT + 5.0
"""Seconds. The client ends a submit by itself; this is for a client that does not."""

LONGEST_SUBMIT = 2 * (LISTED_TIMEOUT + SUBMIT_AND_SLACK)
"""A submit that began before that is over, whatever its row says. Twice what it takes, for machines that sleep."""
