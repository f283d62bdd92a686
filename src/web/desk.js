// @ts-check
/** The organizer's page: the lesson's signals, the evidence, and a new link for who lost theirs. */

import { Checks } from "/web/checks.js";
import { drawCounts, drawLesson } from "/web/counts.js";
import { problem } from "/web/live.js";
import * as page from "/web/page.js";
import { send, wireAgreement } from "/web/signals.js";
import { Staff } from "/web/staff.js";

const { element, word, write } = page;

/** @typedef {import("./signals.js").Signal} Signal */

/** Which signal makes sense in which phase; the server decides, this only greys out what it would refuse. */
const ALLOWED = { waiting: ["start"], running: ["end", "void"], ended: ["close", "void"], closed: [] };

const staff = new Staff(draw);
const checks = new Checks(staff);
const dialog = /** @type {HTMLDialogElement} */ (element("dialog"));
const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-signal]"));
/** @type {Signal} */
let asked = "start";

function draw() {
  drawCounts(staff.tally);
  drawLesson(staff);
  checks.draw();
  /** @type {string[]} */
  const allowed = staff.tally ? ALLOWED[staff.tally.phase] : [];
  for (const button of buttons) button.disabled = !allowed.includes(button.dataset.signal ?? "");
}

/** @param {Signal} signal */
function askFirst(signal) {
  asked = signal;
  write("dialog_ask", word(`ask_${signal}`));
  write("dialog_what", word(`what_${signal}`));
  write("dialog_time", staff.clock(Date.now()));
  dialog.returnValue = "cancel";
  dialog.showModal();
}

async function fetchBundle() {
  const button = /** @type {HTMLButtonElement} */ (element("bundle"));
  button.disabled = true;
  write("bundle_answer", word("bundle_wait"));
  try {
    const response = await staff.ask("/api/bundle");
    if (!response.ok) throw new Error(await problem(response));
    const name = /filename="?([^";]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1];
    const content = await response.blob();
    page.download(name ?? "hadir-bundle.zip", content);
    write("bundle_answer", word("bundle_done", { size: `${page.number(Math.ceil(content.size / 1024))} KiB` }));
  } catch (error) {
    write("bundle_answer", failure(error));
  }
  button.disabled = false;
}

/** @param {SubmitEvent} event */
async function issueLink(event) {
  event.preventDefault();
  page.show("link_url", false);
  write("link_answer", word("sending"));
  const person = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("person");
  try {
    const headers = { "content-type": "application/json" };
    const response = await staff.ask("/api/link", { method: "POST", headers, body: JSON.stringify({ person }) });
    if (!response.ok) throw new Error(await problem(response));
    const { url } = await response.json();
    write("link_answer", word("link_done"));
    write("link_url", url);
    element("link_url").setAttribute("href", url);
    page.show("link_url", true);
  } catch (error) {
    write("link_answer", failure(error));
  }
}

/** @param {unknown} error */
function failure(error) {
  if (error instanceof TypeError) return word("unreachable");
  return word("refused", { reason: error instanceof Error ? error.message : String(error) });
}

wireAgreement(staff);
for (const button of buttons) {
  button.addEventListener("click", () => askFirst(/** @type {Signal} */ (button.dataset.signal)));
}
dialog.addEventListener("close", () => dialog.returnValue === "confirm" && send(staff, { signal: asked }));
element("bundle").addEventListener("click", fetchBundle);
element("link_form").addEventListener("submit", issueLink);
staff.run();
