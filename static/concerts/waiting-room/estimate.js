// How long the wait still is, in ranges that a person can plan by. The server's estimate follows every person who
// pays or gives up; a range that is shown moves on only when it has clearly become another.

const MINUTE = 60_000;
const SHARE_OF_NEWS = 0.35; // of the difference that one answer makes
const LONGER_BY = 1.15; // what a wait must exceed its range by before a longer one is shown

/** The ends of the ranges, in minutes. */
export const EDGES = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360];

/** @typedef {{from: number, to: number | null}} Range  in minutes, `to` null for "more than" */

export class Estimate {
  /** @type {number | null} */
  #turnAt = null;
  /** @type {number | null} */
  #range = null; // index of its lower end

  /**
   * Take in the server's estimate.
   *
   * @param {number} seconds  until the turn
   * @param {number} now  milliseconds
   * @param {object} why
   * @param {boolean} [why.isSudden]  there is a reason for another estimate that the person is told, such as another rate
   */
  update(seconds, now, { isSudden = false } = {}) {
    const turnAt = now + seconds * 1000;
    if (this.#turnAt === null || isSudden) {
      this.#turnAt = turnAt;
      this.#range = null;
    } else {
      this.#turnAt += SHARE_OF_NEWS * (turnAt - this.#turnAt);
    }
  }

  forget() {
    this.#turnAt = null;
    this.#range = null;
  }

  /**
   * The range; null while nothing is known.
   *
   * @param {number} now
   * @returns {Range | null}
   */
  range(now) {
    if (this.#turnAt === null) return null;
    const minutes = Math.max(0, this.#turnAt - now) / MINUTE;
    const shown = rangeOf(minutes, this.#range);
    this.#range = shown;
    return { from: EDGES[shown], to: EDGES[shown + 1] ?? null };
  }
}

/**
 * @param {number} minutes
 * @param {number | null} shown
 */
function rangeOf(minutes, shown) {
  const found = EDGES.findLastIndex((edge) => minutes >= edge);
  if (shown === null || found <= shown) return found;
  return minutes >= EDGES[shown + 1] * LONGER_BY ? found : shown;
}

/**
 * People a minute, rounded to two digits: nobody counts more exactly than that.
 *
 * @param {number} perSecond
 */
export function perMinute(perSecond) {
  const people = perSecond * 60;
  if (people < 1) return 1;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(people)) - 1);
  return Math.round(people / unit) * unit;
}
