// @ts-check
/** Which hall and door this device stands at; the device remembers it. */

import { element, remember, remembered } from "/web/page.js";

/** @typedef {import("./door-queue.js").Venue} Venue */

const PLACE_KEY = "hadir.door.place";

const venueField = /** @type {HTMLSelectElement} */ (element("venue"));
const gateField = /** @type {HTMLSelectElement} */ (element("gate"));

export class Place {
  /** @type {Venue[]} */
  #venues = [];

  constructor() {
    venueField.addEventListener("change", () => this.#fillGates());
    for (const field of [venueField, gateField]) {
      field.addEventListener("change", () => remember(PLACE_KEY, `${this.venue}\n${this.door}`));
    }
  }

  get venue() {
    return venueField.value;
  }

  get door() {
    return gateField.value;
  }

  /** @param {Venue[]} venues */
  fill(venues) {
    this.#venues = venues;
    const chosen = this.venue || memory().venue;
    fill(venueField, venues.map(({ id, name }) => [id, name]), chosen);
    this.#fillGates();
  }

  #fillGates() {
    const { venue, door } = memory();
    const doors = this.#venues.find(({ id }) => id === this.venue)?.doors ?? [];
    fill(gateField, doors.map((name) => [name, name]), venue === this.venue ? door : undefined);
  }
}

/** @returns {{venue?: string, door?: string}} */
function memory() {
  const [venue, door] = (remembered(PLACE_KEY) ?? "").split("\n");
  return { venue, door };
}

/**
 * @param {HTMLSelectElement} target
 * @param {[string, string][]} choices
 * @param {string | undefined} chosen
 */
function fill(target, choices, chosen) {
  target.replaceChildren(...choices.map(([value, text]) => new Option(text, value, false, value === chosen)));
}
