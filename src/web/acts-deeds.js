// @ts-check
/** A signed act in words: what was done or proposed, by whom, and about whom. */

import { moment, span } from "/web/acts-parts.js";
import * as page from "/web/page.js";

const { word } = page;

/** How many digits of a network's tag and of a digest tell one from the others. */
const TAG_DIGITS = 4;
export const DIGEST_DIGITS = 16;

/** @typedef {import("./acts-list.js").Act} Act */
/** @typedef {import("./acts-list.js").Deed} Deed */
/** @typedef {import("./acts-list.js").View} View */

/**
 * An act in words, and the text that was signed with it.
 * @param {View} view
 * @param {Act} act
 * @param {boolean} long whether persons have their whole code
 * @returns {{what: string, quote: string}}
 */
export function deed(view, act, long) {
  const { confirm, dismiss, strike, reverse, release, merge, bridge, declare } = act.do;
  if (confirm) return { what: word("deed_confirm", { of: proposal(view, confirm.of, long) }), quote: "" };
  if (dismiss) {
    const own = view.acts.find((other) => other.seq === dismiss.of)?.by === act.by;
    return { what: word(own ? "deed_withdraw" : "deed_dismiss", { of: proposal(view, dismiss.of, long) }), quote: "" };
  }
  const alone = single(view, act.do, long);
  if (alone) return alone;
  const quote = (strike ?? reverse ?? release ?? merge ?? bridge ?? declare)?.reason ?? "";
  return { what: word("deed_proposal", { what: proposed(view, act, long) }), quote };
}

/**
 * An act that needs no other side; null for a proposal.
 * @param {View} view
 * @param {Deed} done
 * @param {boolean} long
 */
function single(view, { note, draw, outcome, answer, read, shift }, long) {
  if (note) return { what: word("deed_note"), quote: note.text };
  if (draw) return { what: word("deed_draw", { count: page.number(draw.persons) }), quote: draw.nonce };
  if (answer) {
    const what = word(answer.upheld ? "deed_upheld" : "deed_not_upheld", { claim: String(answer.claim) });
    return { what, quote: answer.reason };
  }
  if (read) return { what: word(`deed_read_${read.signal}`, { time: moment(read.reading, view) }), quote: read.reading };
  if (shift) return { what: word(`deed_shift_${shift.is}`), quote: "" };
  if (!outcome) return null;
  const found = word(`outcome_${outcome.found}`);
  const values = { person: person(view, outcome.person, long), found, draw: String(outcome.draw) };
  return { what: word("deed_outcome", values), quote: "" };
}

/**
 * The proposal of an entry: its number and what is proposed.
 * @param {View} view
 * @param {number} seq
 * @param {boolean} long
 * @returns {string}
 */
export function proposal(view, seq, long) {
  const act = view.acts.find((other) => other.seq === seq);
  return act ? `#${seq}: ${proposed(view, act, long)}` : `#${seq}`;
}

/**
 * What an act proposes.
 * @param {View} view
 * @param {Act} act
 * @param {boolean} long
 */
function proposed(view, act, long) {
  const { signal, reverse, release, merge, bridge, declare } = act.do;
  if (signal) return word(`propose_${signal.signal}`);
  if (release) return word("propose_release", { person: person(view, release.person, long), causes: causes(release.holds) });
  if (merge) return word("propose_merge", { from: person(view, merge.from, long), into: person(view, merge.into, long) });
  if (bridge) return outage(view, bridge, long);
  if (declare) return version(view, declare.version, long);
  const code = struck(view, act);
  const values = { person: code ? person(view, code, long) : "", entry: String(reverse?.strike ?? act.seq) };
  return word(reverse ? "propose_reverse" : "propose_strike", values);
}

/**
 * That an outage is bridged.
 * @param {View} view
 * @param {{from: string, to: string, network: string | null}} outage
 * @param {boolean} long
 */
export function outage(view, { from, to, network }, long) {
  const time = span(from, to, view);
  if (network === null) return word("propose_bridge", { time });
  const tag = long ? network : `${network.slice(0, TAG_DIGITS)}…`;
  return word("propose_bridge_network", { time, network: tag });
}

/**
 * That a version of the declaration certifies.
 * @param {View} view
 * @param {number} seq
 * @param {boolean} long
 */
export function version({ versions }, seq, long) {
  const digest = versions?.find((one) => one.seq === seq)?.digest;
  const entry = String(seq);
  if (!digest) return word("propose_declare_entry", { entry });
  return word("propose_declare", { entry, digest: long ? digest : `${digest.slice(0, DIGEST_DIGITS)}…` });
}

/**
 * What holds somebody, in words.
 * @param {string[]} kinds
 */
export function causes(kinds) {
  return kinds.map((kind) => word(`hold_${kind}`)).join(", ");
}

/**
 * Whom a strike, its reversal or a release is about.
 * @param {View} view
 * @param {Act} act
 */
export function struck({ acts }, act) {
  const strike = act.do.reverse ? acts.find((other) => other.seq === act.do.reverse?.strike)?.do.strike : act.do.strike;
  return strike?.person ?? act.do.release?.person;
}

/**
 * A person as the log calls them, with the name where it was looked up here.
 * @param {View} view
 * @param {string} code
 * @param {boolean} long
 */
export function person({ known }, code, long) {
  const found = known.get(code);
  const short = long ? code : `${code.slice(0, 9)}…`;
  return found ? `${found.ref} ${found.name} (${short})` : short;
}

/**
 * @param {View} view
 * @param {Act} act
 */
export function who(view, act) {
  const name = view.staff.find((member) => member.person === act.by)?.name;
  const you = act.by === view.me?.person ? word("you") : "";
  return [word(`role_${act.role}`), name, word(`side_${act.side}`), you].filter(Boolean).join(" · ");
}
