// @ts-check
/** The card of participation checks: what fixes their times, the adjudicator's own checks, and who saw and answered them. */

import { within } from "/web/answers.js";
import { openWord } from "/web/counts.js";
import { problem, Refused } from "/web/live.js";
import * as page from "/web/page.js";

const { element, show, word, write } = page;

/** @typedef {import("./staff.js").Staff} Staff */
/**
 * @typedef {object} Opened
 * @property {number} prompt
 * @property {"press" | "word"} kind
 * @property {"planned" | "extra"} cause
 * @property {string} at
 * @property {string} closes_at
 * @property {string | null} word
 * @property {number} shown
 * @property {number} answered
 */
/**
 * What `GET /api/prompts` says.
 * @typedef {object} State
 * @property {number} planned
 * @property {number | null} answer_ms
 * @property {string | null} commitment
 * @property {string | null} nonce
 * @property {string | null} seed
 * @property {Opened[]} opened
 */

/** How often the numbers are asked for while the page is in sight; a change in the tally asks at once. */
const POLL_MS = 5000;
/** An answer takes milliseconds: a request that hangs is given up before the card looks dead. */
const ANSWER_MS = 10000;
/** Capitals and digits that nobody takes for one another: 32, so that five bits of a random byte choose evenly. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/** Short enough to be typed from a screen, with too many values to be guessed. */
const WORD_LENGTH = 5;
/** 80 random bits. */
const NONCE_LENGTH = 16;
/** So much of a hash is compared by eye. */
const SHORT = 12;

export class Checks {
  #staff;
  /** Whether this page's side opens checks and gives the nonce. */
  #gives = document.body.dataset.side === "adjudicator";
  /** @type {State | null} */
  #state = null;
  #heardAt = 0;
  /** A server that does not know the checks is not asked again until its tally names them. */
  #absent = false;
  #loading = false;
  #loadAgain = false;
  #drawn = "";
  /** @type {{prompt: number, word: string, closes_at: string, until: number} | null} The newest word of this page. */
  #made = null;

