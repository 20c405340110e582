"""The tables that pollers share. All times are the database's own, in Unix seconds, so no clocks are compared."""

from __future__ import annotations

SHARING_TABLES: tuple[str, ...] = (
    # The hour of each group of operations: when the next request after all that were handed out is due (`budgets`).
    """CREATE TABLE budgets (
        account TEXT NOT NULL, grp TEXT NOT NULL, tat DOUBLE PRECISION NOT NULL, not_before DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (account, grp)
    )""",
    # Which replica polls an account; the epoch grows with every change of owner (`leases`).
    """CREATE TABLE leases (
        account TEXT PRIMARY KEY, owner TEXT NOT NULL, until DOUBLE PRECISION NOT NULL, epoch BIGINT NOT NULL
    )""",
    # Replicas whose calls wait for what others poll; the waits of one that is gone count no more (`waits`).
    """CREATE TABLE waiting_replicas (id TEXT PRIMARY KEY, until DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE waits (
        account TEXT NOT NULL, execution_id TEXT NOT NULL, replica TEXT NOT NULL, handle TEXT NOT NULL,
        began DOUBLE PRECISION NOT NULL, since DOUBLE PRECISION NOT NULL, at_once BIGINT NOT NULL,
        PRIMARY KEY (account, execution_id, replica)
    )""",
    # What the replica that polls has seen; `final` as in `states`.
    """CREATE TABLE states (
        account TEXT NOT NULL, execution_id TEXT NOT NULL, state TEXT, final BIGINT NOT NULL,
        polled_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (account, execution_id)
    )""",
    # Executions that something happened to, as a webhook told one replica; the account may be empty (`wakes`).
    """CREATE TABLE wakes (
        account TEXT NOT NULL, execution_id TEXT NOT NULL, since DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (account, execution_id)
    )""",
)
"""Statements that make them."""

VERSIONS = (SHARING_TABLES,)
"""As `database.migrations` carries them out."""
