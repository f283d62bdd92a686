// @ts-check
/** The lists of the page on which named staff act: who is enrolled, what waits, which strikes stand, and all that was signed. */

import { deed, person, struck, who } from "/web/acts-deeds.js";
import { button, fill, make, moment, note, quoted } from "/web/acts-parts.js";
import * as page from "/web/page.js";

const { show, word, write } = page;

/** How many acts the table shows; a lesson has tens, and the evidence has all of them. */
const ROWS_MAX = 1000;
/** Who may look a person up; the server decides. */
export const FINDERS = ["organizer", "adjudicator"];

/**
 * @typedef {object} Me
 * @property {string} role
 * @property {"organizer" | "independent" | null} side
 * @property {string | null} person
 * @property {string | null} key
 * @property {string} origin
 * @property {boolean} signs
 * @property {boolean} can_enrol
 */
/**
 * What was done; exactly one of these.
 * @typedef {object} Deed
 * @property {{signal: string}} [signal]
 * @property {{person: string, reason: string}} [strike]
 * @property {{strike: number, reason: string}} [reverse]
 * @property {{person: string, holds: string[], reason: string}} [release]
 * @property {{from: string, into: string, reason: string}} [merge]
 * @property {{from: string, to: string, network: string | null, reason: string}} [bridge]
 * @property {{version: number, reason: string}} [declare]
 * @property {{of: number}} [confirm]
 * @property {{of: number}} [dismiss]
 * @property {{text: string}} [note]
 * @property {{persons: number, nonce: string}} [draw]
 * @property {{draw: number, person: string, found: string}} [outcome]
 * @property {{claim: number, upheld: boolean, reason: string}} [answer]
 * @property {{signal: "start" | "end", reading: string}} [read]
 * @property {{is: "begins" | "ends"}} [shift]
 */
/** @typedef {{person: string, role: string, side: string, key: string, at: string, name?: string | null}} Member */
/** @typedef {{seq: number, at: string, by: string, role: string, side: string, do: Deed, decision: string | null, stands: boolean}} Act */
/** @typedef {{person: string, ref: string, name: string, group: string, status: string, sentence: Record<"id" | "en", string>, holds: string[]}} Found */
/**
 * What the page knows.
 * @typedef {object} View
 * @property {string} token
 * @property {page.About | null} about
 * @property {Me | null} me
 * @property {import("./staff-key.js").Key | null} key this browser's key, where it is the enrolled one
 * @property {Member[]} staff
 * @property {Act[]} acts
 * @property {import("./acts-sample.js").Drawn[]} sample
 * @property {import("./live.js").Tally | null} tally
 * @property {import("./acts-outages.js").Incident[] | null} incidents null until they were read, as the next ones
 * @property {import("./acts-declaration.js").Version[] | null} versions
 * @property {import("./acts-claims.js").Claim[] | null} claims
 * @property {string | null} until how long claims are taken; null where the declaration takes none
 * @property {Map<string, Found>} known persons who were looked up on this page
 */
/** @typedef {(kind: "confirm" | "dismiss" | "reverse", act: Act) => void} OnAct */

/**
 * @param {View} view
 * @param {OnAct} onAct
 */
export function drawLists(view, onAct) {
  const open = view.acts.filter((act) => act.decision === "open");
  const standing = view.acts.filter((act) => act.stands);
  const also = [view.staff, view.acts, view.versions?.map((version) => version.digest)];
  fill("staff", view, view.staff, (member) => memberItem(view, member));
  fill("proposals", view, open, (act) => proposalItem(view, act, onAct), also);
  fill("strikes", view, standing, (act) => strikeItem(view, act, onAct), also);
  const rows = view.acts.slice(-ROWS_MAX).reverse();
  fill("acts", view, rows, (act) => actRow(view, act), also);
  show("staff_none", view.staff.length === 0);
  show("proposals_none", open.length === 0);
  show("strikes_none", standing.length === 0);
  show("acts_table", rows.length > 0);
  const left = view.acts.length - rows.length;
  write("acts_note", rows.length === 0 ? word("acts_none") : left > 0 ? word("acts_more", { count: page.number(left) }) : "");
}

/**
 * @param {View} view
 * @param {Member} member
 */
