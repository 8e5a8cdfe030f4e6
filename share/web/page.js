// SPDX-License-Identifier: GPL-3.0-or-later
// page.js — the page of `headway serve`: uploads, exports, and their bars over one WebSocket.
//
// The server's snapshots are the truth; what is computed here is only how far a bar has come between two of
// them. A connection that breaks is opened again; jobs that nobody spoke of meanwhile are asked for.
"use strict";

const byId = id => document.getElementById(id);
const ENDS = ["complete", "failed", "cancelled"];
const FIRST_WAIT_MS = 250, LONGEST_WAIT_MS = 10000, PING_MS = 20000;
const COAST_S = 1; // two snapshots of a running job are no further apart

const crop = [{ time: 0, x: 600, y: 120, width: 270, height: 480 }];
const TYPES = {
  extract_clip: ["A part of a video, cut out", () => ({ start: 1, end: 4 })],
  framing_ai: ["Follows a subject with a moving crop and enlarges it",
    () => ({ trim: { start: 0, end: 2 }, keyframes: crop, output_size: { width: 540, height: 960 } })],
  multi_clip: ["Several such clips in one film", input => ({
    clips: [{ input, trim: { start: 0, end: 1 }, keyframes: crop }, { input, trim: { start: 2, end: 3 }, keyframes: crop }],
    transition: { type: "dissolve", duration: 0.3 }, output_size: { width: 540, height: 960 } })],
  overlay: ["A spotlight on somebody", () => ({
    effect: "dark_overlay", regions: [{ start: 0, end: 2, keyframes: [{ time: 0, x: 640, y: 360, radius_x: 120, radius_y: 180 }] }] })],
  annotate_compilation: ["Tagged moments, each with its card", () => ({ clips: [{ start: 0, end: 2, rating: 4, name: "A moment" }] })],
  detect_players: ["The people in single frames", () => ({ timestamps: [1] })],
};

// ---- asking ----

let token = localStorage.getItem("headway-token") || "";

function headers(more) {
  return token ? { Authorization: `Bearer ${token}`, ...more } : { ...more };
}

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body, headers: headers(body && { "Content-Type": "application/json" }) });
  if (answer.status === 401) signIn();
  if (answer.ok) return answer.json();
  throw new Error((await answer.json().catch(() => null))?.error?.text ?? `The server answers with code ${answer.status}`);
}

const objectPath = key => "/api/objects/" + key.split("/").map(encodeURIComponent).join("/");

function signIn() {
  byId("sign-in").hidden = false;
  byId("token").focus();
}

byId("sign-in").addEventListener("submit", event => {
  event.preventDefault();
  token = byId("token").value.trim();
  localStorage.setItem("headway-token", token);
  location.reload();
});

byId("sign-out").addEventListener("click", () => {
  localStorage.removeItem("headway-token");
  location.reload();
});

// ---- jobs ----

const jobs = new Map(); // id → { snapshot, card, shown, at }

function apply(known, news) {
  if (known.seq >= news.seq) return false;
  Object.assign(known, news);
  for (const [name, [state, done, total]] of Object.entries(news.counts ?? {})) {
    const phase = known.phases?.find(p => p.phase === name);
    if (phase) Object.assign(phase, { state, done, total });
  }
  return true;
}

function take(news) {
  let job = jobs.get(news.job);
  if (!job && !news.phases) return; // the change of a job that was never seen whole
  if (!job) {
    job = { snapshot: {}, card: newCard(news), shown: 0, at: 0 };
    jobs.set(news.job, job);
  }
  const before = job.snapshot.state;
  if (!apply(job.snapshot, news)) return;
  job.at = performance.now();
  draw(job);
  if (before && before !== job.snapshot.state && ENDS.includes(job.snapshot.state))
    byId("news").textContent = `${nameOf(job.snapshot)} is ${job.snapshot.state}.`;
}

const labelOf = type => type[0].toUpperCase() + type.slice(1).replaceAll("_", " ");

