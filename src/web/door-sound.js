// @ts-check
/** Short sounds that tell an outcome without a look at the page. */

import { remember, remembered } from "/web/page.js";

/** @typedef {"kept" | "good" | "warn" | "bad"} Tone */

const MUTED_KEY = "hadir.door.muted";
/** Loud enough for a hall's entrance beside a person who talks, soft enough for the steward's ear. */
const LOUDNESS = 0.25;
/** Each sound is a row of [hertz, seconds]: up is well, twice the same is a question, low and long is a no. */
/** @type {Record<Tone, [number, number][]>} */
const TUNES = {
  kept: [[660, 0.05]],
  good: [[880, 0.08], [1320, 0.12]],
  warn: [[620, 0.14], [620, 0.14]],
  bad: [[220, 0.45]],
};

export class Sounds {
  muted = remembered(MUTED_KEY) === "yes";
  /** @type {AudioContext | null} */
  #context = null;

  constructor() {
    // Browsers let a page sound only after somebody touched it.
    for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => this.#wake(), { passive: true });
  }

  #wake() {
    this.#context ??= "AudioContext" in globalThis ? new AudioContext() : null;
    if (this.#context?.state === "suspended") this.#context.resume().catch(() => {});
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    remember(MUTED_KEY, muted ? "yes" : "no");
  }

  /** @param {Tone} tone */
  play(tone) {
    const context = this.#context;
    if (this.muted || context?.state !== "running") return;
    let start = context.currentTime;
    for (const [hertz, seconds] of TUNES[tone]) {
      note(context, hertz, start, seconds);
      start += seconds + 0.03;
    }
  }
}

/**
 * @param {AudioContext} context
 * @param {number} hertz
 * @param {number} start
 * @param {number} seconds
 */
function note(context, hertz, start, seconds) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(LOUDNESS, start);
  // A tone that is cut off clicks.
  gain.gain.exponentialRampToValueAtTime(0.001, start + seconds);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + seconds);
}
