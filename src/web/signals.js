// @ts-check
/** Start, end, close, and taking the last one back: asked for on one page, and agreed to on another where the declaration wants two sides. */

import { problem } from "/web/live.js";
import { element, show, word, write } from "/web/page.js";

/** @typedef {import("./staff.js").Staff} Staff */
/** @typedef {"start" | "end" | "close" | "void"} Signal */

/**
 * Sends a signal, or the agreement to one, and says what became of it.
 * @param {Staff} staff
 * @param {{signal: Signal, confirm?: string | number}} request
 */
export async function send(staff, request) {
  write("answer", word("sending"));
  try {
    const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) };
    const response = await staff.ask("/api/signal", options);
    write("answer", await outcome(staff, request.signal, response));
  } catch (error) {
    const refused = error instanceof TypeError ? "" : error instanceof Error ? error.message : String(error);
    write("answer", refused ? word("refused", { reason: refused }) : word("unreachable"));
  }
}

/**
 * @param {Staff} staff
 * @param {Signal} signal
 * @param {Response} response
 */
async function outcome(staff, signal, response) {
  if (!response.ok) return word("refused", { reason: await problem(response) });
  if (response.status === 202) return word("pending_own");
  const { at, by } = await response.json();
  return word("given", { signal: word(`given_${signal}`), time: staff.clock(at), by: sides(by) });
}

/**
 * The staff's sides in words, as the server joins them: `organizer+adjudicator`.
 * @param {string} by
 */
function sides(by) {
  return by.split("+").map((side) => word(`by_${side}`)).join(" + ");
}

/**
 * Shows a signal that waits for this side, and lets it agree.
 * @param {Staff} staff
 */
export function wireAgreement(staff) {
  staff.onTally(({ pending }) => {
    show("pending", Boolean(pending));
    if (!pending) return;
    write("pending_text", word("pending_text", { signal: word(`given_${pending.signal}`), by: sides(pending.by) }));
    // Nobody agrees with themselves.
    show("agree", pending.by !== document.body.dataset.side);
  });
  element("agree").addEventListener("click", () => {
    const pending = staff.tally?.pending;
    if (pending) send(staff, { signal: pending.signal, confirm: pending.id });
  });
}
