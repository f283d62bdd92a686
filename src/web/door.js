// @ts-check
/** The page at the door: registers entries, exits and roll-calls, with or without a network, until the server has each of them. */

import { CameraCard } from "/web/door-camera.js";
import { wireDesk } from "/web/door-desk.js";
import { List } from "/web/door-list.js";
import { Place } from "/web/door-place.js";
import { Store, uuid } from "/web/door-queue.js";
import { answered, begun, Results } from "/web/door-results.js";
import { catchBursts, keepFocus, read } from "/web/door-scanner.js";
import { retryAfter, Sender } from "/web/door-send.js";
import { Sounds } from "/web/door-sound.js";
import words from "/web/door-words.js";
import { ask, problem, Refused } from "/web/live.js";
import * as page from "/web/page.js";

const { element, show, word, write } = page;

/** @typedef {import("./door-queue.js").Hall} Hall */
/** @typedef {import("./door-queue.js").Scan} Scan */
/** @typedef {import("./door-queue.js").Who} Who */
/** @typedef {import("./door-queue.js").Way} Way */
/** @typedef {import("./door-queue.js").Method} Method */

/** A code that is held up, or a trigger pressed twice, comes again within this time. */
const SAME_MS = 5000;
/** How often the list is fetched again: late registrations appear, and a closed attempt is noticed without a scan. */
const HALL_EVERY_MS = 5 * 60 * 1000;
/** A list of thousands takes its time on a mobile network; a request without an answer for so long is lost. */
const HALL_ANSWER_MS = 30000;
/** How often ages are written. */
const TICK_MS = 1000;
/** Clocks that differ by less are not worth a line: the wait for the answer alone makes as much. */
const OFFSET_MIN_MS = 2000;

const token = page.secret();
const store = new Store();
const sounds = new Sounds();
const place = new Place();
const results = new Results(sounds);
const list = new List((person, method) => accept({ ref: person.ref }, method));
const sender = new Sender(store, token, takeAnswer, refreshQueue);
const field = /** @type {HTMLInputElement} */ (element("code"));
const camera = new CameraCard((text) => enter(text, "camera"));

const state = {
  /** @type {Hall | null} */
  hall: null,
  fetched: "",
  /** @type {Way} */
  way: "in",
  card: false,
  closed: false,
  /** @type {"" | "closed" | "hand"} Why nothing is kept here any more. */
  wiped: "",
  /** Whether the browser refused to delete what it keeps. */
  unwiped: false,
  keeps: true,
  queued: 0,
  oldest: "",
  /** @type {import("./door-send.js").Clock | null} */
  clock: null,
  /** @type {page.About | null} */
  about: null,
};

/** @type {Map<string, number>} When each person was last taken, by way and code. */
const recent = new Map();
let hallTimer = 0;
let hallAttempts = 0;
let hallAsked = false;

/**
 * @param {string} text
 * @param {Method} method
 */
function enter(text, method) {
  if (!text.trim()) return;
  const who = read(text, method === "typed", (ref) => list.person(ref) !== undefined);
  if (who) accept(who, method);
  else results.add({ ...begun(compose({ ref: text.trim().toUpperCase() }, method), null), outcome: "unread" });
}

/**
 * @param {Who} who
 * @param {Method} method
 */
async function accept(who, method) {
  if (!state.hall || state.closed || state.wiped) return;
  const scan = compose(who, method);
  const entry = begun(scan, ("ref" in who && list.person(who.ref)) || null);
  const key = `${scan.way} ${"ref" in who ? who.ref : who.qr.replace(/^.*#/, "")}`;
  if (again(key)) return results.add({ ...entry, outcome: "already" });
  try {
    await store.add(scan);
  } catch {
    recent.delete(key);
    return results.add({ ...entry, outcome: "unkept" });
  }
  results.add(entry);
  sender.nudge();
  if ("ref" in who) keepMark(key, scan.device_at);
  keepResults();
  refreshQueue();
}

/**
 * @param {Who} who
 * @param {Method} method
 * @returns {Scan}
 */
function compose(who, method) {
  const { way, card } = state;
  const { venue, door } = place;
  return { scan: uuid(), way, venue, door, who, method, card, device_at: new Date().toISOString() };
}

/** @param {string} key */
function again(key) {
  const now = performance.now();
  for (const [other, at] of recent) if (now - at >= SAME_MS) recent.delete(other);
  if (recent.has(key)) return true;
  recent.set(key, now);
  return false;
}

