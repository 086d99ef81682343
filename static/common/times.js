/** Moments in the viewer's zone. Templates write them in the site's; where both agree nothing is changed. */

import { gettext, interpolate, language } from "./i18n.js";

const siteZone = document.documentElement.dataset.zone || "Asia/Seoul";
const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone || siteZone;

const STYLES = {
  datetime: { year: "numeric", month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" },
  short: { month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" },
  date: { year: "numeric", month: "short", day: "numeric", weekday: "short" },
  day: { month: "short", day: "numeric", weekday: "short" },
  time: { hour: "2-digit", minute: "2-digit" },
};

/** A moment (ISO 8601, ms or Date) in the viewer's zone: "datetime", "short", "date" or "time". */
export function formatTime(moment, style = "datetime", zone = viewerZone) {
  const options = { ...STYLES[style], hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat(language, options).format(new Date(moment));
}

/** Say the `<time data-style>` elements below `root` in the viewer's zone; the site's own stays in their title. */
export function localise(root = document) {
  for (const element of root.querySelectorAll("time[data-style]")) {
    const here = formatTime(element.dateTime, element.dataset.style);
    if (sameClock(element.dateTime)) continue;
    element.title = interpolate(gettext("%(time)s in %(zone)s"), { time: element.textContent, zone: siteZone });
    element.textContent = `${here} (${zoneName(element.dateTime)})`;
    delete element.dataset.style;
  }
}

function sameClock(moment) {
  return formatTime(moment, "datetime", siteZone) === formatTime(moment, "datetime", viewerZone);
}

function zoneName(moment) {
  const parts = new Intl.DateTimeFormat(language, { timeZone: viewerZone, timeZoneName: "short", hour: "numeric" }).formatToParts(new Date(moment));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? viewerZone;
}
