// @ts-check
/** After the lesson: where this person stands, and what they claim against it; asked for calmly, shown as the server says it. */

import * as page from "/web/page.js";

const { element, show, word, write } = page;

/**
 * A claim of this person.
 * @typedef {object} Own
 * @property {number} seq
 * @property {string} at
 * @property {string} kind
 * @property {{at: string, upheld: boolean, reason: string} | null} answer
 */
/** @typedef {{until: string | null, open: boolean, kinds: string[], mine: Own[]}} Taken */
/**
 * What `GET /api/standing` says.
 * @typedef {object} Answer
 * @property {"certified" | "not_certified" | "excluded" | "held"} status
 * @property {string | null} reason
 * @property {Record<page.Language, string>} sentence
 * @property {boolean} final
 * @property {Taken} claims
 */
/** @typedef {() => string} Said a text in the language of the moment at which it is drawn */
/** @typedef {{said: Said, answer?: string}} Problem with the server's own words */
/** @typedef {{kind: string, known: Set<number>}} Lost a claim of which nobody knows whether it arrived, and those before it */

/** Thousands of pages end at the same moment: their first questions are spread over this long. */
const SPREAD_MS = 60000;
/** What can still change is asked for again after this long: what changes it takes staff minutes or days. */
const AGAIN_MS = 60000;
/** An hour of asking; after it a page that was left open asks only when somebody comes back to it. */
const ASKS_MAX = 60;
/** A server that answers takes less, over a slow phone's network too. */
const ANSWER_MS = 15000;
/** @type {Taken} Before the server has said anything. */
const NONE = { until: null, open: false, kinds: [], mine: [] };

/** The card that says whether this person counts, and why. */
export class Standing {
  /** @type {Answer | null} */
  #answer = null;
  /** @type {Problem | null} Why nothing newer is known. */
  #problem = null;
  /** @type {Promise<boolean> | null} The question under way: everybody who asks meanwhile gets its answer. */
  #question = null;
  #ended = false;
  #refused = false;
  #asks = 0;
  #askedAt = -Infinity;
  #answeredAt = 0;
  #timer = 0;
  #ticket;
  #clock;
  #claims;

