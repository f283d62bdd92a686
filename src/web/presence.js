// @ts-check
/** Keeps one person counted: the socket, its challenges, and the way back. It knows nothing of the page's looks. */

import { LOST, Ways } from "/web/transport.js";

/** @typedef {"connecting" | "counted" | "reconnecting" | "rest" | "ended" | "help"} State */
/** @typedef {{min_ms: number, max_ms: number}} Range */
/** @typedef {{t: string} & Record<string, any>} Message */
/** @typedef {{t: "shown" | "answer", prompt: number, choice?: string}} Saying */
/** @typedef {import("./transport.js").Socket} Socket */

/** The page leaves: ends the interval at once instead of at the next unanswered challenge. */
const LEAVING = 4001;
const REPLACED = 4002;
const OVER = 1000;
/** Our own number for a socket that was given up. */
const SILENT = 0;
/** The server's own words that coming back is of no use. */
const TERMINAL = new Set([1002, 1003, 1007, 1008, 1009]);
const TERMINAL_FROM = 4500;

/** Used until the server names its own range. */
const RANGE = { min_ms: 500, max_ms: 20000 };
/** A server challenges at least every 55 s: one that is silent for longer is not there any more. */
const SILENCE_MS = 75000;
/** Opening and being counted take far less; the server gives up on a silent opening after 10 s by itself. */
const OPENING_MS = 30000;
/** Several events report the same return; one attempt answers them all. */
const WAKE_PAUSE_MS = 1000;
/** A lock's news and a socket's news of the same moment arrive within this time. */
const SETTLE_MS = 2000;
/** Being replaced again within this time means that somebody else really is there. */
const CONTEST_MS = 60000;
/** An answer that the server says nothing about for this long is said again: its log takes far less. */
const SAY_AGAIN_MS = 10000;
/** How much waits to be said: two things of each check, and checks come one after the other. */
const UNSETTLED_MAX = 8;

export class Presence {
  #ways = new Ways();
  /** @type {Socket | null} The socket that decides the state. */
  #current = null;
  /** @type {Set<Socket>} Every open socket: an older one goes on answering until the server closes it. */
  #open = new Set();
  /** @type {State} */
  #state = "connecting";
  /** @type {Range} */
  #range = RANGE;
  /** @type {string | null} */
  #resume = null;
  #attempts = 0;
  #timer = 0;
  #watch = 0;
  #connectedAt = -Infinity;
  #heardAt = -Infinity;
  #contestedAt = -Infinity;
  #gone = false;
  /** @type {"none" | "held" | "elsewhere"} Which tab of this browser holds the lock; none where locks do not exist. */
  #lock = "none";
  /** @type {() => void} */
  #release = () => {};
  #waiting = new AbortController();
  /** @type {Map<string, {saying: Saying, until: number}>} What is said again until the server has answered it. */
  #unsettled = new Map();
  #again = 0;
  /** How far the server's clock is ahead of this page's `performance.now()`; device clocks are often wrong. */
  #ahead = Date.now() - performance.now();

  /**
   * @param {string} ticket
   * @param {string} device
   * @param {(state: State, reason: string, delay: number) => void} onState
   * @param {(message: Message) => void} onMessage
   */
  constructor(ticket, device, onState, onMessage) {
    this.ticket = ticket;
    this.device = device;
    this.onState = onState;
    this.onMessage = onMessage;
  }

  /** Starts, or starts again after `leave`; takes over from another tab of this browser. */
  start() {
    this.#gone = false;
    this.#claim(true);
    this.#connect();
  }

