// @ts-check
/** What every page shares: its language, its words, and how it writes numbers, times and lengths. */

/** @typedef {"id" | "en"} Language */
/** @typedef {Record<Language, Record<string, string>>} Catalogue */
/**
 * What `/api/about` says of the attempt.
 * @typedef {object} About
 * @property {string} title
 * @property {string} organizer
 * @property {string} zone
 * @property {boolean} rehearsal
 * @property {boolean} open_registration
 * @property {string} planned_start
 * @property {string} planned_end
 * @property {Record<Language, string>} rule
 * @property {string} declaration
 * @property {string} certificate_key
 */

const LANGUAGE_KEY = "hadir.language";

/** @type {Catalogue} */
let words = { id: {}, en: {} };
/** @type {Language} */
let language = preferred();
/** @type {(() => void)[]} */
const listeners = [];

/** @returns {Language} */
function preferred() {
  const chosen = remembered(LANGUAGE_KEY);
  if (chosen === "id" || chosen === "en") return chosen;
  for (const tag of navigator.languages || [navigator.language]) {
    if (/^(id|ms|jv|su)\b/i.test(tag)) return "id";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "id";
}

/**
 * What this browser remembers; nothing where it refuses to remember.
 * @param {string} key
 * @returns {string | null}
 */
export function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 * @returns {boolean} whether it is kept
 */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * The element with this id; a page without it is broken and says so at once.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`this page has no #${id}`);
  return found;
}

/**
 * Writes a text only where it differs, so that nothing is announced or painted twice.
 * @param {string} id
 * @param {string} text
 */
export function write(id, text) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}

/**
 * @param {string} id
 * @param {boolean} visible
 */
export function show(id, visible) {
  element(id).hidden = !visible;
}

/**
 * A text of the catalogue in the visitor's language, with `{name}` filled in.
 * @param {string} key
 * @param {Record<string, string>} [values]
 * @returns {string}
 */
export function word(key, values = {}) {
  const text = words[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** @returns {Language} */
export function currentLanguage() {
  return language;
}

/**
 * Fills the page with words, wires the language switch, and calls `onChange` now and whenever the language changes.
 * @param {Catalogue} catalogue
 * @param {() => void} onChange
 */
export function speak(catalogue, onChange) {
  words = catalogue;
  listeners.push(onChange);
  for (const choice of document.querySelectorAll("[data-language]")) {
    choice.addEventListener("click", () => {
      language = /** @type {HTMLElement} */ (choice).dataset.language === "en" ? "en" : "id";
      remember(LANGUAGE_KEY, language);
      fill();
    });
  }
  fill();
}

function fill() {
  document.documentElement.lang = language;
  for (const target of document.querySelectorAll("[data-t]")) {
    target.textContent = word(/** @type {HTMLElement} */ (target).dataset.t ?? "");
  }
  for (const choice of document.querySelectorAll("[data-language]")) {
    const current = /** @type {HTMLElement} */ (choice).dataset.language === language;
    choice.setAttribute("aria-pressed", String(current));
  }
  for (const listener of listeners) listener();
}

function locale() {
  return language === "id" ? "id-ID" : "en-GB";
}

/**
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function number(value) {
  return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : "–";
}

/**
 * A time of day in the attempt's zone, with the zone's name.
 * @param {string | number} instant
 * @param {string} [zone]
 * @returns {string}
 */
export function clock(instant, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short", timeZone: zone };
  return new Intl.DateTimeFormat(locale(), parts).format(new Date(instant));
}

/**
 * A day and time of day in the attempt's zone.
 * @param {string | number} instant
 * @param {string} [zone]
 * @returns {string}
 */
export function date(instant, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { dateStyle: "long", timeStyle: "short", timeZone: zone };
  return new Intl.DateTimeFormat(locale(), parts).format(new Date(instant));
}

/**
 * A length in words; parts that are zero are left out.
 * @param {number} ms
 * @returns {string}
 */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  /** @type {[number, string][]} */
  const parts = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const said = parts.filter(([value]) => value > 0);
  return (said.length ? said : parts.slice(2)).map(([value, unit]) => length(value, unit)).join(" ");
}

/**
 * @param {number} value
 * @param {string} unit
 * @returns {string}
 */
function length(value, unit) {
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/**
 * What the attempt is; tried again until the server answers.
 * @returns {Promise<About>}
 */
export async function about() {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
    try {
      const response = await fetch("/api/about");
      if (response.ok) return declared(await response.json());
    } catch {
      // No server: the page says so by its own means; this only waits.
    }
    await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random())));
  }
}

/**
 * Puts the declaration's digest at the foot of the page: whoever films it films what was filed.
 * @param {About} attempt
 * @returns {About}
 */
function declared(attempt) {
  if (!attempt.declaration) return attempt;
  const foot = document.querySelector(".declared") ?? document.body.appendChild(document.createElement("p"));
  foot.className = "declared";
  foot.textContent = `attempt.toml SHA-256 ${attempt.declaration}`;
  return attempt;
}

/**
 * What a refusal of the server says is wrong, and what to do (RFC 9457).
 * @param {{title?: string, detail?: string, remedy?: string}} problem
 * @returns {string}
 */
export function reason({ title, detail, remedy }) {
  return [detail ?? title, remedy].filter(Boolean).join("; ");
}

/**
 * The secret in the address: behind the `#`, where servers and proxies never see it.
 * @returns {string}
 */
export function secret() {
  const fragment = location.hash.slice(1);
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/**
 * Speaks to screen readers through `role=status`: at most once per `pause`, always the newest.
 * @param {string} id
 * @param {number} pause
 * @returns {(text: string) => void}
 */
export function speaker(id, pause) {
  let last = -Infinity;
  let waiting = 0;
  return (text) => {
    clearTimeout(waiting);
    const now = performance.now();
    const speakNow = () => {
      last = performance.now();
      write(id, text);
    };
    if (now - last >= pause) speakNow();
    else waiting = setTimeout(speakNow, last + pause - now);
  };
}

/**
 * Hands a file to the visitor.
 * @param {string} name
 * @param {Blob} content
 */
export function download(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
