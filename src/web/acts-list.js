// @ts-check
/** The lists of the page on which named staff act: who is enrolled, what waits, which strikes stand, and all that was signed. */

import * as page from "/web/page.js";

const { element, show, word, write } = page;

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
/** @typedef {{person: string, role: string, side: string, key: string, at: string, name?: string | null}} Member */
/** @typedef {{signal?: {signal: string}, strike?: {person: string, reason: string}, reverse?: {strike: number, reason: string}, merge?: {from: string, into: string, reason: string}, confirm?: {of: number}, dismiss?: {of: number}, note?: {text: string}}} Deed */
/** @typedef {{seq: number, at: string, by: string, role: string, side: string, do: Deed, decision: string | null, stands: boolean}} Act */
/** @typedef {{person: string, ref: string, name: string, group: string, status: string, sentence: Record<"id" | "en", string>}} Found */
/**
 * What the page knows.
 * @typedef {object} View
 * @property {string} token
 * @property {page.About | null} about
 * @property {Me | null} me
 * @property {import("./staff-key.js").Key | null} key this browser's key, where it is the enrolled one
 * @property {Member[]} staff
 * @property {Act[]} acts
 * @property {import("./live.js").Tally | null} tally
 * @property {Map<string, Found>} known persons who were looked up on this page
 */
/** @typedef {(kind: "confirm" | "dismiss" | "reverse", act: Act) => void} OnAct */

/** What each list was drawn from, so that one that says the same is not drawn again under the visitor's fingers. */
const drawn = new Map();

/**
 * @param {View} view
 * @param {OnAct} onAct
 */
export function drawLists(view, onAct) {
  const open = view.acts.filter((act) => act.decision === "open");
  const standing = view.acts.filter((act) => act.stands);
  fill("staff", view, view.staff, (member) => memberItem(view, member));
  fill("proposals", view, open, (act) => proposalItem(view, act, onAct));
  fill("strikes", view, standing, (act) => strikeItem(view, act, onAct));
  const rows = view.acts.slice(-ROWS_MAX).reverse();
  fill("acts", view, rows, (act) => actRow(view, act));
  show("staff_none", view.staff.length === 0);
  show("proposals_none", open.length === 0);
  show("strikes_none", standing.length === 0);
  show("acts_table", rows.length > 0);
  const left = view.acts.length - rows.length;
  write("acts_note", rows.length === 0 ? word("acts_none") : left > 0 ? word("acts_more", { count: page.number(left) }) : "");
}

/**
 * Fills a list again where it says something new, and gives the focus back to the button that had it.
 * @template T
 * @param {string} id
 * @param {View} view
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} build
 */
function fill(id, { acts, about, me, key, known, staff }, items, build) {
  const mark = JSON.stringify([page.currentLanguage(), about?.zone, me, key?.hex, [...known.keys()], staff, acts, day(Date.now())]);
  if (drawn.get(id) === mark) return;
  drawn.set(id, mark);
  const list = element(id);
  const focused = document.activeElement;
  const button = focused instanceof HTMLElement && list.contains(focused) ? focused.dataset.act : undefined;
  list.replaceChildren(...items.map(build));
  if (button === undefined) return;
  const again = list.querySelector(`[data-act="${button}"]:not(:disabled)`);
  /** @type {HTMLElement} */ (again ?? element(`${id}_title`)).focus();
}

/**
 * @param {View} view
 * @param {Member} member
 */
function memberItem(view, member) {
  const who = [word(`role_${member.role}`), member.name, member.person === view.me?.person ? word("you") : ""];
  const key = `${word(`side_${member.side}`)} · ${word("key")} ${member.key.slice(0, 8)}`;
  return make("li", "item", [make("p", "deed", who.filter(Boolean).join(" · ")), make("p", "note", key)]);
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
  const why = make("p", "note", same ? word(own ? "own_proposal" : "same_side") : view.key ? unknown(view, act) : word("not_here"));
  why.id = `why-${act.seq}`;
  if (why.textContent) confirm.setAttribute("aria-describedby", why.id);
  const { what, quote } = deed(view, act, true);
  return make("li", "item", [...said(view, act, what, quote), why, make("p", "buttons", [confirm, dismiss])]);
}