  /**
   * @param {string} ticket
   * @param {(instant: number) => string} clock
   * @param {() => string | undefined} zone the attempt's own, once it is known
   */
  constructor(ticket, clock, zone) {
    this.#ticket = ticket;
    this.#clock = clock;
    this.#claims = new Claims(ticket, zone, () => this.#askAnew(), () => this.draw());
    element("standing_ask").addEventListener("click", () => this.#press());
    document.addEventListener("visibilitychange", () => document.hidden || this.#look());
  }

  /**
   * @param {boolean} ended whether the lesson is over for this page
   * @param {boolean} together whether it ends for everybody's page at this moment
   */
  become(ended, together) {
    this.#ended = ended;
    if (ended && this.#asks === 0 && this.#timer === 0) this.#wait(together ? Math.random() * SPREAD_MS : 0);
    this.draw();
  }

  draw() {
    show("standing_card", this.#ended);
    if (!this.#ended) return;
    const answer = this.#answer;
    write("standing_waiting", answer || this.#problem ? "" : word(this.#question ? "standing_asking" : "standing_soon"));
    element("standing_sentence").dataset.status = answer?.status ?? "";
    write("standing_sentence", answer?.sentence[page.currentLanguage()] ?? "");
    write("standing_provisional", answer?.final === false ? word("standing_provisional") : "");
    write("standing_at", answer ? word("standing_at", { time: this.#clock(this.#answeredAt) }) : "");
    explain("standing_problem", this.#problem);
    this.#drawButton();
    this.#claims.draw(answer);
  }

  #drawButton() {
    const again = this.#problem ? "standing_retry" : this.#answer ? "standing_again" : "standing_now";
    write("standing_ask", word(again));
    element("standing_ask").classList.toggle("primary", this.#answer === null);
    off("standing_ask", this.#question !== null);
  }

  #press() {
    if (this.#question) return;
    this.#asks = 0;
    // The same problem once more is news to whoever asked.
    this.#problem = null;
    this.#ask();
  }

  /** Somebody looks at the page again: what it shows may be old. The first question keeps its turn. */
  #look() {
    if (this.#ended && this.#asks > 0 && performance.now() - this.#askedAt >= AGAIN_MS) this.#ask();
  }

  /** @returns {Promise<boolean>} whether the server answered; never fails */
  #ask() {
    this.#question ??= this.#fetch().finally(() => {
      this.#question = null;
      if (this.#canChange && this.#asks < ASKS_MAX) this.#wait(AGAIN_MS);
      this.draw();
    });
    this.draw();
    return this.#question;
  }

  /** What is asked already may have been answered before the newest claim. */
  async #askAnew() {
    await this.#question;
    return this.#ask();
  }

  /** Whether another question can bring another answer. */
  get #canChange() {
    return !this.#refused && (this.#answer?.final !== true || this.#claims.waiting);
  }

  /** @param {number} ms */
  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), ms);
  }

  /** @returns {Promise<boolean>} */
  async #fetch() {
    clearTimeout(this.#timer);
    this.#asks += 1;
    this.#askedAt = performance.now();
    try {
      /** @type {Answer} */
      const answer = await request("/api/standing", this.#ticket);
      this.#claims.hear(answer.claims);
      this.#answer = answer;
      this.#answeredAt = Date.now();
      this.#problem = null;
      this.#refused = false;
      return true;
    } catch (error) {
      this.#refused = error instanceof Refused && error.known;
      this.#problem = trouble(error, "standing_refused", "standing_lost");
      return false;
    }
  }
}

/** The form for a claim, and what became of this person's claims. */
class Claims {
  /** @type {Map<number, Own>} By their numbers. What was sent stands here before the server lists it. */
  #own = new Map();
  /** @type {Said | null} */
  #news = null;
  /** @type {Problem | null} */
  #problem = null;
  /** @type {Lost | null} */
  #lost = null;
  #sending = false;
  #listed = "";
  #form = /** @type {HTMLFormElement} */ (element("claim_form"));
  #ticket;
  #zone;
  #ask;
  #redraw;

  /**
   * @param {string} ticket
   * @param {() => string | undefined} zone
   * @param {() => Promise<boolean>} ask asks for the standing
   * @param {() => void} redraw
   */
  constructor(ticket, zone, ask, redraw) {
    this.#ticket = ticket;
    this.#zone = zone;
    this.#ask = ask;
    this.#redraw = redraw;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
  }

  /** Whether an answer is still to come. */
  get waiting() {
    return this.#lost !== null || [...this.#own.values()].some(({ answer }) => answer === null);
  }

  /** @param {Taken} taken the newest from the server */
  hear({ mine }) {
    for (const claim of mine) {
      if (claim.answer && this.#own.get(claim.seq)?.answer === null) this.#tell("claim_decided", claim.seq);
      this.#own.set(claim.seq, claim);
    }
    const lost = this.#lost;
    const found = lost && mine.find(({ seq, kind }) => kind === lost.kind && !lost.known.has(seq));
    if (found) this.#recorded(found);
  }

  /** @param {Answer | null} answer */
  draw(answer) {
    const { until, open, kinds } = answer?.claims ?? NONE;
    const concerned = answer !== null && answer.status !== "certified";
    const limit = concerned && until !== null ? word("claim_until", { time: deadline(until, this.#zone()) }) : "";
    show("claim", open && limit !== "");
    for (const { value } of choices()) show(`claim_${value}`, kinds.includes(value));
    write("claim_until", limit);
    write("claim_over", open ? "" : limit);
    explain("claim_problem", this.#problem);
    write("claim_news", this.#news?.() ?? "");
    write("claim_send", word(this.#sending ? "claim_sending" : this.#lost ? "standing_retry" : "claim_send"));
    off("claim_send", this.#sending);
    this.#drawOwn();
  }

  #drawOwn() {
    const newest = [...this.#own.values()].sort((one, other) => other.seq - one.seq);
    const lines = newest.map((claim) => this.#lines(claim));
    const listed = JSON.stringify(lines);
    show("claims_own", lines.length > 0);
    // Whoever reads the list keeps their place in it.
    if (listed === this.#listed) return;
    this.#listed = listed;
    element("claims_list").replaceChildren(...lines.map(item));
  }

  /**
   * @param {Own} claim
   * @returns {string[]}
   */
  #lines({ seq, at, kind, answer }) {
    const time = (/** @type {string} */ instant) => ({ time: page.date(instant, this.#zone()) });
    const what = word("claim_item", { number: page.number(seq), kind: word(`claim_kind_${kind}`) });
    const sent = word("claim_sent", time(at));
    if (!answer) return [what, sent, word("claim_unanswered")];
    const decided = word(answer.upheld ? "claim_upheld" : "claim_not_upheld", time(answer.at));
    return [what, sent, decided, word("claim_reason", { reason: answer.reason })];
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const kind = choices().find(({ checked }) => checked)?.value;
    if (this.#sending || !kind) return;
    this.#sending = true;
    this.#problem = null;
    this.#news = null;
    this.#redraw();
    if (await this.#send(kind)) this.#close();
    this.#sending = false;
    // A recorded claim waits for its answer from now on; a refused one may mean that no claims are taken any more.
    if (this.#lost) this.#redraw();
    else this.#ask();
  }

  /**
   * Sends a claim, unless it turns out that it arrived already.
   * @param {string} kind
   * @returns {Promise<boolean>} whether it is recorded
   */
  async #send(kind) {
    const before = this.#lost;
    try {
      if (before && !(await this.#ask())) throw new Error("nobody knows what became of the claim before");
      if (before?.kind === kind && !this.#lost) return true;
      this.#lost = { kind, known: new Set(this.#own.keys()) };
      const { seq, at } = await request("/api/claim", this.#ticket, { kind });
      this.#recorded({ seq, at, kind, answer: null });
      return true;
    } catch (error) {
      // A question meanwhile found it among the recorded ones.
      if (!this.#lost) return true;
      if (error instanceof Refused && error.known) this.#lost = null;
      this.#problem = trouble(error, "claim_refused", "claim_lost");
      return false;
    }
  }

  /** @param {Own} claim */
  #recorded(claim) {
    this.#own.set(claim.seq, claim);
    this.#lost = null;
    this.#problem = null;
    this.#tell("claim_recorded", claim.seq);
  }

  /**
   * @param {string} key
   * @param {number} seq
   */
  #tell(key, seq) {
    this.#news = () => word(key, { number: page.number(seq) });
  }

  /** Nothing is left to fill in: whoever did so by keyboard goes on from where they opened the form. */
  #close() {
    const summary = element("claim_summary");
    if (this.#form.contains(document.activeElement)) summary.focus();
    this.#form.reset();
    /** @type {HTMLDetailsElement} */ (element("claim")).open = false;
  }
}

/** The server says no. */
class Refused extends Error {
  /** A server in trouble, or whatever stands before it, does not know what became of a request. */
  known = true;
}

/**
 * Asks, or posts where there is a body.
 * @param {string} path
 * @param {string} ticket
 * @param {object} [body]
 */
async function request(path, ticket, body) {
  const abort = new AbortController();
  // Not `AbortSignal.timeout`, which phones from before 2022 do not have.
  const timer = setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const headers = { authorization: `Bearer ${ticket}`, "content-type": "application/json" };
    const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
    const response = await fetch(path, { ...options, headers, cache: "no-store", signal: abort.signal });
    if (response.ok) return await response.json();
    const why = page.reason(await response.json().catch(() => ({}))) || `HTTP ${response.status}`;
    throw Object.assign(new Refused(why), { known: response.status < 500 });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {unknown} error
 * @param {string} refused what is said where the server says no
 * @param {string} lost what is said where nobody knows
 * @returns {Problem}
 */
function trouble(error, refused, lost) {
  if (!(error instanceof Refused)) return { said: () => word(lost) };
  const said = () => `${word(error.known ? refused : lost)} ${word("answer", { reason: "" })}`;
  return { said, answer: error.message };
}

/** @param {string} id @param {Problem | null} problem */
function explain(id, problem) {
  const [said, answer] = [problem?.said() ?? "", problem?.answer];
  if (element(id).textContent === said + (answer ?? "")) return;
  write(id, said);
  // The server's own words are English in every language.
  if (answer) Object.assign(element(id).appendChild(document.createElement("span")), { lang: "en", textContent: answer });
}

/** @param {string} id @param {boolean} yes */
function off(id, yes) {
  // Not `disabled`: that would take the focus away.
  element(id).setAttribute("aria-disabled", String(yes));
}

/**
 * A day and time with the zone's name: a deadline is days away, and must not be missed by an hour.
 * @param {string} instant
 * @param {string} [zone]
 */
function deadline(instant, zone) {
  const locale = page.currentLanguage() === "id" ? "id-ID" : "en-GB";
  return new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long", timeZone: zone }).format(new Date(instant));
}

/** @returns {HTMLInputElement[]} */
function choices() {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#claim_form [name=kind]"))];
}

/** @param {string[]} lines the first says what the item is */
function item(lines) {
  const entry = document.createElement("li");
  for (const [place, text] of lines.entries()) {
    const line = entry.appendChild(document.createElement(place === 0 ? "strong" : "p"));
    line.textContent = text;
  }
  return entry;
}
