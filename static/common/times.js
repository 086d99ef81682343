/**
 * Moments. What is the viewer's (a hold's end, when an order was placed) is said in the viewer's zone: templates write
 * it in the site's, and where both agree nothing is changed. What is a show's is said in its venue's zone, wherever
 * it is read; where the viewer's clock differs the zone's name is added.
 */

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
 * When a show starts, in its venue's zone, with the zone's name where the viewer's clock differs.
 *
 * @param {string | number | Date} moment
 * @param {string} style  as of `formatTime`
 * @param {string} venueZone  of the IANA database
 */
export function formatShowTime(moment, style, venueZone) {
  const there = formatTime(moment, style, venueZone);
  return sameClock(moment, venueZone) ? there : `${there} (${zoneName(moment, venueZone)})`;
}

/**
 * Say the `<time data-style>` elements below `root`: those of a venue (`data-zone`) stay as they are, with the name of
 * the zone where it is not the viewer's; the others are said in the viewer's zone. The other time is in their title.
 *
 * @param {ParentNode} root
 */
export function localise(root = document) {
  for (const element of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll("time[data-style]"))) {
    const { zone, zoneName: name, style } = element.dataset;
    delete element.dataset.style;
    if (sameClock(element.dateTime, zone ?? siteZone)) continue;
    const here = formatTime(element.dateTime, style);
    if (zone) {
      element.title = interpolate(gettext("%(time)s in %(zone)s"), { time: here, zone: viewerZone });
      if (style !== "date" && style !== "day") element.textContent += ` (${name})`;
    } else {
      element.title = interpolate(gettext("%(time)s in %(zone)s"), { time: element.textContent, zone: siteZone });
      element.textContent = `${here} (${zoneName(element.dateTime, viewerZone)})`;
    }
  }
}

/**
 * @param {string | number | Date} moment
 * @param {string} zone
 */
function sameClock(moment, zone) {
  return formatTime(moment, "datetime", zone) === formatTime(moment, "datetime", viewerZone);
}

/**
 * @param {string | number | Date} moment
 * @param {string} zone
 */
function zoneName(moment, zone) {
  const format = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "short", hour: "numeric" });
  const parts = format.formatToParts(new Date(moment));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}
