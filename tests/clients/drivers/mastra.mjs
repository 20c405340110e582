// Mastra.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Agent } from "@mastra/core/agent";
import { MCPClient } from "@mastra/mcp";
import { given } from "./plain.mjs";

const MAX_STEPS = 200; // More than any script asks for; the default is 5.

const server = given.url ? { url: new URL(given.url) } : { command: given.command, args: given.args, env: given.env };
const client = new MCPClient({ servers: { videogen: server } });
const model = createOpenAICompatible({ name: "scripted", baseURL: `${given.model}/v1` })("scripted");
const agent = new Agent({ id: "agent", name: "agent", instructions: "Go on.", model, tools: await client.listTools() });
await agent.generate("Go on.", { maxSteps: MAX_STEPS });
await client.disconnect();
