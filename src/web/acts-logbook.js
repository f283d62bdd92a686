// @ts-check
/** The independent side's log book: shifts begin and end, and timekeepers sign what their own clocks said at the signals. */

import { deed } from "/web/acts-deeds.js";
import { said } from "/web/acts-list.js";
import { fillFirst, make, moment } from "/web/acts-parts.js";
import * as page from "/web/page.js";

const { element, show, word, write } = page;

/** A press and the click that it makes are closer together than this. */
const PRESS_MS = 1000;
/** An instant in the one form that the log takes. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @typedef {import("./acts-list.js").Act} Act */
/** @typedef {import("./acts-list.js").View} View */
/** @typedef {"start" | "end"} Read */

/** @type {Record<import("./live.js").Tally["phase"], Read[]>} Which signals stand in which phase; the server decides. */
const STANDING = { waiting: [], running: ["start"], ended: ["start", "end"], closed: ["start", "end"] };

/** The form in which one signal's reading is taken and signed. */
class Reading {
  #view;
  #sender;
  #signal;
  #pressedAt = -Infinity;

  /**
   * @param {Read} signal
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   */
  constructor(signal, view, sender) {
    this.#signal = signal;
    this.#view = view;
    this.#sender = sender;
    const heard = element(`${signal}_heard`);
    heard.addEventListener("pointerdown", () => this.#press());
    heard.addEventListener("keydown", (event) => presses(event) && this.#press());
    heard.addEventListener("click", (event) => this.#take(event));
    this.#field.addEventListener("keydown", holdsBack);
    element(`${signal}_form`).addEventListener("submit", (event) => this.#sign(event));
  }

  /** @param {Read[]} standing */
  draw(standing) {
    show(`${this.#signal}_form`, standing.includes(this.#signal));
  }

  get #field() {
    return /** @type {HTMLInputElement} */ (element(`${this.#signal}_reading`));
  }

  #press() {
    this.#pressedAt = Date.now();
  }

  /**
   * Takes the time at which the button went down, which is what the timekeeper means; a screen reader's click has no press.
   * @param {MouseEvent} event
   */
  #take(event) {
    // The second click of a double click would replace the time of the first.
    if (event.detail > 1) return;
    const now = Date.now();
    const at = now - this.#pressedAt < PRESS_MS ? this.#pressedAt : now;
    this.#pressedAt = -Infinity;
    this.#field.value = new Date(at).toISOString();
    write(`${this.#signal}_answer`, "");
    this.#field.focus();
  }

  /** @param {SubmitEvent} event */
  async #sign(event) {
    event.preventDefault();
    const [field, answer, signal] = [this.#field, `${this.#signal}_answer`, this.#signal];
    const reading = field.value.trim();
    if (!isInstant(reading)) {
      write(answer, word("reading_wrong"));
      return field.focus();
    }
    const what = word(`sign_read_${signal}`, { time: moment(reading, this.#view) });
    const question = { what, quote: reading, effect: word("effect_read") };
    if (await this.#sender.act({ read: { signal, reading } }, question, answer)) field.value = "";
  }
}

export class LogBook {
  #view;
  #sender;
  #readings;

  /**
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   */
  constructor(view, sender) {
    this.#view = view;
    this.#sender = sender;
    this.#readings = [new Reading("start", view, sender), new Reading("end", view, sender)];
    element("shift_begins").addEventListener("click", () => this.#shift("begins"));
    element("shift_ends").addEventListener("click", () => this.#shift("ends"));
  }

  draw() {
    const { me, tally, acts, staff } = this.#view;
    const standing = tally ? STANDING[tally.phase] : [];
    const read = acts.filter((act) => act.do.read).reverse();
    show("logbook_card", me?.side === "independent");
    write("shift_now", this.#newestShift());
    show("clock", me?.role === "timekeeper");
    show("clock_hint", standing.length > 0);
    show("clock_wait", standing.length === 0);
    for (const reading of this.#readings) reading.draw(standing);
    show("readings_part", read.length > 0);
    fillFirst("readings", this.#view, read, (act) => this.#item(act), staff);
  }

  /** Where this member's own shift stands, by what they signed last. */
  #newestShift() {
    const { acts, me } = this.#view;
    const own = acts.filter((act) => act.do.shift && act.by === me?.person);
    const newest = own[own.length - 1];
    if (!newest) return word("shift_none");
    const values = { time: moment(newest.at, this.#view), entry: String(newest.seq) };
    return word(`shift_now_${newest.do.shift?.is}`, values);
  }

  /** @param {Act} act */
  #item(act) {
    const { what, quote } = deed(this.#view, act, true);
    return make("li", "item", said(this.#view, act, what, quote));
  }

  /** @param {"begins" | "ends"} is */
  #shift(is) {
    const question = { what: word(`sign_shift_${is}`), effect: word("effect_shift") };
    return this.#sender.act({ shift: { is } }, question, "shift_answer");
  }
}

/**
 * Whether a key presses a button, and is not only held down.
 * @param {KeyboardEvent} event
 */
function presses({ key, repeat }) {
  return !repeat && (key === "Enter" || key === " ");
}

/**
 * A key that is still held down from taking the time does not go on to sign it.
 * @param {KeyboardEvent} event
 */
function holdsBack(event) {
  if (event.repeat && event.key === "Enter") event.preventDefault();
}

/**
 * Whether the log takes this text for an instant. A day that its month does not have is none.
 * @param {string} text
 */
function isInstant(text) {
  const at = new Date(text);
  return INSTANT.test(text) && !Number.isNaN(at.getTime()) && at.toISOString() === text;
}
