/** The server's clock, for sale times and holds; the viewer's own may be wrong by minutes. */

import { gettext, interpolate, ngettext } from "./i18n.js";

const SAMPLES = 3;

let offset = Number(document.documentElement.dataset.serverTime || Date.now()) - (performance.timeOrigin + pageReceivedAt());
/** @type {Promise<void> | null} */
let measured = null;

function pageReceivedAt() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return navigation?.responseStart || 0;
}

/** Milliseconds since 1970 by the server's clock. Runs by the monotonic clock: a changed system time does not move it. */
export function serverNow() {
  return performance.timeOrigin + performance.now() + offset;
}

/**
 * Measure the offset against GET /clock: of some samples the quickest is the best (as NTP does). Once a page, and
 * `again` after the computer slept: the monotonic clock may have stood still meanwhile.
 */
export function synchronise({ again = false } = {}) {
  if (again) measured = null;
  measured ??= (async () => {
    let best = Infinity;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const sent = performance.now();
      const response = await fetch("/clock", { cache: "no-store" });
      const { now_ms: now } = await response.json();
      const received = performance.now();
      if (received - sent < best) {
        best = received - sent;
        offset = now - (performance.timeOrigin + (sent + received) / 2);
      }
    }
  })().catch(() => {
    measured = null; // the page's own stamp has to do
  });
  return measured;
}

/**
 * Call `callback` now and whenever the server's clock begins a second; returns a function that stops it.
 *
 * @param {(now: number) => void} callback
 */
export function everySecond(callback) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const turn = () => {
    callback(serverNow());
    timer = setTimeout(turn, 1000 - (serverNow() % 1000) + 5);
  };
  turn();
  return () => clearTimeout(timer);
}

/**
 * 581000 -> "9:41"; above an hour "1:09:41"; above a day "2일 1:09:41".
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const total = Math.max(0, Math.ceil(milliseconds / 1000));
  const [days, hours, minutes, seconds] = [Math.floor(total / 86400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60];
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const clock = days || hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  return days ? `${interpolate(ngettext("%(days)s day", "%(days)s days", days), { days })} ${clock}` : clock;
}

/**
 * A duration as it is read aloud, to the minute or second: "9 minutes 41 seconds".
 *
 * @param {number} milliseconds
 */
export function spokenDuration(milliseconds) {
  const total = Math.max(0, Math.ceil(milliseconds / 1000));
  const minutes = Math.floor(total / 60);
  const seconds = total % 60;
  const parts = [];
  if (minutes) parts.push(interpolate(ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes), { minutes }));
  if (seconds || !minutes) parts.push(interpolate(ngettext("%(seconds)s second", "%(seconds)s seconds", seconds), { seconds }));
  return parts.join(" ");
}

/**
 * Keep an element's text at the time that is left until `until` (ms of the server's clock).
 *
 * `onEnd` is called once; `announceAt` lists seconds left at which `onAnnounce(spoken)` is called.
 *
 * @param {HTMLElement} element
 * @param {number} until
 * @param {{onEnd?: () => void, announceAt?: number[], onAnnounce?: (spoken: string) => void}} options
 */
export function countdown(element, until, { onEnd, announceAt = [], onAnnounce } = {}) {
  void synchronise();
  let due = [...announceAt].sort((one, other) => other - one).filter((seconds) => until - serverNow() > seconds * 1000);
  const stop = everySecond((now) => {
    const left = until - now;
    element.textContent = duration(left);
    element.dataset.left = left <= 60_000 ? "little" : left <= 180_000 ? "some" : "much";
    if (due.length && left <= due[0] * 1000) {
      due = due.slice(1);
      onAnnounce?.(spokenDuration(left));
    }
    if (left <= 0) {
      queueMicrotask(() => stop());
      onEnd?.();
      onEnd = undefined;
    }
  });
  return stop;
}
