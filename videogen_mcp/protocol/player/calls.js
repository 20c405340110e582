// What calls brought, and following what still runs.
"use strict";

const WAITS = [2, 4, 8, 15]; // seconds of one wait_for_execution: progress is seen soon, and hosts give a call 60
const PAUSES = [1, 1, 2, 3, 5]; // seconds between two of them, however soon they are answered
const MOST_TURNS = 240; // calls until somebody has to ask again: an hour

const STATES = {
  running: "is running", failed: "failed", awaiting_approval: "waits for an approval", cancelled: "was cancelled",
};
const last = (table, turn) => table[Math.min(turn, table.length - 1)];

const answers = new Map(); // by execution, else by file
let files = [], pictures = [], selected = 0, following = false;

/** A call has begun: nothing is known but what was asked for. */
function begin(asked) {
  if (answers.size) return;
  say("state", "Working");
  say("about", words(asked.prompt ?? asked.text ?? asked.script, 300));
  element("progress").hidden = false;
}

function cancelled() {
  following = false;
  element("progress").hidden = true;
  say("state", "Cancelled");
  say("message", "list_executions shows what was started.");
}

const parts = (structured) => ("executions" in structured ? list(structured.executions).map(object) : [structured]);
const running = () => [...answers].filter(([id, one]) => id && one.status === "running").map(([id]) => id);

/** Show the result of a tool. One that has nothing to show is shown as its text, and not at all where others are. */
function take(result) {
  const content = list(result.content).map(object);
  const known = parts(object(result.structuredContent)).filter((one) => "status" in one || "file_id" in one);
  if (!known.length && answers.size) return;
  for (const one of known) answers.set(words(one.execution_id) || words(one.file_id), one);
  const images = content.filter((one) => one.type === "image" && PICTURE.test(one.mimeType));
  if (images.length) pictures = images.map((one) => `data:${one.mimeType};base64,${words(one.data, 2e6)}`);
  report();
  if (!known.length) say("message", words(content.find((one) => one.type === "text")?.text));
  showFiles();
  follow();
}

/** Say how it stands with what needs the reader most. */
function report() {
  const all = [...answers.values()];
  const one = [...Object.keys(STATES), "succeeded"].map((status) => all.find((other) => other.status === status))
    .find(Boolean) ?? {};
  const name = words(one.workflow).replaceAll("_", " ") || "execution";
  const open = running().length;
  const runs = one.status === "running", done = one.status === "succeeded";
  say("state", runs && all.length > 1 ? `${open} of ${all.length} are running`
    : one.status in STATES ? `${name[0].toUpperCase()}${name.slice(1)} ${STATES[one.status]}` : "");
  element("state").className = words(one.status);
  const percent = runs ? count(one.progress_percentage) : null;
  say("percent", percent === null ? "" : `${Math.round(percent)} %`);
  if (percent === null) element("progress").removeAttribute("value");
  else element("progress").value = percent;
  element("progress").hidden = !runs;
  if (!runs) say("about", "");
  const advice = done || runs ? words(one.text, 2000) : words(one.next_step);
  say("message", [words(object(one.error).message), advice].filter(Boolean)
    .map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`)).join(" "));
  element("again").hidden = runs || !host.serverTools || !words(one.next_step).includes("wait_for_execution");
  const placeholder = done && one.sandbox === true ? "A placeholder of the sandbox." : "";
  say("note", runs && !host.serverTools ? goesOn() : placeholder);
}

const goesOn = () => `It goes on by itself. Ask the assistant to wait for ${running().join(", ")}.`;

/** Ask for what still runs until it has ended, with longer and longer waits. A refusal ends it. */
async function follow() {
  if (following || !host.serverTools) return;
  following = true;
  for (let turn = 0; running().length; turn++) {
    await new Promise((resolve) => setTimeout(resolve, last(PAUSES, turn) * 1000));
    if (gone || !following) break;
    const ids = running();
    try {
      if (turn === MOST_TURNS) throw new Error("it takes long");
      const asked = { execution_id: ids.join(", "), wait_seconds: last(WAITS, turn) };
      const result = await request("tools/call", { name: "wait_for_execution", arguments: asked });
      if (gone || !following) break;
      const known = parts(object(result.structuredContent));
      if (!known.some((one) => ids.includes(one.execution_id)))
        throw new Error(words(object(known[0]?.error).message) || "the answer does not say how it stands");
      take(result);
    } catch (error) {
      say("note", `This page no longer follows it: ${error.message}. ${goesOn()}`);
      element("again").hidden = false;
      break;
    }
  }
  following = false;
}
