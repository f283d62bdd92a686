// @ts-check
/** The page on which named staff act: each act is said in words, signed in this browser, and decided by two sides. */

import { Cards } from "/web/acts-cards.js";
import { deed, proposal } from "/web/acts-deeds.js";
import { drawLists } from "/web/acts-list.js";
import { LogBook } from "/web/acts-logbook.js";
import { Persons } from "/web/acts-persons.js";
import { Sender } from "/web/acts-send.js";
import words from "/web/acts-words.js";
import { english, unanswered, within, write } from "/web/answers.js";
import { ask, problem, Refused } from "/web/live.js";
import * as page from "/web/page.js";
import { keep, kept, support } from "/web/staff-key.js";

const { element, show, word } = page;

/** How often the page asks what is new; a proposal waits for a human, who needs longer than this. */
const POLL_MS = 5000;
/** A server that answers takes less. */
const ANSWER_MS = 10000;
/** Three questions without an answer: what is on the page is old. */
const STALE_MS = 15000;
/** How often the age is looked at. */
const TICK_MS = 1000;

/** Which signal makes sense in which phase; the server decides, this only greys out what it would refuse. */
const ALLOWED = { waiting: ["start"], running: ["end", "void"], ended: ["void"], closed: [] };

/** @typedef {import("./acts-list.js").Act} Act */
/** @typedef {import("./acts-list.js").Found} Found */

/** @type {import("./acts-list.js").View} */
const view = {
  token: page.secret(), about: null, me: null, key: null, staff: [], acts: [], sample: [], tally: null,
  incidents: null, versions: null, claims: null, until: null, known: new Map(),
};
/** @type {import("./staff-key.js").Key | null} What this browser keeps, enrolled or not. */
let own = null;
/** @type {Awaited<ReturnType<typeof support>> | null} */
let able = null;
let refused = "";
let alarmed = "";
let heardAt = -Infinity;
let waiting = 0;
/** What was asked last; one question after another, so that no older answer overwrites a newer one. */
let asked = Promise.resolve();

const dialog = /** @type {HTMLDialogElement} */ (element("dialog"));
const signals = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-signal]"));
const note = /** @type {HTMLTextAreaElement} */ (element("note"));
const sender = new Sender(view, refreshAll);
const persons = new Persons(view, sender, look, draw);
const logbook = new LogBook(view, sender);
const cards = new Cards(view, sender, { get, post, look, failure, reason, refresh: refreshAll }, draw);

function draw() {
  const { about, me } = view;
  show("rehearsal", about?.rehearsal === true);
  if (about) write("title", about.title);
  document.title = `${about?.title ?? "Hadir"} · ${word("page_acts")}`;
  write("phase", view.tally ? word(`phase_${view.tally.phase}`) : "–");
  show("loading", !me && !refused);
  show("shared", me?.person === null);
  show("acting", Boolean(me?.person));
  // Behind the `#` as everywhere: the link's secret stays out of requests.
  element("door_link").setAttribute("href", `/door${location.hash}`);
  show("door_card", me?.role === "steward");
  if (me?.person) drawActing();
  tick();
}

function drawActing() {
  const { me, key } = view;
  const who = { role: word(`role_${me?.role}`), side: word(`side_${me?.side}`) };
  write("me", word("me", who));
  write("me_key", key ? word("me_key", { key: key.hex.slice(0, 8) }) : word("me_no_key"));
  show("unsigned_yet", me?.signs === false);
  drawEnrolment();
  /** @type {string[]} */
  const allowed = view.tally && key ? ALLOWED[view.tally.phase] : [];
  for (const button of signals) button.disabled = !allowed.includes(button.dataset.signal ?? "");
  persons.draw();
  for (const button of document.querySelectorAll("[data-signs]")) /** @type {HTMLButtonElement} */ (button).disabled = !key;
  // What is being confirmed does not move while the question stands before it.
  if (dialog.open) return;
  drawLists(view, actOn);
  logbook.draw();
  cards.draw();
}

/** Whether this browser can sign for this person, and what to do where it cannot. */
function drawEnrolment() {
  const { me, key } = view;
  show("enrolment", !key && able !== null);
  if (!me || key || able === null) return;
  const late = word(view.tally?.phase === "waiting" ? "enrol_unknown" : "enrol_late");
  const other = me.key ? word("enrol_other", { key: me.key.slice(0, 8) }) : "";
  const may = !me.can_enrol ? late : able !== "ok" ? word(`enrol_${able}`) : other ? word("enrol_instead") : word("enrol_text");
  write("enrol_state", other);
  write("enrol_text", may);
  write("enrol", word(other ? "enrol_this" : "enrol"));
  show("enrol", me.can_enrol && able === "ok");
}

