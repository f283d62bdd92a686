// @ts-check
/** What is proposed about persons: one is looked up and struck out or released, or two rows are looked up that are one human. */

import { causes, person } from "/web/acts-deeds.js";
import { FINDERS } from "/web/acts-list.js";
import { button } from "/web/acts-parts.js";
import { write } from "/web/answers.js";
import * as page from "/web/page.js";

const { element, show, word } = page;

/** What a copy of the form has to call by a name of its own. */
const NAMED = ["id", "for", "aria-describedby"];

/** @typedef {import("./acts-list.js").Found} Found */
/** @typedef {import("./acts-list.js").View} View */
/** @typedef {{found: Found | null, said: () => string}} Outcome whom the server found, and what the page says of it */
/** @typedef {(text: string) => Promise<Outcome>} Look */

/** @type {Outcome} */
const NOTHING = { found: null, said: () => "" };

/** A form that looks one person up, and shows who was found. */
class Finder {
  #name;
  #look;
  #onChange;
  /** Which question was asked last: an answer to an older one is not shown. */
  #asked = 0;
  asking = false;
  /** @type {Outcome} */
  #outcome = NOTHING;

  /**
   * @param {string} name of the place where the form stands
   * @param {Look} look
   * @param {() => void} onChange
   */
  constructor(name, look, onChange) {
    this.#name = name;
    this.#look = look;
    this.#onChange = onChange;
    element(`${name}_finder`).append(copy(name));
    element(`${name}_find_form`).addEventListener("submit", (event) => this.#find(event));
  }

  /** @returns {HTMLInputElement} */
  get input() {
    return /** @type {HTMLInputElement} */ (element(`${this.#name}_find`));
  }

  get found() {
    return this.#outcome.found;
  }

  draw() {
    const { found, said } = this.#outcome;
    const name = this.#name;
    write(`${name}_find_answer`, said());
    show(`${name}_found`, found !== null);
    if (!found) return;
    write(`${name}_found_name`, [found.name, found.group].filter(Boolean).join(" · "));
    write(`${name}_found_ref`, found.ref);
    write(`${name}_found_code`, found.person);
    write(`${name}_found_status`, word(`status_${found.status}`));
    write(`${name}_found_sentence`, found.sentence[page.currentLanguage()]);
  }

  /** @param {SubmitEvent} event */
  async #find(event) {
    event.preventDefault();
    this.#asked += 1;
    const asked = this.#asked;
    this.asking = true;
    this.#outcome = { found: null, said: () => word("finding") };
    this.#onChange();
    const outcome = await this.#look(this.input.value.trim());
    if (asked !== this.#asked) return;
    this.asking = false;
    this.#outcome = outcome;
    this.#onChange();
  }

  /** Asks once more about whoever was found; what the visitor asks meanwhile comes first. */
  async again() {
    const { found } = this.#outcome;
    if (!found || this.asking) return;
    this.#asked += 1;
    const asked = this.#asked;
    const outcome = await this.#look(found.person);
    if (asked !== this.#asked || !outcome.found) return;
    this.#outcome = outcome;
    this.#onChange();
  }

  clear() {
    this.input.value = "";
    this.#outcome = NOTHING;
  }

  /** @param {Finder} other takes what this one shows, and the other way round */
  swap(other) {
    [this.input.value, other.input.value] = [other.input.value, this.input.value];
    [this.#outcome, other.#outcome] = [other.#outcome, this.#outcome];
  }
}

/**
 * A button that looks up whom a list calls by a code; none for those who may not, or where the name stands already.
 * @param {View} view
 * @param {string} name which button it is, whenever its list is built
 * @param {string} code
 * @param {Look} look
 * @param {string} answer where the outcome is written
 * @returns {HTMLButtonElement[]}
 */
export function lookUp(view, name, code, look, answer) {
  if (view.known.has(code) || !FINDERS.includes(view.me?.role ?? "")) return [];
  const ask = async () => {
    write(answer, word("finding"));
    const { found, said } = await look(code);
    write(answer, found ? word("looked_up", { person: called(found) }) : said());
  };
  return [button(name, word("look_up"), ask)];
}

/**
 * The form, with names of its own.
 * @param {string} name
 */
function copy(name) {
  const form = document.importNode(/** @type {HTMLTemplateElement} */ (element("finder")).content, true);
  for (const kind of NAMED) {
    for (const part of form.querySelectorAll(`[${kind}]`)) part.setAttribute(kind, `${name}_${part.getAttribute(kind)}`);
  }
  return form;
}

/** The cards in which strikes, releases and merges are proposed. */
export class Persons {
  #view;
  #sender;
  #onChange;
  /** @type {Finder} */
  #strike;
  /** @type {Finder} */
  #from;
  /** @type {Finder} */
  #into;
  /** The newest act, when it was last asked where those who were found stand. */
  #answersTo = 0;

  /**
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   * @param {Look} look
   * @param {() => void} onChange
   */
  constructor(view, sender, look, onChange) {
    this.#view = view;
    this.#sender = sender;
    this.#onChange = onChange;
    this.#strike = new Finder("strike", look, onChange);
    this.#from = new Finder("from", look, onChange);
    this.#into = new Finder("into", look, onChange);
    element("strike_form").addEventListener("submit", (event) => this.#proposeOne(event));
    element("merge_form").addEventListener("submit", (event) => this.#proposeMerge(event));
    element("swap").addEventListener("click", () => this.#swap());
  }

  draw() {
    const finder = FINDERS.includes(this.#view.me?.role ?? "");
    for (const form of [this.#strike, this.#from, this.#into]) form.draw();
    show("strike_finder", finder);
    write("strike_hint", word(finder ? "strike_hint" : "strike_role"));
    show("strike_form", finder && this.#strike.found !== null);
    this.#drawRelease();
    show("merge_card", finder);
    this.#drawMerge();
  }

  #drawRelease() {
    const { found } = this.#strike;
    const held = found?.status === "held";
    const holds = found?.holds ?? [];
    // A proposal that names other causes ends others: a new one is for what holds now.
    const waits = this.#view.acts.some(({ decision, do: { release } }) =>
      decision === "open" && release?.person === found?.person && release?.holds.join() === holds.join());
    const text = waits ? "release_waits" : "release_hint";
    write("release_hint", holds.length > 0 ? word(text, { causes: causes(holds) }) : word("held_by_proposal"));
    show("release_hint", held);
    show("release", held && holds.length > 0 && !waits);
  }

  /** Asks about those who were found once more after each act: what is decided can change where they stand. */
  read() {
    const newest = this.#view.acts[this.#view.acts.length - 1]?.seq ?? 0;
    if (newest === this.#answersTo) return;
    this.#answersTo = newest;
    for (const finder of [this.#strike, this.#from, this.#into]) finder.again();
  }

  #drawMerge() {
    const [from, into] = [this.#from, this.#into];
    const swap = /** @type {HTMLButtonElement} */ (element("swap"));
    // An answer on its way belongs to the form that asked.
    swap.disabled = from.asking || into.asking || !(from.found || into.found);
    const both = from.found !== null && into.found !== null;
    const same = both && from.found?.person === into.found?.person;
    const values = { from: called(from.found), into: called(into.found) };
    write("merge_both", both ? word(same ? "merge_same" : "merge_both", values) : "");
    show("merge_form", both && !same);
  }

  #swap() {
    this.#from.swap(this.#into);
    this.#onChange();
  }

  /** @param {SubmitEvent} event */
  async #proposeOne(event) {
    event.preventDefault();
    const kind = event.submitter?.id === "release" ? "release" : "strike";
    const { found } = this.#strike;
    const reason = field("reason");
    const text = reason.value.trim();
    if (!found || !text) return reason.focus();
    const { holds } = found;
    const what = word(`sign_${kind}`, { person: person(this.#view, found.person, true), causes: causes(holds) });
    const question = { what, quote: text, effect: word(`effect_${kind}`) };
    const about = kind === "release" ? { person: found.person, holds, reason: text } : { person: found.person, reason: text };
    if (!(await this.#sender.act({ [kind]: about }, question, "strike_answer"))) return;
    this.#done(reason, [this.#strike]);
  }

  /** @param {SubmitEvent} event */
  async #proposeMerge(event) {
    event.preventDefault();
    const [from, into] = [this.#from.found?.person, this.#into.found?.person];
    const reason = field("merge_reason");
    const text = reason.value.trim();
    if (!from || !into || !text) return reason.focus();
    const rows = { from: person(this.#view, from, true), into: person(this.#view, into, true) };
    const question = { what: word("sign_merge", rows), quote: text, effect: word("effect_merge") };
    if (!(await this.#sender.act({ merge: { from, into, reason: text } }, question, "merge_answer"))) return;
    this.#done(reason, [this.#from, this.#into]);
  }

  /**
   * Empties a form for the next proposal.
   * @param {HTMLTextAreaElement} reason
   * @param {Finder[]} finders
   */
  #done(reason, finders) {
    reason.value = "";
    for (const finder of finders) finder.clear();
    this.#onChange();
    finders[0]?.input.focus();
  }
}

/** @param {Found | null} found */
function called(found) {
  return found ? `${found.ref} ${found.name}` : "";
}

/**
 * @param {string} id
 * @returns {HTMLTextAreaElement}
 */
function field(id) {
  return /** @type {HTMLTextAreaElement} */ (element(id));
}
