// @ts-check
/** What the lists of this page are made of: items that are built again only where they say something new. */

import * as page from "/web/page.js";

const { element, word, write } = page;

/** How many items a list shows: more than that nobody reads here, and the evidence has all of them. */
export const ITEMS_MAX = 300;

/** @typedef {import("./acts-list.js").View} View */

/** What each list was built from, so that one that says the same is not built again under the visitor's fingers. */
const drawn = new Map();
/** What the visitor opened or closed stays so, however often its list is built again. */
const unfolded = new Map();

/**
 * Fills a list again where it says something new, and gives the focus back to the button that had it.
 * @template T
 * @param {string} id
 * @param {View} view
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} build
 * @param {unknown} [also] what the items' words depend on besides
 */
export function fill(id, { about, me, key, known }, items, build, also) {
  const reader = [page.currentLanguage(), about?.zone, day(Date.now(), about?.zone), me, key?.hex, [...known.keys()]];
  const mark = JSON.stringify([reader, items, also]);
  if (drawn.get(id) === mark) return;
  drawn.set(id, mark);
  const list = element(id);
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement && list.contains(focused) ? focused : null;
  const item = held?.closest("[data-item]")?.getAttribute("data-item");
  list.replaceChildren(...items.map(build));
  if (held) refocus(list, held.dataset.act, item);
}

/**
 * Gives the focus to the same button; else to another one of the same item, else to the list's heading.
 * @param {HTMLElement} list
 * @param {string | undefined} act
 * @param {string | null | undefined} item
 */
function refocus(list, act, item) {
  const same = list.querySelector(`[data-act="${act}"]:not(:disabled)`);
  const near = list.querySelector(`[data-item="${item}"] :is(button:not(:disabled), summary)`);
  /** @type {HTMLElement} */ (same ?? near ?? element(`${list.id}_title`)).focus();
}

/**
 * Fills a list that can be long, and says what is left out.
 * @template T
 * @param {string} id
 * @param {View} view
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} build
 * @param {unknown} [also]
 */
export function fillFirst(id, view, items, build, also) {
  fill(id, view, items.slice(0, ITEMS_MAX), build, also);
  const left = items.length - ITEMS_MAX;
  write(`${id}_more`, left > 0 ? word("more", { count: page.number(left) }) : "");
}

/**
 * What is read only by those who ask for it.
 * @param {string} name which it is, whenever its list is built
 * @param {boolean} open until the visitor decides
 * @param {string} summary
 * @param {(HTMLElement | string)[]} content
 */
export function fold(name, open, summary, content) {
  const title = make("summary", "", summary);
  title.dataset.act = name;
  const made = /** @type {HTMLDetailsElement} */ (make("details", "", [title, ...content]));
  made.open = unfolded.get(name) ?? open;
  made.addEventListener("toggle", () => unfolded.set(name, made.open));
  return made;
}

/**
 * The time of day; with its day where that is another one.
 * @param {string} instant
 * @param {View} view
 */
export function moment(instant, { about }) {
  const time = page.clock(instant, about?.zone);
  return dated(time, instant, about?.zone);
}

/**
 * From when to when; with its day where that is another one.
 * @param {string} from
 * @param {string} to
 * @param {View} view
 */
export function span(from, to, { about }) {
  const zone = about?.zone;
  // The zone's name stands once, behind the second time.
  const first = page.clock(from, zone).replace(/\s+\S+$/, "");
  const both = from === to ? page.clock(from, zone) : `${first}–${page.clock(to, zone)}`;
  return dated(both, from, zone);
}

/**
 * @param {string} text
 * @param {string} instant
 * @param {string} [zone]
 */
function dated(text, instant, zone) {
  const its = day(instant, zone);
  return its === day(Date.now(), zone) ? text : `${its} ${text}`;
}

/**
 * @param {string | number} instant
 * @param {string} [zone]
 */
function day(instant, zone) {
  return new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: zone }).format(new Date(instant));
}

/** @param {string} text */
export function quoted(text) {
  const quote = make("blockquote", "", text);
  quote.dir = "auto";
  return quote;
}

/**
 * A line under what was said; none where there is nothing to say.
 * @param {string} text
 */
export function note(text) {
  return make("p", "note", text);
}

/**
 * @param {string} name which button it is, whenever the list is built
 * @param {string} text
 * @param {() => void} onClick
 */
export function button(name, text, onClick) {
  const made = /** @type {HTMLButtonElement} */ (make("button", "", text));
  made.type = "button";
  made.dataset.act = name;
  made.addEventListener("click", onClick);
  return made;
}

/**
 * Buttons that are called alike in every item of a list are told apart by what they belong to.
 * @param {HTMLButtonElement[]} buttons
 * @param {HTMLElement} what
 * @param {string} id
 */
export function belong(buttons, what, id) {
  what.id = id;
  for (const one of buttons) one.setAttribute("aria-describedby", id);
  return make("p", "buttons", buttons);
}

/**
 * @param {string} tag
 * @param {string} style
 * @param {string | (HTMLElement | string)[]} content
 * @returns {HTMLElement}
 */
export function make(tag, style, content) {
  const made = document.createElement(tag);
  if (style) made.className = style;
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}
