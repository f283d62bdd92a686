// @ts-check
/** What the staff's pages share: who asks, the newest tally, and how old it is. */

import { ask, follow, Refused } from "/web/live.js";
import * as page from "/web/page.js";
import words from "/web/staff-words.js";

const { show, word, write } = page;

/** The server speaks every second even when nothing changes: a page that hears nothing for this long is cut off. */
const STALE_MS = 5000;
/** A log that has something to write gets an entry at least every ten seconds; one without is not written any more. */
const LOG_SILENT_MS = 15000;
/** From this age on it is said in minutes. */
const LONG_MS = 60000;
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

  /** What is wrong with the hub, in words; empty while it records. */
  get trouble() {
    const { tally } = this;
    if (!tally?.health || tally.health === "recording") return "";
    return [word(`health_${tally.health}`), tally.reason].filter(Boolean).join(": ");
  }

  /** @returns {number} milliseconds since the log's newest entry */
  get age() {
    return performance.now() - this.#heardAt + (this.tally?.age_ms ?? 0);
  }

  /** Whether the log must grow now: it has beats while somebody is there and the clock's state during the lesson. */
  get #busy() {
    return this.tally?.phase === "running" || (this.tally?.present ?? 0) > 0;
  }

  /** @returns {"refused" | "connecting" | "trouble" | "stale" | "live"} whether the numbers on the page are live */
  get freshness() {
    if (this.refused) return "refused";
    if (!this.tally) return "connecting";
    if (performance.now() - this.#heardAt > STALE_MS || (this.#busy && this.age > LOG_SILENT_MS)) return "stale";
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
    const said = freshness === "live" && this.age > LOG_SILENT_MS ? "quiet" : freshness;
    write("freshness", word(`fresh_${said}`, { age, reason: this.refused || this.trouble }));
    if (freshness !== this.#alarmed) {
      this.#alarmed = freshness;
      const calm = freshness === "live" || freshness === "connecting";
      write("alarm", calm ? "" : word(`alarm_${freshness}`, { reason: this.refused || this.trouble }));
    }
  }

  /** @param {string | number} instant */
  clock(instant) {
    return page.clock(instant, this.about?.zone);
  }
}

/** @param {number} ms */
function ageWords(ms) {
  if (ms >= LONG_MS) return word("age_long", { length: page.duration(ms) });
  const seconds = ms < 10000 ? (Math.floor(ms / 100) / 10).toFixed(1) : String(Math.floor(ms / 1000));
  return word("age", { seconds: page.currentLanguage() === "id" ? seconds.replace(".", ",") : seconds });
}
