// @ts-check
/** The hall's persons: found by name, or gone through as a register. */

import * as page from "/web/page.js";
import { make } from "/web/door-results.js";

const { element, show, word, write } = page;

/** @typedef {import("./door-queue.js").Person} Person */
/** @typedef {import("./door-queue.js").Method} Method */
/** @typedef {Person & {key: string}} Listed */

/** More hits than this are not read; another word of the name is. */
const HITS_MAX = 20;
/** A phone lays out so many rows at once without a pause; the others come on demand. */
const ROWS_MAX = 200;

export class List {
  /** @type {Listed[]} */
  #persons = [];
  /** @type {Map<string, Listed>} */
  #byRef = new Map();
  /** @type {Map<string, string>} When a person was entered in the register, by way and reference. */
  #marks = new Map();
  /** @type {import("./door-queue.js").Way} */
  #way = "in";
  #rows = ROWS_MAX;
  #onChoice;
  /** @type {string | undefined} The attempt's zone, once it is known. */
  zone;

  /** @param {(person: Person, method: Method) => void} onChoice */
  constructor(onChoice) {
    this.#onChoice = onChoice;
    element("search").addEventListener("input", () => this.drawHits());
    element("group").addEventListener("change", () => this.#restart());
    element("more").addEventListener("click", () => this.#grow());
    element("register").addEventListener("toggle", () => this.drawRegister());
  }

  /** @param {Person[]} persons */
  fill(persons) {
    const collator = new Intl.Collator("id", { sensitivity: "base", numeric: true });
    this.#persons = persons.map((person) => ({ ...person, key: plain(`${person.name} ${person.ref}`) }));
    this.#persons.sort((one, other) => collator.compare(one.name, other.name));
    this.#byRef = new Map(this.#persons.map((person) => [person.ref, person]));
    this.#fillGroups([...new Set(persons.map((person) => person.group))].sort(collator.compare));
    this.draw();
  }

  /** @param {string} ref */
  person(ref) {
    return this.#byRef.get(ref);
  }

  /** @param {import("./door-queue.js").Way} way what a press in the register does */
  point(way) {
    this.#way = way;
    this.drawRegister();
  }

  /** @param {{key: string, at: string}[]} marks */
  mark(marks) {
    for (const { key, at } of marks) this.#marks.set(key, at);
    for (const row of element("rows").children) this.#drawMark(/** @type {HTMLElement} */ (row));
    this.#drawStanding(this.#chosen());
  }

  /** @param {string} key a person whom the server refused after all */
  erase(key) {
    if (this.#marks.delete(key)) this.mark([]);
  }

  unmark() {
    this.#marks.clear();
    this.drawRegister();
  }

  draw() {
    show("no_list", this.#persons.length === 0);
    show("with_list", this.#persons.length > 0);
    show("register", this.#persons.length > 0);
    this.drawHits();
    this.drawRegister();
  }

  drawHits() {
    const words = plain(/** @type {HTMLInputElement} */ (element("search")).value).split(/\s+/).filter(Boolean);
    const hits = words.length === 0 ? [] : this.#persons.filter(({ key }) => words.every((part) => key.includes(part)));
    const shown = hits.slice(0, HITS_MAX).map((person) => this.#row(person, "name"));
    element("hits").replaceChildren(...shown);
    const [count, most] = [page.number(hits.length), page.number(HITS_MAX)];
    if (words.length === 0) write("hits_count", "");
    else write("hits_count", word(hits.length > HITS_MAX ? "hits_more" : "hits", { count, most }));
  }

  drawRegister() {
    // A register that nobody looks at costs nothing.
    if (!(/** @type {HTMLDetailsElement} */ (element("register")).open)) return;
    const chosen = this.#chosen();
    const rows = chosen.slice(0, this.#rows).map((person) => this.#row(person, "register"));
    element("rows").replaceChildren(...rows);
    show("more", chosen.length > this.#rows);
    this.#drawStanding(chosen);
  }

  #chosen() {
    const { value } = /** @type {HTMLSelectElement} */ (element("group"));
    return value === "" ? this.#persons : this.#persons.filter((person) => `=${person.group}` === value);
  }

  /** @param {Listed[]} chosen */
  #drawStanding(chosen) {
    const marked = chosen.filter(({ ref }) => this.#marks.has(`${this.#way} ${ref}`)).length;
    const values = { marked: page.number(marked), count: page.number(chosen.length), way: word(`way_${this.#way}`) };
    write("register_count", word("register_count", values));
  }

  /**
   * @param {Person} person
   * @param {Method} method
   */
  #row(person, method) {
    const [row, button] = [make("li"), make("button", "person")];
    button.setAttribute("type", "button");
    row.dataset.ref = person.ref;
    button.append(make("span", "person-name", person.name), make("span", "note", `${person.ref} · ${person.group}`));
    row.append(button);
    button.addEventListener("click", () => {
      this.#onChoice(person, method);
      if (method === "name") this.#next();
    });
    if (method === "register") {
      button.append(make("span", "person-mark"));
      this.#drawMark(row);
    }
    return row;
  }

  /** The search is empty for the next person. */
  #next() {
    const search = /** @type {HTMLInputElement} */ (element("search"));
    search.value = "";
    this.drawHits();
    search.focus();
  }

  /** @param {HTMLElement} row */
  #drawMark(row) {
    const at = this.#marks.get(`${this.#way} ${row.dataset.ref}`);
    row.classList.toggle("marked", at !== undefined);
    const mark = row.querySelector(".person-mark");
    const way = word(`way_${this.#way}`);
    if (mark) mark.textContent = at ? `✓ ${way} ${page.clock(at, this.zone)}` : way;
  }

  #restart() {
    this.#rows = ROWS_MAX;
    this.drawRegister();
  }

  #grow() {
    this.#rows += ROWS_MAX;
    this.drawRegister();
  }

  /** @param {string[]} groups */
  #fillGroups(groups) {
    const select = /** @type {HTMLSelectElement} */ (element("group"));
    const chosen = select.value;
    const all = new Option(word("all_groups"), "");
    all.dataset.t = "all_groups";
    // The sign keeps a group without a name apart from the choice of all.
    select.replaceChildren(all, ...groups.map((group) => new Option(group || "–", `=${group}`)));
    select.value = [...select.options].some((option) => option.value === chosen) ? chosen : "";
  }
}

/**
 * Small letters without their accents, as names are typed in a hurry.
 * @param {string} text
 * @returns {string}
 */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
