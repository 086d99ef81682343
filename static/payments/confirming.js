/**
 * Has the payment confirmed, and goes on to the page that shows what came of it.
 *
 * The confirmation is idempotent: a reload, a second tab or a repeat after a lost answer charges nothing twice. The
 * page puts its successor in its own place of the history, so that going back leads past it.
 *
 * @import { Next } from "./outcomes.js"
 */

import { call } from "../common/api.js";
import { $, data } from "../common/dom.js";
import { gettext } from "../common/i18n.js";
import { afterRefusal } from "./outcomes.js";

const LOOKS_MS = [2_000, 2_000, 3_000, 5_000];
const TEXTS = {
  unknown: gettext("The payment company has not answered yet. Your seats are kept meanwhile. Please do not pay again."),
  connection: gettext("The connection was lost. We try again as soon as it is back; nothing is charged twice."),
  busy: gettext("Many people are paying at this moment. We try again in a few seconds; your seats are kept."),
  ended: gettext("You are logged out. Log in again, and this page goes on where it was."),
};

const page = data("page-data");
const text = $("#confirming-text");

void confirm();

async function confirm() {
  for (let turn = 0; ; turn += 1) {
    const next = await ask(turn);
    if ("stop" in next) return say("ended");
    if ("page" in next) {
      if (next.page === "again") return location.reload(); // it shows the show's new date, and asks
      const query = next.page === "fail" && new URLSearchParams({ code: next.code });
      return location.replace(query ? `${page.fail_page}${page.fail_page.includes("?") ? "&" : "?"}${query}` : page.page);
    }
    say(next.text);
    if (next.until === "now") await pause(next.again);
    else if (!(await decided())) return say("ended");
  }
}

/**
 * @param {number} turn
 * @returns {Promise<Next>}
 */
async function ask(turn) {
  try {
    await call(page.confirm_api, { method: "POST", body: page.confirm });
    return { page: "order" };
  } catch (error) {
    if (!error.code) throw error;
    return afterRefusal(error, turn);
  }
}

/** Look at the order until the provider has told what became of its payment; tells whether somebody is still here. */
async function decided() {
  for (let look = 0; ; look += 1) {
    await pause(LOOKS_MS[Math.min(look, LOOKS_MS.length - 1)]);
    try {
      if ((await call(page.api)).status !== "CONFIRMING") return true;
    } catch (error) {
      if (!error.code) throw error;
      if (error.code === "login_ended") return false;
    }
  }
}

/** @param {keyof typeof TEXTS} what */
function say(what) {
  text.textContent = TEXTS[what];
}

const pause = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
