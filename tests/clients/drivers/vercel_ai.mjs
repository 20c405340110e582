// The AI SDK of Vercel.

import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as StdioTransport } from "@ai-sdk/mcp/mcp-stdio";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs } from "ai";
import { given } from "./plain.mjs";

const MAX_STEPS = 200; // More than any script asks for; the default is 1.

const transport = given.url ? { type: "http", url: given.url } : new StdioTransport(given);
const client = await createMCPClient({ transport });
const model = createOpenAICompatible({ name: "scripted", baseURL: `${given.model}/v1` })("scripted");
await generateText({ model, tools: await client.tools(), prompt: "Go on.", stopWhen: stepCountIs(MAX_STEPS) });
await client.close();
