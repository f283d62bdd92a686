// @ts-check
/** The adjudicator's page: the number of the declared rule, how old it is, and the notebook that holds the log to its word. */

import { Checks } from "/web/checks.js";
import { drawCounts, drawLesson } from "/web/counts.js";
import { head, Notebook } from "/web/notebook.js";
import * as page from "/web/page.js";
import { wireAgreement } from "/web/signals.js";
import { Staff } from "/web/staff.js";

const { element, word, write } = page;

const NOTE_MS = 60000;

const notebook = new Notebook();
const staff = new Staff(draw);
const checks = new Checks(staff);

function draw() {
  const { tally } = staff;
  drawCounts(tally);
  drawLesson(staff);
  checks.draw();
  write("root", tally?.root.replace(/(.{8})(?=.)/g, "$1 ") ?? "–");
  write("offset", tally?.clock_offset_ms === undefined ? "–" : `${page.number(tally.clock_offset_ms)} ms`);
  drawNotebook();
}

function drawNotebook() {
  const { last, notes, contradiction } = notebook;
  write("checkpoint", last ? `${page.number(head(last.text).size)} · ${head(last.text).root}` : word("checkpoint_none"));
  const saved = last
    ? word("notebook_count", { count: page.number(notes.length), time: staff.clock(last.at) })
    : word("notebook_none");
  write("notebook", notebook.kept ? saved : `${saved}. ${word("notebook_volatile")}`);
  write("notebook_alarm", contradiction ? word("notebook_alarm", { detail: contradiction }) : "");
}

async function note() {
  await notebook.note().catch(() => {});
  drawNotebook();
}

wireAgreement(staff);
element("note").addEventListener("click", note);
element("notes").addEventListener("click", async () => {
  await note();
  page.download("noted.txt", notebook.file());
});
setInterval(note, NOTE_MS);
staff.onTally((tally, before) => {
  if (tally.phase !== before?.phase || tally.final !== before.final) note();
});
staff.run();
