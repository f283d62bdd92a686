// @ts-check
/** Brings the queue to the server: oldest first, again until each scan has its own answer. */

import { within } from "/web/answers.js";
import { ask, problem } from "/web/live.js";

/** @typedef {import("./door-queue.js").Store} Store */
/** @typedef {import("./door-queue.js").Queued} Queued */
/**
 * The server's word on one scan.
 * @typedef {object} Result
 * @property {string} scan
 * @property {"recorded" | "repeated" | "refused"} outcome
 * @property {"already_inside" | "not_inside" | "too_late" | "struck" | null} note
 * @property {import("./door-queue.js").Person | null} person
 * @property {"link" | "unknown" | "door" | "new" | "over" | null} [code] why it is refused
 * @property {string | null} detail
 * @property {string | null} remedy
 */
/** @typedef {{at: string, closed: boolean, results: Result[]}} Answer */

/** The server takes at most so many scans in one request. */
const BATCH_MAX = 100;
/** And bodies of at most 96 KiB: a third of that is left for the request's own members and for escapes on the way. */
const BATCH_BYTES_MAX = 64 * 1024;
/** A mobile network that brings no answer for so long has lost the request. */
const ANSWER_MS = 20000;
/** Doors whose network returns at the same moment spread over this range, and none waits longer. */
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 15000;

/** The server answers, and does not take this request; it may take a smaller one. */
class Unfit extends Error {}

export class Sender {
  #store;
  #token;
  #link;
  #clock;
  #onAnswer;
  #onChange;
  #timer = 0;
  #attempts = 0;
  #most = BATCH_MAX;
  #busy = false;
  #again = false;
  #stopped = false;
  #abort = new AbortController();

  /**
   * @param {Store} store
   * @param {string} token
   * @param {import("./door-link.js").Link} link
   * @param {import("./door-clock.js").DeviceClock} clock
   * @param {(batch: Queued[], answer: Answer) => Promise<void>} onAnswer settles what was answered for
   * @param {() => void} onChange
   */
  constructor(store, token, link, clock, onAnswer, onChange) {
    this.#store = store;
    this.#token = token;
    this.#link = link;
    this.#clock = clock;
    this.#onAnswer = onAnswer;
    this.#onChange = onChange;
  }

  /** A scan was added: it is sent now, unless an earlier failure has set the time. */
  nudge() {
    if (this.#timer || this.#link.state === "refused") return;
    this.#again = true;
    this.#run();
  }

  /**
   * The network or the page is back: asks at once.
   * @param {boolean} suspect whether a request that went out before may wait on a dead network
   */
  wake(suspect) {
    this.#again = true;
    if (suspect) this.#abort.abort();
    this.#run();
  }

  /** Nothing is sent any more: the device is being wiped. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #run() {
    if (this.#busy || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#busy = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      await this.#drain().catch((error) => this.#fail(error));
    }
    this.#busy = false;
    this.#onChange();
  }

  async #drain() {
    for (let batch = await this.#next(); batch.length > 0; batch = await this.#next()) {
      this.#onChange();
      await this.#deliver(batch).catch((error) => this.#shrink(error, batch));
      this.#attempts = 0;
      this.#link.heard("scans");
      this.#most = Math.min(BATCH_MAX, this.#most * 2);
    }
  }

  async #next() {
    const batch = await this.#store.oldest(this.#most);
    let room = BATCH_BYTES_MAX;
    // The first one goes in any case: a scan alone is always small enough.
    return batch.filter((queued, place) => {
      room -= new TextEncoder().encode(JSON.stringify(queued)).length;
      return place === 0 || room >= 0;
    });
  }

  /** @param {Queued[]} batch */
  async #deliver(batch) {
    if (this.#clock.doubtful) await this.#measure();
    const answer = await this.#post(batch);
    const answered = new Set(answer.results.map((result) => result.scan));
    const done = batch.filter(({ scan }) => answered.has(scan));
    if (done.length === 0) throw new Unfit("no result for any scan");
    await this.#onAnswer(done, answer);
  }

  /** A delivery of nothing tells the server's time, so that no scan is placed by an offset from before a correction. */
  async #measure() {
    try {
      await this.#post([]);
    } catch (error) {
      // A server that wants no such question takes the scans all the same.
      if (!(error instanceof Unfit)) throw error;
    }
  }

  /**
   * @param {Queued[]} batch
   * @returns {Promise<Answer>}
   */
  async #post(batch) {
    this.#abort = new AbortController();
    const scans = batch.map((queued) => this.#placed(queued));
    const sent = { wall_ms: Date.now(), ran_ms: performance.now() };
    const body = JSON.stringify({ device_at: new Date(sent.wall_ms).toISOString(), scans });
    const headers = { "content-type": "application/json" };
    const posted = async (/** @type {AbortSignal} */ signal) => {
      const response = await ask("/api/scans", this.#token, { method: "POST", headers, body, signal });
      if (!response.ok) throw await refusal(response);
      return response.json();
    };
    const answer = await within(ANSWER_MS, posted, this.#abort);
    this.#clock.take(sent, answer.at);
    return answer;
  }

  /** @param {Queued} queued */
  #placed(queued) {
    const { place: _, made: __, ...scan } = queued;
    return { ...scan, ago_ms: this.#clock.ago(queued) };
  }

  /**
   * One scan that the server cannot take must not hold up the others: fewer next time, and one alone goes to the end.
   * @param {unknown} error
   * @param {Queued[]} batch
   * @returns {Promise<never>}
   */
  async #shrink(error, batch) {
    if (error instanceof Unfit) {
      this.#most = Math.max(1, Math.floor(batch.length / 2));
      const [first] = batch;
      if (batch.length === 1 && first) await this.#store.postpone(first);
    }
    throw error;
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#link.failed("scans", error);
    // Another request would be refused as well until the link is opened again.
    if (this.#link.state === "refused" || this.#again || this.#stopped) return;
    this.#timer = setTimeout(() => this.#retry(), retryAfter(this.#attempts));
    this.#attempts += 1;
  }

  #retry() {
    this.#timer = 0;
    this.#again = true;
    this.#run();
  }
}

/**
 * Full jitter: everybody draws from a range that grows, so that the doors do not return in lock-step.
 * @param {number} attempts
 * @returns {number}
 */
export function retryAfter(attempts) {
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempts + 1, 16));
  return RETRY_MIN_MS + Math.random() * (ceiling - RETRY_MIN_MS);
}

/** @param {Response} response */
async function refusal(response) {
  const said = await problem(response);
  const unfit = response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429;
  return unfit ? new Unfit(said) : new Error(said);
}
