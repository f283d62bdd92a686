// @ts-check
/** How long ago a scan was made, although the device's clock may be corrected between the scan and its delivery. */

import { uuid } from "/web/door-queue.js";

/** @typedef {import("./door-queue.js").Queued} Queued */
/**
 * The device's clock and the server's, of one moment.
 * @typedef {object} Clock
 * @property {string} device_at
 * @property {string} at
 * @property {number} offset_ms how far the server's clock was ahead of the device's
 * @property {string} life
 * @property {number} ran_ms how long the page had run
 */
/**
 * What places a scan in time beside the device's clock.
 * @typedef {object} Made
 * @property {number | null} offset_ms the newest measured one; null before the first
 * @property {string} life
 * @property {number} ran_ms
 */

/** Clocks that differ by less run apart by themselves: a network corrects a clock by up to two seconds an hour without a step. */
const STEP_MS = 2000;

/** Which life of the page it is: how long another one had run says nothing here. */
const LIFE = uuid();

export class DeviceClock {
  /** @type {Clock | null} */
  newest = null;

  /**
   * Compares the clocks; the answer is taken to come from the middle of the wait.
   * @param {{wall_ms: number, ran_ms: number}} sent
   * @param {string} at
   */
  take(sent, at) {
    const middle = (sent.wall_ms + Date.now()) / 2;
    const ran_ms = (sent.ran_ms + performance.now()) / 2;
    const offset_ms = Math.round(Date.parse(at) - middle);
    this.newest = { device_at: new Date(middle).toISOString(), at, offset_ms, life: LIFE, ran_ms };
  }

  /** Whether the device's clock was corrected, or the device slept, since the clocks were compared: nobody can tell which. */
  get doubtful() {
    if (this.newest?.life !== LIFE) return true;
    const { device_at, ran_ms } = this.newest;
    return Math.abs(Date.now() - Date.parse(device_at) - (performance.now() - ran_ms)) > STEP_MS;
  }

  /** @returns {Made} */
  stamp() {
    return { offset_ms: this.newest?.offset_ms ?? null, life: LIFE, ran_ms: performance.now() };
  }

  /**
   * How long ago a scan was made; nothing where two readings of the device's clock are the best that is known.
   *
   * How long the page has run since then takes no step, but stands still in a device that sleeps. So it is believed
   * where the device's clock has not gone on for longer. Else the server's time at the scan and now are compared,
   * each as the device's clock and the newest offset of that moment give it.
   * @param {Queued} scan
   * @returns {number | undefined}
   */
  ago({ device_at, made }) {
    if (!made) return undefined;
    const gone = Date.now() - Date.parse(device_at);
    const ran = made.life === LIFE ? performance.now() - made.ran_ms : -Infinity;
    if (gone - ran <= STEP_MS) return Math.round(ran);
    if (made.offset_ms === null || !this.newest) return undefined;
    return Math.round(Math.max(0, ran, gone + this.newest.offset_ms - made.offset_ms));
  }
}
