/* How near to booking a performance is, and what is left until a moment: pure, all times in ms since 1970. */

/** @typedef {{lineOpens: number, opens: number, closes: number}} Times */

/**
 * The phase at `now`. `apps/concerts/pages/showing.py` says the same when it renders the page.
 *
 * @param {Times} times
 * @param {number} now
 * @returns {"upcoming" | "line" | "open" | "closed"}
 */
export function phaseAt(times, now) {
  if (now >= times.closes) return "closed";
  if (now >= times.opens) return "open";
  return now >= times.lineOpens ? "line" : "upcoming";
}

/**
 * When the phase changes next; Infinity if it does not.
 *
 * @param {Times} times
 * @param {number} now
 */
export function nextChange(times, now) {
  return Math.min(...[times.lineOpens, times.opens, times.closes].filter((moment) => moment > now));
}

/**
 * Whole units that are left of `ms`, rounded up: it reads zero only when the moment has come.
 *
 * @param {number} ms
 * @returns {Record<string, number>}
 */
export function left(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return {
    days: Math.floor(seconds / 86400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
}
