// What there is to say of a wait: marks on the way for a screen reader, what has changed, and the one thing that
// matters most now. Only which and when; messages.js has the sentences.

/** @typedef {{key: string, values: Record<string, any>, kind: string}} Notice */

const PEOPLE_AHEAD = [1000, 500, 200, 100, 50, 20, 10, 5, 0];
const SAID_AT_MOST_EVERY = 15_000; // milliseconds; "you are next" is said in any case
const SEATS_EACH = 2; // what people buy, as a rule of thumb
const WORSE_AND_WORSE = ["plenty", "tight", "short", "none"];
/** @type {Record<string, string>} */
const STANDSTILLS = { PAUSED: "paused", CLOSED: "closed_in_line", OPEN: "opening" };
/** @type {Record<string, string>} */
const NEWS_KINDS = { faster: "success", resumed: "success", reopened: "success", on_sale: "success", slower: "warning" };

/**
 * "next" or "milestone" when a mark was passed since something was last said; else null.
 *
 * @param {{at: number, ahead: number}} said
 * @param {{at: number, ahead: number}} now
 */
export function milestoneOf(said, { at, ahead }) {
  const isPassed = PEOPLE_AHEAD.some((people) => ahead <= people && people < said.ahead);
  if (!isPassed) return null;
  if (ahead === 0) return "next";
  return at - said.at >= SAID_AT_MOST_EVERY ? "milestone" : null;
}

/**
 * How the seats that are left compare with the people who choose before: see WORSE_AND_WORSE, or "unknown".
 *
 * @param {number | null | undefined} seatsLeft
 * @param {number} ahead
 */
export function seatsLevel(seatsLeft, ahead) {
  if (seatsLeft === null || seatsLeft === undefined) return "unknown";
  if (seatsLeft === 0) return "none";
  if (ahead + 1 > seatsLeft) return "short";
  return (ahead + 1) * SEATS_EACH > seatsLeft ? "tight" : "plenty";
}

/**
 * The key of what to say when the seats come to another level; null where it is no news.
 *
 * @param {string} before
 * @param {string} after
 */
export function seatsNews(before, after) {
  if (before === "none" && after !== "none") return "seats_back";
  const isWorse = WORSE_AND_WORSE.indexOf(after) > Math.max(0, WORSE_AND_WORSE.indexOf(before));
  return isWorse ? `seats_${after}` : null;
}

/**
 * The key of what to say when the door is in another way than before, each a status.
 *
 * @param {string} before
 * @param {string} after
 */
export function doorNews(before, after) {
  if (after === "WAITING") return before === "CLOSED" ? "reopened" : "resumed";
  return STANDSTILLS[after];
}

/**
 * The notice of a page, as {key, values, kind}; null where there is nothing to note.
 *
 * @param {object} told
 * @param {{kind: string, retryAt: number} | null} told.trouble  with the connection, or the server
 * @param {any} told.standing  the last answer of somebody who waits, or null
 * @param {boolean} told.isWaiting
 * @param {{key: string, values: Record<string, any>, until: number} | null} told.news  what has changed a moment ago
 * @param {boolean} told.hasMissed  the turn came while nobody answered: the place is still first, and is called again
 * @param {string} told.seats  see `seatsLevel`
 * @param {number} now
 * @returns {Notice | null}
 */
export function noticeOf({ trouble, standing, isWaiting, news, hasMissed, seats }, now) {
  if (trouble) {
    const key = standing ? trouble.kind : `${trouble.kind}_before`;
    return { key, values: { until: trouble.retryAt }, kind: "warning" };
  }
  if (!isWaiting) return null;
  if (standing.status !== "WAITING") return { key: STANDSTILLS[standing.status], values: {}, kind: "warning" };
  if (news !== null && now < news.until) return { ...news, kind: NEWS_KINDS[news.key] ?? "info" };
  if (hasMissed) return { key: "missed", values: {}, kind: "warning" };
  if (WORSE_AND_WORSE.indexOf(seats) > 0) {
    const values = { seats: standing.seats_left, ahead: standing.ahead };
    return { key: `seats_${seats}`, values, kind: seats === "tight" ? "info" : "warning" };
  }
  return { key: "keep_open", values: {}, kind: "info" };
}
