// What which key does. The dialog "Keys" (pages/html.py) tells it.
import { toggleTile } from "./deeds.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function listenToKeys() {
  const dialog = document.getElementById("keys");
  document.querySelector(".help").addEventListener("click", () => dialog.showModal());
  leadBack();
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || dialog.open) return;
    const field = document.querySelector(".search input");
    if (event.target.closest("input, textarea")) {
      if (event.key === "Escape") leave(event.target);
      else if (event.key === "ArrowDown" && focusTile(document.querySelector(".face"))) event.preventDefault();
      return;
    }
    if (event.key === "?") dialog.showModal();
    else if (event.key === "/" && field) field.select();
    else if (event.key === "Escape") document.querySelector("a.back")?.click();
    else if (event.key === " ") {
      if (!play(event.target)) return;
    } else if (event.key in ARROWS) {
      if (!go(event.target, ...ARROWS[event.key])) return;
    } else return;
    event.preventDefault();
  });
}

function leave(field) {
  if (field.value) {
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } else field.blur();
}

// The link back leads to the search that was left, and to the tile of this page; there that tile has the focus.
function leadBack() {
  const back = document.querySelector("a.back");
  if (back) back.search = sessionStorage.getItem("gallery") || "";
  const tile = document.getElementById(location.hash.slice(1));
  if (tile?.matches(".face")) focusTile(tile);
}

function play(target) {
  const face = target.closest(".face");
  if (face) return toggleTile(face);
  const media = document.querySelector(".stage video, .stage audio");
  if (!media || target.closest("button, a, summary, video, audio")) return false;
  if (media.paused) media.play();
  else media.pause();
  return true;
}

function go(target, right, down) {
  if (target.closest("video, audio, pre, summary, nav, .few")) return false;
  const neighbour = document.querySelector(right < 0 ? "a[rel=prev]" : "a[rel=next]");
  if (document.querySelector("a.back")) {
    if (!right || !neighbour) return false;
    neighbour.click();
    return true;
  }
  const faces = [...document.querySelectorAll(".face")];
  const current = faces.indexOf(target.closest(".tile")?.querySelector(".face"));
  if (current < 0) return focusTile(faces[0]);
  return focusTile(right ? faces[current + right] : nearest(faces, faces[current], down));
}

// The tile of the next row, up or down, that is nearest.
function nearest(faces, from, down) {
  const box = from.getBoundingClientRect();
  const away = (face) => {
    const other = face.getBoundingClientRect();
    return [(other.top - box.top) * down, Math.abs(other.left - box.left)];
  };
  const beyond = faces.filter((face) => away(face)[0] > 4);
  const row = Math.min(...beyond.map((face) => away(face)[0]));
  return beyond.filter((face) => away(face)[0] < row + 4).sort((one, two) => away(one)[1] - away(two)[1])[0];
}

function focusTile(face) {
  if (!face) return false;
  face.focus();
  face.scrollIntoView({ block: "nearest" });
  return true;
}
