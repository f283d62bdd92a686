// @ts-check
/** The card of the declaration's versions: one that is filed later certifies only once two sides have signed it. */

import { DIGEST_DIGITS, version as propose } from "/web/acts-deeds.js";
import { button, fillFirst, fold, make, moment, note } from "/web/acts-parts.js";
import { write } from "/web/answers.js";
import * as page from "/web/page.js";

const { element, show, word } = page;

/** The server takes no declaration of more bytes, which are those of the file: it is sent as the UTF-8 that it is. */
const FILE_BYTES_MAX = 8 * 1024;

/**
 * @typedef {object} Version
 * @property {number} seq
 * @property {string} at
 * @property {string} digest
 * @property {Record<"id" | "en", string[]>} words
 * @property {"first" | "proposed" | "in_force" | "superseded"} state
 * @property {number | null} certifiable how many count under this version
 */
/** @typedef {import("./acts-list.js").View} View */
/** @typedef {{version: Version, decision: string | null}} Item with what became of the newest proposal of it */

export class Versions {
  #view;
  #sender;
  #server;
  #busy = false;

  /**
   * @param {View} view
   * @param {import("./acts-send.js").Sender} sender
   * @param {import("./acts-cards.js").Server} server
   */
  constructor(view, sender, server) {
    this.#view = view;
    this.#sender = sender;
    this.#server = server;
    element("declaration_form").addEventListener("submit", (event) => this.#file(event));
  }

  draw() {
    const { versions, acts, me } = this.#view;
    const newest = [...(versions ?? [])].reverse();
    const items = newest.map((version) => ({ version, decision: decided(acts, version.seq) }));
    fillFirst("versions", this.#view, items, (item) => this.#item(item));
    show("declaration_form", me?.side === "organizer");
  }

  /** @param {Item} item */
  #item({ version, decision }) {
    const { seq, at, digest, words, state, certifiable } = version;
    const count = certifiable === null ? word("version_uncounted") : word("version_count", { count: page.number(certifiable) });
    const title = make("p", "deed", word("version", { entry: String(seq), state: word(`version_${state}`) }));
    const short = make("p", "", [`SHA-256 ${digest.slice(0, DIGEST_DIGITS)}… · `, moment(at, this.#view)]);
    const whole = make("p", "code", `SHA-256 ${digest}`);
    const sentences = make("ul", "sentences", words[page.currentLanguage()].map((text) => make("li", "", text)));
    const inside = fold(`version-${seq}`, false, word("version_words"), [whole, sentences]);
    const asked = state === "proposed" && this.#view.me?.side === "organizer" ? this.#declaring(version, decision) : [];
    return make("li", "item", [title, short, make("p", "", count), inside, ...asked]);
  }

  /**
   * @param {Version} version
   * @param {string | null} decision
   */
  #declaring(version, decision) {
    const made = button(`declare-${version.seq}`, word("declare"), () => this.#declare(version));
    const waits = decision === "open" || decision === "confirmed";
    made.disabled = waits || !this.#view.key;
    const why = waits ? word("declare_waits") : this.#view.key ? "" : word("not_here");
    return [note(why), make("p", "buttons", [made])];
  }

  /** @param {Version} version */
  #declare({ seq }) {
    const what = word("sign_declare", { what: propose(this.#view, seq, true) });
    const withReason = (/** @type {string} */ reason) => ({ declare: { version: seq, reason } });
    return this.#sender.act(null, { what, effect: word("effect_declare"), withReason }, "versions_answer");
  }

  /** @param {SubmitEvent} event */
  async #file(event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (element("declaration_file"));
    const file = field.files?.[0];
    if (this.#busy || !file) return;
    this.#busy = true;
    answer(word("sending"));
    answer(await this.#filed(field, file));
    this.#busy = false;
    // Where no answer came, only the list says whether it was filed.
    this.#server.refresh();
  }

  /**
   * @param {HTMLInputElement} field
   * @param {File} file
   */
  async #filed(field, file) {
    if (file.size > FILE_BYTES_MAX) return word("file_large", { bytes: page.number(file.size), most: page.number(FILE_BYTES_MAX) });
    const toml = await text(file);
    if (toml === null) return word("file_unread");
    try {
      const { seq, digest } = await this.#server.post("/api/declaration", { toml });
      field.value = "";
      return word("filed", { entry: String(seq), digest });
    } catch (error) {
      return this.#server.failure(error);
    }
  }
}

/**
 * Problems of a declaration point at their place with several lines, which only letters of one width line up.
 * @param {string} said
 */
function answer(said) {
  element("declaration_answer").classList.toggle("code", said.includes("\n"));
  write("declaration_answer", said);
}

/**
 * The file's exact text, so that what is sent has the digest that the file has; null where it is no text.
 * @param {File} file
 */
async function text(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
  } catch {
    return null;
  }
}

/**
 * What became of the newest proposal that a version certifies.
 * @param {import("./acts-list.js").Act[]} acts
 * @param {number} seq
 */
function decided(acts, seq) {
  const about = acts.filter((act) => act.do.declare?.version === seq);
  return about[about.length - 1]?.decision ?? null;
}
