"""Seconds that one call lives by, whatever it does. What a host allows stands in `hosts`."""

from __future__ import annotations

BEAT = 8.0
"""Longest silence of a waiting call. Hosts with an idle timer want a progress message within 10."""

WAITING_FOR_NOTHING = 4.0
"""What a call may take under VIDEOGEN_MCP_WAIT=0: submitting, or one poll. Below the lowest limit of a host, 5 s."""

READING_THE_JOURNAL = 0.05
"""What a call may take whose turn comes after the end of input: hosts give the process 1 s in all."""

ANSWER_RESERVE = 0.25
"""Kept free at the end of a call's budget to write the answer."""

ONE_CUT_MEMORY = 3600.0
"""How long a limit is believed that showed once: it may have been a person, or another program of the same name."""

LIMIT_MEMORY = 24 * 3600.0
"""How long a limit is believed that showed more than once: people change settings, and hosts are updated."""

LONGEST_WITHOUT_EXECUTION = 50.0
"""Seconds for a call that waits for no execution, whatever the host allows: the TypeScript SDK stops at 60 s, and what
did not come by then does not come."""
