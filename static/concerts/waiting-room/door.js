// When somebody whom a closed door has turned away tries it again. What the line tells everybody says whether that is
// worth while, so that a crowd before a closed door asks caches and not the line. Times in milliseconds; node can test it.

const SECOND = 1000;
const OPENING_SPREAD = 6 * SECOND; // over which those come who see in one moment that the door is open
const TURNED_AWAY_AGAIN = 30 * SECOND; // before another try, where the line tells that it is open and then is not

export class Door {
  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  #random;
  #refusals = 0; // since the line last told that it is closed
  #refusedAt = -Infinity;

  /**
   * Somebody tried, and nobody may join.
   *
   * @param {number} now
   */
  refused(now) {
    this.#refusals += 1;
    this.#refusedAt = now;
  }

  /** The line tells that nobody may join. */
  closed() {
    this.#refusals = 0;
  }

  /**
   * When to try, as of a moment in which there is reason to.
   *
   * @param {number} now
   */
  tryAt(now) {
    const earliest = this.#refusals > 1 ? this.#refusedAt + TURNED_AWAY_AGAIN : now;
    return Math.max(now, earliest) + this.#random() * OPENING_SPREAD;
  }
}
