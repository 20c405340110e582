"""The log on stderr: plain text for people, or a JSON object a line for those who collect the logs of servers."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone

from videogen_mcp.telemetry import EVENTS

PLAIN = "%(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """Formats a record as one line: time (UTC, RFC 3339), level, logger, message, `facts` where it has some (`extra`),
    and the stack of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_to_stderr(level: str, *, hosted: bool = False) -> None:
    """Send this process's log to stderr: stdout belongs to MCP. A hosted server writes JSON, and who started what."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if hosted else logging.Formatter(PLAIN))
    logging.basicConfig(level=level, handlers=[handler])
    if hosted:
        EVENTS.setLevel(logging.INFO)
