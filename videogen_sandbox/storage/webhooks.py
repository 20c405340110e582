"""Webhook endpoints, and the deliveries that are still to be made to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from videogen_sandbox.storage.database import Database

TABLE = """
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL,          -- the webhook-id: one for an event, for all endpoints and attempts
    endpoint TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL               -- Unix seconds; while one is under way, when its lease expires
) STRICT
"""


@dataclass(frozen=True)
class Endpoint:
    """A row of `webhook_endpoints`. `secret` is "whsec_" and base64, `created_at` in Unix seconds."""

    endpoint_id: str
    url: str
    secret: str
    events: Sequence[str]
    description: str | None = None
    created_at: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """One message for one endpoint; `attempts` includes the one under way."""

    seq: int
    message: str
    endpoint: str
    body: str
    attempts: int


class Endpoints:
    """Reads and changes the registered endpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, endpoint: Endpoint) -> None:
        """Store a new endpoint."""
        self._database.run(
            "INSERT INTO webhook_endpoints (id, url, events, description, secret, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            endpoint.endpoint_id,
            endpoint.url,
            json.dumps(list(endpoint.events)),
            endpoint.description,
            endpoint.secret,
            endpoint.created_at,
        )

    def listed(self) -> list[Endpoint]:
        """Return all endpoints, oldest first."""
        return [_endpoint(row) for row in self._database.all("SELECT * FROM webhook_endpoints ORDER BY seq")]

    def remove(self, endpoint_id: str) -> bool:
        """Remove an endpoint; False when there is none with this id."""
        return self._database.run("DELETE FROM webhook_endpoints WHERE id = ?", endpoint_id) == 1


class Outbox:
    """The deliveries that are still to be made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.run(TABLE)

    def add(self, endpoint_id: str, message: str, body: str, now: float) -> None:
        """Store a delivery that is due at once."""
        self._database.run(
            "INSERT INTO deliveries (message, endpoint, body, due) VALUES (?, ?, ?, ?)", message, endpoint_id, body, now
        )

    def claim(self, now: float, lease: float, without: Sequence[str]) -> Delivery | None:
        """Claim the delivery that has been due for longest, for `lease` seconds; None when there is none.

        Deliveries to the endpoints in `without` are left out.
        """
        row = self._database.one(
            "UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE seq = ("
            f"  SELECT seq FROM deliveries WHERE due <= ? AND endpoint NOT IN ({', '.join('?' * len(without))})"
            "  ORDER BY due, seq LIMIT 1"
            ") RETURNING seq, message, endpoint, body, attempts",
            now + lease,
            now,
            *without,
        )
        return Delivery(**row) if row else None

    def remove(self, delivery: Delivery) -> None:
        """Remove a delivery that was made or given up."""
        self._database.run("DELETE FROM deliveries WHERE seq = ?", delivery.seq)

    def postpone(self, delivery: Delivery, due: float) -> None:
        """Release a delivery to be claimed again at `due` (Unix seconds)."""
        self._database.run("UPDATE deliveries SET due = ? WHERE seq = ?", due, delivery.seq)

    def waiting(self) -> int:
        """Return how many deliveries are still to be made."""
        row = self._database.one("SELECT COUNT(*) AS number FROM deliveries")
        return int(row["number"]) if row else 0


def _endpoint(row: sqlite3.Row) -> Endpoint:
    return Endpoint(
        row["id"], row["url"], row["secret"], json.loads(row["events"]), row["description"], row["created_at"]
    )
