// What calls brought, and following what still runs.
"use strict";

const WAITS = [2, 4, 8, 15]; // seconds of one wait_for_execution: progress is seen soon, and hosts give a call 60
const PAUSES = [1, 1, 2, 3, 5]; // seconds between two of them, however soon they are answered
const MOST_TURNS = 180; // calls until somebody has to ask again: an hour, with the longest waits and pauses
const PATIENCE = 180; // seconds for an answer: somebody may have to allow the call first

const STATES = {
  running: "is running", failed: "failed", awaiting_approval: "waits for an approval", cancelled: "was cancelled",
  succeeded: "succeeded",
};
const last = (table, turn) => table[Math.min(turn, table.length - 1)];

const answers = new Map(); // by execution, else by file
let files = [], pictures = [], selected = 0, follower = null;

/** A call has begun: nothing is known but what was asked for. */
function begin(asked) {
  if (answers.size) return;
  say("state", "Working");
  say("about", words(asked.prompt ?? asked.text ?? asked.script, 300));
  advance(true, null);
}

function cancelled() {
  follower = null;
  advance(false, null);
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
  const images = content.filter((one) => one.type === "image" && PICTURE.test(words(one.mimeType)));
  if (images.length) pictures = images.map((one) => `data:${one.mimeType};base64,${words(one.data, 2e6)}`);
  report();
  if (!known.length) say("message", words(content.find((one) => one.type === "text")?.text));
  showFiles();
  follow();
}

/** Say how it stands with what needs the reader most. */
function report() {
  const all = [...answers.values()], ids = running();
  const one = Object.keys(STATES).map((status) => all.find((other) => other.status === status)).find(Boolean) ?? {};
  const name = words(one.workflow).replaceAll("_", " ") || "execution";
  const runs = one.status === "running", done = one.status === "succeeded";
  const shown = one.status && !(done && all.some((other) => list(other.files).length || "file_id" in other));
  say("state", ids.length && all.length > 1 ? `${ids.length} of ${all.length} are running`
    : shown ? `${name[0].toUpperCase()}${name.slice(1)} ${STATES[one.status]}` : "");
  element("state").classList.toggle("failed", one.status === "failed");
  advance(runs, count(one.progress_percentage));
  say("message", [words(object(one.error).message), advice(one)].filter(Boolean).map(sentence).join(" "));
  if (!runs) say("about", "");
  element("again").hidden = runs || !host.serverTools || !words(one.next_step).includes("wait_for_execution");
  const placeholder = done && one.sandbox === true ? "A placeholder of the sandbox." : "";
  say("note", ids.length && !host.serverTools ? goesOn(ids) : placeholder);
}

function advance(runs, percent) {
  element("progress").hidden = !runs;
  if (percent === null) element("progress").removeAttribute("value");
  else element("progress").value = percent;
  say("percent", runs && percent !== null ? `${Math.round(percent)} %` : "");
}

/** What the reader should know besides: the next step, where this page does not take it itself. */
function advice(one) {
  if (one.status === "succeeded") return words(one.text, 2000);
  if (one.status === "awaiting_approval") return "It goes on once it is approved in VideoGen";
  return one.status === "running" && one.execution_id ? "" : words(one.next_step);
}

const sentence = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);
const goesOn = (ids) => `It goes on by itself. Ask the assistant to wait for ${ids.join(", ")}.`;

/** Rejects when a host has had enough time to answer. */
const silence = () => new Promise((_, reject) =>
  setTimeout(() => reject(new Error("this app does not answer")), PATIENCE * 1000));

/** Ask for what still runs until it has ended, with longer and longer waits, and tell the model. A refusal ends it. */
async function follow() {
  if (follower || !host.serverTools) return;
  const own = follower = {};
  let result;
  for (let turn = 0; running().length; turn++) {
    await new Promise((resolve) => setTimeout(resolve, last(PAUSES, turn) * 1000));
    const ids = running();
    const asked = { execution_id: ids.join(", "), wait_seconds: last(WAITS, turn) };
    try {
      if (gone || follower !== own) return;
      if (turn === MOST_TURNS) throw new Error("it takes long");
      result = await Promise.race([request("tools/call", { name: "wait_for_execution", arguments: asked }), silence()]);
      if (gone || follower !== own) return;
      const known = parts(object(result.structuredContent));
      if (!known.some((one) => ids.includes(one.execution_id)))
        throw new Error(words(object(known[0]?.error).message) || "the answer does not say how it stands");
      take(result);
    } catch (error) {
      follower = null;
      say("note", `This page no longer follows it: ${error.message}. ${goesOn(ids)}`);
      element("again").hidden = false;
      return;
    }
  }
  follower = null;
  const content = list(result?.content).filter((one) => object(one).type === "text");
  if (host.updateModelContext && content.length) request("ui/update-model-context", { content }).catch(() => {});
}
