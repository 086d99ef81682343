/** Moments in the viewer's zone. Templates write them in the site's; where both agree nothing is changed. */

import { gettext, interpolate, language } from "./i18n.js";

const siteZone = document.documentElement.dataset.zone || "Asia/Seoul";
const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone || siteZone;

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  datetime: { year: "numeric", month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" },
  short: { month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" },
  date: { year: "numeric", month: "short", day: "numeric", weekday: "short" },
  day: { month: "short", day: "numeric", weekday: "short" },
  time: { hour: "2-digit", minute: "2-digit" },
};

/**
 * A moment in the viewer's zone: "datetime", "short", "date", "day" or "time".
 *
 * @param {string | number | Date} moment  ISO 8601, ms or Date
 */
export function formatTime(moment, style = "datetime", zone = viewerZone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { ...STYLES[style], hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat(language, options).format(new Date(moment));
}

/**
 * Say the `<time data-style>` elements below `root` in the viewer's zone; the site's own stays in their title.
 *
 * @param {ParentNode} root
 */
export function localise(root = document) {
  for (const element of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll("time[data-style]"))) {
    const here = formatTime(element.dateTime, element.dataset.style);
    if (sameClock(element.dateTime)) continue;
    element.title = interpolate(gettext("%(time)s in %(zone)s"), { time: element.textContent, zone: siteZone });
    element.textContent = `${here} (${zoneName(element.dateTime)})`;
    delete element.dataset.style;
  }
}

/** @param {string} moment */
function sameClock(moment) {
  return formatTime(moment, "datetime", siteZone) === formatTime(moment, "datetime", viewerZone);
}

/** @param {string} moment */
function zoneName(moment) {
  const format = new Intl.DateTimeFormat(language, { timeZone: viewerZone, timeZoneName: "short", hour: "numeric" });
  const parts = format.formatToParts(new Date(moment));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? viewerZone;
}
