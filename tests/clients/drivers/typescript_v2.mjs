// The client of the MCP TypeScript SDK from 2.0 on.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { converse, given, textOf } from "./plain.mjs";

const client = new Client({ name: "an-app", version: "1.0" }, { versionNegotiation: { mode: "auto" } });
await client.connect(given.url ? new StreamableHTTPClientTransport(new URL(given.url)) : new StdioClientTransport(given));
const { tools } = await client.listTools();
await converse(
  tools.map((tool) => tool.name),
  async (name, args) => textOf(await client.callTool({ name, arguments: args }, { onprogress: () => {} })),
);
await client.close();
