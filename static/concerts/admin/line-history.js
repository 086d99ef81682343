/** What the waiting room's charts draw, worked out from points of the line. No DOM in here. */

/**
 * Keep what is new, in order, of at most `seconds`.
 *
 * @template {{at: number}} Point
 * @param {Point[]} known
 * @param {Point[]} fresh
 * @param {number} seconds
 */
export function joinPoints(known, fresh, seconds) {
  const last = known.at(-1)?.at ?? 0;
  const all = [...known, ...fresh.filter(({ at }) => at > last)];
  const from = (all.at(-1)?.at ?? 0) - seconds;
  return all.filter(({ at }) => at > from);
}

/**
 * The points of the last `minutes` before the newest, thinned to at most `most` by taking every nth; the newest stays.
 *
 * @template {{at: number}} Point
 * @param {Point[]} points
 * @param {number} minutes
 */
export function lastMinutes(points, minutes, most = 360) {
  const newest = points.at(-1)?.at ?? 0;
  const recent = points.filter(({ at }) => at > newest - 60 * minutes);
  const step = Math.max(1, Math.ceil(recent.length / most));
  return recent.filter((_point, i) => (recent.length - 1 - i) % step === 0);
}

/**
 * One point a minute, the newest first.
 *
 * @template {{at: number}} Point
 * @param {Point[]} points
 */
export function byMinute(points) {
  /** @type {Map<number, Point>} */
  const minutes = new Map();
  for (const point of points) minutes.set(Math.floor(point.at / 60), point);
  return [...minutes.values()].reverse();
}

/**
 * 75 -> "1:15", 3700 -> "1:01:40".
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