// What it is called: by what it made, or by what it is to make and since when.
function nameOf(s) {
  const at = new Date(s.submitted_at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return s.result?.output ?? `${labelOf(s.type)}, ${at}`;
}

function newCard(snapshot) {
  const card = byId("job").content.firstElementChild.cloneNode(true);
  const list = byId("jobs");
  card.dataset.submitted = snapshot.submitted_at_ms ?? 0;
  const next = [...list.children].find(other => Number(other.dataset.submitted) < Number(card.dataset.submitted));
  list.insertBefore(card, next ?? null);
  byId("none").hidden = true;
  card.querySelector(".cancel").addEventListener("click", () => act(card, "DELETE", `/api/exports/${snapshot.job}`));
  card.querySelector(".retry").addEventListener("click", () => act(card, "POST", `/api/exports/${snapshot.job}/retry`));
  card.querySelector(".fetch").addEventListener("click", fetchOutput);
  return card;
}

async function act(card, method, path) {
  const buttons = card.querySelectorAll("button");
  buttons.forEach(b => { b.disabled = true; });
  try {
    take(await ask(method, path));
  } catch (problem) {
    say(card.querySelector(".problem"), problem.message);
  } finally {
    buttons.forEach(b => { b.disabled = false; });
  }
}

// A link carries no token; where one is needed the file goes through memory.
async function fetchOutput(event) {
  if (!token) return;
  event.preventDefault();
  const link = event.currentTarget;
  const answer = await fetch(link.href, { headers: headers() });
  if (!answer.ok) return;
  const file = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: link.download });
  file.click();
  URL.revokeObjectURL(file.href);
}

// ---- drawing ----

function say(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

function set(card, selector, text) {
  const element = card.querySelector(selector);
  if (element.textContent !== text) element.textContent = text;
}

function etaOf(s) {
  if (ENDS.includes(s.state)) return "";
  if (s.eta_text) return s.state === "queued" ? s.eta_text : `${s.eta_text} left`;
  return s.state === "running" ? "time left not known yet" : "";
}

const MARKS = {
  simulated: "estimated", unknown: "the worker is silent", stalled: "stalled", slow: "slower than usual",
};

function draw(job) {
  const { snapshot: s, card } = job;
  const ended = ENDS.includes(s.state);
  Object.assign(card.dataset, { state: s.state, source: ended ? "" : s.source, health: ended ? "" : s.health });
  set(card, ".output", nameOf(s));
  set(card, ".type", s.result?.output ? labelOf(s.type) : "");
  set(card, ".mark", ended ? "" : MARKS[s.health] ?? MARKS[s.source] ?? "");
  set(card, ".message", s.message ?? "");
  set(card, ".eta", etaOf(s));
  say(card.querySelector(".problem"), s.state === "failed" ? s.error?.text : "");
  card.querySelector(".cancel").hidden = ended;
  card.querySelector(".retry").hidden = !["failed", "cancelled"].includes(s.state);
  const link = card.querySelector(".fetch");
  link.hidden = !s.result?.output;
  if (s.result?.output)
    Object.assign(link, { href: objectPath(s.result.output), download: s.result.output.split("/").pop() });
  drawPhases(card, ended || s.state === "queued" ? [] : s.phases ?? []);
  drawBar(job);
}

function drawPhases(card, phases) {
  const list = card.querySelector(".phases");
  const shown = phases.filter(p => p.state !== "pending");
  while (list.children.length > shown.length) list.lastChild.remove();
  while (list.children.length < shown.length) list.append(document.createElement("li"));
  shown.forEach((phase, i) => {
    const counts = phase.state === "running" && phase.total && phase.unit !== "bytes" ? ` ${phase.done}/${phase.total}` : "";
    list.children[i].dataset.state = phase.state;
    list.children[i].textContent = phase.label + counts;
  });
}

// Between two snapshots the bar goes on at the pace that the last one named; it never goes back.
function drawBar(job) {
  const { snapshot: s, card } = job;
  const coast = ENDS.includes(s.state) ? 0 : (s.speed ?? 0) * Math.min((performance.now() - job.at) / 1000, COAST_S);
  const limit = s.state === "complete" ? 100 : 99.9;
  job.shown = Math.max(job.shown, Math.min((s.percent ?? 0) + coast, limit));
  const percent = `${job.shown.toFixed(1)} %`;
  const bar = card.querySelector(".bar");
  card.querySelector(".fill").style.transform = `scaleX(${job.shown / 100})`;
  set(card, ".percent", percent);
  bar.setAttribute("aria-valuenow", Math.floor(job.shown));
  bar.setAttribute("aria-valuetext", [percent, s.message, etaOf(s)].filter(Boolean).join(", "));
  bar.setAttribute("aria-label", nameOf(s));
}

function animate() {
  for (const job of jobs.values())
    if (!ENDS.includes(job.snapshot.state)) drawBar(job);
  requestAnimationFrame(animate);
}

// ---- live ----

const live = { wait: FIRST_WAIT_MS, named: new Set() };

function tell(state, text) {
  byId("connection").dataset.state = state;
  set(document, "#connection", text);
}

async function connect() {
  try {
    const ticket = token ? "?ticket=" + encodeURIComponent((await ask("POST", "/api/tickets")).ticket) : "";
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws/exports" + ticket);
    const pings = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("ping"), PING_MS);
    live.named.clear();
    socket.addEventListener("message", event => event.data === "pong" || event.data.split("\n").forEach(takeLine));
    socket.addEventListener("close", () => { clearInterval(pings); comeAgain(); });
  } catch {
    comeAgain();
  }
}

