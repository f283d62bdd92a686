// @ts-check
/** The fields that the adjudicator's, the organizer's and the big screen's pages fill alike. */

import * as page from "/web/page.js";

const { word, write } = page;

/** @typedef {import("./staff.js").Staff} Staff */

/**
 * Fills every field that names a count of the tally.
 * @param {import("./live.js").Tally & Record<string, any> | null} tally
 */
export function drawCounts(tally) {
  for (const target of document.querySelectorAll("[data-count]")) {
    const text = page.number(tally?.[/** @type {HTMLElement} */ (target).dataset.count ?? ""]);
    if (target.textContent !== text) target.textContent = text;
  }
}

/**
 * Fills what stands around the counts: phase, standing, rule, peak.
 * @param {Staff} staff
 */
export function drawLesson(staff) {
  const { tally, about } = staff;
  const rule = tally?.rule ?? about?.rule;
  if (rule) write("rule", rule[page.currentLanguage()]);
  write("phase", tally ? word(`phase_${tally.phase}`) : "–");
  write("standing", standing(staff));
  const peak = tally?.peak;
  // The rule looks at the first of equal peaks.
  const time = peak?.at[0] ? staff.clock(peak.at[0]) : "";
  write("peak", peak?.count ? word("peak", { count: page.number(peak.count), time }) : word("peak_none"));
}

/**
 * How final the number is, in words.
 * @param {Staff} staff
 * @returns {string}
 */
export function standing({ tally, about }) {
  if (!tally) return "";
  if (tally.phase === "waiting") return about ? word("before", { time: page.date(about.planned_start, about.zone) }) : "";
  if (tally.phase === "running") return word("provisional");
  return word(tally.final ? "final" : "awaiting");
}

/**
 * The check that asks for a word now, as the tally names it; its time is over when the log's time says so.
 * @param {Staff} staff
 * @returns {{prompt: number, word: string, closes_at: string} | null}
 */
export function openWord({ tally, age }) {
  const open = tally?.prompts?.open;
  if (!tally || open?.kind !== "word" || !open.word) return null;
  return Date.parse(open.closes_at) > Date.parse(tally.at) + age ? open : null;
}
