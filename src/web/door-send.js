// @ts-check
/** Brings the queue to the server: oldest first, again until each scan has its own answer. */

import { ask, problem, Refused } from "/web/live.js";

/** @typedef {import("./door-queue.js").Store} Store */
/** @typedef {import("./door-queue.js").Queued} Queued */
/**
 * The server's word on one scan.
 * @typedef {object} Result
 * @property {string} scan
 * @property {"recorded" | "repeated" | "refused"} outcome
 * @property {"already_inside" | "not_inside" | "too_late" | "struck" | null} note
 * @property {import("./door-queue.js").Person | null} person
 * @property {string | null} detail
 * @property {string | null} remedy
 */
/** @typedef {{at: string, closed: boolean, results: Result[]}} Answer */
/** @typedef {{device_at: string, at: string, offset_ms: number}} Clock The device's clock and the server's, of one moment. */

/** The server takes at most so many scans in one request. */
const BATCH_MAX = 100;
/** And bodies of at most 64 KiB: a third of that is left for the request's own members and for escapes on the way. */
const BATCH_BYTES_MAX = 40 * 1024;
/** A mobile network that brings no answer for so long has lost the request. */
const ANSWER_MS = 20000;
/** Doors whose network returns at the same moment spread over this range, and none waits longer. */
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 15000;

/** The server answers, and does not take this request; it may take a smaller one. */
class Unfit extends Error {}

export class Sender {
  /** @type {"connecting" | "live" | "stale" | "refused"} What the newest request came to. */
  state = "connecting";
  /** What the server, or the network, said last; empty while all is well. */
  trouble = "";
  #store;
  #token;
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
   * @param {(batch: Queued[], answer: Answer, clock: Clock) => Promise<void>} onAnswer
   * @param {() => void} onChange
   */
  constructor(store, token, onAnswer, onChange) {
    this.#store = store;
    this.#token = token;
    this.#onAnswer = onAnswer;
    this.#onChange = onChange;
  }

  /** A scan was added: it is sent now, unless an earlier failure has set the time. */
  nudge() {
    if (this.#timer || this.state === "refused") return;
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
      this.#well();
      this.#most = Math.min(BATCH_MAX, this.#most * 2);
    }
  }

  #well() {
    this.state = "live";
    this.trouble = "";
    this.#attempts = 0;
  }

  /**
   * Another request of this page was answered, or not: the queue need not find out by itself.
   * @param {unknown} [error]
   */
  heard(error) {
    if (error === undefined) this.#well();
    else this.#note(error);
    this.#onChange();
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
    const sent = Date.now();
    const answer = await this.#post(batch, sent);
    const answered = new Set(answer.results.map((result) => result.scan));
    const done = batch.filter(({ scan }) => answered.has(scan));
    if (done.length === 0) throw new Unfit("no result for any scan");
    await this.#store.remove(done);
    await this.#onAnswer(done, answer, compare(sent, answer.at));
  }

  /**
   * @param {Queued[]} batch
   * @param {number} sent
   * @returns {Promise<Answer>}
   */
  async #post(batch, sent) {
    const abort = new AbortController();
    this.#abort = abort;
    const timer = setTimeout(() => abort.abort(), ANSWER_MS);
    const scans = batch.map(({ place: _, ...scan }) => scan);
    const body = JSON.stringify({ device_at: new Date(sent).toISOString(), scans });
    try {
      const headers = { "content-type": "application/json" };
      const response = await ask("/api/scans", this.#token, { method: "POST", headers, body, signal: abort.signal });
      if (!response.ok) throw await refusal(response);
      return await response.json();
    } finally {
      clearTimeout(timer);
    }
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
  #note(error) {
    const own = error instanceof DOMException || error instanceof TypeError;
    this.state = error instanceof Refused ? "refused" : "stale";
    this.trouble = own || !(error instanceof Error) ? "" : error.message;
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#note(error);
    // Another request would be refused as well until the link is opened again.
    if (this.state === "refused" || this.#again || this.#stopped) return;
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

/**
 * How far the server's clock is ahead of the device's; the answer is taken to come from the middle of the wait.
 * @param {number} sent
 * @param {string} at
 * @returns {Clock}
 */
export function compare(sent, at) {
  const middle = (sent + Date.now()) / 2;
  return { device_at: new Date(middle).toISOString(), at, offset_ms: Math.round(Date.parse(at) - middle) };
}
