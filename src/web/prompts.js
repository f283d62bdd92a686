// @ts-check
/** Participation checks on the participant's page: asks, counts the time down, and says what became of the answer. */

import * as page from "/web/page.js";

const { element, show, word, write } = page;

/** @typedef {import("./presence.js").Presence} Presence */
/** @typedef {import("./presence.js").State} State */
/** @typedef {import("./presence.js").Message} Message */
/** @typedef {"open" | "sending" | "wrong"} Asking */
/** @typedef {"accepted" | "late" | "unknown" | "missed" | "unsure"} Over */
/**
 * @typedef {object} Check
 * @property {number} prompt
 * @property {"press" | "word"} kind
 * @property {Record<page.Language, string>} text
 * @property {number} closes by the server's clock
 * @property {Asking | Over} stage
 * @property {number} answeredAt
 * @property {boolean} shown whether the server is told that it was in sight
 * @property {number[]} warnings the lengths of time left that are still to be announced
 */

/** The countdown is written, and a hidden page's title changes, this often. */
const TICK_MS = 1000;
/** With this much time left it is said aloud: often enough to hurry, too seldom to disturb. */
const WARN_MS = [30000, 10000];
/** More than any lesson declares; then the oldest is forgotten. */
const CHECKS_MAX = 100;
/** As many characters of an answer as the server reads. */
const CHOICE_MAX = 32;
const OUTCOMES = ["accepted", "wrong", "late", "unknown"];

export class Prompts {
  /** @type {Map<number, Check>} What this page saw since it was loaded. */
  #checks = new Map();
  /** @type {Check | null} One check is asked at a time: a newer one takes an older one's place. */
  #newest = null;
  /** @type {State} */
  #state = "connecting";
  #presence;
  #retitle;
  #clock;
  #chime = new Chime();
  #ticking = 0;
  #flash = false;

