// Files: the stage, the gallery, and what can be done with them.
"use strict";

const DECODED_BYTES = 20e6, DECODED_SECONDS = 600; // of a sound that is fetched for its waveform
const MOST_FILES = 500; // in a gallery: five calls of a hundred results
const BARS = 160, TALL = 36; // of a waveform
const SYMBOLS = { IMAGE: "▣", VIDEO: "▶", AUDIO: "♪" };

const kind = (file) => words(file.type).toUpperCase();
const title = (file) => words(file.name, 300) || words(file.file_id);
const resource = (file) => `videogen://files/${encodeURIComponent(words(file.file_id))}`;

/** Show what there is now. A file that is shown already stays as it is: it may be playing. */
function showFiles() {
  const shown = files[selected];
  files = [...answers.values()].flatMap((one) => ("file_id" in one ? [one] : list(one.files).map(object)))
    .slice(0, MOST_FILES).map((file) => files.find((known) => known.file_id === file.file_id) ?? file);
  selected = Math.max(files.indexOf(shown), 0);
  element("gallery").replaceChildren(...files.map(thumbnail));
  element("gallery").hidden = files.length < 2;
  if (!shown || files[selected] !== shown) select(selected);
}

function thumbnail(file, place) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-current", place === selected);
  button.setAttribute("aria-label", `Result ${place + 1} of ${files.length}: ${title(file)}`);
  button.textContent = SYMBOLS[kind(file)] ?? "▤";
  button.onclick = () => select(place);
  const source = kind(file) === "IMAGE" && link(file.preview_url);
  if (source) {
    const picture = new Image();
    picture.alt = "";
    picture.onload = () => button.replaceChildren(picture);
    picture.src = source;
  }
  item.append(button);
  return item;
}

element("gallery").onkeydown = (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  select((selected + step + files.length) % files.length);
  element("gallery").querySelectorAll("button")[selected].focus();
};

