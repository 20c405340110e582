// Keeps the gallery up to date while somebody looks at it. The server draws; this only puts what changed in its place.
"use strict";

const BUSY = 1000;   // ms between two looks while something is being made
const IDLE = 4000;   // … and while nothing is
const LOST = 8000;   // … and while the sandbox does not answer

const sections = [...document.querySelectorAll("[data-live]")];
const connection = document.getElementById("connection");
const drawn = {};

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;  // escaped by the server; the page's policy runs no inline script
  return template.content;
}

// Items that did not change stay as they are, with the reader's focus and the pictures they have loaded.
function patchList(before, after) {
  const known = new Map([...before.children].map((item) => [item.dataset.key, item]));
  const items = [...after.children].map((item) => {
    const old = known.get(item.dataset.key);
    if (!old) return item;
    if (old.outerHTML === item.outerHTML) return old;
    const bar = old.querySelector("progress"), now = item.querySelector("progress");
    if (bar && now) {
      bar.value = now.value;
      bar.setAttribute("value", now.getAttribute("value"));
      old.lastElementChild.replaceWith(item.lastElementChild);
      return old;
    }
    return item;
  });
  items.forEach((item, place) => {
    if (before.children[place] !== item) before.insertBefore(item, before.children[place] || null);
  });
  while (before.children.length > items.length) before.lastElementChild.remove();
}

function draw(section, html) {
  if (drawn[section.id] === html) return;
  drawn[section.id] = html;
  const fresh = parse(html);
  const before = section.querySelector("ul"), after = fresh.querySelector("ul");
  if (before && after) patchList(before, after);
  else section.replaceChildren(fresh);
}

async function look() {
  let next = IDLE;
  try {
    const answer = await fetch("/live", { cache: "no-store", signal: AbortSignal.timeout(LOST) });
    if (!answer.ok) throw new Error(String(answer.status));
    const parts = await answer.json();
    for (const section of sections) draw(section, parts[section.id] || "");
    if (parts.running) next = BUSY;
    connection.textContent = "";
  } catch {
    connection.textContent = "The sandbox does not answer. It comes back with the next tool call.";
    next = LOST;
  }
  plan(next);
}

let timer = 0;

function plan(delay) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, delay);  // a forgotten tab does not keep the sandbox alive
}

if (sections.length) {
  document.addEventListener("visibilitychange", () => plan(0));
  plan(BUSY);
}

if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), 2000);
