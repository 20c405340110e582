// An agent of Vercel's AI SDK that makes media. Needs ai, @ai-sdk/mcp, @ai-sdk/openai-compatible and OPENAI_API_KEY.

import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as StdioTransport } from "@ai-sdk/mcp/mcp-stdio";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs } from "ai";

const settings = Object.entries(process.env).filter(([name]) => name.startsWith("VIDEOGEN_"));
const videogen = await createMCPClient({
  transport: new StdioTransport({
    command: "/path/to/videogen_mcp/.venv/bin/videogen-mcp",
    env: Object.fromEntries(settings),
  }),
});
const openai = createOpenAICompatible({
  name: "openai",
  baseURL: process.env.OPENAI_BASE_URL ?? "https://api.openai.com/v1",
  apiKey: process.env.OPENAI_API_KEY,
});
const { text } = await generateText({
  model: openai("gpt-4.1"),
  tools: await videogen.tools(),
  prompt: process.argv[2],
  stopWhen: stepCountIs(20), // By itself it stops after the first step.
});
console.log(text);
await videogen.close();
