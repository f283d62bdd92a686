// @ts-check
/** What stands beside the scanning: the head count, the sound, the list on this device, and its wiping. */

import { english, unanswered, within, write } from "/web/answers.js";
import { ask, problem, Refused } from "/web/live.js";
import * as page from "/web/page.js";

const { element, word } = page;

/**
 * @typedef {object} Desk
 * @property {{queued: number, me: Me | null}} state
 * @property {string} token
 * @property {import("./door-sound.js").Sounds} sounds
 * @property {import("./door-queue.js").Store} store
 * @property {import("./door-list.js").List} list
 * @property {import("./door-late.js").LateCard} late
 * @property {import("./door-hall.js").HallList} hallList
 * @property {(why: "hand") => Promise<void>} wipe
 * @property {() => void} draw
 * @property {(instant: string) => string} clock
 * @property {import("./door-place.js").Place} place
 */
/** @typedef {{role: string, person: string | null}} Me */
/** @typedef {{label: string, assigned: number, inside: number}} Group */
/** @typedef {{seq: number, at: string, system: number, group: Group | null}} Taken */

/** A request of this page is sent once; a network that brings no answer for so long leaves it to the steward to send again. */
const ANSWER_MS = 20000;

const dialog = /** @type {HTMLDialogElement} */ (element("dialog"));

/** @param {Desk} desk */
export function wireDesk(desk) {
  element("headcount").addEventListener("submit", (event) => {
    event.preventDefault();
    sendCount(desk);
  });
  element("sound").addEventListener("click", () => {
    desk.sounds.mute(!desk.sounds.muted);
    desk.sounds.play("good");
    desk.draw();
  });
  element("refresh").addEventListener("click", async () => {
    write("device_answer", word((await desk.hallList.load()) ? "refreshed" : "unrefreshed"));
  });
  element("unmark").addEventListener("click", () => {
    desk.list.unmark();
    desk.store.unmark().catch(() => {});
  });
  element("wipe").addEventListener("click", () => askWipe(desk));
}

/** @param {Desk} desk */
async function sendCount(desk) {
  const field = /** @type {HTMLInputElement} */ (element("persons"));
  const button = /** @type {HTMLButtonElement} */ (element("send"));
  const persons = field.valueAsNumber;
  if (!Number.isSafeInteger(persons) || persons < 0) return write("headcount_answer", word("not_a_count"));
  button.disabled = true;
  write("headcount_answer", word("sending"));
  try {
    const answer = await within(ANSWER_MS, (signal) => postCount(desk, persons, signal));
    write("headcount_answer", taken(desk, persons, answer));
    field.value = "";
  } catch (error) {
    write("headcount_answer", untaken(error));
  }
  button.disabled = false;
}

/**
 * @param {Desk} desk
 * @param {number} persons
 * @param {AbortSignal} signal
 * @returns {Promise<Taken>}
 */
async function postCount(desk, persons, signal) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ venue: desk.place.venue, persons });
  const response = await ask("/api/headcount", desk.token, { method: "POST", headers, body, signal });
  if (response.ok) return response.json();
  const said = await problem(response);
  throw response.status < 500 ? new Refused(said) : new Error(said);
}

/**
 * A server in trouble, or whatever stands before it, does not know what became of a request; nor does a lost network.
 * @param {unknown} error
 */
function untaken(error) {
  if (error instanceof Refused) return word("failed", { reason: english(error.message) });
  const said = unanswered(error) || !(error instanceof Error) ? "" : word("trouble", { reason: english(error.message) });
  return [word("unsure"), said].filter(Boolean).join(" ");
}

/**
 * What the server has recorded; beside it the steward's own group, where they look after one.
 * @param {Desk} desk
 * @param {number} persons
 * @param {Taken} answer
 */
function taken(desk, persons, { seq, at, system, group }) {
  const counts = { seq: page.number(seq), persons: page.number(persons), system: page.number(system) };
  const said = { time: desk.clock(at), ...counts };
  if (!group) return word("headcount_done", said);
  const { label, assigned, inside } = group;
  return word("headcount_group", { ...said, label, assigned: page.number(assigned), inside: page.number(inside) });
}

/**
 * Asks whose link this is: a head count is recorded under a name, or as the door's.
 * @param {Desk} desk
 */
export async function learnWho(desk) {
  if (desk.state.me) return;
  const asked = async (/** @type {AbortSignal} */ signal) => {
    const response = await ask("/api/me", desk.token, { signal });
    return response.ok ? response.json() : null;
  };
  // Without an answer the page names nobody, and asks again after the next list.
  desk.state.me = await within(ANSWER_MS, asked).catch(() => null);
  desk.draw();
}

/** @param {Desk} desk */
async function askWipe(desk) {
  if (!(await agreed("wipe_ask", "wipe_what", "wipe_yes"))) return;
  const count = await desk.store.count().catch(() => desk.state.queued);
  // A scan that the server does not have exists nowhere else.
  if (count > 0 && !(await agreed("wipe_lost_ask", "wipe_lost_what", "wipe_lost_yes", page.number(count)))) return;
  const late = desk.late.entries.length;
  if (late > 0 && !(await askLate(late))) return;
  await desk.wipe("hand");
}

/**
 * Whether scans that are recorded nowhere may go: the organizer has seen them.
 * @param {number} count
 */
export function askLate(count) {
  return agreed("late_ask", "late_what", "late_yes", page.number(count));
}

/**
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @param {string} [count]
 * @returns {Promise<boolean>}
 */
function agreed(title, text, yes, count = "") {
  write("dialog_ask", word(title, { count }));
  write("dialog_what", word(text));
  write("confirm", word(yes));
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "confirm"), { once: true });
  });
}
