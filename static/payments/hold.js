/** The hold's remaining time, by the server's clock; at its end the page says so and leads back to the seats. */

import { countdown } from "../common/clock.js";
import { $ } from "../common/dom.js";
import { gettext, interpolate } from "../common/i18n.js";
import { announce } from "../common/notices.js";

const ANNOUNCED_SECONDS = [300, 60];

let stop = () => {};

/** Count down in the page's bar; `onEnd` is called when the time is over. */
export function watchHold({ onEnd } = {}) {
  const bar = $(".hold-bar");
  if (!bar) return;
  stop = countdown($("[data-hold-left]", bar), Number(bar.dataset.holdEnds), {
    announceAt: ANNOUNCED_SECONDS,
    onAnnounce: (time) => announce(interpolate(gettext("%(time)s left to pay for your seats"), { time }), { urgent: true }),
    onEnd: () => {
      endHold();
      onEnd?.();
    },
  });
}

/** Show that the seats are not held any more, in the place of what could be done with them. */
export function endHold() {
  stop();
  $(".hold-bar")?.setAttribute("hidden", "");
  $("#while-held")?.setAttribute("hidden", "");
  const ended = $("#hold-ended");
  ended.hidden = false;
  $("h2", ended).focus();
}

watchHold();
