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
    too. `ci`: how CI tries it. `converters`: those of converters.py that its environment holds."""

    name: str
    title: str
    kind: Kind
    packages: tuple[str, ...]
    driver: str
    limit: str
    settings: str = "nothing"
    http: bool = False
    ci: tuple[Transport, ...] = ("stdio",)
    converters: tuple[str, ...] = ()

    @property
    def transports(self) -> tuple[Transport, ...]:
        return ("stdio", "http") if self.http else ("stdio",)

    @property
    def version(self) -> str:
        return self.packages[0].rpartition("@" if self.kind == "node" else "=")[2]


CLIENTS = (
    Client(
        "mcp",
        "MCP Python SDK",
        "python",
        ("mcp==2.3.0",),
        "mcp_sdk.py",
        "none",
        http=True,
        ci=("stdio", "http"),
    ),
    Client("mcp-v1", "MCP Python SDK before 2.0", "python", ("mcp==1.28.1",), "mcp_sdk_v1.py", "none"),
    Client("fastmcp", "FastMCP client", "python", ("fastmcp==4.2.3",), "fastmcp_client.py", "none", http=True),
    Client(
        "fastmcp-tasks",
        "FastMCP client with fastmcp-tasks",
        "python",
        ("fastmcp-tasks==4.1.4", "fastmcp==4.1.4"),
        "fastmcp_tasks_client.py",
        "none",
        http=True,
        ci=(),
    ),
    Client(
        "openai-agents",
        "OpenAI Agents SDK",
        "python",
        ("openai-agents==0.24.0",),
        "openai_agents.py",
        "5 s",
        "`MCPServerStdio(params={…}, client_session_timeout_seconds=300)`; without it, `max_turns=60`",
        http=True,
        converters=("openai_strict",),
        ci=("stdio", "http"),
    ),
    Client(
        "google-adk",
        "Google ADK",
        "python",
        ("google-adk[mcp]==2.13.0",),
        "google_adk.py",
        "5 s, 300 s over HTTP",
        "`StdioConnectionParams(server_params=…, timeout=300)`",
        http=True,
        converters=("google_genai", "google_adk"),
    ),
    Client(
        "pydantic-ai",
        "pydantic-ai",
        "python",
        ("pydantic-ai-slim[mcp,openai]==2.68.0",),
        "pydantic_ai_agent.py",
        "300 s",
        http=True,
        converters=("pydantic_ai_openai", "pydantic_ai_google"),
    ),
    Client(
        "langchain",
        "LangChain (langchain-mcp-adapters)",
        "python",
        ("langchain-mcp-adapters==0.3.2", "langchain==1.5.2", "langchain-openai==1.7.4"),
        "langchain_agent.py",
        "none",
        http=True,
        converters=("langchain_openai",),
    ),
    Client(
        "llama-index",
        "LlamaIndex (llama-index-tools-mcp)",
        "python",
        ("llama-index-tools-mcp==0.6.0", "llama-index-core==0.14.25", "llama-index-llms-openai-like==0.8.1"),
        "llama_index_agent.py",
        "30 s",
        "`BasicMCPClient(…, timeout=300)`",
        http=True,
        converters=("llama_index",),
    ),
    Client(
        "smolagents",
        "smolagents, its tools",
        "python",
        ("smolagents[mcp,openai]==1.26.0", "mcp==1.30.0"),
        "smolagents_tools.py",
        "none",
        "`CodeAgent`; `ToolCallingAgent` of this version demands optional arguments",
    ),
    Client(
        "crewai",
        "CrewAI, its tools (crewai-tools)",
        "python",
        ("crewai-tools[mcp]==1.15.30", "crewai==1.15.30", "mcp==1.30.0"),
        "crewai_tools_adapter.py",
        "none",
        ci=(),
    ),
    Client(
        "agno",
        "Agno",
        "python",
        ("agno==3.1.10", "fastmcp==4.2.3", "openai==2.54.0"),
        "agno_agent.py",
        "10 s",
        "`MCPTools(…, timeout_seconds=300)`",
        ci=(),
    ),
    Client(
        "strands", "Strands Agents", "python", ("strands-agents[openai]==1.62.0",), "strands_agent.py", "none", ci=()
    ),
    Client(
        "openai-agents-js",
        "OpenAI Agents SDK for TypeScript",
        "node",
        ("@openai/agents@0.20.0", "openai@6", "zod@4.6.7"),
        "openai_agents.mjs",
        "60 s",
        "`new MCPServerStdio({…, timeout: 300_000})`, and `VIDEOGEN_MCP_WAIT` below it",
        ci=(),
    ),
    Client(
        "typescript-v1",
        "MCP TypeScript SDK before 2.0",
        "node",
        ("@modelcontextprotocol/sdk@1.32.2",),
        "typescript_v1.mjs",
        "60 s",
        "the request option `timeout`, and `VIDEOGEN_MCP_WAIT` below it",
        http=True,
        ci=("stdio", "http"),
    ),
    Client(
        "typescript",
        "MCP TypeScript SDK",
        "node",
        ("@modelcontextprotocol/client@2.4.0",),
        "typescript_v2.mjs",
        "60 s",
        "the request option `timeout`, and `VIDEOGEN_MCP_WAIT` below it",
        http=True,
    ),
    Client(
        "inspector",
        "MCP Inspector, its command line",
        "node",
        ("@modelcontextprotocol/inspector@2.12.0",),
        "inspector_cli.py",
        "60 s",
        ci=(),
    ),
    Client(
        "inspector-tasks",
        "MCP Inspector, with Tasks",
        "node",
        ("@modelcontextprotocol/inspector@2.12.0",),
        "inspector_cli_tasks.py",
        "none",
        "`--protocol-era modern`",
        ci=(),
    ),
    Client(
        "vercel-ai",
        "Vercel AI SDK",
        "node",
        ("@ai-sdk/mcp@2.0.99", "ai@7.0.173", "@ai-sdk/openai-compatible@3.0.92"),
        "vercel_ai.mjs",
        "none",
        http=True,
    ),
    Client(
        "mastra",
        "Mastra",
        "node",
        ("@mastra/mcp@2.0.0", "@mastra/core@1.71.0", "@ai-sdk/openai-compatible@3.0.92"),
        "mastra.mjs",
        "60 s",
        "`new MCPClient({servers, timeout: 300_000})`, and `VIDEOGEN_MCP_WAIT` below it",
        http=True,
        ci=(),
    ),
    Client(
        "claude-code",
        "Claude Code",
        "node",
        ("@anthropic-ai/claude-code@2.1.332",),
        "claude_code.py",
        "none, in the background after 120 s",
        http=True,
        ci=(),
    ),
    Client("codex", "Codex", "node", ("@openai/codex@0.171.0",), "codex_cli.py", "300 s", ci=()),
    Client("gemini-cli", "Gemini CLI", "node", ("@google/gemini-cli@0.61.0",), "gemini_cli.py", "600 s", ci=()),
    Client("opencode", "opencode", "node", ("opencode-ai@1.18.33",), "opencode_cli.py", "60 s", ci=()),
)

NOT_RUN = {
    "Claude Desktop, claude.ai, Cursor, VS Code, Windsurf": "need a desktop and an account",
}
