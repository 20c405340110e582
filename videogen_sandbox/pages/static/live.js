// Keeps a page up to date while somebody looks at it. The server draws the same page again, and what differs in its
// sections with `data-live` is put in its place: what is focused, folded, loaded or playing stays as it is.

const BUSY = 1000;   // ms between two requests while something on the page is going on
const IDLE = 4000;   // … and while nothing is
const LOST = 8000;   // … and while the sandbox does not answer

const connection = document.getElementById("connection");
let known = "";      // the ETag of the page as it is shown
let timer = 0;
let latest = 0;      // the number of the newest request: answers to older ones are dropped

export function keepUpToDate() {
  if (!document.querySelector("[data-live]")) return;
  document.addEventListener("visibilitychange", () => plan(0));
  plan(BUSY);
}

// Draws the page at the address, at once.
export async function refresh() {
  const request = ++latest;
  let next = IDLE;
  try {
    const answer = await fetch(location.href, {
      cache: "no-store",
      headers: { Accept: "text/html", "If-None-Match": known },
      signal: AbortSignal.timeout(LOST),
    });
    if (request !== latest) return;
    if (answer.status === 200) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (request !== latest) return;
      known = answer.headers.get("ETag") || "";
      draw(page);
    } else if (answer.status !== 304) {
      throw new Error(String(answer.status));
    }
    connection.textContent = "";
    if (document.querySelector("main[data-busy]")) next = BUSY;
  } catch {
    if (request !== latest) return;
    connection.textContent = "The sandbox does not answer. This page goes on by itself once it runs again.";
    next = LOST;
  }
  plan(next);
}

function plan(delay) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, delay);  // a forgotten tab does not keep the sandbox alive
}

function draw(page) {
  document.querySelector("main").toggleAttribute("data-busy", page.querySelector("main[data-busy]") !== null);
  for (const section of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(section.id);
    if (fresh) morphChildren(section, fresh);
  }
  document.dispatchEvent(new Event("drawn"));
}

function morph(node, fresh) {
  if (node.isEqualNode(fresh)) return;
  for (const { name } of [...node.attributes]) {
    if (!fresh.hasAttribute(name) && !isOfTheReader(node, name)) node.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (node.getAttribute(name) !== value && !isOfTheReader(node, name)) node.setAttribute(name, value);
  }
  morphChildren(node, fresh);
}

// What somebody has folded, is listening to, or the scripts have set.
function isOfTheReader(node, name) {
  if (node.classList.contains("playing")) return true;
  return node.tagName === "DETAILS" ? name === "open" : node.tagName === "BUTTON" && name === "hidden";
}

function morphChildren(parent, fresh) {
  if (parent.classList.contains("playing")) return;
  const kept = new Map();
  for (const child of parent.children) if (keyOf(child)) kept.set(keyOf(child), child);
  let place = parent.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const own = keyOf(wanted) ? kept.get(keyOf(wanted)) : place;
    if (own && isAlike(own, wanted)) {
      if (own === place) place = place.nextSibling;
      else parent.insertBefore(own, place);
      if (own.nodeType === Node.ELEMENT_NODE) morph(own, wanted);
      else if (own.nodeValue !== wanted.nodeValue) own.nodeValue = wanted.nodeValue;
    } else {
      parent.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function isAlike(own, wanted) {
  return own.nodeName === wanted.nodeName && keyOf(own) === keyOf(wanted);
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || node.id || "" : "";
}
