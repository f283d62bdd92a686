// @ts-check
/** How the link to the server is: known by its newest answer, asked for where none comes by itself, never claimed for longer. */

import { unanswered, within } from "/web/answers.js";
import { Refused } from "/web/live.js";

/** How often the server is asked for a sign of life while somebody looks at the page; an answer to anything else is one too. */
const ASK_MS = 15000;
/** A sign of life is a few bytes: what takes longer does not arrive. */
const ANSWER_MS = 10000;
/** Two questions can be that far apart, and the second one still be waiting: without an answer for longer nothing is known. */
const OLD_MS = 45000;

/** @typedef {"health" | "list" | "scans"} Question */
/** @type {Record<Question, number>} An answer ends the trouble with its own question, and with those before it. */
const RANK = { health: 0, list: 1, scans: 2 };
/** @typedef {{kind: "lost" | "trouble" | "refused", question: Question, reason: string}} Failure */

export class Link {
  /** When the server answered last as it should, by the device's clock; 0 before the first answer. */
  answeredAt = 0;
  #ranAt = -Infinity;
  /** @type {Failure | null} */
  #failure = null;
  #onChange;
  #timer = 0;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#timer = setInterval(() => this.#ask(), ASK_MS);
    addEventListener("offline", () => this.#lose("health"));
  }

  /** @returns {"connecting" | "live" | "stale" | "trouble" | "refused"} */
  get state() {
    if (this.#failure) return this.#failure.kind === "lost" ? "stale" : this.#failure.kind;
    if (this.answeredAt === 0) return "connecting";
    return this.#age > OLD_MS ? "stale" : "live";
  }

  /** What the server said last where it does not take what it is asked; empty while all is well. */
  get trouble() {
    return this.#failure?.reason ?? "";
  }

  /** The longer of two ages: a page's own time stands still while the device sleeps. */
  get #age() {
    return Math.max(performance.now() - this.#ranAt, Date.now() - this.answeredAt);
  }

  /** @param {Question} question that was answered as it should be */
  heard(question) {
    this.answeredAt = Date.now();
    this.#ranAt = performance.now();
    const failure = this.#failure;
    if (failure && (failure.kind === "lost" || RANK[question] >= RANK[failure.question])) this.#failure = null;
    this.#onChange();
  }

  /**
   * @param {Question} question
   * @param {unknown} error
   */
  failed(question, error) {
    if (unanswered(error)) return this.#lose(question);
    const reason = error instanceof Error ? error.message : String(error);
    this.#failure = { kind: error instanceof Refused ? "refused" : "trouble", question, reason };
    this.#onChange();
  }

  /** Nothing is left that the server is needed for. */
  stop() {
    clearInterval(this.#timer);
  }

  /** @param {Question} question */
  #lose(question) {
    // Who is refused stays refused without a network: only another link helps.
    if (this.#failure?.kind !== "refused") this.#failure = { kind: "lost", question, reason: "" };
    this.#onChange();
  }

  async #ask() {
    if (document.hidden || this.#age < ASK_MS) return;
    try {
      const { ok, status } = await within(ANSWER_MS, (signal) => fetch("/healthz", { cache: "no-store", signal }));
      if (!ok) throw new Error(`HTTP ${status}`);
      this.heard("health");
    } catch (error) {
      this.failed("health", error);
    }
  }
}