  /** The page goes away: says so, and lets another tab take its place. */
  leave() {
    this.#gone = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    clearTimeout(this.#again);
    this.#waiting.abort();
    this.#release();
    this.#current = null;
    for (const socket of this.#open) socket.close(LEAVING, "leaving");
    this.#open.clear();
  }

  /**
   * The browser says that things changed: comes back at once where that helps.
   * @param {boolean} suspect whether an open socket may be a dead one
   */
  wake(suspect) {
    if (this.#gone || this.#resting()) return;
    const now = performance.now();
    const open = this.#current?.readyState === WebSocket.OPEN && now - this.#heardAt < SILENCE_MS;
    if ((open && !suspect) || now - this.#connectedAt < WAKE_PAUSE_MS) return;
    this.#connect();
  }

  /** @returns {number} the server's time in milliseconds since 1970, as far as this page can know it */
  now() {
    return performance.now() + this.#ahead;
  }

  /**
   * Says something of a participation check: now, and again after each return until the server has answered it.
   * @param {Saying} saying
   * @param {number} until when it is of no use any more, by the server's clock
   */
  say(saying, until) {
    const key = `${saying.t} ${saying.prompt}`;
    this.#unsettled.set(key, { saying, until });
    for (const oldest of this.#unsettled.keys()) {
      if (this.#unsettled.size > UNSETTLED_MAX) this.#unsettled.delete(oldest);
    }
    this.#send(saying);
    this.#sayLater();
  }

  #resting() {
    return this.#state === "rest" || this.#state === "ended" || this.#state === "help";
  }

  /**
   * @param {State} state
   * @param {string} [reason]
   * @param {number} [delay]
   */
  #become(state, reason = "", delay = 0) {
    this.#state = state;
    this.onState(state, reason, delay);
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#connectedAt = performance.now();
    if (this.#state !== "reconnecting") this.#become(this.#resume ? "reconnecting" : "connecting");
    const socket = this.#ways.open();
    this.#current = socket;
    this.#open.add(socket);
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#heard(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event);
    this.#expect(OPENING_MS);
  }

  /** @param {Socket} socket */
  #opened(socket) {
    socket.send(JSON.stringify({ t: "hello", ticket: this.ticket, device: this.device, resume: this.#resume }));
  }

  /**
   * @param {Socket} socket
   * @param {unknown} data
   */
  #heard(socket, data) {
    const message = parse(data);
    if (!message) return;
    this.#ways.works(socket);
    if (message.t === "hb") {
      socket.send(JSON.stringify({ t: "ack", n: message.n, vis: document.hidden ? "hidden" : "visible" }));
    }
    if (socket !== this.#current) return;
    this.#heardAt = performance.now();
    if (message.t === "counted") this.#counted(message);
    if (message.t === "answered") this.#settle(message);
    if (this.#state === "counted") this.#expect(SILENCE_MS);
    this.onMessage(message);
  }

  /** @param {Message} message */
  #counted(message) {
    this.#attempts = 0;
    this.#resume = typeof message.resume === "string" ? message.resume : null;
    this.#range = range(message.reconnect) ?? RANGE;
    const at = Date.parse(message.at);
    if (at) this.#ahead = at - performance.now();
    this.#become("counted");
    this.#sayAgain(["shown", "answer"]);
  }

  /** @param {Message} message what became of an answer; after a wrong one the check is still shown */
  #settle({ prompt, outcome }) {
    this.#unsettled.delete(`answer ${prompt}`);
    if (outcome !== "wrong") this.#unsettled.delete(`shown ${prompt}`);
  }

  /** @param {string[]} kinds */
  #sayAgain(kinds) {
    for (const [key, { saying, until }] of this.#unsettled) {
      if (until < this.now()) this.#unsettled.delete(key);
      else if (kinds.includes(saying.t)) this.#send(saying);
    }
    this.#sayLater();
  }

  /** Only answers are answered: what else was said on an open socket has arrived. */
  #sayLater() {
    clearTimeout(this.#again);
    const waits = [...this.#unsettled.values()].some(({ saying }) => saying.t === "answer");
    if (waits) this.#again = setTimeout(() => this.#sayAgain(["answer"]), SAY_AGAIN_MS);
  }

  /** @param {Saying} saying goes out at once where this person is counted, else with the next `counted` */
  #send(saying) {
    const socket = this.#current;
    if (this.#state === "counted" && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(saying));
  }

  /**
   * @param {Socket} socket
   * @param {{code: number, reason: string}} event
   */
  #closed(socket, { code, reason }) {
    this.#open.delete(socket);
    if (socket !== this.#current || this.#gone) return;
    this.#current = null;
    clearTimeout(this.#watch);
    if (code === OVER) this.#become("ended", reason);
    else if (TERMINAL.has(code) || code >= TERMINAL_FROM) this.#become("help", reason);
    else if (code === REPLACED) this.#replaced();
    else this.#retry(socket, code, reason);
  }

  #replaced() {
    this.#become("rest");
    const now = performance.now();
    if (now - this.#contestedAt < CONTEST_MS) return;
    this.#contestedAt = now;
    // The word that the lock is taken may come later than the close; and the tab that took over may be gone by now.
    this.#timer = setTimeout(() => this.#lock === "held" && this.#state === "rest" && this.#connect(), SETTLE_MS);
  }

  /**
   * @param {Socket | null} socket
   * @param {number} code
   * @param {string} reason
   */
  #retry(socket, code, reason) {
    if (socket && (code === SILENT || code === LOST)) this.#ways.lost(socket);
    // The tab that holds the lock comes back for this person; two of them would replace each other for ever.
    if (this.#lock === "elsewhere") return this.#become("rest");
    const told = code >= 1011 && code <= 1013 ? range(parse(reason)) : null;
    const delay = told ? between(told.min_ms, told.max_ms) : this.#backoff();
    this.#attempts += 1;
    this.#become("reconnecting", "", delay);
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** Full jitter: everybody draws from a range that grows, so that nobody returns in lock-step. */
  #backoff() {
    const { min_ms, max_ms } = this.#range;
    const ceiling = Math.min(max_ms, min_ms * 2 ** Math.min(this.#attempts + 2, 16));
    return between(min_ms, ceiling);
  }

  /**
   * Gives the socket up when nothing is heard for this long.
   * @param {number} ms
   */
  #expect(ms) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      const socket = this.#current;
      this.#current = null;
      socket?.close(LEAVING, "silent");
      this.#retry(socket, SILENT, "");
    }, ms);
  }

  /**
   * One tab of a browser counts: the newest. The others wait here until it lets go.
   * @param {boolean} steal
   */
  #claim(steal) {
    // Only secure contexts have locks; elsewhere a replaced tab rests until it is asked to count.
    if (!navigator.locks) return;
    const previous = this.#waiting;
    const waiting = new AbortController();
    this.#waiting = waiting;
    previous.abort();
    const name = `hadir ${this.ticket}`;
    const held = () => this.#hold();
    const request = steal
      ? navigator.locks.request(name, { steal: true }, held)
      : navigator.locks.request(name, { signal: waiting.signal }, held);
    request.catch((error) => {
      // Given up by `leave` or by a newer claim of this tab, or a browser that refuses locks: nothing to do.
      if (this.#gone || this.#waiting !== waiting || error.name !== "AbortError") return;
      // Taken by a newer tab: queue for it.
      this.#lock = "elsewhere";
      this.#claim(false);
    });
  }

  /** @returns {Promise<void>} */
  #hold() {
    if (this.#gone) return Promise.resolve();
    this.#lock = "held";
    if (this.#state === "rest") this.#connect();
    return new Promise((done) => {
      this.#release = () => {
        this.#lock = "none";
        done();
      };
    });
  }
}

/**
 * @param {unknown} text
 * @returns {Message | null}
 */
function parse(text) {
  try {
    const value = JSON.parse(String(text));
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {any} value
 * @returns {Range | null}
 */
function range(value) {
  const { min_ms, max_ms } = value ?? {};
  return min_ms >= 0 && max_ms >= min_ms ? { min_ms, max_ms } : null;
}

/**
 * @param {number} least
 * @param {number} most
 * @returns {number}
 */
function between(least, most) {
  return least + Math.random() * (most - least);
}
