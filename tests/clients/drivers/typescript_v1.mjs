// The MCP TypeScript SDK before 2.0.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { converse, given, textOf } from "./plain.mjs";

const client = new Client({ name: "an-app", version: "1.0" });
await client.connect(given.url ? new StreamableHTTPClientTransport(new URL(given.url)) : new StdioClientTransport(given));
const { tools } = await client.listTools();
await converse(
  tools.map((tool) => tool.name),
  async (name, args) => textOf(await client.callTool({ name, arguments: args }, undefined, { onprogress: () => {} })),
);
await client.close();
