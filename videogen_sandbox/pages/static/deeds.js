// Buttons and fields: what they do without leaving the page.
import { refresh } from "./live.js";

const TYPING = 150;  // ms without a key after which a search begins
const SHOWN = 1500;  // ms for which a button says that it has copied

export function copyOnClick() {
  show();
  document.addEventListener("drawn", show);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const words = button.textContent;
    button.textContent = (await copied(button.dataset.copy)) ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = words; }, SHOWN);
  });
}

function show() {
  for (const button of document.querySelectorAll(".copy[hidden], .help[hidden]")) button.hidden = false;
}

// Pages that came over plain HTTP from another machine have no clipboard of their own; they have the old command.
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

// Plays the clip or sound of a tile within the tile, one at a time; a second time pauses it.
export function toggleTile(face) {
  const thumb = face.querySelector("[data-play]");
  if (!thumb) return false;
  const playing = thumb.querySelector("video, audio");
  for (const other of document.querySelectorAll(".playing")) if (other !== thumb) stop(other);
  if (playing) {
    if (playing.paused) playing.play();
    else playing.pause();
    return true;
  }
  const media = document.createElement(thumb.dataset.type === "AUDIO" ? "audio" : "video");
  Object.assign(media, { src: thumb.dataset.play, playsInline: true });
  if (media.tagName === "AUDIO") media.controls = true;
  media.addEventListener("ended", () => stop(thumb));
  thumb.classList.add("playing");
  thumb.append(media);
  media.play().catch(() => stop(thumb));
  return true;
}

function stop(thumb) {
  thumb.querySelector("video, audio")?.remove();
  thumb.classList.remove("playing");
}

export function playInPlace() {
  document.addEventListener("click", (event) => {
    const mark = event.target.closest(".play, .thumb.playing");
    if (!mark) return;
    event.preventDefault();  // the mark is within the link to the page
    if (event.target.tagName !== "AUDIO") toggleTile(mark.closest(".face"));
  });
}

// A film with alpha often begins with nothing at all; it waits at a picture instead, and plays from its beginning.
export function waitAtPicture() {
  const film = document.querySelector(".stage video.board");
  if (!film) return;
  const wait = () => { film.currentTime = Math.min(1, film.duration / 2); };
  if (film.readyState) wait();
  else film.addEventListener("loadedmetadata", wait, { once: true });
  film.addEventListener("play", () => { film.currentTime = 0; }, { once: true });
}

export function searchWhileTyping() {
  if (!document.getElementById("search")) return;
  let timer = 0;
  const search = () => {
    const words = document.querySelector(".search input[name=q]").value.trim();
    const url = new URL(location.href);
    url.searchParams.delete("page");
    if (words) url.searchParams.set("q", words);
    else url.searchParams.delete("q");
    history.replaceState(null, "", url.pathname + url.search);
    refresh();
  };
  const plan = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(search, delay);
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches(".search input")) plan(TYPING);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".search")) return;
    event.preventDefault();
    plan(0);
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".chip");
    if (!chip || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    history.replaceState(null, "", chip.href);
    refresh();
  });
  document.addEventListener("drawn", settle);
  settle();
}

// The way back from the page of a file leads to the search that it was found by.
function settle() {
  sessionStorage.setItem("gallery", location.search);
  const button = document.querySelector(".search button");
  if (button) button.hidden = true;  // typing does it
}

// Sends the buttons of executions without leaving the page.
export function sendInPlace() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post") return;
    event.preventDefault();
    for (const button of form.parentElement.querySelectorAll("button")) button.disabled = true;
    await fetch(form.action, { method: "POST", redirect: "manual" }).catch(() => null);  // refresh tells what is lost
    await refresh();
    for (const button of form.parentElement?.querySelectorAll("button") || []) button.disabled = false;
  });
}
