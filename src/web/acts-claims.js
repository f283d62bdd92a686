// @ts-check
/** The card of those who are not counted and say that they were there: each claim is answered with a reason. */

import { person, who } from "/web/acts-deeds.js";
import { FINDERS } from "/web/acts-list.js";
import { belong, button, fillFirst, fold, make, moment, note, quoted } from "/web/acts-parts.js";
import { lookUp } from "/web/acts-persons.js";
import * as page from "/web/page.js";

const { show, word, write } = page;

/** @typedef {import("./acts-list.js").View} View */
/** @typedef {{seq: number, at: string, by: string, upheld: boolean, reason: string}} Answer */
/** @typedef {{claim: Claim, act: import("./acts-list.js").Act | undefined}} Item with the act that answers it */
/**
 * @typedef {object} Claim
 * @property {number} seq
 * @property {string} at
 * @property {string} person
 * @property {"present" | "cut_off" | "hall" | "answered" | "mistaken"} kind
 * @property {"certified" | "not_certified" | "excluded" | "held" | null} status null where the log has no account of them
 * @property {Record<"id" | "en", string> | null} sentence
 * @property {Answer | null} answer
 */

export class Claims {
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
  }

  /** @param {boolean} troubled whether the list could not be read, which nobody should take for no claims */
  draw(troubled) {
    const { claims, until, me, staff } = this.#view;
    show("claims_card", FINDERS.includes(me?.role ?? "") && (until !== null || (claims === null && troubled)));
    const all = claims ?? [];
    const open = all.filter((claim) => claim.answer === null);
    const answered = all.filter((claim) => claim.answer !== null).reverse();
    const items = [...open, ...answered].map((claim) => ({ claim, act: this.#act(claim.answer) }));
    fillFirst("claims", this.#view, items, (item) => this.#item(item), staff);
    show("claims_none", claims?.length === 0);
    const values = { open: page.number(open.length), all: page.number(all.length) };
    write("claims_count", all.length > 0 ? word("claims_count", values) : "");
    write("claims_until", until === null ? "" : word("claims_until", { time: moment(until, this.#view) }));
  }

  /** @param {Answer | null} answer */
  #act(answer) {
    return this.#view.acts.find((act) => act.seq === answer?.seq);
  }

  /** @param {Item} item */
  #item({ claim, act }) {
    const { seq, at, kind, person: code, status, sentence, answer } = claim;
    const whom = make("p", "", person(this.#view, code, true));
    const look = lookUp(this.#view, `look-${seq}`, code, this.#look, "claims_answer");
    const answers = belong(this.#answers(claim), whom, `claim-${seq}`);
    const made = make("li", "item", [
      make("p", "deed", word(`claim_${kind}`)),
      whom,
      note(`${moment(at, this.#view)} · #${seq}`),
      ...(status && sentence ? [make("p", "", stands(status, sentence))] : []),
      ...(answer ? this.#answered(answer, act) : []),
      belong(look, whom, `claim-${seq}`),
      answer ? fold(`again-${seq}`, false, word("answer_again"), [answers]) : answers,
    ]);
    made.dataset.item = String(seq);
    return made;
  }

  /**
   * @param {Answer} answer
   * @param {import("./acts-list.js").Act | undefined} act
   */
  #answered({ seq, at, by, upheld, reason }, act) {
    const whom = act ? who(this.#view, act) : person(this.#view, by, false);
    const what = make("p", "deed", word(upheld ? "claim_upheld" : "claim_not_upheld"));
    return [what, quoted(reason), note(`${whom} · ${moment(at, this.#view)} · #${seq}`)];
  }

  /** @param {Claim} claim */
  #answers(claim) {
    return [true, false].map((upheld) => {
      const name = upheld ? "uphold" : "refute";
      const made = button(`${name}-${claim.seq}`, word(name), () => this.#answer(claim, upheld));
      made.disabled = !this.#view.key;
      return made;
    });
  }

  /**
   * @param {Claim} claim
   * @param {boolean} upheld
   */
  #answer({ seq, person: code, kind }, upheld) {
    const values = { person: person(this.#view, code, true), claim: String(seq), said: word(`claim_${kind}`) };
    const what = word(upheld ? "sign_upheld" : "sign_not_upheld", values);
    const withReason = (/** @type {string} */ reason) => ({ answer: { claim: seq, upheld, reason } });
    return this.#sender.act(null, { what, effect: word("effect_answer"), withReason }, "claims_answer");
  }
}

/**
 * Where the claimant stands now, with or without the claim.
 * @param {string} status
 * @param {Record<"id" | "en", string>} sentence
 */
function stands(status, sentence) {
  return word("claim_status", { status: word(`status_${status}`), sentence: sentence[page.currentLanguage()] });
}