/** What is known of a file in one line, such as "Video · 1280 × 720 · 1:15 · 2.1 MB". */
function facts(file) {
  const [width, height, seconds, bytes] = [file.width, file.height, file.duration_seconds, file.size_bytes].map(count);
  const type = kind(file) || "FILE", whole = Math.round(seconds);
  const clock = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return [
    type[0] + type.slice(1).toLowerCase(),
    width && height && `${width} × ${height}`,
    seconds && (seconds < 10 ? `${seconds.toFixed(1)} s` : clock),
    bytes && (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`),
    words(file.saved_path) && `saved at ${words(file.saved_path)}`,
  ].filter(Boolean).join(" · ");
}

/** Show one of the files, if there is any. */
async function select(place) {
  selected = place;
  const file = files[place];
  const project = [...answers.values()].map((one) => link(one.project_url)).find(Boolean) ?? "";
  const address = file ? link(file.page_url) || link(file.preview_url) : project;
  element("stage").hidden = element("file").hidden = !file;
  element("open").hidden = !address;
  element("open").href = address;
  element("open").textContent = file ? "Open page" : "Open project";
  element("download").hidden = !file || !link(file.preview_url);
  element("full").hidden = !file || !fullscreen;
  say("remark", "");
  if (!file) return;
  element("gallery").querySelectorAll("button").forEach((one, at) => one.setAttribute("aria-current", at === place));
  say("name", title(file));
  say("facts", facts(file));
  const expired = Date.parse(words(file.preview_expires_at ?? file.links_expire_at)) < Date.now();
  if (expired) Object.assign(file, await details(file));
  if (files[selected] !== file || gone) return;
  stage(file);
  if (!host.serverResources) return; // a tool is only called where it is needed: hosts may ask their user each time
  Object.assign(file, { ...await details(file), preview_url: file.preview_url });
  if (files[selected] !== file) return;
  say("facts", facts(file));
  const film = element("stage").querySelector("video");
  if (film && !film.poster) film.poster = link(file.thumbnail_url);
}

const asked = new WeakMap(); // file → what get_file says of it

/** What get_file says of a file, with fresh links; {} where the host does not let this page ask. */
function details(file) {
  const read = async () => {
    if (host.serverResources) {
      const { contents } = await request("resources/read", { uri: resource(file) });
      return object(JSON.parse(object(list(contents)[0]).text));
    }
    if (!host.serverTools) return {};
    const call = { name: "get_file", arguments: { file_id: words(file.file_id) } };
    return object((await request("tools/call", call)).structuredContent);
  };
  if (!asked.has(file)) asked.set(file, read().catch(() => ({})));
  return asked.get(file);
}

function stage(file) {
  const original = link(file.download_url);
  const source = original.split("?")[0].endsWith(".svg") ? original : link(file.preview_url);
  const make = { IMAGE: image, VIDEO: film, AUDIO: sound }[kind(file)];
  element("stage").className = make === sound && source ? "sound" : "";
  if (make && source) element("stage").replaceChildren(...make(file, source));
  else fallback(file, source ? "This kind of file opens elsewhere." : "There is no link to it.");
}

/** Keep a place of the file's own size, so that nothing moves when it has come. */
function sized(shown, file) {
  const [width, height] = [file.width, file.height].map(count);
  if (!width || !height) return;
  shown.classList.add("sized");
  shown.style.setProperty("--width", `${width}px`);
  shown.style.setProperty("--ratio", width / height);
}

function image(file, source) {
  const shown = new Image();
  sized(shown, file);
  shown.alt = words(file.description, 300) || title(file);
  shown.onload = () => shown.classList.add("clear");
  shown.onerror = () => fallback(file, refusal(source));
  shown.src = source;
  return [shown];
}

function film(file, source) {
  const shown = document.createElement("video");
  sized(shown, file);
  Object.assign(shown, { controls: true, playsInline: true, preload: "metadata" });
  shown.setAttribute("aria-label", title(file));
  shown.onloadeddata = () => shown.classList.add("clear");
  shown.onerror = () => fallback(file, refusal(source));
  const picture = (files.length === 1 && pictures[0]) || link(file.thumbnail_url);
  if (picture) shown.poster = picture;
  shown.src = picture || host.serverResources ? source : `${source}#t=0.1`; // else a frame near its beginning
  return [shown];
}

function sound(file, source) {
  const shown = document.createElement("audio"), place = document.createElement("div");
  Object.assign(shown, { controls: true, preload: "metadata" });
  shown.setAttribute("aria-label", title(file));
  shown.onerror = () => fallback(file, refusal(source));
  shown.src = source;
  waveform(file, source, shown).catch(() => stored(file)).then((drawn) => drawn && place.append(drawn));
  return [place, shown];
}

/** The loudness of a sound over time; what was played is marked, and a click goes there. */
async function waveform(file, source, player) {
  const known = new Promise((resolve) => player.onloadedmetadata = () => resolve(player.duration));
  if ((count(file.duration_seconds) ?? await known) > DECODED_SECONDS) throw new RangeError("too long");
  const decoder = new OfflineAudioContext(1, 1, 8000);
  const samples = (await decoder.decodeAudioData(await bytes(source))).getChannelData(0);
  const loudness = (_, bar) => samples.subarray(...[bar, bar + 1].map((at) => Math.floor(at * samples.length / BARS)))
    .reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
  const bars = Array.from({ length: BARS }, loudness), loudest = Math.max(...bars, 0.01);
  const outline = bars.map((bar, at) => {
    const tall = Math.max(bar / loudest * TALL, 0.5);
    return `M${at + 0.2} ${(TALL - tall) / 2}h0.6v${tall}h-0.6z`;
  }).join("");
  const [whole, played] = ["svg", "svg"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  for (const drawing of [whole, played]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", outline);
    drawing.append(path);
  }
  whole.append(played);
  whole.setAttribute("viewBox", `0 0 ${BARS} ${TALL}`);
  whole.setAttribute("preserveAspectRatio", "none");
  whole.setAttribute("class", "waveform");
  whole.setAttribute("aria-hidden", "true"); // the controls say and do the same
  played.setAttribute("width", 0);
  player.ontimeupdate = () => played.setAttribute("width", BARS * player.currentTime / player.duration);
  whole.onclick = ({ clientX }) => {
    const { left, width } = whole.getBoundingClientRect();
    player.currentTime = (clientX - left) / width * player.duration;
  };
  return whole;
}

/** The bytes of a sound. Rejects where they are too many, and fetches no more of them then. */
async function bytes(source) {
  const response = await fetch(source);
  let left = !response.ok || response.headers.get("content-length") > DECODED_BYTES ? 0 : DECODED_BYTES;
  const bounded = new TransformStream({
    transform(part, stream) {
      left -= part.length;
      if (left < 0) throw new RangeError("too large");
      stream.enqueue(part);
    },
  });
  return new Response(response.body.pipeThrough(bounded)).arrayBuffer();
}

/** A picture of a file that comes by way of the host, for where media do not; null where there is none. */
async function stored(file) {
  let source = files.length === 1 ? pictures[0] : undefined;
  if (!source && host.serverResources) {
    const { contents } = await request("resources/read", { uri: `${resource(file)}/thumbnail` }).catch(() => ({}));
    const found = object(list(contents)[0]);
    if (PICTURE.test(words(found.mimeType))) source = `data:${found.mimeType};base64,${words(found.blob, 2e6)}`;
  }
  if (!source) return null;
  const picture = new Image();
  picture.alt = title(file);
  picture.src = source;
  return picture.decode().then(() => picture, () => null);
}

const blocked = new Set(); // origins that the host's content security policy keeps out
addEventListener("securitypolicyviolation", ({ blockedURI }) => {
  if (URL.canParse(blockedURI)) blocked.add(new URL(blockedURI).origin);
});

const refusal = (source) => (blocked.has(new URL(source).origin)
  ? `This app does not load media from ${new URL(source).host}. Open or download it instead.`
  : "It could not be loaded. Its link may have expired: ask the assistant for get_file.");

async function fallback(file, why) {
  if (files[selected] !== file) return; // it fails after another one was chosen
  const empty = document.createElement("p");
  empty.className = "none";
  empty.dataset.symbol = SYMBOLS[kind(file)] ?? "▤";
  empty.textContent = why;
  element("stage").className = "";
  element("stage").replaceChildren(empty);
  const picture = await stored(file);
  if (!picture || files[selected] !== file) return;
  element("stage").replaceChildren(picture);
  say("remark", why);
}

// --- What can be done ---

/** Whether the host does something. */
const does = (method, params) => request(method, params).then((answer) => !answer.isError, () => false);

/** Have the host open an address; show it where the host does not. */
async function visit(address) {
  const file = files[selected];
  const done = host.openLinks && await does("ui/open-link", { url: address });
  if (!done && files[selected] === file) say("remark", `This app does not open links. The address: ${address}`);
}

element("open").onclick = (event) => {
  event.preventDefault();
  visit(element("open").href);
};

element("download").onclick = async () => {
  const file = files[selected];
  const uri = link((await details(file)).download_url) || link(file.preview_url);
  const contents = [{ type: "resource_link", uri, name: title(file) }];
  const done = host.downloadFile && await does("ui/download-file", { contents });
  if (!done) await visit(uri);
};

element("again").onclick = () => {
  for (const [id, one] of answers) if (id && one.status !== "succeeded") one.status = "running";
  report();
  follow();
};

element("full").onclick = async () => {
  const mode = document.documentElement.classList.contains("fullscreen") ? "inline" : "fullscreen";
  const granted = await request("ui/request-display-mode", { mode }).catch(() => ({}));
  adopt({ displayMode: granted.mode });
};

request("ui/initialize", {
  protocolVersion: PROTOCOL,
  appInfo: { name: "videogen-player", version: "1" },
  appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
}).then((answer) => {
  host = object(answer.hostCapabilities);
  adopt(object(answer.hostContext));
  notify("ui/notifications/initialized"); // hosts show the frame from now on
  new ResizeObserver(() => {
    if (document.documentElement.classList.contains("fullscreen")) return; // there the page follows the window
    const { width, height } = document.documentElement.getBoundingClientRect();
    notify("ui/notifications/size-changed", { width: Math.ceil(width), height: Math.ceil(height) });
  }).observe(document.documentElement);
}, (error) => say("state", `The host refuses this page: ${error.message}`));
