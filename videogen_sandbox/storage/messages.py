"""What a user and the assistant said to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from videogen_sandbox.storage.database import Database


@dataclass(frozen=True)
class Message:
    """A row of `messages`. The content of a reply is the outcome of the execution with the same id."""

    id: str
    assistant_id: str
    role: Literal["user", "assistant"]
    content: str
    created_at: float
    seq: int = 0


class Messages:
    """Reads and adds messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: Message) -> None:
        """Store a new message."""
        self._database.run(
            "INSERT INTO messages (id, assistant_id, role, content, created_at) VALUES (?, ?, ?, ?, ?)",
            message.id,
            message.assistant_id,
            message.role,
            message.content,
            message.created_at,
        )

    def get(self, message_id: str) -> Message | None:
        """Return a message; None when there is none with this id."""
        row = self._database.one("SELECT * FROM messages WHERE id = ?", message_id)
        return Message(**dict(row)) if row else None

    def listed(self, assistant_id: str) -> list[Message]:
        """Return the messages of an assistant, oldest first."""
        rows = self._database.all("SELECT * FROM messages WHERE assistant_id = ? ORDER BY seq", assistant_id)
        return [Message(**dict(row)) for row in rows]
