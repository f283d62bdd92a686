// @ts-check
/** Reads what a USB scanner types, wherever the focus is, and tells a person's link from a short reference. */

/** @typedef {import("./door-queue.js").Who} Who */

/** A scanner's keys follow each other within a few milliseconds, slow wireless ones within 35; nobody types a whole code like that. */
const GAP_MS = 60;
/** Some scanners pause before the Enter that ends a code. */
const ENTER_MS = 150;
/** A busy device may hold a key up: what stands in the field belongs to the code unless it was left there before that. */
const LEFT_MS = 2000;
/** The shortest code is a reference without its dash. */
const CODE_MIN = 7;
/** A person's link has at most about 200 characters: longer codes belong to something else, and the server refuses them by their beginning. */
const CODE_MAX = 512;
/** A typed text of more characters than a reference with spaces and dashes is a link or its ticket. */
const REFERENCE_MAX = 16;

/** Crockford's alphabet: no letter that is taken for a digit. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Each of the six characters has a weight of its own; the seventh is the sum and tells a mistyped one. */
const WEIGHTS = [1, 3, 5, 7, 9, 11];

/** @typedef {{text: string, at: number, target: EventTarget | null, before: string, pause: number}} Burst `pause` is how long no key came before it. */

/**
 * Hands over each code that arrives as a burst of keystrokes ended by Enter.
 * @param {HTMLInputElement} field where codes belong
 * @param {(text: string) => void} onCode
 */
export function catchBursts(field, onCode) {
  /** @type {Burst} */
  let burst = begin(null, Infinity);
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const gap = event.timeStamp - burst.at;
    if (event.key === "Enter") {
      if (burst.text.length >= CODE_MIN && gap <= ENTER_MS) finish(event);
      burst = begin(null, Infinity);
    } else if (event.repeat) burst = begin(null, 0);
    else if (isText(event)) {
      if (gap > GAP_MS) burst = begin(event.target, gap);
      burst.text += event.key;
      burst.at = event.timeStamp;
      steer(event, burst, field);
    }
  };
  const finish = (/** @type {KeyboardEvent} */ event) => {
    // The same Enter would press the button that has the focus, or submit the field once more.
    event.preventDefault();
    event.stopPropagation();
    const held = burst.target === field && burst.pause < LEFT_MS ? burst.before : "";
    restore(burst, field);
    onCode(held + burst.text);
  };
  document.addEventListener("keydown", onKey, true);
}

/**
 * @param {EventTarget | null} target
 * @param {number} pause
 * @returns {Burst}
 */
function begin(target, pause) {
  return { text: "", at: -Infinity, target, before: control(target)?.value ?? "", pause };
}

/** @param {KeyboardEvent} event */
function isText(event) {
  const shortcut = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
  return event.key.length === 1 && !shortcut;
}

/**
 * Keys that nobody waits for go to the field; a burst presses no buttons and opens no search of the browser.
 * @param {KeyboardEvent} event
 * @param {Burst} burst
 * @param {HTMLInputElement} field
 */
function steer(event, burst, field) {
  if (event.target === document.body) field.focus({ preventScroll: true });
  else if (!control(event.target) && burst.text.length > 1) event.preventDefault();
}

/**
 * Takes the code's characters out of the control that happened to have the focus.
 * @param {Burst} burst
 * @param {HTMLInputElement} field
 */
function restore(burst, field) {
  field.value = "";
  const held = control(burst.target);
  if (!held || held === field || held.value === burst.before) return;
  held.value = burst.before;
  held.dispatchEvent(new Event(held instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
}

/**
 * A scanner types where the focus is; on a phone the focus would open the keyboard over half of the page.
 * @param {HTMLInputElement} field
 */
export function keepFocus(field) {
  if (!matchMedia("(pointer: fine)").matches) return;
  const focus = () => field.focus({ preventScroll: true });
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const busy = control(target) || target.closest("label, summary, dialog") || document.querySelector("dialog[open]");
    // Only after a pointer: who walks the page by keyboard keeps their place, and scans arrive all the same.
    if (event.detail > 0 && !busy) focus();
  });
  addEventListener("focus", () => document.activeElement === document.body && focus());
  focus();
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLInputElement | HTMLSelectElement | null}
 */
function control(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target : null;
}

/**
 * Whom a code means; nobody where it is a mistyped reference.
 * @param {string} text
 * @param {boolean} typed whether a person typed it, who can be asked again
 * @param {(ref: string) => boolean} listed
 * @returns {Who | null}
 */
export function read(text, typed, listed) {
  const code = text.trim();
  const ref = reference(code);
  if (ref && (listed(ref) || sound(ref))) return { ref };
  if (typed && code.length <= REFERENCE_MAX && !/[#/]/.test(code)) return null;
  return { qr: code.slice(0, CODE_MAX) };
}

/**
 * A reference as the list prints it: small letters, and spaces or dashes anywhere, are taken.
 * @param {string} text
 * @returns {string | null}
 */
function reference(text) {
  const plain = text.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  if (plain.length !== CODE_MIN || ![...plain].every((letter) => ALPHABET.includes(letter))) return null;
  return `${plain.slice(0, 3)}-${plain.slice(3)}`;
}

/**
 * Whether the last character confirms the others.
 * @param {string} ref
 */
function sound(ref) {
  const values = [...ref.replace("-", "")].map((letter) => ALPHABET.indexOf(letter));
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * (values[place] ?? 0), 0);
  return sum % ALPHABET.length === values[WEIGHTS.length];
}
