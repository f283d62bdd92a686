// @ts-check
/** The way to the server: a WebSocket, or the same messages by HTTPS requests where the network lets no WebSocket through. */

/** So many WebSockets in a row that bring nothing, while the server answers requests, are blocked on the way. */
const DEAF_MAX = 2;
/** A request that gets lost is made again so often, so fast: the server waits 30 s for it. */
const TRIES = 3;
const TRY_AGAIN_MS = 1000;
/** The server takes no more messages in one request. */
const MESSAGES_MAX = 16;
/** WebSocket close codes: the connection is lost; the server is full, and the reason says when to come back. */
export const LOST = 1006;
const FULL = 1013;

/** @typedef {WebSocket | PollSocket} Socket */

/** Chooses the way of each attempt by how those before it went. */
export class Ways {
  #deaf = 0;
  /** @type {WeakSet<Socket>} */
  #heard = new WeakSet();

  /** @returns {Socket} */
  open() {
    if (this.#deaf >= DEAF_MAX) return new PollSocket();
    return new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`, "hadir.v1");
  }

  /** @param {Socket} socket something was heard from it: this way works */
  works(socket) {
    this.#heard.add(socket);
    this.#deaf = socket instanceof PollSocket ? DEAF_MAX : 0;
  }

  /** @param {Socket} socket it got lost */
  async lost(socket) {
    if (this.#heard.has(socket)) return;
    if (socket instanceof PollSocket) this.#deaf = 0;
    // A server that is down takes no requests either: only one that answers them shows what is blocked.
    else if (await fetch("/api/about", { cache: "no-store" }).then(({ ok }) => ok, () => false)) this.#deaf += 1;
  }
}

/** `POST /api/poll` with the face of a WebSocket. */
export class PollSocket {
  /** @type {number} */
  readyState = WebSocket.CONNECTING;
  onopen = () => {};
  onmessage = (/** @type {{data: unknown}} */ _event) => {};
  onclose = (/** @type {{code: number, reason: string}} */ _event) => {};
  #session = /** @type {string | null} */ (null);
  #after = 0;
  #unsent = /** @type {unknown[]} */ ([]);
  /** @type {AbortController | null} The request that the server holds until there is something to say. */
  #held = null;

  constructor() {
    // Whoever opens it sets its handlers first, as with a WebSocket.
    queueMicrotask(() => this.#run());
  }

  /** @param {string} text */
  send(text) {
    this.#unsent.push(JSON.parse(text));
    // An answer to a check does not wait until the server lets the request go; a session without a name has only one.
    if (this.#session) this.#held?.abort();
  }

  /** Ends the session at once, even while the page goes away. */
  close = (/** @type {number} */ _code, /** @type {string} */ _reason) => {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.#held?.abort();
    if (this.#session) this.#post([{ t: "bye" }], { keepalive: true }).catch(() => {});
  };

  async #run() {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.OPEN;
    this.onopen();
    // No timer drives this: a hidden page's timers may rest for a minute, its requests do not.
    while (this.readyState === WebSocket.OPEN) await this.#turn();
  }

  async #turn() {
    const response = await this.#ask(this.#unsent.splice(0));
    const told = response?.ok ? await response.json().catch(() => null) : null;
    if (this.readyState !== WebSocket.OPEN) return;
    if (!Array.isArray(told?.messages)) return this.#closed(refusal(response));
    this.#session = told.session;
    this.#after = told.next;
    for (const message of told.messages) this.onmessage({ data: JSON.stringify(message) });
    if (told.close) this.#closed(told.close);
  }

  /** One request, made again when it gets lost, as the server gives its answer again; not while the session has no name. */
  async #ask(/** @type {unknown[]} */ messages) {
    for (let left = this.#session ? TRIES : 1; left > 0 && this.readyState === WebSocket.OPEN; ) {
      const response = await this.#hold(messages).catch(() => null);
      if (response) return response;
      const news = this.#unsent.splice(0);
      // Given up for what the page has to say: that goes out with what was under way, which may not have arrived.
      messages = [...messages, ...news].slice(-MESSAGES_MAX);
      if (news.length > 0) continue;
      left -= 1;
      await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
    }
    return null;
  }

  async #hold(/** @type {unknown[]} */ messages) {
    this.#held = new AbortController();
    try {
      return await this.#post(messages, { signal: this.#held.signal });
    } finally {
      this.#held = null;
    }
  }

  #post(/** @type {unknown[]} */ messages, /** @type {RequestInit} */ options) {
    const body = JSON.stringify({ session: this.#session, after: this.#after, messages });
    return fetch("/api/poll", { method: "POST", headers: { "content-type": "application/json" }, body, ...options });
  }

  #closed(/** @type {{code: number, reason: string}} */ end) {
    this.readyState = WebSocket.CLOSED;
    this.onclose(end);
  }
}

/** @param {Response | null} response an answer that is no turn of a session */
function refusal(response) {
  const wait = 1000 * Number(response?.headers.get("retry-after"));
  return wait > 0 ? { code: FULL, reason: JSON.stringify({ min_ms: wait, max_ms: 2 * wait }) } : { code: LOST, reason: "" };
}