function comeAgain() {
  if (!byId("sign-in").hidden) return tell("off", "Not signed in");
  tell("off", "Not connected; trying again");
  setTimeout(connect, live.wait);
  live.wait = Math.min(live.wait * 2, LONGEST_WAIT_MS);
}

function takeLine(line) {
  const news = JSON.parse(line);
  live.wait = FIRST_WAIT_MS;
  tell("on", "Live");
  if (news.synced) {
    askForUnnamed();
    return;
  }
  live.named.add(news.job);
  take(news);
}

// A job that was not named ended while we were away.
function askForUnnamed() {
  for (const [id, job] of jobs)
    if (!ENDS.includes(job.snapshot.state) && !live.named.has(id)) ask("GET", `/api/exports/${id}`).then(take, () => {});
}

let before = "";

async function list() {
  const page = await ask("GET", `/api/exports?limit=50${before && `&before=${before}`}`);
  page.exports.forEach(take);
  before = page.next ?? "";
  byId("older").hidden = !page.next;
  byId("none").hidden = jobs.size > 0;
  byId("new").open = jobs.size === 0;
}

// ---- a new export ----

let input = ""; // key of the uploaded video

function template() {
  const type = byId("type").value;
  const name = (input.split("/").pop() || "video.mp4").replace(/\.[^.]*$/, "");
  const source = type === "multi_clip" ? {} : { input: input || "uploads/video.mp4" };
  const output = `exports/${name}-${type.replaceAll("_", "-")}${type === "detect_players" ? ".json" : ".mp4"}`;
  byId("spec").value = JSON.stringify({ type, ...source, output, ...TYPES[type][1](input || "uploads/video.mp4") }, null, 2);
  byId("type-help").textContent = TYPES[type][0];
}

function upload(file) {
  const key = "uploads/" + file.name.replace(/^\.+/, "");
  const bar = byId("sent");
  byId("file-name").textContent = file.name;
  say(byId("problem"), "");
  Object.assign(bar, { hidden: false, value: 0 });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", objectPath(key));
    Object.entries(headers()).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.addEventListener("progress", event => { bar.value = event.loaded / event.total; });
    request.addEventListener("load", () => request.status === 201 ? resolve(key)
      : reject(new Error(JSON.parse(request.responseText)?.error?.text ?? "The upload failed")));
    request.addEventListener("error", () => reject(new Error("The upload broke off")));
    request.send(file);
  });
}

async function takeFile(file) {
  if (!file) return;
  try {
    input = await upload(file);
    template();
  } catch (problem) {
    say(byId("problem"), problem.message);
  }
}

byId("file").addEventListener("change", event => takeFile(event.target.files[0]));
for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]])
  byId("drop").addEventListener(name, event => {
    event.preventDefault();
    byId("drop").classList.toggle("over", over);
    if (name === "drop") takeFile(event.dataTransfer.files[0]);
  });
byId("type").addEventListener("change", template);
byId("submit").addEventListener("submit", async event => {
  event.preventDefault();
  try {
    say(byId("problem"), "");
    take(await ask("POST", "/api/exports", byId("spec").value));
    byId("new").open = false;
  } catch (problem) {
    say(byId("problem"), problem.message);
  }
});
byId("older").addEventListener("click", list);

// ---- start ----

for (const type of Object.keys(TYPES)) byId("type").append(new Option(labelOf(type), type));
byId("sign-out").hidden = !token;
template();
list().then(connect, connect);
requestAnimationFrame(animate);
