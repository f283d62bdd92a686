// @ts-check
/** What the staff's pages share: who asks, the newest tally, and how old it is. */

import { ask, follow, Refused } from "/web/live.js";
import * as page from "/web/page.js";
import words from "/web/staff-words.js";

const { show, word, write } = page;

/** Data older than this are not live, whatever the reason. */
const STALE_MS = 5000;
/** How often the age is written; slower than the eye asks for, faster than it doubts. */
const TICK_MS = 250;
/** A ticking number is silent for screen readers; a summary is spoken at most this often. */
const SPEAK_MS = 30000;

/** @typedef {import("./live.js").Tally & Record<string, any>} Tally */

export class Staff {
  token = page.secret();
  /** @type {page.About | null} */
  about = null;
  /** @type {Tally | null} */
  tally = null;
  refused = "";
  #heardAt = -Infinity;
  /** @type {() => void} */
  #draw;
  /** @type {((tally: Tally, before: Tally | null) => void)[]} */
  #listeners = [];
  #speak = page.speaker("spoken", SPEAK_MS);
  #alarmed = "";

  /** @param {() => void} draw fills the page's own fields */
  constructor(draw) {
    this.#draw = draw;
  }

  /** Fills the page and follows the attempt until the token is refused. */
  async run() {
    page.speak(words, () => this.draw());
    addEventListener("hashchange", () => location.reload());
    setInterval(() => this.tick(), TICK_MS);
    document.addEventListener("visibilitychange", () => this.tick());
    page.about().then((about) => {
      this.about = about;
      this.draw();
    });
    try {
      if (!this.token) throw new Refused(word("no_token"));
      await follow(this.token, (tally) => this.#take(tally));
    } catch (error) {
      this.refused = error instanceof Error ? error.message : String(error);
      this.draw();
    }
  }

  /** @param {(tally: Tally, before: Tally | null) => void} listener called with each tally and the one before it */
  onTally(listener) {
    this.#listeners.push(listener);
  }

  /** @param {Tally} tally */
  #take(tally) {
    const before = this.tally;
    this.tally = tally;
    this.#heardAt = performance.now();
    for (const listener of this.#listeners) listener(tally, before);
    this.draw();
    this.#summarize(tally);
  }

  /** @param {Tally} tally */
  #summarize(tally) {
    const phase = word(`phase_${tally.phase}`);
    const [certifiable, present] = [page.number(tally.certifiable), page.number(tally.present)];
    this.#speak(word("summary", { phase, certifiable, present }));
  }

  /**
   * @param {string} path
   * @param {RequestInit} [options]
   */
  ask(path, options) {
    return ask(path, this.token, options);
  }

  /** What is wrong with the hub, in its own words; empty while it records. */
  get trouble() {
    const health = this.tally?.health;
    if (health === undefined || health === null || health === "recording") return "";
    return typeof health === "string" ? health : (health.reason ?? health.state ?? "");
  }

  /** @returns {number} milliseconds since the newest tally arrived */
  get age() {
    return performance.now() - this.#heardAt;
  }

  /** @returns {"refused" | "connecting" | "trouble" | "stale" | "live"} whether the numbers on the page are live */
  get freshness() {
    if (this.refused) return "refused";
    if (!this.tally) return "connecting";
    if (this.age > STALE_MS) return "stale";
    return this.trouble ? "trouble" : "live";
  }

  draw() {
    const { about, tally } = this;
    show("rehearsal", about?.rehearsal === true);
    if (about) write("title", about.title);
    if (about) document.title = `${about.title} · ${word(document.body.dataset.page ?? "")}`;
    if (tally) write("at", `${this.clock(tally.at)} · ${page.clock(tally.at, "UTC")}`);
    this.#draw();
    this.tick();
  }

  /** Writes how old the data are, and takes the numbers out of the light when they are not live. */
  tick() {
    const { freshness } = this;
    document.body.dataset.freshness = freshness;
    const age = Number.isFinite(this.age) ? ageWords(this.age) : "";
    write("freshness", word(`fresh_${freshness}`, { age, reason: this.refused || this.trouble }));
    if (freshness !== this.#alarmed) {
      this.#alarmed = freshness;
      write("alarm", freshness === "live" ? "" : word(`alarm_${freshness}`, { reason: this.refused || this.trouble }));
    }
  }

  /** @param {string | number} instant */
  clock(instant) {
    return page.clock(instant, this.about?.zone);
  }
}

/** @param {number} ms */
function ageWords(ms) {
  const seconds = ms < 10000 ? (Math.floor(ms / 100) / 10).toFixed(1) : String(Math.floor(ms / 1000));
  return word("age", { seconds: page.currentLanguage() === "id" ? seconds.replace(".", ",") : seconds });
}
