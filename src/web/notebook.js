// @ts-check
/** The adjudicator's notebook: signed checkpoints that this browser keeps, so that a history begun again is found. */

import { remember, remembered } from "/web/page.js";

const KEY = "hadir.noted";
/** About two days at one a minute; then the second oldest makes room, the first stays for good. */
const NOTES_MAX = 3000;

/**
 * A signed note of C2SP: origin, size and root, an empty line, signatures.
 * @typedef {{at: number, text: string}} Note
 */

export class Notebook {
  /** @type {Note[]} */
  #notes = [];
  /** Whether the browser keeps the notes after the page is closed. */
  kept = true;
  /** What contradicts what; empty while nothing does. */
  contradiction = "";

  constructor() {
    this.#notes = load();
  }

  /** The notes of the log that was noted last: a rehearsal's stay in the browser, but out of the attempt's file. */
  get notes() {
    const { last } = this;
    return last ? this.#notes.filter((note) => head(note.text).origin === head(last.text).origin) : [];
  }

  /** @returns {Note | undefined} */
  get last() {
    return this.#notes[this.#notes.length - 1];
  }

  /**
   * Notes the checkpoint that the server shows now; one that is noted already changes nothing.
   * @returns {Promise<void>}
   */
  async note() {
    const response = await fetch("/checkpoint", { cache: "no-store" });
    if (!response.ok) return;
    const text = await response.text();
    // Another tab may have written meanwhile.
    const before = load();
    if (before.length > this.#notes.length) this.#notes = before;
    if (this.#notes.some((note) => note.text === text)) return;
    const { origin } = head(text);
    const previous = this.#notes.filter((note) => head(note.text).origin === origin).pop();
    this.contradiction ||= previous ? contradiction(head(previous.text), head(text)) : "";
    this.#notes.push({ at: Date.now(), text });
    if (this.#notes.length > NOTES_MAX) this.#notes.splice(1, 1);
    this.kept = remember(KEY, JSON.stringify(this.#notes));
  }

  /** The file for `hadir-verify --noted`: one note after another, an empty line between. */
  file() {
    return new Blob([this.notes.map((note) => note.text).join("\n")], { type: "text/plain" });
  }
}

/** @returns {Note[]} */
function load() {
  try {
    const notes = JSON.parse(remembered(KEY) ?? "[]");
    return Array.isArray(notes) ? notes : [];
  } catch {
    return [];
  }
}

/**
 * What a checkpoint states.
 * @param {string} text
 * @returns {{origin: string, size: number, root: string}}
 */
export function head(text) {
  const [origin = "", size = "", root = ""] = text.split("\n");
  return { origin, size: Number(size), root };
}

/**
 * Only what a glance can tell: a log that shrank, or that has another root at the same size.
 * @param {{size: number, root: string}} old
 * @param {{size: number, root: string}} now
 */
function contradiction(old, now) {
  const sound = now.size > old.size || (now.size === old.size && now.root === old.root);
  return sound ? "" : `${old.size} ${old.root} / ${now.size} ${now.root}`;
}
