// Texts about waiting and opening hours.
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { formatTime } from "../../common/times.js";

/**
 * Where somebody stands in the line.
 *
 * @param {{position?: number | null}} session
 */
export function placeText({ position }) {
  if (!position) return gettext("Finding your place in the line…");
  if (position === 1) return gettext("You are next.");
  return interpolate(ngettext("%(n)s person is ahead of you.", "%(n)s people are ahead of you.", position - 1), { n: position - 1 });
}

/**
 * How long that may take.
 *
 * @param {{position?: number | null, eta_seconds?: number | null}} session
 */
export function etaText({ position, eta_seconds: seconds }) {
  if (!position) return "";
  if (seconds === null || seconds === undefined) return gettext("We cannot say yet how long it takes.");
  if (seconds < 60) return gettext("It takes less than a minute, we think.");
  const minutes = Math.round(seconds / 60);
  return interpolate(ngettext("It takes about %(n)s minute, we think.", "It takes about %(n)s minutes, we think.", minutes), { n: minutes });
}

/**
 * Whether somebody is there for a category.
 *
 * @param {Help.Category} category
 */
export function openingText({ is_open: isOpen, opens_at: opensAt }) {
  if (isOpen) return gettext("Open now");
  if (opensAt) return interpolate(gettext("Opens %(when)s"), { when: formatTime(opensAt, "short") });
  return gettext("Closed");
}

/**
 * How a conversation stands, for a list.
 *
 * @param {Help.Session} session
 */
export function statusText(session) {
  /** @type {Record<string, string>} */
  const texts = {
    WAITING: gettext("Waiting"),
    OFFERED: gettext("Waiting"),
    IN_PROGRESS: gettext("In conversation"),
    ENDED: gettext("Ended"),
    ABANDONED: session.end_reason === "inquiry" ? gettext("Asked in writing") : gettext("Left the line"),
  };
  return texts[session.status];
}
