"""The clients, in the versions that are tried, and what each of them needs to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["python", "node"]
Transport = Literal["stdio", "http"]


@dataclass(frozen=True)
class Client:
    """`packages` are fixed versions; the first is the client's own. `driver` is a file of drivers/. `limit`: after how
    long it stops waiting by itself. `settings`: what its user sets for long executions. `http`: it is tried over HTTP,
    too. `ci`: CI tries it."""

    name: str
    title: str
    kind: Kind
    packages: tuple[str, ...]
    driver: str
    limit: str
    settings: str = "nothing"
    http: bool = False
    ci: bool = True

    @property
    def transports(self) -> tuple[Transport, ...]:
        return ("stdio", "http") if self.http else ("stdio",)

    @property
    def version(self) -> str:
        return self.packages[0].rpartition("@" if self.kind == "node" else "=")[2]


CLIENTS = (
    Client("mcp", "MCP Python SDK", "python", ("mcp==2.3.0",), "mcp_sdk.py", "none", http=True),
    Client("fastmcp", "FastMCP client", "python", ("fastmcp==4.2.3",), "fastmcp_client.py", "none", http=True),
    Client(
        "openai-agents",
        "OpenAI Agents SDK",
        "python",
        ("openai-agents==0.24.0",),
        "openai_agents.py",
        "5 s",
        "`MCPServerStdio(params={…}, client_session_timeout_seconds=300)`; `max_turns` above its 10",
        http=True,
    ),
)

NOT_RUN = {
    "Claude Desktop, claude.ai, Cursor, VS Code, Windsurf": "need a desktop and an account",
}
