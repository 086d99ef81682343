// The live connection as the counselor sees it: lost, for how long the conversations still wait, and back again.
import { duration, everySecond } from "../../common/clock.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { live } from "../../common/live.js";
import { announce, say } from "../../common/notices.js";
import { endedText, oneTooManyText } from "../../common/problems.js";
import { refresh, settings, store } from "./context.js";
import { State } from "./states.js";

/** @param {HTMLElement} element */
export function watchConnection(element) {
  /** @type {(() => void) | null} */
  let stop = null;
  /** @type {number | null} */
  let lostAt = null;
  live.onState((state) => {
    if (state === "connected") {
      if (lostAt !== null) say(gettext("The connection is back, and so is all that was written meanwhile."), { kind: "success", id: "connection" });
      lostAt = null;
      stop?.();
      stop = null;
      element.replaceChildren();
      refresh();
    } else if (state === "lost" && stop === null) {
      lostAt = performance.now();
      stop = showGrace(element, lostAt);
    }
  });
  document.addEventListener("login-ended", ({ detail: { reason } }) => {
    stop?.();
    stop = () => {};
    const logIn = document.documentElement.dataset.logIn;
    element.replaceChildren(
      h("p.notice.error", {}, h("strong", {}, gettext("This desk is closed.")), " ", endedText(reason), " ", h("a", { href: `${logIn}?next=${encodeURIComponent(location.pathname)}` }, gettext("Log in again"))),
    );
  });
}

/**
 * A counselor's conversations stay theirs for a time of grace; the server counts from its last sign of life.
 *
 * @param {HTMLElement} element
 * @param {number} lostAt
 */
function showGrace(element, lostAt) {
  const isCounselor = settings.is_counselor && store.counselor?.state !== State.OFFLINE;
  const text = h("span", {});
  const left = h("b.digits", {});
  element.replaceChildren(
    h("p.notice.warning", {}, h("strong", {}, gettext("Connection lost")), " ", text, " ", left, " ", h("button.button.small", { type: "button", onclick: () => live.hurry() }, gettext("Try now"))),
  );
  announce(gettext("Connection lost. We try again by ourselves."), { urgent: true });
  return everySecond(() => {
    const ms = settings.grace_seconds * 1000 - (performance.now() - lostAt);
    if (live.isOneTooMany) text.textContent = oneTooManyText();
    else if (!isCounselor) text.textContent = gettext("We try again by ourselves; nothing you wrote is lost.");
    else if (ms > 0) text.textContent = gettext("We try again by ourselves, and what you write is kept. Your conversations stay yours for");
    else text.textContent = interpolate(gettext("It has been gone for over %(seconds)s seconds: your conversations may be going to colleagues."), { seconds: settings.grace_seconds });
    left.textContent = isCounselor && ms > 0 ? duration(ms) : "";
  });
}

/**
 * Tell this desk and another one in the same browser of each other. A desk in another browser ends by its log-in.
 *
 * @param {HTMLElement} element
 */
export function watchOtherTabs(element) {
  if (!window.BroadcastChannel) return;
  const channel = new BroadcastChannel(`desk:${settings.user.id}`);
  const others = new Set();
  const me = `${performance.timeOrigin}:${Math.random()}`;
  const show = () => {
    element.replaceChildren(
      ...(others.size
        ? [h("p.notice.info", {}, gettext("Your desk is open in another tab of this browser as well. Both show the same; one is enough, and easier to keep an eye on."))]
        : []),
    );
  };
  channel.onmessage = ({ data: { from, says } }) => {
    if (says === "bye") others.delete(from);
    else others.add(from);
    if (says === "hello") channel.postMessage({ from: me, says: "here" });
    show();
  };
  channel.postMessage({ from: me, says: "hello" });
  window.addEventListener("pagehide", () => channel.postMessage({ from: me, says: "bye" }));
}
