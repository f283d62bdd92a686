// @ts-check
/** Fetches the hall's list: at first again and again, then now and then. */

import { within } from "/web/answers.js";
import { retryAfter } from "/web/door-send.js";
import { ask, problem, Refused } from "/web/live.js";

/** @typedef {import("./door-queue.js").Hall} Hall */

/** How often the list is fetched again: late registrations appear, and a closed attempt is noticed without a scan. */
const EVERY_MS = 5 * 60 * 1000;
/** A list of thousands takes its time on a mobile network; a request without an answer for so long is lost. */
const ANSWER_MS = 30000;

export class HallList {
  #token;
  #link;
  #onHall;
  #timer = 0;
  #attempts = 0;
  #asked = false;
  #stopped = false;

  /**
   * @param {string} token
   * @param {import("./door-link.js").Link} link
   * @param {(hall: Hall) => Promise<void>} onHall
   */
  constructor(token, link, onHall) {
    this.#token = token;
    this.#link = link;
    this.#onHall = onHall;
  }

  /** @returns {Promise<boolean>} whether the server answered */
  async load() {
    if (this.#asked || this.#stopped) return false;
    clearTimeout(this.#timer);
    this.#asked = true;
    try {
      await this.#onHall(await within(ANSWER_MS, (signal) => this.#ask(signal)));
      this.#attempts = 0;
      this.#wait(EVERY_MS * (0.8 + Math.random() * 0.4));
      this.#link.heard("list");
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) this.#wait(retryAfter(this.#attempts++));
      this.#link.failed("list", error);
      return false;
    } finally {
      this.#asked = false;
    }
  }

  /** The device is being wiped: no list is fetched any more. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** @param {number} ms */
  #wait(ms) {
    if (!this.#stopped) this.#timer = setTimeout(() => this.load(), ms);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<Hall>}
   */
  async #ask(signal) {
    const response = await ask("/api/hall", this.#token, { signal });
    if (!response.ok) throw new Error(await problem(response));
    return response.json();
  }
}
