// @ts-check
/** Scans that reached the server after the close: it has not recorded them, so the device shows them until a steward lets them go. */

import { make } from "/web/door-results.js";
import * as page from "/web/page.js";

const { element, show, word, write } = page;

/** So much of a personal link tells it from others of the same event, and opens nobody's page. */
const CODE_END = 8;

/** @typedef {import("./door-queue.js").Person} Person */
/** @typedef {import("./door-queue.js").Queued} Queued */
/**
 * @typedef {object} Late
 * @property {string} scan
 * @property {Queued["way"]} way
 * @property {string} door
 * @property {string} device_at
 * @property {string} ref empty where only the link is known
 * @property {string} end the end of the link that was scanned
 * @property {Person | null} person
 */

/**
 * Those of the answered scans that came after the close.
 * @param {Queued[]} batch
 * @param {import("./door-send.js").Result[]} results
 * @returns {Late[]}
 */
export function lateOnes(batch, results) {
  const over = new Map(results.filter(({ code }) => code === "over").map((result) => [result.scan, result]));
  return batch.filter(({ scan }) => over.has(scan)).map(({ scan, way, door, device_at, who }) => {
    const [ref, end] = "ref" in who ? [who.ref, ""] : ["", who.qr.slice(-CODE_END)];
    return { scan, way, door, device_at, ref, end, person: over.get(scan)?.person ?? null };
  });
}

/** The card that stands until the organizer has seen it. */
export class LateCard {
  /** @type {Late[]} */
  entries = [];
  /** @type {string | undefined} The attempt's zone, once it is known. */
  zone;
  #find;

  /**
   * @param {(ref: string) => Person | undefined} find whom the device's list calls so
   * @param {() => void} onRelease
   */
  constructor(find, onRelease) {
    this.#find = find;
    element("late_wipe").addEventListener("click", onRelease);
  }

  draw() {
    const { entries } = this;
    show("late", entries.length > 0);
    write("late_title", word("late", { count: page.number(entries.length) }));
    const inOrder = [...entries].sort((one, other) => one.device_at.localeCompare(other.device_at));
    element("late_list").replaceChildren(...inOrder.map((entry) => this.#line(entry)));
  }

  /** @param {Late} entry */
  #line({ way, door, device_at, ref, end, person }) {
    const { name, group } = person ?? this.#find(ref) ?? { name: "", group: "" };
    const whom = [name, person?.ref ?? ref, group, end && word("late_link", { end })].filter(Boolean);
    const facts = [word(`way_${way}`), page.clock(device_at, this.zone), door].filter(Boolean);
    const line = make("li");
    line.append(make("p", "result-who", whom.join(" · ")), make("p", "note", facts.join(" · ")));
    return line;
  }
}
