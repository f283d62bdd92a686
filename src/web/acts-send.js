// @ts-check
/** One act from the question to the server's answer: said in words, confirmed, signed once, and delivered until it is answered. */

import { english, within, write } from "/web/answers.js";
import { ask, problem, Refused } from "/web/live.js";
import * as page from "/web/page.js";
import { sign } from "/web/staff-key.js";

const { element, show, word } = page;

/** A server that is busy answers within seconds; what takes longer has no answer. */
const ANSWER_MS = 10000;
/** How often the same signed text is delivered before the visitor is asked; it counts once, however often it arrives. */
const TRIES_MAX = 3;
/** Between two deliveries: long enough for a telephone to find its network again. */
const PAUSE_MS = 2000;

/** @typedef {import("./acts-list.js").View} View */
/**
 * What is asked before somebody signs.
 * @typedef {object} Question
 * @property {string} what
 * @property {string} [quote] a text that is signed
 * @property {string} [effect] what follows from it
 * @property {(reason: string) => object} [withReason] makes the act of a reason that is asked for here
 */
/**
 * An act that has no answer yet.
 * @typedef {{body: string, what: string, quote: string, answer: string}} Signed
 */

const dialog = /** @type {HTMLDialogElement} */ (element("dialog"));
const reason = /** @type {HTMLTextAreaElement} */ (element("dialog_reason"));

export class Sender {
  #view;
  #onDone;
  #busy = false;
  /** @type {Signed | null} */
  #unanswered = null;

  /**
   * @param {View} view
   * @param {() => void} onDone called after each answer
   */
  constructor(view, onDone) {
    this.#view = view;
    this.#onDone = onDone;
    element("again").addEventListener("click", () => this.#again());
    element("forget").addEventListener("click", () => this.#forget());
    element("dialog_form").addEventListener("submit", needReason);
  }

  /** Shows what waits for an answer, in the words in which it was signed. */
  #draw() {
    const waiting = this.#unanswered;
    show("unanswered", waiting !== null);
    write("unanswered_what", waiting?.what ?? "");
    write("unanswered_quote", waiting?.quote ?? "");
  }

  /**
   * Asks, signs and delivers; true only when the server has recorded it.
   * @param {object | null} deed null where the question's reason makes it
   * @param {Question} question
   * @param {string} answer where the outcome is written
   * @returns {Promise<boolean>}
   */
  async act(deed, question, answer) {
    const { me, key } = this.#view;
    if (!me?.person || !key) return false;
    if (this.#busy || this.#unanswered) {
      write(answer, word(this.#busy ? "busy" : "unanswered_first"));
      return false;
    }
    write(answer, "");
    if (!(await this.#confirmed(question))) return false;
    this.#busy = true;
    write(answer, word("signing"));
    try {
      const why = reason.value.trim();
      const done = deed ?? question.withReason?.(why);
      const statement = { origin: me.origin, by: me.person, act: crypto.randomUUID(), at: new Date().toISOString(), do: done };
      const text = JSON.stringify(statement);
      const body = JSON.stringify({ text, sig: await sign(key, text) });
      return await this.#deliver({ body, what: question.what, quote: question.quote ?? why, answer });
    } catch (error) {
      write(answer, word("not_signed", { reason: english(String(error)) }));
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** @param {Question} question */
  #confirmed({ what, quote = "", effect = "", withReason }) {
    const { me, key } = this.#view;
    write("dialog_what", what);
    write("dialog_quote", quote);
    write("dialog_effect", effect);
    const as = { role: word(`role_${me?.role}`), side: word(`side_${me?.side}`), key: key?.hex.slice(0, 8) ?? "" };
    write("dialog_as", word("dialog_as", { ...as, origin: me?.origin ?? "" }));
    show("dialog_field", Boolean(withReason));
    reason.required = Boolean(withReason);
    reason.value = "";
    dialog.returnValue = "cancel";
    dialog.showModal();
    return new Promise((done) => {
      dialog.addEventListener("close", () => done(dialog.returnValue === "confirm"), { once: true });
    });
  }

  /**
   * Delivers a signed act until the server answers, a limited number of times.
   * @param {Signed} signed
   * @returns {Promise<boolean>}
   */
  async #deliver(signed) {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const answer = await this.#once(signed.body);
      if (answer) return this.#answered(signed, answer, tries > 1 || this.#unanswered !== null);
      if (tries === TRIES_MAX) break;
      write(signed.answer, word("trying", { tries: page.number(tries + 1), most: page.number(TRIES_MAX) }));
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    this.#unanswered = signed;
    write(signed.answer, word("no_answer"));
    this.#draw();
    element("again").focus();
    return false;
  }

  /**
   * @param {string} body
   * @returns {Promise<{done?: any, refused?: string} | null>} null where nobody knows whether it is recorded
   */
  async #once(body) {
    const headers = { "content-type": "application/json" };
    const sent = async (/** @type {AbortSignal} */ signal) => {
      const response = await ask("/api/act", this.#view.token, { method: "POST", headers, body, signal });
      if (response.ok) return { done: await response.json() };
      return response.status >= 500 ? null : { refused: await problem(response) };
    };
    try {
      return await within(ANSWER_MS, sent);
    } catch (error) {
      return error instanceof Refused ? { refused: error.message } : null;
    }
  }

  /**
   * @param {Signed} signed
   * @param {{done?: any, refused?: string}} answer
   * @param {boolean} repeated
   */
  #answered(signed, { done, refused }, repeated) {
    this.#unanswered = null;
    this.#draw();
    // What arrives twice is refused the second time although it is recorded: the server's words say which it is.
    if (refused !== undefined) write(signed.answer, word(repeated ? "answered" : "refused", { reason: english(refused) }));
    else write(signed.answer, this.#success(done));
    this.#onDone();
    return refused === undefined;
  }

  /** @param {{seq: number, at: string, signal: {signal: string, at: string} | null}} done */
  #success({ seq, at, signal }) {
    const zone = this.#view.about?.zone;
    const said = word("done", { entry: String(seq), time: page.clock(at, zone) });
    if (!signal) return said;
    return `${said} ${word("done_signal", { signal: word(`given_${signal.signal}`), time: page.clock(signal.at, zone) })}`;
  }

  async #again() {
    const signed = this.#unanswered;
    if (!signed || this.#busy) return;
    this.#busy = true;
    write(signed.answer, word("sending"));
    await this.#deliver(signed).finally(() => (this.#busy = false));
  }

  #forget() {
    if (this.#busy) return;
    if (this.#unanswered) write(this.#unanswered.answer, "");
    this.#unanswered = null;
    this.#draw();
  }
}

/**
 * A reason of spaces is none.
 * @param {SubmitEvent} event
 */
function needReason(event) {
  const agrees = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value === "confirm";
  if (!agrees || !reason.required || reason.value.trim()) return;
  event.preventDefault();
  reason.focus();
}
