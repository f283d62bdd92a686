// @ts-check
/** The card of the spot check: persons are drawn after the close, and what is found of each is signed. */

import { person } from "/web/acts-deeds.js";
import { FINDERS, said } from "/web/acts-list.js";
import { belong, button, fill, fold, make, note } from "/web/acts-parts.js";
import { lookUp } from "/web/acts-persons.js";
import * as page from "/web/page.js";

const { element, show, word, write } = page;

/** The most persons of one draw that are shown, and that the form draws: 299 clean ones already say enough. */
const PERSONS_MAX = 1000;
/** A nonce as the server takes it: printable, and long enough to be no guess. */
const NONCE = /^[ -~]{8,200}$/;
/** What can be found of somebody. */
const FOUND = ["confirmed", "denied", "unconfirmed"];

/** @typedef {import("./acts-list.js").Act} Act */
/** @typedef {import("./acts-list.js").View} View */
/** @typedef {{draw: number, person: string, found: string | null}} Drawn */
/** @typedef {{act: Act, drawn: Drawn[]}} Draw */

export class Sample {
  #view;
  #sender;
  #look;

  /**
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   * @param {import("./acts-persons.js").Look} look
   */
  constructor(view, sender, look) {
    this.#view = view;
    this.#sender = sender;
    this.#look = look;
    element("draw_form").addEventListener("submit", (event) => this.#draw(event));
  }

  draw() {
    const { acts, sample, me, tally, staff } = this.#view;
    const draws = acts.filter((act) => act.do.draw).reverse();
    const may = me?.side === "independent" && tally?.phase === "closed";
    show("sample_card", may || draws.length > 0);
    show("draw_form", may);
    show("sample_meaning", draws.length > 0 && me?.side === "independent");
    const items = draws.map((act) => ({ act, drawn: sample.filter((one) => one.draw === act.seq) }));
    fill("sample", this.#view, items, (item) => this.#item(item, item.act === draws[0]), staff);
  }

  /**
   * @param {Draw} draw
   * @param {boolean} newest
   */
  #item({ act, drawn }, newest) {
    const what = word("drew", { count: page.number(act.do.draw?.persons), entry: String(act.seq) });
    const parts = [...said(this.#view, act, what, act.do.draw?.nonce ?? ""), make("p", "deed", counts(drawn))];
    const { me } = this.#view;
    if (me?.side === "independent" && !FINDERS.includes(me.role)) parts.push(note(word("sample_ask")));
    const persons = drawn.slice(0, PERSONS_MAX).map((one) => this.#person(one));
    const list = make("ol", "items", persons);
    if (drawn.length > 0) parts.push(fold(`draw-${act.seq}`, newest, word("drawn_persons"), [list]));
    return make("li", "item", parts);
  }

  /** @param {Drawn} one */
  #person(one) {
    const name = `${one.draw}-${one.person}`;
    const found = word(one.found ? `outcome_${one.found}` : "outcome_open");
    const look = lookUp(this.#view, `look-${name}`, one.person, this.#look, "sample_answer");
    const whom = make("p", "", person(this.#view, one.person, true));
    const buttons = belong([...look, ...this.#outcomes(one, name)], whom, `drawn-${name}`);
    const made = make("li", "item", [whom, make("p", "deed", found), buttons]);
    made.dataset.item = name;
    return made;
  }

  /**
   * @param {Drawn} one
   * @param {string} name
   */
  #outcomes(one, name) {
    const { me, key } = this.#view;
    if (me?.side !== "independent") return [];
    return FOUND.map((found) => {
      const made = button(`${found}-${name}`, word(`find_${found}`), () => this.#find(one, found));
      made.disabled = !key || one.found === found;
      return made;
    });
  }

  /**
   * @param {Drawn} one
   * @param {string} found
   */
  #find({ draw, person: code }, found) {
    const values = { person: person(this.#view, code, true), draw: String(draw), found: word(`outcome_${found}`) };
    const question = { what: word("sign_outcome", values), effect: word("effect_outcome") };
    return this.#sender.act({ outcome: { draw, person: code, found } }, question, "sample_answer");
  }

  /** @param {SubmitEvent} event */
  async #draw(event) {
    event.preventDefault();
    const [persons, nonce] = [input("draw_persons"), input("draw_nonce")];
    const [count, text] = [Number(persons.value), nonce.value.trim()];
    const wrong = count >= 1 && count <= PERSONS_MAX && Number.isInteger(count) ? !NONCE.test(text) && nonce : persons;
    if (wrong) {
      write("draw_answer", word(wrong === nonce ? "nonce_wrong" : "count_wrong"));
      return wrong.focus();
    }
    const question = { what: word("sign_draw", { count: page.number(count) }), quote: text, effect: word("effect_draw") };
    if (!(await this.#sender.act({ draw: { persons: count, nonce: text } }, question, "draw_answer"))) return;
    persons.value = "";
    nonce.value = "";
  }
}

/**
 * How far the spot check is.
 * @param {Drawn[]} drawn
 */
function counts(drawn) {
  const of = (/** @type {string | null} */ found) => page.number(drawn.filter((one) => one.found === found).length);
  const [confirmed, denied, unconfirmed] = FOUND.map(of);
  return word("sample_counts", { drawn: page.number(drawn.length), confirmed, denied, unconfirmed, open: of(null) });
}

/**
 * @param {string} id
 * @returns {HTMLInputElement}
 */
function input(id) {
  return /** @type {HTMLInputElement} */ (element(id));
}