function memberItem(view, member) {
  const names = [word(`role_${member.role}`), member.name, member.person === view.me?.person ? word("you") : ""];
  const key = `${word(`side_${member.side}`)} · ${word("key")} ${member.key.slice(0, 8)}`;
  return make("li", "item", [make("p", "deed", names.filter(Boolean).join(" · ")), note(key)]);
}

/**
 * @param {View} view
 * @param {Act} act
 * @param {OnAct} onAct
 */
function proposalItem(view, act, onAct) {
  const own = act.by === view.me?.person;
  const same = act.side === view.me?.side;
  const confirm = button(`confirm-${act.seq}`, word("confirm"), () => onAct("confirm", act));
  const dismiss = button(`dismiss-${act.seq}`, word(own ? "withdraw" : "dismiss"), () => onAct("dismiss", act));
  confirm.className = "primary";
  confirm.disabled = same || !view.key;
  dismiss.disabled = (same && !own) || !view.key;
  const why = note(same ? word(own ? "own_proposal" : "same_side") : view.key ? before(view, act) : word("not_here"));
  why.id = `why-${act.seq}`;
  if (why.textContent) confirm.setAttribute("aria-describedby", why.id);
  const { what, quote } = deed(view, act, true);
  return make("li", "item", [...said(view, act, what, quote), why, make("p", "buttons", [confirm, dismiss])]);
}

/**
 * What to do before deciding: read the sentences, or learn who is meant, whom the log calls by a code.
 * @param {View} view
 * @param {Act} act
 */
function before(view, act) {
  const { merge, declare } = act.do;
  if (declare) return word("read_first");
  const codes = merge ? [merge.from, merge.into] : [struck(view, act)];
  if (codes.every((code) => !code || view.known.has(code))) return "";
  if (!FINDERS.includes(view.me?.role ?? "")) return word("who_is_it_ask");
  return word(merge ? "who_are_they" : "who_is_it");
}

/**
 * @param {View} view
 * @param {Act} act
 * @param {OnAct} onAct
 */
function strikeItem(view, act, onAct) {
  const waits = view.acts.some((other) => other.decision === "open" && other.do.reverse?.strike === act.seq);
  const reverse = button(`reverse-${act.seq}`, word("reverse"), () => onAct("reverse", act));
  reverse.disabled = waits || !view.key;
  const why = note(waits ? word("reversal_waits") : view.key ? "" : word("not_here"));
  const what = word("struck", { person: person(view, struck(view, act) ?? "", true) });
  return make("li", "item", [...said(view, act, what, act.do.strike?.reason ?? ""), why, make("p", "buttons", [reverse])]);
}

/**
 * @param {View} view
 * @param {Act} act
 */
function actRow(view, act) {
  const decision = act.decision ? word(act.stands ? "decision_stands" : `decision_${act.decision}`) : "–";
  const { what, quote } = deed(view, act, false);
  const time = cell("th", [make("span", "number", moment(act.at, view)), make("small", "note", `#${act.seq}`)], "");
  time.setAttribute("scope", "row");
  time.setAttribute("role", "rowheader");
  const deeds = [make("span", "", what), ...(quote ? [quoted(quote)] : [])];
  const cells = [time, cell("td", [who(view, act)], word("col_who")), cell("td", deeds, word("col_what"))];
  const row = make("tr", "", [...cells, cell("td", [decision], word("col_outcome"))]);
  // On a narrow screen the rows are laid out as blocks, which takes their meaning away where it is not said.
  row.setAttribute("role", "row");
  return row;
}

/**
 * @param {"th" | "td"} tag
 * @param {(HTMLElement | string)[]} content
 * @param {string} label
 */
function cell(tag, content, label) {
  const made = make(tag, "", content);
  made.dataset.label = label;
  made.setAttribute("role", "cell");
  return made;
}

/**
 * What was done, by whom and when.
 * @param {View} view
 * @param {Act} act
 * @param {string} what
 * @param {string} quote
 */
export function said(view, act, what, quote) {
  const by = `${who(view, act)} · ${moment(act.at, view)} · #${act.seq}`;
  return [make("p", "deed", what), ...(quote ? [quoted(quote)] : []), note(by)];
}
