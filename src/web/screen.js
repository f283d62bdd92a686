// @ts-check
/** The big screen: one number, whether it is live, and the word that a participation check asks for. */

import { openWord, standing } from "/web/counts.js";
import * as page from "/web/page.js";
import { Staff } from "/web/staff.js";

const { show, word, write } = page;

/** A word whose time is over goes, even where no tally comes to say so. */
const TICK_MS = 1000;

const staff = new Staff(draw);

function draw() {
  const { tally } = staff;
  // Before the start nobody can meet the rule yet: then the room is what there is to see.
  const shown = tally?.phase === "waiting" ? "present" : "certifiable";
  const text = page.number(tally?.[shown]);
  write("giant", text);
  page.element("giant").style.setProperty("--characters", String(Math.max(text.length, 6)));
  write("what", tally ? word(`screen_${shown}`) : "");
  write("standing", standing(staff));
  drawCheck();
}

function drawCheck() {
  const open = openWord(staff);
  show("check", open !== null);
  if (!open) return;
  write("check_word", open.word);
  write("check_how", word("screen_check", { time: staff.clock(open.closes_at) }));
}

setInterval(drawCheck, TICK_MS);
staff.run();