/** Says how old the page is, and raises the alarm where it is too old to act on. */
function tick() {
  // A shared link is told once, and a page that nobody sees does not ask: neither grows old.
  show("freshness", view.me?.person !== null);
  if (view.me?.person === null || document.hidden) return;
  const age = performance.now() - heardAt;
  const freshness = refused ? "refused" : !view.me ? "connecting" : age > STALE_MS ? "stale" : "live";
  document.body.dataset.freshness = freshness;
  write("freshness", word(`fresh_${freshness}`));
  const alarm = freshness === "stale" || freshness === "refused" ? word(`alarm_${freshness}`, { reason: refused }) : "";
  if (alarm !== alarmed) write("alarm", alarm);
  alarmed = alarm;
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
function get(path, options) {
  return within(ANSWER_MS, async (signal) => {
    const response = await ask(path, view.token, { ...options, signal });
    if (!response.ok) throw new Error(await problem(response));
    return response.json();
  });
}

/**
 * @param {string} path
 * @param {object} body
 */
function post(path, body) {
  return get(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

async function load() {
  if (refused || view.me?.person === null) return;
  try {
    if (!view.token) throw new Refused(word("no_token"));
    // Whose link this is comes first: a shared one may read no acts, and the page says what it needs instead.
    const first = view.me ?? (await get("/api/me"));
    if (first.person === null) {
      view.me = first;
      return draw();
    }
    const [me, { staff, acts, sample = [] }, tally] = await Promise.all([get("/api/me"), get("/api/acts"), get("/api/tally")]);
    if (me.person && own === null) own = await kept(me.origin, me.person).catch(() => null);
    able ??= own ? "ok" : await support();
    Object.assign(view, { me, staff, acts, sample, tally, key: own?.hex === me.key ? own : null });
    heardAt = performance.now();
    announce();
    cards.read();
    persons.read();
  } catch (error) {
    // Without an answer the page grows old and says so.
    if (error instanceof Refused) refused = view.token ? english(error.message) : error.message;
  }
  draw();
}

/** Asks again after what is being asked now, which may have been answered before the newest act. */
function refresh() {
  asked = asked.then(load);
  return asked;
}

/** The same with what is read at a calmer pace: after an act of one's own all of it can be new. */
function refreshAll() {
  cards.hurry();
  return refresh();
}

/** Tells who cannot see the list that something new waits for them. */
function announce() {
  const { acts, me } = view;
  const theirs = acts.filter((act) => act.decision === "open" && act.side !== me?.side);
  if (theirs.length > waiting) write("spoken", word("spoken", { what: deed(view, theirs[theirs.length - 1], false).what }));
  waiting = theirs.length;
}

async function enrol() {
  const { me } = view;
  if (!me?.person) return;
  const button = /** @type {HTMLButtonElement} */ (element("enrol"));
  button.disabled = true;
  write("enrol_answer", word("sending"));
  try {
    own = await keep(me.origin, me.person);
  } catch (error) {
    write("enrol_answer", word("not_kept", { reason: english(String(error)) }));
    button.disabled = false;
    return;
  }
  try {
    const { at } = await post("/api/staff/key", { key: own.hex });
    write("enrol_answer", word("enrolled", { key: own.hex.slice(0, 8), time: page.clock(at, view.about?.zone) }));
    await refresh();
    element("who_title").focus();
  } catch (error) {
    write("enrol_answer", failure(error));
  }
  button.disabled = false;
}

/**
 * @param {"confirm" | "dismiss" | "reverse"} kind
 * @param {Act} act
 */
function actOn(kind, act) {
  const what = proposal(view, act.seq, true);
  const withdraws = kind === "dismiss" && act.by === view.me?.person;
  const said = word(withdraws ? "sign_withdraw" : `sign_${kind}`, { what });
  if (kind === "reverse") {
    const withReason = (/** @type {string} */ text) => ({ reverse: { strike: act.seq, reason: text } });
    return sender.act(null, { what: said, effect: word("effect_reverse"), withReason }, "strikes_answer");
  }
  const effect = kind === "confirm" ? confirmed(act) : word("effect_dismiss");
  const { quote } = deed(view, act, true);
  return sender.act({ [kind]: { of: act.seq } }, { what: said, quote, effect }, "proposals_answer");
}

/**
 * What follows once a proposal is confirmed.
 * @param {Act} act
 */
function confirmed({ do: { signal, release, merge, bridge, declare } }) {
  if (release) return word("effect_confirm_release");
  if (merge) return word("effect_confirm_merge");
  if (bridge) return word("effect_confirm_bridge");
  if (declare) return word("effect_confirm_declare");
  return word(signal ? "effect_confirm_signal" : "effect_confirm");
}

/** @param {string} signal */
function propose(signal) {
  const question = { what: word(`sign_${signal}`), effect: word("effect_signal") };
  return sender.act({ signal: { signal } }, question, "signals_answer");
}

/**
 * Looks one person up; from then on the lists call them by name.
 * @param {string} text
 * @returns {Promise<import("./acts-persons.js").Outcome>}
 */
async function look(text) {
  try {
    /** @type {Found} */
    const found = await post("/api/person", { find: text });
    view.known.set(found.person, found);
    return { found, said: () => word("found") };
  } catch (error) {
    return { found: null, said: () => failure(error) };
  }
}

/** @param {SubmitEvent} event */
async function noteDown(event) {
  event.preventDefault();
  const text = note.value.trim();
  if (!text) return note.focus();
  const question = { what: word("sign_note"), quote: text, effect: word("effect_note") };
  if (await sender.act({ note: { text } }, question, "note_answer")) note.value = "";
}

/** @param {unknown} error */
function failure(error) {
  const why = reason(error);
  return why ? word("refused", { reason: why }) : word("unreachable");
}

/**
 * Why something was refused; nothing where no answer came.
 * @param {unknown} error
 */
function reason(error) {
  return unanswered(error) ? "" : english(error instanceof Error ? error.message : String(error));
}

async function run() {
  page.speak(words, draw);
  addEventListener("hashchange", () => location.reload());
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  setInterval(tick, TICK_MS);
  page.about().then((about) => {
    view.about = about;
    draw();
  });
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

for (const button of signals) button.addEventListener("click", () => propose(button.dataset.signal ?? ""));
dialog.addEventListener("close", draw);
element("enrol").addEventListener("click", enrol);
element("note_form").addEventListener("submit", noteDown);
run();
