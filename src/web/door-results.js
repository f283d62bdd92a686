// @ts-check
/** What became of the last scans: the newest one large, the others in a list, each in colour, in words and in sound. */

import * as page from "/web/page.js";

const { element, word, write } = page;

/** @typedef {import("./door-queue.js").Scan} Scan */
/** @typedef {import("./door-queue.js").Person} Person */
/** @typedef {import("./door-send.js").Result} Result */
/** @typedef {import("./door-sound.js").Tone} Tone */
/** @typedef {"waiting" | "already" | "unkept" | "unread" | "recorded" | "repeated" | "refused"} Outcome */
/**
 * One line of the list; the code that was read is not in it, for it opens the person's page.
 * @typedef {object} Entry
 * @property {string} scan
 * @property {Scan["way"]} way
 * @property {Outcome} outcome
 * @property {string} device_at
 * @property {boolean} card
 * @property {Person | null} person
 * @property {string} code what stands for the person while the name is not known
 * @property {Result["note"]} [note]
 * @property {Result["code"]} [why] why the server refused it
 * @property {string} [detail] the same in the server's words
 * @property {string} [at] the server's time of its answer
 * @property {number} [offset_ms] how far the server's clock was ahead of the device's
 */

/** More than a steward scrolls through; the server's record has them all. */
const RESULTS_MAX = 30;
/** A screen reader finishes one result before it begins the next. */
const SPEAK_MS = 1500;
/** @type {Tone[]} From the calmest on: one sound tells the worst of an answer. */
const TONES = ["kept", "good", "warn", "bad"];
/** A note that the person does not count, or that the steward should look again. */
const NOTE_TONES = { already_inside: "warn", not_inside: "warn", too_late: "bad", struck: "bad" };
/** @type {Record<Outcome, Tone>} */
const OUTCOME_TONES = {
  waiting: "kept", recorded: "good", repeated: "good", already: "warn", refused: "bad", unkept: "bad", unread: "bad",
};

/** Why a scan can be refused, as far as this page has words for it. */
const REASONS = ["link", "unknown", "door", "new", "over"];

export class Results {
  /** @type {Entry[]} The newest first. */
  entries = [];
  /** @type {Entry | null} The one that is shown large. */
  #newest = null;
  #sounds;
  #speak = page.speaker("spoken", SPEAK_MS);
  /** @type {string | undefined} The attempt's zone, once it is known. */
  zone;

  /** @param {import("./door-sound.js").Sounds} sounds */
  constructor(sounds) {
    this.#sounds = sounds;
  }

  /** @param {Entry} entry something that happened on this device */
  add(entry) {
    this.entries.unshift(entry);
    this.#settle([entry]);
  }

  /** @param {Entry[]} answered what the server said of them; of many, the worst stand first */
  answer(answered) {
    const scans = new Set(answered.map((entry) => entry.scan));
    const others = this.entries.filter((entry) => !scans.has(entry.scan));
    this.entries = [...answered].sort(byTone).concat(others);
    this.#settle(this.entries.slice(0, 1));
  }

  /** @param {Entry[]} shown */
  #settle([shown]) {
    this.entries.length = Math.min(this.entries.length, RESULTS_MAX);
    this.#newest = shown ?? null;
    this.draw();
    if (!shown) return;
    this.#sounds.play(tone(shown));
    this.#speak([headline(shown), who(shown), explanation(shown)].filter(Boolean).join(". "));
  }

  /** @param {string} scan */
  find(scan) {
    return this.entries.find((entry) => entry.scan === scan);
  }

  clear() {
    this.entries = [];
    this.#settle([]);
  }

  draw() {
    this.#drawNewest();
    element("results").replaceChildren(...this.entries.map((entry) => this.#line(entry)));
    page.show("no_results", this.entries.length === 0);
  }

  #drawNewest() {
    const newest = this.#newest;
    element("verdict").dataset.tone = newest ? tone(newest) : "none";
    write("verdict_headline", newest ? headline(newest) : word("ready"));
    write("verdict_who", newest ? who(newest) : word("ready_hint"));
    write("verdict_note", newest ? explanation(newest) : "");
    write("verdict_detail", newest?.detail ?? "");
  }

  /** @param {Entry} entry */
  #line(entry) {
    const line = make("li", "result");
    line.dataset.tone = tone(entry);
    const text = make("div", "result-text");
    const head = make("p", "result-head", headline(entry));
    const facts = [word(`way_${entry.way}`), page.clock(entry.device_at, this.zone), entry.card ? word("card_seen") : ""];
    text.append(head, make("p", "result-who", who(entry)), make("p", "note", facts.filter(Boolean).join(" · ")));
    if (explanation(entry)) text.append(make("p", "", explanation(entry)));
    if (entry.detail) text.append(english(entry.detail));
    line.append(mark(), text);
    return line;
  }
}

/**
 * What the server says of a scan, beside what the device knows of it.
 * @param {Scan} scan
 * @param {Result} result
 * @param {import("./door-clock.js").Clock | null} clock
 * @param {Entry | undefined} before
 * @returns {Entry}
 */
export function answered(scan, result, clock, before) {
  const known = before ?? begun(scan, null);
  const { outcome, note, person, code: why } = result;
  const detail = page.reason({ detail: result.detail ?? undefined, remedy: result.remedy ?? undefined });
  return { ...known, outcome, note, why, detail, person: person ?? known.person, at: clock?.at, offset_ms: clock?.offset_ms };
}

/**
 * @param {Scan} scan
 * @param {Person | null} person
 * @returns {Entry}
 */
export function begun({ scan, way, device_at, card, who: code }, person) {
  return { scan, way, outcome: "waiting", device_at, card, person, code: "ref" in code ? code.ref : "" };
}

/** @param {Entry} entry @returns {Tone} */
function tone(entry) {
  return /** @type {Tone} */ (entry.note ? NOTE_TONES[entry.note] : OUTCOME_TONES[entry.outcome]) ?? "warn";
}

/** @param {Entry} one @param {Entry} other */
function byTone(one, other) {
  return TONES.indexOf(tone(other)) - TONES.indexOf(tone(one));
}

/** @param {Entry} entry */
function headline(entry) {
  return word(entry.outcome === "recorded" ? `recorded_${entry.way}` : entry.outcome);
}

/** @param {Entry} entry */
function explanation(entry) {
  if (entry.outcome === "refused" && entry.why && REASONS.includes(entry.why)) return word(`refused_${entry.why}`);
  return word(entry.note ? `note_${entry.note}` : `${entry.outcome}_hint`);
}

/** @param {Entry} entry */
function who({ person, code }) {
  if (!person) return code || word("some_code");
  return [person.name, person.ref, person.group].filter(Boolean).join(" · ");
}

function mark() {
  const made = make("span", "mark");
  made.setAttribute("aria-hidden", "true");
  return made;
}

/** @param {string} text the server's own words, which are English */
function english(text) {
  const made = make("small", "note", text);
  made.lang = "en";
  return made;
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElement}
 */
export function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
