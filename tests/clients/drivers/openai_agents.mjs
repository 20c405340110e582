// The OpenAI Agents SDK for TypeScript.

import { Agent, MCPServerStdio, run, setDefaultOpenAIClient, setTracingDisabled } from "@openai/agents";
import OpenAI from "openai";
import { given } from "./plain.mjs";

const MAX_TURNS = 60; // At its limit of 5 s, an execution of 75 s takes twenty turns; the default is 10.

setTracingDisabled(true);
setDefaultOpenAIClient(new OpenAI({ baseURL: `${given.model}/v1`, apiKey: "none" }));
const server = new MCPServerStdio({ name: "videogen", command: given.command, args: given.args, env: given.env });
await server.connect();
const agent = new Agent({ name: "agent", instructions: "Make media.", model: "scripted", mcpServers: [server] });
await run(agent, "Go on.", { maxTurns: MAX_TURNS });
await server.close();