/**
 * How to learn who is meant: the log has codes, and a name only who looks the person up.
 * @param {View} view
 * @param {Act} act
 */
function unknown(view, act) {
  const { merge } = act.do;
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
  const why = make("p", "note", waits ? word("reversal_waits") : view.key ? "" : word("not_here"));
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
function said(view, act, what, quote) {
  const by = `${who(view, act)} · ${moment(act.at, view)} · #${act.seq}`;
  return [make("p", "deed", what), ...(quote ? [quoted(quote)] : []), make("p", "note", by)];
}

/**
 * An act in words, and the text that was signed with it.
 * @param {View} view
 * @param {Act} act
 * @param {boolean} long whether persons have their whole code
 * @returns {{what: string, quote: string}}
 */
export function deed(view, act, long) {
  const { strike, reverse, merge, confirm, dismiss, note } = act.do;
  if (note) return { what: word("deed_note"), quote: note.text };
  if (confirm) return { what: word("deed_confirm", { of: proposal(view, confirm.of, long) }), quote: "" };
  if (dismiss) {
    const own = view.acts.find((other) => other.seq === dismiss.of)?.by === act.by;
    return { what: word(own ? "deed_withdraw" : "deed_dismiss", { of: proposal(view, dismiss.of, long) }), quote: "" };
  }
  return { what: word("deed_proposal", { what: proposed(view, act, long) }), quote: (strike ?? reverse ?? merge)?.reason ?? "" };
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
  const { signal, reverse, merge } = act.do;
  if (signal) return word(`propose_${signal.signal}`);
  if (merge) return word("propose_merge", { from: person(view, merge.from, long), into: person(view, merge.into, long) });
  const code = struck(view, act);
  const values = { person: code ? person(view, code, long) : "", entry: String(reverse?.strike ?? act.seq) };
  return word(reverse ? "propose_reverse" : "propose_strike", values);
}

/**
 * Whom a strike or its reversal is about.
 * @param {View} view
 * @param {Act} act
 */
function struck({ acts }, act) {
  const strike = act.do.reverse ? acts.find((other) => other.seq === act.do.reverse?.strike)?.do.strike : act.do.strike;
  return strike?.person;
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
function who(view, act) {
  const name = view.staff.find((member) => member.person === act.by)?.name;
  const you = act.by === view.me?.person ? word("you") : "";
  return [word(`role_${act.role}`), name, word(`side_${act.side}`), you].filter(Boolean).join(" · ");
}

/**
 * The time of day; with its day where that is another one.
 * @param {string} instant
 * @param {View} view
 */
function moment(instant, { about }) {
  const time = page.clock(instant, about?.zone);
  return day(instant, about?.zone) === day(Date.now(), about?.zone) ? time : `${day(instant, about?.zone)} ${time}`;
}

/**
 * @param {string | number} instant
 * @param {string} [zone]
 */
function day(instant, zone) {
  return new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: zone }).format(new Date(instant));
}

/** @param {string} text */
function quoted(text) {
  const quote = make("blockquote", "", text);
  quote.dir = "auto";
  return quote;
}

/**
 * @param {string} name which button it is, whenever the list is drawn
 * @param {string} text
 * @param {() => void} onClick
 */
function button(name, text, onClick) {
  const made = /** @type {HTMLButtonElement} */ (make("button", "", text));
  made.type = "button";
  made.dataset.act = name;
  made.addEventListener("click", onClick);
  return made;
}

/**
 * @param {string} tag
 * @param {string} style
 * @param {string | (HTMLElement | string)[]} content
 * @returns {HTMLElement}
 */
function make(tag, style, content) {
  const made = document.createElement(tag);
  if (style) made.className = style;
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}
