// @ts-check
/** What staff's pages do with the server's answers: wait for one within a time, and show its words as the English that they are. */

import * as page from "/web/page.js";

/** The signs around the server's words inside a sentence of the page; neither side writes such characters. */
const [BEGIN, END] = ["\u0002", "\u0003"];

/**
 * Gives up what has no answer in time: what it throws then is an `AbortError`.
 * Not `AbortSignal.timeout`, which phones from before 2022 do not have.
 * @template T
 * @param {number} ms
 * @param {(signal: AbortSignal) => Promise<T>} work up to the last byte of the answer
 * @param {AbortController} [abort] for whoever gives up earlier
 * @returns {Promise<T>}
 */
export async function within(ms, work, abort = new AbortController()) {
  const timer = setTimeout(() => abort.abort(), ms);
  try {
    return await work(abort.signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether nobody knows what became of a request: no answer came, in time or at all.
 * @param {unknown} error
 */
export function unanswered(error) {
  return error instanceof TypeError || error instanceof DOMException;
}

/**
 * The server's words, for a sentence that `write` shows: whoever has the page read aloud in Indonesian hears them in English.
 * @param {string} text
 */
export function english(text) {
  return text && BEGIN + text + END;
}

/**
 * Writes a sentence with the server's words in it; only where it differs, so that nothing is announced or painted twice.
 * @param {string} id
 * @param {string} text
 */
export function write(id, text) {
  const parts = text.split(new RegExp(`${BEGIN}|${END}`));
  const plain = parts.join("");
  if (parts.length === 1 || page.element(id).textContent === plain) return page.write(id, plain);
  page.element(id).replaceChildren(...parts.map((part, place) => (place % 2 === 1 ? foreign(part) : part)));
}

/** @param {string} text */
function foreign(text) {
  const made = document.createElement("span");
  made.lang = "en";
  made.textContent = text;
  return made;
}
