// The bridge to the host: JSON-RPC 2.0 by messages between windows (MCP Apps).
//
// What others wrote (names, prompts, errors, addresses) comes in through `words`, `count` and `link`, and reaches the
// page as text, or as the address of an image, a film or a sound: never as HTML.
"use strict";

const PROTOCOL = "2026-01-26"; // of MCP Apps

const PICTURE = /^image\/(png|jpeg|webp)$/;

const element = (id) => document.getElementById(id);
const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});
const list = (value) => (Array.isArray(value) ? value : []);
const words = (value, most = 600) => (typeof value === "string" ? value.slice(0, most).toWellFormed().trim() : "");
const count = (value) => (typeof value === "number" && value >= 0 && value < 1e12 ? value : null);

/** An address on the web, or of the sandbox on this machine, as it may be loaded or opened; of all others "". */
function link(value) {
  const text = words(value, 4000);
  if (!URL.canParse(text)) return "";
  const url = new URL(text);
  const here = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && here) ? url.href : "";
}

function say(id, text) {
  const node = element(id);
  if (node.textContent !== text) node.textContent = text; // screen readers do not read the same again
  node.hidden = text === "";
}

const pending = new Map();
let requests = 0, host = {}, fullscreen = false, gone = false;

const send = (message) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
const notify = (method, params = {}) => send({ method, params });

/** What the host answers. Rejects with its reason. */
function request(method, params = {}) {
  const id = ++requests;
  send({ id, method, params });
  return new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
}

addEventListener("message", ({ source, data }) => {
  const message = object(data);
  if (source !== parent || message.jsonrpc !== "2.0") return;
  if (typeof message.method === "string") return receive(message.method, object(message.params), message.id);
  const waiting = pending.get(message.id);
  pending.delete(message.id);
  if ("error" in message) waiting?.reject(new Error(words(object(message.error).message) || "no reason given"));
  else waiting?.resolve(object(message.result));
});

const METHODS = {
  "ping": () => ({}),
  "ui/resource-teardown": () => {
    gone = true;
    document.querySelectorAll("video, audio").forEach((media) => media.pause());
    return {};
  },
  "ui/notifications/tool-input": (params) => begin(object(params.arguments)),
  "ui/notifications/tool-result": (params) => take(params),
  "ui/notifications/tool-cancelled": () => cancelled(),
  "ui/notifications/host-context-changed": (params) => adopt(params),
};

function receive(method, params, id) {
  const result = Object.hasOwn(METHODS, method) ? METHODS[method](params) : undefined;
  if (id === undefined || id === null) return;
  send(result ? { id, result } : { id, error: { code: -32601, message: "Method not found" } });
}

/** Follow the host's theme, its colours and fonts, and the way it shows this page. */
function adopt(context) {
  const root = document.documentElement;
  if (["light", "dark"].includes(context.theme)) root.style.colorScheme = context.theme;
  for (const [name, value] of Object.entries(object(object(context.styles).variables)))
    if (/^--[\w-]+$/.test(name)) root.style.setProperty(name, words(value));
  for (const [side, width] of Object.entries(object(context.safeAreaInsets)))
    document.body.style.setProperty(`padding-${side}`, `${count(width) ?? 0}px`);
  const modes = context.availableDisplayModes;
  if (Array.isArray(modes)) fullscreen = modes.includes("fullscreen");
  if (typeof context.displayMode === "string") {
    const full = context.displayMode === "fullscreen";
    root.classList.toggle("fullscreen", full);
    element("full").textContent = full ? "Leave full screen" : "Full screen";
  }
}
