// An agent on the official TypeScript SDK: it calls a tool once and then does what the answers advise.
//
//   node agent.mjs '{"command": …, "args": […], "env": {…}, "client": …, "tool": …, "arguments": {…}, "timeout": ms}'
//
// Prints one JSON line per call: what was called, what came of it, and after how many seconds. Without "timeout" the
// SDK's own limit holds (60 s).

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";

const CALLS = 20; // More than any execution here needs; an agent that goes in circles must end.

const asked = JSON.parse(process.argv[2]);
const options = asked.timeout === undefined ? {} : { timeout: asked.timeout };
const client = new Client({ name: asked.client, version: "1.0" });
await client.connect(new StdioClientTransport({ command: asked.command, args: asked.args, env: asked.env }));

let step = { name: asked.tool, arguments: asked.arguments };
for (let call = 0; step && call < CALLS; call += 1) {
  const began = performance.now();
  const said = { tool: step.name };
  let answer;
  try {
    const progress = [];
    answer = await client.callTool(step, undefined, { ...options, onprogress: (beat) => progress.push(beat.progress) });
    said.rising = progress.every((value, place) => place === 0 || value > progress[place - 1]);
    said.structured = answer.structuredContent;
    said.isError = answer.isError ?? false;
  } catch (error) {
    if (error.code !== ErrorCode.RequestTimeout) throw error;
    said.cut = true;
  }
  said.seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify(said));
  step = next(step, answer?.structuredContent);
}
await client.close();

// What an agent does next: after a cut call it looks what became of it; what is running it waits for.
function next(step, found) {
  if (found === undefined) return { name: "list_executions", arguments: {} };
  const open = found.executions?.find((row) => row.delivered === false && row.execution_id) ?? found;
  if (step.name === "list_executions" || found.status === "running")
    return { name: "wait_for_execution", arguments: { execution_id: open.execution_id } };
  return undefined;
}