  /** @param {Staff} staff */
  constructor(staff) {
    this.#staff = staff;
    staff.onTally(({ prompts }, before) => {
      if (before && JSON.stringify(prompts) === JSON.stringify(before.prompts)) return;
      if (prompts) this.#absent = false;
      this.#load();
    });
    setInterval(() => document.hidden || this.#load(), POLL_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.#load());
    for (const id of ["commitment", "seed"]) this.#wireHash(id);
    if (this.#gives) this.#wireGiving();
  }

  draw() {
    const state = this.#state;
    show("checks", state !== null);
    if (!state) return;
    const time = state.answer_ms === null ? "" : page.duration(state.answer_ms);
    const planned = { count: page.number(state.planned), time };
    write("checks_planned", state.planned > 0 ? word("checks_planned_each", planned) : word("checks_planned_none"));
    drawHash("commitment", state.commitment, word("checks_commitment_none"));
    drawHash("seed", state.seed, word("checks_seed_none"));
    write("nonce", state.nonce ?? word("checks_nonce_none"));
    write("checks_at", word("checks_at", { time: this.#staff.clock(this.#heardAt) }));
    this.#drawWord();
    this.#drawOpened(state.opened);
    if (this.#gives) this.#drawGiving(state);
  }

  #drawWord() {
    const made = this.#made && performance.now() < this.#made.until ? this.#made : null;
    const open = openWord(this.#staff) ?? made;
    show("checks_open", open !== null);
    if (!open) return;
    write("checks_word", open.word);
    write("checks_until", word("checks_until", { time: this.#staff.clock(open.closes_at) }));
  }

  /** @param {Opened[]} opened */
  #drawOpened(opened) {
    show("checks_table", opened.length > 0);
    show("checks_empty", opened.length === 0);
    const drawn = JSON.stringify([page.currentLanguage(), this.#staff.about?.zone, opened]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    element("checks_opened").replaceChildren(...opened.map((check) => this.#row(check)));
  }

  /** @param {Opened} check */
  #row({ prompt, kind, cause, word: said, at, closes_at, shown, answered }) {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const what = said ? `${word("checks_kind_word")} ${said}` : word(`checks_kind_${kind}`);
    head.append(`${page.number(prompt)} · ${what} · ${word(`checks_cause_${cause}`)}`);
    const time = document.createElement("small");
    time.className = "note";
    time.textContent = `${this.#staff.clock(at)} – ${this.#staff.clock(closes_at)}`;
    head.append(time);
    row.append(head, cell(shown), cell(answered));
    return row;
  }

  /** @param {State} state */
  #drawGiving({ commitment, nonce }) {
    const { tally } = this.#staff;
    const phase = tally?.phase;
    show("nonce_form", phase === "waiting" && commitment !== null && nonce === null);
    show("checks_now", phase === "running");
    // One check after the other; the server decides, this only greys out what it would refuse.
    const busy = Boolean(tally?.prompts?.open);
    for (const id of ["check_press", "check_word"]) /** @type {HTMLButtonElement} */ (element(id)).disabled = busy;
  }

  async #load() {
    if (this.#absent || this.#staff.refused) return;
    this.#loadAgain = this.#loading;
    if (this.#loading) return;
    this.#loading = true;
    try {
      await within(ANSWER_MS, async (signal) => {
        const response = await this.#staff.ask("/api/prompts", { signal });
        this.#absent = response.status === 404;
        if (response.ok) this.#state = await response.json();
        // By the server's clock where it says it, as all other times on the page.
        if (response.ok) this.#heardAt = Date.parse(response.headers.get("date") ?? "") || Date.now();
      });
    } catch {
      // What is shown says its own age; a lost link and a refused token are the page's alarm.
    }
    this.#loading = false;
    this.draw();
    if (this.#loadAgain) await this.#load();
  }

  #wireGiving() {
    element("check_press").addEventListener("click", () => this.#check({ kind: "press" }));
    element("check_word").addEventListener("click", () => this.#check({ kind: "word", word: random(WORD_LENGTH) }));
    element("nonce_fill").addEventListener("click", () => {
      /** @type {HTMLInputElement} */ (element("nonce_value")).value = random(NONCE_LENGTH);
    });
    element("nonce_form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#give(/** @type {HTMLInputElement} */ (element("nonce_value")).value);
    });
  }

  /** @param {string} nonce */
  async #give(nonce) {
    const given = await this.#post("/api/nonce", { nonce });
    if (given) write("checks_answer", word("checks_given", { time: this.#staff.clock(given.at) }));
  }

  /** @param {{kind: "press" | "word", word?: string}} wanted */
  async #check(wanted) {
    const opened = await this.#post("/api/prompt", wanted);
    if (!opened) return;
    const { prompt, at, closes_at } = opened;
    const times = { number: page.number(prompt), time: this.#staff.clock(at), until: this.#staff.clock(closes_at) };
    write("checks_answer", word("checks_asked", times));
    if (!wanted.word) return;
    const until = performance.now() + Date.parse(closes_at) - Date.parse(at);
    this.#made = { prompt, word: wanted.word, closes_at, until };
    this.draw();
  }

  /**
   * Sends it, says what is wrong with it, and asks what there is now.
   * @param {string} path
   * @param {object} request
   * @returns {Promise<any>} what the server recorded; null where it did not
   */
  async #post(path, request) {
    write("checks_answer", word("sending"));
    try {
      const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) };
      const response = await this.#staff.ask(path, options);
      if (response.ok) return await response.json();
      write("checks_answer", word("refused", { reason: await problem(response) }));
    } catch (error) {
      const refused = error instanceof Refused;
      write("checks_answer", refused ? word("refused", { reason: error.message }) : word("checks_unreachable"));
    } finally {
      this.#load();
    }
    return null;
  }

  /**
   * A hash is short until it is looked at, and copied whole.
   * @param {string} id
   */
  #wireHash(id) {
    const button = element(id);
    for (const event of ["focus", "blur"]) button.addEventListener(event, () => this.draw());
    button.addEventListener("click", async () => {
      const copied = await navigator.clipboard?.writeText(button.dataset.full ?? "").then(() => true, () => false);
      write("checks_copied", word(copied ? "checks_copied" : "checks_uncopied"));
    });
  }
}

/**
 * @param {string} id
 * @param {string | null} hash
 * @param {string} none
 */
function drawHash(id, hash, none) {
  const button = /** @type {HTMLButtonElement} */ (element(id));
  const whole = document.activeElement === button;
  button.hidden = hash === null;
  button.dataset.full = hash ?? "";
  write(id, whole || !hash ? (hash ?? "") : `${hash.slice(0, SHORT)}…`);
  write(`${id}_none`, hash === null ? none : "");
}

/** @param {number} count */
function cell(count) {
  const cell = document.createElement("td");
  cell.textContent = page.number(count);
  return cell;
}

/** @param {number} length */
function random(length) {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
