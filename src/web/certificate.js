// @ts-check
/** Checks a certificate's code: its signature, by the attempt's public key, in this browser alone. */

import { about, currentLanguage, element, show, speak, word, write } from "/web/page.js";
import catalogue from "/web/certificate-words.js";

/** Stands before the payload where it is signed. */
const CONTEXT = "hadir-certificate:1\n";
const KEY = /^[0-9a-f]{64}$/;
const PART = /^[A-Za-z0-9_-]+$/;
const REHEARSAL = "/rehearsal";

/** @typedef {"waiting" | "loading" | "valid" | "altered" | "other" | "none" | "unable"} State */
/**
 * What a code says; the page shows it only once it is proved.
 * @typedef {{v: number, k: string, n: string, p: string, s?: string, t: string, o: string, d: string, l: string, h: string}} Said
 */

/** @type {{key: string | null, code: string, state: State, said: Said | null}} */
const shown = { key: null, code: "", state: "waiting", said: null };

/**
 * The bytes of a text in base64url; nothing for any other text, so that each code has one form only.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
function decoded(text) {
  if (!PART.test(text)) return null;
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  try {
    const binary = atob(plain);
    if (btoa(binary).replace(/=+$/, "") !== plain) return null;
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * The two parts of a code, wherever it was copied from.
 * @param {string} text
 * @returns {{payload: string, signature: Uint8Array<ArrayBuffer>, said: Said | null} | null}
 */
function parts(text) {
  const bare = text.replace(/\s+/g, "").replace(/^.*(#|hadir-certificate:)/, "");
  const [payload, written, ...more] = bare.split(".");
  const bytes = decoded(payload ?? "");
  const signature = decoded(written ?? "");
  if (!bytes || signature?.length !== 64 || more.length) return null;
  try {
    return { payload, signature, said: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return { payload, signature, said: null };
  }
}

/**
 * @param {string} text
 * @param {string} key
 * @returns {Promise<{state: State, said: Said | null}>}
 */
async function check(text, key) {
  const code = parts(text);
  if (!code) return { state: "none", said: null };
  const digits = key.match(/../g) ?? [];
  const raw = Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16));
  let valid = false;
  try {
    const imported = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    const signed = new TextEncoder().encode(CONTEXT + code.payload);
    valid = await crypto.subtle.verify({ name: "Ed25519" }, imported, code.signature, signed);
  } catch {
    return { state: "unable", said: null };
  }
  if (valid && code.said) return { state: "valid", said: code.said };
  const names = code.said?.k;
  const other = typeof names === "string" && names !== "" && !key.startsWith(names);
  return { state: other ? "other" : "altered", said: null };
}

/** @param {string} text */
async function look(text) {
  shown.code = text.trim();
  shown.said = null;
  shown.state = shown.code === "" ? "waiting" : "loading";
  show_all();
  if (!shown.key || shown.code === "") return;
  const answer = await check(shown.code, shown.key);
  // Another code may have come meanwhile.
  if (shown.code !== text.trim()) return;
  Object.assign(shown, answer);
  show_all();
}

function show_all() {
  document.title = `${word("page")} – Hadir`;
  element("state").dataset.state = shown.state;
  write("headline", word(shown.state));
  write("hint", word(`${shown.state}_hint`));
  write("key", shown.key?.replace(/(.{4})(?=.)/g, "$1 ") ?? "–");
  show("said", shown.said !== null);
  if (!shown.said) return;
  const { n, p, s, t, o, d, l, h } = shown.said;
  /** @type {Record<string, unknown>} */
  const texts = { name: p, school: s ?? "", lesson: t, organizer: o, day: day(d), number: n, origin: l, head: h };
  for (const [id, text] of Object.entries(texts)) write(id, String(text ?? ""));
  show("school_row", Boolean(s));
  show("rehearsal", String(l).endsWith(REHEARSAL));
}

/**
 * A day as the reader writes it.
 * @param {string} iso
 * @returns {string}
 */
function day(iso) {
  const moment = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return iso;
  const locale = currentLanguage() === "id" ? "id-ID" : "en-GB";
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(moment);
}

/** The code behind the `#` of the address, which no server sees. */
function addressed() {
  const field = /** @type {HTMLTextAreaElement} */ (element("code"));
  if (location.hash.length > 1) field.value = location.hash.slice(1);
  look(field.value);
}

async function start() {
  speak(catalogue, show_all);
  element("form").addEventListener("submit", (event) => {
    event.preventDefault();
    look(/** @type {HTMLTextAreaElement} */ (element("code")).value);
    element("state").scrollIntoView({ block: "nearest" });
  });
  addEventListener("hashchange", addressed);
  addressed();
  const given = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=certificate-key]"));
  const { title, certificate_key: key } = given
    ? { title: given.dataset.title ?? "", certificate_key: given.content }
    : await about();
  write("title", title || "Hadir");
  shown.key = KEY.test(key) ? key : null;
  addressed();
}

start();
