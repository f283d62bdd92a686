// @ts-check
/** The participant's page: connects by itself and says plainly whether this person is counted. */

import { Standing } from "/web/claims.js";
import words from "/web/join-words.js";
import * as page from "/web/page.js";
import { Presence } from "/web/presence.js";
import { Prompts } from "/web/prompts.js";

const { element, show, word, write } = page;

const DEVICE_KEY = "hadir.device";
/** Screen readers hear changes, but a flapping connection does not talk without end. */
const SPEAK_MS = 5000;

/** @type {page.About | null} */
let about = null;
/** @type {import("./presence.js").State} */
let state = "connecting";
let reason = "";
let delay = 0;
/** @type {Record<string, any>} The newest message of each kind. */
const heard = {};
/** When the newest status arrived. */
let statusAt = 0;
/** @type {Prompts | null} */
let prompts = null;
/** @type {Standing | null} */
let standing = null;
const speak = page.speaker("spoken", SPEAK_MS);
const ticket = page.secret();

function draw() {
  show("rehearsal", about?.rehearsal === true);
  if (about) write("title", about.title);
  fitField();
  if (ticket) drawState();
  drawFacts();
  standing?.draw();
  if (prompts) prompts.draw();
  else retitle();
}

function retitle() {
  const own = about?.title ?? "Hadir";
  document.title = prompts?.title || (ticket ? `${word(state)} · ${own}` : own);
}

function drawState() {
  const section = element("state");
  section.dataset.state = state;
  section.hidden = false;
  write("headline", word(state));
  // Who was not counted before the end is not told that anything is recorded.
  const hint = word(state === "ended" && !heard.counted ? "ended_before_hint" : `${state}_hint`);
  write("hint", hint);
  let detail = "";
  if (reason) detail = because(reason);
  else if (delay >= 1000) detail = word("retry", { seconds: page.duration(delay) });
  write("detail", detail);
  show("detail", detail !== "");
  show("take", state === "rest");
  show("reload", state === "help");
  speak(`${word(state)}. ${hint}`);
}

/**
 * The server's reason in the visitor's language; as the server says it where this page does not know it.
 * @param {string} reason
 */
function because(reason) {
  const known = ["damaged", "another event", "replaced", "nobody", "withdrawn"].find((mark) => reason.includes(mark));
  return known ? word(`because_${known.replace(" ", "_")}`) : word("answer", { reason });
}

function drawFacts() {
  const { counted, status } = heard;
  show("facts", Boolean(counted));
  if (!counted) return;
  write("lesson", lesson());
  write("present", status ? page.duration(status.present_ms) : "–");
  write("present_at", status ? word("time_at", { time: clock(statusAt) }) : "");
  write("receipt", page.number(counted.seq));
  write("person", counted.person);
  show("save", true);
  show("awake", "wakeLock" in navigator && state !== "ended");
}

/** @param {string | number} instant */
function clock(instant) {
  return page.clock(instant, about?.zone);
}

/** Where the lesson stands, in words. */
function lesson() {
  const { phase, start, end } = heard.lesson ?? { phase: "waiting" };
  if (phase === "running" && start) return word("running", { time: clock(start) });
  if (phase === "ended" || phase === "closed") return word("over", { time: end ? clock(end) : "" });
  return about ? word("waiting_at", { time: clock(about.planned_start) }) : word("waiting");
}

/** This browser's own random id: it tells two tabs of one browser from two devices, and nothing else. */
function device() {
  const known = page.remembered(DEVICE_KEY);
  if (known) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  page.remember(DEVICE_KEY, uuid);
  return uuid;
}

function takePart() {
  const presence = new Presence(
    ticket,
    device(),
    (...change) => {
      [state, reason, delay] = change;
      prompts?.become(state);
      // Who is counted until the end has everybody for company; who opens the page after it does not.
      standing?.become(state === "ended", Boolean(heard.counted));
      draw();
    },
    (message) => {
      heard[message.t] = message;
      if (message.t === "status") statusAt = Date.now();
      prompts?.hear(message);
      draw();
    },
  );
  prompts = new Prompts(presence, retitle, clock);
  standing = new Standing(ticket, clock, () => about?.zone);
  presence.start();
  // Not `visibilitychange`: the lesson is watched in another window, so this page is normally hidden.
  addEventListener("pagehide", () => presence.leave());
  addEventListener("pageshow", (event) => event.persisted && presence.start());
  document.addEventListener("resume", () => presence.wake(true));
  addEventListener("online", () => presence.wake(true));
  document.addEventListener("visibilitychange", () => document.hidden || presence.wake(false));
  element("take").addEventListener("click", () => presence.start());
  element("reload").addEventListener("click", () => location.reload());
  element("save").addEventListener("click", saveReceipt);
  element("awake").addEventListener("click", keepAwake);
}

async function saveReceipt() {
  const { seq } = heard.counted;
  write("saved", word("saving"));
  try {
    const response = await fetch(`/api/receipt?seq=${seq}`, { headers: { authorization: `Bearer ${ticket}` } });
    if (!response.ok) throw new Error(response.statusText);
    page.download(`hadir-${seq}.tlog-proof`, await response.blob());
    write("saved", word("saved"));
  } catch {
    write("saved", word("unsaved"));
  }
}

/** @type {WakeLockSentinel | null} */
let awake = null;

async function keepAwake() {
  const held = awake;
  awake = held ? null : await navigator.wakeLock.request("screen").catch(() => null);
  await held?.release();
  awake?.addEventListener("release", () => element("awake").setAttribute("aria-pressed", "false"));
  element("awake").setAttribute("aria-pressed", String(awake !== null));
}

/** Phones show the keyboard that the identifier needs; below the field stands what it looks like. */
function fitField() {
  const type = /** @type {HTMLSelectElement} */ (element("type")).value;
  element("value").inputMode = { email: "email", phone: "tel", id: "text" }[type] ?? "numeric";
  write("example", word(`example_${type}`));
}

/** @param {SubmitEvent} event */
async function register(event) {
  event.preventDefault();
  const fields = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const button = /** @type {HTMLButtonElement} */ (element("submit"));
  const body = { name: fields.get("name"), id: { type: fields.get("type"), value: fields.get("value") } };
  button.disabled = true;
  write("problem", "");
  button.textContent = word("registering");
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch("/api/register", { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) location.replace(`/join#${answer.ticket}`);
    else write("problem", word("refused", { reason: page.reason(answer) || `HTTP ${response.status}` }));
  } catch {
    write("problem", word("unreachable"));
  }
  button.textContent = word("submit");
  button.disabled = false;
}

page.speak(words, draw);
// Another personal link pasted into this tab changes only the fragment, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());
if (ticket) takePart();
about = await page.about();
if (!ticket) {
  show(about.open_registration ? "register" : "stray", true);
  element("form").addEventListener("submit", register);
  element("type").addEventListener("change", fitField);
}
draw();
