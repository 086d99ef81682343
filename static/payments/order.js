/** The order's page: sees it move on, counts the hold down, copies the account's number. All of it can be read without. */

import { call } from "../common/api.js";
import { $, $$, data } from "../common/dom.js";
import { gettext } from "../common/i18n.js";
import { say } from "../common/notices.js";
import "./hold.js";

const LOOK_MS = 5_000;

for (const button of $$("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText($(`#${CSS.escape(button.dataset.copy)}`).textContent);
    say(gettext("Copied."), { kind: "success" });
  });
}

if (document.getElementById("page-data")) watch(data("page-data"));

/**
 * Load the page again when the order or its tickets are not what it shows.
 *
 * @param {{api: string, status: string, valid_tickets: number}} shown
 */
function watch(shown) {
  const timer = setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    const order = await call(shown.api).catch(() => null);
    if (order && hasMovedOn(order, shown)) {
      clearInterval(timer);
      location.reload();
    }
  }, LOOK_MS);
  document.addEventListener("login-ended", () => clearInterval(timer));
}

/**
 * @param {{status: string, tickets: {status: string}[]}} order
 * @param {{status: string, valid_tickets: number}} shown
 */
function hasMovedOn(order, shown) {
  const valid = order.tickets.filter((ticket) => ticket.status === "VALID").length;
  return order.status !== shown.status || valid !== shown.valid_tickets;
}
