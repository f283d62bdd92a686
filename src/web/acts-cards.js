// @ts-check
/** The cards of what is reviewed: outages, the spot check, the declaration and claims, whose lists are read at a calm pace. */

import { Claims } from "/web/acts-claims.js";
import { Versions } from "/web/acts-declaration.js";
import { FINDERS } from "/web/acts-list.js";
import { Outages } from "/web/acts-outages.js";
import { moment } from "/web/acts-parts.js";
import { Sample } from "/web/acts-sample.js";
import { write } from "/web/answers.js";
import * as page from "/web/page.js";

const { word } = page;

/** How often the lists are read: they change within minutes, and the server goes through the whole log for them. */
const CALM_MS = 30000;

/** @typedef {import("./acts-list.js").View} View */
/**
 * How the cards speak with the server.
 * @typedef {object} Server
 * @property {(path: string) => Promise<any>} get
 * @property {(path: string, body: object) => Promise<any>} post
 * @property {import("./acts-persons.js").Look} look
 * @property {(error: unknown) => string} failure what an error means to the visitor
 * @property {(error: unknown) => string} reason the same without saying what became of the question; empty without an answer
 * @property {() => void} refresh reads every list of the page again
 */
/** @typedef {"incidents" | "versions" | "claims"} List */

/** @type {Record<List, string>} Where each list is read; the answers are named as the page names what it knows. */
const PATHS = { incidents: "/api/incidents", versions: "/api/declarations", claims: "/api/claims" };

export class Cards {
  #view;
  #server;
  #onChange;
  #outages;
  #sample;
  #versions;
  #claims;
  #askedAt = -Infinity;
  /** The newest act, when the lists were asked for, of those that change what they say. */
  #answersTo = 0;
  /** What was asked last; one question after another, so that no older answer overwrites a newer one. */
  #asked = Promise.resolve();
  /** @type {Map<List, string>} When each list was read last. */
  #readAt = new Map();
  /** @type {Map<List, unknown>} Why a list was not read the last time. */
  #errors = new Map();

  /**
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   * @param {Server} server
   * @param {() => void} onChange
   */
  constructor(view, sender, server, onChange) {
    this.#view = view;
    this.#server = server;
    this.#onChange = onChange;
    const look = async (/** @type {string} */ code) => {
      const outcome = await server.look(code);
      onChange();
      return outcome;
    };
    this.#outages = new Outages(view, sender);
    this.#sample = new Sample(view, sender, look);
    this.#versions = new Versions(view, sender, server);
    this.#claims = new Claims(view, sender, look);
  }

  draw() {
    this.#outages.draw();
    this.#sample.draw();
    this.#versions.draw();
    this.#claims.draw(this.#errors.has("claims"));
    for (const list of this.#lists()) write(`${list}_trouble`, this.#trouble(list));
  }

  /** What this person may read. */
  #lists() {
    const lists = /** @type {List[]} */ (Object.keys(PATHS));
    return lists.filter((list) => list !== "claims" || FINDERS.includes(this.#view.me?.role ?? ""));
  }

  /** The next `read` asks at once: what this person has just sent changes what the lists say. */
  hurry() {
    this.#askedAt = -Infinity;
  }

  /** Asks for the lists where it is time, and once after each act that changes them: nobody decides on an old list. */
  read() {
    const newest = this.#newest();
    const due = performance.now() - this.#askedAt >= CALM_MS || newest !== this.#answersTo;
    if (!this.#view.me?.person || !due) return;
    this.#askedAt = performance.now();
    this.#answersTo = newest;
    this.#asked = this.#asked.then(() => this.#readAll());
  }

  #newest() {
    const changing = this.#view.acts.filter(({ do: { declare, confirm, answer } }) => declare || confirm || answer);
    return changing[changing.length - 1]?.seq ?? 0;
  }

  async #readAll() {
    await Promise.all(this.#lists().map((list) => this.#readOne(list)));
    this.#onChange();
  }

  /**
   * A list that cannot be read says so on its own card; what was read before stays.
   * @param {List} list
   */
  async #readOne(list) {
    try {
      Object.assign(this.#view, await this.#server.get(PATHS[list]));
      this.#readAt.set(list, new Date().toISOString());
      this.#errors.delete(list);
    } catch (error) {
      this.#errors.set(list, error);
    }
  }

  /** @param {List} list */
  #trouble(list) {
    if (!this.#errors.has(list)) return "";
    const reason = this.#server.reason(this.#errors.get(list)) || word("list_lost");
    const read = this.#readAt.get(list);
    return read ? word("list_old", { reason, time: moment(read, this.#view) }) : word("list_unread", { reason });
  }
}
