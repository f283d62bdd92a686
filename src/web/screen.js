// @ts-check
/** The big screen: one number, and whether it is live. */

import { standing } from "/web/counts.js";
import * as page from "/web/page.js";
import { Staff } from "/web/staff.js";

const { word, write } = page;

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
}

staff.run();