/**
 * @param {import("./door-queue.js").Queued[]} batch
 * @param {import("./door-send.js").Answer} answer
 * @param {import("./door-send.js").Clock} clock
 */
async function takeAnswer(batch, answer, clock) {
  const sent = new Map(batch.map((scan) => [scan.scan, scan]));
  const entries = [];
  for (const result of answer.results) {
    const scan = sent.get(result.scan);
    if (!scan) continue;
    entries.push(answered(scan, result, clock, results.find(scan.scan)));
    markAnswer(scan, result);
  }
  results.answer(entries);
  state.clock = clock;
  state.closed ||= answer.closed;
  keepResults();
  draw();
}

/**
 * @param {Scan} scan
 * @param {import("./door-send.js").Result} result
 */
function markAnswer(scan, result) {
  const ref = result.person?.ref ?? ("ref" in scan.who ? scan.who.ref : "");
  if (result.outcome !== "refused" && ref) return keepMark(`${scan.way} ${ref}`, scan.device_at);
  list.erase(`${scan.way} ${ref}`);
  if (!state.wiped) store.erase(`${scan.way} ${ref}`).catch(() => {});
}

/**
 * @param {string} key
 * @param {string} at
 */
function keepMark(key, at) {
  list.mark([{ key, at }]);
  // A mark that is not kept costs a second press after the next reload, and no scan.
  if (!state.wiped) store.mark({ key, at }).catch(() => {});
}

function keepResults() {
  if (state.wiped) return;
  // The list is a convenience: the scans themselves are in the queue, or at the server.
  store.write("results", results.entries).catch(() => {});
  if (state.clock) store.write("clock", state.clock).catch(() => {});
}

async function refreshQueue() {
  if (state.wiped) return;
  try {
    const [count, [first]] = await Promise.all([store.count(), store.oldest(1)]);
    [state.queued, state.oldest] = [count, first?.device_at ?? ""];
    if (state.closed && count === 0) await wipe("closed");
  } catch {
    state.keeps = false;
  }
  draw();
}

/** @param {"closed" | "hand"} why */
async function wipe(why) {
  if (state.wiped) return;
  state.wiped = why;
  clearTimeout(hallTimer);
  camera.stop();
  sender.stop();
  state.hall = null;
  state.queued = 0;
  list.fill([]);
  list.unmark();
  results.clear();
  state.unwiped = await store.wipe().then(() => false, () => true);
  draw();
}

/** @returns {Promise<boolean>} whether the server answered */
async function loadHall() {
  if (hallAsked || state.wiped) return false;
  clearTimeout(hallTimer);
  hallAsked = true;
  try {
    const response = await ask("/api/hall", token, { signal: AbortSignal.timeout(HALL_ANSWER_MS) });
    if (!response.ok) throw new Error(await problem(response));
    await takeHall(await response.json());
    hallAttempts = 0;
    hallTimer = setTimeout(loadHall, HALL_EVERY_MS * (0.8 + Math.random() * 0.4));
    sender.heard();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) hallTimer = setTimeout(loadHall, retryAfter(hallAttempts++));
    sender.heard(error);
    return false;
  } finally {
    hallAsked = false;
  }
}

/** @param {Hall} hall */
async function takeHall(hall) {
  state.closed = hall.closed;
  // What is about to be wiped is not written down first.
  if (hall.closed) return;
  setHall(hall, new Date().toISOString());
  await store.write("hall", { hall, fetched: state.fetched }).catch(() => {});
}

/**
 * @param {Hall} hall
 * @param {string} fetched
 */
function setHall(hall, fetched) {
  if (state.wiped) return;
  const first = !state.hall;
  [state.hall, state.fetched] = [hall, fetched];
  place.fill(hall.venues);
  list.fill(hall.persons);
  draw();
  // What is hidden takes no focus.
  if (first) keepFocus(field);
}

function draw() {
  const { hall, closed, wiped, about } = state;
  show("rehearsal", about?.rehearsal === true);
  if (about) write("title", about.title);
  document.title = `${word("page_door")} · ${about?.title ?? "Hadir"}`;
  show("loading", !hall && !closed && !wiped && state.keeps && sender.state !== "refused");
  show("door", hall !== null && !wiped);
  show("entry", !closed);
  show("over", (closed || wiped !== "") && !state.unwiped);
  write("over_title", word(wiped === "hand" ? "wiped" : "closed"));
  write("over_text", word({ hand: "wiped_text", closed: "closed_wiped", "": "closed_waiting" }[wiped]));
  for (const button of ways()) button.setAttribute("aria-pressed", String(button.dataset.way === state.way));
  element("card").setAttribute("aria-checked", String(state.card));
  camera.draw();
  write("list_note", hall ? word("list_note", { count: page.number(hall.persons.length), time: clock(state.fetched) }) : "");
  write("sound", word(sounds.muted ? "sound_off" : "sound_on"));
  tick();
}