  /**
   * @param {Presence} presence
   * @param {() => void} retitle writes the page's title anew
   * @param {(instant: number) => string} clock
   */
  constructor(presence, retitle, clock) {
    this.#presence = presence;
    this.#retitle = retitle;
    this.#clock = clock;
    element("press").addEventListener("click", () => this.#answer("here"));
    element("word_form").addEventListener("submit", (event) => this.#submit(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    // Whatever closes the dialog but an answer or the end of its time (a phone's back gesture, say): it opens again.
    element("press_dialog").addEventListener("close", () => this.draw());
    element("press_dialog").addEventListener("cancel", (event) => event.preventDefault());
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  /** @param {Message} message */
  hear(message) {
    if (message.t === "prompt") this.#asked(message);
    if (message.t === "answered") this.#answered(message);
  }

  /** @param {State} state */
  become(state) {
    this.#state = state;
    this.draw();
  }

  /** @returns {string} what a hidden page's title says now instead of its own; empty for its own */
  get title() {
    const check = this.#asking;
    const waits = document.hidden && check !== null && check.stage !== "sending";
    return waits && this.#flash ? `❗ ${word("check_title")}` : "";
  }

  draw() {
    const check = this.#asking;
    this.#drawPress(check?.kind === "press" ? check : null);
    this.#drawWord(check?.kind === "word" ? check : null);
    this.#drawPast();
    this.#retitle();
    this.#see(check);
  }

  /** The check that waits for this person; none while another tab or nobody counts. */
  get #asking() {
    const check = this.#newest;
    const away = this.#state === "rest" || this.#state === "ended" || this.#state === "help";
    return check && !away && asks(check) ? check : null;
  }

  /** @param {Message} message */
  #asked({ prompt, kind = "press", text, closes_at }) {
    const closes = Date.parse(closes_at);
    if (!Number.isInteger(prompt) || !closes || (kind !== "press" && kind !== "word")) return;
    const known = this.#checks.get(prompt);
    // Asked again after a return: what is being answered goes on, and what was answered stays so.
    if (known && (asks(known) || known.stage === "accepted" || known.stage === "late")) return;
    if (closes <= this.#presence.now() || prompt < (this.#newest?.prompt ?? 0)) return;
    if (this.#newest) over(this.#newest);
    this.#open({ prompt, kind, text, closes, stage: "open", answeredAt: 0, shown: false, warnings: WARN_MS });
  }

  /** @param {Check} check */
  #open(check) {
    const left = check.closes - this.#presence.now();
    check.warnings = WARN_MS.filter((warning) => warning < left);
    this.#checks.set(check.prompt, check);
    if (this.#checks.size > CHECKS_MAX) this.#checks.delete(Math.min(...this.#checks.keys()));
    this.#newest = check;
    // The title says it at once: a hidden page's next tick may be a minute away.
    this.#flash = true;
    this.#clear();
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#chime.ring();
    if (check.kind === "word") write("check_spoken", `${word("check")}. ${asked(check)} ${this.#left(check)}`);
    this.draw();
  }

  /** Nothing of the check before stays. */
  #clear() {
    /** @type {HTMLInputElement} */ (element("word")).value = "";
    write("press_spoken", "");
  }

  #tick() {
    const check = this.#newest;
    if (!check || !asks(check)) return;
    this.#flash = !this.#flash;
    const left = check.closes - this.#presence.now();
    if (left <= 0) return this.#close(check);
    while (check.warnings.length > 0 && left <= check.warnings[0]) {
      check.warnings = check.warnings.slice(1);
      this.#warn(check);
    }
    this.draw();
  }

  /** @param {Check} check */
  #warn(check) {
    if (check.stage === "sending" || !this.#asking) return;
    write(check.kind === "press" ? "press_spoken" : "check_spoken", this.#left(check));
    this.#chime.ring();
  }

  /** @param {Check} check its time is over */
  #close(check) {
    // What became of it in another tab this one does not know.
    if (!this.#asking) this.#checks.delete(check.prompt);
    over(check);
    this.#rest();
  }

  /** Nothing is asked any more, or only the server is awaited. */
  #rest() {
    this.#chime.stop();
    const check = this.#newest;
    if (check && !asks(check)) {
      clearInterval(this.#ticking);
      write("check_spoken", this.#checks.has(check.prompt) ? this.#result(check) : "");
    }
    this.draw();
  }

  /** @param {string} choice */
  #answer(choice) {
    const check = this.#asking;
    if (!check || check.stage === "sending") return;
    check.stage = "sending";
    check.answeredAt = this.#presence.now();
    this.#presence.say({ t: "answer", prompt: check.prompt, choice }, check.closes);
    this.#rest();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const typed = /** @type {HTMLInputElement} */ (element("word")).value.trim().slice(0, CHOICE_MAX);
    if (typed) this.#answer(typed);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#asking?.kind !== "press") return;
    if (event.key === "Escape") event.preventDefault();
    if (event.key !== "Enter" || (event.target === element("press") && !event.repeat)) return;
    event.preventDefault();
    // A key that was held down before the question came is no answer to it.
    if (!event.repeat) this.#answer("here");
  }

  /** @param {Message} message */
  #answered({ prompt, outcome }) {
    const check = this.#checks.get(prompt);
    if (!check || check.stage === "accepted" || !OUTCOMES.includes(outcome)) return;
    if (outcome !== "wrong") check.stage = outcome;
    else if (asks(check)) check.stage = "wrong";
    else check.stage = "missed";
    if (check === this.#newest) this.#rest();
    if (check.stage === "wrong") retype();
  }

  /** @param {Check | null} check */
  #see(check) {
    if (!check || check.shown || document.visibilityState !== "visible") return;
    check.shown = true;
    this.#presence.say({ t: "shown", prompt: check.prompt }, check.closes);
  }

  /** @param {Check | null} check */
  #drawPress(check) {
    const dialog = /** @type {HTMLDialogElement} */ (element("press_dialog"));
    if (check) {
      write("press_text", asked(check));
      write("press_left", this.#left(check));
      write("press_note", this.#progress(check));
      // Not `disabled`: that would take the focus away.
      element("press").setAttribute("aria-disabled", String(check.stage === "sending"));
    }
    if (check !== null && !dialog.open) open(dialog);
    if (check === null && dialog.open) close(dialog);
  }

  /** @param {Check | null} check */
  #drawWord(check) {
    show("word_card", check !== null);
    if (!check) return;
    const field = /** @type {HTMLInputElement} */ (element("word"));
    write("word_text", asked(check));
    write("word_left", this.#left(check));
    write("word_note", this.#progress(check));
    write("word_problem", check.stage === "wrong" ? word("check_wrong") : "");
    field.readOnly = check.stage === "sending";
    field.setAttribute("aria-invalid", String(check.stage === "wrong"));
    element("word_send").setAttribute("aria-disabled", String(check.stage === "sending"));
  }

  #drawPast() {
    const past = [...this.#checks.values()].filter((check) => !asks(check));
    const last = past[past.length - 1];
    show("checks", past.length > 0);
    if (!last) return;
    const answered = past.filter(({ stage }) => stage === "accepted").length;
    write("check_result", this.#result(last));
    write("check_sum", word("check_sum", { answered: page.number(answered), total: page.number(past.length) }));
  }

  /** @param {Check} check */
  #progress(check) {
    if (check.stage !== "sending") return "";
    return word(this.#state === "counted" ? "check_sending" : "check_unsent");
  }

  /** @param {Check} check */
  #result({ stage, answeredAt }) {
    const said = word(`check_${stage}`, { time: this.#clock(answeredAt) });
    const missed = (stage === "missed" || stage === "late") && this.#state !== "ended";
    return missed ? `${said} ${word("check_more")}` : said;
  }

  /** @param {Check} check */
  #left({ closes }) {
    const seconds = Math.max(0, Math.ceil((closes - this.#presence.now()) / 1000));
    return word("check_left", { time: page.duration(1000 * seconds) });
  }
}

/** Two short tones; silent until the visitor has touched the page, as browsers want it. */
class Chime {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {GainNode | null} */
  #ringing = null;

  constructor() {
    for (const touch of ["click", "keydown"]) {
      addEventListener(touch, () => this.#wake(), { once: true, capture: true });
    }
  }

  #wake() {
    if (this.#context || !("AudioContext" in window)) return;
    this.#context = new AudioContext();
    // It sleeps until it is needed: an open sound device costs a phone its battery.
    this.#context.suspend().catch(() => {});
  }

  async ring() {
    const context = this.#context;
    if (!context) return;
    this.stop();
    const gain = context.createGain();
    this.#ringing = gain;
    gain.gain.value = 0.2;
    await context.resume().catch(() => {});
    // Stopped while the device woke up.
    if (this.#ringing !== gain) return;
    gain.connect(context.destination);
    for (const [after, pitch] of [[0, 660], [0.2, 880]]) tone(context, gain, context.currentTime + after, pitch);
  }

  stop() {
    this.#ringing?.disconnect();
    this.#ringing = null;
    this.#context?.suspend().catch(() => {});
  }
}

/**
 * @param {AudioContext} context
 * @param {AudioNode} output
 * @param {number} at
 * @param {number} pitch
 */
function tone(context, output, at, pitch) {
  const oscillator = context.createOscillator();
  oscillator.frequency.value = pitch;
  oscillator.connect(output);
  oscillator.start(at);
  oscillator.stop(at + 0.15);
}

/** @param {Check} check */
function asks({ stage }) {
  return stage === "open" || stage === "sending" || stage === "wrong";
}

/** @param {Check} check nobody can answer it any more */
function over(check) {
  if (asks(check)) check.stage = check.stage === "sending" ? "unsure" : "missed";
}

/** @param {Check} check */
function asked({ text, kind }) {
  return text?.[page.currentLanguage()] ?? word(`check_ask_${kind}`);
}

/** Whoever is typing corrects the word at once. */
function retype() {
  const field = /** @type {HTMLInputElement} */ (element("word"));
  if (element("word_form").contains(document.activeElement)) field.select();
}

/** @param {HTMLDialogElement} dialog */
function open(dialog) {
  // Browsers before 2022 know no modal dialogs: there it stands in the page.
  if (typeof dialog.showModal === "function") dialog.showModal();
  else dialog.setAttribute("open", "");
  element("press").focus();
}

/** @param {HTMLDialogElement} dialog */
function close(dialog) {
  if (typeof dialog.close === "function") dialog.close();
  else dialog.removeAttribute("open");
}
