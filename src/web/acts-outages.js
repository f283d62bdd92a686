// @ts-check
/** The card of what disturbed the lesson, where an outage can be proposed to be bridged. */

import { outage } from "/web/acts-deeds.js";
import { belong, button, fillFirst, make, note, span } from "/web/acts-parts.js";
import * as page from "/web/page.js";

const { show, word } = page;

/**
 * What disturbed the lesson, as `GET /api/incidents` has it.
 * @typedef {object} Incident
 * @property {string} from
 * @property {string} to
 * @property {"restart" | "mass_drop" | "network_drop" | "clock_step" | "late_check" | "missed_check"} kind
 * @property {string} subject the server's run, the network, the step in microseconds, the check's number, or its place in the plan
 * @property {string | null} network whom it cut off, where it can be bridged: null for everybody
 * @property {number} persons
 * @property {number} back_in_grace
 * @property {number} qualify
 * @property {number} lost
 * @property {number} there
 * @property {boolean} bridgeable
 */
/** @typedef {import("./acts-list.js").View} View */
/** @typedef {{incident: Incident, decision: string | null}} Item with what became of the newest proposal to bridge it */

export class Outages {
  #view;
  #sender;

  /**
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   */
  constructor(view, sender) {
    this.#view = view;
    this.#sender = sender;
  }

  draw() {
    const { incidents, acts } = this.#view;
    const items = (incidents ?? []).map((incident) => ({ incident, decision: decided(acts, incident) }));
    fillFirst("incidents", this.#view, items, (item) => this.#item(item));
    show("incidents_none", incidents?.length === 0);
  }

  /** @param {Item} item */
  #item({ incident, decision }) {
    const { from, to, persons } = incident;
    const what = make("p", "deed", happened(incident));
    const parts = [what, note(span(from, to, this.#view))];
    if (persons > 0) parts.push(make("p", "", affected(incident)));
    if (decision === "confirmed") parts.push(make("p", "good", word("bridged")));
    else if (incident.bridgeable) parts.push(...this.#bridging(incident, what, decision === "open"));
    return make("li", "item", parts);
  }

  /**
   * @param {Incident} incident
   * @param {HTMLElement} what
   * @param {boolean} waits
   */
  #bridging(incident, what, waits) {
    const { from, to, network } = incident;
    const name = `bridge-${from}-${to}-${network}`;
    const propose = button(name, word("bridge"), () => this.#propose(incident));
    propose.disabled = waits || !this.#view.key;
    const why = waits ? word("bridge_waits") : this.#view.key ? "" : word("not_here");
    return [note(why), belong([propose], what, `of-${name}`)];
  }

  /**
   * The times are signed as the server wrote them: it looks for an outage that it detected.
   * @param {Incident} incident
   */
  #propose({ from, to, network }) {
    const what = word("sign_bridge", { what: outage(this.#view, { from, to, network }, true) });
    const withReason = (/** @type {string} */ reason) => ({ bridge: { from, to, network, reason } });
    this.#sender.act(null, { what, effect: word("effect_bridge"), withReason }, "incidents_answer");
  }
}

/**
 * What became of the newest proposal to bridge exactly this outage.
 * @param {import("./acts-list.js").Act[]} acts
 * @param {Incident} incident
 */
function decided(acts, { from, to, kind, subject }) {
  // Once it is bridged it is not bridgeable any more, and only the subject still names the network.
  const network = kind === "network_drop" ? subject : null;
  const is = (/** @type {{from: string, to: string, network: string | null}} */ one) =>
    one.from === from && one.to === to && one.network === network;
  const about = acts.filter((act) => act.do.bridge && is(act.do.bridge));
  return about[about.length - 1]?.decision ?? null;
}

/** @param {Incident} incident */
function happened({ kind, subject, lost, there }) {
  const length = `${page.number(Number(subject) / 1000)} ms`;
  const values = { subject, length, network: subject, lost: page.number(lost), there: page.number(there) };
  return word(`incident_${kind}`, values);
}

/** @param {Incident} incident */
function affected({ persons, back_in_grace, qualify }) {
  const values = { persons: page.number(persons), back: page.number(back_in_grace), qualify: page.number(qualify) };
  return word("affected", values);
}