function drawAll() {
  results.draw();
  list.draw();
  draw();
}

/** Writes what changes with time: how long scans wait, and how the link to the server is. */
function tick() {
  const { queued, oldest, wiped } = state;
  document.body.dataset.freshness = wiped ? "connecting" : sender.state;
  show("freshness", !wiped);
  write("freshness", word(`fresh_${sender.state}`));
  write("waiting_short", queued ? word("queued_short", { count: page.number(queued) }) : "");
  write("queued", page.number(queued));
  const wait = oldest && queued ? Math.max(0, Date.now() - Date.parse(oldest)) : 0;
  const limit = state.hall?.delay_ms ?? Infinity;
  const values = { age: page.duration(wait), limit: Number.isFinite(limit) ? page.duration(limit) : "–" };
  write("oldest", queued ? word("oldest", values) : word("empty"));
  write("trouble", sender.trouble && queued ? word("trouble", { reason: sender.trouble }) : "");
  write("offset", offset());
  write("alarm", alarm(wait > limit / 2, values));
}

/**
 * @param {boolean} old whether a scan has used up half of its time
 * @param {Record<string, string>} values
 */
function alarm(old, values) {
  if (state.wiped) return state.unwiped ? word("wipe_failed") : "";
  if (!state.keeps) return word("alarm_unkept");
  if (sender.state === "refused") return word("alarm_refused", { reason: token ? sender.trouble : word("no_token") });
  // To the minute: an alert that changes every second is read out every second.
  const age = page.duration(Math.floor((Date.now() - Date.parse(state.oldest)) / 60000) * 60000);
  return old ? word("alarm_old", { ...values, age }) : "";
}

function offset() {
  const ms = state.clock?.offset_ms ?? 0;
  if (Math.abs(ms) < OFFSET_MIN_MS) return "";
  return word(ms < 0 ? "offset_ahead" : "offset_behind", { length: page.duration(Math.abs(ms)) });
}

/** @param {string | number} instant */
function clock(instant) {
  return page.clock(instant, state.about?.zone);
}

/** @returns {NodeListOf<HTMLElement>} */
function ways() {
  return document.querySelectorAll("[data-way][aria-pressed]");
}

function wireEntry() {
  for (const button of ways()) {
    button.addEventListener("click", () => {
      state.way = /** @type {Way} */ (button.dataset.way);
      list.point(state.way);
      draw();
    });
  }
  element("card").addEventListener("click", () => {
    state.card = !state.card;
    draw();
  });
  element("code_form").addEventListener("submit", (event) => {
    event.preventDefault();
    enter(field.value, "typed");
    field.value = "";
  });
  catchBursts(field, (text) => enter(text, "scanner"));
}

function wireReturns() {
  addEventListener("hashchange", () => location.reload());
  addEventListener("online", () => back(true));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) back(false);
    // A camera that nobody looks through only warms the phone.
    else camera.stop();
  });
}

/** @param {boolean} suspect */
function back(suspect) {
  sender.wake(suspect);
  loadHall();
}

async function restore() {
  try {
    const [kept, entries, clock, marks] = await Promise.all([
      store.read("hall"), store.read("results"), store.read("clock"), store.marks(),
    ]);
    if (kept) setHall(kept.hall, kept.fetched);
    state.clock = clock ?? null;
    results.entries = entries ?? [];
    list.mark(marks);
  } catch {
    state.keeps = false;
  }
  drawAll();
}

page.speak(words, drawAll);
wireEntry();
wireReturns();
wireDesk({ state, token, sounds, store, list, loadHall, wipe, draw, clock, place });
setInterval(tick, TICK_MS);
page.about().then((about) => {
  state.about = about;
  results.zone = list.zone = about.zone;
  drawAll();
});
// Without this a browser that runs short of space may throw away what has not been sent.
navigator.storage?.persist?.().catch(() => {});
await restore();
if (state.keeps) {
  await refreshQueue();
  back(false);
}
