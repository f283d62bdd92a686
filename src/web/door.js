// @ts-check
/** The page at the door: registers entries, exits and roll-calls, with or without a network, until the server has each of them. */

import { english, write } from "/web/answers.js";
import { CameraCard } from "/web/door-camera.js";
import { DeviceClock } from "/web/door-clock.js";
import { askLate, learnWho, wireDesk } from "/web/door-desk.js";
import { HallList } from "/web/door-hall.js";
import { LateCard, lateOnes } from "/web/door-late.js";
import { Link } from "/web/door-link.js";
import { List } from "/web/door-list.js";
import { Place } from "/web/door-place.js";
import { Store, uuid } from "/web/door-queue.js";
import { answered, begun, Results } from "/web/door-results.js";
import { catchBursts, keepFocus, read } from "/web/door-scanner.js";
import { Sender } from "/web/door-send.js";
import { Sounds } from "/web/door-sound.js";
import words from "/web/door-words.js";
import * as page from "/web/page.js";

const { element, show, word } = page;

/** @typedef {import("./door-queue.js").Hall} Hall */
/** @typedef {import("./door-queue.js").Scan} Scan */
/** @typedef {import("./door-queue.js").Who} Who */
/** @typedef {import("./door-queue.js").Way} Way */
/** @typedef {import("./door-queue.js").Method} Method */

/** A code that is held up, or a trigger pressed twice, comes again within this time. */
const SAME_MS = 5000;
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
const late = new LateCard((ref) => list.person(ref), releaseLate);
const link = new Link(() => draw());
const deviceClock = new DeviceClock();
const hallList = new HallList(token, link, takeHall);
const sender = new Sender(store, token, link, deviceClock, takeAnswer, refreshQueue);
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
  /** @type {page.About | null} */
  about: null,
  /** @type {{role: string, person: string | null} | null} Whose link this is, once the server has said so. */
  me: null,
};

/** @type {import("./door-desk.js").Desk} What the cards beside the scanning use. */
const desk = { state, token, sounds, store, list, late, place, hallList, wipe, draw, clock };
/** @type {Map<string, number>} When each person was last taken, by way and code. */
const recent = new Map();

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
 * @returns {import("./door-queue.js").Taken}
 */
function compose(who, method) {
  const { way, card } = state;
  const { venue, door } = place;
  const [device_at, made] = [new Date().toISOString(), deviceClock.stamp()];
  return { scan: uuid(), way, venue, door, who, method, card, device_at, made };
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
 */
async function takeAnswer(batch, answer) {
  await store.settle(batch, lateOnes(batch, answer.results));
  const sent = new Map(batch.map((scan) => [scan.scan, scan]));
  const entries = [];
  for (const result of answer.results) {
    const scan = sent.get(result.scan);
    if (!scan) continue;
    entries.push(answered(scan, result, deviceClock.newest, results.find(scan.scan)));
    markAnswer(scan, result);
  }
  results.answer(entries);
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
  store.write("clock", deviceClock.newest).catch(() => {});
}

async function refreshQueue() {
  if (state.wiped) return;
  try {
    const [count, [first]] = await Promise.all([store.count(), store.oldest(1)]);
    [state.queued, state.oldest] = [count, first?.device_at ?? ""];
    if (state.wiped) return;
    // Read after the queue: a scan that leaves it meanwhile is among the late ones by now.
    late.entries = await store.late();
    state.closed ||= late.entries.length > 0;
    if (state.closed && count === 0 && late.entries.length === 0) await wipe("closed");
  } catch {
    state.keeps = false;
  }
  draw();
}

/** @param {"closed" | "hand"} why */
async function wipe(why) {
  if (state.wiped) return;
  state.wiped = why;
  hallList.stop();
  camera.stop();
  sender.stop();
  link.stop();
  state.hall = null;
  state.queued = 0;
  late.entries = [];
  list.fill([]);
  list.unmark();
  results.clear();
  state.unwiped = await store.wipe().then(() => false, () => true);
  draw();
}

/** The organizer has seen them: what is kept here goes. */
async function releaseLate() {
  if (await askLate(late.entries.length)) await wipe("hand");
}

/** @param {Hall} hall */
async function takeHall(hall) {
  learnWho(desk);
  state.closed = hall.closed;
  // What is about to be wiped is not written down first.
  if (hall.closed) return refreshQueue();
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
  const { hall, closed, wiped, about, me } = state;
  show("rehearsal", about?.rehearsal === true);
  if (about) write("title", about.title);
  document.title = `${word("page_door")} · ${about?.title ?? "Hadir"}`;
  show("loading", !hall && !closed && !wiped && state.keeps && link.state !== "refused");
  show("door", hall !== null && !wiped);
  show("entry", !closed);
  show("over", (closed || wiped !== "") && !state.unwiped);
  write("over_title", word(wiped === "hand" ? "wiped" : "closed"));
  write("over_text", word({ hand: "wiped_text", closed: "closed_wiped", "": state.queued ? "closed_waiting" : "closed_answered" }[wiped]));
  late.draw();
  for (const button of ways()) button.setAttribute("aria-pressed", String(button.dataset.way === state.way));
  element("card").setAttribute("aria-checked", String(state.card));
  camera.draw();
  write("list_note", hall ? word("list_note", { count: page.number(hall.persons.length), time: clock(state.fetched) }) : "");
  write("headcount_by", me ? word(me.person ? "headcount_personal" : `headcount_shared_${me.role}`) : "");
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
  document.body.dataset.freshness = wiped ? "connecting" : link.state;
  show("freshness", !wiped);
  write("freshness", word(`fresh_${link.state}`));
  write("heard", link.answeredAt && !wiped ? word("heard", { time: clock(link.answeredAt) }) : "");
  write("waiting_short", queued ? word("queued_short", { count: page.number(queued) }) : "");
  write("queued", page.number(queued));
  const wait = oldest && queued ? Math.max(0, Date.now() - Date.parse(oldest)) : 0;
  const limit = state.hall?.delay_ms ?? Infinity;
  const values = { age: page.duration(wait), limit: Number.isFinite(limit) ? page.duration(limit) : "–" };
  write("oldest", queued ? word("oldest", values) : word("empty"));
  write("trouble", link.trouble && queued ? word("trouble", { reason: english(link.trouble) }) : "");
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
  if (link.state === "refused") return word("alarm_refused", { reason: token ? english(link.trouble) : word("no_token") });
  // To the minute: an alert that changes every second is read out every second.
  const age = page.duration(Math.floor((Date.now() - Date.parse(state.oldest)) / 60000) * 60000);
  return old ? word("alarm_old", { ...values, age }) : "";
}

function offset() {
  const ms = deviceClock.newest?.offset_ms ?? 0;
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
  hallList.load();
}

async function restore() {
  try {
    const [kept, entries, clock, marks] = await Promise.all([
      store.read("hall"), store.read("results"), store.read("clock"), store.marks(),
    ]);
    if (kept) setHall(kept.hall, kept.fetched);
    deviceClock.newest = clock ?? null;
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
wireDesk(desk);
setInterval(tick, TICK_MS);
page.about().then((about) => {
  state.about = about;
  results.zone = list.zone = late.zone = about.zone;
  drawAll();
});
// Without this a browser that runs short of space may throw away what has not been sent.
navigator.storage?.persist?.().catch(() => {});
await restore();
if (state.keeps) {
  await refreshQueue();
  back(false);
}
