/**
 * The hold's remaining time, by the server's clock; at its end the page says so and leads back to the seats.
 *
 * The order is looked at now and then, when the page comes back into sight, and before the end is believed: a counselor
 * may have given more time, and in another window the order may have been paid or given up.
 */

import { call } from "../common/api.js";
import { countdown, serverNow } from "../common/clock.js";
import { $ } from "../common/dom.js";
import { gettext, interpolate } from "../common/i18n.js";
import { announce, say } from "../common/notices.js";

const ANNOUNCED_SECONDS = [300, 60];
const LOOK_MS = 60_000;

const bar = $(".hold-bar");
let endsAt = Number(bar?.dataset.holdEnds);
let stop = () => {};
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

if (bar) {
  begin();
  timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void look());
  document.addEventListener("login-ended", () => clearInterval(timer));
}

function begin() {
  stop();
  stop = countdown($("[data-hold-left]", bar), endsAt, {
    announceAt: ANNOUNCED_SECONDS,
    onAnnounce: (time) => announce(interpolate(gettext("%(time)s left to pay for your seats"), { time }), { urgent: true }),
    onEnd: async () => (await look()) || endHold(),
  });
}

/** See how the order stands; tells whether it is still held. */
async function look() {
  const order = await call(bar.dataset.order).catch(() => null);
  if (bar.hidden || !order) return false;
  if (order.status !== "RESERVED") {
    if (order.status !== "EXPIRED") location.reload(); // it shows how the order stands now
    return false;
  }
  const until = Date.parse(order.expires_at);
  if (until > endsAt) {
    endsAt = until;
    begin();
    say(gettext("You have been given more time to pay."), { kind: "success" });
  }
  return until > serverNow();
}

/** Show that the seats are not held any more, in the place of what could be done with them. */
export function endHold() {
  stop();
  clearInterval(timer);
  bar.hidden = true;
  $("#while-held").hidden = true;
  const ended = $("#hold-ended");
  ended.hidden = false;
  $("h2", ended).focus();
}
