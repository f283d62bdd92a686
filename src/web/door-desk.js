// @ts-check
/** What stands beside the scanning: the head count, the sound, the list on this device, and its wiping. */

import { ask, problem } from "/web/live.js";
import * as page from "/web/page.js";

const { element, word, write } = page;

/**
 * @typedef {object} Desk
 * @property {{queued: number}} state
 * @property {string} token
 * @property {import("./door-sound.js").Sounds} sounds
 * @property {import("./door-queue.js").Store} store
 * @property {import("./door-list.js").List} list
 * @property {() => Promise<boolean>} loadHall
 * @property {(why: "hand") => Promise<void>} wipe
 * @property {() => void} draw
 * @property {(instant: string) => string} clock
 * @property {import("./door-place.js").Place} place
 */
/** @typedef {{label: string, assigned: number, inside: number}} Group */
/** @typedef {{seq: number, at: string, system: number, group: Group | null}} Taken */

/** A head count is asked for once; a network that brings no answer for so long leaves it to the steward to send again. */
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
    write("device_answer", word((await desk.loadHall()) ? "refreshed" : "unrefreshed"));
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
  const said = await postCount(desk, persons).catch((error) => {
    const unreachable = error instanceof TypeError || error instanceof DOMException;
    return { done: false, text: unreachable ? word("unreachable") : word("failed", { reason: error.message }) };
  });
  write("headcount_answer", said.text);
  if (said.done) field.value = "";
  button.disabled = false;
}

/**
 * @param {Desk} desk
 * @param {number} persons
 */
async function postCount(desk, persons) {
  const response = await ask("/api/headcount", desk.token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ venue: desk.place.venue, persons, at_device: new Date().toISOString() }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!response.ok) throw new Error(await problem(response));
  return { done: true, text: taken(desk, persons, await response.json()) };
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

/** @param {Desk} desk */
async function askWipe(desk) {
  if (!(await agreed("wipe_ask", "wipe_what", "wipe_yes"))) return;
  const count = await desk.store.count().catch(() => desk.state.queued);
  // A scan that the server does not have exists nowhere else.
  if (count > 0 && !(await agreed("wipe_lost_ask", "wipe_lost_what", "wipe_lost_yes", page.number(count)))) return;
  await desk.wipe("hand");
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
